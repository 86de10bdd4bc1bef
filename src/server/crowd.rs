//! How many connections come from where: one client must not take the places of all.
//!
//! Owns the count by network of origin (an IPv4 address, the /64 of an IPv6 one: that is what one customer is given), shared by all
//! workers; who is counted is [`cap_for`]. It is asked once for each connection, before a byte is read, and never for a request. What is
//! turned away is counted, and said in the log at most once a minute. Neighbour: `listener`, which closes what finds no room.

use std::collections::HashMap;
use std::net::IpAddr;
use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use crate::config::ServerConfig;

/// How often it is said that somebody was turned away.
const SAID_EVERY: Duration = Duration::from_secs(60);

/// How many connections there may be from the network of `address`; `None` for as many as there are places. Trusted proxies speak for
/// others, and whoever is on this machine is no stranger: they are not capped.
pub(super) fn cap_for(config: &ServerConfig, address: IpAddr) -> Option<NonZeroUsize> {
    let address = address.to_canonical();
    let spared = address.is_loopback() || config.trusted_proxies.iter().any(|net| net.contains(&address));
    NonZeroUsize::new(config.max_connections_per_address).filter(|_| !spared)
}

/// Everybody who is counted.
#[derive(Debug, Default)]
pub(super) struct Crowd {
    networks: Mutex<HashMap<Network, usize>>,
    turned_away: AtomicU64,
    notice: Mutex<Notice>,
}

/// Where a connection comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Network {
    V4([u8; 4]),
    V6([u8; 8]),
}

/// When it was last said that somebody was turned away, and how many had been by then.
#[derive(Debug, Default)]
struct Notice {
    said: Option<Instant>,
    turned_away: u64,
}

/// A connection's place among those of its network, given back when it is dropped.
#[derive(Debug)]
pub(super) struct Place {
    crowd: Arc<Crowd>,
    network: Network,
}

impl Crowd {
    /// Counts a connection from `address`, unless there are `cap` of them from there already.
    pub(super) fn enter(self: &Arc<Self>, address: IpAddr, cap: NonZeroUsize) -> Option<Place> {
        let network = Network::of(address);
        let mut networks = lock(&self.networks);
        let count = networks.entry(network).or_default();
        // Where there are none, there is room for one: nothing stays behind of whoever is turned away.
        if *count >= cap.get() {
            return None;
        }
        *count += 1;
        Some(Place { crowd: Arc::clone(self), network })
    }

    /// Counts one that found no room, and says so if nothing like it was said of late.
    pub(super) fn turn_away(&self, address: IpAddr, cap: NonZeroUsize) {
        let turned_away = self.turned_away.fetch_add(1, Ordering::Relaxed) + 1;
        let now = Instant::now();
        let Some(since) = lock(&self.notice).due(now, turned_away) else { return };
        tracing::warn!(
            %address,
            cap,
            turned_away = since,
            "a client has as many connections as server.max_connections_per_address allows; more are closed at once (said once a minute at most)"
        );
    }

    /// How many found no room since the start.
    pub(super) fn turned_away(&self) -> u64 {
        self.turned_away.load(Ordering::Relaxed)
    }

    #[cfg(test)]
    fn networks(&self) -> usize {
        lock(&self.networks).len()
    }
}

impl Notice {
    /// How many were turned away since it was last said, if it is to be said at `now`; all in all there were `turned_away`.
    fn due(&mut self, now: Instant, turned_away: u64) -> Option<u64> {
        if self.said.is_some_and(|said| now.duration_since(said) < SAID_EVERY) {
            return None;
        }
        let before = std::mem::replace(&mut self.turned_away, turned_away);
        self.said = Some(now);
        // Two workers may get here in another order than they counted in.
        Some(turned_away.saturating_sub(before))
    }
}

