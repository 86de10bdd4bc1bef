//! What all forms on the ways back in share: the anti-forgery check, the captcha, the organization's field, refusals.

use std::time::Duration;

use http::StatusCode;

use super::{RecoverPages, Whose};
use crate::captcha::CaptchaForm;
use crate::domain::audit::AuditAction;
use crate::flows::FlowError;
use crate::flows::recover::Request;
use crate::pages::Answer;
use crate::pages::captcha_field::Verdict;
use crate::pages::visit::Visit;
use crate::templates::{RecoverField, RecoverFormPage, RecoverProblem, RecoverWay, Wait};
use crate::throttle::account_subject;
use crate::wire::cookies::CookieKind;
use crate::wire::csrf::{FormName, form_token, form_token_matches};
use crate::wire::form::Form;

/// One of the forms.
#[derive(Debug, Clone, Copy)]
pub(super) struct Step {
    /// Its name in texts.
    pub(super) name: &'static str,
    /// Where it is shown and sent.
    pub(super) action: &'static str,
    /// What its anti-forgery token is for.
    pub(super) form: FormName,
    /// What its captcha is for; `None` for a form without one.
    pub(super) captcha: Option<CaptchaForm>,
}

/// What a form looks like at this moment.
#[derive(Debug, Default)]
pub(super) struct Look {
    pub(super) fields: Vec<RecoverField>,
    pub(super) hidden: Vec<(String, String)>,
    pub(super) news: Option<&'static str>,
    /// Parameters that the page has in another language, too, beside the names.
    pub(super) kept: Vec<(&'static str, String)>,
    pub(super) shown: Option<String>,
    pub(super) question: Option<crate::templates::ShownQuestion>,
    pub(super) rules: Vec<crate::templates::PasswordRule>,
    pub(super) problems: Vec<RecoverProblem>,
    pub(super) links: Vec<RecoverWay>,
}

/// What came of the checks that come before a flow.
pub(super) enum Checked {
    /// Go on.
    Sound,
    /// Another captcha was asked for: show the form again.
    Again,
    /// It was not in order.
    Problem(RecoverProblem),
}

impl RecoverPages {
    /// The fields that say whose account it is: the organization only where there is more than one.
    pub(super) async fn whose_fields(&self, whose: &Whose) -> Result<Vec<RecoverField>, FlowError> {
        let mut fields = Vec::new();
        if self.recover.store.only_organization().await?.is_none() {
            fields.push(RecoverField::text("organization", &whose.organization, "organization"));
        }
        fields.push(RecoverField::text("username", &whose.username, "username"));
        Ok(fields)
    }

    /// Shows a form.
    pub(super) async fn form(
        &self,
        visit: &Visit,
        status: StatusCode,
        step: Step,
        whose: &Whose,
        look: Look,
    ) -> Answer {
        let browser = self.kit.browser(visit);
        let captcha = match step.captcha {
            Some(captcha) if self.is_asked(visit, whose).await? => {
                Some(self.captcha.field(captcha, browser.token.hash(), visit.address).await?)
            }
            _ => None,
        };
        let wait = look.problems.iter().find_map(|problem| match problem {
            RecoverProblem::Throttled { wait } => Some(wait.seconds()),
            RecoverProblem::Overloaded => Some(2),
            _ => None,
        });
        let mut kept = whose.sound();
        kept.extend(look.kept.iter().map(|(name, value)| (*name, value.as_str())));
        let page = RecoverFormPage {
            step: step.name,
            action: step.action.to_owned(),
            csrf: form_token(&browser.token, step.form),
            hidden: look.hidden,
            news: look.news,
            fields: look.fields,
            shown: look.shown,
            question: look.question,
            rules: look.rules,
            captcha,
            problems: look.problems,
            links: look.links,
        };
        let mut response = self.kit.show_with(visit, status, &page, &kept)?;
        self.kit.finish_form(visit, &browser, wait, &mut response);
        Ok(response)
    }

    /// The anti-forgery token and the captcha of a form.
    pub(super) async fn check(
        &self,
        visit: &Visit,
        step: Step,
        whose: &Whose,
        form: &Form,
    ) -> Result<Checked, FlowError> {
        let browser = visit.token(CookieKind::Browser);
        let Some(browser) = browser.filter(|browser| form_token_matches(browser, step.form, form.get("csrf"))) else {
            if let Some(action) = action_of(step.form) {
                let (organization, username) = (whose.organization.clone(), whose.username.clone());
                let request = Request { organization, username, address: visit.address };
                self.recover.stopped_by_form(action, &request).await?;
            }
            return Ok(Checked::Problem(RecoverProblem::ExpiredForm));
        };
        if !form.get("refresh").is_empty() {
            return Ok(Checked::Again);
        }
        if let Some(captcha) = step.captcha
            && self.is_asked(visit, whose).await?
        {
            match self.captcha.judge(captcha, browser.hash(), form, visit.address).await? {
                Verdict::Passed => {}
                Verdict::Failed => return Ok(Checked::Problem(RecoverProblem::Captcha)),
                Verdict::Throttled(seconds) => return Ok(Checked::Problem(throttled(seconds))),
            }
        }
        Ok(Checked::Sound)
    }

    async fn is_asked(&self, visit: &Visit, whose: &Whose) -> Result<bool, FlowError> {
        let account = account_subject(&whose.organization, &whose.username);
        self.captcha.is_asked(visit.config.captcha.mode, visit.address, Some(account)).await
    }
}

/// What somebody tries who sends this form; `None` for those that are no part of a way back in.
const fn action_of(form: FormName) -> Option<AuditAction> {
    match form {
        FormName::TemporaryPassword => Some(AuditAction::RequestTemporaryPassword),
        FormName::NewRescueCode => Some(AuditAction::RequestRescueCode),
        FormName::RescueCode => Some(AuditAction::UseRescueCode),
        FormName::ResetLink => Some(AuditAction::RequestResetLink),
        FormName::Reset => Some(AuditAction::UseResetLink),
        FormName::SecretQuestion => Some(AuditAction::AnswerQuestion),
        FormName::SignIn
        | FormName::SignOut
        | FormName::ChangePassword
        | FormName::KeptPost
        | FormName::Settings
        | FormName::Email
        | FormName::Admin => None,
    }
}

/// Come back after so many seconds.
pub(super) const fn throttled(seconds: u64) -> RecoverProblem {
    RecoverProblem::Throttled { wait: Wait::new(Duration::from_secs(seconds)) }
}

/// The status that goes with a problem.
pub(super) const fn status_of(problem: &RecoverProblem) -> StatusCode {
    match problem {
        RecoverProblem::Throttled { .. } | RecoverProblem::Overloaded => StatusCode::TOO_MANY_REQUESTS,
        RecoverProblem::WrongCode | RecoverProblem::WrongAnswer | RecoverProblem::WrongLink => StatusCode::UNAUTHORIZED,
        RecoverProblem::ExpiredForm
        | RecoverProblem::Incomplete
        | RecoverProblem::Captcha
        | RecoverProblem::Mismatch
        | RecoverProblem::Unmet { .. } => StatusCode::UNPROCESSABLE_ENTITY,
    }
}
