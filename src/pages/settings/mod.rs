//! `/settings`: password, addresses, secret question, language and sessions of the own account.

mod browser;
mod question;

use http::{Response, StatusCode};

use super::Answer;
use super::email::pending_of;
use super::kit::{A_YEAR, Kit, shown};
use super::visit::Visit;
use crate::config::Config;
use crate::domain::language::Language;
use crate::domain::organization::{Effective, Organization};
use crate::domain::recovery::RecoveryMethod;
use crate::domain::user::User;
use crate::flows::own_account::OwnAccount;
use crate::flows::{Acting, FlowError};
use crate::templates::{LanguageChoice, SavedSetting, SessionRow, SettingsPage as Page, SettingsProblem};
use crate::wire::body::Body;
use crate::wire::cookies::CookieKind;
use crate::wire::csrf::{FormName, form_token, form_token_matches};
use crate::wire::failure::Failure;
use crate::wire::form::Form;
use crate::wire::respond;

const HERE: &str = "/_portero/settings";

/// `/settings` and what is below it.
pub struct SettingsPage {
    /// Templates and cookies.
    pub kit: Kit,
    /// The flows.
    pub account: OwnAccount,
}

/// Who is here, with the account as it stands now.
struct Here {
    acting: Acting,
    user: User,
    organization: Organization,
}

/// What is told on the page besides the settings.
#[derive(Default)]
struct Told {
    problems: Vec<SettingsProblem>,
    question: question::Typed,
}

impl SettingsPage {
    /// Answers for `address`, which is the part after `/settings`.
    pub(super) async fn serve(&self, visit: &Visit, address: &str, form: Option<Form>) -> Answer {
        let known = ["", "/language", "/sessions/end", "/sessions/end-others"];
        if !known.contains(&address) {
            return Err(Failure::NotFound);
        }
        let Some(here) = self.here(visit).await? else {
            return self.kit.sign_in_first(visit, "/_portero/login?return_to=/_portero/settings");
        };
        let Some(form) = form else {
            return match address {
                "" => self.page(visit, StatusCode::OK, &here, Told::default()).await,
                _ => Err(Failure::MethodNotAllowed),
            };
        };
        let browser = visit.token(CookieKind::Browser);
        if !browser.is_some_and(|browser| form_token_matches(&browser, FormName::Settings, form.get("csrf"))) {
            return self.problem(visit, &here, SettingsProblem::ExpiredForm).await;
        }
        match address {
            "" => self.submit_question(visit, &here, form).await,
            "/language" => self.set_language(visit, &here, &form).await,
            "/sessions/end" => {
                self.account.end_session(here.acting, form.get("session"), visit.address).await?;
                Ok(saved("session"))
            }
            _ => {
                self.account.end_other_sessions(here.acting, visit.address).await?;
                Ok(saved("sessions"))
            }
        }
    }

    async fn here(&self, visit: &Visit) -> Result<Option<Here>, FlowError> {
        let Some(signed_in) = &visit.signed_in else { return Ok(None) };
        let acting = Acting { session: signed_in.session, user: signed_in.person.id };
        Ok(self.account.account(acting).await?.map(|(user, organization)| Here { acting, user, organization }))
    }

    /// Remembers the language for this browser and for the account.
    async fn set_language(&self, visit: &Visit, here: &Here, form: &Form) -> Answer {
        let asked = form.get("language");
        let Some(language) = Language::ALL.into_iter().find(|language| language.tag() == asked) else {
            return Err(Failure::BadRequest);
        };
        self.account.set_language(here.acting, language).await?;
        let mut response = saved("language");
        visit.cookies().set(response.headers_mut(), CookieKind::Language, language.tag(), Some(A_YEAR));
        Ok(response)
    }

    async fn problem(&self, visit: &Visit, here: &Here, problem: SettingsProblem) -> Answer {
        let told = Told { problems: vec![problem], ..Told::default() };
        self.page(visit, status_of(&problem), here, told).await
    }

    async fn page(&self, visit: &Visit, status: StatusCode, here: &Here, told: Told) -> Answer {
        let browser = self.kit.browser(visit);
        let sessions = self.account.sessions(here.acting, visit.config.session.limits).await?;
        let rows = sessions.into_iter().map(|listed| SessionRow {
            id: listed.session.id.to_string(),
            this: listed.this,
            browser: browser::name(&listed.session.origin.user_agent),
            address: listed.session.origin.address.to_string(),
            since: shown(visit, listed.session.authenticated_at),
            seen: shown(visit, if listed.this { self.account.clock.now() } else { listed.session.last_seen_at }),
        });
        let wait = told.problems.iter().find_map(|problem| match problem {
            SettingsProblem::Throttled { wait } => Some(wait.seconds()),
            SettingsProblem::Overloaded => Some(2),
            _ => None,
        });
        let language = visit.language();
        let languages =
            Language::ALL.map(|one| LanguageChoice { kind: one.tag(), name: one.own_name(), chosen: one == language });
        let offered = self.question_is_offered(here, &visit.config).await?;
        let page = Page {
            csrf: form_token(&browser.token, FormName::Settings),
            email_csrf: form_token(&browser.token, FormName::Email),
            username: here.user.username.to_string(),
            organization: here.organization.name.to_string(),
            emails: here.user.emails.iter().map(ToString::to_string).collect(),
            pending: pending_of(visit, &here.user, self.account.clock.now()),
            question: question::form(&here.user, offered, told.question),
            languages: languages.to_vec(),
            sessions: rows.collect(),
            saved: if told.problems.is_empty() { saved_by(visit) } else { None },
            problems: told.problems,
        };
        let mut response = self.kit.show_form(visit, status, &page, None)?;
        self.kit.finish_form(visit, &browser, wait, &mut response);
        Ok(response)
    }

    /// Whether the person's organization lets people get back in by a secret question.
    async fn question_is_offered(&self, here: &Here, config: &Config) -> Result<bool, FlowError> {
        let lineage = self.account.store.lineage(&here.organization.key).await?;
        let allowed = Effective::of(&lineage).recovery_methods;
        Ok(allowed.as_ref().unwrap_or(&config.recovery.methods).contains(&RecoveryMethod::SecretQuestion))
    }
}

/// Back to the page, which says what was saved.
fn saved(what: &str) -> Response<Body> {
    respond::redirect(StatusCode::SEE_OTHER, &format!("{HERE}?saved={what}"))
}

/// What the page is to say was saved; nothing that a stranger made up.
fn saved_by(visit: &Visit) -> Option<SavedSetting> {
    let known = ["question", "question-removed", "language", "session", "sessions", "email"];
    let parameters = visit.parameters();
    let given = parameters.get("saved");
    known.into_iter().find(|kind| *kind == given).map(|kind| SavedSetting { kind })
}

const fn status_of(problem: &SettingsProblem) -> StatusCode {
    match problem {
        SettingsProblem::WrongPassword => StatusCode::UNAUTHORIZED,
        SettingsProblem::Throttled { .. } | SettingsProblem::Overloaded => StatusCode::TOO_MANY_REQUESTS,
        SettingsProblem::NotOffered => StatusCode::FORBIDDEN,
        SettingsProblem::BadQuestion
        | SettingsProblem::ShortAnswer
        | SettingsProblem::LongAnswer
        | SettingsProblem::ObviousAnswer
        | SettingsProblem::ExpiredForm => StatusCode::UNPROCESSABLE_ENTITY,
    }
}