impl Network {
    fn of(address: IpAddr) -> Self {
        match address.to_canonical() {
            IpAddr::V4(address) => Self::V4(address.octets()),
            IpAddr::V6(address) => {
                let [a, b, c, d, e, f, g, h, ..] = address.octets();
                Self::V6([a, b, c, d, e, f, g, h])
            }
        }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut networks = lock(&self.crowd.networks);
        if let Some(count) = networks.get_mut(&self.network) {
            *count -= 1;
            if *count == 0 {
                networks.remove(&self.network);
            }
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // Counts are whole after every statement, so a panic elsewhere leaves nothing half done.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::config::{Config, ParseContext};

    const TWO: NonZeroUsize = NonZeroUsize::new(2).expect("not zero");

    fn address(text: &str) -> IpAddr {
        text.parse().expect("an address")
    }

    #[test]
    fn a_network_has_room_for_its_cap_and_again_when_one_leaves() {
        let crowd = Arc::new(Crowd::default());
        let first = crowd.enter(address("192.0.2.1"), TWO);
        let second = crowd.enter(address("::ffff:192.0.2.1"), TWO);
        assert!(first.is_some() && second.is_some(), "the same client by another spelling");
        assert!(crowd.enter(address("192.0.2.1"), TWO).is_none());
        let other = crowd.enter(address("192.0.2.2"), TWO);
        assert!(other.is_some(), "somebody else");
        drop(first);
        let again = crowd.enter(address("192.0.2.1"), TWO);
        assert!(again.is_some() && crowd.enter(address("192.0.2.1"), TWO).is_none());
        drop((second, other, again));
        assert_eq!(crowd.networks(), 0, "whoever left is not remembered");
    }

    #[test]
    fn the_addresses_of_one_ipv6_customer_count_together() {
        let crowd = Arc::new(Crowd::default());
        let places = ["2001:db8:0:1::1", "2001:db8:0:1:ffff::2"].map(|text| crowd.enter(address(text), TWO));
        assert!(places.iter().all(Option::is_some));
        assert!(crowd.enter(address("2001:db8:0:1::3"), TWO).is_none());
        assert!(crowd.enter(address("2001:db8:0:2::1"), TWO).is_some(), "the customer next door");
    }

    #[test]
    fn who_is_turned_away_is_counted_each_time_and_told_once_a_minute() {
        let mut said = Notice::default();
        let start = Instant::now();
        assert_eq!(said.due(start, 1), Some(1));
        assert_eq!(said.due(start + SAID_EVERY / 2, 2), None);
        assert_eq!(said.due(start + SAID_EVERY, 7), Some(6), "all since the last time");
        let crowd = Crowd::default();
        (0..3).for_each(|_| crowd.turn_away(address("192.0.2.1"), TWO));
        assert_eq!(crowd.turned_away(), 3);
    }

    #[test]
    fn strangers_are_capped_and_trusted_proxies_and_this_machine_are_not() {
        let server = |more: &str| {
            let text = format!("[server]\ntrusted_proxies = [\"10.0.0.0/8\", \"2001:db8:1::/48\"]\n{more}");
            Config::parse(&text, ParseContext::new("test", Path::new("."))).expect("a configuration").server
        };
        let capped = server("max_connections_per_address = 2");
        for stranger in ["192.0.2.1", "2001:db8:2::1", "::ffff:192.0.2.1"] {
            assert_eq!(cap_for(&capped, address(stranger)), Some(TWO), "{stranger}");
        }
        for spared in ["10.1.2.3", "::ffff:10.1.2.3", "2001:db8:1::1", "127.0.0.1", "127.8.8.8", "::1"] {
            assert_eq!(cap_for(&capped, address(spared)), None, "{spared}");
        }
        assert_eq!(cap_for(&server("max_connections_per_address = 0"), address("192.0.2.1")), None);
        assert_eq!(cap_for(&server(""), address("192.0.2.1")).map(NonZeroUsize::get), Some(1000));
    }
}
