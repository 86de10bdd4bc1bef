//! `[portal]`: the public face.

use std::fmt;
use std::path::PathBuf;

use crate::domain::language::Language;

/// `[portal]`
#[derive(Debug, Clone)]
pub struct PortalConfig {
    /// Public address of the sign-in pages.
    pub origin: Origin,
    /// Product name on every page.
    pub name: String,
    /// Language where the browser names none we speak.
    pub language: Language,
    /// The legal notice on the sign-in page; `None` for the built-in one.
    pub notice: Option<String>,
    /// Whom to ask for help; empty for nobody.
    pub support: String,
    /// Where days begin.
    pub time_zone: jiff::tz::TimeZone,
    /// A folder whose templates go before the built-in ones.
    pub templates: Option<PathBuf>,
    /// Downloads and tools that the applications need.
    pub downloads: Vec<Download>,
}

/// One `[[portal.download]]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Download {
    /// What it is called.
    pub name: String,
    /// Where it is: http(s) or a path on the portal.
    pub url: String,
    /// One line about it.
    pub description: String,
}

/// Scheme, host and port of a public address, in the form browsers compare.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Origin {
    /// Whether it is https.
    pub secure: bool,
    /// Lower case; IPv6 with brackets.
    pub host: String,
    /// Always known, also when it is the scheme's own.
    pub port: u16,
}

impl Origin {
    /// The port a scheme has of itself.
    const fn default_port(secure: bool) -> u16 {
        if secure { 443 } else { 80 }
    }

    /// Whether the host is the machine itself by name or address.
    pub fn is_loopback(&self) -> bool {
        is_loopback_host(&self.host)
    }

    /// Host and port as in a `Host` header: the scheme's own port is left out.
    pub fn authority(&self) -> String {
        if self.port == Self::default_port(self.secure) {
            self.host.clone()
        } else {
            format!("{}:{}", self.host, self.port)
        }
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = if self.secure { "https" } else { "http" };
        write!(f, "{scheme}://{}", self.authority())
    }
}

/// Whether `host` (no port) is `localhost`, 127.0.0.0/8 or `[::1]`.
pub fn is_loopback_host(host: &str) -> bool {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost"
        || host.ends_with(".localhost")
        || bare.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
}
