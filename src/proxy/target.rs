//! Where an application's requests go: its servers in turn, those that do not answer the door left out for a while.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

use http::header::HeaderValue;
use http::uri::Authority;
use rustls::pki_types::ServerName;
use tokio::time::Instant;

use super::tls::{self, Encryption};
use crate::config::{ApplicationConfig, Authorities, Upstream, UpstreamProtocol};

/// How long a server that could not be connected to is tried after all others only.
const SHUNNED: Duration = Duration::from_secs(5);

/// An application as the proxy sees it. Made once per configuration; workers may share one.
#[derive(Debug)]
pub struct Target {
    pub(super) connect_timeout: Duration,
    pub(super) response_timeout: Duration,
    pub(super) client_idle: Duration,
    pub(super) preserve_host: bool,
    pub(super) protocol: UpstreamProtocol,
    /// Never empty.
    endpoints: Box<[Endpoint]>,
    turn: AtomicUsize,
    epoch: Instant,
}

/// One server of an application.
#[derive(Debug)]
pub(super) struct Endpoint {
    pub(super) way: Arc<Way>,
    /// `None` for a server that is spoken to in clear.
    pub(super) encryption: Option<Encryption>,
    /// Host and port as they stand in `Host`.
    pub(super) host: HeaderValue,
    /// The same, as it stands in `:authority`.
    pub(super) authority: Authority,
    /// Milliseconds since the target's epoch.
    shunned_until: AtomicU64,
}

/// All that makes one connection as good as another: two applications, or an application and its earlier configuration,
/// share those that agree in it, and no others.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Way {
    pub(super) upstream: Upstream,
    pub(super) protocol: UpstreamProtocol,
    /// Who may vouch, and for whom; `None` in clear, too.
    authorities: Option<Authorities>,
    server_name: Option<ServerName<'static>>,
}

/// Why an application cannot be forwarded to.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum InvalidTarget {
    /// No server at all.
    #[error("the application has no upstream")]
    NoUpstream,
    /// Nobody can be trusted.
    #[error(
        "this system has no certificate authorities to check an upstream over https with; install them (ca-certificates), \
         or name one in the application's `ca`"
    )]
    NoAuthorities,
    /// The library cannot use what it is given.
    #[error("TLS cannot be set up: {0}")]
    Tls(#[from] rustls::Error),
    /// The name cannot stand in a `Host` header.
    #[error("{0} is not a host name")]
    Host(String),
}

impl Target {
    /// Prepares an application. `client_idle` is how long a client may pause in the midst of a request's body.
    ///
    /// # Errors
    /// [`InvalidTarget`]
    pub fn new(application: &ApplicationConfig, client_idle: Duration) -> Result<Self, InvalidTarget> {
        if application.upstreams.is_empty() {
            return Err(InvalidTarget::NoUpstream);
        }
        let secure = application.upstreams.iter().any(|upstream| upstream.https);
        let encryption = secure
            .then(|| tls::client_config(application.authorities.as_ref(), application.upstream_protocol))
            .transpose()?;
        let endpoint = |upstream| Endpoint::new(application, upstream, encryption.as_ref());
        Ok(Self {
            connect_timeout: application.connect_timeout,
            response_timeout: application.response_timeout,
            client_idle,
            preserve_host: application.preserve_host,
            protocol: application.upstream_protocol,
            endpoints: application.upstreams.iter().map(endpoint).collect::<Result<_, _>>()?,
            turn: AtomicUsize::new(0),
            epoch: Instant::now(),
        })
    }

    /// The server this request should try first, and those to try after it.
    pub(super) fn candidates(&self) -> (&Endpoint, impl Iterator<Item = &Endpoint>) {
        let all = &*self.endpoints;
        let mut order = Vec::new();
        let mut first = &all[0];
        if all.len() > 1 {
            let begin = self.turn.fetch_add(1, Ordering::Relaxed) % all.len();
            let now = self.since_epoch();
            order.extend(all.iter().cycle().skip(begin).take(all.len()));
            // Stable, so those that are left out keep their turns among themselves and are the last resort.
            order.sort_by_key(|endpoint| endpoint.shunned_until.load(Ordering::Relaxed) > now);
            first = order.remove(0);
        }
        (first, order.into_iter())
    }

    /// Remembers that `endpoint` could not be connected to.
    pub(super) fn shun(&self, endpoint: &Endpoint) {
        let until = self.since_epoch().saturating_add(millis(SHUNNED));
        endpoint.shunned_until.store(until, Ordering::Relaxed);
    }

