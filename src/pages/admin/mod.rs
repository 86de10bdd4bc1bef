//! `/admin/`: a page for each thing that an administrator looks after. No rules live here: what may be done, and by whom, the flow
//! says ([`Administrator::perform`]); a page reads a form, asks, and chooses status and words.
//!
//! | file | address below `/admin` |
//! |---|---|
//! | `home` | `/` |
//! | `organization`, `organization_forms` | `/organization`, `/organization/{rename,rules,mail-server,new}` |
//! | `users` | `/users` |
//! | `import` | `/users/{import,export}` |
//! | `user`, `user_forms` | `/user`, `/user/{new,edit,emails,remove}` |
//! | `audit` | `/audit`, `/audit/export` |
//! | `confirm` | `/confirm`: the password again |
//! | `fields` | how values become fields, and fields values |

mod audit;
mod confirm;
mod fields;
mod home;
mod import;
mod organization;
mod organization_forms;
mod user;
mod user_forms;
mod users;

use std::sync::Arc;

use http::header::{CONTENT_DISPOSITION, CONTENT_TYPE, HeaderValue};
use http::{Response, StatusCode};
use jiff::tz::TimeZone;
use secrecy::{ExposeSecret, SecretString};
use tokio::sync::Semaphore;

use super::Answer;
use super::kit::Kit;
use super::visit::Visit;
use crate::domain::Timestamp;
use crate::flows::administer::{Actor, AdministerError, Administrator, Answer as Told, Request};
use crate::flows::confirm::{Confirm, Confirmed};
use crate::flows::{Acting, FlowError};
use crate::templates::{AdminFormPage, AdminProblem, Page};
use crate::wire::body::Body;
use crate::wire::cookies::CookieKind;
use crate::wire::csrf::{FormName, form_token, form_token_matches};
use crate::wire::failure::Failure;
use crate::wire::form::Form;
use crate::wire::respond;
use crate::wire::return_to::ReturnTo;

const HOME: &str = "/_portero/admin/";
/// Files that are taken at once: each is held in memory whole.
pub const UPLOADS: usize = 3;

/// `/admin/` and what is below it.
pub struct AdminPages {
    /// Templates and cookies.
    pub kit: Kit,
    /// The flow.
    pub administrator: Arc<Administrator>,
    /// Asks for the password again.
    pub confirm: Confirm,
    /// Room for files that are being sent.
    pub uploads: Semaphore,
}

/// Why the flow did not do it, as a page tells it.
enum Refusal {
    /// A page of its own.
    Failure(Failure),
    /// The password is asked for first.
    Confirm,
    /// Told beside the form.
    Problem(AdminProblem),
}

impl AdminPages {
    /// Where a file is sent, below `/admin`: the one form that is no urlencoded one.
    pub(super) const IMPORT: &'static str = "/users/import";

    /// Answers for `address`, which is the part after `/admin`.
    pub(super) async fn serve(&self, visit: &Visit, address: &str, form: Option<Form>) -> Answer {
        if visit.signed_in.is_none() {
            let here = ReturnTo::parse(&here(visit)).filter(|_| form.is_none());
            let login = here.map_or_else(
                || format!("/_portero/login?return_to={HOME}"),
                |here| here.as_parameter_of("/_portero/login"),
            );
            return self.kit.sign_in_first(visit, &login);
        }
        match (address, form) {
            ("" | "/", None) => self.home(visit).await,
            ("/confirm", None) => self.ask_password(visit, StatusCode::OK, None),
            ("/confirm", Some(form)) => self.take_password(visit, form).await,
            ("/organization", None) => self.organization(visit).await,
            ("/organization", Some(form)) => self.act_on_organization(visit, form).await,
            ("/organization/rename", form) => self.rename(visit, form).await,
            ("/organization/rules", form) => self.rules(visit, form).await,
            ("/organization/mail-server", form) => self.mail_server(visit, form).await,
            ("/organization/new", form) => self.new_organization(visit, form).await,
            ("/users", None) => self.users(visit).await,
            (Self::IMPORT, None) => self.import_form(visit).await,
            ("/users/export", None) => self.export(visit).await,
            ("/user", None) => self.user(visit).await,
            ("/user", Some(form)) => self.act_on_user(visit, form).await,
            ("/user/new", form) => self.new_user(visit, form).await,
            ("/user/edit", form) => self.edit_user(visit, form).await,
            ("/user/emails", form) => self.emails(visit, form).await,
            ("/user/remove", form) => self.remove(visit, form).await,
            ("/audit", None) => self.audit(visit).await,
            ("/audit/export", None) => self.export_audit(visit).await,
            ("" | "/" | "/users" | "/users/export" | "/audit" | "/audit/export", Some(_)) => {
                Err(Failure::MethodNotAllowed)
            }
            _ => Err(Failure::NotFound),
        }
    }

