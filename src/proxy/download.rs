//! The body of an answer on its way to the client.
//!
//! Pieces go on as they come. A body that ends early, or pauses too long, fails: the client's connection is then cut,
//! because ending it politely would pass off half an answer as a whole one. Dropped early (the client went away), it
//! takes the application's connection with it.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http::header::HeaderValue;
use http_body::{Body, Frame, SizeHint};
use hyper::body::Incoming;

use super::headers;
use super::pool::Lease;
use super::upload::Progress;
use crate::sessions::End;
use crate::wire::body::BoxError;

/// An answer's body and the connection it comes from.
#[derive(Debug)]
pub(super) struct Download {
    pub(super) incoming: Incoming,
    /// Given back once the body has ended well; dropped, and so closed, otherwise.
    pub(super) lease: Option<Lease>,
    /// How long the application may pause.
    pub(super) limit: Duration,
    /// The request's body, if it is still on its way.
    pub(super) upload: Option<Arc<Progress>>,
    pub(super) request_id: HeaderValue,
    /// The end of the session, for an answer that may have none itself.
    pub(super) end: Option<Arc<End>>,
}

/// Why an answer was cut.
#[derive(Debug, thiserror::Error)]
enum DownloadError {
    #[error("the application paused too long in the midst of its answer")]
    Stalled,
    #[error("the application broke off its answer")]
    Broken(#[source] hyper::Error),
    #[error("the session ended in the midst of an answer")]
    Over,
}

impl Body for Download {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        let this = self.get_mut();
        if this.end.as_ref().is_some_and(|end| end.has_come()) {
            return Poll::Ready(Some(Err(this.fail(DownloadError::Over))));
        }
        match Pin::new(&mut this.incoming).poll_frame(cx) {
            Poll::Ready(Some(Ok(mut frame))) => {
                if let Some(trailers) = frame.trailers_mut() {
                    headers::clean_response_trailers(trailers);
                }
                if let Some(lease) = &mut this.lease {
                    lease.patience().rest();
                }
                if this.incoming.is_end_stream() {
                    this.give_back();
                }
                Poll::Ready(Some(Ok(frame)))
            }
            Poll::Ready(None) => {
                this.give_back();
                Poll::Ready(None)
            }
            Poll::Ready(Some(Err(error))) => Poll::Ready(Some(Err(this.fail(DownloadError::Broken(error))))),
            Poll::Pending => loop {
                let excused = this.application_is_excused();
                let Some(lease) = &mut this.lease else { return Poll::Pending };
                if lease.patience().poll_exhausted(cx).is_pending() {
                    return Poll::Pending;
                }
                if !excused {
                    return Poll::Ready(Some(Err(this.fail(DownloadError::Stalled))));
                }
                lease.patience().rest();
            },
        }
    }

    fn is_end_stream(&self) -> bool {
        self.incoming.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.incoming.size_hint()
    }
}

impl Download {
    fn give_back(&mut self) {
        if let Some(lease) = self.lease.take() {
            lease.give_back(self.upload.take(), self.limit);
        }
    }

    /// An application may be silent while it waits for more of an upload.
    fn application_is_excused(&self) -> bool {
        self.upload
            .as_ref()
            .is_some_and(|upload| upload.application_silent_since().is_none_or(|since| since.elapsed() < self.limit))
    }

    fn fail(&mut self, error: DownloadError) -> BoxError {
        let upstream = self.lease.take().map(|lease| lease.label());
        tracing::warn!(
            request_id = ?self.request_id,
            upstream,
            code = match error {
                DownloadError::Stalled => "upstream_timeout",
                DownloadError::Broken(_) => "upstream_reset",
                DownloadError::Over => "session_over",
            },
            error = &error as &dyn std::error::Error,
            "an answer was cut in the midst of its body"
        );
        error.into()
    }
}
