//! Hosts and the addresses made of them: one canonical spelling, so that two spellings of a host are one host.
//!
//! The same function reads hosts in the configuration and in `Host` headers; what it refuses cannot be configured either.

use std::net::{Ipv4Addr, Ipv6Addr};

/// The host of a `Host` header or authority in canonical form: lower case, without port and without one trailing dot; an IPv6
/// address in brackets in its shortest spelling. `None` for what is no host: user information, empty labels, characters other
/// than letters, digits, `-`, `_` and `.`, a bad port, numbers that only look like an IPv4 address. Non-ASCII names are
/// expected in their `xn--` form, as browsers send them.
pub fn canonical_host(text: &str) -> Option<String> {
    split_authority(text).map(|(host, _)| host)
}

/// The canonical host and the port, if there is one.
pub(super) fn split_authority(text: &str) -> Option<(String, Option<u16>)> {
    if let Some(rest) = text.strip_prefix('[') {
        let (address, rest) = rest.split_once(']')?;
        let address: Ipv6Addr = address.parse().ok()?;
        let port = match rest.strip_prefix(':') {
            Some(port) => Some(parse_port(port)?),
            None if rest.is_empty() => None,
            None => return None,
        };
        return Some((format!("[{address}]"), port));
    }
    let (name, port) = match text.split_once(':') {
        Some((name, port)) => (name, Some(parse_port(port)?)),
        None => (text, None),
    };
    let name = name.strip_suffix('.').unwrap_or(name).to_ascii_lowercase();
    (is_host_name(&name)).then_some((name, port))
}

/// A port in decimal digits, not 0.
fn parse_port(text: &str) -> Option<u16> {
    let digits = (1..=5).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    if !digits {
        return None;
    }
    text.parse().ok().filter(|port| *port != 0)
}

/// Whether a lower-case text is a host name or an IPv4 address.
fn is_host_name(name: &str) -> bool {
    let fits = |label: &str| {
        (1..=63).contains(&label.len())
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    let last = name.rsplit('.').next().unwrap_or_default();
    // Browsers read a name whose last label is a number as an IPv4 address in one of many spellings (WHATWG URL, "ends in a
    // number checker") and send the plain one; accepting another here would be a second spelling of the same host.
    let numeric = last.bytes().all(|byte| byte.is_ascii_digit())
        || last.strip_prefix("0x").is_some_and(|hex| hex.bytes().all(|byte| byte.is_ascii_hexdigit()));
    if numeric {
        return name.parse::<Ipv4Addr>().is_ok();
    }
    name.len() <= 253 && name.split('.').all(fits)
}

/// Scheme, host and port of an `http` or `https` address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct HttpAddress {
    pub(super) secure: bool,
    /// As [`canonical_host`] gives it.
    pub(super) host: String,
    /// The scheme's own where none is written.
    pub(super) port: u16,
}

/// What is wrong with the text of an address. The text itself stays out of it: it may hold a password.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AddressError {
    /// Neither http nor https.
    #[error("it does not begin with http:// or https://")]
    Scheme,
    /// `user:password@`.
    #[error("it holds a user name or password")]
    UserInformation,
    /// More than scheme, host and port.
    #[error("it has more than a scheme, a host and a port")]
    Tail,
    /// Not a host, or not a port.
    #[error("its host or port is not valid")]
    Host,
}