    /// Remembers that `endpoint` could be connected to.
    pub(super) fn welcome(&self, endpoint: &Endpoint) {
        endpoint.shunned_until.store(0, Ordering::Relaxed);
    }

    /// How many servers there are, and how many of them are left out at this moment.
    pub fn servers(&self) -> (usize, usize) {
        let now = self.since_epoch();
        let left_out = |endpoint: &&Endpoint| endpoint.shunned_until.load(Ordering::Relaxed) > now;
        (self.endpoints.len(), self.endpoints.iter().filter(left_out).count())
    }

    fn since_epoch(&self) -> u64 {
        millis(self.epoch.elapsed())
    }
}

impl Endpoint {
    fn new(
        application: &ApplicationConfig,
        upstream: &Upstream,
        encryption: Option<&Arc<rustls::ClientConfig>>,
    ) -> Result<Self, InvalidTarget> {
        let Upstream { https, host, port } = upstream;
        let bracketed = if host.contains(':') { format!("[{host}]") } else { host.clone() };
        let own_port = if *https { 443 } else { 80 };
        let address = if *port == own_port { bracketed } else { format!("{bracketed}:{port}") };
        let parsed: Result<Authority, _> = address.parse();
        let (Ok(authority), Ok(host_header)) = (parsed, HeaderValue::try_from(&address)) else {
            return Err(InvalidTarget::Host(address));
        };
        let encryption = match encryption.filter(|_| *https) {
            None => None,
            Some(config) => {
                let own_name = || ServerName::try_from(host.clone()).map_err(|_| InvalidTarget::Host(address.clone()));
                let name = application.server_name.clone().map_or_else(own_name, Ok)?;
                Some(Encryption::new(Arc::clone(config), name, application.upstream_protocol))
            }
        };
        let way = Way {
            upstream: upstream.clone(),
            protocol: application.upstream_protocol,
            authorities: application.authorities.clone().filter(|_| *https),
            server_name: application.server_name.clone().filter(|_| *https),
        };
        Ok(Self { way: Arc::new(way), encryption, host: host_header, authority, shunned_until: AtomicU64::new(0) })
    }

    /// For messages: host and port.
    pub(super) fn label(&self) -> String {
        self.way.label()
    }
}

impl Way {
    /// For messages: host and port.
    pub(super) fn label(&self) -> String {
        format!("{}:{}", self.upstream.host, self.upstream.port)
    }
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::proxy::tests::application;

    fn order(target: &Target) -> Vec<u16> {
        let (first, others) = target.candidates();
        std::iter::once(first).chain(others).map(|endpoint| endpoint.way.upstream.port).collect()
    }

    #[tokio::test(start_paused = true)]
    async fn servers_take_turns_and_one_that_refused_comes_last_for_a_while() {
        let target = Target::new(&application(&[1, 2, 3]), Duration::MAX).expect("a target");
        assert_eq!([order(&target), order(&target)], [[1, 2, 3], [2, 3, 1]]);

        assert_eq!(target.servers(), (3, 0));
        target.shun(&target.endpoints[1]);
        assert_eq!(target.servers(), (3, 1));
        assert_eq!([order(&target), order(&target)], [[3, 1, 2], [1, 3, 2]]);

        tokio::time::advance(SHUNNED).await;
        assert_eq!([order(&target), order(&target)], [[2, 3, 1], [3, 1, 2]]);
    }

    fn endpoint(https: bool, host: &str, port: u16) -> Result<Endpoint, InvalidTarget> {
        let mut application = application(&[]);
        application.upstreams.push(Upstream { https, host: host.to_owned(), port });
        let mut target = Target::new(&application, Duration::MAX)?;
        Ok(std::mem::take(&mut target.endpoints).into_iter().next().expect("a server"))
    }

    #[test]
    fn the_host_header_is_written_as_urls_write_it() {
        for (https, host, port, expected) in [
            (false, "app", 80, "app"),
            (false, "app", 443, "app:443"),
            (false, "app", 8080, "app:8080"),
            (false, "::1", 80, "[::1]"),
            (true, "app", 443, "app"),
            (true, "::1", 8443, "[::1]:8443"),
        ] {
            assert_eq!(endpoint(https, host, port).expect("a server").host, expected);
        }
    }

    #[test]
    fn what_cannot_be_forwarded_to_is_refused_when_it_is_configured() {
        assert!(matches!(endpoint(false, "a b", 443), Err(InvalidTarget::Host(_))));
        assert!(matches!(Target::new(&application(&[]), Duration::MAX), Err(InvalidTarget::NoUpstream)));
    }
}
