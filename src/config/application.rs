//! `[[app]]`: the applications behind Portero.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use rustls::pki_types::ServerName;

use super::access::{read_access, read_rules};
use super::authorities::Authorities;
use super::entry::{Entry, shown};
use super::host::{HttpAddress, canonical_host};
use super::portal::{Origin, is_loopback_host};
use super::reader::{Section, Setting};
use super::unique::Unique;
use crate::domain::access::{Access, AccessRule};
use crate::domain::names::ApplicationId;

/// One `[[app]]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApplicationConfig {
    /// Audience of its assertions.
    pub id: ApplicationId,
    /// What people call it.
    pub name: String,
    /// One line for the portal.
    pub description: String,
    /// Its own host, lower case without port; `None` for the portal's.
    pub host: Option<String>,
    /// Path prefix, beginning with `/` and without a trailing one (but for `/` itself).
    pub path: String,
    /// Where requests go, in turn.
    pub upstreams: Vec<Upstream>,
    /// What they speak.
    pub upstream_protocol: UpstreamProtocol,
    /// Who may vouch for those that speak TLS; `None` for the system's authorities.
    pub authorities: Option<Authorities>,
    /// The name that their certificates are for; `None` for the one in the address.
    pub server_name: Option<ServerName<'static>>,
    /// What a request needs where no rule says otherwise.
    pub access: Access,
    /// Rules; the first that covers a request decides.
    pub rules: Vec<AccessRule>,
    /// How long connecting may take.
    pub connect_timeout: Duration,
    /// How long the application may be silent, before its answer and in the midst of it.
    pub response_timeout: Duration,
    /// Whether the application is told the Host the browser asked for (or its own address).
    pub preserve_host: bool,
}

impl ApplicationConfig {
    /// Whether `path` (normalised) is the application's own folder or something in it. A folder ends at a `/`: `/bill` is not above
    /// `/billing`.
    pub fn contains(&self, path: &str) -> bool {
        let rest = path.strip_prefix(self.path.trim_end_matches('/'));
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    }
}

/// What an application server speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UpstreamProtocol {
    /// HTTP/1.1.
    Http1,
    /// HTTP/2: agreed on over TLS, known beforehand without.
    Http2,
}

/// The address of an application server.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Upstream {
    /// Whether it speaks TLS.
    pub https: bool,
    /// Host name or address (IPv6 without brackets).
    pub host: String,
    /// Port.
    pub port: u16,
}

/// Below this path every host belongs to Portero itself.
const RESERVED: &str = "/_portero";

/// What applications are held against.
pub(super) struct Front {
    pub(super) origin: Setting<Origin>,
    pub(super) listen: Setting<SocketAddr>,
}

/// Reads every `[[app]]`.
pub(super) fn read_applications(root: &mut Section<'_>, front: &Front) -> Vec<ApplicationConfig> {
    let mut ids = Unique::new(root.reader);
    let mut places = Unique::new(root.reader);
    let sections = root.sections("app");
    sections.into_iter().filter_map(|section| ApplicationConfig::read(section, front, &mut ids, &mut places)).collect()
}

/// Host (`None` for the portal's) and path: no two applications may share both.
type Place = (Option<String>, String);

impl ApplicationConfig {
    fn read(
        mut section: Section<'_>,
        front: &Front,
        ids: &mut Unique<'_, ApplicationId>,
        places: &mut Unique<'_, Place>,
    ) -> Option<Self> {
        let id = section.required("id", "\"billing\"", |entry| entry.parsed::<ApplicationId>());
        if let (Some(id), Some(at)) = (id.value.clone(), id.at) {
            ids.claim(id, at, "application id");
        }
        let name = section.optional("name", |entry| entry.line(128)).value;
        let description = section.setting("description", String::new(), |entry| entry.line_or_empty(256)).value;
        let (host, path) = read_place(&mut section, front, places);
        let upstreams = section.required("upstream", "[\"http://127.0.0.1:3000\"]", |entry| {
            entry.non_empty_set(|item| Upstream::read(item, front))
        });
        let upstream_protocol = section
            .setting("upstream_protocol", UpstreamProtocol::Http1, |entry| {
                entry.one_of(&[("http1", UpstreamProtocol::Http1), ("http2", UpstreamProtocol::Http2)])
            })
            .value;
        let (authorities, server_name) = read_trust(&mut section, &upstreams);
        let access = section.setting("access", Access::Assigned, read_access).value;
        let rules = read_rules(&mut section);
        let timeout = |section: &mut Section<'_>, key, seconds| {
            let range = Duration::from_millis(10)..=Duration::from_hours(24);
            section.setting(key, Duration::from_secs(seconds), |entry| entry.duration(range)).value
        };
        let connect_timeout = timeout(&mut section, "connect_timeout", 5);
        let response_timeout = timeout(&mut section, "response_timeout", 60);
        let preserve_host = section.setting("preserve_host", true, |entry| entry.boolean()).value;
        section.finish();

        let id = id.value?;
        Some(Self {
            name: name.unwrap_or_else(|| id.to_string()),
            id,
            description,
            host,
            path,
            upstreams: upstreams.value?,
            upstream_protocol,
            authorities,
            server_name,
            access,
            rules,
            connect_timeout,
            response_timeout,
            preserve_host,
        })
    }
}

