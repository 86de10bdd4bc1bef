//! Joins a browser and an application that agreed on a WebSocket (RFC 6455).
//!
//! No other protocol is let through: `h2c`, above all, would be a tunnel for requests that nobody judges.

use std::pin::pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use http::header::{CONNECTION, HeaderMap, HeaderValue, UPGRADE};
use http::{Method, Request, Version};
use hyper::body::{Body as _, Incoming};
use hyper::upgrade::{OnUpgrade, Upgraded};
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncReadExt, AsyncWriteExt, ReadHalf, WriteHalf, split};
use tokio::time::{Instant, sleep, sleep_until};
use tokio_util::sync::CancellationToken;

use super::frames::Frames;
use super::headers::has_token;
use super::pool::Lease;
use crate::sessions::End;

/// How long a WebSocket may carry nothing in either direction.
const IDLE: Duration = Duration::from_secs(60 * 60);
/// A frame that says 1001, going away (RFC 6455, section 7.4.1): to browsers plain, to applications under a mask, of zeros.
const GOODBYE: [u8; 4] = [0x88, 0x02, 0x03, 0xe9];
const GOODBYE_MASKED: [u8; 8] = [0x88, 0x82, 0, 0, 0, 0, 0x03, 0xe9];
/// How long the answer to it may take.
const GOODBYE_WITHIN: Duration = Duration::from_secs(1);

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

/// What a WebSocket belongs to.
pub(super) struct Belongings {
    /// The connection to the application.
    pub(super) lease: Lease,
    /// For the log.
    pub(super) request_id: HeaderValue,
    /// When the session ends, if there is one.
    pub(super) end: Option<Arc<End>>,
    /// When Portero does.
    pub(super) leave: CancellationToken,
}

/// Carries bytes both ways until one side ends, the session or Portero does, or nobody says anything for an hour. Runs by
/// itself.
pub(super) fn join(browser: OnUpgrade, application: OnUpgrade, belongings: Belongings) {
    let Belongings { lease, request_id, end, leave } = belongings;
    tokio::spawn(async move {
        let both = tokio::try_join!(browser, application);
        let ended = match both {
            Ok((browser, application)) => tokio::select! {
                ended = carry(browser, application, &leave) => ended,
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

async fn carry(browser: Upgraded, application: Upgraded, leave: &CancellationToken) -> std::io::Result<()> {
    let (from_browser, to_browser) = split(TokioIo::new(browser));
    let (from_application, to_application) = split(TokioIo::new(application));
    let last = Mutex::new(Instant::now());
    let up = Direction { from: from_browser, to: to_application, goodbye: &GOODBYE_MASKED };
    let down = Direction { from: from_application, to: to_browser, goodbye: &GOODBYE };
    tokio::select! {
        ended = async { tokio::try_join!(up.copy(&last, leave), down.copy(&last, leave)) } => ended.map(|_| ()),
        () = watch(&last) => Err(std::io::ErrorKind::TimedOut.into()),
        () = overdue(leave) => Err(std::io::Error::other("Portero is stopping")),
    }
}

/// One way of two.
struct Direction {
    from: ReadHalf<TokioIo<Upgraded>>,
    to: WriteHalf<TokioIo<Upgraded>>,
    goodbye: &'static [u8],
}

impl Direction {
    /// Carries bytes until `from` ends. Once it is time to `leave`, lets the frame that is under way pass and says goodbye; what
    /// `from` says then is for nobody any more, and its own goodbye the end.
    async fn copy(mut self, last: &Mutex<Instant>, leave: &CancellationToken) -> std::io::Result<()> {
        let mut buffer = vec![0; 16 * 1024];
        let mut frames = Frames::default();
        let mut told = pin!(leave.cancelled());
        let (mut leaving, mut said) = (false, false);
        loop {
            if leaving && !said && frames.is_between() && !frames.are_closed() {
                self.to.write_all(self.goodbye).await?;
                self.to.flush().await?;
                said = true;
            }
            let length = tokio::select! {
                read = self.from.read(&mut buffer) => read?,
                () = told.as_mut(), if !leaving => {
                    leaving = true;
                    continue;
                }
            };
            *last.lock().unwrap_or_else(PoisonError::into_inner) = Instant::now();
            frames.feed(&buffer[..length]);
            if length == 0 || said && frames.are_closed() {
                return self.to.shutdown().await;
            }
            if !said {
                self.to.write_all(&buffer[..length]).await?;
                self.to.flush().await?;
            }
        }
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

/// Completes when a goodbye has gone unanswered for too long.
async fn overdue(leave: &CancellationToken) {
    leave.cancelled().await;
    sleep(GOODBYE_WITHIN).await;
}
