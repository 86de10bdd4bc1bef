//! What could not be answered as asked: a page in plain words for a person, a problem for a program.

use std::sync::Arc;

use http::Response;
use http::header::{ALLOW, HeaderValue};

use super::kit::Kit;
use super::logout::sign_out_token;
use super::visit::Visit;
use crate::audit::{Audit, Subject};
use crate::captcha::CaptchaError;
use crate::config::ApplicationConfig;
use crate::domain::audit::{AuditAction, AuditReason};
use crate::flows::FlowError;
use crate::random::digest_parts;
use crate::templates::{Message, MessagePage};
use crate::throttle::address_subject;
use crate::wire::body::Body;
use crate::wire::failure::Failure;
use crate::wire::form::FormError;
use crate::wire::respond;

/// Characters of a header that are logged.
const LONGEST_LOGGED: usize = 200;

/// Tells what went wrong.
pub struct FailurePage {
    /// Templates and cookies.
    pub kit: Kit,
    /// Writes down who was turned away.
    pub audit: Arc<Audit>,
}

impl FailurePage {
    /// Answers with a failure. `application` is named on the page, where there is one.
    pub(super) fn answer(
        &self,
        visit: &Visit,
        failure: Failure,
        application: Option<&ApplicationConfig>,
    ) -> Response<Body> {
        // A program, or a part of a page, cannot read a page; and 401 is never a page of its own: people are sent to sign in.
        let page = visit.navigation && failure != Failure::Unauthenticated;
        let mut response = match page.then(|| self.page(visit, failure, application)) {
            Some(Ok(response)) => response,
            _ => respond::problem(failure.status(), failure.code(), failure.detail(), &visit.request_id),
        };
        match failure {
            Failure::Unauthenticated => respond::name_challenge(&mut response),
            // RFC 9110 §15.5.6: say what is allowed.
            Failure::MethodNotAllowed => {
                response.headers_mut().insert(ALLOW, HeaderValue::from_static("GET, HEAD, POST"));
            }
            Failure::Overloaded => respond::retry_after(&mut response, 2),
            _ => {}
        }
        response
    }

    /// A signed-in person may not enter. Leaves an audit event, once in ten minutes for the same session and application: a page that
    /// keeps trying is no news.
    pub(super) async fn forbidden(&self, visit: &Visit, application: &ApplicationConfig) -> Response<Body> {
        let person = visit.signed_in.as_ref();
        let subject = Subject {
            address: Some(visit.address),
            organization: person.and_then(|signed_in| signed_in.person.lineage.first()).map(ToString::to_string),
            username: person.map(|signed_in| signed_in.person.username.to_string()),
            user: person.map(|signed_in| signed_in.person.id),
            session: person.map(|signed_in| signed_in.session),
            ..Subject::default()
        };
        let session = subject.session.map(|session| session.to_string()).unwrap_or_default();
        let source = digest_parts(&[b"forbidden", session.as_bytes(), application.id.as_str().as_bytes()]);
        self.audit.record_seldom(AuditAction::EnterApplication, AuditReason::NotAllowed, subject, source).await;
        self.answer(visit, Failure::Forbidden, Some(application))
    }

    /// A form does not come from a page of ours, as the browser says. That may be an attack, or a proxy in front that does not pass on the
    /// host as the browser wrote it: the log says which of both, once in ten minutes for the same client and origin.
    pub(super) fn cross_site(&self, visit: &Visit) -> Failure {
        let header = |name: &str| {
            visit.headers.get(name).map_or("none".into(), |value| String::from_utf8_lossy(value.as_bytes()))
        };
        let (origin, fetch_site) = (header("origin"), header("sec-fetch-site"));
        let cut = |text: &str| text.chars().take(LONGEST_LOGGED).collect::<String>();
        let event = digest_parts(&[b"cross_site", origin.as_bytes(), fetch_site.as_bytes()]);
        if self.audit.is_due(address_subject(visit.address), event) {
            tracing::warn!(
                origin = %cut(&origin).escape_debug(),
                expected = %cut(&visit.own_origin()).escape_debug(),
                sec_fetch_site = %cut(&fetch_site).escape_debug(),
                "a form was refused: it came from another origin than this one; a proxy in front must pass Host as the browser wrote it, with its port"
            );
        }
        Failure::CrossSite
    }

    fn page(
        &self,
        visit: &Visit,
        failure: Failure,
        application: Option<&ApplicationConfig>,
    ) -> Result<Response<Body>, Failure> {
        let name = application.map(|application| application.name.clone());
        let message = match failure {
            Failure::BadRequest | Failure::UnsupportedMediaType => Message::BadRequest,
            Failure::Forbidden | Failure::Unauthenticated => Message::Forbidden {
                username: visit.signed_in.as_ref().map(|who| who.person.username.to_string()).unwrap_or_default(),
                application: name,
                csrf: sign_out_token(visit).unwrap_or_default(),
            },
            Failure::CrossSite | Failure::HandOver => Message::ExpiredForm,
            Failure::NotFound => Message::NotFound,
            Failure::MethodNotAllowed => Message::MethodNotAllowed,
            Failure::RequestTimeout => Message::TooSlow,
            Failure::TooLarge => Message::TooLarge,
            Failure::UnknownHost => Message::UnknownHost,
            Failure::UpstreamUnreachable | Failure::UpstreamBroken => {
                Message::UpstreamFailed { application: name.unwrap_or_default() }
            }
            Failure::UpstreamTimeout => Message::UpstreamSlow { application: name.unwrap_or_default() },
            Failure::Overloaded => Message::Unavailable,
            Failure::Internal => Message::Internal,
        };
        let page =
            MessagePage { status: failure.status().as_u16(), message, request_id: Some(visit.request_id.clone()) };
        self.kit.show(visit, failure.status(), &page)
    }
}

impl From<FlowError> for Failure {
    fn from(error: FlowError) -> Self {
        match error {
            // A flood of requests should not become a flood in the log.
            FlowError::Overloaded(_) | FlowError::Captcha(CaptchaError::Overloaded) => {
                tracing::debug!(code = error.code(), %error, "turned away");
                Self::Overloaded
            }
            FlowError::Store(_) | FlowError::Mail(_) | FlowError::Captcha(_) => {
                tracing::error!(code = error.code(), %error, "a flow failed");
                Self::Internal
            }
        }
    }
}

impl From<FormError> for Failure {
    fn from(error: FormError) -> Self {
        match error {
            FormError::MediaType => Self::UnsupportedMediaType,
            FormError::TooLarge => Self::TooLarge,
            FormError::TooSlow => Self::RequestTimeout,
            FormError::Incomplete | FormError::Repeated => Self::BadRequest,
        }
    }
}
