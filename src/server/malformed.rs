//! Requests that are refused before anybody looks at what they ask, because two readers could read them in two ways.
//!
//! Owns the list of reasons, the checks that a parsed request still allows, and the answer. What the parser forgets before it
//! hands a request over (bare line feeds, a length beside an encoding) is found by `framing`, with the same reasons.

use std::net::Ipv6Addr;

use http::header::{ALLOW, CONNECTION, CONTENT_LENGTH, CONTENT_TYPE, HOST, HeaderValue, TRANSFER_ENCODING};
use http::{Method, Request, Response, StatusCode, Version};

use crate::wire::body::Body;

/// Why a request is refused unread.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Malformed {
    /// No Host (RFC 9112 §3.2; asked of HTTP/1.0 too, for a proxy can't choose without).
    #[error("the request names no host")]
    MissingHost,
    /// More than one Host.
    #[error("the request names more than one host")]
    SeveralHosts,
    /// A Host that is not `host` or `host:port`.
    #[error("the host is not a host name with an optional port")]
    InvalidHost,
    /// The request's target names another host than its Host field.
    #[error("the request's target and its Host field name different hosts")]
    ConflictingHosts,
    /// CONNECT: this is no tunnel.
    #[error("CONNECT is not served here")]
    Connect,
    /// `host:port` as a target, which is for CONNECT alone.
    #[error("the target is neither a path nor an absolute URI")]
    AuthorityForm,
    /// `*` as a target, which is for OPTIONS alone.
    #[error("the target * is for OPTIONS alone")]
    AsteriskForm,
    /// A target with a fragment, which never leaves a browser.
    #[error("the target holds a fragment")]
    Fragment,
    /// An absolute URI that is neither http nor https.
    #[error("the target is neither an http nor an https URI")]
    UnknownScheme,
    /// Content-Length and Transfer-Encoding together (RFC 9112 §6.1).
    #[error("Content-Length and Transfer-Encoding exclude each other")]
    LengthAndEncoding,
    /// A Content-Length that is no number, or is given twice.
    #[error("Content-Length must be one number, given once")]
    InvalidLength,
    /// A Transfer-Encoding other than `chunked`, or given twice.
    #[error("the only Transfer-Encoding served is chunked, given once")]
    InvalidEncoding,
    /// A chunk that is not framed as RFC 9112 §7.1 says.
    #[error("a chunk of the body is not framed as it must be")]
    InvalidChunk,
    /// A line that ends in LF without CR (RFC 9112 §2.2 lets a server take it; another reader might not).
    #[error("a line ends in LF without CR")]
    BareLineFeed,
}

impl Malformed {
    /// A stable word for logs and clients.
    pub const fn code(self) -> &'static str {
        match self {
            Self::MissingHost => "missing_host",
            Self::SeveralHosts => "several_hosts",
            Self::InvalidHost => "invalid_host",
            Self::ConflictingHosts => "conflicting_hosts",
            Self::Connect => "connect",
            Self::AuthorityForm => "authority_form",
            Self::AsteriskForm => "asterisk_form",
            Self::Fragment => "fragment",
            Self::UnknownScheme => "unknown_scheme",
            Self::LengthAndEncoding => "length_and_encoding",
            Self::InvalidLength => "invalid_length",
            Self::InvalidEncoding => "invalid_encoding",
            Self::InvalidChunk => "invalid_chunk",
            Self::BareLineFeed => "bare_line_feed",
        }
    }

    /// 405 for CONNECT, else 400.
    pub const fn status(self) -> StatusCode {
        match self {
            Self::Connect => StatusCode::METHOD_NOT_ALLOWED,
            Self::MissingHost
            | Self::SeveralHosts
            | Self::InvalidHost
            | Self::ConflictingHosts
            | Self::AuthorityForm
            | Self::AsteriskForm
            | Self::Fragment
            | Self::UnknownScheme
            | Self::LengthAndEncoding
            | Self::InvalidLength
            | Self::InvalidEncoding
            | Self::InvalidChunk
            | Self::BareLineFeed => StatusCode::BAD_REQUEST,
        }
    }

    /// The answer; it ends the connection.
    pub fn response(self) -> Response<Body> {
        let mut response = refusal(self.status(), self.code(), &self.to_string());
        if self == Self::Connect {
            let methods = HeaderValue::from_static("GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS");
            response.headers_mut().insert(ALLOW, methods);
        }
        response
    }
}

