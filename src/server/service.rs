//! A request's way, step by step: host and path, destination, session, verdict, and then exactly one of the rooms that answer.

use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use arc_swap::ArcSwap;
use http::header::{HOST, STRICT_TRANSPORT_SECURITY};
use http::{HeaderMap, HeaderValue, Request, Response, StatusCode};
use hyper::body::Incoming;

use super::connection::{Handle, Peer};
use super::gate::{Decision, judge};
use super::passport::{Passport, Stamp};
use super::path::NormalPath;
use super::record::{Line, Record};
use super::router::{Destination, Route, RouteError, Router};
use crate::clock::Clock;
use crate::config::{Config, canonical_host};
use crate::keys::Keys;
use crate::metrics::{AnsweredBy, Ending, Metrics, Worker};
use crate::pages::{Pages, SignedIn, Visit};
use crate::proxy::{Fault, Identity, Passage, Proxy, ProxyError};
use crate::random::{Random, Token};
use crate::sessions::{LiveSession, LiveSessions};
use crate::wire::body::Body;
use crate::wire::browser::{is_navigation, may_be_sent_to_sign_in};
use crate::wire::client_ip::client_ip;
use crate::wire::cookies::{CookieKind, Cookies};
use crate::wire::failure::Failure;
use crate::wire::respond;
use crate::wire::return_to::ReturnTo;

/// What all workers share.
pub struct Shared {
    /// The configuration with its table of routes, swapped whole.
    pub site: ArcSwap<Site>,
    /// Sessions in memory.
    pub sessions: Arc<LiveSessions<Passport>>,
    /// Signing keys.
    pub keys: Arc<Keys>,
    /// Portero's own pages.
    pub pages: Pages,
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// Randomness.
    pub random: Arc<dyn Random>,
    /// Makes request ids unique over restarts.
    pub run_id: String,
    /// Counts requests.
    pub requests: AtomicU64,
    /// What is counted for those who operate this.
    pub metrics: Arc<Metrics>,
}

/// A configuration and what is built from it.
#[derive(Debug)]
pub struct Site {
    /// The configuration.
    pub config: Arc<Config>,
    /// Hosts and paths.
    pub router: Router,
    /// The `iss` of assertions: the portal's origin and folder.
    pub issuer: String,
    hsts: Option<HeaderValue>,
}

impl Site {
    /// Builds the tables of a configuration.
    ///
    /// # Errors
    /// [`RouteError`]
    pub fn new(config: Arc<Config>) -> Result<Self, RouteError> {
        let router = Router::new(&config)?;
        let issuer = format!("{}{}", config.portal.origin, super::router::OWN_FOLDER);
        let hsts = config.server.hsts.filter(|_| config.portal.origin.secure);
        let hsts = hsts.and_then(|age| HeaderValue::try_from(format!("max-age={}", age.as_secs())).ok());
        Ok(Self { config, router, issuer, hsts })
    }

    fn cookies(&self) -> Cookies {
        Cookies { secure: self.config.portal.origin.secure }
    }
}

/// One worker's doorman: what is shared, and connections of its own to the applications.
pub struct Doorman {
    shared: Arc<Shared>,
    proxy: Proxy,
    worker: Arc<Worker>,
}

/// What is known of a request before it is judged.
struct Arrival {
    site: Arc<Site>,
    request_id: String,
    address: IpAddr,
    host: String,
    authority: String,
    path: NormalPath,
}

type Live = Arc<LiveSession<Passport>>;

impl Doorman {
    /// A worker's doorman.
    pub fn new(shared: Arc<Shared>, proxy: Proxy) -> Self {
        let worker = shared.metrics.worker();
        Self { shared, proxy, worker }
    }

    /// Answers, counts, and writes a line if one is asked for.
    async fn recorded(&self, request: Request<Incoming>, peer: Peer) -> Response<Body> {
        let site = self.shared.site.load_full();
        let number = self.shared.requests.fetch_add(1, Ordering::Relaxed);
        let request_id = format!("{}-{number:x}", self.shared.run_id);
        let address = client_ip(peer.address.ip(), request.headers(), &site.config.server.trusted_proxies);
        let line =
            site.config.log.access.then(|| Line::new(&request_id, address, request.method(), request.uri().path()));
        let mut record = Record::begin(&self.worker, line);
        let response = self.answer(request, site, request_id, address, &mut record).await;
        record.end(response)
    }

