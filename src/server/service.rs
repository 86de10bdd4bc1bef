//! A request's way, step by step: host and path, destination, session, verdict, and then exactly one of the rooms that answer.
//!
//! The whole way of a request that may pass stands here. Beside it: `site` (what all workers share), `arrival` (what is read of a
//! request before it is judged), `turned_away` (what becomes of one that may not pass), `last` (whether the connection goes on).

mod arrival;
mod last;
mod site;
mod turned_away;

use std::net::IpAddr;
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use futures_util::FutureExt;
use http::header::{HeaderValue, STRICT_TRANSPORT_SECURITY};
use http::{HeaderMap, Request, Response, StatusCode};
use hyper::body::Incoming;

use super::connection::{Handle, Peer};
use super::crowd;
use super::gate::{Decision, judge};
use super::passport::{Passport, Stamp};
use super::record::{Line, Record};
use super::router::{Destination, Route};
use crate::keys::KeyError;
use crate::metrics::{AnsweredBy, Ending, Worker};
use crate::pages::SignedIn;
use crate::proxy::{Fault, Identity, Passage, Proxy, ProxyError, method_overrides};
use crate::random::Token;
use crate::sessions::LiveSession;
use crate::wire::body::Body;
use crate::wire::browser::is_navigation;
use crate::wire::client_ip::client_ip;
use crate::wire::cookies::CookieKind;
use crate::wire::failure::Failure;
use crate::wire::request_id::RequestId;
use crate::wire::respond;
use arrival::{Arrival, read, speech_of, unread_visit};
use last::Last;
pub use site::{Shared, Site};

/// One worker's doorman: what is shared, and connections of its own to the applications.
pub struct Doorman {
    shared: Arc<Shared>,
    proxy: Proxy,
    /// The run's name and the worker's: what request ids begin with.
    name: String,
    /// Counts requests. Each worker its own: a count of all would be fought for at every request.
    requests: AtomicU64,
    /// What this worker counts.
    counted: Arc<Worker>,
}

type Live = Arc<LiveSession<Passport>>;

impl Doorman {
    /// The doorman of a worker, by its number.
    pub fn new(shared: Arc<Shared>, proxy: Proxy, worker: usize) -> Self {
        let name = format!("{}-{worker:x}", shared.run_id);
        let counted = shared.metrics.worker();
        Self { shared, proxy, name, requests: AtomicU64::new(0), counted }
    }

