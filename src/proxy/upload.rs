//! The body of a request on its way to the application.
//!
//! Pieces go on as they come; nothing is kept. A client that pauses too long ends the request, and [`Progress`] tells
//! the rest of the room whose turn it is, so that an application is not blamed for waiting on a slow client.

use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use http_body_util::BodyExt;
use hyper::body::Incoming;
use tokio::time::Instant;

use super::headers;
use super::patience::Patience;

/// How long what a client still sends is read after the application has lost interest. A connection closed with unread
/// bytes in it is reset, and the client would lose the answer it was about to read.
const LINGER: Duration = Duration::from_secs(5);

/// Why a request's body ended early.
#[derive(Debug, thiserror::Error)]
pub(super) enum UploadError {
    /// The client paused too long.
    #[error("the client sent nothing for {0:?}")]
    Stalled(Duration),
    /// The client's connection or framing failed.
    #[error("the client's body failed")]
    Client(#[source] hyper::Error),
}

/// A request's body; empty for most requests.
#[derive(Debug)]
pub(super) struct Upload(Option<Box<Stream>>);

#[derive(Debug)]
struct Stream {
    /// `None` once it ended, well or badly.
    incoming: Option<Incoming>,
    /// Whether reading may provoke a `100 Continue`.
    expects_continue: bool,
    started: bool,
    post: bool,
    patience: Patience,
    progress: Arc<Progress>,
}

impl Upload {
    /// No body.
    pub(super) const fn none() -> Self {
        Self(None)
    }

    /// What `incoming` brings, and a view of how it goes. No view where there is nothing to bring.
    pub(super) fn new(
        incoming: Incoming,
        post: bool,
        expects_continue: bool,
        client_idle: Duration,
    ) -> (Self, Option<Arc<Progress>>) {
        if incoming.is_end_stream() {
            return (Self::none(), None);
        }
        let progress = Arc::new(Progress::begin());
        let stream = Stream {
            incoming: Some(incoming),
            expects_continue,
            started: false,
            post,
            patience: Patience::new(client_idle),
            progress: Arc::clone(&progress),
        };
        (Self(Some(Box::new(stream))), Some(progress))
    }
}

impl Body for Upload {
    type Data = Bytes;
    type Error = UploadError;

    fn poll_frame(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, UploadError>>> {
        match &mut self.get_mut().0 {
            Some(stream) => stream.poll_frame(cx),
            None => Poll::Ready(None),
        }
    }

    fn is_end_stream(&self) -> bool {
        self.0.as_ref().is_none_or(|stream| stream.incoming.as_ref().is_none_or(Body::is_end_stream))
    }

    fn size_hint(&self) -> SizeHint {
        match self.0.as_ref().and_then(|stream| stream.incoming.as_ref()) {
            Some(incoming) => incoming.size_hint(),
            None => SizeHint::with_exact(0),
        }
    }
}

impl Stream {
    fn poll_frame(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, UploadError>>> {
        let Some(incoming) = &mut self.incoming else { return Poll::Ready(None) };
        self.started = true;
        match Pin::new(&mut *incoming).poll_frame(cx) {
            Poll::Ready(Some(Ok(mut frame))) => {
                if let Some(trailers) = frame.trailers_mut() {
                    headers::clean_request_trailers(trailers, self.post);
                }
                self.patience.rest();
                if incoming.is_end_stream() {
                    self.end();
                } else {
                    self.progress.set(Turn::Application);
                }
                Poll::Ready(Some(Ok(frame)))
            }
            Poll::Ready(None) => {
                self.end();
                Poll::Ready(None)
            }
            Poll::Ready(Some(Err(error))) => {
                self.break_off(Broken::Client);
                Poll::Ready(Some(Err(UploadError::Client(error))))
            }
            Poll::Pending => {
                self.progress.set(Turn::Client);
                if self.patience.poll_exhausted(cx).is_pending() {
                    return Poll::Pending;
                }
                let limit = self.patience.limit();
                self.break_off(Broken::Stalled(limit));
                Poll::Ready(Some(Err(UploadError::Stalled(limit))))
            }
        }
    }

    fn end(&mut self) {
        self.incoming = None;
        self.progress.set(Turn::Over);
    }

    fn break_off(&mut self, how: Broken) {
        self.incoming = None;
        self.progress.set(Turn::Broken(how));
    }
}

impl Drop for Stream {
    fn drop(&mut self) {
        self.progress.set(Turn::Over);
        // A client that waits for `100 Continue` has not sent anything yet, and must not be told to.
        let may_read = self.started || !self.expects_continue;
        if let Some(incoming) = self.incoming.take()
            && may_read
            && let Ok(runtime) = tokio::runtime::Handle::try_current()
        {
            runtime.spawn(tokio::time::timeout(LINGER, discard(incoming)));
        }
    }
}

async fn discard(mut incoming: Incoming) {
    while let Some(Ok(_)) = incoming.frame().await {}
}

/// How an upload goes.
#[derive(Debug)]
pub(super) struct Progress(Mutex<(Turn, Instant)>);

/// Who has to do something next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Turn {
    /// The client: more of the body is awaited.
    Client,
    /// The application: it has a piece to take.
    Application,
    /// The application: it has everything, or wants no more.
    Over,
    /// The application: it was told that no more will come.
    Broken(Broken),
}

/// How a client broke a request off.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Broken {
    /// It paused for so long.
    Stalled(Duration),
    /// Its connection or framing failed.
    Client,
}

impl Progress {
    fn begin() -> Self {
        Self(Mutex::new((Turn::Application, Instant::now())))
    }

    fn set(&self, turn: Turn) {
        let mut now = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if !matches!(now.0, Turn::Broken(_)) {
            *now = (turn, Instant::now());
        }
    }

    /// How the client broke the request off, if it did.
    pub(super) fn broken(&self) -> Option<Broken> {
        match self.0.lock().unwrap_or_else(PoisonError::into_inner).0 {
            Turn::Broken(how) => Some(how),
            Turn::Client | Turn::Application | Turn::Over => None,
        }
    }

    /// Since when the application alone is to blame for silence; `None` while the client is.
    pub(super) fn application_silent_since(&self) -> Option<Instant> {
        let (turn, since) = *self.0.lock().unwrap_or_else(PoisonError::into_inner);
        (turn != Turn::Client).then_some(since)
    }
}
