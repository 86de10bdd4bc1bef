//! Form bodies and queries: read within a limit of bytes, fields and time, each field at most once.

use std::time::Duration;

use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{HeaderMap, HeaderValue};
use http_body_util::{BodyExt, Limited};
use hyper::body::Body;

/// The largest form that Portero's own pages send, with room: 16 KiB.
pub const PAGE_FORM_LIMIT: usize = 16 * 1024;
/// The most fields of a form or query of ours, with room. Looking for repeated ones costs the square of their number.
const MOST_FIELDS: usize = 64;
/// How long a body may take as a whole. The connection's own limit is about pauses, and over HTTP/2 there is none.
const PATIENCE: Duration = Duration::from_secs(30);
const MEDIA_TYPE: &str = "application/x-www-form-urlencoded";

/// Why a form could not be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum FormError {
    /// The body is not `application/x-www-form-urlencoded`, or `multipart/form-data` where a file is sent.
    #[error("the form is not of the media type that its page sends")]
    MediaType,
    /// The body is larger than the limit, or has more fields than any form of ours.
    #[error("the form is too large")]
    TooLarge,
    /// The body did not arrive in time.
    #[error("the form took too long to arrive")]
    TooSlow,
    /// The body broke off.
    #[error("the form was not sent to its end")]
    Incomplete,
    /// A field occurs twice.
    #[error("a field of the form occurs twice")]
    Repeated,
}

/// The fields of a form or a query.
#[derive(Debug, Default)]
pub struct Form(Vec<(String, String)>);

impl Form {
    /// Parses urlencoded text (WHATWG URL §5.1). Bytes that are no UTF-8 become U+FFFD, which no name or token contains.
    ///
    /// # Errors
    /// [`FormError::Repeated`], [`FormError::TooLarge`].
    pub fn parse(text: &[u8]) -> Result<Self, FormError> {
        Self::of(form_urlencoded::parse(text).into_owned().take(MOST_FIELDS + 1).collect())
    }

    /// These fields, each at most once.
    ///
    /// # Errors
    /// [`FormError::Repeated`], [`FormError::TooLarge`].
    pub(super) fn of(fields: Vec<(String, String)>) -> Result<Self, FormError> {
        if fields.len() > MOST_FIELDS {
            return Err(FormError::TooLarge);
        }
        for (index, (name, _)) in fields.iter().enumerate() {
            if fields[..index].iter().any(|(earlier, _)| earlier == name) {
                return Err(FormError::Repeated);
            }
        }
        Ok(Self(fields))
    }

    /// A field's value; empty if the field is missing.
    pub fn get(&self, name: &str) -> &str {
        self.0.iter().find(|(field, _)| field == name).map_or("", |(_, value)| value)
    }

    /// A field's value, taken out of the form, so that a secret has one owner.
    pub fn take(&mut self, name: &str) -> String {
        self.0.iter_mut().find(|(field, _)| field == name).map(|(_, value)| std::mem::take(value)).unwrap_or_default()
    }
}

/// Whether the body says it is a urlencoded form.
pub fn is_urlencoded(headers: &HeaderMap) -> bool {
    let essence = |value: &HeaderValue| {
        let media_type = value.to_str().ok()?.split(';').next()?.trim();
        Some(media_type.eq_ignore_ascii_case(MEDIA_TYPE))
    };
    headers.get(CONTENT_TYPE).and_then(essence).unwrap_or(false)
}

/// Reads a whole body of at most `limit` bytes.
///
/// # Errors
/// [`FormError::TooLarge`], [`FormError::TooSlow`], [`FormError::Incomplete`].
pub async fn read_limited<B>(body: B, limit: usize) -> Result<Bytes, FormError>
where
    B: Body<Data = Bytes>,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    read_within(body, limit, PATIENCE).await
}

/// The same, with so much patience for the whole of it.
pub(super) async fn read_within<B>(body: B, limit: usize, patience: Duration) -> Result<Bytes, FormError>
where
    B: Body<Data = Bytes>,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    if body.size_hint().lower() > limit as u64 {
        return Err(FormError::TooLarge);
    }
    match tokio::time::timeout(patience, Limited::new(body, limit).collect()).await {
        Ok(Ok(collected)) => Ok(collected.to_bytes()),
        Ok(Err(error)) if error.is::<http_body_util::LengthLimitError>() => Err(FormError::TooLarge),
        Ok(Err(_)) => Err(FormError::Incomplete),
        Err(_) => Err(FormError::TooSlow),
    }
}

/// Reads one of Portero's own forms.
///
/// # Errors
/// [`FormError`].
pub async fn read_form<B>(headers: &HeaderMap, body: B) -> Result<Form, FormError>
where
    B: Body<Data = Bytes>,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    if !is_urlencoded(headers) {
        return Err(FormError::MediaType);
    }
    Form::parse(&read_limited(body, PAGE_FORM_LIMIT).await?)
}

#[cfg(test)]
mod tests {
    use http_body_util::Full;

    use super::*;

    #[tokio::test]
    async fn a_form_has_each_field_once_and_is_no_larger_than_it_may() {
        assert!(matches!(Form::parse(b"a=1&a=2"), Err(FormError::Repeated)));
        let form = Form::parse("usuario=ana+b&x=%C3%91".as_bytes()).expect("a form");
        assert_eq!((form.get("usuario"), form.get("x"), form.get("y")), ("ana b", "Ñ", ""));
        let body = |size| Full::new(Bytes::from(vec![b'a'; size]));
        assert!(read_limited(body(10), 10).await.is_ok());
        assert_eq!(read_limited(body(11), 10).await, Err(FormError::TooLarge));
        let headers = HeaderMap::new();
        assert!(matches!(read_form(&headers, body(1)).await, Err(FormError::MediaType)));
    }

    #[test]
    fn a_form_of_a_thousand_fields_is_not_looked_through() {
        let fields = |count: usize| (0..count).map(|number| format!("f{number}=")).collect::<Vec<_>>().join("&");
        assert!(Form::parse(fields(MOST_FIELDS).as_bytes()).is_ok());
        assert!(matches!(Form::parse(fields(MOST_FIELDS + 1).as_bytes()), Err(FormError::TooLarge)));
    }

    #[tokio::test(start_paused = true)]
    async fn a_body_that_never_ends_is_not_waited_for() {
        let frames = futures_util::stream::pending::<Result<hyper::body::Frame<Bytes>, std::io::Error>>();
        let stalled = http_body_util::StreamBody::new(frames);
        assert_eq!(read_limited(stalled, 10).await, Err(FormError::TooSlow));
    }
}
