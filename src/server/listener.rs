//! The address Portero listens on: taking it, and taking connections from it.
//!
//! Every worker has a listener of its own on the same address, and the kernel spreads connections over them. Owns the cap on
//! connections and the patience with a system that has run out of something. Neighbours: `workers` runs [`accept`], `crowd` counts by
//! address, `connection` serves what it brings.

use std::io;
use std::net::{IpAddr, SocketAddr, TcpListener};
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::time::Duration;

use socket2::{Domain, Protocol, SockRef, Socket, Type};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, timeout_at};
use tokio_util::task::TaskTracker;
use tokio_util::task::task_tracker::TaskTrackerToken;

use super::connection::{Doorway, Handle};
use super::crowd::{self, Crowd};
use super::handles;
use super::shutdown::Shutdown;
use super::tls::TlsAcceptorHolder;
use super::workers::{self, Running};
use crate::config::{Limits, ServerConfig};

/// Connections the kernel keeps for a worker until it accepts them.
const BACKLOG: i32 = 1024;
/// How long to wait when the system has no room for another connection.
const OUT_OF_ROOM: Duration = Duration::from_millis(200);
/// What is left of the grace at least for tunnels to say goodbye in.
const FAREWELL: Duration = Duration::from_secs(2);

/// Why the server can't serve.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// Another program listens there.
    #[error(
        "{address} is taken: another program (another portero?) listens there; `ss -ltnp` names it. Stop it, or set another \
         server.listen"
    )]
    AddressInUse {
        /// The address.
        address: SocketAddr,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// The system reserves the port.
    #[error(
        "not allowed to listen on {address}: ports below 1024 are for privileged programs. Give the binary \
         CAP_NET_BIND_SERVICE (systemd: AmbientCapabilities=CAP_NET_BIND_SERVICE), or set a higher port in server.listen"
    )]
    NotAllowed {
        /// The address.
        address: SocketAddr,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// No interface of this machine has the address.
    #[error(
        "{address} is no address of this machine; set server.listen to one of `ip addr`, or to 0.0.0.0 or [::] for all"
    )]
    NotOurAddress {
        /// The address.
        address: SocketAddr,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// Anything else about the address.
    #[error("can't listen on {address}: {source}")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// The system gave no thread, or no event queue for one.
    #[error("can't start worker {worker}: {source}")]
    Start {
        /// Which, from 0.
        worker: usize,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// What the service manager handed over is of no use.
    #[error(
        "the service manager handed over no TCP socket that listens ({0}); the socket unit needs one ListenStream=ADDRESS:PORT and \
         Accept=no"
    )]
    Inherited(#[source] io::Error),
    /// The service manager handed over more than can be told apart.
    #[error(
        "the service manager handed over {count} sockets; Portero takes one: leave a single ListenStream= in the socket unit \
         ([::]:PORT is both IPv4 and IPv6)"
    )]
    TooManyInherited {
        /// How many.
        count: usize,
    },
    /// A worker died of a panic. The others were asked to finish.
    #[error("a worker died; what it said last is in the log")]
    WorkerDied,
}

/// Listeners that hold the address but accept nothing yet.
#[derive(Debug)]
pub struct Bound {
    address: SocketAddr,
    listeners: Vec<TcpListener>,
    limits: Limits,
    grace: Duration,
    connections: Connections,
}

/// How many connections are open, and may be.
#[derive(Debug, Clone)]
pub struct Connections {
    places: Arc<Semaphore>,
    limit: usize,
    crowd: Arc<Crowd>,
}

impl Connections {
    /// At this moment.
    pub fn open(&self) -> usize {
        self.limit.saturating_sub(self.places.available_permits())
    }

    /// At most.
    pub const fn limit(&self) -> usize {
        self.limit
    }

    /// Counts a connection from `address`, if there is a `cap` for those.
    fn admit(&self, address: IpAddr, cap: Option<NonZeroUsize>) -> Result<Option<crowd::Place>, TooMany> {
        let Some(cap) = cap else { return Ok(None) };
        match self.crowd.enter(address, cap) {
            Some(place) => Ok(Some(place)),
            None => {
                self.crowd.turn_away(address, cap);
                Err(TooMany)
            }
        }
    }

    /// How many were closed at once since the start, for there were so many from the same address.
    pub fn turned_away(&self) -> u64 {
        self.crowd.turned_away()
    }
}

