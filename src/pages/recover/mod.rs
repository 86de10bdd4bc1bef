//! `/recover`: the chooser, and a page for each way back in; `/reset`, where the links of one of them lead.

mod form;
mod rescue_code;
mod reset;
mod reset_link;
mod secret_question;
mod temporary_password;

use http::StatusCode;

use super::Answer;
use super::captcha_field::CaptchaGate;
use super::kit::Kit;
use super::visit::Visit;
use crate::domain::names::{OrganizationKey, Username};
use crate::domain::recovery::RecoveryMethod;
use crate::flows::recover::Recover;
use crate::templates::{RecoverDonePage, RecoverPage, RecoverWay};
use crate::wire::failure::Failure;
use crate::wire::form::Form;

const LOGIN: &str = "/_portero/login";

/// `/recover` and what is below it, and `/reset`, where its links lead.
pub struct RecoverPages {
    /// Templates and cookies.
    pub kit: Kit,
    /// The flows.
    pub recover: Recover,
    /// The captcha.
    pub captcha: CaptchaGate,
}

/// Whose account it is about, as it was typed. It comes along from page to page.
#[derive(Debug, Clone, Default)]
struct Whose {
    organization: String,
    username: String,
}

impl RecoverPages {
    /// Answers for `address`, which is the part after `/recover`.
    pub(super) async fn serve(&self, visit: &Visit, address: &str, form: Option<Form>) -> Answer {
        match (address, form) {
            ("", None) => self.choose(visit).await,
            ("/sent", None) => self.sent(visit),
            ("/temporary-password", None) => self.temporary_password(visit).await,
            ("/temporary-password", Some(form)) => self.ask_temporary_password(visit, form).await,
            ("/rescue-code", None) => self.rescue_code(visit).await,
            ("/rescue-code", Some(form)) => self.use_rescue_code(visit, form).await,
            ("/rescue-code/new", None) => self.new_rescue_code(visit).await,
            ("/rescue-code/new", Some(form)) => self.ask_rescue_code(visit, form).await,
            ("/reset-link", None) => self.reset_link(visit).await,
            ("/reset-link", Some(form)) => self.ask_reset_link(visit, form).await,
            ("/secret-question", None) => self.secret_question(visit).await,
            ("/secret-question", Some(form)) => self.use_secret_question(visit, form).await,
            ("" | "/sent", Some(_)) => Err(Failure::MethodNotAllowed),
            _ => Err(Failure::NotFound),
        }
    }

    /// The ways back in, as the organization allows them.
    async fn choose(&self, visit: &Visit) -> Answer {
        let whose = Whose::of(&visit.parameters());
        let methods = self.recover.offered(&whose.organization, &visit.config.recovery).await?;
        let way = |method: &RecoveryMethod| RecoverWay {
            kind: method.as_str(),
            address: whose.carried_to(&format!("/_portero/recover/{}", method.as_str())),
        };
        let page = RecoverPage { sign_in: whose.carried_to(LOGIN), ways: methods.iter().map(way).collect() };
        self.kit.show(visit, StatusCode::OK, &page)
    }

    /// What is said after a request, whatever came of it.
    fn sent(&self, visit: &Visit) -> Answer {
        let parameters = visit.parameters();
        let what = match parameters.get("by") {
            "rescue-code" => "redeemed",
            "reset-link" => "reset-link",
            "saved" => "saved",
            "question-saved" => "question-saved",
            "question-link" => "question-link",
            _ => "temporary-password",
        };
        let sign_in = Whose::of(&parameters).carried_to(LOGIN);
        self.kit.show(visit, StatusCode::OK, &RecoverDonePage { what, sign_in })
    }
}

impl Whose {
    fn of(fields: &Form) -> Self {
        Self { organization: fields.get("organization").to_owned(), username: fields.get("username").to_owned() }
    }

    /// A link to the chooser.
    fn other_ways(&self) -> RecoverWay {
        RecoverWay { kind: "chooser", address: self.carried_to("/_portero/recover") }
    }

    /// The two as far as they are names: fit to be repeated in links of the page.
    fn sound(&self) -> Vec<(&'static str, &str)> {
        let organization = self.organization.parse::<OrganizationKey>().is_ok();
        let username = self.username.parse::<Username>().is_ok();
        let organization = organization.then_some(("organization", self.organization.as_str()));
        organization.into_iter().chain(username.then_some(("username", self.username.as_str()))).collect()
    }

    /// `path` with the two, and one more, as its query.
    fn carried_with(&self, path: &str, name: &str, value: &str) -> String {
        let carried = self.carried_to(path);
        let sign = if carried.contains('?') { '&' } else { '?' };
        format!("{carried}{sign}{name}={value}")
    }

    /// `path` with the two as its query.
    fn carried_to(&self, path: &str) -> String {
        match self.query() {
            query if query.is_empty() => path.to_owned(),
            query => format!("{path}?{query}"),
        }
    }

    /// The two as a query; empty if both are.
    fn query(&self) -> String {
        if self.organization.is_empty() && self.username.is_empty() {
            return String::new();
        }
        let mut query = form_urlencoded::Serializer::new(String::new());
        query.append_pair("organization", &self.organization).append_pair("username", &self.username);
        query.finish()
    }
}
