//! Portero's own pages, one file each: form in, flow called, page out. No rules of the house live here; a page chooses the
//! status and the words for an outcome.
//!
//! Neighbours: `server` hands over a [`Visit`]; `flows` decide; `templates` write; `wire` shapes the answer.

mod admin;
mod asset;
mod captcha_field;
mod email;
mod failure;
mod former;
mod hand_over;
mod jwks;
mod kept_post;
mod kit;
mod login;
mod logout;
mod password;
mod portal;
mod recover;
mod settings;
mod visit;

use http::{Method, Response, StatusCode};
use hyper::body::Incoming;
use tracing::Instrument;

pub use admin::{AdminPages, UPLOADS};
pub use captcha_field::CaptchaGate;
pub use email::EmailPage;
pub use failure::FailurePage;
pub use former::FormerHolder;
pub use hand_over::HandOver;
pub use jwks::Jwks;
pub use kept_post::KeptPosts;
pub use kit::Kit;
pub use login::LoginPage;
pub use logout::LogoutPage;
pub use password::PasswordPage;
pub use portal::PortalPage;
pub use recover::RecoverPages;
pub use settings::SettingsPage;
pub use visit::{SignedIn, Visit};

use crate::config::ApplicationConfig;
use crate::domain::ids::UserId;
use crate::wire::body::Body;
use crate::wire::failure::Failure;
use crate::wire::form::{Form, read_form};
use crate::wire::respond;
use crate::wire::return_to::ReturnTo;
use crate::wire::upload::read_upload;

/// All pages, and which address is whose.
pub struct Pages {
    /// What every page needs.
    pub kit: Kit,
    /// `/login`
    pub login: LoginPage,
    /// `/logout`
    pub logout: LogoutPage,
    /// `/password`
    pub password: PasswordPage,
    /// `/portal`
    pub portal: PortalPage,
    /// `/recover` and what is below it, `/reset`
    pub recover: RecoverPages,
    /// `/settings` and what is below it
    pub settings: SettingsPage,
    /// `/email` and what is below it
    pub email: EmailPage,
    /// `/admin/` and what is below it
    pub admin: AdminPages,
    /// `/kept-post`
    pub kept_posts: KeptPosts,
    /// Whose forms are kept after the session ended on purpose.
    pub former: FormerHolder,
    /// `/hand-over`
    pub hand_over: HandOver,
    /// `/captcha/audio`
    pub captcha: CaptchaGate,
    /// `/jwks.json`
    pub jwks: Jwks,
    /// What could not be answered as asked.
    pub failures: FailurePage,
}

/// What a page answers: a response, or a failure that is told the same way everywhere.
type Answer = Result<Response<Body>, Failure>;

impl Pages {
    /// Answers a request for one of Portero's own addresses.
    pub async fn serve(&self, visit: Visit, body: Incoming) -> Response<Body> {
        // Whatever is logged on the way carries the id that the person is shown.
        let span = tracing::info_span!("page", request_id = visit.request_id);
        let mut answer = match self.dispatch(&visit, body).instrument(span).await {
            Ok(response) => response,
            Err(failure) => self.failure(&visit, failure),
        };
        self.kit.remember_language(&visit, &mut answer);
        answer
    }