/// There are as many connections from an address as there may be.
struct TooMany;

/// Takes the address of `config`, once for each worker.
///
/// # Errors
/// The address can't be had; the error says what to do about it.
pub fn bind(config: &ServerConfig) -> Result<Bound, ServeError> {
    let fault = |source: io::Error| {
        let address = config.listen;
        match source.kind() {
            io::ErrorKind::AddrInUse => ServeError::AddressInUse { address, source },
            io::ErrorKind::PermissionDenied => ServeError::NotAllowed { address, source },
            io::ErrorKind::AddrNotAvailable => ServeError::NotOurAddress { address, source },
            _ => ServeError::Listen { address, source },
        }
    };
    if config.listen.port() != 0 {
        // Listeners that share a port can't see a second portero on it, and would share the clients with it. One that doesn't
        // share can.
        open(config.listen, false).map_err(fault)?;
    }
    let first = open(config.listen, true).map_err(fault)?;
    let address = first.local_addr().map_err(fault)?;
    let mut listeners = vec![first];
    for _ in 1..config.workers {
        listeners.push(open(address, true).map_err(fault)?);
    }
    Ok(Bound::over(address, listeners, config))
}

fn open(address: SocketAddr, share: bool) -> io::Result<TcpListener> {
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP))?;
    // Or a restart would wait for the last connections' TIME_WAIT.
    socket.set_reuse_address(true)?;
    if share {
        socket.set_reuse_port(true)?;
    }
    socket.set_nonblocking(true)?;
    socket.bind(&address.into())?;
    if share {
        socket.listen(BACKLOG)?;
    }
    Ok(socket.into())
}

impl Bound {
    /// `listeners` that hold `address` already, one for each worker.
    pub(super) fn over(address: SocketAddr, listeners: Vec<TcpListener>, config: &ServerConfig) -> Self {
        let limit = handles::connections(config.limits.connections).min(Semaphore::MAX_PERMITS);
        let connections = Connections { places: Arc::new(Semaphore::new(limit)), limit, crowd: Arc::default() };
        Self { address, listeners, limits: config.limits, grace: config.shutdown_grace, connections }
    }

    #[cfg(test)]
    pub(super) fn listeners(&self) -> &[TcpListener] {
        &self.listeners
    }

    /// The address, with the port the system chose where the configuration left it open.
    pub const fn local_addr(&self) -> SocketAddr {
        self.address
    }

    /// Counts the connections that will be open.
    pub fn connections(&self) -> Connections {
        self.connections.clone()
    }

    /// Starts the workers. `make` is called once on each worker's thread, inside its runtime, with the worker's number.
    ///
    /// # Errors
    /// [`ServeError::Start`]; what had started is stopped.
    pub fn serve<H, F>(
        self,
        make: F,
        tls: Option<Arc<TlsAcceptorHolder>>,
        shutdown: Shutdown,
    ) -> Result<Running, ServeError>
    where
        H: Handle,
        F: Fn(usize) -> H + Send + Sync + 'static,
    {
        let (limits, grace, connections) = (self.limits, self.grace, self.connections);
        let make = Arc::new(make);
        workers::start(self.listeners, shutdown, move |worker, listener, shutdown| {
            let (make, tls, connections) = (Arc::clone(&make), tls.clone(), connections.clone());
            async move {
                let (served, tracker) = (TaskTracker::new(), TaskTracker::new());
                let door = Doorway::new(make(worker), tls, limits, shutdown);
                accept(listener, &door, &connections, [&served, &tracker]).await;
                let until = Instant::now() + grace;
                served.close();
                tracker.close();
                // Tunnels would hold the end up until it is over: they are sent away once nothing else is under way.
                let _ = timeout_at(until - grace.min(FAREWELL), served.wait()).await;
                door.send_away();
                // Whoever is still there after that is dropped with the runtime.
                let _ = timeout_at(until, tracker.wait()).await;
                tracker.len()
            }
        })
    }
}

/// A connection's place among all and among those from its address, given back when it is dropped.
#[derive(Debug)]
pub(super) struct Slot {
    _place: Option<OwnedSemaphorePermit>,
    _in_crowd: Option<crowd::Place>,
    _counted: TaskTrackerToken,
}