/// Refuses what two readers could read in two ways. HTTP/1 needs exactly one Host; HTTP/2 needs `:authority` or Host, and not two
/// that differ.
///
/// # Errors
/// The first reason found.
pub fn check_request<B>(request: &Request<B>) -> Result<(), Malformed> {
    if request.method() == Method::CONNECT {
        return Err(Malformed::Connect);
    }
    let uri = request.uri();
    match (uri.scheme_str(), uri.authority()) {
        (None, Some(_)) => return Err(Malformed::AuthorityForm),
        (Some(scheme), _) if scheme != "http" && scheme != "https" => return Err(Malformed::UnknownScheme),
        _ => {}
    }
    if uri.path() == "*" && request.method() != Method::OPTIONS {
        return Err(Malformed::AsteriskForm);
    }
    check_hosts(request)?;
    let headers = request.headers();
    let mut encodings = headers.get_all(TRANSFER_ENCODING).iter();
    match (encodings.next(), encodings.next()) {
        (Some(_), _) if headers.contains_key(CONTENT_LENGTH) => Err(Malformed::LengthAndEncoding),
        (Some(only), None) if only.as_bytes().eq_ignore_ascii_case(b"chunked") => Ok(()),
        (Some(_), _) => Err(Malformed::InvalidEncoding),
        (None, _) => Ok(()),
    }
}

/// A small problem document (RFC 9457) that ends the connection.
pub(super) fn refusal(status: StatusCode, code: &str, detail: &str) -> Response<Body> {
    let mut response = Response::new(Body::full(problem(status, code, detail)));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
    response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
    response
}

/// The same as the bytes of an HTTP/1.1 response, for when there is no parser left to answer with.
pub(super) fn raw_refusal(status: StatusCode, code: &str, detail: &str) -> Vec<u8> {
    let body = problem(status, code, detail);
    let reason = status.canonical_reason().unwrap_or_default();
    format!(
        "HTTP/1.1 {} {reason}\r\ncontent-type: application/problem+json\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
        status.as_u16(),
        body.len(),
    )
    .into_bytes()
}

fn problem(status: StatusCode, code: &str, detail: &str) -> String {
    let title = status.canonical_reason().unwrap_or_default();
    serde_json::json!({ "type": "about:blank", "title": title, "status": status.as_u16(), "code": code, "detail": detail }).to_string()
}

fn check_hosts<B>(request: &Request<B>) -> Result<(), Malformed> {
    let mut hosts = request.headers().get_all(HOST).iter();
    let host = hosts.next();
    if hosts.next().is_some() {
        return Err(Malformed::SeveralHosts);
    }
    let named = request.uri().authority();
    let host = match (host, named) {
        (Some(host), _) => Some(parse_host(host.as_bytes())?),
        (None, Some(named)) if request.version() == Version::HTTP_2 => {
            parse_host(named.as_str().as_bytes())?;
            None
        }
        (None, _) => return Err(Malformed::MissingHost),
    };
    match (host, named) {
        (Some(host), Some(named)) if !host.eq_ignore_ascii_case(named.as_str()) => Err(Malformed::ConflictingHosts),
        _ => Ok(()),
    }
}

