//! `/reset?token=…`: where the link in a mail leads. Looking uses nothing up; only a form with a password that is accepted does.
//!
//! The token stands in the address of this page and in a hidden field of its form, and nowhere else: no log has queries, and the page
//! tells no other one where the person was.

use http::StatusCode;
use secrecy::SecretString;

use super::form::{Checked, Look, Step, status_of, throttled};
use super::{LOGIN, RecoverPages, Whose};
use crate::flows::recover::Reset;
use crate::flows::{FlowError, NewFaults};
use crate::pages::Answer;
use crate::pages::visit::Visit;
use crate::templates::{PasswordRule, RecoverField, RecoverProblem, ResetVoidPage};
use crate::wire::csrf::FormName;
use crate::wire::form::Form;
use crate::wire::respond;

const STEP: Step = Step { name: "reset", action: "/_portero/reset", form: FormName::Reset, captcha: None };

impl RecoverPages {
    /// Answers for `/reset`.
    pub(in crate::pages) async fn reset(&self, visit: &Visit, form: Option<Form>) -> Answer {
        match form {
            None => self.new_password(visit, visit.parameters().get("token")).await,
            Some(form) => self.set_new_password(visit, form).await,
        }
    }

    async fn new_password(&self, visit: &Visit, token: &str) -> Answer {
        if !self.recover.reset_link_opens(token, &visit.config).await? {
            return self.void_link(visit);
        }
        self.reset_form(visit, StatusCode::OK, token, Vec::new()).await
    }

    async fn set_new_password(&self, visit: &Visit, mut form: Form) -> Answer {
        let token = form.take("token");
        let (new, confirmation) =
            (SecretString::from(form.take("new_password")), SecretString::from(form.take("confirm_password")));
        let problems = match self.check(visit, STEP, &Whose::default(), &form).await? {
            Checked::Problem(problem) => vec![problem],
            Checked::Again => Vec::new(),
            Checked::Sound => match self.recover.reset(&token, new, confirmation, visit.address, &visit.config).await {
                Ok(Reset::Saved) => {
                    return Ok(respond::redirect(StatusCode::SEE_OTHER, "/_portero/password/changed"));
                }
                Ok(Reset::Void) => return self.void_link(visit),
                Ok(Reset::Rejected(faults)) => problems_of(&faults),
                Ok(Reset::Throttled(seconds)) => vec![throttled(seconds)],
                Err(FlowError::Overloaded(_)) => vec![RecoverProblem::Overloaded],
                Err(error) => return Err(error.into()),
            },
        };
        // The form is shown again to whoever has the link, and to nobody else.
        if !self.recover.reset_link_opens(&token, &visit.config).await? {
            return self.void_link(visit);
        }
        let status = problems.first().map_or(StatusCode::OK, status_of);
        self.reset_form(visit, status, &token, problems).await
    }

    async fn reset_form(
        &self,
        visit: &Visit,
        status: StatusCode,
        token: &str,
        problems: Vec<RecoverProblem>,
    ) -> Answer {
        let look = Look {
            hidden: vec![("token".to_owned(), token.to_owned())],
            fields: vec![
                RecoverField::secret("new_password", "new-password", "new-password"),
                RecoverField::secret("confirm_password", "confirm-password", "new-password"),
            ],
            rules: PasswordRule::of(&self.recover.policy_behind(token, &visit.config).await?),
            problems,
            kept: vec![("token", token.to_owned())],
            ..Look::default()
        };
        self.form(visit, status, STEP, &Whose::default(), look).await
    }

    /// It was used, is over, or never was one: nobody is told which.
    fn void_link(&self, visit: &Visit) -> Answer {
        let page = ResetVoidPage { recover: "/_portero/recover".to_owned(), sign_in: LOGIN.to_owned() };
        let mut response = self.kit.show_form(visit, StatusCode::UNAUTHORIZED, &page, None)?;
        respond::name_challenge(&mut response);
        Ok(response)
    }
}

fn problems_of(faults: &NewFaults) -> Vec<RecoverProblem> {
    let mut problems = Vec::new();
    if !faults.unmet.is_empty() {
        problems.push(RecoverProblem::Unmet { rules: faults.unmet.iter().map(PasswordRule::from).collect() });
    }
    if faults.mismatch {
        problems.push(RecoverProblem::Mismatch);
    }
    problems
}
