//! `/login`: organization, username, password, captcha; and then exactly where the person wanted to go.

use std::sync::Arc;
use std::time::Duration;

use http::{Response, StatusCode};
use secrecy::{ExposeSecret, SecretString};

use super::Answer;
use super::captcha_field::{CaptchaGate, Verdict};
use super::kit::{Browser, Kit};
use super::visit::Visit;
use super::{hand_over, kept_post};
use crate::captcha::CaptchaForm;
use crate::flows::FlowError;
use crate::flows::known_browser::KnownBrowser;
use crate::flows::sign_in::{Credentials, Origin, Outcome, SignIn};
use crate::keys::MasterKey;
use crate::random::Token;
use crate::store::Store;
use crate::templates::{LoginNews, LoginPage as Page, LoginProblem, Wait};
use crate::wire::body::Body;
use crate::wire::cookies::CookieKind;
use crate::wire::csrf::{FormName, form_token, form_token_matches};
use crate::wire::form::Form;
use crate::wire::respond;
use crate::wire::return_to::ReturnTo;

const PORTAL: &str = "/_portero/portal";
/// How long a browser stays known to an account.
const KNOWN_LIFETIME: Duration = Duration::from_secs(180 * 24 * 60 * 60);

/// `/login`
pub struct LoginPage {
    /// Templates and cookies.
    pub kit: Kit,
    /// The flow.
    pub sign_in: SignIn,
    /// The captcha.
    pub captcha: CaptchaGate,
    /// Tells whether the organization has to be asked for.
    pub store: Arc<dyn Store>,
    /// Seals what the browser keeps of itself.
    pub master: Arc<MasterKey>,
}

/// What is shown again when a sign-in did not work.
#[derive(Default)]
struct Typed {
    organization: String,
    username: String,
    return_to: Option<ReturnTo>,
}

impl LoginPage {
    /// Shows the form, or goes on at once where somebody is signed in.
    pub(super) async fn show(&self, visit: &Visit) -> Answer {
        let parameters = visit.parameters();
        let return_to = ReturnTo::parse(parameters.get("return_to"));
        if visit.signed_in.is_some() {
            return Ok(respond::redirect(StatusCode::FOUND, return_to.as_ref().map_or(PORTAL, ReturnTo::as_str)));
        }
        let organization = parameters.get("organization").to_owned();
        let typed = Typed { organization, username: parameters.get("username").to_owned(), return_to };
        let asked = self.captcha.is_asked(visit.config.captcha.mode, visit.address, None).await?;
        self.form(visit, StatusCode::OK, typed, None, asked).await
    }

