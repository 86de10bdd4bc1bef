//! `/recover/secret-question`: names, then the question, then the new password, all at one address.
//!
//! Which of the three is shown depends on what the browser can prove: a username in the query asks for the question, a right
//! answer for that name (a cookie that finds the proof) for the new password. A program may send answer and new password in one form.

use http::{Response, StatusCode};
use secrecy::{ExposeSecret, SecretString};

use super::form::{Checked, Look, Step, status_of, throttled};
use super::{RecoverPages, Whose};
use crate::captcha::CaptchaForm;
use crate::flows::FlowError;
use crate::flows::NewFaults;
use crate::flows::recover::{Answered, AskedQuestion, QuestionUsed, Request, Typed};
use crate::pages::Answer;
use crate::pages::visit::Visit;
use crate::random::Token;
use crate::templates::{PasswordRule, RecoverField, RecoverProblem, ShownQuestion};
use crate::wire::body::Body;
use crate::wire::cookies::CookieKind;
use crate::wire::csrf::FormName;
use crate::wire::failure::Failure;
use crate::wire::form::Form;
use crate::wire::respond;

const HERE: &str = "/_portero/recover/secret-question";
/// Asks whose question it is about.
const NAMES: Step = Step { name: "question-names", action: HERE, form: FormName::SecretQuestion, captcha: None };
const QUESTION: Step = Step {
    name: "secret-question",
    action: HERE,
    form: FormName::SecretQuestion,
    captcha: Some(CaptchaForm::SecretQuestion),
};
const PASSWORD: Step = Step { name: "question-password", action: HERE, form: FormName::SecretQuestion, captcha: None };

impl RecoverPages {
    pub(super) async fn secret_question(&self, visit: &Visit) -> Answer {
        let whose = Whose::of(&visit.parameters());
        if self.is_nobody(&whose).await? {
            return self.names_form(visit, &whose, None).await;
        }
        if self.is_answered(visit, &whose).await? {
            return self.password_form(visit, StatusCode::OK, &whose, Vec::new()).await;
        }
        match self.recover.question(&request(visit, &whose), &visit.config).await? {
            Ok(asked) => self.question_form(visit, &whose, asked, None).await,
            Err(seconds) => self.names_form(visit, &whose, Some(throttled(seconds))).await,
        }
    }

    pub(super) async fn use_secret_question(&self, visit: &Visit, mut form: Form) -> Answer {
        let whose = Whose::of(&form);
        let (answer, new) = (form.take("answer"), form.take("new_password"));
        let confirmation = form.take("confirm_password");
        let is_step = |step: Step| form.get("step") == step.name;
        // The form says which step it is; whether that step may be taken is judged by what the browser proves.
        let step = if is_step(NAMES) {
            NAMES
        } else if is_step(PASSWORD) || (answer.is_empty() && !new.is_empty()) {
            PASSWORD
        } else {
            QUESTION
        };
        match self.check(visit, step, &whose, &form).await? {
            Checked::Sound => {}
            Checked::Again => return self.ask_again(visit, &whose, None).await,
            Checked::Problem(problem) if step.name == PASSWORD.name && self.is_answered(visit, &whose).await? => {
                return self.password_form(visit, status_of(&problem), &whose, vec![problem]).await;
            }
            Checked::Problem(problem) => return self.ask_again(visit, &whose, Some(problem)).await,
        }
        if self.is_nobody(&whose).await? {
            return self.names_form(visit, &whose, Some(RecoverProblem::Incomplete)).await;
        }
        if step.name == NAMES.name {
            return Ok(respond::redirect(StatusCode::SEE_OTHER, &whose.carried_to(HERE)));
        }
        let typed = Typed { new: SecretString::from(new), confirmation: SecretString::from(confirmation) };
        if step.name == PASSWORD.name {
            let proof = visit.token(CookieKind::Proof);
            let (Save::Over(response) | Save::Again(response)) =
                self.save(visit, &whose, proof.as_ref(), typed).await?;
            return Ok(response);
        }
        if answer.trim().is_empty() {
            return self.ask_again(visit, &whose, Some(RecoverProblem::Incomplete)).await;
        }
        self.judge(visit, &whose, &SecretString::from(answer), typed).await
    }

