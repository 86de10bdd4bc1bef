//! `[server]`: the public listener and its limits.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use ipnet::IpNet;

/// `[server]`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServerConfig {
    /// Where browsers (or the proxy in front) connect.
    pub listen: SocketAddr,
    /// Certificate and key; `None` for plain HTTP.
    pub tls: Option<TlsFiles>,
    /// Whose `X-Forwarded-*` are believed.
    pub trusted_proxies: Vec<IpNet>,
    /// Threads that serve; one runtime each.
    pub workers: usize,
    /// How long what is in flight may take to finish when stopping.
    pub shutdown_grace: Duration,
    /// Limits against slow and fat clients.
    pub limits: Limits,
}

/// Where a certificate is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TlsFiles {
    /// PEM chain, the leaf first.
    pub cert: PathBuf,
    /// PEM private key.
    pub key: PathBuf,
}

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
