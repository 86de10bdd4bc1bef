//! `[portal]`: the public face.

use std::fmt;
use std::net::SocketAddr;
use std::path::PathBuf;

use super::entry::{Entry, shown};
use super::host::{AddressError, HttpAddress};
use super::reader::{Section, Setting, nearest};
use super::server::ServerConfig;
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
    /// Reads an origin (RFC 6454): `http` or `https`, host, and a port where it is not the scheme's own. One slash at the end is
    /// tolerated; what [`Display`](fmt::Display) writes is read back as the same.
    ///
    /// # Errors
    /// If it is anything else, or more than that.
    pub fn parse(text: &str) -> Result<Self, AddressError> {
        let HttpAddress { secure, host, port } = HttpAddress::parse(text)?;
        Ok(Self { secure, host, port })
    }

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

impl PortalConfig {
    /// Reads the section. The origin comes back as a setting, too, for the applications to be held against.
    pub(super) fn read(
        mut section: Section<'_>,
        server: &ServerConfig,
        listen: &Setting<SocketAddr>,
    ) -> (Self, Setting<Origin>) {
        let origin = read_origin(&mut section, server, listen);
        let languages = Language::ALL.map(|language| (language.tag(), language));
        let portal = Self {
            origin: origin.value.clone(),
            name: section.setting("name", "Portero".to_owned(), |entry| entry.line(128)).value,
            language: section.setting("language", Language::Es, |entry| entry.one_of(&languages)).value,
            notice: section.optional("notice", read_notice).value,
            support: section.setting("support", String::new(), |entry| entry.line_or_empty(256)).value,
            time_zone: section.setting("time_zone", jiff::tz::TimeZone::UTC, read_time_zone).value,
            templates: section.optional("templates", |entry| entry.existing_path()).value,
            downloads: section.sections("download").into_iter().filter_map(Download::read).collect(),
        };
        section.finish();
        (portal, origin)
    }
}

impl Download {
    fn read(mut section: Section<'_>) -> Option<Self> {
        let name = section.required("name", "\"…\"", |entry| entry.line(128)).value;
        let url = section.required("url", "\"https://…\"", read_link).value;
        let description = section.setting("description", String::new(), |entry| entry.line_or_empty(256)).value;
        section.finish();
        Some(Self { name: name?, url: url?, description })
    }
}

/// The written origin, or the one that follows from where Portero listens.
fn read_origin(section: &mut Section<'_>, server: &ServerConfig, listen: &Setting<SocketAddr>) -> Setting<Origin> {
    let reader = section.reader;
    let tls = !server.tls.is_empty();
    let listened = Origin::parse(&format!("http{}://{}", if tls { "s" } else { "" }, server.listen));
    let fallback = Origin { secure: tls, host: server.listen.ip().to_string(), port: server.listen.port() };
    let mut origin = section.setting("origin", listened.clone().unwrap_or(fallback), |entry| {
        Origin::parse(entry.text()?).map(Some).unwrap_or_else(|error| {
            let fix = "write scheme, host and port alone, such as \"https://login.example.com\"";
            entry.fault(format!("`portal.origin` is not an origin: {error}"), fix)
        })
    });
    if !origin.sound || !listen.sound {
        origin.sound = false;
        return origin;
    }
    let (secure, loopback) = (origin.value.secure, origin.value.is_loopback());
    match origin.at {
        Some(at) if tls && !secure => reader.fault(
            at,
            "`portal.origin` is http, but `server.tls` serves https",
            format!("write \"https://{}\"", server_name(&origin.value)),
        ),
        Some(at) if !secure && !loopback => reader.fault(
            at,
            format!("passwords would travel in clear to {}", origin.value),
            format!("write \"https://{}\"", server_name(&origin.value)),
        ),
        Some(at) if secure && !tls && server.trusted_proxies.is_empty() => reader.notice(
            at,
            "the origin is https, but this listener speaks plain http: name the proxy that adds TLS in \
             `server.trusted_proxies`, or every client will seem to have its address",
        ),
        Some(_) => {}
        None => {
            if let Some(at) = listen.at {
                judge_derived(section, at, server, listened.ok());
            }
        }
    }
    origin
}