    async fn dispatch(&self, visit: &Visit, body: Incoming) -> Answer {
        let address = visit.path.strip_prefix("/_portero").unwrap_or_default();
        match address {
            "/hand-over" => {
                only_get(visit)?;
                self.hand_over.show(visit).await
            }
            // People sign in on the portal alone; other hosts are handed their own cookie.
            "/login" if !visit.on_portal => {
                let here = ReturnTo::parse(visit.parameters().get("return_to"));
                Ok(self.hand_over.to_sign_in(visit, here.as_ref()))
            }
            "/login" => match self.form(visit, body).await? {
                None => self.login.show(visit).await,
                Some(form) => self.login.submit(visit, form).await,
            },
            // Not known on this host is not signed out: the portal knows.
            "/logout" if !visit.on_portal && visit.signed_in.is_none() && visit.method != Method::POST => {
                Ok(respond::redirect(StatusCode::FOUND, &format!("{}{}", visit.config.portal.origin, visit.path)))
            }
            "/logout" => match self.form(visit, body).await? {
                None => self.logout.show(visit),
                Some(form) => self.logout.submit(visit, &form).await,
            },
            "/kept-post" => match self.form(visit, body).await? {
                None => self.kept_posts.show(visit).await,
                Some(form) => self.kept_posts.discard(visit, &form).await,
            },
            "/captcha/audio" => {
                only_get(visit)?;
                self.captcha.audio(visit).await
            }
            "/jwks.json" => {
                only_get(visit)?;
                Ok(self.jwks.show())
            }
            _ if address.starts_with("/assets/") => {
                only_get(visit)?;
                asset::show(visit)
            }
            // The rest exists once, on the portal.
            "/password" | "/reset" | "/portal" | "" | "/" if !visit.on_portal => Ok(self.kit.to_portal(visit)),
            _ if address.starts_with("/recover") && !visit.on_portal => Ok(self.kit.to_portal(visit)),
            "/settings" | "/email" if !visit.on_portal => Ok(self.kit.to_portal(visit)),
            _ if visit.on_portal
                && let Some(rest) = below(address, "/settings") =>
            {
                self.settings.serve(visit, rest, self.form(visit, body).await?).await
            }
            _ if visit.on_portal
                && let Some(rest) = below(address, "/email") =>
            {
                self.email.serve(visit, rest, self.form(visit, body).await?).await
            }
            "/password" => match self.form(visit, body).await? {
                None => self.password.show(visit).await,
                Some(form) => self.password.submit(visit, form).await,
            },
            "/password/changed" => {
                only_get(visit)?;
                self.password.changed(visit)
            }
            "/portal" => {
                only_get(visit)?;
                self.portal.show(visit).await
            }
            "/reset" => {
                let form = self.form(visit, body).await?;
                self.recover.reset(visit, form).await
            }
            "" | "/" => Ok(self.kit.to_portal(visit)),
            _ if address == "/admin" || address.starts_with("/admin/") => {
                // Not known on any other host: nothing tells there that it exists.
                if !visit.on_portal {
                    return Err(Failure::NotFound);
                }
                let address = address.strip_prefix("/admin").unwrap_or_default();
                if address == AdminPages::IMPORT && visit.method == Method::POST && visit.signed_in.is_some() {
                    if visit.is_cross_site() {
                        return Err(self.failures.cross_site(visit));
                    }
                    let _room = self.admin.room_for_import(visit).await?;
                    let upload = read_upload(&visit.headers, body, "file").await?;
                    return self.admin.import(visit, upload).await;
                }
                let form = self.form(visit, body).await?;
                self.admin.serve(visit, address, form).await
            }
            _ => match address.strip_prefix("/recover") {
                Some(way) if way.is_empty() || way.starts_with('/') => {
                    let form = self.form(visit, body).await?;
                    self.recover.serve(visit, way, form).await
                }
                _ => Err(Failure::NotFound),
            },
        }
    }

    /// The form of a POST, `None` for a GET; every POST must come from a page of ours.
    async fn form(&self, visit: &Visit, body: Incoming) -> Result<Option<Form>, Failure> {
        match visit.method {
            Method::GET | Method::HEAD => Ok(None),
            Method::POST if visit.is_cross_site() => Err(self.failures.cross_site(visit)),
            Method::POST => Ok(Some(read_form(&visit.headers, body).await?)),
            _ => Err(Failure::MethodNotAllowed),
        }
    }

    /// Nobody is signed in: off to the sign-in page, and back to `here`.
    pub fn to_sign_in(&self, visit: &Visit, here: Option<&ReturnTo>) -> Response<Body> {
        self.hand_over.to_sign_in(visit, here)
    }

    /// A page or a problem for what could not be answered as asked.
    pub fn failure(&self, visit: &Visit, failure: Failure) -> Response<Body> {
        self.failures.answer(visit, failure, None)
    }

    /// The same, where an application is to be named.
    pub fn failure_of_application(
        &self,
        visit: &Visit,
        failure: Failure,
        application: &ApplicationConfig,
    ) -> Response<Body> {
        self.failures.answer(visit, failure, Some(application))
    }

    /// A signed-in person may not enter an application. Leaves an audit event.
    pub async fn forbidden(&self, visit: &Visit, application: &ApplicationConfig) -> Response<Body> {
        self.failures.forbidden(visit, application).await
    }

    /// Whose session ended on purpose in this browser, on this host, of late.
    pub fn former_holder(&self, visit: &Visit) -> Option<UserId> {
        self.former.read(visit)
    }

    /// Keeps a form that an ended session cut off, and sends the browser to sign in. `None` if it cannot be kept.
    pub async fn keep_post(
        &self,
        visit: &Visit,
        body: Incoming,
        former: UserId,
        here: &ReturnTo,
        application: &ApplicationConfig,
    ) -> Option<Response<Body>> {
        let resume = self.kept_posts.keep(visit, body, former, here, application).await?;
        let mut response = self.hand_over.to_sign_in(visit, Some(&resume));
        // A form was sent, and a page is to be fetched next.
        *response.status_mut() = StatusCode::SEE_OTHER;
        Some(response)
    }
}

/// The part of `address` below `page`; empty for the page itself.
fn below<'a>(address: &'a str, page: &str) -> Option<&'a str> {
    address.strip_prefix(page).filter(|rest| rest.is_empty() || rest.starts_with('/'))
}

fn only_get(visit: &Visit) -> Result<(), Failure> {
    match visit.method {
        Method::GET | Method::HEAD => Ok(()),
        _ => Err(Failure::MethodNotAllowed),
    }
}