    /// Takes the form.
    pub(super) async fn submit(&self, visit: &Visit, mut form: Form) -> Answer {
        let typed = Typed {
            organization: form.take("organization"),
            username: form.take("username"),
            return_to: ReturnTo::parse(form.get("return_to")),
        };
        let password = SecretString::from(form.take("password"));
        let browser = visit.token(CookieKind::Browser);
        let Some(browser) = browser.filter(|browser| form_token_matches(browser, FormName::SignIn, form.get("csrf")))
        else {
            // Another tab was faster: the person is in, and wants to go where this tab wanted to go.
            if visit.signed_in.is_some() && Token::parse(form.get("csrf")).is_some() {
                let onward = typed.return_to.as_ref().map_or(PORTAL, ReturnTo::as_str);
                return Ok(respond::redirect(StatusCode::SEE_OTHER, onward));
            }
            self.sign_in.stopped_by_form(&typed.organization, &typed.username, visit.address).await?;
            let problem = Some(LoginProblem::ExpiredForm);
            return self.again(visit, StatusCode::UNPROCESSABLE_ENTITY, typed, problem).await;
        };
        if !form.get("refresh").is_empty() {
            return self.again(visit, StatusCode::OK, typed, None).await;
        }
        if self.is_incomplete(&typed, &password).await? {
            let problem = Some(LoginProblem::Incomplete);
            return self.again(visit, StatusCode::UNPROCESSABLE_ENTITY, typed, problem).await;
        }
        let account = Some(self.sign_in.account(&typed.organization, &typed.username).await?);
        if self.captcha.is_asked(visit.config.captcha.mode, visit.address, account).await? {
            match self.captcha.judge(CaptchaForm::SignIn, browser.hash(), &form, visit.address).await? {
                Verdict::Passed => {}
                Verdict::Failed => {
                    let problem = Some(LoginProblem::Captcha);
                    self.sign_in.stopped_by_captcha(&typed.organization, &typed.username, visit.address).await?;
                    return self.again(visit, StatusCode::UNPROCESSABLE_ENTITY, typed, problem).await;
                }
                Verdict::Throttled(seconds) => return self.throttled(visit, typed, seconds).await,
            }
        }
        let known = visit.cookies().read(&visit.headers, CookieKind::Known);
        let origin = Origin {
            address: visit.address,
            user_agent: visit.user_agent().to_owned(),
            host: visit.host.clone(),
            browser: browser.hash(),
            known: known.and_then(|cookie| KnownBrowser::open(cookie, &self.master)),
            replaces: visit.signed_in.as_ref().map(|signed_in| signed_in.session),
        };
        let credentials =
            Credentials { organization: typed.organization.clone(), username: typed.username.clone(), password };
        match self.sign_in.attempt(credentials, origin, visit.config.expiry_rules()).await {
            Ok(Outcome::SignedIn { token, known }) => Ok(self.welcome(visit, &typed, &token.reveal(), &known)),
            Ok(Outcome::MustChange { ticket }) => Ok(self.to_password_page(visit, &typed, &ticket.reveal())),
            Ok(Outcome::Refused) => self.refused(visit, typed, LoginProblem::WrongCredentials).await,
            Ok(Outcome::Deactivated { wait: None }) => self.refused(visit, typed, LoginProblem::Deactivated).await,
            Ok(Outcome::Deactivated { wait: Some(seconds) }) => {
                let problem = Some(LoginProblem::Deactivated);
                let mut response = self.again(visit, StatusCode::TOO_MANY_REQUESTS, typed, problem).await?;
                respond::retry_after(&mut response, seconds);
                Ok(response)
            }
            Ok(Outcome::Throttled(seconds)) => self.throttled(visit, typed, seconds).await,
            Err(FlowError::Overloaded(_)) => {
                let problem = Some(LoginProblem::Overloaded);
                let mut response = self.again(visit, StatusCode::TOO_MANY_REQUESTS, typed, problem).await?;
                respond::retry_after(&mut response, 2);
                Ok(response)
            }
            Err(error) => Err(error.into()),
        }
    }

    /// Whether a field that the form asked for is empty: that is no attempt at anybody's account.
    async fn is_incomplete(&self, typed: &Typed, password: &SecretString) -> Result<bool, FlowError> {
        if typed.username.trim().is_empty() || password.expose_secret().is_empty() {
            return Ok(true);
        }
        Ok(typed.organization.trim().is_empty() && self.store.only_organization().await?.is_none())
    }

    async fn refused(&self, visit: &Visit, typed: Typed, problem: LoginProblem) -> Answer {
        let mut response = self.again(visit, StatusCode::UNAUTHORIZED, typed, Some(problem)).await?;
        respond::name_challenge(&mut response);
        Ok(response)
    }

    async fn throttled(&self, visit: &Visit, typed: Typed, seconds: u64) -> Answer {
        let problem = Some(LoginProblem::Throttled { wait: Wait::new(Duration::from_secs(seconds)) });
        let mut response = self.again(visit, StatusCode::TOO_MANY_REQUESTS, typed, problem).await?;
        respond::retry_after(&mut response, seconds);
        Ok(response)
    }

    /// Shows the form again, with what was typed but for the password.
    async fn again(&self, visit: &Visit, status: StatusCode, typed: Typed, problem: Option<LoginProblem>) -> Answer {
        let account = Some(self.sign_in.account(&typed.organization, &typed.username).await?);
        let asked = self.captcha.is_asked(visit.config.captcha.mode, visit.address, account).await?;
        self.form(visit, status, typed, problem, asked).await
    }

