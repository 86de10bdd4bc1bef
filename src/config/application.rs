//! `[[app]]`: the applications behind Portero.

use std::time::Duration;

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
