//! Where a browser goes after signing in: never anywhere but an address of ours.
//!
//! A return address is a path and query on this very host. Whatever else arrives in the parameter (another scheme, a host, `//host`,
//! a backslash, a control character) is nobody's return address and is dropped, not repaired.

use std::fmt;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// The longest address that is remembered.
const LONGEST: usize = 4096;
/// All but what RFC 3986 leaves unreserved, and `/`, which reads better plain.
const QUERY_VALUE: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~').remove(b'/');

/// A path and query on the same host, beginning with exactly one `/`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReturnTo(String);

impl ReturnTo {
    /// Reads a parameter. `None` for anything that is not a local address, and for Portero's own pages that make no sense to land on.
    pub fn parse(text: &str) -> Option<Self> {
        let bytes = text.as_bytes();
        let local = bytes.first() == Some(&b'/') && !matches!(bytes.get(1), Some(b'/' | b'\\'));
        // Only visible ASCII without '\': browsers strip or translate the rest, and then it could be another address.
        let plain = bytes.iter().all(|&byte| byte.is_ascii_graphic() && byte != b'\\' && byte != b'#');
        if !local || !plain || text.len() > LONGEST {
            return None;
        }
        let path = text.split('?').next().unwrap_or_default();
        let loops = ["/_portero/login", "/_portero/logout"].iter().any(|page| path.eq_ignore_ascii_case(page));
        (!loops).then(|| Self(text.to_owned()))
    }

    /// The address for a `Location`.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// `base?return_to=…`.
    pub fn as_parameter_of(&self, base: &str) -> String {
        format!("{base}?return_to={}", utf8_percent_encode(&self.0, QUERY_VALUE))
    }
}

impl fmt::Display for ReturnTo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // L3
    #[test]
    fn a_local_address_comes_back_to_the_letter() {
        for text in ["/", "/a/b?c=d&e=%20f", "/a?u=https://x.mx/y", "/%C3%91?x=1;2", "/_portero/portal"] {
            assert_eq!(ReturnTo::parse(text).expect(text).as_str(), text);
        }
        let address = ReturnTo::parse("/a?b=c&d=%20").expect("local");
        assert_eq!(address.as_parameter_of("/login"), "/login?return_to=/a%3Fb%3Dc%26d%3D%2520");
    }

    // rule 5
    #[test]
    fn no_address_leads_elsewhere() {
        for text in [
            "",
            "a",
            "https://evil.example/",
            "//evil.example",
            "/\\evil.example",
            "\\/evil.example",
            "/\t/evil.example",
            "/\n/evil.example",
            "javascript:alert(1)",
            " /a",
            "/a\r\nSet-Cookie: x=y",
            "/a b",
            "/ñ",
            "/a#b",
            "/\\",
            "/a\\b",
            "/_portero/login",
            "/_portero/logout?x=y",
            "/_portero/LOGIN?return_to=/",
        ] {
            assert_eq!(ReturnTo::parse(text), None, "{text:?}");
        }
        assert_eq!(ReturnTo::parse(&format!("/{}", "a".repeat(LONGEST))), None);
    }

    proptest::proptest! {
        #[test]
        fn what_is_accepted_resolves_to_the_same_host(text in "[/\\\\a.:@%?#\t\u{e9}-]{0,12}") {
            if let Some(address) = ReturnTo::parse(&text) {
                let uri: http::Uri = address.as_str().parse().expect("a URI");
                proptest::prop_assert!(uri.host().is_none() && uri.scheme().is_none());
            }
        }
    }
}
