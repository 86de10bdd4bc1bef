//! The socket under a connection, watched: slow clients are timed out, ambiguous ones refused, closing is done so that the last
//! answer arrives.
//!
//! The HTTP parser above can close silently only; this layer holds the socket, so it can still answer 408 or 400. Owns the time
//! limits of HTTP/1 (head, rest, body), the stall limit of every write, and the place of the connection among all. Refuses
//! nothing itself: `framing` says what is ambiguous, `exchange` what is going on. Above it are hyper and `connection`.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker, ready};
use std::time::Duration;

use bytes::{Buf, Bytes};
use http::StatusCode;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Instant, Sleep, sleep_until};

use super::exchange::{Activity, Exchanges};
use super::framing::{Framing, Place};
use super::listener::Slot;
use super::malformed::{Malformed, raw_refusal};
use crate::config::Limits;

/// How long a client that was refused may go on sending before the socket is dropped. Closing with unread bytes resets the
/// connection, and a reset overtakes the answer.
const LINGER: Duration = Duration::from_secs(2);

/// A socket (or the TLS over it) that keeps time.
#[derive(Debug)]
pub(super) struct Watched<S> {
    socket: S,
    /// Bytes read before the protocol was known.
    replay: Bytes,
    /// Follows HTTP/1; `None` where another layer does (HTTP/2).
    framing: Option<Framing>,
    exchanges: Arc<Exchanges>,
    limits: Limits,
    /// When the head that is coming began.
    head_began: Option<Instant>,
    /// Since when a piece of a body is waited for.
    body_waits: Option<Instant>,
    reading: Alarm,
    /// Something happened that may have brought a limit nearer than `reading` is set for.
    look: bool,
    /// Since when a write has been stuck.
    write_stuck: Option<Instant>,
    /// When a stuck write last went on.
    unstuck: Option<Instant>,
    writing: Alarm,
    closing: Closing,
    seen_end: bool,
    _slot: Slot,
}

#[derive(Debug)]
enum Closing {
    No,
    /// What is left of the last answer.
    Answering(Bytes),
    /// Saying that nothing more will be written.
    Finishing,
    /// Letting the client finish.
    Lingering(Instant),
    Done,
}

/// Why a read is over that brought nothing.
enum Late {
    /// In the midst of a head.
    Head,
    /// In the midst of a body.
    Body,
    /// Between two requests.
    Rest,
}

impl<S: AsyncRead + AsyncWrite + Unpin> Watched<S> {
    /// A socket that will speak HTTP/1. `replay` is what was read from it already.
    pub(super) fn http1(socket: S, replay: Bytes, exchanges: Arc<Exchanges>, limits: Limits, slot: Slot) -> Self {
        let framing = Some(Framing::default());
        Self { framing, ..Self::http2(socket, replay, exchanges, limits, slot) }
    }

    /// A socket that will speak HTTP/2, which keeps its own time but for stuck writes.
    pub(super) fn http2(socket: S, replay: Bytes, exchanges: Arc<Exchanges>, limits: Limits, slot: Slot) -> Self {
        Self {
            socket,
            replay,
            framing: None,
            exchanges,
            limits,
            head_began: None,
            body_waits: None,
            reading: Alarm::default(),
            look: true,
            write_stuck: None,
            unstuck: None,
            writing: Alarm::default(),
            closing: Closing::No,
            seen_end: false,
            _slot: slot,
        }
    }

    /// Reads from the replay, then from the socket.
    fn poll_source(&mut self, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        if self.replay.is_empty() {
            return Pin::new(&mut self.socket).poll_read(cx, buffer);
        }
        let count = self.replay.len().min(buffer.remaining());
        buffer.put_slice(&self.replay[..count]);
        self.replay.advance(count);
        Poll::Ready(Ok(()))
    }

    /// Follows what came; an ambiguity begins the refusal.
    fn follow(&mut self, bytes: &[u8]) -> Result<(), Malformed> {
        let Some(framing) = &mut self.framing else { return Ok(()) };
        if self.exchanges.activity() == Activity::Tunnel {
            self.framing = None;
            return Ok(());
        }
        let in_head = framing.place() == Place::Head;
        framing.feed(bytes)?;
        self.body_waits = None;
        self.look |= framing.place() != Place::Between;
        if framing.place() != Place::Head {
            self.head_began = None;
        } else if !in_head || self.head_began.is_none() {
            // The first head's time runs from the connection's beginning: its first byte may have been read before.
            let first = self.exchanges.activity() == Activity::New;
            self.head_began = Some(if first { self.exchanges.began() } else { Instant::now() });
        }
        Ok(())
    }

