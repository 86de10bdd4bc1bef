//! What becomes of a request that may not pass: the way to the sign-in page and back, a form that is kept, or a plain no.

use http::{Method, Request, Response};
use hyper::body::Incoming;

use super::arrival::Arrival;
use super::{Doorman, Live, signed_in};
use crate::domain::ids::UserId;
use crate::pages::Visit;
use crate::random::Token;
use crate::server::gate::Decision;
use crate::server::router::Route;
use crate::wire::body::Body;
use crate::wire::browser::{is_navigation, may_be_sent_to_sign_in};
use crate::wire::cookies::CookieKind;
use crate::wire::csrf::is_cross_site;
use crate::wire::failure::Failure;
use crate::wire::form::is_urlencoded;
use crate::wire::return_to::ReturnTo;

impl Doorman {
    /// A request that may not pass.
    pub(super) async fn turn_away(
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
                let mut visit = arrival.visit(&request, false);
                visit.signed_in = live.map(signed_in);
                self.shared.pages.forbidden(&visit, &route.application).await
            }
        }
    }

    /// Nobody is signed in: a page being opened goes to the sign-in page and comes back, a form that an ended session cut off is
    /// kept, anything else is told plainly.
    async fn send_to_sign_in(&self, request: Request<Incoming>, arrival: &Arrival, route: &Route) -> Response<Body> {
        let here = ReturnTo::parse(arrival.path.path_and_query().as_str());
        let on_portal = route.application.host.is_none();
        let visit = arrival.visit(&request, on_portal);
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
    async fn former_holder(&self, arrival: &Arrival, request: &Request<Incoming>, visit: &Visit) -> Option<UserId> {
        let headers = request.headers();
        let is_form = *request.method() == Method::POST
            && is_navigation(headers)
            && is_urlencoded(headers)
            && !is_cross_site(headers, arrival.site.config.portal.origin.secure, arrival.authority());
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
}
