//! `/recover/rescue-code`: organization, username and code; and `/new` below it, where a code is asked for. Every wrong code is
//! answered the same way, and so is every request.

use http::StatusCode;
use secrecy::SecretString;

use super::form::{Checked, Look, Step, status_of, throttled};
use super::{RecoverPages, Whose};
use crate::captcha::CaptchaForm;
use crate::flows::FlowError;
use crate::flows::recover::{Asked, Request, Tried};
use crate::pages::Answer;
use crate::pages::visit::Visit;
use crate::templates::{RecoverField, RecoverProblem, RecoverWay};
use crate::wire::csrf::FormName;
use crate::wire::form::Form;
use crate::wire::respond;

const USE: Step =
    Step { name: "rescue-code", action: "/_portero/recover/rescue-code", form: FormName::RescueCode, captcha: None };

const ASK: Step = Step {
    name: "new-rescue-code",
    action: "/_portero/recover/rescue-code/new",
    form: FormName::NewRescueCode,
    captcha: Some(CaptchaForm::RescueCode),
};

impl RecoverPages {
    pub(super) async fn rescue_code(&self, visit: &Visit) -> Answer {
        let parameters = visit.parameters();
        let news = (!parameters.get("sent").is_empty()).then_some("rescue-code");
        self.rescue_code_form(visit, StatusCode::OK, &Whose::of(&parameters), news, None).await
    }

    pub(super) async fn use_rescue_code(&self, visit: &Visit, mut form: Form) -> Answer {
        let whose = Whose::of(&form);
        let code = SecretString::from(form.take("code"));
        let problem = match self.check(visit, USE, &whose, &form).await? {
            Checked::Problem(problem) => problem,
            Checked::Again => return self.rescue_code_form(visit, StatusCode::OK, &whose, None, None).await,
            Checked::Sound if whose.username.trim().is_empty() || is_blank(&code) => RecoverProblem::Incomplete,
            Checked::Sound => match self.recover.use_rescue_code(request(visit, &whose), code, &visit.config).await {
                Ok(Tried::Redeemed) => {
                    let sent = whose.carried_with("/_portero/recover/sent", "by", "rescue-code");
                    return Ok(respond::redirect(StatusCode::SEE_OTHER, &sent));
                }
                Ok(Tried::Wrong) => RecoverProblem::WrongCode,
                Ok(Tried::Throttled(seconds)) => throttled(seconds),
                Err(FlowError::Overloaded(_)) => RecoverProblem::Overloaded,
                Err(error) => return Err(error.into()),
            },
        };
        self.rescue_code_form(visit, status_of(&problem), &whose, None, Some(problem)).await
    }

    pub(super) async fn new_rescue_code(&self, visit: &Visit) -> Answer {
        let whose = Whose::of(&visit.parameters());
        self.new_rescue_code_form(visit, StatusCode::OK, &whose, None).await
    }

    pub(super) async fn ask_rescue_code(&self, visit: &Visit, form: Form) -> Answer {
        let whose = Whose::of(&form);
        let problem = match self.check(visit, ASK, &whose, &form).await? {
            Checked::Problem(problem) => problem,
            Checked::Again => return self.new_rescue_code_form(visit, StatusCode::OK, &whose, None).await,
            Checked::Sound if whose.username.trim().is_empty() => RecoverProblem::Incomplete,
            Checked::Sound => match self.recover.send_rescue_codes(request(visit, &whose), &visit.config).await {
                Ok(Asked::Heard) => {
                    let next = whose.carried_with(USE.action, "sent", "1");
                    return Ok(respond::redirect(StatusCode::SEE_OTHER, &next));
                }
                Ok(Asked::Throttled(seconds)) => throttled(seconds),
                Err(FlowError::Overloaded(_)) => RecoverProblem::Overloaded,
                Err(error) => return Err(error.into()),
            },
        };
        self.new_rescue_code_form(visit, status_of(&problem), &whose, Some(problem)).await
    }

    async fn rescue_code_form(
        &self,
        visit: &Visit,
        status: StatusCode,
        whose: &Whose,
        news: Option<&'static str>,
        problem: Option<RecoverProblem>,
    ) -> Answer {
        let mut fields = self.whose_fields(whose).await?;
        fields.push(RecoverField::text("code", "", "one-time-code"));
        let generate = RecoverWay { kind: "new-rescue-code", address: whose.carried_to(ASK.action) };
        let links = vec![generate, whose.other_ways()];
        let look = Look { fields, news, problems: problem.into_iter().collect(), links, ..Look::default() };
        self.form(visit, status, USE, whose, look).await
    }

    async fn new_rescue_code_form(
        &self,
        visit: &Visit,
        status: StatusCode,
        whose: &Whose,
        problem: Option<RecoverProblem>,
    ) -> Answer {
        let fields = self.whose_fields(whose).await?;
        let have = RecoverWay { kind: "rescue-code", address: whose.carried_to(USE.action) };
        let links = vec![have, whose.other_ways()];
        let look = Look { fields, problems: problem.into_iter().collect(), links, ..Look::default() };
        self.form(visit, status, ASK, whose, look).await
    }
}

fn request(visit: &Visit, whose: &Whose) -> Request {
    let Whose { organization, username } = whose.clone();
    Request { organization, username, address: visit.address }
}

fn is_blank(code: &SecretString) -> bool {
    secrecy::ExposeSecret::expose_secret(code).trim().is_empty()
}
