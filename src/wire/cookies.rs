//! Portero's own cookies: their names, how they are read and how they are set.
//!
//! Over HTTPS every name carries the `__Host-` prefix (RFC 6265bis §4.1.3): no other host and no plain page can set it. Plain
//! HTTP exists on loopback only, where browsers refuse the prefix.

use std::fmt::Write as _;
use std::time::Duration;

use http::header::{COOKIE, HeaderMap, HeaderValue, SET_COOKIE};

/// One of Portero's cookies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CookieKind {
    /// The session.
    Session,
    /// The browser, before anybody has signed in: what forms are bound to.
    Browser,
    /// A password change that must happen before the sign-in is complete.
    Change,
    /// Accounts this browser has signed in to before.
    Known,
    /// Whose session ended on purpose a moment ago.
    Former,
    /// The chosen language.
    Language,
    /// The right answer to a secret question, which opens the form of a new password.
    Proof,
}

impl CookieKind {
    /// The full name.
    pub const fn name(self, secure: bool) -> &'static str {
        match (self, secure) {
            (Self::Session, true) => "__Host-portero",
            (Self::Session, false) => "portero",
            (Self::Browser, true) => "__Host-portero-browser",
            (Self::Browser, false) => "portero-browser",
            (Self::Change, true) => "__Host-portero-change",
            (Self::Change, false) => "portero-change",
            (Self::Known, true) => "__Host-portero-known",
            (Self::Known, false) => "portero-known",
            (Self::Former, true) => "__Host-portero-former",
            (Self::Former, false) => "portero-former",
            (Self::Language, true) => "__Host-portero-lang",
            (Self::Language, false) => "portero-lang",
            (Self::Proof, true) => "__Host-portero-proof",
            (Self::Proof, false) => "portero-proof",
        }
    }
}

/// Reads and sets cookies for one kind of deployment.
#[derive(Debug, Clone, Copy)]
pub struct Cookies {
    /// Whether browsers reach Portero over HTTPS.
    pub secure: bool,
}

impl Cookies {
    /// The value of a cookie. One that was sent twice counts as not sent: somebody is trying to slip one in.
    pub fn read(self, headers: &HeaderMap, kind: CookieKind) -> Option<&str> {
        let name = kind.name(self.secure);
        let mut found = None;
        for line in headers.get_all(COOKIE) {
            // Other cookies may be anything; only ours must be text.
            for pair in line.as_bytes().split(|&byte| byte == b';') {
                let pair = pair.trim_ascii();
                let Some(value) = pair.strip_prefix(name.as_bytes()).and_then(|rest| rest.strip_prefix(b"=")) else {
                    continue;
                };
                let value = std::str::from_utf8(value).ok()?;
                if found.replace(value).is_some() {
                    return None;
                }
            }
        }
        found
    }

    /// Adds a `Set-Cookie`: for the browser's session, or for `max_age`. `value` is of our own making (base64url or a tag).
    pub fn set(self, headers: &mut HeaderMap, kind: CookieKind, value: &str, max_age: Option<Duration>) {
        let mut line = format!("{}={value}; Path=/; HttpOnly; SameSite=Lax", kind.name(self.secure));
        if self.secure {
            line.push_str("; Secure");
        }
        if let Some(max_age) = max_age {
            // Writing to a string does not fail.
            let _ = write!(line, "; Max-Age={}", max_age.as_secs());
        }
        if let Ok(line) = HeaderValue::try_from(line) {
            headers.append(SET_COOKIE, line);
        }
    }

    /// Adds a `Set-Cookie` that takes the cookie away.
    pub fn clear(self, headers: &mut HeaderMap, kind: CookieKind) {
        self.set(headers, kind, "", Some(Duration::ZERO));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(secure: bool, lines: &[&'static str]) -> Option<String> {
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append(COOKIE, HeaderValue::from_static(line));
        }
        Cookies { secure }.read(&headers, CookieKind::Session).map(str::to_owned)
    }

    #[test]
    fn a_cookie_is_found_among_others_and_over_several_lines() {
        assert_eq!(read(false, &["a=b; portero=x; c=d"]).as_deref(), Some("x"));
        assert_eq!(read(false, &["a=b", "portero=x"]).as_deref(), Some("x"));
        assert_eq!(read(false, &["portero-browser=y; xportero=z"]), None);
    }

    #[test]
    fn a_cookie_sent_twice_counts_as_not_sent() {
        assert_eq!(read(false, &["portero=x; portero=y"]), None);
        assert_eq!(read(false, &["portero=x", "portero=x"]), None);
    }

    #[test]
    fn over_https_only_the_protected_name_counts() {
        assert_eq!(read(true, &["portero=x"]), None);
        assert_eq!(read(true, &["__Host-portero=x"]).as_deref(), Some("x"));
    }

    #[test]
    fn a_cookie_is_set_for_one_host_and_out_of_scripts_reach() {
        let mut headers = HeaderMap::new();
        Cookies { secure: true }.set(&mut headers, CookieKind::Session, "v", None);
        assert_eq!(headers[SET_COOKIE], "__Host-portero=v; Path=/; HttpOnly; SameSite=Lax; Secure");
        let mut headers = HeaderMap::new();
        Cookies { secure: false }.clear(&mut headers, CookieKind::Session);
        assert_eq!(headers[SET_COOKIE], "portero=; Path=/; HttpOnly; SameSite=Lax; Max-Age=0");
    }
}
