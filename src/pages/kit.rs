//! What every page needs: the frame around it, the browser's cookie.

use std::sync::Arc;
use std::time::Duration;

use http::{Response, StatusCode};

use super::visit::Visit;
use crate::config::ApplicationConfig;
use crate::domain::Timestamp;
use crate::random::{LinkToken, Random, Token};
use crate::templates::{Frame, Page};
use crate::wire::body::Body;
use crate::wire::cookies::CookieKind;
use crate::wire::failure::Failure;
use crate::wire::respond;
use crate::wire::return_to::ReturnTo;

pub(super) const A_YEAR: Duration = Duration::from_secs(365 * 24 * 60 * 60);

/// Shared by all pages.
#[derive(Clone)]
pub struct Kit {
    /// Randomness.
    pub random: Arc<dyn Random>,
}

/// The browser before anybody signs in: a random cookie that forms are bound to.
pub struct Browser {
    /// Its secret.
    pub token: Token,
    /// Whether the cookie has to be set.
    fresh: bool,
}

impl Kit {
    /// Renders a page in the visit's language.
    ///
    /// # Errors
    /// [`Failure::Internal`] if a template (of the sysadmin's, most likely) fails; the log says where.
    pub fn show<P: Page>(&self, visit: &Visit, status: StatusCode, page: &P) -> Result<Response<Body>, Failure> {
        self.show_in(visit, status, page, &self.frame(visit))
    }

    /// Renders a page with a form. It can be asked for in another language after a refusal, too, and still leads to `return_to`.
    ///
    /// # Errors
    /// As [`Self::show`].
    pub fn show_form<P: Page>(
        &self,
        visit: &Visit,
        status: StatusCode,
        page: &P,
        return_to: Option<&str>,
    ) -> Result<Response<Body>, Failure> {
        let kept: Vec<_> = return_to.map(|address| ("return_to", address)).into_iter().collect();
        self.show_with(visit, status, page, &kept)
    }

    /// Renders a page that can be asked for in another language with these parameters, after a refusal, too. They are sound.
    ///
    /// # Errors
    /// As [`Self::show`].
    pub(super) fn show_with<P: Page>(
        &self,
        visit: &Visit,
        status: StatusCode,
        page: &P,
        parameters: &[(&str, &str)],
    ) -> Result<Response<Body>, Failure> {
        let mut query = form_urlencoded::Serializer::new(String::new());
        query.extend_pairs(parameters);
        self.show_in(visit, status, page, &Frame { query: Some(query.finish()), ..self.frame(visit) })
    }

    fn show_in<P: Page>(
        &self,
        visit: &Visit,
        status: StatusCode,
        page: &P,
        frame: &Frame,
    ) -> Result<Response<Body>, Failure> {
        let html = visit.templates.render(page, frame).map_err(|error| {
            tracing::error!(request_id = visit.request_id, template = P::TEMPLATE, %error, "a page could not be rendered");
            Failure::Internal
        })?;
        let config = &visit.config;
        let with_host = config.applications.iter().filter(|app| app.host.is_some());
        // Signing out on an application's host ends on the portal.
        let portal = (!visit.on_portal).then(|| config.portal.origin.to_string());
        let others: Vec<String> = with_host.map(|app| origin_of(visit, app)).chain(portal).collect();
        Ok(respond::page(status, html, &others))
    }

    fn frame(&self, visit: &Visit) -> Frame {
        let portal = &visit.config.portal;
        // An application's address is not ours to add anything to.
        let ours = visit.path.starts_with("/_portero/");
        let asked_by_get = ours && matches!(visit.method, http::Method::GET | http::Method::HEAD);
        Frame {
            language: visit.language(),
            product: portal.name.clone(),
            support: portal.support.clone(),
            query: asked_by_get.then(|| known_parameters(visit)),
            portal: if visit.on_portal { String::new() } else { portal.origin.to_string() },
            person: visit.signed_in.as_ref().map(|signed_in| signed_in.person.name.to_string()),
            recovery: true,
        }
    }

    /// The browser's secret: the one it has, or a new one for [`Self::keep_browser`].
    pub fn browser(&self, visit: &Visit) -> Browser {
        match visit.token(CookieKind::Browser) {
            Some(token) => Browser { token, fresh: false },
            None => Browser { token: self.random.token(), fresh: true },
        }
    }