    /// Judges an answer; where a new password came along with it, goes on to that.
    async fn judge(&self, visit: &Visit, whose: &Whose, answer: &SecretString, typed: Typed) -> Answer {
        let browser = self.kit.browser(visit).token.hash();
        let problem = match self.recover.answer(request(visit, whose), answer, browser, &visit.config).await {
            Ok(Answered::Right(proof)) => {
                let mut response = match typed.new.expose_secret().is_empty() {
                    true => respond::redirect(StatusCode::SEE_OTHER, &whose.carried_to(HERE)),
                    false => match self.save(visit, whose, Some(&proof), typed).await? {
                        Save::Over(response) => return Ok(response),
                        Save::Again(response) => response,
                    },
                };
                visit.cookies().set(response.headers_mut(), CookieKind::Proof, &proof.reveal(), None);
                return Ok(response);
            }
            Ok(Answered::LinkSent) => return Ok(sent(whose, "question-link")),
            Ok(Answered::Wrong) => RecoverProblem::WrongAnswer,
            Ok(Answered::Throttled(seconds)) => throttled(seconds),
            Err(FlowError::Overloaded(_)) => RecoverProblem::Overloaded,
            Err(error) => return Err(error.into()),
        };
        self.ask_again(visit, whose, Some(problem)).await
    }

    /// Sets the new password, if the browser has the proof that it may.
    async fn save(&self, visit: &Visit, whose: &Whose, proof: Option<&Token>, typed: Typed) -> Result<Save, Failure> {
        let browser = self.kit.browser(visit).token.hash();
        let used = self.recover.use_question(request(visit, whose), proof, typed, browser, &visit.config).await;
        let problems = match used {
            Ok(QuestionUsed::Saved) => {
                let mut response = sent(whose, "question-saved");
                let (cookies, headers) = (visit.cookies(), response.headers_mut());
                cookies.clear(headers, CookieKind::Proof);
                self.kit.renew_browser(visit, &mut response);
                return Ok(Save::Over(response));
            }
            Ok(QuestionUsed::Void) => {
                let mut response = self.ask_again(visit, whose, Some(RecoverProblem::ExpiredForm)).await?;
                visit.cookies().clear(response.headers_mut(), CookieKind::Proof);
                return Ok(Save::Over(response));
            }
            Ok(QuestionUsed::Rejected(NewFaults { mismatch, unmet })) => {
                let rules: Vec<PasswordRule> = unmet.iter().map(PasswordRule::from).collect();
                let unmet = (!rules.is_empty()).then_some(RecoverProblem::Unmet { rules });
                unmet.into_iter().chain(mismatch.then_some(RecoverProblem::Mismatch)).collect()
            }
            Ok(QuestionUsed::Throttled(seconds)) => vec![throttled(seconds)],
            Err(FlowError::Overloaded(_)) => vec![RecoverProblem::Overloaded],
            Err(error) => return Err(error.into()),
        };
        let status = problems.first().map_or(StatusCode::UNPROCESSABLE_ENTITY, status_of);
        Ok(Save::Again(self.password_form(visit, status, whose, problems).await?))
    }

    /// Whether this browser has given the right answer for these names.
    async fn is_answered(&self, visit: &Visit, whose: &Whose) -> Result<bool, FlowError> {
        let (Some(proof), Some(browser)) = (visit.token(CookieKind::Proof), visit.token(CookieKind::Browser)) else {
            return Ok(false);
        };
        self.recover.question_is_answered(&request(visit, whose), &proof, &browser.hash(), &visit.config).await
    }

