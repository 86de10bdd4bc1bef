//! `/recover/temporary-password`: organization, username and address; the answer is the same whatever was typed.

use http::StatusCode;

use super::form::{Checked, Look, Step, status_of, throttled};
use super::{RecoverPages, Whose};
use crate::captcha::CaptchaForm;
use crate::flows::FlowError;
use crate::flows::recover::{Asked, Request};
use crate::pages::Answer;
use crate::pages::visit::Visit;
use crate::templates::{RecoverField, RecoverProblem};
use crate::wire::csrf::FormName;
use crate::wire::form::Form;
use crate::wire::respond;

const STEP: Step = Step {
    name: "temporary-password",
    action: "/_portero/recover/temporary-password",
    form: FormName::TemporaryPassword,
    captcha: Some(CaptchaForm::TemporaryPassword),
};

impl RecoverPages {
    pub(super) async fn temporary_password(&self, visit: &Visit) -> Answer {
        let whose = Whose::of(&visit.parameters());
        self.temporary_password_form(visit, StatusCode::OK, &whose, "", None).await
    }

    pub(super) async fn ask_temporary_password(&self, visit: &Visit, mut form: Form) -> Answer {
        let whose = Whose::of(&form);
        let email = form.take("email");
        match self.check(visit, STEP, &whose, &form).await? {
            Checked::Sound => {}
            Checked::Again => {
                return self.temporary_password_form(visit, StatusCode::OK, &whose, &email, None).await;
            }
            Checked::Problem(problem) => {
                return self.temporary_password_form(visit, status_of(&problem), &whose, &email, Some(problem)).await;
            }
        }
        let problem = if whose.username.trim().is_empty() || email.trim().is_empty() {
            RecoverProblem::Incomplete
        } else {
            let Whose { organization, username } = whose.clone();
            let request = Request { organization, username, address: visit.address };
            match self.recover.send_temporary_password(request, &email, &visit.config).await {
                Ok(Asked::Heard) => {
                    let sent = whose.carried_to("/_portero/recover/sent");
                    return Ok(respond::redirect(StatusCode::SEE_OTHER, &sent));
                }
                Ok(Asked::Throttled(seconds)) => throttled(seconds),
                Err(FlowError::Overloaded(_)) => RecoverProblem::Overloaded,
                Err(error) => return Err(error.into()),
            }
        };
        self.temporary_password_form(visit, status_of(&problem), &whose, &email, Some(problem)).await
    }

    async fn temporary_password_form(
        &self,
        visit: &Visit,
        status: StatusCode,
        whose: &Whose,
        email: &str,
        problem: Option<RecoverProblem>,
    ) -> Answer {
        let mut fields = self.whose_fields(whose).await?;
        fields.push(RecoverField { kind: "email", ..RecoverField::text("email", email, "email") });
        let links = vec![whose.other_ways()];
        let look = Look { fields, problems: problem.into_iter().collect(), links, ..Look::default() };
        self.form(visit, status, STEP, whose, look).await
    }
}