    async fn form(
        &self,
        visit: &Visit,
        status: StatusCode,
        typed: Typed,
        problem: Option<LoginProblem>,
        captcha: bool,
    ) -> Answer {
        let browser = self.kit.browser(visit);
        let captcha = match captcha {
            true => Some(self.captcha.field(CaptchaForm::SignIn, browser.token.hash(), visit.address).await?),
            false => None,
        };
        let only = self.store.only_organization().await.map_err(FlowError::from)?;
        let onward = typed.return_to.as_ref().map(|address| Onward::of(visit, address)).unwrap_or_default();
        let ended = visit.token(CookieKind::Session).is_some() && visit.signed_in.is_none();
        let page = Page {
            csrf: form_token(&browser.token, FormName::SignIn),
            application: onward.application,
            news: onward.kept_post.then_some(LoginNews::PostKept).or(ended.then_some(LoginNews::SessionEnded)),
            return_to: typed.return_to.map(|address| address.to_string()),
            organization: only.is_none().then_some(typed.organization),
            username: typed.username,
            captcha,
            notice: visit.config.portal.notice.clone(),
            problem,
        };
        self.respond(visit, status, &page, &browser)
    }

    fn respond(&self, visit: &Visit, status: StatusCode, page: &Page, browser: &Browser) -> Answer {
        let mut response = self.kit.show_form(visit, status, page, page.return_to.as_deref())?;
        self.kit.keep_browser(visit, browser, &mut response);
        Ok(response)
    }

    /// In: the session's cookie is set, the browser's is renewed so that its other open forms die.
    fn welcome(&self, visit: &Visit, typed: &Typed, token: &str, known: &KnownBrowser) -> Response<Body> {
        let onward = typed.return_to.as_ref().map_or(PORTAL, ReturnTo::as_str);
        let mut response = respond::redirect(StatusCode::SEE_OTHER, onward);
        let (cookies, headers) = (visit.cookies(), response.headers_mut());
        cookies.set(headers, CookieKind::Session, token, None);
        let known = known.seal(&self.master, &*self.kit.random);
        cookies.set(headers, CookieKind::Known, &known, Some(KNOWN_LIFETIME));
        if visit.token(CookieKind::Change).is_some() {
            cookies.clear(headers, CookieKind::Change);
        }
        self.kit.renew_browser(visit, &mut response);
        response
    }

    /// The password must be changed first; nothing is signed in.
    fn to_password_page(&self, visit: &Visit, typed: &Typed, ticket: &str) -> Response<Body> {
        let page = "/_portero/password";
        let location = typed.return_to.as_ref().map_or_else(|| page.to_owned(), |to| to.as_parameter_of(page));
        let mut response = respond::redirect(StatusCode::SEE_OTHER, &location);
        visit.cookies().set(response.headers_mut(), CookieKind::Change, ticket, None);
        response
    }
}

/// What waits behind the sign-in.
#[derive(Default)]
struct Onward {
    /// The application's name.
    application: Option<String>,
    /// Whether it is a form that an ended session cut off.
    kept_post: bool,
}

impl Onward {
    fn of(visit: &Visit, address: &ReturnTo) -> Self {
        let (path, query) = address.as_str().split_once('?').unwrap_or((address.as_str(), ""));
        // An application on a host of its own is reached over the hand-over.
        if path == hand_over::ADDRESS {
            let parameters = Form::parse(query.as_bytes()).unwrap_or_default();
            let beyond = hand_over::destination(visit, parameters.get("to"));
            return beyond.map(|(host, _, address)| Self::at(visit, Some(&host), address.as_str())).unwrap_or_default();
        }
        Self::at(visit, None, path)
    }

    /// The application by the longest path that fits; `None` as host is the portal's.
    fn at(visit: &Visit, host: Option<&str>, address: &str) -> Self {
        let path = address.split('?').next().unwrap_or_default();
        let on_host = visit.config.applications.iter().filter(|app| app.host.as_deref() == host);
        // The portal's own pages belong to no application, not even to one at "/".
        let named = host.is_some() || !path.starts_with("/_portero/");
        let fits = on_host.filter(|app| named && app.contains(path));
        let application = fits.max_by_key(|app| app.path.len()).map(|app| app.name.clone());
        Self { application, kept_post: path == kept_post::ADDRESS }
    }
}
