//! One connection from its first byte to its last: handshake, choice of protocol, requests, an orderly end.
//!
//! Owns hyper's set-up and the shape in which requests reach a [`Handle`]. Refuses what [`check_request`] refuses. Neighbours: the
//! socket below is `watched`; `listener` accepts it; `router` answers.

use std::convert::Infallible;
use std::future::Future;
use std::net::{IpAddr, SocketAddr};
use std::num::NonZeroUsize;
use std::panic::AssertUnwindSafe;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures_util::FutureExt;
use http::header::{COOKIE, HOST, HeaderValue};
use http::uri::PathAndQuery;
use http::{Request, Response, StatusCode, Uri, Version};
use hyper::body::Incoming;
use hyper::server::conn::{http1, http2};
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite};
use tokio::net::TcpStream;
use tokio::time::{Instant, sleep_until, timeout_at};

use super::exchange::{Activity, Exchange, Exchanges, Told};
use super::listener::Slot;
use super::malformed::{check_request, refusal};
use super::shutdown::Shutdown;
use super::tls::TlsAcceptorHolder;
use super::watched::Watched;
use crate::config::Limits;
use crate::wire::body::Body;

/// What a client that knows HTTP/2 says first (RFC 9113 §3.4).
const PREFACE: &[u8; 24] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
/// The least hyper takes for its buffers; a head may still be limited to less.
const BUFFER: usize = 64 * 1024;
/// Header fields that hyper reads without a heap allocation for each request.
const FREE_HEADERS: usize = 100;
/// Requests at once on one HTTP/2 connection.
const STREAMS: u32 = 128;
/// Streams that a client may reset before they were answered, until it is sent away (rapid reset, CVE-2023-44487).
const PENDING_RESETS: usize = 20;
/// Streams reset for the client's faults, until it is sent away (CVE-2024-27316 and kin).
const FAULTY_RESETS: usize = 128;
/// How often an HTTP/2 client is asked whether it is still there, and how long it has to say so.
const PING: Duration = Duration::from_secs(20);
/// How long an HTTP/2 client that was told to leave may take, with nothing open.
const LEAVE: Duration = Duration::from_secs(2);

/// Who is at the other end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Peer {
    /// The socket's other end; a proxy's, where one is in front.
    pub address: SocketAddr,
    /// Whether the connection itself is encrypted.
    pub tls: bool,
}

/// Answers requests. One for each worker.
///
/// Every request arrives in one shape, whichever protocol it came by: the URI holds path and query alone (`*` for
/// `OPTIONS *`), there is exactly one sound Host, and over HTTP/2 at most one Cookie field. A handler that panics is answered for
/// with 500.
pub trait Handle: Send + Sync + 'static {
    /// Answers `request`.
    fn handle(self: Arc<Self>, request: Request<Incoming>, peer: Peer) -> impl Future<Output = Response<Body>> + Send;

    /// Hears that a request was refused before it reached [`Handle::handle`], for a reason out of a closed set.
    fn refused(&self, _reason: &'static str, _status: StatusCode) {}

    /// How many connections there may be at once from the network of `address`; `None`, as by default, for as many as there are places.
    fn cap_for(&self, _address: IpAddr) -> Option<NonZeroUsize> {
        None
    }

    /// Ends the connections that were handed over to another protocol: all else is done. There are none by default.
    fn send_away(&self) {}
}

/// What every connection of one worker shares.
pub(super) struct Doorway<H> {
    handler: Arc<H>,
    tls: Option<Arc<TlsAcceptorHolder>>,
    limits: Limits,
    shutdown: Shutdown,
    http1: http1::Builder,
    http2: http2::Builder<TokioExecutor>,
}

impl<H: Handle> Doorway<H> {
    /// Sets both protocols up.
    pub(super) fn new(
        handler: H,
        tls: Option<Arc<TlsAcceptorHolder>>,
        limits: Limits,
        shutdown: Shutdown,
    ) -> Arc<Self> {
        let mut http1 = http1::Builder::new();
        // The socket keeps the time (`watched`): it can answer 408, and its timer costs nothing per request.
        http1.header_read_timeout(None).max_header_size(limits.header_bytes);
        http1.max_buf_size(limits.header_bytes.max(BUFFER));
        if limits.headers != FREE_HEADERS {
            http1.max_headers(limits.headers);
        }
        let mut http2 = http2::Builder::new(TokioExecutor::new());
        http2.timer(TokioTimer::new()).keep_alive_interval(PING).keep_alive_timeout(PING);
        http2.max_concurrent_streams(STREAMS).max_send_buf_size(BUFFER);
        http2.max_header_list_size(u32::try_from(limits.header_bytes).unwrap_or(u32::MAX));
        http2.max_pending_accept_reset_streams(PENDING_RESETS).max_local_error_reset_streams(FAULTY_RESETS);
        Arc::new(Self { handler: Arc::new(handler), tls, limits, shutdown, http1, http2 })
    }

