//! Joins a browser and an application that agreed on a WebSocket (RFC 6455).
//!
//! No other protocol is let through: `h2c`, above all, would be a tunnel for requests that nobody judges.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use http::header::{CONNECTION, HeaderMap, HeaderValue, UPGRADE};
use http::{Method, Request, Version};
use hyper::body::{Body as _, Incoming};
use hyper::upgrade::{OnUpgrade, Upgraded};
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncReadExt, AsyncWriteExt, ReadHalf, WriteHalf, split};
use tokio::time::{Instant, sleep_until};

use super::headers::has_token;
use super::pool::Lease;
use crate::sessions::End;

/// How long a WebSocket may carry nothing in either direction.
const IDLE: Duration = Duration::from_secs(60 * 60);

/// The browser's side of a request for a WebSocket; `None` if it is no such request. Everybody else's `Upgrade` is
/// ignored, which RFC 9110, section 7.8 allows.
pub(super) fn requested(request: &mut Request<Incoming>) -> Option<OnUpgrade> {
    let asked = *request.method() == Method::GET
        && request.version() == Version::HTTP_11
        && request.body().is_end_stream()
        && is_websocket(request.headers());
    if asked { request.extensions_mut().remove::<OnUpgrade>() } else { None }
}

/// Whether a head asks for, or agrees to, a WebSocket and nothing else.
pub(super) fn is_websocket(headers: &HeaderMap) -> bool {
    let mut protocols = headers.get_all(UPGRADE).iter();
    let only = matches!(
        (protocols.next(), protocols.next()),
        (Some(only), None) if only.as_bytes().eq_ignore_ascii_case(b"websocket")
    );
    only && has_token(headers, CONNECTION, b"upgrade")
}

/// Writes the hop's own half of the agreement into a head.
pub(super) fn set(headers: &mut HeaderMap) {
    headers.insert(CONNECTION, HeaderValue::from_static("upgrade"));
    headers.insert(UPGRADE, HeaderValue::from_static("websocket"));
}

/// Carries bytes both ways until one side ends, the session does, or nobody says anything for an hour. Runs by itself.
pub(super) fn join(
    browser: OnUpgrade,
    application: OnUpgrade,
    lease: Lease,
    request_id: HeaderValue,
    end: Option<Arc<End>>,
) {
    tokio::spawn(async move {
        let both = tokio::try_join!(browser, application);
        let ended = match both {
            Ok((browser, application)) => tokio::select! {
                ended = carry(browser, application) => ended,
                () = over(end) => Err(std::io::Error::other("the session is over")),
            },
            Err(error) => Err(std::io::Error::other(error)),
        };
        if let Err(error) = ended {
            tracing::debug!(?request_id, upstream = lease.label(), %error, "a WebSocket ended");
        }
    });
}

async fn over(end: Option<Arc<End>>) {
    match end {
        Some(end) => end.come().await,
        None => std::future::pending().await,
    }
}

async fn carry(browser: Upgraded, application: Upgraded) -> std::io::Result<()> {
    let (from_browser, to_browser) = split(TokioIo::new(browser));
    let (from_application, to_application) = split(TokioIo::new(application));
    let last = Mutex::new(Instant::now());
    tokio::select! {
        ended = async {
            tokio::try_join!(copy(from_browser, to_application, &last), copy(from_application, to_browser, &last))
        } => ended.map(|_| ()),
        () = watch(&last) => Err(std::io::ErrorKind::TimedOut.into()),
    }
}

async fn copy(
    mut from: ReadHalf<TokioIo<Upgraded>>,
    mut to: WriteHalf<TokioIo<Upgraded>>,
    last: &Mutex<Instant>,
) -> std::io::Result<()> {
    let mut buffer = vec![0; 16 * 1024];
    loop {
        let length = from.read(&mut buffer).await?;
        *last.lock().unwrap_or_else(PoisonError::into_inner) = Instant::now();
        if length == 0 {
            return to.shutdown().await;
        }
        to.write_all(&buffer[..length]).await?;
        to.flush().await?;
    }
}

async fn watch(last: &Mutex<Instant>) {
    loop {
        let until = *last.lock().unwrap_or_else(PoisonError::into_inner) + IDLE;
        if Instant::now() >= until {
            return;
        }
        sleep_until(until).await;
    }
}
