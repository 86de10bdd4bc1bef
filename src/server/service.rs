//! A request's way, step by step: host and path, destination, session, verdict, and then exactly one of the rooms that answer.

use std::net::IpAddr;
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use arc_swap::ArcSwap;
use futures_util::FutureExt;
use http::header::{ACCEPT_LANGUAGE, CONNECTION, COOKIE, HOST, HeaderValue, STRICT_TRANSPORT_SECURITY};
use http::{HeaderMap, Request, Response, StatusCode, Version};
use hyper::body::{Body as _, Incoming};

use super::connection::{Handle, Peer};
use super::crowd;
use super::gate::{Decision, judge};
use super::passport::{Passport, Stamp};
use super::path::NormalPath;
use super::record::{Line, Record};
use super::router::{Destination, Route, RouteError, Router};
use crate::clock::Clock;
use crate::config::{Config, canonical_host};
use crate::domain::Timestamp;
use crate::keys::{KeyError, Keys};
use crate::metrics::{AnsweredBy, Ending, Metrics, Worker};
use crate::pages::{Pages, SignedIn, Visit};
use crate::proxy::{Fault, Identity, Passage, Proxy, ProxyError, method_overrides};
use crate::random::{Random, Token};
use crate::sessions::{LiveSession, LiveSessions};
use crate::templates::Templates;
use crate::wire::body::Body;
use crate::wire::browser::{is_navigation, may_be_sent_to_sign_in};
use crate::wire::client_ip::client_ip;
use crate::wire::cookies::{CookieKind, Cookies};
use crate::wire::failure::Failure;
use crate::wire::request_id::RequestId;
use crate::wire::respond;
use crate::wire::return_to::ReturnTo;

/// What all workers share.
pub struct Shared {
    /// The configuration with its routes and templates, swapped whole.
    pub site: Arc<ArcSwap<Site>>,
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
    /// What is counted for those who operate this.
    pub metrics: Arc<Metrics>,
}

/// A configuration and what is built from it. A request meets one of them from its beginning to its end.
#[derive(Debug)]
pub struct Site {
    /// The configuration.
    pub config: Arc<Config>,
    /// Pages, messages and looks.
    pub templates: Arc<Templates>,
    /// Hosts and paths.
    pub router: Router,
    /// The `iss` of assertions: the portal's origin and folder.
    pub issuer: String,
    hsts: Option<HeaderValue>,
}

impl Site {
    /// Builds the tables of a configuration; `templates` are those that it names.
    ///
    /// # Errors
    /// [`RouteError`]
    pub fn new(config: Arc<Config>, templates: Arc<Templates>) -> Result<Self, RouteError> {
        let router = Router::new(&config)?;
        let issuer = format!("{}{}", config.portal.origin, super::router::OWN_FOLDER);
        let hsts = config.server.hsts.filter(|_| config.portal.origin.secure);
        let hsts = hsts.and_then(|age| HeaderValue::try_from(format!("max-age={}", age.as_secs())).ok());
        Ok(Self { config, templates, router, issuer, hsts })
    }

    fn cookies(&self) -> Cookies {
        Cookies { secure: self.config.portal.origin.secure }
    }
}

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

/// What is known of a request before it is judged.
struct Arrival {
    site: Arc<Site>,
    request_id: RequestId,
    address: IpAddr,
    host: String,
    authority: HeaderValue,
    path: NormalPath,
    now: Timestamp,
}

