//! Opens connections to application servers: TCP, TLS where it is asked for, the protocol. Neighbours: `pool` keeps them.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use hyper::client::conn::{http1, http2};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::task::AbortHandle;

use super::error::ProxyError;
use super::patience::Patience;
use super::target::Endpoint;
use super::upload::Upload;
use crate::config::UpstreamProtocol;

/// What one answer over HTTP/2 may have under way that its client has not taken yet. A slow client holds up so much memory,
/// and nobody else: the connection as a whole has no limit that another answer could run into.
const STREAM_WINDOW: u32 = 256 * 1024;
const CONNECTION_WINDOW: u32 = (1 << 31) - 1;
/// What one request over HTTP/2 may have under way that the application has not taken yet.
const SEND_BUFFER: usize = 64 * 1024;
/// Bytes of an answer's head over HTTP/2.
const HEAD: u32 = 64 * 1024;
/// How often a server over HTTP/2 is asked whether it is still there while something is awaited, and how long it has to
/// say so. One that is gone would take all its requests with it.
const PING: Duration = Duration::from_secs(20);

/// An open connection.
#[derive(Debug)]
pub(super) struct Connection {
    pub(super) sender: Sender,
    /// With the application, whichever request it is about.
    pub(super) patience: Patience,
    pub(super) hold: Hold,
}

/// What requests go into.
#[derive(Debug)]
pub(super) enum Sender {
    Http1(http1::SendRequest<Upload>),
    Http2(http2::SendRequest<Upload>),
}

/// Who else has a connection.
#[derive(Debug)]
pub(super) enum Hold {
    /// Nobody. Dropping it closes the socket at once, whatever was under way.
    Alone(AbortHandle),
    /// Other requests, one of these each. It closes once every sender is gone and every answer has ended.
    Shared(Arc<()>),
}

impl Drop for Connection {
    fn drop(&mut self) {
        if let Hold::Alone(driver) = &self.hold {
            driver.abort();
        }
    }
}

/// Opens a connection to `endpoint`. How long that may take is the caller's business.
///
/// # Errors
/// [`ProxyError::Refused`], [`ProxyError::Unreachable`], [`ProxyError::Tls`], [`ProxyError::Reset`]
pub(super) async fn dial(endpoint: &Endpoint) -> Result<Connection, ProxyError> {
    let upstream = &endpoint.way.upstream;
    let stream = match TcpStream::connect((upstream.host.as_str(), upstream.port)).await {
        Ok(stream) => stream,
        Err(source) if source.kind() == io::ErrorKind::ConnectionRefused => {
            return Err(ProxyError::Refused { upstream: endpoint.label(), source });
        }
        Err(source) => return Err(ProxyError::Unreachable { upstream: endpoint.label(), source }),
    };
    // A head and a small body are two writes; waiting to join them costs more than it saves. Failing is harmless.
    let _ = stream.set_nodelay(true);
    let begun = match &endpoint.encryption {
        None => begin(stream, endpoint).await,
        Some(encryption) => begin(encryption.shake(stream, &endpoint.label()).await?, endpoint).await,
    };
    begun.map_err(|source| ProxyError::Reset { upstream: endpoint.label(), source })
}

/// Begins the protocol. What goes wrong in a driver reaches the request or its body; idle connections just end.
async fn begin<S>(stream: S, endpoint: &Endpoint) -> hyper::Result<Connection>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let io = TokioIo::new(stream);
    match endpoint.way.protocol {
        UpstreamProtocol::Http1 => {
            // Names are `Title-Case` as they used to be: some old applications look for nothing else.
            let (sender, driver) = http1::Builder::new().title_case_headers(true).handshake(io).await?;
            let driver = tokio::spawn(async move {
                let _ = driver.with_upgrades().await;
            });
            Ok(Connection::new(Sender::Http1(sender), Hold::Alone(driver.abort_handle())))
        }
        UpstreamProtocol::Http2 => {
            let (sender, driver) = http2::Builder::new(TokioExecutor::new())
                .timer(TokioTimer::new())
                .keep_alive_interval(PING)
                .keep_alive_timeout(PING)
                .initial_stream_window_size(STREAM_WINDOW)
                .initial_connection_window_size(CONNECTION_WINDOW)
                .max_send_buf_size(SEND_BUFFER)
                .max_header_list_size(HEAD)
                .handshake(io)
                .await?;
            tokio::spawn(async move {
                let _ = driver.await;
            });
            Ok(Connection::new(Sender::Http2(sender), Hold::Shared(Arc::default())))
        }
    }
}

impl Connection {
    /// What requests go into, and who else has it. A request begins the patience with its own limit.
    pub(super) const fn new(sender: Sender, hold: Hold) -> Self {
        Self { sender, patience: Patience::new(Duration::MAX), hold }
    }
}

impl Sender {
    pub(super) fn is_ready(&self) -> bool {
        match self {
            Self::Http1(sender) => sender.is_ready(),
            Self::Http2(sender) => sender.is_ready(),
        }
    }

    pub(super) fn is_closed(&self) -> bool {
        match self {
            Self::Http1(sender) => sender.is_closed(),
            Self::Http2(sender) => sender.is_closed(),
        }
    }
}
