//! Connections to application servers, kept for the next request.
//!
//! One pool per worker thread: its lock is never waited for. Over HTTP/1 a connection is lent to one request at a time,
//! and comes back only after both bodies have ended well and the connection says that it is ready for another request. In
//! all other cases it is closed. Over HTTP/2 one connection to each server is lent to all requests at once; it is replaced
//! once it fails.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use hyper::client::conn::http2;
use tokio::time::{Instant, sleep_until, timeout};

use super::dial::{Connection, Hold, Sender, dial};
use super::error::ProxyError;
use super::patience::Patience;
use super::target::{Endpoint, Target, Way};
use super::upload::{Progress, Upload};
use crate::config::UpstreamProtocol;

/// Idle connections kept per server.
const MAX_IDLE: usize = 64;
/// How long a connection is kept unused. Most servers close sooner by themselves.
const IDLE_FOR: Duration = Duration::from_secs(60);

/// A worker's idle connections, one shelf for each server it has spoken to. They are few, and found by looking at each.
#[derive(Debug, Default)]
pub(super) struct Pool(Mutex<Vec<Arc<Shelf>>>);

#[derive(Debug)]
struct Shelf {
    way: Arc<Way>,
    idle: Mutex<Kept>,
    /// Held by whoever opens the one connection that all are waiting for.
    opening: tokio::sync::Mutex<()>,
}

#[derive(Debug, Default)]
struct Kept {
    /// The longest unused first.
    connections: Vec<Idle>,
    shared: Option<Shared>,
    /// Whether a task looks after connections that nobody asks for.
    tended: bool,
}

/// A connection for all.
#[derive(Debug)]
struct Shared {
    sender: http2::SendRequest<Upload>,
    /// One more for each request that has it.
    users: Arc<()>,
    used: Instant,
}

#[derive(Debug)]
struct Idle {
    connection: Connection,
    since: Instant,
}

/// A connection lent to one request.
#[derive(Debug)]
pub(super) struct Lease {
    pub(super) connection: Connection,
    shelf: Arc<Shelf>,
    keep: bool,
}

impl Pool {
    /// An idle connection to `endpoint`, the most recently used first; or the one that is for all.
    pub(super) fn take(&self, endpoint: &Endpoint) -> Option<Lease> {
        let shelf = self.shelf(endpoint);
        let mut kept = shelf.lock();
        if endpoint.way.protocol == UpstreamProtocol::Http2 {
            let connection = kept.share()?;
            drop(kept);
            return Some(Lease { connection, shelf, keep: true });
        }
        // Those that were unused for too long are gone: `tend` comes when the oldest has had its time.
        while let Some(Idle { connection, .. }) = kept.connections.pop() {
            if connection.sender.is_ready() {
                drop(kept);
                return Some(Lease { connection, shelf, keep: true });
            }
        }
        None
    }

    /// A fresh connection to `endpoint`; over HTTP/2, one that somebody else opened in the meantime may do.
    ///
    /// # Errors
    /// [`ProxyError::Refused`], [`ProxyError::Unreachable`], [`ProxyError::Tls`], [`ProxyError::Reset`],
    /// [`ProxyError::ConnectTimeout`]
    pub(super) async fn connect(&self, target: &Target, endpoint: &Endpoint) -> Result<Lease, ProxyError> {
        let shelf = self.shelf(endpoint);
        let after = target.connect_timeout;
        let opened = timeout(after, shelf.open(endpoint)).await;
        let connection =
            opened.unwrap_or_else(|_| Err(ProxyError::ConnectTimeout { upstream: endpoint.label(), after }))?;
        Ok(Lease { connection, shelf, keep: true })
    }

    /// The shelf of a server. The first look, at the very value of the configuration in force, almost always finds it.
    fn shelf(&self, endpoint: &Endpoint) -> Arc<Shelf> {
        let mut shelves = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let same = |shelf: &&Arc<Shelf>| Arc::ptr_eq(&shelf.way, &endpoint.way);
        let equal = |shelf: &&Arc<Shelf>| shelf.way == endpoint.way;
        if let Some(shelf) = shelves.iter().find(same).or_else(|| shelves.iter().find(equal)) {
            return Arc::clone(shelf);
        }
        let shelf = Arc::new(Shelf {
            way: Arc::clone(&endpoint.way),
            idle: Mutex::default(),
            opening: tokio::sync::Mutex::default(),
        });
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
        let Sender::Http1(sender) = &self.connection.sender else { return };
        if !self.keep {
            return;
        }
        if sender.is_ready() {
            self.shelve();
        } else if !sender.is_closed() {
            tokio::spawn(self.settle(upload, patience));
        }
    }

    /// The connection failed: nobody else shall have it. Others that have it already may finish.
    pub(super) fn forget(&self) {
        let Hold::Shared(users) = &self.connection.hold else { return };
        let mut kept = self.shelf.lock();
        if kept.shared.as_ref().is_some_and(|shared| Arc::ptr_eq(&shared.users, users)) {
            kept.shared = None;
        }
    }

    /// How long the application may be silent.
    pub(super) const fn patience(&mut self) -> &mut Patience {
        &mut self.connection.patience
    }

    /// For messages: host and port.
    pub(super) fn label(&self) -> String {
        self.shelf.way.label()
    }

    async fn settle(mut self, upload: Option<Arc<Progress>>, patience: Duration) {
        loop {
            let Sender::Http1(sender) = &mut self.connection.sender else { return };
            match timeout(patience, sender.ready()).await {
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
        kept.be_tended(&self.shelf);
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

    /// Opens a connection. One that is for all is opened once, however many ask.
    async fn open(self: &Arc<Self>, endpoint: &Endpoint) -> Result<Connection, ProxyError> {
        if endpoint.way.protocol == UpstreamProtocol::Http1 {
            return dial(endpoint).await;
        }
        let _opening = self.opening.lock().await;
        if let Some(connection) = self.lock().share() {
            return Ok(connection);
        }
        let connection = dial(endpoint).await?;
        if let (Sender::Http2(sender), Hold::Shared(users)) = (&connection.sender, &connection.hold) {
            let shared = Shared { sender: sender.clone(), users: Arc::clone(users), used: Instant::now() };
            let mut kept = self.lock();
            kept.shared = Some(shared);
            kept.be_tended(self);
        }
        Ok(connection)
    }
}

impl Kept {
    /// One more share of the connection for all, if there is a sound one.
    fn share(&mut self) -> Option<Connection> {
        let shared = self.shared.as_mut().filter(|shared| !shared.sender.is_closed())?;
        shared.used = Instant::now();
        Some(Connection::new(Sender::Http2(shared.sender.clone()), Hold::Shared(Arc::clone(&shared.users))))
    }

    fn be_tended(&mut self, shelf: &Arc<Shelf>) {
        if !self.tended {
            self.tended = true;
            tokio::spawn(tend(Arc::downgrade(shelf)));
        }
    }
}

impl Shared {
    /// Whether some request has it.
    fn is_in_use(&self) -> bool {
        Arc::strong_count(&self.users) > 1
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
        if let Some(shared) = &mut kept.shared
            && shared.is_in_use()
        {
            shared.used = now;
        }
        kept.shared.take_if(|shared| shared.used + IDLE_FOR <= now || shared.sender.is_closed());
        let since = kept.connections.first().map(|oldest| oldest.since);
        match since.or_else(|| kept.shared.as_ref().map(|shared| shared.used)) {
            Some(since) => next = since + IDLE_FOR,
            None => {
                kept.tended = false;
                return;
            }
        }
    }
}