impl Arrival {
    /// Host and port as the browser wrote them.
    fn authority(&self) -> &str {
        // It was read as text when the host was.
        self.authority.to_str().unwrap_or_default()
    }
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
                let visit = self.visit(&site, &request, &request_id, address);
                break 'answered last.said(self.shared.pages.failure(&visit, Failure::BadRequest));
            };
            record.asks_for(&host, path.as_str());
            let now = self.shared.clock.now();
            let arrival = Arrival { site, request_id, address, host, authority, path, now };
            let route = match destination(&arrival) {
                Some(Destination::Application(route)) => route,
                elsewhere => {
                    break 'answered Box::pin(self.answer_ourselves(request, &arrival, elsewhere, &mut record)).await;
                }
            };
            record.is_for(&route.application);
            let live = match self.session(&arrival, request.headers()).await {
                Ok(live) => live,
                Err(failure) => {
                    let visit = self.visit_of(&arrival, &request, false);
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
                    let visit = self.visit_of(&arrival, &request, false);
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
                let mut visit = self.visit_of(arrival, &request, on_portal);
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
                let visit = self.visit_of(arrival, &request, on_portal);
                last.said(self.shared.pages.failure(&visit, Failure::NotFound))
            }
            // The page that says so is to look like one.
            Some(Destination::UnknownHost) if arrival.path.as_str().starts_with("/_portero/assets/") => {
                let visit = self.visit_of(arrival, &request, false);
                last.said(self.shared.pages.serve(visit, request.into_body()).await)
            }
            Some(Destination::UnknownHost) => {
                let visit = self.visit_of(arrival, &request, false);
                last.said(self.shared.pages.failure(&visit, Failure::UnknownHost))
            }
            // Whoever is for an application does not come here: nobody would be judged.
            None | Some(Destination::Application(_)) => {
                self.shared.pages.failure(&self.visit_of(arrival, &request, false), Failure::BadRequest)
            }
        }
    }

    /// A request that may not pass.
    async fn turn_away(
        &self,
        request: Request<Incoming>,
        arrival: &Arrival,
        route: &Route,
        live: Option<&Live>,
        refusal: Decision,
    ) -> Response<Body> {
        match refusal {
            Decision::SignIn => self.send_to_sign_in(request, arrival, route).await,
            Decision::Forbidden | Decision::Pass => {
                let mut visit = self.visit_of(arrival, &request, false);
                visit.signed_in = live.map(signed_in);
                self.shared.pages.forbidden(&visit, &route.application).await
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
        let visit = self.plain_visit(arrival, speech.map(|speech| *speech));
        self.shared.pages.failure_of_application(&visit, failure_of(error), &route.application)
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
        if let (Some(here), Some(former)) = (here, self.former_holder(arrival, &request, &visit).await) {
            let body = request.into_body();
            if let Some(response) = self.shared.pages.keep_post(&visit, body, former, &here, &route.application).await {
                return response;
            }
        }
        self.shared.pages.failure(&visit, Failure::Unauthenticated)
    }

    /// Whose ended session the request still carries, or carried until it was ended on purpose, if it is a form worth keeping.
    async fn former_holder(
        &self,
        arrival: &Arrival,
        request: &Request<Incoming>,
        visit: &Visit,
    ) -> Option<crate::domain::ids::UserId> {
        let headers = request.headers();
        let is_form = *request.method() == http::Method::POST
            && is_navigation(headers)
            && crate::wire::form::is_urlencoded(headers)
            && !crate::wire::csrf::is_cross_site(
                headers,
                arrival.site.config.portal.origin.secure,
                arrival.authority(),
            );
        if !is_form {
            return None;
        }
        if let Some(token) = arrival.site.cookies().read(headers, CookieKind::Session).and_then(Token::parse)
            && let Ok(Some(former)) = self.shared.sessions.former_holder(&token.hash(), &arrival.host).await
        {
            return Some(former);
        }
        self.shared.pages.former_holder(visit)
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

    fn visit_of(&self, arrival: &Arrival, request: &Request<Incoming>, on_portal: bool) -> Visit {
        let mut visit = self.visit(&arrival.site, request, &arrival.request_id, arrival.address);
        visit.path = arrival.path.as_str().to_owned();
        visit.host.clone_from(&arrival.host);
        arrival.authority().clone_into(&mut visit.authority);
        visit.on_portal = on_portal;
        visit
    }

    /// What is known of a request that could not even be routed, too.
    fn visit(&self, site: &Arc<Site>, request: &Request<Incoming>, request_id: &RequestId, address: IpAddr) -> Visit {
        Visit {
            config: Arc::clone(&site.config),
            templates: Arc::clone(&site.templates),
            method: request.method().clone(),
            path: String::new(),
            query: request.uri().query().unwrap_or_default().to_owned(),
            headers: request.headers().clone(),
            address,
            host: String::new(),
            authority: String::new(),
            on_portal: false,
            navigation: is_navigation(request.headers()),
            request_id: request_id.to_string(),
            signed_in: None,
        }
    }

    /// A visit whose request has gone to the application already.
    fn plain_visit(&self, arrival: &Arrival, speech: Option<HeaderMap>) -> Visit {
        Visit {
            config: Arc::clone(&arrival.site.config),
            templates: Arc::clone(&arrival.site.templates),
            method: http::Method::GET,
            path: arrival.path.as_str().to_owned(),
            query: String::new(),
            navigation: speech.is_some(),
            headers: speech.unwrap_or_default(),
            address: arrival.address,
            host: arrival.host.clone(),
            authority: arrival.authority().to_owned(),
            on_portal: false,
            request_id: arrival.request_id.to_string(),
            signed_in: None,
        }
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

/// Whether an answer of Portero's own is the connection's last: HTTP/1 cannot go on behind a body that nobody read, and a client that
/// is not told would lose its next request.
#[derive(Debug, Clone, Copy)]
struct Last(bool);

impl Last {
    fn of(request: &Request<Incoming>) -> Self {
        Self(request.version() < Version::HTTP_2 && !request.body().is_end_stream())
    }

    /// Forms are read before they are judged; what is refused otherwise may be unread.
    fn said(self, mut response: Response<Body>) -> Response<Body> {
        let read = matches!(
            response.status(),
            StatusCode::OK | StatusCode::SEE_OTHER | StatusCode::UNPROCESSABLE_ENTITY | StatusCode::TOO_MANY_REQUESTS
        );
        if self.0 && !read {
            response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
        }
        response
    }
}

/// Reads the host, as it was written and in its canonical form, and the path. What cannot be read one way only is refused.
fn read(request: &Request<Incoming>) -> Option<(HeaderValue, String, NormalPath)> {
    let authority = match request.uri().authority() {
        Some(authority) => HeaderValue::from_str(authority.as_str()).ok()?,
        None => request.headers().get(HOST)?.clone(),
    };
    let host = canonical_host(authority.to_str().ok()?)?;
    let path = NormalPath::parse(request.uri().path_and_query()?).ok()?;
    Some((authority, host, path))
}

/// Where the request goes, if it goes there in every way its path can be read. `None` if an application could take it for a path
/// of another one, or of ours.
fn destination(arrival: &Arrival) -> Option<Destination<'_>> {
    let router = &arrival.site.router;
    let mut readings = arrival.path.judged_variants();
    let sent = router.route(&arrival.host, readings.next()?);
    let agree = readings.all(|reading| router.route(&arrival.host, reading).is_same_as(&sent));
    agree.then_some(sent)
}

fn signed_in(live: &Live) -> SignedIn {
    SignedIn { session: live.id, person: Arc::clone(&live.person) }
}

/// The headers that tell a person's language.
fn speech_of(headers: &HeaderMap) -> HeaderMap {
    let mut speech = HeaderMap::new();
    for name in [COOKIE, ACCEPT_LANGUAGE] {
        for value in headers.get_all(&name) {
            speech.append(name.clone(), value.clone());
        }
    }
    speech
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

#[cfg(test)]
mod tests;