    /// Which limit the read that brought nothing runs into, and when.
    fn limit(&mut self, now: Instant) -> Option<(Late, Instant)> {
        if self.write_stuck.is_some() {
            // It is still taking the last answer; writes have a limit of their own.
            return None;
        }
        let Limits { header_timeout, idle_timeout, .. } = self.limits;
        let activity = match self.exchanges.activity() {
            Activity::Resting(since) => Activity::Resting(self.unstuck.map_or(since, |unstuck| unstuck.max(since))),
            activity => activity,
        };
        match (self.framing.as_ref()?.place(), activity) {
            (_, Activity::Tunnel) => None,
            (Place::Body, _) => Some((Late::Body, *self.body_waits.get_or_insert(now) + idle_timeout)),
            // The application's turn. The client has nothing to send.
            (_, Activity::Working | Activity::Offering(_)) => None,
            (Place::Head, Activity::Resting(since)) => {
                Some((Late::Head, self.head_began.unwrap_or(now).max(since) + header_timeout))
            }
            (Place::Head, Activity::New) => Some((Late::Head, self.exchanges.began() + header_timeout)),
            (Place::Between, Activity::Resting(since)) => Some((Late::Rest, since + idle_timeout)),
            (Place::Between, Activity::New) => Some((Late::Rest, self.exchanges.began() + header_timeout)),
        }
    }

    /// Completes once the client is late.
    fn poll_late(&mut self, cx: &mut Context<'_>) -> Poll<Late> {
        if self.framing.is_none() {
            return Poll::Pending;
        }
        // A limit begins with something that happened and lasts a glance at least; so as long as nothing happened, an alarm that is
        // set stays early enough, and a request that comes and goes in the meantime needs no look at the clock.
        if !std::mem::take(&mut self.look) && self.reading.is_set(cx) {
            return Poll::Pending;
        }
        // While the application works nobody reads again when it is done, so the alarm goes off to look from time to time.
        let glance = self.limits.header_timeout.min(self.limits.idle_timeout);
        loop {
            let now = Instant::now();
            match self.limit(now) {
                Some((late, at)) if at <= now => return Poll::Ready(late),
                Some((_, at)) => ready!(self.reading.poll(cx, at)),
                None => ready!(self.reading.poll(cx, now + glance)),
            }
        }
    }

    /// Begins to say goodbye with an answer, if one can be understood: not into the midst of another.
    fn refuse(&mut self, status: StatusCode, code: &str, detail: &str) {
        let between = matches!(self.exchanges.activity(), Activity::New | Activity::Resting(_));
        self.closing = if between && self.write_stuck.is_none() {
            Closing::Answering(raw_refusal(status, code, detail).into())
        } else {
            Closing::Done
        };
    }

    /// Drives a refusal to its end, which is an error for the parser above.
    fn poll_goodbye(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        // A client that doesn't even take the refusal is not waited for.
        if let Closing::Answering(rest) = &mut self.closing {
            while !rest.is_empty() {
                match Pin::new(&mut self.socket).poll_write(cx, rest) {
                    Poll::Ready(Ok(count)) if count > 0 => rest.advance(count),
                    _ => break,
                }
            }
            self.closing = Closing::Finishing;
        }
        let _ = ready!(self.poll_close(cx));
        Poll::Ready(Err(io::Error::new(io::ErrorKind::InvalidData, "the request was refused unread")))
    }

    /// Ends the writing half, then waits a moment for the client to end the other.
    fn poll_close(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        loop {
            match self.closing {
                Closing::No | Closing::Answering(_) => self.closing = Closing::Finishing,
                Closing::Finishing => {
                    let until = *self.write_stuck.get_or_insert_with(Instant::now) + LINGER;
                    match Pin::new(&mut self.socket).poll_shutdown(cx) {
                        Poll::Ready(Ok(())) => self.closing = Closing::Lingering(Instant::now() + LINGER),
                        Poll::Ready(Err(error)) => {
                            self.closing = Closing::Done;
                            return Poll::Ready(Err(error));
                        }
                        Poll::Pending => {
                            ready!(self.writing.poll(cx, until));
                            self.closing = Closing::Done;
                        }
                    }
                }
                Closing::Lingering(until) => {
                    if !self.owes_bytes() {
                        self.closing = Closing::Done;
                        continue;
                    }
                    let mut space = [0; 4096];
                    let mut waste = ReadBuf::new(&mut space);
                    match Pin::new(&mut self.socket).poll_read(cx, &mut waste) {
                        Poll::Ready(Ok(())) if !waste.filled().is_empty() => {
                            if Instant::now() >= until {
                                self.closing = Closing::Done;
                            }
                        }
                        Poll::Ready(_) => self.closing = Closing::Done,
                        Poll::Pending => {
                            ready!(self.reading.poll(cx, until));
                            self.closing = Closing::Done;
                        }
                    }
                }
                Closing::Done => return Poll::Ready(Ok(())),
            }
        }
    }

