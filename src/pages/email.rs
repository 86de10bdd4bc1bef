//! `/email`: another address for the own account, and the pages behind the two links of such a change.
//!
//! A GET of a link shows what it would do and a button; only the button's POST does it. Neither page asks for a sign-in: who
//! reads the mailbox has proved what is to be proved.

use std::time::Duration;

use http::StatusCode;
use secrecy::SecretString;

use super::Answer;
use super::kit::{Kit, shown};
use super::visit::Visit;
use crate::domain::user::User;
use crate::flows::change_email::{AddressFault, Asked, ChangeEmail, EmailFaults, Link, Used, pending};
use crate::flows::{Acting, FlowError};
use crate::templates::{
    EmailDonePage, EmailLinkPage, EmailPage as Page, EmailProblem, Message, MessagePage, PendingEmail, Wait,
};
use crate::wire::cookies::CookieKind;
use crate::wire::csrf::{FormName, form_token, form_token_matches};
use crate::wire::failure::Failure;
use crate::wire::form::Form;
use crate::wire::respond;
use crate::wire::return_to::ReturnTo;

const HERE: &str = "/_portero/email";
const PORTAL: &str = "/_portero/portal";
const SETTINGS: &str = "/_portero/settings";
/// Longer input is not shown again.
const LONGEST_SHOWN: usize = 254;

/// `/email` and what is below it.
pub struct EmailPage {
    /// Templates and cookies.
    pub kit: Kit,
    /// The flow.
    pub change: ChangeEmail,
}

/// What was typed, and where the person wants to go.
#[derive(Default)]
struct Typed {
    new_email: String,
    return_to: Option<ReturnTo>,
}

impl EmailPage {
    /// Answers for `address`, which is the part after `/email`.
    pub(super) async fn serve(&self, visit: &Visit, address: &str, form: Option<Form>) -> Answer {
        match (address, form) {
            ("", None) => self.show(visit).await,
            ("", Some(form)) => self.submit(visit, form).await,
            ("/withdraw", Some(form)) => self.withdraw(visit, &form).await,
            ("/confirm", None) => self.link(visit, Link::Confirm).await,
            ("/confirm", Some(form)) => self.use_link(visit, Link::Confirm, &form).await,
            ("/stop", None) => self.link(visit, Link::Stop).await,
            ("/stop", Some(form)) => self.use_link(visit, Link::Stop, &form).await,
            ("/confirmed", None) => self.done(visit, StatusCode::OK, "confirmed"),
            ("/stopped", None) => self.done(visit, StatusCode::OK, "stopped"),
            ("/withdraw", None) | ("/confirmed" | "/stopped", Some(_)) => Err(Failure::MethodNotAllowed),
            _ => Err(Failure::NotFound),
        }
    }

    /// Shows the form to whoever is signed in; sends others to sign in.
    async fn show(&self, visit: &Visit) -> Answer {
        let return_to = ReturnTo::parse(visit.parameters().get("return_to"));
        let typed = Typed { return_to, ..Typed::default() };
        match self.user(visit).await? {
            Some((_, user)) => self.form(visit, StatusCode::OK, &user, typed, Vec::new()),
            None => self.sign_in_first(visit),
        }
    }

    /// Takes the form.
    async fn submit(&self, visit: &Visit, mut form: Form) -> Answer {
        let typed = Typed { new_email: form.take("new_email"), return_to: ReturnTo::parse(form.get("return_to")) };
        let Some((acting, user)) = self.user(visit).await? else { return self.sign_in_first(visit) };
        let again = |typed, problem| self.form(visit, status_of(&problem), &user, typed, vec![problem]);
        if !is_ours(visit, &form) {
            return again(typed, EmailProblem::ExpiredForm);
        }
        let password = form.take("password");
        if typed.new_email.trim().is_empty() || password.is_empty() {
            return again(typed, EmailProblem::Incomplete);
        }
        match self.change.ask(acting, &typed.new_email, SecretString::from(password), visit.address).await {
            Ok(Asked::Pending) => {
                let location = typed.return_to.map_or_else(|| HERE.to_owned(), |to| to.as_parameter_of(HERE));
                Ok(respond::redirect(StatusCode::SEE_OTHER, &location))
            }
            Ok(Asked::Rejected(faults)) => {
                let status =
                    if faults.wrong_password { StatusCode::UNAUTHORIZED } else { StatusCode::UNPROCESSABLE_ENTITY };
                self.form(visit, status, &user, typed, problems_of(faults))
            }
            Ok(Asked::Throttled(seconds)) => again(typed, throttled(seconds)),
            Ok(Asked::Void) => Ok(respond::redirect(StatusCode::SEE_OTHER, "/_portero/login")),
            Err(FlowError::Overloaded(_)) => again(typed, EmailProblem::Overloaded),
            Err(error) => Err(error.into()),
        }
    }

    /// Takes a pending change back.
    async fn withdraw(&self, visit: &Visit, form: &Form) -> Answer {
        let Some((acting, user)) = self.user(visit).await? else { return self.sign_in_first(visit) };
        if !is_ours(visit, form) {
            let problem = EmailProblem::ExpiredForm;
            return self.form(visit, status_of(&problem), &user, Typed::default(), vec![problem]);
        }
        self.change.withdraw(acting, visit.address).await?;
        Ok(respond::redirect(StatusCode::SEE_OTHER, &format!("{SETTINGS}?saved=email")))
    }

    /// What a link would do, with the button that does it.
    async fn link(&self, visit: &Visit, link: Link) -> Answer {
        self.link_page(visit, link, visit.parameters().get("token"), false).await
    }

