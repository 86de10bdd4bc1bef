//! Parts of what is in memory (RFC 9110 §14), for browsers that play nothing which cannot be had in parts.

use bytes::Bytes;
use http::header::{ACCEPT_RANGES, CONTENT_RANGE, HeaderValue, RANGE};
use http::{HeaderMap, Response, StatusCode};
use http_range_header::parse_range_header;

use super::body::Body;

/// All of `content`, or the one part of it that the request asks for. Whoever asks for several gets all of it.
pub fn whole_or_part(request: &HeaderMap, content: Bytes) -> Response<Body> {
    let length = content.len();
    let asked =
        request.get(RANGE).and_then(|range| range.to_str().ok()).and_then(|range| parse_range_header(range).ok());
    let part = match asked.map(|asked| asked.validate(length as u64)) {
        None => None,
        Some(Ok(parts)) => <[_; 1]>::try_from(parts).ok().map(|[part]| part),
        Some(Err(_)) => {
            let mut response = Response::new(Body::empty());
            *response.status_mut() = StatusCode::RANGE_NOT_SATISFIABLE;
            tell(&mut response, &format!("bytes */{length}"));
            return response;
        }
    };
    // A validated part lies within the content, which is in memory.
    let bounds = part.and_then(|part| Some((usize::try_from(*part.start()).ok()?, usize::try_from(*part.end()).ok()?)));
    let mut response = match bounds {
        Some((first, last)) => {
            let mut response = Response::new(Body::full(content.slice(first..=last)));
            *response.status_mut() = StatusCode::PARTIAL_CONTENT;
            tell(&mut response, &format!("bytes {first}-{last}/{length}"));
            response
        }
        None => Response::new(Body::full(content)),
    };
    response.headers_mut().insert(ACCEPT_RANGES, HeaderValue::from_static("bytes"));
    response
}

fn tell(response: &mut Response<Body>, range: &str) {
    if let Ok(range) = HeaderValue::try_from(range) {
        response.headers_mut().insert(CONTENT_RANGE, range);
    }
}

#[cfg(test)]
mod tests {
    use http_body_util::BodyExt;

    use super::*;

    async fn asked(range: Option<&'static str>) -> (u16, String, String) {
        let headers = range.map(|range| (RANGE, HeaderValue::from_static(range)));
        let response = whole_or_part(&headers.into_iter().collect(), Bytes::from_static(b"0123456789"));
        let told = response.headers().get(CONTENT_RANGE).map(|range| range.to_str().expect("text").to_owned());
        let status = response.status().as_u16();
        let body = response.into_body().collect().await.expect("whole").to_bytes();
        (status, told.unwrap_or_default(), String::from_utf8(body.into()).expect("text"))
    }

    #[tokio::test]
    async fn a_part_is_given_to_whoever_asks_for_one() {
        for (range, status, told, body) in [
            (None, 200, "", "0123456789"),
            (Some("bytes=0-1"), 206, "bytes 0-1/10", "01"),
            (Some("bytes=0-"), 206, "bytes 0-9/10", "0123456789"),
            (Some("bytes=-3"), 206, "bytes 7-9/10", "789"),
            (Some("bytes=0-1,4-5"), 200, "", "0123456789"),
            (Some("words=0-1"), 200, "", "0123456789"),
            (Some("bytes=10-"), 416, "bytes */10", ""),
        ] {
            assert_eq!(asked(range).await, (status, told.to_owned(), body.to_owned()), "{range:?}");
        }
    }
}
