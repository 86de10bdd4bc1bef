//! `/recover/reset-link`: whose account it is; then "is this your e-mail?" with a masked address, which everybody has; then the
//! link is sent, or nothing is.

use http::StatusCode;

use super::form::{Checked, Look, Step, status_of, throttled};
use super::{RecoverPages, Whose};
use crate::captcha::CaptchaForm;
use crate::flows::FlowError;
use crate::flows::recover::{Asked, Masked, Request};
use crate::pages::Answer;
use crate::pages::visit::Visit;
use crate::templates::{RecoverProblem, RecoverWay};
use crate::wire::csrf::FormName;
use crate::wire::form::Form;
use crate::wire::respond;

const ADDRESS: &str = "/_portero/recover/reset-link";
/// The hidden field of the first form: it sends nothing but the person on to the second.
const FIRST: (&str, &str) = ("step", "account");

const ACCOUNT: Step = Step { name: "reset-link-account", action: ADDRESS, form: FormName::ResetLink, captcha: None };

const CONFIRM: Step =
    Step { name: "reset-link", action: ADDRESS, form: FormName::ResetLink, captcha: Some(CaptchaForm::ResetLink) };

impl RecoverPages {
    pub(super) async fn reset_link(&self, visit: &Visit) -> Answer {
        let whose = Whose::of(&visit.parameters());
        if whose.username.trim().is_empty() {
            return self.account_form(visit, StatusCode::OK, &whose, None).await;
        }
        self.confirm_form(visit, StatusCode::OK, &whose, None).await
    }

    pub(super) async fn ask_reset_link(&self, visit: &Visit, form: Form) -> Answer {
        let whose = Whose::of(&form);
        let (name, value) = FIRST;
        if form.get(name) == value {
            return self.name_account(visit, &whose, &form).await;
        }
        let problem = match self.check(visit, CONFIRM, &whose, &form).await? {
            _ if whose.username.trim().is_empty() => {
                let problem = RecoverProblem::Incomplete;
                return self.account_form(visit, status_of(&problem), &whose, Some(problem)).await;
            }
            Checked::Problem(problem) => problem,
            Checked::Again => return self.confirm_form(visit, StatusCode::OK, &whose, None).await,
            Checked::Sound => match self.recover.send_reset_link(request(visit, &whose), &visit.config).await {
                Ok(Asked::Heard) => {
                    let sent = whose.carried_with("/_portero/recover/sent", "by", "reset-link");
                    return Ok(respond::redirect(StatusCode::SEE_OTHER, &sent));
                }
                Ok(Asked::Throttled(seconds)) => throttled(seconds),
                Err(FlowError::Overloaded(_)) => RecoverProblem::Overloaded,
                Err(error) => return Err(error.into()),
            },
        };
        self.confirm_form(visit, status_of(&problem), &whose, Some(problem)).await
    }

    /// The first form: on to the second.
    async fn name_account(&self, visit: &Visit, whose: &Whose, form: &Form) -> Answer {
        let problem = match self.check(visit, ACCOUNT, whose, form).await? {
            Checked::Problem(problem) => problem,
            _ if whose.username.trim().is_empty() => RecoverProblem::Incomplete,
            _ => return Ok(respond::redirect(StatusCode::SEE_OTHER, &whose.carried_to(ADDRESS))),
        };
        self.account_form(visit, status_of(&problem), whose, Some(problem)).await
    }

    async fn account_form(
        &self,
        visit: &Visit,
        status: StatusCode,
        whose: &Whose,
        problem: Option<RecoverProblem>,
    ) -> Answer {
        let fields = self.whose_fields(whose).await?;
        let (name, value) = FIRST;
        let hidden = vec![(name.to_owned(), value.to_owned())];
        let links = vec![whose.other_ways()];
        let look = Look { fields, hidden, problems: problem.into_iter().collect(), links, ..Look::default() };
        self.form(visit, status, ACCOUNT, whose, look).await
    }

    async fn confirm_form(
        &self,
        visit: &Visit,
        status: StatusCode,
        whose: &Whose,
        problem: Option<RecoverProblem>,
    ) -> Answer {
        let mask = match self.recover.masked_address(request(visit, whose), &visit.config).await? {
            Masked::Shown(mask) => mask,
            Masked::Throttled(seconds) => {
                let problem = throttled(seconds);
                return self.account_form(visit, status_of(&problem), whose, Some(problem)).await;
            }
        };
        let hidden = vec![
            ("organization".to_owned(), whose.organization.clone()),
            ("username".to_owned(), whose.username.clone()),
        ];
        let another = RecoverWay { kind: "another-account", address: ADDRESS.to_owned() };
        let look = Look {
            hidden,
            shown: Some(mask),
            problems: problem.into_iter().collect(),
            links: vec![another, whose.other_ways()],
            ..Look::default()
        };
        self.form(visit, status, CONFIRM, whose, look).await
    }
}

fn request(visit: &Visit, whose: &Whose) -> Request {
    let Whose { organization, username } = whose.clone();
    Request { organization, username, address: visit.address }
}
