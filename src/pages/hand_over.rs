//! `/hand-over`: how an application on a host of its own gets its own cookie, without a cookie that several hosts share.
//!
//! ```text
//! app host: nobody there → browser cookie of this host → portal's sign-in, to come back to
//! portal    /hand-over?to=…&for=…    signed in → one code: this session, that host, that browser, that address; 30 seconds
//! app host  /hand-over?code=…        code taken, browser compared → the host's own session cookie → the address
//! ```
//!
//! A code that somebody else was given opens nothing in this browser, so nobody can be signed in as another. What goes wrong ends on a page,
//! never in a circle of redirects.

use std::sync::Arc;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::{Response, StatusCode};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde::{Deserialize, Serialize};

use super::Answer;
use super::kit::{Kit, origin_of};
use super::visit::{SignedIn, Visit};
use crate::clock::Clock;
use crate::domain::ids::{SecretHash, SessionId};
use crate::domain::session::SessionToken;
use crate::flows::FlowError;
use crate::random::{Token, digest_parts};
use crate::store::{EphemeralEntry, Store};
use crate::wire::body::Body;
use crate::wire::cookies::CookieKind;
use crate::wire::failure::Failure;
use crate::wire::respond;
use crate::wire::return_to::ReturnTo;

/// Where it is, on every host.
pub(super) const ADDRESS: &str = "/_portero/hand-over";
const LOGIN: &str = "/_portero/login";
const LIFETIME: Duration = Duration::from_secs(30);

/// `/hand-over`
pub struct HandOver {
    /// Templates and cookies.
    pub kit: Kit,
    /// Where codes and tokens are.
    pub store: Arc<dyn Store>,
    /// Time.
    pub clock: Arc<dyn Clock>,
}

/// What a code stands for.
#[derive(Debug, Serialize, Deserialize)]
struct Handed {
    session: SessionId,
    host: String,
    browser: SecretHash,
    address: String,
}

impl HandOver {
    /// Sends the browser to sign in and come back to `here` on this host.
    pub(super) fn to_sign_in(&self, visit: &Visit, here: Option<&ReturnTo>) -> Response<Body> {
        if visit.on_portal {
            let location = here.map_or_else(|| LOGIN.to_owned(), |here| here.as_parameter_of(LOGIN));
            return respond::redirect(StatusCode::FOUND, &location);
        }
        let browser = self.kit.browser(visit);
        let to = format!("{}{}", own_origin(visit), here.map_or("/", ReturnTo::as_str));
        let browser_name = URL_SAFE_NO_PAD.encode(name_of(&browser.token).as_bytes());
        let back = format!("{ADDRESS}?to={}&for={browser_name}", utf8_percent_encode(&to, NON_ALPHANUMERIC));
        // An address too long to be remembered is not worth refusing the sign-in for.
        let login = ReturnTo::parse(&back).map_or_else(|| LOGIN.to_owned(), |back| back.as_parameter_of(LOGIN));
        let location = format!("{}{login}", visit.config.portal.origin);
        let mut response = respond::redirect(StatusCode::FOUND, &location);
        self.kit.keep_browser(visit, &browser, &mut response);
        response
    }

    /// Both sides of the address.
    pub(super) async fn show(&self, visit: &Visit) -> Answer {
        if visit.on_portal { self.give(visit).await } else { self.receive(visit).await }
    }

    /// On the portal: a code for the host that asked.
    async fn give(&self, visit: &Visit) -> Answer {
        let parameters = visit.parameters();
        let (host, origin, address) = destination(visit, parameters.get("to")).ok_or(Failure::BadRequest)?;
        let browser = URL_SAFE_NO_PAD.decode(parameters.get("for")).map_err(|_| Failure::BadRequest)?;
        let browser = <[u8; 32]>::try_from(browser).map_err(|_| Failure::BadRequest)?;
        let Some(SignedIn { session, person }) = &visit.signed_in else {
            let here = ReturnTo::parse(&format!("{ADDRESS}?{}", visit.query));
            return Ok(self.to_sign_in(visit, here.as_ref()));
        };
        let handed =
            Handed { session: *session, host, browser: SecretHash::from_digest(browser), address: address.to_string() };
        let code = self.kit.random.token();
        let entry = EphemeralEntry {
            key: code.hash(),
            group: digest_parts(&[b"hand-over", person.id.as_bytes()]),
            value: serde_json::to_vec(&handed).unwrap_or_default(),
            expires_at: self.clock.now() + LIFETIME,
        };
        self.store.put_ephemeral(entry).await.map_err(FlowError::from)?;
        Ok(respond::redirect(StatusCode::FOUND, &format!("{origin}{ADDRESS}?code={}", code.reveal())))
    }

    /// On the application's host: the code for a cookie.
    async fn receive(&self, visit: &Visit) -> Answer {
        let parameters = visit.parameters();
        let code = Token::parse(parameters.get("code")).ok_or(Failure::BadRequest)?;
        let browser = visit.token(CookieKind::Browser).ok_or(Failure::HandOver)?;
        let taken = self.store.take_ephemeral(&code.hash(), self.clock.now()).await.map_err(FlowError::from)?;
        let handed = taken.and_then(|value| serde_json::from_slice::<Handed>(&value).ok());
        let handed = handed
            .filter(|handed| handed.host == visit.host && handed.browser == name_of(&browser))
            .ok_or(Failure::HandOver)?;
        let token = self.kit.random.token();
        let session_token = SessionToken { hash: token.hash(), session: handed.session, host: handed.host.clone() };
        if !self.store.add_session_token(session_token).await.map_err(FlowError::from)? {
            return Err(Failure::HandOver);
        }
        let mut response = respond::redirect(StatusCode::FOUND, &handed.address);
        visit.cookies().set(response.headers_mut(), CookieKind::Session, &token.reveal(), None);
        self.kit.renew_browser(visit, &mut response);
        Ok(response)
    }
}

/// How a browser is named across hosts: a digest that gives nothing of its secret away, and is of no use as a form token.
fn name_of(browser: &Token) -> SecretHash {
    digest_parts(&[b"hand-over to", browser.as_bytes()])
}

fn own_origin(visit: &Visit) -> String {
    let mut origin = visit.config.portal.origin.clone();
    origin.host.clone_from(&visit.host);
    origin.to_string()
}

/// An address on one of the applications' own hosts, taken apart: host, origin, path and query.
pub(super) fn destination(visit: &Visit, to: &str) -> Option<(String, String, ReturnTo)> {
    let with_host = visit.config.applications.iter().filter(|application| application.host.is_some());
    for application in with_host {
        let origin = origin_of(visit, application);
        if let Some(rest) = to.strip_prefix(&origin)
            && let (Some(address), Some(host)) = (ReturnTo::parse(rest), &application.host)
        {
            return Some((host.clone(), origin, address));
        }
    }
    None
}