/// Reports where the address that Portero listens on cannot be the one that browsers use. `at` is where it is written.
fn judge_derived(section: &Section<'_>, at: usize, server: &ServerConfig, origin: Option<Origin>) {
    let write = "write portal.origin = \"https://…\", the address that browsers use";
    match origin {
        Some(origin) if !server.listen.ip().is_unspecified() => {
            if !origin.secure && !origin.is_loopback() {
                section.reader.fault(
                    at,
                    format!("passwords would travel in clear to {origin}"),
                    format!("{write}, or add server.tls"),
                );
            }
        }
        _ => section.reader.fault(at, format!("no browser can be sent to {}", server.listen), write),
    }
}

/// The host of an origin, with its port unless that belongs to plain http.
fn server_name(origin: &Origin) -> String {
    Origin { secure: true, port: if origin.port == 80 { 443 } else { origin.port }, ..origin.clone() }.authority()
}

fn read_notice(entry: &Entry<'_>) -> Option<String> {
    const LONGEST: usize = 10_000;
    let text = entry.text()?;
    let clean = text.chars().all(|c| !c.is_control() || matches!(c, '\n' | '\r' | '\t'));
    if clean && !text.trim().is_empty() && text.chars().count() <= LONGEST {
        return Some(text.to_owned());
    }
    entry.fault(
        "`portal.notice` is empty, too long or has control characters",
        format!("write 1 to {LONGEST} characters, or leave the key out for the built-in notice"),
    )
}

fn read_time_zone(entry: &Entry<'_>) -> Option<jiff::tz::TimeZone> {
    let text = entry.text()?;
    if text == "UTC" {
        return Some(jiff::tz::TimeZone::UTC);
    }
    jiff::tz::TimeZone::get(text).ok().or_else(|| {
        let known: Vec<String> = jiff::tz::db().available().map(|name| name.to_string()).collect();
        let fix = match nearest(text, known.iter().map(String::as_str)) {
            Some(meant) => format!("did you mean \"{meant}\"?"),
            None => "write an IANA name such as \"America/Mexico_City\" or \"UTC\"".into(),
        };
        entry.fault(format!("{} is not a time zone", shown(text)), fix)
    })
}

/// A link that can stand on a page: http, https, or a path on the portal. Nothing that a browser would run.
fn read_link(entry: &Entry<'_>) -> Option<String> {
    let text = entry.text()?;
    let clean = !text.contains('\\') && !text.chars().any(|c| c.is_control() || c.is_whitespace());
    let local = text.starts_with('/') && !text.starts_with("//");
    let remote = text.split_once("://").is_some_and(|(scheme, rest)| {
        let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
        HttpAddress::parse(&format!("{scheme}://{authority}")).is_ok()
    });
    if clean && (local || remote) {
        return Some(text.to_owned());
    }
    entry.fault(format!("{} is not a link", shown(text)), "write https://…, or a path on the portal that begins with /")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_leaves_out_its_schemes_own_port() {
        let shown = |text| Origin::parse(text).map(|origin| origin.to_string());
        assert_eq!(shown("https://Login.Example.com:443/").as_deref(), Ok("https://login.example.com"));
        assert_eq!(shown("http://localhost:80").as_deref(), Ok("http://localhost"));
        assert_eq!(shown("http://[::1]:8080").as_deref(), Ok("http://[::1]:8080"));
        assert!(shown("null").is_err());
    }

    proptest::proptest! {
        #[test]
        fn an_origin_is_read_back_as_it_is_shown(
            secure: bool,
            host in "[a-z][a-z0-9]{0,8}(\\.[a-z]{1,5}){0,2}|127\\.0\\.0\\.[1-9]|\\[::[1-9a-f]{1,4}\\]",
            port in 1..=u16::MAX,
        ) {
            let origin = Origin { secure, host, port };
            proptest::prop_assert_eq!(Origin::parse(&origin.to_string()), Ok(origin));
        }
    }
}