    /// The whole way of a request that may pass, in one piece: whatever leaves it is boxed, so that the many requests that do not
    /// leave it carry no room for it. Every answer passes its end, where it is counted.
    async fn answer(self: Arc<Self>, request: Request<Incoming>, peer: Peer) -> Response<Body> {
        let site = self.shared.site.load_full();
        let request_id = RequestId::new(&self.name, self.requests.fetch_add(1, Ordering::Relaxed));
        let address = client_ip(peer.address.ip(), request.headers(), &site.config.server.trusted_proxies);
        let line = site.config.log.access.then(|| Line::new(&request_id, address, &request));
        let mut record = Record::begin(&self.counted, line);
        let last = Last::of(&request);
        let response = 'answered: {
            let Some((authority, host, path)) = read(&request) else {
                let visit = unread_visit(&site, &request, &request_id, address);
                break 'answered last.said(self.shared.pages.failure(&visit, Failure::BadRequest));
            };
            record.asks_for(&host, path.as_str());
            let now = self.shared.clock.now();
            let arrival = Arrival { site, request_id, address, host, authority, path, now };
            let route = match arrival.destination() {
                Some(Destination::Application(route)) => route,
                elsewhere => {
                    break 'answered Box::pin(self.answer_ourselves(request, &arrival, elsewhere, &mut record)).await;
                }
            };
            record.is_for(&route.application);
            let live = match self.session(&arrival, request.headers()).await {
                Ok(live) => live,
                Err(failure) => {
                    let visit = arrival.visit(&request, false);
                    break 'answered last.said(self.shared.pages.failure(&visit, failure));
                }
            };
            let person = live.as_deref().map(|live| &live.person);
            record.comes_from(person);
            let overrides = method_overrides(request.method(), request.headers());
            let readings = arrival.path.judged_variants();
            match judge(&route.application, request.method(), overrides, readings, person.map(|person| &**person)) {
                Decision::Pass => {}
                refusal => {
                    let response = Box::pin(self.turn_away(request, &arrival, route, live.as_ref(), refusal)).await;
                    break 'answered last.said(response);
                }
            }
            let assertion = match live.as_deref().map(|live| self.assertion(live, &arrival, route)).transpose() {
                Ok(assertion) => assertion,
                Err(error) => {
                    let request_id = arrival.request_id.as_str();
                    tracing::error!(request_id, code = error.code(), %error, "no assertion could be signed");
                    let visit = arrival.visit(&request, false);
                    break 'answered self.shared.pages.failure(&visit, Failure::Internal);
                }
            };
            let identity = live.as_deref().zip(assertion.as_ref());
            let path_and_query = arrival.path.path_and_query();
            let passage = Passage {
                client: arrival.address,
                https: arrival.site.config.portal.origin.secure,
                host: &arrival.authority,
                path_and_query: &path_and_query,
                identity: identity.map(|(live, assertion)| Identity {
                    headers: &live.prepared.headers,
                    assertion,
                    end: &live.end,
                }),
                request_id: arrival.request_id.as_header(),
            };
            // What a page about a failure would need to speak the person's language; the request itself is about to be given away.
            let speech = is_navigation(request.headers()).then(|| Box::new(speech_of(request.headers())));
            record.forwarded();
            match self.proxy.forward(&route.target, request, &passage).await {
                Ok(response) => {
                    record.answered();
                    response
                }
                Err(error) => {
                    record.failed(&error);
                    self.not_forwarded(&arrival, route, speech, &error)
                }
            }
        };
        record.end(response)
    }

    /// A request that is for no application, or for nobody knows which.
    async fn answer_ourselves(
        &self,
        request: Request<Incoming>,
        arrival: &Arrival,
        destination: Option<Destination<'_>>,
        record: &mut Record<'_>,
    ) -> Response<Body> {
        let last = Last::of(&request);
        match destination {
            Some(Destination::Own { on_portal }) => {
                let mut visit = arrival.visit(&request, on_portal);
                match self.session(arrival, request.headers()).await {
                    Ok(live) => {
                        record.comes_from(live.as_deref().map(|live| &live.person));
                        visit.signed_in = live.map(|live| signed_in(&live));
                    }
                    Err(failure) => return last.said(self.shared.pages.failure(&visit, failure)),
                }
                let response = self.shared.pages.serve(visit, request.into_body()).await;
                // A form has been read when its password is found wrong.
                if response.status() == StatusCode::UNAUTHORIZED { response } else { last.said(response) }
            }
            Some(Destination::NoApplication { on_portal: true }) if arrival.path.as_str() == "/" => {
                last.said(respond::redirect(StatusCode::FOUND, "/_portero/portal"))
            }
            Some(Destination::NoApplication { on_portal }) => {
                let visit = arrival.visit(&request, on_portal);
                last.said(self.shared.pages.failure(&visit, Failure::NotFound))
            }
            // The page that says so is to look like one.
            Some(Destination::UnknownHost) if arrival.path.as_str().starts_with("/_portero/assets/") => {
                let visit = arrival.visit(&request, false);
                last.said(self.shared.pages.serve(visit, request.into_body()).await)
            }
            Some(Destination::UnknownHost) => {
                let visit = arrival.visit(&request, false);
                last.said(self.shared.pages.failure(&visit, Failure::UnknownHost))
            }
            // Whoever is for an application does not come here: nobody would be judged.
            None | Some(Destination::Application(_)) => {
                self.shared.pages.failure(&arrival.visit(&request, false), Failure::BadRequest)
            }
        }
    }

    fn assertion(
        &self,
        live: &LiveSession<Passport>,
        arrival: &Arrival,
        route: &Route,
    ) -> Result<HeaderValue, KeyError> {
        let stamp = Stamp {
            keys: &self.shared.keys,
            random: &*self.shared.random,
            issuer: &arrival.site.issuer,
            lifetime: arrival.site.config.identity.lifetime,
            now: arrival.now,
        };
        live.prepared.assertion(&route.application.id, &stamp)
    }

    #[cold]
    fn not_forwarded(
        &self,
        arrival: &Arrival,
        route: &Route,
        speech: Option<Box<HeaderMap>>,
        error: &ProxyError,
    ) -> Response<Body> {
        let (request_id, application) = (arrival.request_id.as_str(), route.application.id.as_str());
        tracing::warn!(request_id, application, code = error.code(), %error, "not forwarded");
        let visit = arrival.visit_behind(speech.map(|speech| *speech));
        self.shared.pages.failure_of_application(&visit, failure_of(error), &route.application)
    }

    /// The session that the request's cookie opens. A store that cannot be asked lets nobody in.
    async fn session(&self, arrival: &Arrival, headers: &HeaderMap) -> Result<Option<Live>, Failure> {
        let cookie = arrival.site.cookies().read(headers, CookieKind::Session);
        let Some(token) = cookie.and_then(Token::parse) else { return Ok(None) };
        self.shared.sessions.find_at(&token.hash(), &arrival.host, arrival.now).await.map_err(|error| {
            self.shared.metrics.store_failed(error.code());
            tracing::error!(request_id = arrival.request_id.as_str(), code = error.code(), %error, "no session could be looked up");
            Failure::Internal
        })
    }
}

impl Handle for Doorman {
    fn handle(self: Arc<Self>, request: Request<Incoming>, peer: Peer) -> impl Future<Output = Response<Body>> + Send {
        let doorman = Arc::clone(&self);
        self.answer(request, peer).map(move |mut response| {
            // An application that says so itself knows better.
            if let Some(hsts) = &doorman.shared.site.load().hsts {
                response.headers_mut().entry(STRICT_TRANSPORT_SECURITY).or_insert_with(|| hsts.clone());
            }
            response
        })
    }

    fn refused(&self, reason: &'static str, status: StatusCode) {
        self.shared.metrics.malformed(reason);
        self.counted.own().request(AnsweredBy::Portero, Ending::of(status.as_u16()), Duration::ZERO);
    }

    fn cap_for(&self, address: IpAddr) -> Option<NonZeroUsize> {
        crowd::cap_for(&self.shared.site.load().config.server, address)
    }

    fn send_away(&self) {
        self.proxy.send_away();
    }
}

fn signed_in(live: &Live) -> SignedIn {
    SignedIn { session: live.id, person: Arc::clone(&live.person) }
}

/// What the outside is told of a request that could not be forwarded.
fn failure_of(error: &ProxyError) -> Failure {
    match error.fault() {
        Fault::BadRequest => Failure::BadRequest,
        Fault::MethodNotAllowed => Failure::MethodNotAllowed,
        Fault::ClientTimeout => Failure::RequestTimeout,
        Fault::BadGateway => match error {
            ProxyError::Garbage { .. } => Failure::UpstreamBroken,
            _ => Failure::UpstreamUnreachable,
        },
        Fault::GatewayTimeout => Failure::UpstreamTimeout,
    }
}