/// Accepts until the end begins, then lets go of the address. Two count the connections: the one those that speak HTTP, the other
/// those that went over to another protocol as well.
async fn accept<H: Handle>(
    listener: tokio::net::TcpListener,
    door: &Arc<Doorway<H>>,
    connections: &Connections,
    [served, tracker]: [&TaskTracker; 2],
) {
    let ended = door.shutdown().begun();
    let accepting = async {
        loop {
            let (socket, address) = match listener.accept().await {
                Ok(accepted) => accepted,
                Err(error) if is_about_one_connection(&error) => continue,
                Err(error) => {
                    tracing::warn!(%error, "can't accept connections; trying again");
                    tokio::time::sleep(OUT_OF_ROOM).await;
                    continue;
                }
            };
            let Ok(in_crowd) = connections.admit(address.ip(), door.cap_for(address.ip())) else {
                // Without a farewell: a goodbye for each would be kept by the kernel for a minute.
                let _ = SockRef::from(&socket).set_linger(Some(Duration::ZERO));
                continue;
            };
            // At the cap one connection per worker waits here and the others in the kernel: taking a place before accepting would
            // leave a free place with a worker to whom nobody comes.
            let place = Arc::clone(&connections.places).acquire_owned().await.ok();
            let slot = Slot { _place: place, _in_crowd: in_crowd, _counted: tracker.token() };
            // Only latency is lost without it.
            let _ = socket.set_nodelay(true);
            served.spawn(Arc::clone(door).serve(socket, address, slot));
        }
    };
    tokio::select! {
        biased;
        () = ended => {}
        () = accepting => {}
    }
}

/// Whether accepting failed for the connection alone, which is gone with the error (accept(2)), and not for want of anything.
fn is_about_one_connection(error: &io::Error) -> bool {
    use io::ErrorKind as Kind;
    matches!(
        error.kind(),
        Kind::ConnectionAborted
            | Kind::ConnectionReset
            | Kind::ConnectionRefused
            | Kind::Interrupted
            | Kind::HostUnreachable
            | Kind::NetworkUnreachable
            | Kind::NetworkDown
            | Kind::TimedOut
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(listen: &str, workers: usize) -> ServerConfig {
        ServerConfig {
            listen: listen.parse().expect("an address"),
            tls: Vec::new(),
            redirect: None,
            hsts: None,
            trusted_proxies: Vec::new(),
            max_connections_per_address: 0,
            workers,
            shutdown_grace: Duration::from_secs(1),
            limits: Limits {
                connections: 10,
                header_timeout: Duration::from_secs(1),
                headers: 100,
                header_bytes: 65536,
                idle_timeout: Duration::from_secs(1),
            },
        }
    }

    #[test]
    fn every_worker_listens_on_the_port_that_the_first_was_given() {
        let bound = bind(&config("127.0.0.1:0", 3)).expect("a free port");
        let addresses: Vec<_> = bound.listeners.iter().map(|l| l.local_addr().expect("an address")).collect();
        assert_eq!(addresses, vec![bound.local_addr(); 3]);
        assert_ne!(bound.local_addr().port(), 0);
    }

    #[test]
    fn a_second_portero_on_the_same_address_is_told_so() {
        let first = bind(&config("127.0.0.1:0", 2)).expect("a free port");
        let error = bind(&config(&first.local_addr().to_string(), 2)).expect_err("it is taken");
        assert!(matches!(error, ServeError::AddressInUse { .. }), "{error}");
        assert!(error.to_string().contains("server.listen"), "{error}");
        let address = first.local_addr();
        drop(first);
        assert_eq!(bind(&config(&address.to_string(), 1)).expect("free again").local_addr(), address);
    }

    #[test]
    fn an_address_of_another_machine_is_refused_with_advice() {
        let error = bind(&config("192.0.2.1:0", 1)).expect_err("not ours");
        assert!(matches!(error, ServeError::NotOurAddress { .. }), "{error}");
    }

    #[test]
    fn only_errors_of_one_connection_are_passed_over_at_once() {
        let raw = |error: rustix::io::Errno| is_about_one_connection(&error.into());
        assert!(raw(rustix::io::Errno::CONNABORTED));
        for out_of_room in [rustix::io::Errno::MFILE, rustix::io::Errno::NFILE, rustix::io::Errno::NOBUFS] {
            assert!(!raw(out_of_room), "{out_of_room:?}");
        }
    }
}