    async fn answer(
        &self,
        request: Request<Incoming>,
        site: Arc<Site>,
        request_id: String,
        address: IpAddr,
        record: &mut Record<'_>,
    ) -> Response<Body> {
        let arrival = match arrive(&request, site, request_id, address) {
            Ok(arrival) => arrival,
            Err((site, request_id)) => {
                let visit = self.visit(&site, &request, &request_id, address);
                return self.shared.pages.failure(&visit, Failure::BadRequest);
            }
        };
        record.asks_for(&arrival.host, arrival.path.as_str());
        match arrival.site.router.route(&arrival.host, arrival.path.as_str()) {
            Destination::Application(route) => {
                record.is_for(&route.application);
                self.enter(request, arrival, &route, record).await
            }
            Destination::Own { on_portal } => {
                let mut visit = self.visit_of(&arrival, &request, on_portal);
                match self.session(&arrival, request.headers()).await {
                    Ok(live) => {
                        live.iter().for_each(|live| record.comes_from(&live.person));
                        visit.signed_in = live.map(|live| signed_in(&live));
                    }
                    Err(failure) => return self.shared.pages.failure(&visit, failure),
                }
                self.shared.pages.serve(visit, request.into_body()).await
            }
            Destination::NoApplication { on_portal: true } if arrival.path.as_str() == "/" => {
                respond::redirect(StatusCode::FOUND, "/_portero/portal")
            }
            Destination::NoApplication { on_portal } => {
                self.shared.pages.failure(&self.visit_of(&arrival, &request, on_portal), Failure::NotFound)
            }
            Destination::UnknownHost => {
                self.shared.pages.failure(&self.visit_of(&arrival, &request, false), Failure::UnknownHost)
            }
        }
    }

    /// A request for an application: who is it, may they, and through.
    async fn enter(
        &self,
        request: Request<Incoming>,
        arrival: Arrival,
        route: &Route,
        record: &mut Record<'_>,
    ) -> Response<Body> {
        let live = match self.session(&arrival, request.headers()).await {
            Ok(live) => live,
            Err(failure) => return self.shared.pages.failure(&self.visit_of(&arrival, &request, false), failure),
        };
        live.iter().for_each(|live| record.comes_from(&live.person));
        let person = live.as_deref().map(|live| &*live.person);
        match judge(&route.application, request.method(), arrival.path.judged_variants(), person) {
            Decision::Pass => self.forward(request, arrival, route, live.as_deref(), record).await,
            Decision::SignIn => self.send_to_sign_in(request, &arrival, route).await,
            Decision::Forbidden => {
                let mut visit = self.visit_of(&arrival, &request, false);
                visit.signed_in = live.as_ref().map(signed_in);
                self.shared.pages.forbidden(&visit, &route.application).await
            }
        }
    }

    async fn forward(
        &self,
        request: Request<Incoming>,
        arrival: Arrival,
        route: &Route,
        live: Option<&LiveSession<Passport>>,
        record: &mut Record<'_>,
    ) -> Response<Body> {
        let config = &arrival.site.config;
        let assertion = live.map(|live| {
            let stamp = Stamp {
                keys: &self.shared.keys,
                random: &*self.shared.random,
                issuer: &arrival.site.issuer,
                lifetime: config.identity.lifetime,
                now: self.shared.clock.now(),
            };
            live.prepared.assertion(&route.application.id, &stamp).map(|assertion| (live, assertion))
        });
        let identity = match assertion.transpose() {
            Ok(identity) => identity,
            Err(error) => {
                tracing::error!(request_id = arrival.request_id, code = error.code(), %error, "no assertion could be signed");
                return self.shared.pages.failure(&self.visit_of(&arrival, &request, false), Failure::Internal);
            }
        };
        let path_and_query = arrival.path.path_and_query();
        let passage = Passage {
            client: arrival.address,
            https: config.portal.origin.secure,
            host: &arrival.authority,
            path_and_query: &path_and_query,
            identity: identity
                .as_ref()
                .map(|(live, assertion)| Identity { headers: &live.prepared.headers, assertion }),
            request_id: &arrival.request_id,
        };
        let navigation = is_navigation(request.headers());
        record.forwarded();
        match self.proxy.forward(&route.target, request, &passage).await {
            Ok(response) => {
                record.answered();
                response
            }
            Err(error) => {
                if error.is_upstream() {
                    record.upstream_failed(error.code());
                } else {
                    record.not_sent();
                }
                let failure = failure_of(&error);
                let application = route.application.id.as_str();
                tracing::warn!(request_id = arrival.request_id, application, code = error.code(), %error, "not forwarded");
                let visit = self.plain_visit(&arrival, navigation);
                self.shared.pages.failure_of_application(&visit, failure, &route.application)
            }
        }
    }

    /// Nobody is signed in: a page being opened goes to the sign-in page and comes back, a form that an ended session cut off is
    /// kept, anything else is told plainly.
    async fn send_to_sign_in(&self, request: Request<Incoming>, arrival: &Arrival, route: &Route) -> Response<Body> {
        let here = ReturnTo::parse(arrival.path.path_and_query().as_str());
        let on_portal = route.application.host.is_none();
        let visit = self.visit_of(arrival, &request, on_portal);
        if may_be_sent_to_sign_in(request.method(), request.headers()) {
            return self.shared.pages.to_sign_in(&visit, here.as_ref());
        }
        if let (Some(here), Some(former)) = (here, self.former_holder(arrival, &request).await) {
            let body = request.into_body();
            if let Some(response) = self.shared.pages.keep_post(&visit, body, former, &here, &route.application).await {
                return response;
            }
        }
        self.shared.pages.failure(&visit, Failure::Unauthenticated)
    }