/// `name`, `name:port`, `[v6]` or `[v6]:port`. Internationalised names arrive in their ASCII form.
fn parse_host(bytes: &[u8]) -> Result<&str, Malformed> {
    let text = std::str::from_utf8(bytes).map_err(|_| Malformed::InvalidHost)?;
    let (name_is_sound, port) = if let Some(rest) = text.strip_prefix('[') {
        let (address, port) = rest.split_once(']').ok_or(Malformed::InvalidHost)?;
        (address.parse::<Ipv6Addr>().is_ok(), port)
    } else {
        let (name, port) = text.split_at(text.find(':').unwrap_or(text.len()));
        let sound = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_');
        (!name.is_empty() && name.bytes().all(sound), port)
    };
    let port_is_sound = port.is_empty()
        || port
            .strip_prefix(':')
            .is_some_and(|port| port.bytes().all(|b| b.is_ascii_digit()) && port.parse::<u16>().is_ok());
    if name_is_sound && port_is_sound { Ok(text) } else { Err(Malformed::InvalidHost) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(version: Version, method: &str, uri: &str, headers: &[(&str, &str)]) -> Result<(), Malformed> {
        let mut request = Request::builder().version(version).method(method).uri(uri);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        check_request(&request.body(()).expect("a request"))
    }

    #[test]
    fn an_http_1_request_names_its_host_once() {
        let host = |hosts: &[(&str, &str)]| check(Version::HTTP_11, "GET", "/", hosts);
        assert_eq!(host(&[("host", "a.example:8080")]), Ok(()));
        assert_eq!(host(&[("host", "[::1]")]), Ok(()));
        assert_eq!(host(&[("host", "[::1]:80")]), Ok(()));
        assert_eq!(host(&[]), Err(Malformed::MissingHost));
        assert_eq!(host(&[("host", "a"), ("host", "a")]), Err(Malformed::SeveralHosts));
        assert_eq!(check(Version::HTTP_10, "GET", "/", &[]), Err(Malformed::MissingHost));
        for bad in [
            "", "a b", "u@a", "a/b", "a:x", "a:", "a:99999", "a,b", ":80", "a%2eb", "a:80:80", "a:+80", "[::1",
            "[::1]x", "[a]", "::1",
        ] {
            assert_eq!(host(&[("host", bad)]), Err(Malformed::InvalidHost), "{bad:?}");
        }
    }

    #[test]
    fn a_target_may_not_contradict_the_host() {
        let host = |version, uri, host| check(version, "GET", uri, &[("host", host)]);
        assert_eq!(host(Version::HTTP_11, "http://A.example/x", "a.example"), Ok(()));
        assert_eq!(host(Version::HTTP_11, "http://b.example/x", "a.example"), Err(Malformed::ConflictingHosts));
        assert_eq!(host(Version::HTTP_11, "http://u@a.example/x", "a.example"), Err(Malformed::ConflictingHosts));
        assert_eq!(host(Version::HTTP_2, "https://b.example/x", "a.example"), Err(Malformed::ConflictingHosts));
        assert_eq!(check(Version::HTTP_11, "GET", "http://a.example/x", &[]), Err(Malformed::MissingHost));
        assert_eq!(check(Version::HTTP_2, "GET", "https://a.example/x", &[]), Ok(()));
        assert_eq!(check(Version::HTTP_2, "GET", "https://u@a.example/x", &[]), Err(Malformed::InvalidHost));
        assert_eq!(host(Version::HTTP_11, "ftp://a.example/x", "a.example"), Err(Malformed::UnknownScheme));
    }

    #[test]
    fn targets_of_tunnels_and_of_the_whole_server_are_refused() {
        let target = |method, uri| check(Version::HTTP_11, method, uri, &[("host", "a")]);
        assert_eq!(target("CONNECT", "a:443"), Err(Malformed::Connect));
        assert_eq!(target("GET", "a:443"), Err(Malformed::AuthorityForm));
        assert_eq!(target("GET", "*"), Err(Malformed::AsteriskForm));
        assert_eq!(target("OPTIONS", "*"), Ok(()));
        assert_eq!(target("PROPFIND", "/"), Ok(()));
    }

    #[test]
    fn a_body_is_framed_in_one_way() {
        let framed =
            |headers: &[(&str, &str)]| check(Version::HTTP_11, "POST", "/", &[&[("host", "a")], headers].concat());
        assert_eq!(framed(&[("content-length", "3")]), Ok(()));
        assert_eq!(framed(&[("transfer-encoding", "Chunked")]), Ok(()));
        let both = [("content-length", "3"), ("transfer-encoding", "chunked")];
        assert_eq!(framed(&both), Err(Malformed::LengthAndEncoding));
        assert_eq!(framed(&[("transfer-encoding", "gzip, chunked")]), Err(Malformed::InvalidEncoding));
        let twice = [("transfer-encoding", "chunked"), ("transfer-encoding", "chunked")];
        assert_eq!(framed(&twice), Err(Malformed::InvalidEncoding));
    }
}
