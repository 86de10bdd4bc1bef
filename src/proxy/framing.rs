//! Refuses requests and responses whose length two readers could understand differently (request smuggling, RFC 9112,
//! section 11.2).
//!
//! hyper's server has already refused: a `Transfer-Encoding` that does not end in `chunked` or comes with HTTP/1.0,
//! lengths that differ or are no plain number, and bytes that do not belong into a head (a lone CR, NUL, blanks before
//! a colon, folded lines). Of `Content-Length` beside `Transfer-Encoding` it takes the latter, removes the former
//! before anyone can see it, and closes the connection after the answer, as RFC 9112, section 6.1 asks. What is left to
//! look at is here. Since the head is written anew for the application, it can only ever hold one framing.

use http::header::{CONTENT_LENGTH, HeaderMap, TRANSFER_ENCODING};
use http::{Method, Request};
use hyper::body::{Body as _, Incoming};

use super::error::ProxyError;

/// What is ambiguous about a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum FramingFault {
    /// Both say where the body ends.
    #[error("Content-Length beside Transfer-Encoding")]
    TwoFramings,
    /// A coding other than `chunked`, or more than one.
    #[error("a Transfer-Encoding other than chunked")]
    TransferEncoding,
    /// More than one length, no plain number, or another one than the body has.
    #[error("a Content-Length that does not fit the body")]
    ContentLength,
    /// What Portero was told about the request cannot be written into a header.
    #[error("a Host or request id that is no header value")]
    Unwritable,
}

/// Looks a request over before anything is done with it.
///
/// # Errors
/// [`ProxyError::Framing`] and [`ProxyError::Method`].
pub(super) fn check_request(request: &Request<Incoming>) -> Result<(), ProxyError> {
    if matches!(*request.method(), Method::CONNECT | Method::TRACE) {
        return Err(ProxyError::Method);
    }
    let headers = request.headers();
    let mut lengths = headers.get_all(CONTENT_LENGTH).iter();
    let length = lengths.next();
    if headers.contains_key(TRANSFER_ENCODING) {
        if length.is_some() {
            return Err(FramingFault::TwoFramings.into());
        }
        if !is_chunked(headers) {
            return Err(FramingFault::TransferEncoding.into());
        }
    } else if let Some(length) = length {
        let said = plain_number(length.as_bytes());
        if said.is_none() || lengths.next().is_some() || said != request.body().size_hint().exact() {
            return Err(FramingFault::ContentLength.into());
        }
    }
    Ok(())
}

/// Whether there is one transfer coding, and it is `chunked`.
pub(super) fn is_chunked(headers: &HeaderMap) -> bool {
    let mut codings = headers.get_all(TRANSFER_ENCODING).iter();
    matches!((codings.next(), codings.next()), (Some(only), None) if only.as_bytes().eq_ignore_ascii_case(b"chunked"))
}

/// Digits and nothing else, as `Content-Length` is defined.
pub(super) fn plain_number(text: &[u8]) -> Option<u64> {
    let digits = !text.is_empty() && text.iter().all(u8::is_ascii_digit);
    digits.then(|| std::str::from_utf8(text).ok()?.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    #[test]
    fn a_length_is_digits_and_nothing_else() {
        assert_eq!(plain_number(b"42"), Some(42));
        for text in ["", "+42", "-1", "4 2", "0x2a", "4,2", "99999999999999999999"] {
            assert_eq!(plain_number(text.as_bytes()), None, "{text}");
        }
    }

    #[test]
    fn only_a_single_chunked_is_chunked() {
        for (codings, expected) in [
            (&["chunked"][..], true),
            (&["Chunked"][..], true),
            (&["gzip, chunked"][..], false),
            (&["chunked", "chunked"][..], false),
            (&["gzip", "chunked"][..], false),
            (&["identity"][..], false),
            (&[][..], false),
        ] {
            let mut headers = HeaderMap::new();
            for coding in codings {
                headers.append(TRANSFER_ENCODING, HeaderValue::from_static(coding));
            }
            assert_eq!(is_chunked(&headers), expected, "{codings:?}");
        }
    }
}
