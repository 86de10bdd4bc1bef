//! A form that brings a file (`multipart/form-data`, RFC 7578): read within limits of bytes, fields and time, as other forms are.

use std::convert::Infallible;
use std::time::Duration;

use bytes::Bytes;
use http::HeaderMap;
use http::header::CONTENT_TYPE;
use hyper::body::Body;
use multer::Multipart;

use super::form::{Form, FormError, read_within};

/// The largest file, with the form around it: 4 MiB.
pub const UPLOAD_LIMIT: usize = 4 * 1024 * 1024;
/// How long all of it may take: 4 MiB over a slow line.
const PATIENCE: Duration = Duration::from_secs(180);
/// The most fields beside the file, with room.
const MOST_FIELDS: usize = 16;
/// The longest name of a file that is repeated.
const LONGEST_NAME: usize = 100;

/// A form, and the file in it.
#[derive(Debug)]
pub struct Upload {
    /// The fields that are no file.
    pub form: Form,
    /// What the file is called at the sender's, without controls and cut to a decent length. Empty if none was chosen.
    pub name: String,
    /// What is in it.
    pub bytes: Bytes,
}

/// Reads a form whose field `file` is a file; other files are no part of it.
///
/// # Errors
/// [`FormError`].
pub async fn read_upload<B>(headers: &HeaderMap, body: B, file: &str) -> Result<Upload, FormError>
where
    B: Body<Data = Bytes>,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    let media_type = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let boundary = media_type.and_then(|text| multer::parse_boundary(text).ok()).ok_or(FormError::MediaType)?;
    let body = read_within(body, UPLOAD_LIMIT, PATIENCE).await?;
    let whole = futures_util::stream::iter([Ok::<_, Infallible>(body)]);
    let mut parts = Multipart::new(whole, boundary);
    let mut fields = Vec::new();
    let mut found: Option<(String, Bytes)> = None;
    while let Some(part) = parts.next_field().await.map_err(|_| FormError::Incomplete)? {
        let name = part.name().unwrap_or_default().to_owned();
        let file_name = part.file_name().map(presentable);
        let bytes = part.bytes().await.map_err(|_| FormError::Incomplete)?;
        match file_name {
            Some(_) if name == file && found.is_some() => return Err(FormError::Repeated),
            Some(file_name) if name == file => found = Some((file_name, bytes)),
            Some(_) => {}
            None if fields.len() == MOST_FIELDS => return Err(FormError::TooLarge),
            None => fields.push((name, String::from_utf8_lossy(&bytes).into_owned())),
        }
    }
    let (name, bytes) = found.unwrap_or_default();
    Ok(Upload { form: Form::of(fields)?, name, bytes })
}

/// Only the name: some browsers sent whole paths.
fn presentable(name: &str) -> String {
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
    last.chars().filter(|c| !c.is_control()).take(LONGEST_NAME).collect()
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;
    use http_body_util::Full;

    use super::*;

    const TYPE: &str = "multipart/form-data; boundary=xyz";

    async fn read(media_type: &str, body: &str) -> Result<Upload, FormError> {
        let headers = HeaderMap::from_iter([(CONTENT_TYPE, HeaderValue::from_str(media_type).expect("a type"))]);
        read_upload(&headers, Full::new(Bytes::from(body.replace('\n', "\r\n"))), "file").await
    }

    fn part(head: &str, content: &str) -> String {
        format!("--xyz\nContent-Disposition: form-data; {head}\n\n{content}\n")
    }

    #[tokio::test]
    async fn a_file_comes_with_the_fields_beside_it() {
        let body = part("name=\"csrf\"", "token")
            + &part("name=\"file\"; filename=\"C:\\\\people\\\\staff.csv\"", "username\nana")
            + &part("name=\"other\"; filename=\"x\"", "left out")
            + "--xyz--\n";
        let upload = read(TYPE, &body).await.expect("read");
        assert_eq!(upload.form.get("csrf"), "token");
        assert_eq!(upload.form.get("other"), "");
        assert_eq!((upload.name.as_str(), &upload.bytes[..]), ("staff.csv", &b"username\r\nana"[..]));
    }

    #[tokio::test]
    async fn a_form_without_a_file_has_an_empty_one() {
        let upload = read(TYPE, &(part("name=\"csrf\"", "token") + "--xyz--\n")).await.expect("read");
        assert!(upload.name.is_empty() && upload.bytes.is_empty());
    }

    #[tokio::test]
    async fn what_is_repeated_broken_off_too_large_or_something_else_is_refused() {
        let file = part("name=\"file\"; filename=\"a\"", "x");
        let twice = file.clone() + &file + "--xyz--\n";
        assert_eq!(read(TYPE, &twice).await.expect_err("twice"), FormError::Repeated);
        let field = part("name=\"a\"", "1");
        assert_eq!(read(TYPE, &(field.repeat(2) + "--xyz--\n")).await.expect_err("twice"), FormError::Repeated);
        let many: String = (0..=MOST_FIELDS).map(|n| part(&format!("name=\"f{n}\""), "1")).collect();
        assert_eq!(read(TYPE, &(many + "--xyz--\n")).await.expect_err("many"), FormError::TooLarge);
        assert_eq!(read(TYPE, &file).await.expect_err("broken off"), FormError::Incomplete);
        assert_eq!(read(TYPE, &"x".repeat(UPLOAD_LIMIT + 1)).await.expect_err("large"), FormError::TooLarge);
        for other in ["application/x-www-form-urlencoded", "multipart/form-data", "text/plain; boundary=xyz"] {
            assert_eq!(read(other, &file).await.expect_err(other), FormError::MediaType);
        }
    }
}