    /// The end that this doorway's connections listen to.
    pub(super) const fn shutdown(&self) -> &Shutdown {
        &self.shutdown
    }

    /// See [`Handle::cap_for`].
    pub(super) fn cap_for(&self, address: IpAddr) -> Option<NonZeroUsize> {
        self.handler.cap_for(address)
    }

    /// Ends the connections that speak another protocol by now.
    pub(super) fn send_away(&self) {
        self.handler.send_away();
    }

    /// Serves one socket until it is closed, or speaks another protocol.
    pub(super) async fn serve(self: Arc<Self>, mut socket: TcpStream, address: SocketAddr, slot: Slot) {
        let began = Instant::now();
        let until = began + self.limits.header_timeout;
        let peer = Peer { address, tls: self.tls.is_some() };
        if let Some(tls) = &self.tls {
            let handshake = timeout_at(until, tls.accept(socket));
            let shaken = tokio::select! { shaken = handshake => shaken, () = self.shutdown.begun() => return };
            match shaken {
                Ok(Ok(stream)) if stream.get_ref().1.alpn_protocol() == Some(b"h2") => {
                    self.serve_http2(stream, Bytes::new(), peer, began, slot).await;
                }
                Ok(Ok(stream)) => self.serve_http1(stream, Bytes::new(), peer, began, slot).await,
                Ok(Err(error)) => tracing::debug!(%address, %error, "TLS handshake failed"),
                Err(_late) => tracing::debug!(%address, "TLS handshake took too long"),
            }
        } else {
            let sniffed = tokio::select! {
                sniffed = sniff(&mut socket, until) => sniffed,
                () = self.shutdown.begun() => return,
            };
            match sniffed {
                Some((replay, true)) => self.serve_http2(socket, replay, peer, began, slot).await,
                Some((replay, false)) => self.serve_http1(socket, replay, peer, began, slot).await,
                None => tracing::debug!(%address, "closed before a word was said"),
            }
        }
    }

    async fn serve_http1<S>(self: Arc<Self>, socket: S, replay: Bytes, peer: Peer, began: Instant, slot: Slot)
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let exchanges = Exchanges::new(began);
        let socket = Watched::http1(socket, replay, Arc::clone(&exchanges), self.limits, slot);
        let service = service_fn(|request| answer(Arc::clone(&self), request, peer, exchanges.open()));
        let mut connection = pin!(self.http1.serve_connection(TokioIo::new(socket), service).with_upgrades());
        let outcome = tokio::select! {
            // The end first: an answer given after it must say that it is the last.
            biased;
            () = self.shutdown.begun() => {
                connection.as_mut().graceful_shutdown();
                connection.await
            }
            outcome = connection.as_mut() => outcome,
        };
        if let Err(error) = outcome {
            tracing::debug!(address = %peer.address, %error, "HTTP/1 connection ended badly");
        }
    }

    async fn serve_http2<S>(self: Arc<Self>, socket: S, replay: Bytes, peer: Peer, began: Instant, slot: Slot)
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let exchanges = Exchanges::new(began);
        let socket = Watched::http2(socket, replay, Arc::clone(&exchanges), self.limits, slot);
        let door = Arc::clone(&self);
        let opened = Arc::clone(&exchanges);
        let service = service_fn(move |request| answer(Arc::clone(&door), request, peer, opened.open()));
        let mut connection = pin!(self.http2.serve_connection(TokioIo::new(socket), service));
        let mut begun = pin!(self.shutdown.begun());
        let mut leaving = false;
        let mut look = pin!(sleep_until(began + glance(&self.limits)));
        let outcome = loop {
            tokio::select! {
                biased;
                () = begun.as_mut(), if !leaving => {
                    leaving = true;
                    connection.as_mut().graceful_shutdown();
                    look.as_mut().reset(Instant::now() + LEAVE);
                }
                outcome = connection.as_mut() => break outcome,
                () = look.as_mut() => match patience(&exchanges, &self.limits, leaving) {
                    Patience::Until(at) => look.as_mut().reset(at),
                    Patience::Ask => {
                        leaving = true;
                        connection.as_mut().graceful_shutdown();
                        look.as_mut().reset(Instant::now() + LEAVE);
                    }
                    Patience::Lost => return,
                },
            }
        };
        if let Err(error) = outcome {
            tracing::debug!(address = %peer.address, %error, "HTTP/2 connection ended badly");
        }
    }
}

