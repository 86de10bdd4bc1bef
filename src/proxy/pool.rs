//! Connections to application servers, kept for the next request.
//!
//! One pool per worker thread: its lock is never waited for. A connection is lent to one request at a time, and comes
//! back only after both bodies have ended well and the connection says that it is ready for another request. In all
//! other cases it is closed.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use hyper::client::conn::http1::{self, SendRequest};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio::task::AbortHandle;
use tokio::time::{Instant, sleep_until, timeout};

use super::error::ProxyError;
use super::patience::Patience;
use super::target::{Endpoint, Target};
use super::upload::{Progress, Upload};
use crate::config::Upstream;

/// Idle connections kept per server.
const MAX_IDLE: usize = 64;
/// How long a connection is kept unused. Most servers close sooner by themselves.
const IDLE_FOR: Duration = Duration::from_secs(60);

/// A worker's idle connections, one shelf for each server it has spoken to. They are few, and found by looking at each.
#[derive(Debug, Default)]
pub(super) struct Pool(Mutex<Vec<Arc<Shelf>>>);

#[derive(Debug)]
struct Shelf {
    upstream: Arc<Upstream>,
    idle: Mutex<Kept>,
}

#[derive(Debug, Default)]
struct Kept {
    /// The longest unused first.
    connections: Vec<Idle>,
    /// Whether a task looks after connections that nobody asks for.
    tended: bool,
}

#[derive(Debug)]
struct Idle {
    connection: Connection,
    since: Instant,
}

/// An open connection. Dropping it closes the socket at once, whatever was under way.
#[derive(Debug)]
pub(super) struct Connection {
    pub(super) sender: SendRequest<Upload>,
    /// With the application, whichever request it is about.
    pub(super) patience: Patience,
    driver: AbortHandle,
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.driver.abort();
    }
}

/// A connection lent to one request.
#[derive(Debug)]
pub(super) struct Lease {
    pub(super) connection: Connection,
    shelf: Arc<Shelf>,
    keep: bool,
}

impl Pool {
    /// An idle connection to `endpoint`, the most recently used first.
    pub(super) fn take(&self, endpoint: &Endpoint) -> Option<Lease> {
        let shelf = self.shelf(endpoint);
        let mut kept = shelf.lock();
        // Those that were unused for too long are gone: `tend` comes when the oldest has had its time.
        while let Some(Idle { connection, .. }) = kept.connections.pop() {
            if connection.sender.is_ready() {
                drop(kept);
                return Some(Lease { connection, shelf, keep: true });
            }
        }
        None
    }

    /// A fresh connection to `endpoint`.
    ///
    /// # Errors
    /// [`ProxyError::Refused`], [`ProxyError::Unreachable`], [`ProxyError::ConnectTimeout`]
    pub(super) async fn connect(&self, target: &Target, endpoint: &Endpoint) -> Result<Lease, ProxyError> {
        let Upstream { host, port, .. } = &*endpoint.upstream;
        let after = target.connect_timeout;
        let stream = match timeout(after, TcpStream::connect((host.as_str(), *port))).await {
            Ok(Ok(stream)) => stream,
            Ok(Err(source)) if source.kind() == std::io::ErrorKind::ConnectionRefused => {
                return Err(ProxyError::Refused { upstream: endpoint.label(), source });
            }
            Ok(Err(source)) => return Err(ProxyError::Unreachable { upstream: endpoint.label(), source }),
            Err(_) => return Err(ProxyError::ConnectTimeout { upstream: endpoint.label(), after }),
        };
        // A head and a small body are two writes; waiting to join them costs more than it saves. Failing is harmless.
        let _ = stream.set_nodelay(true);
        // Names are `Title-Case` as they used to be: some old applications look for nothing else.
        let (sender, driver) = http1::Builder::new()
            .title_case_headers(true)
            .handshake(TokioIo::new(stream))
            .await
            .map_err(|source| ProxyError::Reset { upstream: endpoint.label(), source })?;
        // What goes wrong in the driver reaches the request or its body; idle connections just end.
        let driver = tokio::spawn(async move {
            let _ = driver.with_upgrades().await;
        });
        let patience = Patience::new(target.response_timeout);
        let connection = Connection { sender, patience, driver: driver.abort_handle() };
        Ok(Lease { connection, shelf: self.shelf(endpoint), keep: true })
    }