    /// Whether the client may still be sending what nobody will read.
    fn owes_bytes(&self) -> bool {
        let midway = self.framing.as_ref().is_some_and(|framing| framing.place() != Place::Between);
        !self.seen_end && midway && self.exchanges.activity() != Activity::Tunnel
    }

    /// Times a write that may be stuck.
    fn poll_moved<T>(&mut self, cx: &mut Context<'_>, polled: Poll<io::Result<T>>) -> Poll<io::Result<T>> {
        if polled.is_ready() {
            if self.write_stuck.take().is_some() {
                self.unstuck = Some(Instant::now());
                self.look = true;
            }
            return polled;
        }
        let at = *self.write_stuck.get_or_insert_with(Instant::now) + self.limits.idle_timeout;
        ready!(self.writing.poll(cx, at));
        Poll::Ready(Err(io::Error::new(io::ErrorKind::TimedOut, "the client takes nothing")))
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncRead for Watched<S> {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        if !matches!(this.closing, Closing::No) {
            return this.poll_goodbye(cx);
        }
        let before = buffer.filled().len();
        if let Poll::Ready(read) = this.poll_source(cx, buffer) {
            let bytes = &buffer.filled()[before..];
            this.seen_end |= read.is_ok() && bytes.is_empty() && buffer.capacity() > before;
            if let Err(malformed) = this.follow(bytes) {
                tracing::debug!(reason = malformed.code(), "refused a request unread");
                this.refuse(malformed.status(), malformed.code(), &malformed.to_string());
                return this.poll_goodbye(cx);
            }
            return Poll::Ready(read);
        }
        match ready!(this.poll_late(cx)) {
            Late::Head => {
                this.refuse(StatusCode::REQUEST_TIMEOUT, "slow_head", "the request's head took too long to arrive");
                this.poll_goodbye(cx)
            }
            Late::Body => {
                Poll::Ready(Err(io::Error::new(io::ErrorKind::TimedOut, "the client stopped sending its body")))
            }
            // Reads as the end: the parser above closes as it would for a client that left.
            Late::Rest => Poll::Ready(Ok(())),
        }
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncWrite for Watched<S> {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        let polled = Pin::new(&mut this.socket).poll_write(cx, bytes);
        this.poll_moved(cx, polled)
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        let polled = Pin::new(&mut this.socket).poll_write_vectored(cx, slices);
        this.poll_moved(cx, polled)
    }

    fn is_write_vectored(&self) -> bool {
        self.socket.is_write_vectored()
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let polled = Pin::new(&mut this.socket).poll_flush(cx);
        this.poll_moved(cx, polled)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.get_mut().poll_close(cx)
    }
}

/// A timer that is moved as seldom as possible: one that goes off early is set again, so a deadline that moves away with every
/// request costs nothing.
#[derive(Debug, Default)]
struct Alarm {
    sleep: Option<Pin<Box<Sleep>>>,
    /// Whom it wakes.
    waker: Option<Waker>,
}

impl Alarm {
    /// Whether it has yet to go off, and will then wake this very task.
    fn is_set(&self, cx: &Context<'_>) -> bool {
        self.sleep.as_ref().is_some_and(|sleep| !sleep.is_elapsed())
            && self.waker.as_ref().is_some_and(|waker| waker.will_wake(cx.waker()))
    }

    /// Completes at `at` or, if it was set earlier before, by then at the latest; never without its time having come.
    fn poll(&mut self, cx: &mut Context<'_>, at: Instant) -> Poll<()> {
        let sleep = self.sleep.get_or_insert_with(|| Box::pin(sleep_until(at)));
        if sleep.deadline() > at {
            sleep.as_mut().reset(at);
        }
        loop {
            if sleep.as_mut().poll(cx).is_pending() {
                if !self.waker.as_ref().is_some_and(|waker| waker.will_wake(cx.waker())) {
                    self.waker = Some(cx.waker().clone());
                }
                return Poll::Pending;
            }
            if Instant::now() >= at {
                return Poll::Ready(());
            }
            sleep.as_mut().reset(at);
        }
    }
}