    /// Whether a name that is needed is missing.
    async fn is_nobody(&self, whose: &Whose) -> Result<bool, FlowError> {
        let no_organization = whose.organization.trim().is_empty();
        Ok(whose.username.trim().is_empty()
            || (no_organization && self.recover.store.only_organization().await?.is_none()))
    }

    /// Shows the question once more; where nobody is named, asks for that.
    async fn ask_again(&self, visit: &Visit, whose: &Whose, problem: Option<RecoverProblem>) -> Answer {
        if self.is_nobody(whose).await? {
            return self.names_form(visit, whose, problem).await;
        }
        let asked = self.recover.question_again(&request(visit, whose), &visit.config).await?;
        self.question_form(visit, whose, asked, problem).await
    }

    async fn names_form(&self, visit: &Visit, whose: &Whose, problem: Option<RecoverProblem>) -> Answer {
        let look = Look { fields: self.whose_fields(whose).await?, hidden: step_of(NAMES), ..looked(whose, problem) };
        self.form(visit, status_for(&look.problems), NAMES, whose, look).await
    }

    async fn question_form(
        &self,
        visit: &Visit,
        whose: &Whose,
        asked: AskedQuestion,
        problem: Option<RecoverProblem>,
    ) -> Answer {
        let question = match asked {
            AskedQuestion::Catalogue(question) => ShownQuestion { kind: question.name, text: String::new() },
            AskedQuestion::Own(text) => ShownQuestion { kind: "own", text },
        };
        let fields = vec![RecoverField::text("answer", "", "off")];
        let hidden = carried(whose, QUESTION);
        let look = Look { fields, hidden, question: Some(question), ..looked(whose, problem) };
        self.form(visit, status_for(&look.problems), QUESTION, whose, look).await
    }

    async fn password_form(
        &self,
        visit: &Visit,
        status: StatusCode,
        whose: &Whose,
        problems: Vec<RecoverProblem>,
    ) -> Answer {
        let fields = vec![
            RecoverField::secret("new_password", "new-password", "new-password"),
            RecoverField::secret("confirm_password", "confirm-password", "new-password"),
        ];
        let policy = self.recover.policy_named(&whose.organization, &visit.config).await?;
        let rules = PasswordRule::of(&policy);
        let look = Look { fields, hidden: carried(whose, PASSWORD), rules, problems, ..Look::default() };
        self.form(visit, status, PASSWORD, whose, look).await
    }
}

/// An answer to a form that sets a password.
enum Save {
    /// The proof is used, or was none.
    Over(Response<Body>),
    /// The form is shown again, and the proof goes on.
    Again(Response<Body>),
}

fn request(visit: &Visit, whose: &Whose) -> Request {
    let Whose { organization, username } = whose.clone();
    Request { organization, username, address: visit.address }
}

fn looked(whose: &Whose, problem: Option<RecoverProblem>) -> Look {
    Look { problems: problem.into_iter().collect(), links: vec![whose.other_ways()], ..Look::default() }
}

fn status_for(problems: &[RecoverProblem]) -> StatusCode {
    problems.first().map_or(StatusCode::OK, status_of)
}

fn step_of(step: Step) -> Vec<(String, String)> {
    vec![("step".to_owned(), step.name.to_owned())]
}

/// What comes along from form to form.
fn carried(whose: &Whose, step: Step) -> Vec<(String, String)> {
    let names = [("organization", &whose.organization), ("username", &whose.username)];
    let names = names.into_iter().map(|(name, value)| (name.to_owned(), value.clone()));
    names.chain(step_of(step)).collect()
}

/// To the page that says what was done.
fn sent(whose: &Whose, what: &str) -> Response<Body> {
    let page = whose.carried_to("/_portero/recover/sent");
    respond::redirect(StatusCode::SEE_OTHER, &format!("{page}{}by={what}", if page.contains('?') { '&' } else { '?' }))
}
