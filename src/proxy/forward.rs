//! The way of one request through the room: checked, rewritten, sent, answered.

use std::error::Error;
use std::sync::Arc;

use http::header::{CONTENT_LENGTH, EXPECT, HOST, TRANSFER_ENCODING};
use http::response::Parts;
use http::uri::{self, Authority, Scheme};
use http::{Method, Request, Response, StatusCode, Uri, Version};
use hyper::body::{Body as _, Incoming};
use hyper::upgrade::OnUpgrade;
use tokio_util::sync::CancellationToken;

use super::download::Download;
use super::error::ProxyError;
use super::framing;
use super::headers::{self, Hop, Length, Outline, Said};
use super::passage::Passage;
use super::pool::{Lease, Pool};
use super::send::{Tried, send};
use super::target::{Endpoint, Target};
use super::upgrade::{self, Belongings, is_websocket};
use super::upload::{Progress, Upload};
use crate::config::UpstreamProtocol;
use crate::sessions::End;
use crate::wire::body::Body;

/// Forwards requests. One for each worker thread, with its own connections to the applications.
#[derive(Debug, Default)]
pub struct Proxy {
    pool: Pool,
    leave: CancellationToken,
}

/// What of a request is still needed once it is under way.
struct Errand<'a> {
    target: &'a Target,
    said: Said,
    to_head: bool,
    browser: Option<OnUpgrade>,
    upload: Option<Arc<Progress>>,
    end: Option<&'a Arc<End>>,
    leave: &'a CancellationToken,
}

impl Errand<'_> {
    /// One try over `lease`; `kept` if it was used before.
    fn send(&self, lease: Lease, request: Request<Upload>, kept: bool) -> impl Future<Output = Tried> {
        send(lease, request, self.target.response_timeout, self.upload.as_deref(), kept)
    }

    /// Names the host that `endpoint` is to see.
    fn address(&self, request: &mut Request<Upload>, endpoint: &Endpoint) {
        let host = if self.target.preserve_host { &self.said.host } else { &endpoint.host };
        match self.target.protocol {
            UpstreamProtocol::Http1 => drop(request.headers_mut().insert(HOST, host.clone())),
            UpstreamProtocol::Http2 => self.address_http2(request, endpoint),
        }
    }

    /// HTTP/2 says the host in a field of its own, which the whole address is made into (RFC 9113, section 8.3.1).
    fn address_http2(&self, request: &mut Request<Upload>, endpoint: &Endpoint) {
        let asked = || Authority::try_from(self.said.host.as_bytes()).ok();
        let authority = self.target.preserve_host.then(asked).flatten();
        let mut parts = uri::Parts::default();
        parts.scheme = Some(if endpoint.encryption.is_some() { Scheme::HTTPS } else { Scheme::HTTP });
        parts.authority = Some(authority.unwrap_or_else(|| endpoint.authority.clone()));
        parts.path_and_query = request.uri().path_and_query().cloned();
        // The three are there, which is all that is asked of them.
        if let Ok(whole) = Uri::from_parts(parts) {
            *request.uri_mut() = whole;
        }
    }
}

impl Proxy {
    /// A proxy without connections.
    pub fn new() -> Self {
        Self::default()
    }

    /// Says goodbye on every WebSocket, now and from now on, and ends it a moment later.
    pub fn send_away(&self) {
        self.leave.cancel();
    }

    /// Sends `request` to one of the servers of `target` and returns the answer as soon as its head is there; bodies go
    /// on streaming. Dropping the future or the answer's body ends the request at the application too.
    ///
    /// Must run on a tokio runtime with time and I/O. The fields of `request` may hold anything; its target is not
    /// looked at, what counts is [`Passage::path_and_query`].
    ///
    /// # Errors
    /// [`ProxyError`]. What fails after the head was returned cuts the body, and is logged.
    pub async fn forward(
        &self,
        target: &Target,
        mut request: Request<Incoming>,
        passage: &Passage<'_>,
    ) -> Result<Response<Body>, ProxyError> {
        framing::check_request(&request)?;
        let http1 = target.protocol == UpstreamProtocol::Http1;
        let browser = if http1 { upgrade::requested(&mut request) } else { None };
        let (mut parts, incoming) = request.into_parts();

        let expects_continue = parts.headers.contains_key(EXPECT);
        let length = match (incoming.is_end_stream(), incoming.size_hint().exact()) {
            (true, _) => Length::None,
            (false, Some(length)) => Length::Known(length),
            (false, None) => Length::Unknown,
        };
        let hop = match (http1, browser.is_some()) {
            (true, true) => Hop::WebSocket,
            (true, false) => Hop::Http1,
            (false, _) => Hop::Http2,
        };
        let outline = Outline { method: &parts.method, length, hop };
        let said = headers::prepare_request(&mut parts.headers, outline, passage)?;
        parts.uri = Uri::from(passage.path_and_query.clone());
        parts.version = Version::HTTP_11;
        parts.extensions.clear();

        let to_head = parts.method == Method::HEAD;
        let post = parts.method == Method::POST;
        let (body, upload) = Upload::new(incoming, post, expects_continue, target.client_idle);
        let end = passage.identity.map(|identity| identity.end);
        let errand = Errand { target, said, to_head, browser, upload, end, leave: &self.leave };
        let mut request = Request::from_parts(parts, body);

        let (endpoint, others) = target.candidates();
        errand.address(&mut request, endpoint);
        if let Some(lease) = self.pool.take(endpoint) {
            match errand.send(lease, request, true).await {
                Tried::Answered(response, lease) => return answer(errand, lease, response),
                Tried::Failed(error) => return Err(error),
                Tried::Whole(whole, _) => request = whole,
            }
        }
        // Boxed: most requests find a kept connection, and would carry the room for this in vain.
        Box::pin(self.deliver(errand, request, endpoint, others)).await
    }

