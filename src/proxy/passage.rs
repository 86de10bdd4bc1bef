//! What a request is told about itself on its way to an application: who sends it, from where, by which address.

use std::net::IpAddr;
use std::sync::Arc;

use bytes::Bytes;
use http::header::HeaderValue;
use http::uri::PathAndQuery;

use crate::sessions::End;

/// What the gate knows about one request.
#[derive(Debug, Clone, Copy)]
pub struct Passage<'a> {
    /// The client's address, with trusted proxies in front taken into account.
    pub client: IpAddr,
    /// Whether the browser came by HTTPS.
    pub https: bool,
    /// Host and port the browser asked for, validated.
    pub host: &'a HeaderValue,
    /// The normalised path and query that was judged; this is what is sent.
    pub path_and_query: &'a PathAndQuery,
    /// Who is there; `None` sends no identity at all.
    pub identity: Option<Identity<'a>>,
    /// Names the request in logs, here and there.
    pub request_id: &'a HeaderValue,
}

/// Who is there, ready to be written.
#[derive(Debug, Clone, Copy)]
pub struct Identity<'a> {
    /// The plain headers, made once per session.
    pub headers: &'a IdentityHeaders,
    /// The signed assertion for this application.
    pub assertion: &'a HeaderValue,
    /// When what has no end of its own must stop.
    pub end: &'a Arc<End>,
}

/// The plain identity headers of one session. All five are sent, empty ones too, so that an application always sees the
/// same set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IdentityHeaders {
    pub(super) user: HeaderValue,
    pub(super) name: HeaderValue,
    pub(super) email: HeaderValue,
    pub(super) groups: HeaderValue,
    pub(super) organization: HeaderValue,
}

/// A text with control characters was to become an identity header.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("control characters cannot stand in an identity header")]
pub struct InvalidIdentity;

impl IdentityHeaders {
    /// Makes the values: UTF-8 bytes as they are (obs-text, RFC 9110, section 5.5), groups joined by commas. `email`
    /// may be empty.
    ///
    /// # Errors
    /// [`InvalidIdentity`] for control characters, which could begin another line.
    pub fn new<'a>(
        user: &str,
        name: &str,
        email: &str,
        groups: impl IntoIterator<Item = &'a str>,
        organization: &str,
    ) -> Result<Self, InvalidIdentity> {
        let mut joined = String::new();
        for (index, group) in groups.into_iter().enumerate() {
            if index > 0 {
                joined.push(',');
            }
            joined.push_str(group);
        }
        Ok(Self {
            user: value(user)?,
            name: value(name)?,
            email: value(email)?,
            groups: value(&joined)?,
            organization: value(organization)?,
        })
    }
}

fn value(text: &str) -> Result<HeaderValue, InvalidIdentity> {
    if text.chars().any(char::is_control) {
        return Err(InvalidIdentity);
    }
    // From `Bytes`, so that a request's copy of it shares the text.
    HeaderValue::from_maybe_shared(Bytes::copy_from_slice(text.as_bytes())).map_err(|_| InvalidIdentity)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identity_is_written_in_utf_8_with_groups_joined() {
        let headers = IdentityHeaders::new("ana", "Ana Ñúñez", "", ["staff", "ventas"], "acme").expect("no controls");
        assert_eq!(headers.name.as_bytes(), "Ana Ñúñez".as_bytes());
        assert_eq!(headers.groups, "staff,ventas");
        assert_eq!(headers.email, "");
    }

    #[test]
    fn a_name_cannot_begin_another_header() {
        for name in ["Ana\r\nX: y", "Ana\n", "Ana\0", "Ana\u{7f}", "Ana\u{85}", "Ana\t"] {
            assert_eq!(IdentityHeaders::new("ana", name, "", [], "acme"), Err(InvalidIdentity), "{name:?}");
        }
    }
}
