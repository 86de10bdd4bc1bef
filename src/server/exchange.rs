//! What the socket of a connection must know about the requests on it: how many are open, since when none is, whether the
//! client takes what it is given.
//!
//! An [`Exchange`] lives from a request's head to the last byte of its response handed to the wire, inside [`Told`]. Neighbours:
//! `connection` makes them, `watched` reads them to tell a resting connection from a working one.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering::Relaxed};
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http_body::{Body as HttpBody, Frame, SizeHint};
use tokio::time::Instant;

use crate::wire::body::{Body, BoxError};

/// The exchanges of one connection.
#[derive(Debug)]
pub(super) struct Exchanges {
    began: Instant,
    open: AtomicUsize,
    /// Responses with a piece in the hands of the connection that it has not come back from.
    offering: AtomicUsize,
    /// Microseconds from `began` to the last change of the above.
    changed: AtomicU64,
    any: AtomicBool,
    tunnel: AtomicBool,
}

/// What a connection is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Activity {
    /// No request has come yet.
    New,
    /// Nothing is open, since then.
    Resting(Instant),
    /// Something is open, and it is not the client that is waited for.
    Working,
    /// Something is open, and a piece of a response has waited for the client since then (told of HTTP/2 alone).
    Offering(Instant),
    /// It speaks another protocol now.
    Tunnel,
}

impl Exchanges {
    /// A connection that begins now.
    pub(super) fn new(began: Instant) -> Arc<Self> {
        Arc::new(Self {
            began,
            open: AtomicUsize::new(0),
            offering: AtomicUsize::new(0),
            changed: AtomicU64::new(0),
            any: AtomicBool::new(false),
            tunnel: AtomicBool::new(false),
        })
    }

    /// A request came.
    pub(super) fn open(self: &Arc<Self>) -> Exchange {
        self.any.store(true, Relaxed);
        self.open.fetch_add(1, Relaxed);
        Exchange { of: Arc::clone(self), offers: false }
    }

    /// The next bytes belong to another protocol.
    pub(super) fn become_tunnel(&self) {
        self.tunnel.store(true, Relaxed);
    }

    /// What the connection is doing.
    pub(super) fn activity(&self) -> Activity {
        if self.tunnel.load(Relaxed) {
            Activity::Tunnel
        } else if self.open.load(Relaxed) > 0 {
            if self.offering.load(Relaxed) > 0 { Activity::Offering(self.changed()) } else { Activity::Working }
        } else if self.any.load(Relaxed) {
            Activity::Resting(self.changed())
        } else {
            Activity::New
        }
    }

    /// When the connection began.
    pub(super) const fn began(&self) -> Instant {
        self.began
    }

    fn changed(&self) -> Instant {
        self.began + Duration::from_micros(self.changed.load(Relaxed))
    }

    fn touch(&self) {
        let micros = u64::try_from(self.began.elapsed().as_micros()).unwrap_or(u64::MAX);
        self.changed.store(micros, Relaxed);
    }
}

/// One request and its response; over when it is dropped.
#[derive(Debug)]
pub(super) struct Exchange {
    of: Arc<Exchanges>,
    offers: bool,
}

impl Exchange {
    /// The connection's other exchanges.
    pub(super) fn connection(&self) -> &Exchanges {
        &self.of
    }

    fn offer(&mut self, offers: bool) {
        if self.offers != offers {
            self.offers = offers;
            if offers {
                self.of.offering.fetch_add(1, Relaxed);
            } else {
                self.of.offering.fetch_sub(1, Relaxed);
            }
            self.of.touch();
        }
    }
}

impl Drop for Exchange {
    fn drop(&mut self) {
        if self.offers {
            self.of.offering.fetch_sub(1, Relaxed);
        }
        self.of.open.fetch_sub(1, Relaxed);
        self.of.touch();
    }
}

/// A response body that keeps its exchange open until it is sent or given up.
#[derive(Debug)]
pub(super) struct Told {
    body: Body,
    exchange: Exchange,
    /// Over HTTP/2 the body is asked for its next piece only once the client took the last one. HTTP/1 has the socket to tell.
    tells_offers: bool,
}

impl Told {
    /// Ties `body` to `exchange`.
    pub(super) const fn new(body: Body, exchange: Exchange, tells_offers: bool) -> Self {
        Self { body, exchange, tells_offers }
    }
}

impl HttpBody for Told {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        let polled = Pin::new(&mut self.body).poll_frame(cx);
        if self.tells_offers {
            let offers = matches!(polled, Poll::Ready(Some(Ok(_))));
            // Coming back for more is a sign of life, even if the next piece is there at once.
            self.exchange.offer(false);
            self.exchange.offer(offers);
        }
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
