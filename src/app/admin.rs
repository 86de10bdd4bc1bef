//! `[admin]`: whether Portero is alive and ready, and what it counts, for machines that watch it. Never on the public listener.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use http::header::{ACCEPT, CACHE_CONTROL, CONTENT_TYPE, HeaderValue};
use http::{Method, Request, Response, StatusCode};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::TcpListener;

use crate::metrics::{Present, Servers};
use crate::passwords::PasswordHasher;
use crate::server::service::Shared;
use crate::server::{Connections, TlsAcceptorHolder};
use crate::store::Store;
use crate::wire::body::Body;

/// What OpenMetrics text is called; plain text, which a person's browser shows, is the same but for its name.
const OPEN_METRICS: &str = "application/openmetrics-text";
const OPEN_METRICS_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";
const PLAIN_TYPE: &str = "text/plain; version=0.0.4; charset=utf-8";

/// What is watched.
pub(super) struct Watched {
    pub(super) store: Arc<dyn Store>,
    pub(super) shared: Arc<Shared>,
    pub(super) hasher: Arc<PasswordHasher>,
    pub(super) connections: Connections,
    pub(super) tls: Option<Arc<TlsAcceptorHolder>>,
}

/// How soon a port that was taken is tried again.
const AGAIN: Duration = Duration::from_secs(5);

/// Serves until it is dropped.
pub(super) async fn serve(listen: SocketAddr, watched: Arc<Watched>) {
    let listener = bind(listen).await;
    loop {
        let stream = match listener.accept().await {
            Ok((stream, _)) => stream,
            Err(error) => {
                tracing::warn!(%error, "the admin listener could not accept a connection");
                tokio::time::sleep(Duration::from_millis(100)).await;
                continue;
            }
        };
        let watched = Arc::clone(&watched);
        tokio::spawn(async move {
            let service = service_fn(|request| answer(request, Arc::clone(&watched)));
            let connection =
                http1::Builder::new().timer(TokioTimer::new()).serve_connection(TokioIo::new(stream), service);
            if let Err(error) = connection.await {
                tracing::debug!(%error, "an admin connection ended early");
            }
        });
    }
}

/// A port that is taken is reported, and tried until it is free: watching must not keep people out, and whoever had it may be a
/// Portero that is just going, or a connection that happened to begin there.
async fn bind(listen: SocketAddr) -> TcpListener {
    let mut told = false;
    loop {
        match TcpListener::bind(listen).await {
            Ok(listener) => {
                if told {
                    tracing::info!(%listen, "admin.listen can be used now");
                }
                return listener;
            }
            Err(error) => {
                if !std::mem::replace(&mut told, true) {
                    tracing::error!(
                        %listen,
                        %error,
                        "admin.listen cannot be used; Portero runs without /metrics, /healthz and /readyz, and tries again"
                    );
                }
                tokio::time::sleep(AGAIN).await;
            }
        }
    }
}

/// `/readyz` goes through the store's writer: a store that takes no more writes is not ready, however well it can be read.
async fn answer(request: Request<Incoming>, watched: Arc<Watched>) -> Result<Response<Body>, std::convert::Infallible> {
    const TEXT: &str = "text/plain; charset=utf-8";
    let (status, kind, text) = match (request.method(), request.uri().path()) {
        (&Method::GET | &Method::HEAD, "/metrics") => {
            let accept = request.headers().get_all(ACCEPT).iter().filter_map(|line| line.to_str().ok());
            let open = accept.into_iter().any(|line| line.contains(OPEN_METRICS));
            let kind = if open { OPEN_METRICS_TYPE } else { PLAIN_TYPE };
            (StatusCode::OK, kind, watched.shared.metrics.text(watched.present().await))
        }
        (&Method::GET | &Method::HEAD, "/healthz") => (StatusCode::OK, TEXT, "alive\n".into()),
        (&Method::GET | &Method::HEAD, "/readyz") => match watched.store.clear_attempts(&[], &[]).await {
            Ok(_) => (StatusCode::OK, TEXT, "ready\n".into()),
            Err(_) => (StatusCode::SERVICE_UNAVAILABLE, TEXT, "the store does not answer\n".into()),
        },
        _ => (StatusCode::NOT_FOUND, TEXT, "there are /metrics, /healthz and /readyz\n".into()),
    };
    let mut response = Response::new(Body::full(text));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok(response)
}

impl Watched {
    /// What is known at this moment.
    async fn present(&self) -> Present {
        let mail = self.store.count_mail().await.inspect_err(|error| {
            self.shared.metrics.store_failed(error.code());
            tracing::error!(code = error.code(), %error, "the outbox cannot be counted");
        });
        let count = |number: usize| u64::try_from(number).unwrap_or(u64::MAX);
        let site = self.shared.site.load();
        let applications = site.router.applications().map(|route| {
            let (configured, left_out) = route.target.servers();
            let servers = Servers { configured: count(configured), left_out: count(left_out) };
            (route.application.id.to_string(), servers)
        });
        Present {
            applications: applications.collect(),
            sessions: self.shared.sessions.in_memory(),
            connections: (count(self.connections.open()), count(self.connections.limit())),
            connections_turned_away: self.connections.turned_away(),
            passwords_waiting: count(self.hasher.waiting()),
            passwords_rejected: self.hasher.rejected(),
            mail: mail.ok().map(|mail| (mail.waiting, mail.dead)),
            certificate_ends: self.tls.as_ref().and_then(|tls| tls.not_after()),
            resident_bytes: resident_bytes(),
            open_files: std::fs::read_dir("/proc/self/fd").ok().map(|files| count(files.count())),
        }
    }
}

/// Memory in use, as the system tells it.
fn resident_bytes() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    Some(line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok()? * 1024)
}