    /// Tries a fresh connection, then one server after the other until one takes the request.
    async fn deliver<'a>(
        &self,
        errand: Errand<'a>,
        request: Request<Upload>,
        endpoint: &'a Endpoint,
        mut others: impl Iterator<Item = &'a Endpoint>,
    ) -> Result<Response<Body>, ProxyError> {
        let mut tried = self.reach_afresh(&errand, endpoint, request).await;
        loop {
            match tried {
                Tried::Answered(response, lease) => return answer(errand, lease, response),
                Tried::Failed(error) => return Err(error),
                Tried::Whole(mut request, error) => {
                    let Some(next) = others.next() else { return Err(error) };
                    tracing::warn!(
                        request_id = ?errand.said.request_id,
                        code = error.code(),
                        error = &error as &dyn Error,
                        "an application server is left out for a while"
                    );
                    errand.address(&mut request, next);
                    tried = self.reach(&errand, next, request).await;
                }
            }
        }
    }

    /// Sends over a kept connection, and over a fresh one if there is none or the kept one had died.
    async fn reach(&self, errand: &Errand<'_>, endpoint: &Endpoint, mut request: Request<Upload>) -> Tried {
        if let Some(lease) = self.pool.take(endpoint) {
            match errand.send(lease, request, true).await {
                Tried::Whole(whole, _) => request = whole,
                ended => return ended,
            }
        }
        self.reach_afresh(errand, endpoint, request).await
    }

    /// Sends over a fresh connection.
    async fn reach_afresh(&self, errand: &Errand<'_>, endpoint: &Endpoint, request: Request<Upload>) -> Tried {
        match self.pool.connect(errand.target, endpoint).await {
            Ok(lease) => {
                errand.target.welcome(endpoint);
                errand.send(lease, request, false).await
            }
            Err(error) => {
                errand.target.shun(endpoint);
                Tried::Whole(request, error)
            }
        }
    }
}

/// Turns what the application answered into what the client gets.
fn answer(errand: Errand<'_>, mut lease: Lease, response: Response<Incoming>) -> Result<Response<Body>, ProxyError> {
    let (mut parts, incoming) = response.into_parts();
    if parts.status == StatusCode::SWITCHING_PROTOCOLS {
        return switch(errand, lease, parts);
    }
    let two_framings = parts.headers.contains_key(TRANSFER_ENCODING) && parts.headers.contains_key(CONTENT_LENGTH);
    if parts.version != Version::HTTP_11 || two_framings {
        lease.do_not_keep();
    }
    headers::prepare_response(&mut parts.headers, parts.status, errand.to_head, incoming.size_hint().exact())
        .map_err(|what| ProxyError::Garbage { upstream: lease.label(), what: what.to_owned() })?;
    parts.version = Version::HTTP_11;

    let limit = errand.target.response_timeout;
    lease.patience().begin(limit);
    // What has a length comes to an end by itself.
    let end = errand.end.filter(|_| incoming.size_hint().exact().is_none()).map(Arc::clone);
    let body = if incoming.is_end_stream() {
        lease.give_back(errand.upload, limit);
        Body::empty()
    } else {
        Body::stream(Download {
            incoming,
            lease: Some(lease),
            limit,
            upload: errand.upload,
            request_id: errand.said.request_id,
            end,
        })
    };
    Ok(Response::from_parts(parts, body))
}

/// Hands both connections over to the protocol that browser and application agreed on.
fn switch(errand: Errand<'_>, lease: Lease, mut parts: Parts) -> Result<Response<Body>, ProxyError> {
    let application = parts.extensions.remove::<OnUpgrade>();
    let (Some(browser), Some(application), true) = (errand.browser, application, is_websocket(&parts.headers)) else {
        let what = "an upgrade that was not asked for".to_owned();
        return Err(ProxyError::Garbage { upstream: lease.label(), what });
    };
    headers::prepare_switch(&mut parts.headers);
    let belongings = Belongings {
        lease,
        request_id: errand.said.request_id,
        end: errand.end.map(Arc::clone),
        leave: errand.leave.clone(),
    };
    upgrade::join(browser, application, belongings);
    Ok(Response::from_parts(parts, Body::empty()))
}
