//! Where an application's requests go: its servers in turn, those that do not answer the door left out for a while.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

use http::header::HeaderValue;
use tokio::time::Instant;

use crate::config::{ApplicationConfig, Upstream};

/// How long a server that could not be connected to is tried after all others only.
const SHUNNED: Duration = Duration::from_secs(5);

/// An application as the proxy sees it. Made once per configuration; workers may share one.
#[derive(Debug)]
pub struct Target {
    pub(super) connect_timeout: Duration,
    pub(super) response_timeout: Duration,
    pub(super) client_idle: Duration,
    pub(super) preserve_host: bool,
    /// Never empty.
    endpoints: Box<[Endpoint]>,
    turn: AtomicUsize,
    epoch: Instant,
}

/// One server of an application.
#[derive(Debug)]
pub(super) struct Endpoint {
    pub(super) upstream: Arc<Upstream>,
    /// Host and port as they stand in `Host`.
    pub(super) host: HeaderValue,
    /// Milliseconds since the target's epoch.
    shunned_until: AtomicU64,
}

/// Why an application cannot be forwarded to.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidTarget {
    /// No server at all.
    #[error("the application has no upstream")]
    NoUpstream,
    /// TLS to applications is not spoken.
    #[error("{0}: upstreams over https are not supported; put the application on a trusted network and write http://")]
    Https(String),
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
        Ok(Self {
            connect_timeout: application.connect_timeout,
            response_timeout: application.response_timeout,
            client_idle,
            preserve_host: application.preserve_host,
            endpoints: application.upstreams.iter().map(Endpoint::new).collect::<Result<_, _>>()?,
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
    fn new(upstream: &Upstream) -> Result<Self, InvalidTarget> {
        let bracketed =
            if upstream.host.contains(':') { format!("[{}]", upstream.host) } else { upstream.host.clone() };
        let address = if upstream.port == 80 { bracketed } else { format!("{bracketed}:{}", upstream.port) };
        if upstream.https {
            return Err(InvalidTarget::Https(address));
        }
        let parsed: Result<http::uri::Authority, _> = address.parse();
        match (parsed, HeaderValue::try_from(&address)) {
            (Ok(_), Ok(host)) => {
                Ok(Self { upstream: Arc::new(upstream.clone()), host, shunned_until: AtomicU64::new(0) })
            }
            _ => Err(InvalidTarget::Host(address)),
        }
    }

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
        std::iter::once(first).chain(others).map(|endpoint| endpoint.upstream.port).collect()
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

    #[test]
    fn the_host_header_is_written_as_urls_write_it() {
        for (host, port, expected) in [("app", 80, "app"), ("app", 8080, "app:8080"), ("::1", 80, "[::1]")] {
            let upstream = Upstream { https: false, host: host.to_owned(), port };
            assert_eq!(Endpoint::new(&upstream).expect("a server").host, expected);
        }
    }

    #[test]
    fn what_cannot_be_forwarded_to_is_refused_when_it_is_configured() {
        let upstream = |https, host: &str| Upstream { https, host: host.to_owned(), port: 443 };
        assert_eq!(Endpoint::new(&upstream(true, "app")).unwrap_err(), InvalidTarget::Https("app:443".to_owned()));
        assert!(matches!(Endpoint::new(&upstream(false, "a b")), Err(InvalidTarget::Host(_))));
        assert!(matches!(Target::new(&application(&[]), Duration::MAX), Err(InvalidTarget::NoUpstream)));
    }
}