/// Against what the certificates of servers that speak TLS are held.
fn read_trust(
    section: &mut Section<'_>,
    upstreams: &Setting<Option<Vec<Upstream>>>,
) -> (Option<Authorities>, Option<ServerName<'static>>) {
    let reader = section.reader;
    let authorities = section.optional("ca", |entry| entry.authorities());
    let server_name = section.optional("server_name", read_server_name);
    let in_clear = upstreams.value.as_ref().is_some_and(|all| all.iter().all(|upstream| !upstream.https));
    for (key, at) in [("ca", authorities.at), ("server_name", server_name.at)] {
        if let Some(at) = at
            && in_clear
        {
            reader.fault(
                at,
                format!("`app.{key}` is about upstreams over https, and there is none"),
                format!("write https:// in `upstream`, or remove {key}"),
            );
        }
    }
    (authorities.value, server_name.value)
}

fn read_server_name(entry: &Entry<'_>) -> Option<ServerName<'static>> {
    let text = entry.text()?;
    let host = canonical_host(text).filter(|_| !text.contains(':') || text.ends_with(']'));
    let name = host.and_then(|host| ServerName::try_from(unbracketed(&host).to_owned()).ok());
    name.or_else(|| {
        entry.fault(
            format!("{} is not a name that a certificate can be for", shown(text)),
            "write a name or an address without port, such as \"app.example.com\"",
        )
    })
}

/// An IPv6 address without its brackets; anything else as it is.
fn unbracketed(host: &str) -> &str {
    host.trim_start_matches('[').trim_end_matches(']')
}

/// Where an application is reached. An application on the portal's host shares it by path.
fn read_place(section: &mut Section<'_>, front: &Front, places: &mut Unique<'_, Place>) -> Place {
    let reader = section.reader;
    let host = section.optional("host", read_host);
    let path = section.setting("path", "/".to_owned(), read_path);
    let origin = &front.origin;
    let on_portal = origin.sound && host.value.as_ref() == Some(&origin.value.host);
    match (host.at, path.at) {
        (None, None) => {
            if let Some(at) = section.at() {
                reader.fault(
                    at,
                    "`app.host` and `app.path` are both missing",
                    "write host = \"app.example.com\", path = \"/app\", or both",
                );
            }
        }
        (Some(at), None) if on_portal => reader.fault(
            at,
            "this is the host of the portal itself",
            "write another host, or add the path of the application, such as path = \"/app\"",
        ),
        _ => {}
    }
    if let (Some(host), Some(at)) = (&host.value, host.at)
        && origin.sound
        && !origin.value.secure
        && !is_loopback_host(host)
    {
        reader.notice(at, format!("{host} is served over plain http, as the portal is; browsers keep it to tests"));
    }
    let sound = host.sound && path.sound;
    let place = (if on_portal { None } else { host.value }, path.value);
    if sound && let Some(at) = path.at.or(host.at) {
        places.claim(place.clone(), at, "host and path");
    }
    place
}

fn read_host(entry: &Entry<'_>) -> Option<String> {
    let text = entry.text()?;
    let Some(host) = canonical_host(text) else {
        return entry.fault(
            format!("{} is not a host", shown(text)),
            "write a whole name such as \"app.example.com\", without scheme or '*', in ASCII (xn--…)",
        );
    };
    let with_port = text.rsplit_once(':').is_some_and(|(_, port)| !port.contains(']'));
    if with_port {
        return entry
            .fault(format!("{} has a port", shown(text)), format!("write \"{host}\": the port is the portal's"));
    }
    Some(host)
}

/// A path prefix, without the slash at its end. Only characters that have one spelling in an address are accepted, so that the
/// prefix cannot be walked around by another spelling.
fn read_path(entry: &Entry<'_>) -> Option<String> {
    let text = entry.text()?;
    let plain = |c: char| c.is_ascii_alphanumeric() || "-._~!$&'()+,;=:@/".contains(c);
    let path = if text == "/" { text } else { text.strip_suffix('/').unwrap_or(text) };
    let whole = text == "/" || path.split('/').skip(1).all(|segment| !matches!(segment, "" | "." | ".."));
    if !text.starts_with('/') || !text.chars().all(plain) || !whole {
        return entry.fault(
            format!("{} is not the path of an application", shown(text)),
            "write a path such as \"/billing\", of ASCII letters, digits and -._~, without empty or dot segments",
        );
    }
    let below = path.strip_prefix(RESERVED).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
    if below {
        return entry.fault(format!("{RESERVED} is Portero's own on every host"), "write another path");
    }
    Some(path.to_owned())
}

impl Upstream {
    fn read(entry: &Entry<'_>, front: &Front) -> Option<Self> {
        let text = entry.text()?;
        let address = match HttpAddress::parse(text) {
            Ok(address) => address,
            Err(error) => {
                return entry.fault(
                    format!("an upstream is not right: {error}"),
                    "write scheme, host and port alone, such as \"http://127.0.0.1:3000\"",
                );
            }
        };
        let host = unbracketed(&address.host).to_owned();
        let upstream = Self { https: address.secure, host, port: address.port };
        if front.listen.sound && upstream.is_served_at(front.listen.value) {
            return entry.fault("this is where Portero itself listens", "write the address of the application");
        }
        Some(upstream)
    }

    /// Whether connecting to it would reach a listener at `address` of this machine.
    fn is_served_at(&self, address: SocketAddr) -> bool {
        let ip = if self.host == "localhost" { Some(IpAddr::from([127, 0, 0, 1])) } else { self.host.parse().ok() };
        let reaches = |ip: IpAddr| ip == address.ip() || (address.ip().is_unspecified() && ip.is_loopback());
        self.port == address.port() && ip.is_some_and(reaches)
    }
}