    /// Whose ended session the request still carries, if it is a form worth keeping.
    async fn former_holder(
        &self,
        arrival: &Arrival,
        request: &Request<Incoming>,
    ) -> Option<crate::domain::ids::UserId> {
        let headers = request.headers();
        let is_form = *request.method() == http::Method::POST
            && is_navigation(headers)
            && crate::wire::form::is_urlencoded(headers)
            && !crate::wire::csrf::is_cross_site(headers, arrival.site.config.portal.origin.secure, &arrival.authority);
        let token = Token::parse(arrival.site.cookies().read(headers, CookieKind::Session)?)?;
        if !is_form {
            return None;
        }
        self.shared.sessions.former_holder(&token.hash(), &arrival.host).await.ok().flatten()
    }

    /// The session that the request's cookie opens. A store that cannot be asked lets nobody in.
    async fn session(&self, arrival: &Arrival, headers: &HeaderMap) -> Result<Option<Live>, Failure> {
        let cookie = arrival.site.cookies().read(headers, CookieKind::Session);
        let Some(token) = cookie.and_then(Token::parse) else { return Ok(None) };
        self.shared.sessions.find(&token.hash(), &arrival.host).await.map_err(|error| {
            self.shared.metrics.store_failed(error.code());
            tracing::error!(request_id = arrival.request_id, code = error.code(), %error, "no session could be looked up");
            Failure::Internal
        })
    }

    fn visit_of(&self, arrival: &Arrival, request: &Request<Incoming>, on_portal: bool) -> Visit {
        let mut visit = self.visit(&arrival.site, request, &arrival.request_id, arrival.address);
        visit.path = arrival.path.as_str().to_owned();
        visit.host.clone_from(&arrival.host);
        visit.authority.clone_from(&arrival.authority);
        visit.on_portal = on_portal;
        visit
    }

    /// What is known of a request that could not even be routed, too.
    fn visit(&self, site: &Arc<Site>, request: &Request<Incoming>, request_id: &str, address: IpAddr) -> Visit {
        Visit {
            config: Arc::clone(&site.config),
            method: request.method().clone(),
            path: String::new(),
            query: request.uri().query().unwrap_or_default().to_owned(),
            headers: request.headers().clone(),
            address,
            host: String::new(),
            authority: String::new(),
            on_portal: false,
            navigation: is_navigation(request.headers()),
            request_id: request_id.to_owned(),
            signed_in: None,
        }
    }

    /// A visit whose request has gone to the application already.
    fn plain_visit(&self, arrival: &Arrival, navigation: bool) -> Visit {
        Visit {
            config: Arc::clone(&arrival.site.config),
            method: http::Method::GET,
            path: arrival.path.as_str().to_owned(),
            query: String::new(),
            headers: HeaderMap::new(),
            address: arrival.address,
            host: arrival.host.clone(),
            authority: arrival.authority.clone(),
            on_portal: false,
            navigation,
            request_id: arrival.request_id.clone(),
            signed_in: None,
        }
    }
}

impl Handle for Doorman {
    async fn handle(self: Arc<Self>, request: Request<Incoming>, peer: Peer) -> Response<Body> {
        let mut response = self.recorded(request, peer).await;
        // An application that says so itself knows better.
        if let Some(hsts) = &self.shared.site.load().hsts {
            response.headers_mut().entry(STRICT_TRANSPORT_SECURITY).or_insert_with(|| hsts.clone());
        }
        response
    }

    fn refused(&self, reason: &'static str, status: StatusCode) {
        self.shared.metrics.malformed(reason);
        self.worker.own().request(AnsweredBy::Portero, Ending::of(status.as_u16()), Duration::ZERO);
    }
}

/// Reads host and path. What cannot be read one way only is refused.
fn arrive(
    request: &Request<Incoming>,
    site: Arc<Site>,
    request_id: String,
    address: IpAddr,
) -> Result<Arrival, (Arc<Site>, String)> {
    let authority = match request.uri().authority() {
        Some(authority) => Some(authority.as_str()),
        None => request.headers().get(HOST).and_then(|host| host.to_str().ok()),
    };
    let host = authority.and_then(canonical_host);
    let path = request.uri().path_and_query().and_then(|path| NormalPath::parse(path).ok());
    match (authority, host, path) {
        (Some(authority), Some(host), Some(path)) => {
            Ok(Arrival { site, request_id, address, host, authority: authority.to_owned(), path })
        }
        _ => Err((site, request_id)),
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
