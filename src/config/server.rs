//! `[server]`: the public listener and its limits.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

use ipnet::IpNet;

use super::entry::{Entry, ONE_SECOND, shown};
use super::fault::Place;
use super::reader::{Section, Setting};

/// `[server]`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServerConfig {
    /// Where browsers (or the proxy in front) connect.
    pub listen: SocketAddr,
    /// Certificates with their keys, the one for whoever names no other host first; none for plain HTTP.
    pub tls: Vec<TlsFiles>,
    /// Where plain HTTP is answered with the way to HTTPS; `None` for nowhere.
    pub redirect: Option<SocketAddr>,
    /// How long browsers remember that this is an HTTPS site (RFC 6797); `None` for not at all.
    pub hsts: Option<Duration>,
    /// Whose `X-Forwarded-*` are believed.
    pub trusted_proxies: Vec<IpNet>,
    /// Connections at once from one client address (an IPv6 one's /64) that is neither a trusted proxy nor this machine; 0 for any number.
    pub max_connections_per_address: usize,
    /// Threads that serve; one runtime each.
    pub workers: usize,
    /// How long what is in flight may take to finish when stopping.
    pub shutdown_grace: Duration,
    /// Limits against slow and fat clients.
    pub limits: Limits,
}

/// Where a certificate is. Two are equal that name the same files, wherever they are written.
#[derive(Debug, Clone)]
pub struct TlsFiles {
    /// PEM chain, the leaf first.
    pub cert: PathBuf,
    /// PEM private key.
    pub key: PathBuf,
    /// Where it is written.
    pub place: Place,
}

impl PartialEq for TlsFiles {
    fn eq(&self, other: &Self) -> bool {
        (&self.cert, &self.key) == (&other.cert, &other.key)
    }
}

impl Eq for TlsFiles {}

/// `[server.limits]`
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Connections at once, over all workers.
    pub connections: usize,
    /// How long a client may take to send a request's head (408), or to finish the TLS handshake.
    pub header_timeout: Duration,
    /// Header lines in a request (431).
    pub headers: usize,
    /// Bytes of a request's head (431).
    pub header_bytes: usize,
    /// How long a connection may rest between requests, and a body between two pieces.
    pub idle_timeout: Duration,
}

impl ServerConfig {
    /// Reads the section. The address comes back as a setting, too, for others to be held against.
    pub(super) fn read(mut section: Section<'_>) -> (Self, Setting<SocketAddr>) {
        let default = SocketAddr::from((Ipv4Addr::LOCALHOST, 8080));
        let listen = section.setting("listen", default, |entry| entry.socket_address());
        let server = Self {
            listen: listen.value,
            tls: section.setting("tls", Vec::new(), TlsFiles::read_all).value,
            redirect: section.optional("redirect", |entry| entry.socket_address()).value,
            hsts: section.setting("hsts", Some(Duration::from_hours(365 * 24)), |entry| entry.seconds_or_off()).value,
            trusted_proxies: section.setting("trusted_proxies", Vec::new(), |entry| entry.set(read_network)).value,
            max_connections_per_address: section
                .setting("max_connections_per_address", 1_000, |entry| entry.count(0..=1_000_000))
                .value,
            workers: section.setting("workers", available_cores(), |entry| entry.count(1..=1024)).value,
            shutdown_grace: section
                .setting("shutdown_grace", Duration::from_secs(30), |entry| {
                    entry.duration(Duration::ZERO..=Duration::from_hours(1))
                })
                .value,
            limits: Limits::read(section.section("limits")),
        };
        section.finish();
        (server, listen)
    }
}

impl TlsFiles {
    /// One, or a list of them.
    fn read_all(entry: &Entry<'_>) -> Option<Vec<Self>> {
        if entry.is_list() { entry.non_empty_set(Self::read) } else { Self::read(entry).map(|files| vec![files]) }
    }

    fn read(entry: &Entry<'_>) -> Option<Self> {
        let mut section = entry.section()?;
        let cert = section.required("cert", "\"cert.pem\"", |entry| entry.existing_path()).value;
        let key = section.required("key", "\"key.pem\"", |entry| entry.existing_path()).value;
        section.finish();
        let (line, column) = entry.reader.place(entry.at());
        Some(Self { cert: cert?, key: key?, place: Place { line, column } })
    }
}

impl Limits {
    fn read(mut section: Section<'_>) -> Self {
        let patience = ONE_SECOND..=Duration::from_hours(24);
        let limits = Self {
            connections: section.setting("connections", 10_000, |entry| entry.count(1..=1_000_000)).value,
            header_timeout: section
                .setting("header_timeout", Duration::from_secs(10), |entry| entry.duration(patience.clone()))
                .value,
            headers: section.setting("headers", 100, |entry| entry.count(10..=10_000)).value,
            header_bytes: section
                .setting("header_bytes", 64 << 10, |entry| {
                    // Below 8 KiB, which is hyper's least, ordinary browsers with a few cookies would be turned away.
                    entry.size(8 << 10..=1 << 20).and_then(|bytes| usize::try_from(bytes).ok())
                })
                .value,
            idle_timeout: section
                .setting("idle_timeout", Duration::from_mins(1), |entry| entry.duration(patience.clone()))
                .value,
        };
        section.finish();
        limits
    }
}

/// A network in CIDR notation, or a single address.
fn read_network(entry: &Entry<'_>) -> Option<IpNet> {
    let text = entry.text()?;
    let parsed = text.parse().ok().or_else(|| text.parse::<IpAddr>().ok().map(IpNet::from));
    let Some(network) = parsed else {
        return entry.fault(
            format!("{} is not a network", shown(text)),
            "write an address or a network such as \"10.0.0.0/8\"",
        );
    };
    if network != network.trunc() {
        return entry.fault(
            format!("{} has bits past its prefix", shown(text)),
            format!("write \"{}\" or the address alone", network.trunc()),
        );
    }
    if network.prefix_len() == 0 {
        let message =
            "everybody is a trusted proxy: any client can choose the address that throttling and the audit see";
        entry.reader.notice(entry.at(), message);
    }
    Some(network)
}

fn available_cores() -> usize {
    std::thread::available_parallelism().map_or(1, std::num::NonZero::get)
}