    /// Has something done by whoever is signed in.
    async fn ask(&self, visit: &Visit, request: Request) -> Result<Told, Refusal> {
        let outcome = self.perform(visit, request).await.map_err(Refusal::Failure)?;
        outcome.map_err(|error| refusal(visit, &error))
    }

    /// The same, for a form that asks for the password itself when it is needed again, so that nothing typed is lost.
    async fn ask_by_form(&self, visit: &Visit, password: &SecretString, request: Request) -> Result<Told, Refusal> {
        self.prove(visit, password).await?;
        self.ask(visit, request).await.map_err(|refusal| match refusal {
            Refusal::Confirm => Refusal::Problem(problem("confirm-first")),
            other => other,
        })
    }

    /// Takes the password that a form brings, if it does.
    async fn prove(&self, visit: &Visit, password: &SecretString) -> Result<(), Refusal> {
        if password.expose_secret().is_empty() {
            return Ok(());
        }
        let acting = acting(visit).map_err(Refusal::Failure)?;
        match self.confirm.attempt(acting, password, visit.address).await {
            Ok(Confirmed::Yes) => Ok(()),
            Ok(Confirmed::Wrong) => Err(Refusal::Problem(problem("wrong-password"))),
            Ok(Confirmed::Throttled(wait)) => Err(Refusal::Problem(AdminProblem { wait, ..problem("throttled") })),
            Ok(Confirmed::Void) => Err(Refusal::Failure(Failure::Forbidden)),
            Err(FlowError::Overloaded(_)) => Err(Refusal::Problem(AdminProblem { wait: 2, ..problem("overloaded") })),
            Err(error) => Err(Refusal::Failure(error.into())),
        }
    }

    /// What the flow says to a request.
    async fn perform(&self, visit: &Visit, request: Request) -> Result<Result<Told, AdministerError>, Failure> {
        let person = import::person(visit)?;
        // Carried to its end, even if the browser leaves: an act and its audit event belong together.
        let administrator = Arc::clone(&self.administrator);
        let asked = tokio::spawn(async move { administrator.perform(Actor::Person(person), request).await });
        asked.await.map_err(|error| {
            tracing::error!(request_id = visit.request_id, %error, "administration broke off");
            Failure::Internal
        })
    }

    /// The same, for a page that has nothing to say beside.
    async fn look(&self, visit: &Visit, request: Request) -> Result<Told, Failure> {
        self.ask(visit, request).await.map_err(|refusal| match refusal {
            Refusal::Failure(failure) => failure,
            Refusal::Confirm | Refusal::Problem(_) => Failure::Forbidden,
        })
    }

    /// Whether the password need not be asked for now.
    async fn is_fresh(&self, visit: &Visit) -> Result<bool, Failure> {
        Ok(self.confirm.is_fresh(acting(visit)?).await?)
    }

    /// Off to give the password, and back to where the person is.
    fn to_confirm(visit: &Visit) -> Answer {
        let back = ReturnTo::parse(&here(visit));
        let location = back.map_or_else(
            || "/_portero/admin/confirm".to_owned(),
            |back| back.as_parameter_of("/_portero/admin/confirm"),
        );
        Ok(respond::redirect(StatusCode::SEE_OTHER, &location))
    }

    /// Shows a form page, with the status that goes with its problem.
    fn form_page(&self, visit: &Visit, mut page: AdminFormPage) -> Answer {
        let problem = page.problem.clone();
        if problem.as_ref().map(status_of) == Some(StatusCode::UNAUTHORIZED) {
            page.form.fields.push(fields::field("password", "password", ""));
        }
        self.show(visit, problem.as_ref(), &page)
    }

    /// Shows a page, with the status and the headers that go with a problem.
    fn show(&self, visit: &Visit, problem: Option<&AdminProblem>, page: &impl Page) -> Answer {
        let status = problem.map_or(StatusCode::OK, status_of);
        let mut response = self.kit.show(visit, status, page)?;
        if status == StatusCode::UNAUTHORIZED {
            respond::name_challenge(&mut response);
        }
        if let Some(problem) = problem.filter(|problem| problem.wait > 0) {
            respond::retry_after(&mut response, problem.wait);
        }
        Ok(response)
    }
}

/// The password in a form, taken out of it; empty if there is none.
fn password_of(form: Option<&mut Form>) -> SecretString {
    form.map(|form| form.take("password")).unwrap_or_default().into()
}

/// Who acts.
fn acting(visit: &Visit) -> Result<Acting, Failure> {
    let signed_in = visit.signed_in.as_ref().ok_or(Failure::Unauthenticated)?;
    Ok(Acting { session: signed_in.session, user: signed_in.person.id })
}

/// The token of administration's forms.
fn token(visit: &Visit) -> Result<String, Failure> {
    let session = visit.token(CookieKind::Session).ok_or(Failure::Unauthenticated)?;
    Ok(form_token(&session, FormName::Admin))
}

