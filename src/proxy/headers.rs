//! What of a head is for the next hop: first everything that only concerned this one, or that only Portero may say, is
//! removed; then Portero says it. Because saying comes last, no `Connection` line can nominate it away and no copy can
//! stand beside it.

use bytes::{BufMut, BytesMut};
use http::header::{
    AUTHORIZATION, CONNECTION, CONTENT_LENGTH, COOKIE, EXPECT, FORWARDED, HOST, HeaderMap, HeaderName, HeaderValue,
    PROXY_AUTHENTICATE, PROXY_AUTHORIZATION, SET_COOKIE, TE, TRAILER, TRANSFER_ENCODING, UPGRADE,
};
use http::{Method, StatusCode};
use std::fmt::Write as _;
use std::net::IpAddr;

use super::cookies;
use super::framing::{self, FramingFault};
use super::names;
use super::passage::Passage;
use super::upgrade;

const KEEP_ALIVE: HeaderName = HeaderName::from_static("keep-alive");
const PROXY_CONNECTION: HeaderName = HeaderName::from_static("proxy-connection");
const REMOTE_USER: HeaderName = HeaderName::from_static("remote-user");
const REMOTE_NAME: HeaderName = HeaderName::from_static("remote-name");
const REMOTE_EMAIL: HeaderName = HeaderName::from_static("remote-email");
const REMOTE_GROUPS: HeaderName = HeaderName::from_static("remote-groups");
const REMOTE_ORGANIZATION: HeaderName = HeaderName::from_static("remote-organization");
const ASSERTION: HeaderName = HeaderName::from_static("x-portero-assertion");
const X_FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
const X_FORWARDED_HOST: HeaderName = HeaderName::from_static("x-forwarded-host");
const X_FORWARDED_PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");
const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// How many fields a forwarded request has more than the one that came: all that are set below, and `Host`.
const SAID: usize = 12;

/// What ends at this hop (RFC 9110, section 7.6.1), whether `Connection` says so or not.
static HOP_BY_HOP: [HeaderName; 9] = [
    CONNECTION,
    KEEP_ALIVE,
    PROXY_CONNECTION,
    PROXY_AUTHENTICATE,
    PROXY_AUTHORIZATION,
    TE,
    TRANSFER_ENCODING,
    UPGRADE,
    // Answered by the server in front when the body is first read; sent on, it could only be answered a second time.
    EXPECT,
];

/// How a request's body is framed towards the application.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Length {
    /// No body.
    None,
    /// So many bytes.
    Known(u64),
    /// As long as it lasts.
    Unknown,
}

/// What of a request's own line matters for its fields.
#[derive(Debug, Clone, Copy)]
pub(super) struct Outline<'a> {
    pub(super) method: &'a Method,
    pub(super) length: Length,
    pub(super) hop: Hop,
}

/// What the next hop speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Hop {
    Http1,
    /// HTTP/1.1 that is to go over to a WebSocket.
    WebSocket,
    /// HTTP/2 frames messages itself, and has no fields about connections (RFC 9113, section 8.2.2).
    Http2,
}

/// The values that other rooms need again.
#[derive(Debug)]
pub(super) struct Said {
    /// The host the browser asked for.
    pub(super) host: HeaderValue,
    /// The request's id.
    pub(super) request_id: HeaderValue,
}

/// Makes the head of a forwarded request out of the one that came: removes, then sets. `Host` is left to the caller,
/// who knows the server.
///
/// # Errors
/// [`FramingFault::Unwritable`]
pub(super) fn prepare_request(
    headers: &mut HeaderMap,
    outline: Outline<'_>,
    passage: &Passage<'_>,
) -> Result<Said, FramingFault> {
    let trailers = has_token(headers, TE, b"trailers");
    remove_hop_by_hop(headers);
    remove_forgeable(headers, *outline.method == Method::POST);
    cookies::cut(headers);
    headers.remove(HOST);
    // Or the map would grow, and move everything in it, several times over.
    headers.reserve(SAID);

    frame(headers, outline);
    match outline.hop {
        Hop::WebSocket => upgrade::set(headers),
        Hop::Http1 | Hop::Http2 if !trailers => {}
        Hop::Http1 => {
            headers.insert(TE, HeaderValue::from_static("trailers"));
            headers.insert(CONNECTION, HeaderValue::from_static("te"));
        }
        Hop::Http2 => drop(headers.insert(TE, HeaderValue::from_static("trailers"))),
    }
    let said = say_origin(headers, passage)?;
    if let Some(identity) = passage.identity {
        headers.insert(REMOTE_USER, identity.headers.user.clone());
        headers.insert(REMOTE_NAME, identity.headers.name.clone());
        headers.insert(REMOTE_EMAIL, identity.headers.email.clone());
        headers.insert(REMOTE_GROUPS, identity.headers.groups.clone());
        headers.insert(REMOTE_ORGANIZATION, identity.headers.organization.clone());
        headers.insert(ASSERTION, identity.assertion.clone());
    }
    Ok(said)
}