    /// The shelf of a server. The first look, at the very value of the configuration in force, almost always finds it.
    fn shelf(&self, endpoint: &Endpoint) -> Arc<Shelf> {
        let mut shelves = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let same = |shelf: &&Arc<Shelf>| Arc::ptr_eq(&shelf.upstream, &endpoint.upstream);
        let equal = |shelf: &&Arc<Shelf>| shelf.upstream == endpoint.upstream;
        if let Some(shelf) = shelves.iter().find(same).or_else(|| shelves.iter().find(equal)) {
            return Arc::clone(shelf);
        }
        let shelf = Arc::new(Shelf { upstream: Arc::clone(&endpoint.upstream), idle: Mutex::default() });
        shelves.push(Arc::clone(&shelf));
        shelf
    }
}

impl Lease {
    /// What came over it leaves doubts about where the next answer would begin: closes it after this one.
    pub(super) const fn do_not_keep(&mut self) {
        self.keep = false;
    }

    /// The answer has ended: keeps the connection if it is fit for another request. An `upload` that is still going on
    /// may finish first, as long as the application goes on taking it; `patience` is how long it may pause.
    pub(super) fn give_back(self, upload: Option<Arc<Progress>>, patience: Duration) {
        if !self.keep {
            return;
        }
        if self.connection.sender.is_ready() {
            self.shelve();
        } else if !self.connection.sender.is_closed() {
            tokio::spawn(self.settle(upload, patience));
        }
    }

    /// How long the application may be silent.
    pub(super) const fn patience(&mut self) -> &mut Patience {
        &mut self.connection.patience
    }

    /// For messages: host and port.
    pub(super) fn label(&self) -> String {
        format!("{}:{}", self.shelf.upstream.host, self.shelf.upstream.port)
    }

    async fn settle(mut self, upload: Option<Arc<Progress>>, patience: Duration) {
        loop {
            match timeout(patience, self.connection.sender.ready()).await {
                Ok(Ok(())) => return self.shelve(),
                Ok(Err(_)) => return,
                Err(_) => {}
            }
            // A client that pauses is cut off by the upload itself; an application that does, here.
            let since = upload.as_ref().map(|upload| upload.application_silent_since());
            let client_pauses = matches!(since, Some(None));
            let went_on = matches!(since, Some(Some(since)) if since.elapsed() < patience);
            if !client_pauses && !went_on {
                return;
            }
        }
    }

    fn shelve(self) {
        let now = Instant::now();
        let mut kept = self.shelf.lock();
        if !kept.tended {
            kept.tended = true;
            tokio::spawn(tend(Arc::downgrade(&self.shelf)));
        }
        if kept.connections.len() == MAX_IDLE {
            kept.connections.remove(0);
        }
        kept.connections.push(Idle { connection: self.connection, since: now });
    }
}

impl Shelf {
    fn lock(&self) -> MutexGuard<'_, Kept> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Closes what has not been used for too long, until nothing is left.
async fn tend(shelf: Weak<Shelf>) {
    let mut next = Instant::now() + IDLE_FOR;
    loop {
        sleep_until(next).await;
        let Some(shelf) = shelf.upgrade() else { return };
        let mut kept = shelf.lock();
        let now = Instant::now();
        kept.connections.retain(|idle| idle.since + IDLE_FOR > now && !idle.connection.sender.is_closed());
        match kept.connections.first() {
            Some(oldest) => next = oldest.since + IDLE_FOR,
            None => {
                kept.tended = false;
                return;
            }
        }
    }
}