/// What to do with an HTTP/2 connection.
enum Patience {
    /// Look again then.
    Until(Instant),
    /// Tell the client to leave.
    Ask,
    /// Drop it.
    Lost,
}

fn patience(exchanges: &Exchanges, limits: &Limits, leaving: bool) -> Patience {
    let now = Instant::now();
    let (until, late) = match exchanges.activity() {
        Activity::Working | Activity::Tunnel => return Patience::Until(now + glance(limits)),
        Activity::New | Activity::Resting(_) if leaving => return Patience::Lost,
        Activity::Offering(since) => (since + limits.idle_timeout, Patience::Lost),
        Activity::New => (exchanges.began() + limits.header_timeout, Patience::Ask),
        Activity::Resting(since) => (since + limits.idle_timeout, Patience::Ask),
    };
    if until <= now { late } else { Patience::Until(until.min(now + glance(limits))) }
}

/// How long nobody looks at most.
fn glance(limits: &Limits) -> Duration {
    limits.idle_timeout.min(limits.header_timeout)
}

/// Reads until it is clear whether HTTP/2 is spoken; gives back what was read. `None` if nothing came.
async fn sniff(socket: &mut TcpStream, until: Instant) -> Option<(Bytes, bool)> {
    let mut start = [0; PREFACE.len()];
    let mut count = 0;
    while count < start.len() && start[..count] == PREFACE[..count] {
        match timeout_at(until, socket.read(&mut start[count..])).await {
            Ok(Ok(more)) if more > 0 => count += more,
            // What has come is an unfinished head; HTTP/1 knows what to say to that.
            _ if count > 0 => break,
            _ => return None,
        }
    }
    Some((Bytes::copy_from_slice(&start[..count]), start[..count] == PREFACE[..]))
}

async fn answer<H: Handle>(
    door: Arc<Doorway<H>>,
    mut request: Request<Incoming>,
    peer: Peer,
    exchange: Exchange,
) -> Result<Response<Told>, Infallible> {
    let over_http2 = request.version() == Version::HTTP_2;
    let response = if let Err(malformed) = check_request(&request) {
        tracing::debug!(address = %peer.address, reason = malformed.code(), "refused a request");
        door.handler.refused(malformed.code(), malformed.status());
        malformed.response()
    } else if request.headers().len() > door.limits.headers {
        let (status, reason) = (StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE, "too_many_headers");
        door.handler.refused(reason, status);
        refusal(status, reason, "the request has too many header fields")
    } else {
        settle(&mut request);
        let handled = AssertUnwindSafe(Arc::clone(&door.handler).handle(request, peer)).catch_unwind();
        handled.await.unwrap_or_else(|_panic| {
            tracing::error!(address = %peer.address, "a request's handler panicked");
            refusal(StatusCode::INTERNAL_SERVER_ERROR, "internal", "something went wrong here")
        })
    };
    if response.status() == StatusCode::SWITCHING_PROTOCOLS {
        exchange.connection().become_tunnel();
    }
    Ok(response.map(|body| Told::new(body, exchange, over_http2)))
}

/// Brings a request that was checked into the one shape that handlers know.
fn settle(request: &mut Request<Incoming>) {
    if let Some(authority) = request.uri().authority() {
        if !request.headers().contains_key(HOST)
            && let Ok(host) = HeaderValue::from_str(authority.as_str())
        {
            request.headers_mut().insert(HOST, host);
        }
        let path = request.uri().path_and_query().cloned();
        *request.uri_mut() = Uri::from(path.unwrap_or_else(|| PathAndQuery::from_static("/")));
    }
    if request.version() == Version::HTTP_2 {
        join_cookies(request);
    }
}

/// Puts cookies together that HTTP/2 sent apart (RFC 9113 §8.2.3).
fn join_cookies(request: &mut Request<Incoming>) {
    let crumbs: Vec<&[u8]> = request.headers().get_all(COOKIE).iter().map(HeaderValue::as_bytes).collect();
    if crumbs.len() > 1
        && let Ok(whole) = HeaderValue::from_bytes(&crumbs.join(&b"; "[..]))
    {
        request.headers_mut().insert(COOKIE, whole);
    }
}

#[cfg(test)]
mod tests;
