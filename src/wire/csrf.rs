//! The anti-forgery check: a form must come from a page of ours, shown to this very browser.
//!
//! Two independent locks. The browser's own word about where the request comes from (`Sec-Fetch-Site`, Fetch Metadata; and
//! `Origin`, RFC 6454), and a form token derived from a secret cookie that other sites can neither read nor choose.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::HeaderMap;
use http::header::ORIGIN;
use subtle::ConstantTimeEq;

use crate::random::{Token, digest_parts};

/// Which form a token is for; a token of one form is worth nothing on another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FormName {
    /// Sign-in.
    SignIn,
    /// Sign-out.
    SignOut,
    /// Change of password.
    ChangePassword,
    /// Sending or dropping a form post that was kept.
    KeptPost,
    /// Asking for a temporary password.
    TemporaryPassword,
    /// Asking for a rescue code.
    NewRescueCode,
    /// Using a rescue code.
    RescueCode,
    /// Asking for a reset link.
    ResetLink,
    /// Setting a password by a reset link.
    Reset,
    /// The secret question, on the way back in.
    SecretQuestion,
    /// The settings of the own account.
    Settings,
    /// The own e-mail address.
    Email,
    /// Administration.
    Admin,
}

impl FormName {
    const fn label(self) -> &'static [u8] {
        match self {
            Self::SignIn => b"sign-in",
            Self::SignOut => b"sign-out",
            Self::ChangePassword => b"change-password",
            Self::KeptPost => b"kept-post",
            Self::TemporaryPassword => b"temporary-password",
            Self::NewRescueCode => b"new-rescue-code",
            Self::RescueCode => b"rescue-code",
            Self::ResetLink => b"reset-link",
            Self::Reset => b"reset",
            Self::SecretQuestion => b"secret-question",
            Self::Settings => b"settings",
            Self::Email => b"email",
            Self::Admin => b"admin",
        }
    }
}

/// The token of a form, from the secret of the cookie it is bound to.
pub fn form_token(secret: &Token, form: FormName) -> String {
    URL_SAFE_NO_PAD.encode(digest_parts(&[b"form token", form.label(), secret.as_bytes()]).as_bytes())
}

/// Whether `given` is the token of this form for this cookie, compared in constant time.
pub fn form_token_matches(secret: &Token, form: FormName, given: &str) -> bool {
    form_token(secret, form).as_bytes().ct_eq(given.as_bytes()).into()
}

/// Whether the browser says that the request comes from elsewhere. `authority` is the host (and port) the request was for.
/// Browsers too old to say anything are left to the form token.
pub fn is_cross_site(headers: &HeaderMap, secure: bool, authority: &str) -> bool {
    if let Some(site) = headers.get("sec-fetch-site") {
        return site != "same-origin" && site != "none";
    }
    // Our pages say `no-referrer`, and then browsers write `Origin: null` even on our own forms (Fetch §3.2).
    let Some(origin) = headers.get(ORIGIN).filter(|origin| *origin != "null") else { return false };
    !origin.as_bytes().eq_ignore_ascii_case(own_origin(secure, authority).as_bytes())
}

/// The origin that our own forms come from, where a request is for `authority`.
pub fn own_origin(secure: bool, authority: &str) -> String {
    let scheme = if secure { "https" } else { "http" };
    format!("{scheme}://{authority}")
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;
    use crate::random::{Random, SeededRandom};

    #[test]
    fn a_form_token_serves_one_form_of_one_browser() {
        let random: &dyn Random = &SeededRandom::new(1);
        let (mine, other) = (random.token(), random.token());
        let token = form_token(&mine, FormName::SignIn);
        assert!(form_token_matches(&mine, FormName::SignIn, &token));
        assert!(!form_token_matches(&other, FormName::SignIn, &token));
        assert!(!form_token_matches(&mine, FormName::SignOut, &token));
        assert!(!form_token_matches(&mine, FormName::SignIn, ""));
    }

    #[test]
    fn a_request_from_another_site_is_recognised() {
        let with = |name: &'static str, value: &'static str| {
            let mut headers = HeaderMap::new();
            headers.insert(name, HeaderValue::from_static(value));
            is_cross_site(&headers, true, "login.example.com")
        };
        assert!(with("sec-fetch-site", "cross-site"));
        assert!(with("sec-fetch-site", "same-site"), "a sibling host is not us");
        assert!(!with("sec-fetch-site", "same-origin"));
        assert!(!with("origin", "https://login.example.com"));
        for origin in ["https://evil.example", "http://login.example.com", "https://login.example.com.evil.example"] {
            assert!(with("origin", origin), "{origin}");
        }
        assert!(!is_cross_site(&HeaderMap::new(), true, "login.example.com"));
        assert!(!with("origin", "null"), "our own pages are sent without a referrer");
    }
}