impl HttpAddress {
    /// Reads `http(s)://host[:port]`; one slash at the end is tolerated.
    pub(super) fn parse(text: &str) -> Result<Self, AddressError> {
        let (scheme, rest) = text.split_once("://").ok_or(AddressError::Scheme)?;
        let secure = match scheme.to_ascii_lowercase().as_str() {
            "https" => true,
            "http" => false,
            _ => return Err(AddressError::Scheme),
        };
        let authority = rest.strip_suffix('/').unwrap_or(rest);
        if authority.contains('@') {
            return Err(AddressError::UserInformation);
        }
        if authority.contains(['/', '?', '#', '\\']) {
            return Err(AddressError::Tail);
        }
        let (host, port) = split_authority(authority).ok_or(AddressError::Host)?;
        Ok(Self { secure, host, port: port.unwrap_or(if secure { 443 } else { 80 }) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_has_one_spelling() {
        for (text, host) in [
            ("Billing.Example.COM", "billing.example.com"),
            ("billing.example.com:8443", "billing.example.com"),
            ("billing.example.com.", "billing.example.com"),
            ("billing.example.com.:80", "billing.example.com"),
            ("localhost", "localhost"),
            ("my_app:8080", "my_app"),
            ("127.0.0.1:1", "127.0.0.1"),
            ("[0:0:0:0:0:0:0:1]:8080", "[::1]"),
            ("[2001:DB8::1]", "[2001:db8::1]"),
            ("xn--facturacin-ebb.mx", "xn--facturacin-ebb.mx"),
        ] {
            assert_eq!(canonical_host(text).as_deref(), Some(host), "{text}");
        }
    }

    #[test]
    fn what_is_no_host_is_refused() {
        for text in [
            "",
            ".",
            "a..b",
            ".a",
            "a..",
            "a:",
            "a:0",
            "a:65536",
            "a:+80",
            "a:080808",
            "a:80:80",
            ":80",
            "a b",
            " a",
            "a\n",
            "a/b",
            "a@b",
            "user:pw@a",
            "a,b",
            "*.a",
            "-a.b",
            "a-.b",
            "ñandu.mx",
            "a%41",
            "::1",
            "[::1",
            "[::1]x",
            "[::1]:",
            "[::1%25eth0]",
            "[127.0.0.1]",
            "127.1",
            "1.2.3.4.5",
            "0x7f.1",
            "a.0x7f",
            "a.1",
            "010.0.0.1",
            &"a".repeat(64),
            &["abcdefg"; 32].join("."),
        ] {
            assert_eq!(canonical_host(text), None, "{text:?}");
        }
    }

    #[test]
    fn an_address_is_scheme_host_and_port_alone() {
        let read = |text: &str| HttpAddress::parse(text);
        let address = |secure, host: &str, port| Ok(HttpAddress { secure, host: host.into(), port });
        assert_eq!(read("https://Login.Example.com"), address(true, "login.example.com", 443));
        assert_eq!(read("HTTP://[::1]:8080/"), address(false, "[::1]", 8080));
        assert_eq!(read("ftp://a"), Err(AddressError::Scheme));
        assert_eq!(read("login.example.com"), Err(AddressError::Scheme));
        assert_eq!(read("https://ana:pw@a"), Err(AddressError::UserInformation));
        for tail in ["https://a/b", "https://a//", "https://a?x", "https://a#x", "https://a\\b"] {
            assert_eq!(read(tail), Err(AddressError::Tail), "{tail}");
        }
        assert_eq!(read("https://"), Err(AddressError::Host));
        assert_eq!(read("https://a:99999"), Err(AddressError::Host));
    }

    proptest::proptest! {
        #[test]
        fn a_canonical_host_stays_as_it_is(text in "\\PC{0,60}|[a-z0-9.:_\\[\\]-]{0,40}|\\[[0-9a-f:]{2,20}\\](:[0-9]{1,5})?") {
            if let Some(host) = canonical_host(&text) {
                proptest::prop_assert_eq!(canonical_host(&host), Some(host.clone()));
                let with_port = format!("{host}:8080");
                proptest::prop_assert_eq!(canonical_host(&with_port), Some(host.clone()));
                proptest::prop_assert!(host.bytes().all(|byte| byte.is_ascii_graphic() && !byte.is_ascii_uppercase()));
                proptest::prop_assert!(!host.contains(['/', '@', '?', '#', '%', '\\']));
            }
        }

        #[test]
        fn case_port_and_dot_make_no_difference(
            host in "[a-z]([a-z0-9-]{0,5}[a-z0-9])?(\\.[a-z]([a-z0-9-]{0,5}[a-z])?){0,3}",
            port in 1..=u16::MAX,
        ) {
            let spelled = format!("{}.:{port}", host.to_uppercase());
            proptest::prop_assert_eq!(canonical_host(&spelled), Some(host));
        }
    }
}