/// [`prepare_request`] for a request without a body, by itself: for `benches/hot_path.rs`.
///
/// # Errors
/// [`FramingFault::Unwritable`]
#[doc(hidden)]
pub fn rewrite_head(headers: &mut HeaderMap, method: &Method, passage: &Passage<'_>) -> Result<(), FramingFault> {
    let outline = Outline { method, length: Length::None, hop: Hop::Http1 };
    prepare_request(headers, outline, passage).map(drop)
}

/// Makes the head of an answer fit for the client.
///
/// # Errors
/// What is wrong with it, if its length cannot be told.
pub(super) fn prepare_response(
    headers: &mut HeaderMap,
    status: StatusCode,
    to_head: bool,
    length: Option<u64>,
) -> Result<(), &'static str> {
    let bodiless = to_head || status == StatusCode::NO_CONTENT || status == StatusCode::NOT_MODIFIED;
    if !bodiless && headers.contains_key(TRANSFER_ENCODING) {
        // hyper takes off `chunked` alone; what remains would reach the client still coded and without a label.
        if !framing::is_chunked(headers) {
            return Err("a transfer coding other than chunked");
        }
        headers.remove(CONTENT_LENGTH);
    }
    remove_hop_by_hop(headers);
    cookies::refuse_set(headers);
    match length {
        // The length that an answer to GET would have.
        _ if to_head && says_one_length(headers) => {}
        Some(_) if !bodiless && says_one_length(headers) => {}
        Some(length) if !bodiless => drop(headers.insert(CONTENT_LENGTH, HeaderValue::from(length))),
        _ => drop(headers.remove(CONTENT_LENGTH)),
    }
    Ok(())
}

/// Makes the head of an answer that agrees to a WebSocket fit for the client.
pub(super) fn prepare_switch(headers: &mut HeaderMap) {
    remove_hop_by_hop(headers);
    headers.remove(CONTENT_LENGTH);
    cookies::refuse_set(headers);
    upgrade::set(headers);
}

/// Removes from a request's trailers what must not be said after the head either: an application that merges the two
/// would believe it.
pub(super) fn clean_request_trailers(trailers: &mut HeaderMap, post: bool) {
    clean_trailers(trailers);
    remove_forgeable(trailers, post);
}

/// Removes from an answer's trailers what belongs into a head.
pub(super) fn clean_response_trailers(trailers: &mut HeaderMap) {
    clean_trailers(trailers);
}

/// Whether a list-valued field holds `token` (lower case).
pub(super) fn has_token(headers: &HeaderMap, name: HeaderName, token: &[u8]) -> bool {
    headers.get_all(name).iter().any(|line| tokens(line).any(|candidate| candidate.eq_ignore_ascii_case(token)))
}

fn tokens(line: &HeaderValue) -> impl Iterator<Item = &[u8]> {
    line.as_bytes().split(|&byte| byte == b',').map(<[u8]>::trim_ascii)
}

/// Removes what ends at this hop. The tokens of `Connection` are read before anything goes.
fn remove_hop_by_hop(headers: &mut HeaderMap) {
    // A look at each name that is there costs less than a search for each that could be.
    let known = |name: &HeaderName| HOP_BY_HOP.iter().find(|known| *known == name);
    let found: Vec<&HeaderName> = headers.keys().filter_map(known).collect();
    if found.is_empty() {
        return;
    }
    let mut nominated: Vec<HeaderName> = Vec::new();
    for token in headers.get_all(CONNECTION).iter().flat_map(tokens) {
        let everyday = [&b"keep-alive"[..], b"close", b"upgrade", b"te"];
        if !everyday.iter().any(|known| token.eq_ignore_ascii_case(known)) {
            nominated.extend(HeaderName::from_bytes(token).ok());
        }
    }
    for name in nominated.iter().chain(found) {
        headers.remove(name);
    }
}

