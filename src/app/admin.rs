//! `[admin]`: whether Portero is alive and ready, for machines that watch it. Never on the public listener.

use std::net::SocketAddr;
use std::sync::Arc;

use http::header::{CACHE_CONTROL, CONTENT_TYPE, HeaderValue};
use http::{Method, Request, Response, StatusCode};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::TcpListener;

use crate::store::Store;
use crate::wire::body::Body;

/// Serves until it is dropped. A port that is taken is reported and does without: watching must not keep people out.
pub(super) async fn serve(listen: SocketAddr, store: Arc<dyn Store>) {
    let listener = match TcpListener::bind(listen).await {
        Ok(listener) => listener,
        Err(error) => {
            tracing::error!(%listen, %error, "admin.listen cannot be used; Portero runs without /healthz and /readyz");
            return;
        }
    };
    loop {
        let stream = match listener.accept().await {
            Ok((stream, _)) => stream,
            Err(error) => {
                tracing::warn!(%error, "the admin listener could not accept a connection");
                tokio::time::sleep(std::time::Duration::from_millis(100)).await;
                continue;
            }
        };
        let store = Arc::clone(&store);
        tokio::spawn(async move {
            let service = service_fn(|request| answer(request, Arc::clone(&store)));
            let connection =
                http1::Builder::new().timer(TokioTimer::new()).serve_connection(TokioIo::new(stream), service);
            if let Err(error) = connection.await {
                tracing::debug!(%error, "an admin connection ended early");
            }
        });
    }
}

/// `/readyz` goes through the store's writer: a store that takes no more writes is not ready, however well it can be read.
async fn answer(request: Request<Incoming>, store: Arc<dyn Store>) -> Result<Response<Body>, std::convert::Infallible> {
    let (status, text) = match (request.method(), request.uri().path()) {
        (&Method::GET | &Method::HEAD, "/healthz") => (StatusCode::OK, "alive\n"),
        (&Method::GET | &Method::HEAD, "/readyz") => match store.clear_attempts(&[], &[]).await {
            Ok(_) => (StatusCode::OK, "ready\n"),
            Err(_) => (StatusCode::SERVICE_UNAVAILABLE, "the store does not answer\n"),
        },
        _ => (StatusCode::NOT_FOUND, "there are /healthz and /readyz\n"),
    };
    let mut response = Response::new(Body::full(text));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok(response)
}