    /// Sets the browser's cookie if it is new.
    pub fn keep_browser(&self, visit: &Visit, browser: &Browser, response: &mut Response<Body>) {
        if browser.fresh {
            visit.cookies().set(response.headers_mut(), CookieKind::Browser, &browser.token.reveal(), None);
        }
    }

    /// What the answer with a form says besides its page: that a password was wrong, after how many seconds to come back, and which
    /// browser it is.
    pub(super) fn finish_form(
        &self,
        visit: &Visit,
        browser: &Browser,
        wait: Option<u64>,
        response: &mut Response<Body>,
    ) {
        if response.status() == StatusCode::UNAUTHORIZED {
            respond::name_challenge(response);
        }
        if let Some(seconds) = wait {
            respond::retry_after(response, seconds);
        }
        self.keep_browser(visit, browser, response);
    }

    /// Gives the browser another secret, so that every form it still has open is worth nothing.
    pub fn renew_browser(&self, visit: &Visit, response: &mut Response<Body>) {
        let token = self.random.token().reveal();
        visit.cookies().set(response.headers_mut(), CookieKind::Browser, &token, None);
    }

    /// Remembers a language that was asked for.
    pub fn remember_language(&self, visit: &Visit, response: &mut Response<Body>) {
        if let Some(language) = visit.chosen_language() {
            visit.cookies().set(response.headers_mut(), CookieKind::Language, language.tag(), Some(A_YEAR));
        }
    }

    /// Nobody is signed in who has to be: a page being opened or sent goes to sign in first, anything else is told plainly.
    ///
    /// # Errors
    /// [`Failure::Unauthenticated`]
    pub fn sign_in_first(&self, visit: &Visit, location: &str) -> Result<Response<Body>, Failure> {
        match visit.method {
            http::Method::GET if visit.navigation => Ok(respond::redirect(StatusCode::FOUND, location)),
            http::Method::POST if visit.navigation => Ok(respond::redirect(StatusCode::SEE_OTHER, location)),
            _ => Err(Failure::Unauthenticated),
        }
    }

    /// To the same page on the portal, or to the portal itself.
    pub fn to_portal(&self, visit: &Visit) -> Response<Body> {
        let path = match visit.path.as_str() {
            path @ ("/_portero/password" | "/_portero/portal" | "/_portero/recover") => path,
            path @ ("/_portero/settings" | "/_portero/email") => path,
            _ => "/_portero/portal",
        };
        let location = if visit.on_portal { path.to_owned() } else { format!("{}{path}", visit.config.portal.origin) };
        respond::redirect(StatusCode::FOUND, &location)
    }
}

/// A moment as pages show it, in the configured time zone.
pub(super) fn shown(visit: &Visit, at: Timestamp) -> String {
    at.to_zoned(visit.config.portal.time_zone.clone()).strftime("%Y-%m-%d %H:%M %Z").to_string()
}

/// The parameters of this page's address that mean something, each only if it is sound: links repeat nothing that a stranger
/// made up.
fn known_parameters(visit: &Visit) -> String {
    let parameters = visit.parameters();
    let mut known = form_urlencoded::Serializer::new(String::new());
    if let Some(return_to) = ReturnTo::parse(parameters.get("return_to")) {
        known.append_pair("return_to", return_to.as_str());
    }
    // The secret of a link that was mailed.
    if LinkToken::parse(parameters.get("token")).is_some() {
        known.append_pair("token", parameters.get("token"));
    }
    if Token::parse(parameters.get("id")).is_some() {
        known.append_pair("id", parameters.get("id"));
    }
    if visit.path.starts_with("/_portero/admin/") {
        for name in ["key", "user", "q", "after", "since", "action", "reason"] {
            let value = parameters.get(name);
            if !value.is_empty() && value.len() <= 256 && !value.contains(char::is_control) {
                known.append_pair(name, value);
            }
        }
    }
    known.finish()
}

/// The public origin of an application's own host: the portal's scheme and port.
pub(super) fn origin_of(visit: &Visit, application: &ApplicationConfig) -> String {
    let mut origin = visit.config.portal.origin.clone();
    if let Some(host) = &application.host {
        origin.host.clone_from(host);
    }
    origin.to_string()
}