fn remove_forgeable(headers: &mut HeaderMap, post: bool) {
    let forged: Vec<HeaderName> =
        headers.keys().filter(|name| names::is_forgeable(name.as_str(), post)).cloned().collect();
    for name in forged {
        headers.remove(name);
    }
}

fn clean_trailers(trailers: &mut HeaderMap) {
    remove_hop_by_hop(trailers);
    for name in [AUTHORIZATION, CONTENT_LENGTH, COOKIE, HOST, SET_COOKIE, TRAILER] {
        trailers.remove(name);
    }
}

/// Says how long the body is, in exactly one way.
fn frame(headers: &mut HeaderMap, outline: Outline<'_>) {
    match outline.length {
        Length::None => {
            // Some servers want a length with every method that usually brings a body, and answer 411 otherwise.
            if matches!(*outline.method, Method::POST | Method::PUT | Method::PATCH) {
                headers.insert(CONTENT_LENGTH, HeaderValue::from_static("0"));
            }
        }
        // Checked already, but perhaps nominated by `Connection`, or never said (HTTP/2).
        Length::Known(length) if !headers.contains_key(CONTENT_LENGTH) => {
            headers.insert(CONTENT_LENGTH, HeaderValue::from(length));
        }
        Length::Known(_) => {}
        Length::Unknown => {
            headers.remove(CONTENT_LENGTH);
            if outline.hop != Hop::Http2 {
                headers.insert(TRANSFER_ENCODING, HeaderValue::from_static("chunked"));
            }
        }
    }
}

/// Says where the request comes from. `X-Forwarded-*` for applications of every age, `Forwarded` (RFC 7239) for the
/// rest.
fn say_origin(headers: &mut HeaderMap, passage: &Passage<'_>) -> Result<Said, FramingFault> {
    let client = passage.client.to_canonical();
    let scheme = if passage.https { "https" } else { "http" };
    // One allocation for both values; each takes its part.
    let mut text = BytesMut::with_capacity(160 + passage.host.len());
    put_address(&mut text, client);
    let client_value = take(&mut text)?;
    text.put_slice(if client.is_ipv6() { b"for=\"[" } else { b"for=" });
    text.put_slice(client_value.as_bytes());
    text.put_slice(if client.is_ipv6() { b"]\";host=\"" } else { b";host=\"" });
    text.put_slice(passage.host.as_bytes());
    text.put_slice(b"\";proto=");
    text.put_slice(scheme.as_bytes());
    let forwarded = take(&mut text)?;

    headers.insert(X_FORWARDED_FOR, client_value);
    headers.insert(X_FORWARDED_HOST, passage.host.clone());
    headers.insert(X_FORWARDED_PROTO, HeaderValue::from_static(scheme));
    headers.insert(FORWARDED, forwarded);
    headers.insert(X_REQUEST_ID, passage.request_id.clone());
    Ok(Said { host: passage.host.clone(), request_id: passage.request_id.clone() })
}

/// Writes an address. IPv4 by hand: the formatting of the standard library costs as much as all the rest here.
fn put_address(text: &mut BytesMut, address: IpAddr) {
    let IpAddr::V4(address) = address else {
        // Writing into a `BytesMut` cannot fail.
        let _ = write!(text, "{address}");
        return;
    };
    for (place, octet) in address.octets().into_iter().enumerate() {
        if place > 0 {
            text.put_u8(b'.');
        }
        if octet >= 100 {
            text.put_u8(b'0' + octet / 100);
        }
        if octet >= 10 {
            text.put_u8(b'0' + octet / 10 % 10);
        }
        text.put_u8(b'0' + octet % 10);
    }
}

fn take(text: &mut BytesMut) -> Result<HeaderValue, FramingFault> {
    HeaderValue::from_maybe_shared(text.split().freeze()).map_err(|_| FramingFault::Unwritable)
}

fn says_one_length(headers: &HeaderMap) -> bool {
    let mut lengths = headers.get_all(CONTENT_LENGTH).iter();
    matches!((lengths.next(), lengths.next()), (Some(only), None) if framing::plain_number(only.as_bytes()).is_some())
}

#[cfg(test)]
mod tests;
