//! A small HTTP client: for signing in, for checks, and for load that comes at its own pace rather than the server's.

use std::time::{Duration, Instant};

use bytes::Bytes;
use http::header::{CONTENT_TYPE, COOKIE, HOST};
use http::{Method, Request, Response};
use http_body_util::{BodyExt, Full};
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

use crate::Failure;

/// One connection.
pub(crate) struct Client {
    sender: SendRequest<Full<Bytes>>,
    authority: String,
}

impl Client {
    /// Connects.
    pub(crate) async fn connect(authority: &str) -> Result<Self, Failure> {
        let socket = TcpStream::connect(authority).await?;
        socket.set_nodelay(true)?;
        Self::over(socket, authority).await
    }

    /// Connects over TLS.
    pub(crate) async fn connect_tls(authority: &str, tls: &TlsConnector) -> Result<Self, Failure> {
        let socket = TcpStream::connect(authority).await?;
        socket.set_nodelay(true)?;
        let host = authority.split(':').next().unwrap_or_default().to_owned();
        let stream = tls.connect(host.try_into()?, socket).await?;
        Self::over(stream, authority).await
    }

    async fn over<S>(stream: S, authority: &str) -> Result<Self, Failure>
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let (sender, connection) = handshake(TokioIo::new(stream)).await?;
        tokio::spawn(connection);
        Ok(Self { sender, authority: authority.to_owned() })
    }

    /// Asks for a page.
    pub(crate) async fn get(&mut self, path: &str, cookie: &str) -> Result<Response<Bytes>, Failure> {
        self.send(Method::GET, path, cookie, "").await
    }

    /// Sends a form.
    pub(crate) async fn post(&mut self, path: &str, cookie: &str, form: &str) -> Result<Response<Bytes>, Failure> {
        self.send(Method::POST, path, cookie, form).await
    }

    async fn send(&mut self, method: Method, path: &str, cookie: &str, form: &str) -> Result<Response<Bytes>, Failure> {
        let mut request = Request::builder().method(method).uri(path).header(HOST, &self.authority);
        if !cookie.is_empty() {
            request = request.header(COOKIE, cookie);
        }
        if !form.is_empty() {
            request = request.header(CONTENT_TYPE, "application/x-www-form-urlencoded");
        }
        self.sender.ready().await?;
        let response = self.sender.send_request(request.body(Full::from(form.to_owned()))?).await?;
        let (parts, body) = response.into_parts();
        Ok(Response::from_parts(parts, body.collect().await?.to_bytes()))
    }
}

/// A stream of requests.
#[derive(Debug, Clone)]
pub(crate) struct Stream<'a> {
    pub(crate) authority: &'a str,
    pub(crate) path: &'a str,
    pub(crate) cookie: &'a str,
    pub(crate) connections: usize,
    /// How often each connection asks; as fast as it can if there is no pace.
    pub(crate) pace: Option<Duration>,
}

impl Stream<'_> {
    /// Runs for `time`; gives back how long each request took from the moment it was due.
    pub(crate) async fn run(&self, time: Duration) -> Result<Vec<Duration>, Failure> {
        let end = Instant::now() + time;
        let one = |number: usize| async move {
            let mut client = Client::connect(self.authority).await?;
            let mut took = Vec::new();
            let step = self.pace.unwrap_or_default();
            let parts = u32::try_from(self.connections)?;
            let mut due = Instant::now() + step * u32::try_from(number)? / parts;
            while due < end {
                tokio::time::sleep_until(due.into()).await;
                let status = client.get(self.path, self.cookie).await?.status();
                if !status.is_success() {
                    return Err(format!("answered {status}").into());
                }
                took.push(due.elapsed());
                due = self.pace.map_or_else(Instant::now, |pace| due + pace);
            }
            Ok::<_, Failure>(took)
        };
        let all = futures_util::future::try_join_all((0..self.connections).map(one)).await?;
        let mut took = all.concat();
        took.sort_unstable();
        Ok(took)
    }
}

/// The value that a part of all stay below.
pub(crate) fn percentile(sorted: &[Duration], part: f64) -> Duration {
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss, reason = "an index")]
    let at = (sorted.len() as f64 * part) as usize;
    sorted.get(at.min(sorted.len().saturating_sub(1))).copied().unwrap_or_default()
}