    async fn link_page(&self, visit: &Visit, link: Link, token: &str, expired: bool) -> Answer {
        let Some(waiting) = self.change.look(link, token).await? else { return self.void(visit) };
        let browser = self.kit.browser(visit);
        let page = EmailLinkPage {
            kind: kind_of(link),
            csrf: form_token(&browser.token, FormName::Email),
            token: token.to_owned(),
            address: waiting.new.to_string(),
            username: waiting.username,
            organization: waiting.organization,
            expired,
        };
        let status = if expired { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
        let mut response = self.kit.show(visit, status, &page)?;
        self.kit.keep_browser(visit, &browser, &mut response);
        Ok(response)
    }

    /// Uses a link.
    async fn use_link(&self, visit: &Visit, link: Link, form: &Form) -> Answer {
        let token = form.get("token");
        if !is_ours(visit, form) {
            return self.link_page(visit, link, token, true).await;
        }
        let done = match link {
            Link::Confirm => "/_portero/email/confirmed",
            Link::Stop => "/_portero/email/stopped",
        };
        match self.change.use_link(link, token, visit.address).await? {
            Used::Done => Ok(respond::redirect(StatusCode::SEE_OTHER, done)),
            Used::Void => self.void(visit),
            Used::Throttled(seconds) => {
                let message = Message::Throttled { wait: Wait::new(Duration::from_secs(seconds)) };
                let status = StatusCode::TOO_MANY_REQUESTS;
                let request_id = Some(visit.request_id.clone());
                let page = MessagePage { status: status.as_u16(), message, request_id };
                let mut response = self.kit.show(visit, status, &page)?;
                respond::retry_after(&mut response, seconds);
                Ok(response)
            }
        }
    }

    /// A link that is none, used or over.
    fn void(&self, visit: &Visit) -> Answer {
        let mut response = self.done(visit, StatusCode::UNAUTHORIZED, "void")?;
        respond::name_challenge(&mut response);
        Ok(response)
    }

    fn done(&self, visit: &Visit, status: StatusCode, kind: &'static str) -> Answer {
        self.kit.show(visit, status, &EmailDonePage { kind })
    }

    /// Who is signed in, with the account as it stands now.
    async fn user(&self, visit: &Visit) -> Result<Option<(Acting, User)>, FlowError> {
        let Some(signed_in) = &visit.signed_in else { return Ok(None) };
        let acting = Acting { session: signed_in.session, user: signed_in.person.id };
        Ok(self.change.own.account(acting).await?.map(|(user, _)| (acting, user)))
    }

    fn sign_in_first(&self, visit: &Visit) -> Answer {
        self.kit.sign_in_first(visit, "/_portero/login?return_to=/_portero/email")
    }

    fn form(
        &self,
        visit: &Visit,
        status: StatusCode,
        user: &User,
        typed: Typed,
        problems: Vec<EmailProblem>,
    ) -> Answer {
        let browser = self.kit.browser(visit);
        let wait = problems.iter().find_map(|problem| match problem {
            EmailProblem::Throttled { wait } => Some(wait.seconds()),
            EmailProblem::Overloaded => Some(2),
            _ => None,
        });
        let new_email = if typed.new_email.len() > LONGEST_SHOWN { String::new() } else { typed.new_email };
        let page = Page {
            csrf: form_token(&browser.token, FormName::Email),
            username: user.username.to_string(),
            current: user.emails.iter().map(ToString::to_string).collect(),
            pending: pending_of(visit, user, self.change.own.clock.now()),
            new_email,
            onward: typed.return_to.as_ref().map_or(PORTAL, ReturnTo::as_str).to_owned(),
            return_to: typed.return_to.map(|to| to.to_string()),
            problems,
        };
        let mut response = self.kit.show_form(visit, status, &page, page.return_to.as_deref())?;
        self.kit.finish_form(visit, &browser, wait, &mut response);
        Ok(response)
    }
}

/// The change of address that waits, as pages show it.
pub(super) fn pending_of(visit: &Visit, user: &User, now: crate::domain::Timestamp) -> Option<PendingEmail> {
    pending(user, now)
        .map(|change| PendingEmail { address: change.new.to_string(), until: shown(visit, change.expires_at) })
}

/// Whether the form was shown to this browser.
fn is_ours(visit: &Visit, form: &Form) -> bool {
    let browser = visit.token(CookieKind::Browser);
    browser.is_some_and(|browser| form_token_matches(&browser, FormName::Email, form.get("csrf")))
}

const fn kind_of(link: Link) -> &'static str {
    match link {
        Link::Confirm => "confirm",
        Link::Stop => "stop",
    }
}

const fn throttled(seconds: u64) -> EmailProblem {
    EmailProblem::Throttled { wait: Wait::new(Duration::from_secs(seconds)) }
}

fn problems_of(faults: EmailFaults) -> Vec<EmailProblem> {
    let address = faults.address.map(|fault| match fault {
        AddressFault::Malformed => EmailProblem::Malformed,
        AddressFault::Same => EmailProblem::Same,
    });
    let password = faults.wrong_password.then_some(EmailProblem::WrongPassword);
    [address, password].into_iter().flatten().collect()
}

const fn status_of(problem: &EmailProblem) -> StatusCode {
    match problem {
        EmailProblem::WrongPassword => StatusCode::UNAUTHORIZED,
        EmailProblem::Throttled { .. } | EmailProblem::Overloaded => StatusCode::TOO_MANY_REQUESTS,
        EmailProblem::Malformed | EmailProblem::Same | EmailProblem::Incomplete | EmailProblem::ExpiredForm => {
            StatusCode::UNPROCESSABLE_ENTITY
        }
    }
}
