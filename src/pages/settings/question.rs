//! The form of the secret question.

use std::time::Duration;

use http::StatusCode;
use secrecy::SecretString;

use super::{Here, SettingsPage, Told, saved, status_of};
use crate::domain::recovery::{AnswerFault, CATALOGUE, CatalogueQuestion, LONGEST_QUESTION, Question};
use crate::domain::user::User;
use crate::flows::FlowError;
use crate::flows::own_account::{QuestionChoice, QuestionFault, QuestionFaults, QuestionOutcome};
use crate::pages::Answer;
use crate::pages::visit::Visit;
use crate::templates::{QuestionForm, QuestionOption, SettingsProblem, ShownQuestion, Wait};
use crate::wire::form::Form;
use crate::wire::respond;

/// The choice that stands for a question of one's own.
const OWN: &str = "own";

/// What was chosen, to be shown again. The answer is not.
#[derive(Default)]
pub(super) struct Typed {
    question: String,
    own: String,
}

impl SettingsPage {
    /// Takes the form: saves a question, or removes the one there is.
    pub(super) async fn submit_question(&self, visit: &Visit, here: &Here, mut form: Form) -> Answer {
        let password = SecretString::from(form.take("password"));
        let removes = !form.get("remove").is_empty();
        if !removes && !self.question_is_offered(here, &visit.config).await? {
            return self.problem(visit, here, SettingsProblem::NotOffered).await;
        }
        let typed = Typed { question: form.take("question"), own: form.take("own_question") };
        let choice = (!removes)
            .then(|| QuestionChoice { question: chosen(&typed), answer: SecretString::from(form.take("answer")) });
        let problems = match self.account.set_question(here.acting, choice, password, visit.address).await {
            Ok(QuestionOutcome::Saved) => return Ok(saved(if removes { "question-removed" } else { "question" })),
            Ok(QuestionOutcome::Rejected(faults)) => problems_of(faults),
            Ok(QuestionOutcome::Throttled(seconds)) => {
                vec![SettingsProblem::Throttled { wait: Wait::new(Duration::from_secs(seconds)) }]
            }
            Ok(QuestionOutcome::Void) => return Ok(respond::redirect(StatusCode::SEE_OTHER, "/_portero/login")),
            Err(FlowError::Overloaded(_)) => vec![SettingsProblem::Overloaded],
            Err(error) => return Err(error.into()),
        };
        let wrong_password = problems.contains(&SettingsProblem::WrongPassword);
        let first = problems.first().map_or(StatusCode::UNPROCESSABLE_ENTITY, status_of);
        let status = if wrong_password { StatusCode::UNAUTHORIZED } else { first };
        self.page(visit, status, here, Told { problems, question: typed }).await
    }
}

/// The question that was meant. What is neither a name of the catalogue nor `own` was written by the person.
fn chosen(typed: &Typed) -> Question {
    match typed.question.as_str() {
        OWN => Question::Own(typed.own.clone()),
        "" if !typed.own.trim().is_empty() => Question::Own(typed.own.clone()),
        name if CatalogueQuestion::named(name).is_some() => Question::Catalogue(name.to_owned()),
        text => Question::Own(text.to_owned()),
    }
}

/// The form as it stands; `None` where there is nothing to set or remove.
pub(super) fn form(user: &User, offered: bool, typed: Typed) -> Option<QuestionForm> {
    let set = user.recovery.question.as_ref();
    if !offered && set.is_none() {
        return None;
    }
    let own_chosen = typed.question == OWN;
    let chosen = CatalogueQuestion::named(&typed.question).unwrap_or(CATALOGUE[0]);
    let option =
        |question: CatalogueQuestion| QuestionOption { kind: question.name, chosen: !own_chosen && question == chosen };
    let own = if typed.own.chars().count() > LONGEST_QUESTION { String::new() } else { typed.own };
    Some(QuestionForm {
        present: set.and_then(|set| shown(&set.question)),
        closed: set.is_some_and(|set| set.tries_left == 0),
        offered,
        choices: CATALOGUE.into_iter().map(option).collect(),
        own_chosen,
        own,
    })
}

/// A question as pages show it; `None` for one that is not in the catalogue any more.
fn shown(question: &Question) -> Option<ShownQuestion> {
    match question {
        Question::Catalogue(name) => {
            CatalogueQuestion::named(name).map(|question| ShownQuestion { kind: question.name, text: String::new() })
        }
        Question::Own(text) => Some(ShownQuestion { kind: OWN, text: text.clone() }),
    }
}

fn problems_of(faults: QuestionFaults) -> Vec<SettingsProblem> {
    let fault = faults.fault.map(|fault| match fault {
        QuestionFault::Question => SettingsProblem::BadQuestion,
        QuestionFault::Answer(AnswerFault::TooShort) => SettingsProblem::ShortAnswer,
        QuestionFault::Answer(AnswerFault::TooLong) => SettingsProblem::LongAnswer,
        QuestionFault::Answer(AnswerFault::Obvious) => SettingsProblem::ObviousAnswer,
    });
    let password = faults.wrong_password.then_some(SettingsProblem::WrongPassword);
    [fault, password].into_iter().flatten().collect()
}
