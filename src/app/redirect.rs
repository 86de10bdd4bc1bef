//! `server.redirect`: plain HTTP, answered with the way to HTTPS and nothing else.

use std::net::SocketAddr;
use std::sync::Arc;

use http::header::{CONTENT_TYPE, HOST, HeaderValue, LOCATION};
use http::{Request, Response, StatusCode};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::TcpListener;
use tokio::sync::Semaphore;

use crate::config::canonical_host;
use crate::server::service::Shared;
use crate::wire::body::Body;

/// Connections at once; a redirect takes no time, so more are nobody in earnest.
const CONNECTIONS: usize = 256;

/// Serves until it is dropped. A port that cannot be had is reported: people who come by https are not kept out for it.
pub(super) async fn serve(listen: SocketAddr, shared: Arc<Shared>) {
    let listener = match TcpListener::bind(listen).await {
        Ok(listener) => listener,
        Err(error) => {
            tracing::error!(%listen, %error, "server.redirect cannot be used; plain HTTP is not answered");
            return;
        }
    };
    let places = Arc::new(Semaphore::new(CONNECTIONS));
    loop {
        let Ok(place) = Arc::clone(&places).acquire_owned().await else { return };
        let stream = match listener.accept().await {
            Ok((stream, _)) => stream,
            Err(error) => {
                tracing::warn!(%error, "the redirecting listener could not accept a connection");
                tokio::time::sleep(std::time::Duration::from_millis(100)).await;
                continue;
            }
        };
        let shared = Arc::clone(&shared);
        tokio::spawn(async move {
            let service = service_fn(|request| {
                let response = answer(&request, &shared);
                async { Ok::<_, std::convert::Infallible>(response) }
            });
            let limits = shared.site.load().config.server.limits;
            let connection = http1::Builder::new()
                .timer(TokioTimer::new())
                .header_read_timeout(limits.header_timeout)
                .keep_alive(false)
                .serve_connection(TokioIo::new(stream), service);
            if let Err(error) = connection.await {
                tracing::debug!(%error, "a connection to be redirected ended early");
            }
            drop(place);
        });
    }
}

/// The same path under https, if the host is one of ours; the port is the portal's own.
fn answer(request: &Request<Incoming>, shared: &Shared) -> Response<Body> {
    let site = shared.site.load();
    let host = request.headers().get(HOST).and_then(|host| host.to_str().ok()).and_then(canonical_host);
    let known = host.filter(|host| site.router.serves(host) && site.config.portal.origin.secure);
    let path = request.uri().path_and_query().map_or("/", |path| path.as_str());
    let location = known.and_then(|host| {
        let mut origin = site.config.portal.origin.clone();
        origin.host = host;
        HeaderValue::try_from(format!("{origin}{path}")).ok()
    });
    let Some(location) = location.filter(|_| path.starts_with('/')) else {
        let mut response = Response::new(Body::full("This host is not served here.\n"));
        *response.status_mut() = StatusCode::MISDIRECTED_REQUEST;
        response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
        return response;
    };
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::PERMANENT_REDIRECT;
    response.headers_mut().insert(LOCATION, location);
    response
}
