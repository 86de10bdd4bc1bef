//! One try to send a request over one connection, and whose fault it is when it fails.

use std::error::Error;
use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::task::Poll;
use std::time::Duration;

use http::{Request, Response};
use hyper::body::Incoming;
use tokio::time::timeout;

use super::dial::{Connection, Sender};
use super::error::ProxyError;
use super::patience::Patience;
use super::pool::Lease;
use super::upload::{Broken, Progress, Upload};

/// How a try to send a request ended.
pub(super) enum Tried {
    /// With the head of an answer.
    Answered(Response<Incoming>, Lease),
    /// Badly, but the request is whole and may be sent elsewhere.
    Whole(Request<Upload>, ProxyError),
    /// Badly.
    Failed(ProxyError),
}

/// Sends over one connection and waits for the head of the answer; the application may be silent for `limit`. A `kept`
/// connection may have been closed by the other side a moment ago: what was not sent yet, or may be sent twice (RFC 9110,
/// section 9.2.2), then comes back.
pub(super) async fn send(
    mut lease: Lease,
    request: Request<Upload>,
    limit: Duration,
    upload: Option<&Progress>,
    kept: bool,
) -> Tried {
    let spare = (kept && upload.is_none() && request.method().is_idempotent()).then(|| copy(&request));
    let sent = match &mut lease.connection {
        Connection { sender: Sender::Http1(sender), patience, .. } => {
            in_limit(pin!(sender.try_send_request(request)), limit, upload, patience).await
        }
        // Boxed, so that those who speak HTTP/1 carry no room for it.
        Connection { sender: Sender::Http2(sender), patience, .. } => {
            in_limit(Box::pin(sender.try_send_request(request)).as_mut(), limit, upload, patience).await
        }
    };
    let mut error = match sent {
        Some(Ok(response)) => return Tried::Answered(response, lease),
        Some(Err(error)) => error,
        None => return Tried::Failed(ProxyError::Timeout { upstream: lease.label(), after: limit }),
    };
    let unsent = error.take_message();
    let error = error.into_error();
    let stream_alone = is_about_one_stream(&error);
    if !stream_alone {
        lease.forget();
    }
    let error = explain(error, &lease, upload);
    match unsent.or_else(|| spare.filter(|_| matches!(error, ProxyError::Reset { .. }) && !stream_alone)) {
        Some(whole) => Tried::Whole(whole, error),
        None => Tried::Failed(error),
    }
}

/// Waits for the head of an answer; `None` if the application took too long.
async fn in_limit<F: Future>(
    sending: Pin<&mut F>,
    limit: Duration,
    upload: Option<&Progress>,
    patience: &mut Patience,
) -> Option<F::Output> {
    match upload {
        Some(upload) => in_time(sending, limit, upload).await,
        None => in_patience(sending, limit, patience).await,
    }
}

/// Waits for the head of an answer with the connection's own timer, which costs less than one for each request.
async fn in_patience<F: Future>(
    mut sending: Pin<&mut F>,
    limit: Duration,
    patience: &mut Patience,
) -> Option<F::Output> {
    patience.begin(limit);
    poll_fn(|cx| match sending.as_mut().poll(cx) {
        Poll::Ready(sent) => Poll::Ready(Some(sent)),
        Poll::Pending => patience.poll_exhausted(cx).map(|()| None),
    })
    .await
}

/// Waits for the head of an answer. The time an upload takes does not count, unless it is the application that does not
/// take it.
async fn in_time<F: Future>(mut sending: Pin<&mut F>, limit: Duration, upload: &Progress) -> Option<F::Output> {
    loop {
        let silent = upload.application_silent_since().map_or(Duration::ZERO, |since| since.elapsed());
        let left = limit.checked_sub(silent).filter(|left| !left.is_zero())?;
        if let Ok(sent) = timeout(left, sending.as_mut()).await {
            return Some(sent);
        }
    }
}

/// A request without a body, once more.
fn copy(request: &Request<Upload>) -> Request<Upload> {
    let mut copy = Request::new(Upload::none());
    *copy.method_mut() = request.method().clone();
    *copy.uri_mut() = request.uri().clone();
    *copy.headers_mut() = request.headers().clone();
    copy
}

/// Whether a server over HTTP/2 gave up one request, and goes on with the others.
fn is_about_one_stream(error: &hyper::Error) -> bool {
    http2_fault(error).is_some_and(|fault| fault.is_reset() && fault.reason() != Some(h2::Reason::REFUSED_STREAM))
}

fn http2_fault(error: &hyper::Error) -> Option<&h2::Error> {
    error.source().and_then(|source| source.downcast_ref())
}

/// Whose fault hyper's error is.
fn explain(error: hyper::Error, lease: &Lease, upload: Option<&Progress>) -> ProxyError {
    match upload.and_then(Progress::broken) {
        Some(Broken::Stalled(limit)) => return ProxyError::ClientStalled(limit),
        Some(Broken::Client) => return ProxyError::ClientBody(error),
        None => {}
    }
    // We found fault with what came: it may well be another protocol.
    let nonsense = http2_fault(&error).is_some_and(|fault| fault.is_go_away() && fault.is_library());
    if nonsense {
        let what = format!("{error} over HTTP/2; write upstream_protocol = \"http1\" if it does not speak it");
        return ProxyError::Garbage { upstream: lease.label(), what };
    }
    if error.is_parse() {
        return ProxyError::Garbage { upstream: lease.label(), what: error.to_string() };
    }
    ProxyError::Reset { upstream: lease.label(), source: error }
}
