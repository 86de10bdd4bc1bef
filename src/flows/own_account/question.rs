//! Setting and removing the secret question. Both need the password, and tell every address.

use std::net::IpAddr;

use secrecy::{ExposeSecret, SecretString};

use super::{OwnAccount, Proof, Proving};
use crate::domain::audit::{AuditAction, AuditReason};
use crate::domain::organization::Organization;
use crate::domain::recovery::{
    AnswerFault, CatalogueQuestion, LONGEST_QUESTION, Question, SHORTEST_ANSWER, SecretQuestion, answer_fault,
    normalize_answer,
};
use crate::domain::user::{RecoveryChange, User, UserChange};
use crate::flows::letters::News;
use crate::flows::{Acting, FlowError, to_the_end};
use crate::passwords::HashError;
use crate::templates::AccountNews;

/// What was chosen and typed.
#[derive(Debug)]
pub struct QuestionChoice {
    /// The name of a question of the catalogue, or a question of the person's own.
    pub question: Question,
    /// The answer.
    pub answer: SecretString,
}

/// What is wrong with a question or its answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum QuestionFault {
    /// No such question in the catalogue, or an own one that is empty, too long, or not one line of text.
    Question,
    /// See [`AnswerFault`].
    Answer(AnswerFault),
}

/// All that is wrong.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct QuestionFaults {
    /// The password is not right.
    pub wrong_password: bool,
    /// What is wrong with the question or the answer.
    pub fault: Option<QuestionFault>,
}

/// How it ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum QuestionOutcome {
    /// It is saved, or removed.
    Saved,
    /// It is not; all that is wrong.
    Rejected(QuestionFaults),
    /// Too many attempts; come back after so many seconds.
    Throttled(u64),
    /// The account changed meanwhile, or is not to be used: sign in again.
    Void,
}

impl OwnAccount {
    /// Sets the secret question; `None` removes it. Leaves one audit event.
    ///
    /// # Errors
    /// [`FlowError`]: nothing was changed.
    pub async fn set_question(
        &self,
        acting: Acting,
        choice: Option<QuestionChoice>,
        password: SecretString,
        address: IpAddr,
    ) -> Result<QuestionOutcome, FlowError> {
        let (flow, proving) = (self.clone(), Proving { acting, password, address });
        to_the_end(async move {
            let Some((user, organization)) = flow.account(acting).await? else { return Ok(QuestionOutcome::Void) };
            let (reason, outcome) = flow.judge_question(&user, &organization, choice, &proving).await?;
            let subject = flow.subject(acting, &user, address);
            flow.audit.record(AuditAction::SetQuestion, reason, subject).await;
            Ok(outcome)
        })
        .await
    }

    async fn judge_question(
        &self,
        user: &User,
        organization: &Organization,
        choice: Option<QuestionChoice>,
        proving: &Proving,
    ) -> Result<(AuditReason, QuestionOutcome), FlowError> {
        let wrong_password = match self.prove(user, proving).await? {
            Proof::Throttled(seconds) => return Ok((AuditReason::Throttled, QuestionOutcome::Throttled(seconds))),
            Proof::Wrong => true,
            Proof::Right => false,
        };
        let fault = choice.as_ref().and_then(|choice| fault_of(choice, user, organization, &proving.password));
        if wrong_password || fault.is_some() {
            let reason = if wrong_password { AuditReason::WrongPassword } else { AuditReason::Invalid };
            return Ok((reason, QuestionOutcome::Rejected(QuestionFaults { wrong_password, fault })));
        }
        let now = self.clock.now();
        let (news, question) = match choice {
            None => (AccountNews::QuestionRemoved, None),
            Some(QuestionChoice { question, answer }) => {
                let normalized = SecretString::from(normalize_answer(answer.expose_secret()));
                match self.hasher.hash(&normalized, &*self.random).await {
                    Ok(hash) => (AccountNews::QuestionSet, Some(SecretQuestion::new(trimmed(question), hash, now))),
                    Err(HashError::Overloaded(error)) => return Err(error.into()),
                    Err(HashError::TooLong) => {
                        let fault = Some(QuestionFault::Answer(AnswerFault::TooLong));
                        let faults = QuestionFaults { fault, ..QuestionFaults::default() };
                        return Ok((AuditReason::Invalid, QuestionOutcome::Rejected(faults)));
                    }
                }
            }
        };
        let told = News { address: Some(proving.address), ..News::default() };
        let mails = self.letters.about(user, organization, &user.emails, news, &told)?;
        let change = RecoveryChange::SetQuestion { question, expected_version: user.credential_version };
        let change = UserChange::Recovery(change);
        Ok(match self.telling().change(user.id, change, now, mails).await? {
            true => (AuditReason::Ok, QuestionOutcome::Saved),
            false => (AuditReason::Conflict, QuestionOutcome::Void),
        })
    }
}

fn trimmed(question: Question) -> Question {
    match question {
        Question::Own(text) => Question::Own(text.trim().to_owned()),
        Question::Catalogue(name) => Question::Catalogue(name),
    }
}

fn fault_of(
    choice: &QuestionChoice,
    user: &User,
    organization: &Organization,
    password: &SecretString,
) -> Option<QuestionFault> {
    let answer = choice.answer.expose_secret();
    let normalized = normalize_answer(answer);
    let (question, in_question) = match &choice.question {
        Question::Catalogue(name) => {
            let Some(question) = CatalogueQuestion::named(name) else { return Some(QuestionFault::Question) };
            ("", question.says(&normalized))
        }
        Question::Own(text) => {
            let letters = normalize_answer(text).chars().count();
            let fits = letters >= SHORTEST_ANSWER && text.trim().chars().count() <= LONGEST_QUESTION;
            if !fits || text.chars().any(char::is_control) {
                return Some(QuestionFault::Question);
            }
            (text.as_str(), false)
        }
    };
    let names = [user.username.as_str(), user.name.as_str()];
    let mut known = vec![question, organization.key.as_str(), organization.name.as_str()];
    known.extend(names);
    // Whoever learns one of the two must not have learned both.
    known.push(password.expose_secret());
    let obvious = in_question.then_some(AnswerFault::Obvious);
    answer_fault(answer, &known).or(obvious).map(QuestionFault::Answer)
}