/// Whether a form is of this session.
fn is_ours(visit: &Visit, form: &Form) -> bool {
    let session = visit.token(CookieKind::Session);
    session.is_some_and(|session| form_token_matches(&session, FormName::Admin, form.get("csrf")))
}

/// This very address.
fn here(visit: &Visit) -> String {
    if visit.query.is_empty() { visit.path.clone() } else { format!("{}?{}", visit.path, visit.query) }
}

/// A page below `/admin` with parameters.
fn page(path: &str, parameters: &[(&str, &str)]) -> String {
    let mut query = form_urlencoded::Serializer::new(String::new());
    query.extend_pairs(parameters.iter().filter(|(_, value)| !value.is_empty()));
    let query = query.finish();
    if query.is_empty() { format!("/_portero/admin{path}") } else { format!("/_portero/admin{path}?{query}") }
}

/// Done: to a page that says so.
fn to(location: &str) -> Answer {
    Ok(respond::redirect(StatusCode::SEE_OTHER, location))
}

fn problem(kind: &str) -> AdminProblem {
    AdminProblem { kind: kind.to_owned(), ..AdminProblem::default() }
}

fn status_of(problem: &AdminProblem) -> StatusCode {
    match problem.kind.as_str() {
        "overloaded" | "throttled" => StatusCode::TOO_MANY_REQUESTS,
        "wrong-password" | "confirm-first" => StatusCode::UNAUTHORIZED,
        _ => StatusCode::UNPROCESSABLE_ENTITY,
    }
}

/// A file to keep.
fn download(body: Body, media_type: &'static str, name: &'static str) -> Response<Body> {
    let mut response = respond::page(StatusCode::OK, String::new(), &[]);
    *response.body_mut() = body;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(media_type));
    if let Ok(disposition) = HeaderValue::try_from(format!("attachment; filename=\"{name}\"")) {
        headers.insert(CONTENT_DISPOSITION, disposition);
    }
    response
}

/// Exhaustive on purpose: a new error must say how a page tells it.
fn refusal(visit: &Visit, error: &AdministerError) -> Refusal {
    match error {
        AdministerError::NotAllowed => Refusal::Failure(Failure::Forbidden),
        AdministerError::UnknownUser(_)
        | AdministerError::UnknownOrganization(_)
        | AdministerError::UnknownParent(_)
        | AdministerError::UnknownMail(_) => Refusal::Failure(Failure::NotFound),
        AdministerError::ConfirmFirst => Refusal::Confirm,
        AdministerError::Name(_)
        | AdministerError::OrganizationTaken(_)
        | AdministerError::TooDeep
        | AdministerError::UsernameTaken(_)
        | AdministerError::TooManyEmails
        | AdministerError::NothingToChange
        | AdministerError::Oneself
        | AdministerError::NoReason
        | AdministerError::NoAddress
        | AdministerError::Deactivated(_)
        | AdministerError::UnknownApplication(_)
        | AdministerError::ForeignGroup(_)
        | AdministerError::MailServer(_)
        | AdministerError::TooOften
        | AdministerError::Overloaded
        | AdministerError::Conflict { .. } => {
            Refusal::Problem(AdminProblem { wait: wait(error), ..problem(&error.code().replace('_', "-")) })
        }
        AdministerError::Password(_)
        | AdministerError::RelativePath(_)
        | AdministerError::FaultyFile(_)
        | AdministerError::NothingExpires(_)
        | AdministerError::SpreadTooFar(_) => Refusal::Failure(Failure::BadRequest),
        AdministerError::Letter(_)
        | AdministerError::Keys(_)
        | AdministerError::Archive { .. }
        | AdministerError::Unreadable { .. }
        | AdministerError::NotAudited(_)
        | AdministerError::Store(_) => {
            tracing::error!(request_id = visit.request_id, code = error.code(), %error, "administration failed");
            Refusal::Failure(Failure::Internal)
        }
    }
}

/// Seconds after which it may go better.
const fn wait(error: &AdministerError) -> u64 {
    match error {
        AdministerError::TooOften => 10 * 60,
        AdministerError::Overloaded => 2,
        _ => 0,
    }
}

/// A moment as people read it, in the installation's time zone.
fn moment(at: Timestamp, zone: &TimeZone) -> String {
    at.to_zoned(zone.clone()).strftime("%Y-%m-%d %H:%M %Z").to_string()
}

/// What was done before this page: one of these words, or nothing.
fn done(visit: &Visit) -> &'static str {
    const WORDS: [&str; 12] = [
        "saved",
        "renamed",
        "added",
        "invited",
        "activated",
        "deactivated",
        "unlocked",
        "recovering",
        "ended",
        "emails",
        "removed",
        "mail-server",
    ];
    let parameters = visit.parameters();
    WORDS.into_iter().find(|word| *word == parameters.get("done")).unwrap_or_default()
}
