//! The secret question: the weakest way back in, so the one with the most rules.
//!
//! ```text
//! look     names → the account's question, or one made up for the names that never changes
//! answer   counters → try counted → one Argon2id, always → right: all addresses are told, and a proof is made
//!          for this browser, this account and these credentials, good for 15 minutes
//!          (or, where the organization wants the mailbox proved too, a reset link goes to it instead)
//! save     proof → new password judged → set, everything else voided, all addresses told, nobody signed in
//! ```
//!
//! * Five wrong answers close the question until the next sign-in. A closed one goes on being shown: if it changed, whoever
//!   answered would learn that there was one.
//! * A question that the person wrote cannot be made up for others: seeing one tells that the account exists. The catalogue's do not.

use std::net::IpAddr;
use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};

use super::{Found, Recover, Request, whose};
use crate::config::Config;
use crate::domain::audit::{AuditAction, AuditReason};
use crate::domain::ids::{SecretHash, UserId};
use crate::domain::organization::Effective;
use crate::domain::password::PasswordHash;
use crate::domain::recovery::{CATALOGUE, CatalogueQuestion, Question, RecoveryMethod, ResetLink, normalize_answer};
use crate::domain::user::{Password, RecoveryChange, User, UserChange};
use crate::flows::letters::News;
use crate::flows::names::Names;
use crate::flows::new_password::{Judge, NewFaults, Typed as TypedTwice};
use crate::flows::{FlowError, discard_half_finished, lift_after_recovery, refused_or_store};
use crate::random::{LinkToken, Token};
use crate::store::EphemeralEntry;
use crate::templates::AccountNews;

/// How long a right answer opens the form of a new password.
const PROOF_LIFETIME: Duration = Duration::from_secs(15 * 60);

/// The question to show for a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AskedQuestion {
    /// One of the catalogue.
    Catalogue(CatalogueQuestion),
    /// One that the person wrote.
    Own(String),
}

/// How an answer ended.
#[derive(Debug)]
pub enum Answered {
    /// It is right: the value that opens the form of a new password, in this browser.
    Right(Token),
    /// It is right, and a reset link is on its way to the mailbox.
    LinkSent,
    /// It is wrong, or the question is closed, or there is none.
    Wrong,
    /// Too many tries from this address; come back after so many seconds.
    Throttled(u64),
}

/// A new password, typed twice.
#[derive(Debug)]
pub struct Typed {
    /// The one to be.
    pub new: SecretString,
    /// The same again.
    pub confirmation: SecretString,
}

/// How setting a password after a right answer ended.
#[derive(Debug, PartialEq, Eq)]
pub enum QuestionUsed {
    /// It is saved. Nobody is signed in.
    Saved,
    /// It is not; all that is wrong.
    Rejected(NewFaults),
    /// There is no proof, it is over, or another browser's or account's: begin again.
    Void,
    /// Too many tries from this address; come back after so many seconds.
    Throttled(u64),
}

/// What a right answer is worth. Kept by the store, found by a token, bound to the browser.
#[derive(Debug, Serialize, Deserialize)]
struct QuestionProof {
    /// Says what it proves; nothing else that a token finds reads as one.
    secret_question: UserId,
    credential_version: u64,
    browser: SecretHash,
}

impl Recover {
    /// The question to show for these names. Counted: own questions are not to be collected. `Err` is how many seconds to wait.
    ///
    /// # Errors
    /// [`FlowError`]
    pub async fn question(&self, request: &Request, config: &Config) -> Result<Result<AskedQuestion, u64>, FlowError> {
        if let Some(seconds) = self.wait(request.address).await? {
            return Ok(Err(seconds));
        }
        self.question_again(request, config).await.map(Ok)
    }

    /// The same for whoever has just been counted.
    ///
    /// # Errors
    /// [`FlowError`]
    pub async fn question_again(&self, request: &Request, config: &Config) -> Result<AskedQuestion, FlowError> {
        let names = Names::parse(&*self.store, &request.organization, &request.username).await?;
        let mark = self.master.mark("made-up question", &[names.account.as_bytes()]);
        let made_up = CATALOGUE[usize::from(mark.as_bytes()[0]) % CATALOGUE.len()];
        let user = match self.find(&names, RecoveryMethod::SecretQuestion, &config.recovery).await? {
            Ok(found) => Some(found.user),
            // Closing an account must not change what is shown for its name.
            Err((AuditReason::Deactivated, user)) => user,
            Err(_) => None,
        };
        let asked = user.and_then(|user| user.recovery.question).and_then(|question| match question.question {
            Question::Catalogue(name) => CatalogueQuestion::named(&name).map(AskedQuestion::Catalogue),
            Question::Own(text) => Some(AskedQuestion::Own(text)),
        });
        Ok(asked.unwrap_or(AskedQuestion::Catalogue(made_up)))
    }

    /// Judges an answer, counted before it is looked at. Leaves one audit event.
    ///
    /// # Errors
    /// [`FlowError`]
    pub async fn answer(
        &self,
        request: Request,
        answer: &SecretString,
        browser: SecretHash,
        config: &Config,
    ) -> Result<Answered, FlowError> {
        if let Some(seconds) = self.wait(request.address).await? {
            return Ok(Answered::Throttled(seconds));
        }
        let normalized = SecretString::from(normalize_answer(answer.expose_secret()));
        let (flow, config) = (self.clone(), config.clone());
        self.paced(async move { flow.judge_answer(&request, &normalized, browser, &config).await }).await
    }

    async fn judge_answer(
        &self,
        request: &Request,
        answer: &SecretString,
        browser: SecretHash,
        config: &Config,
    ) -> Result<Answered, FlowError> {
        let names = Names::parse(&*self.store, &request.organization, &request.username).await?;
        let mut subject = names.subject(request.address);
        let found = self.find(&names, RecoveryMethod::SecretQuestion, &config.recovery).await?;
        subject.user = whose(&found);
        let hash = self.count_try(found.as_ref().ok().map(|found| &found.user), names.account).await?;
        let is_right = match self.hasher.verify(answer, hash.as_ref()).await {
            Ok(is_right) => is_right,
            Err(error) => {
                self.audit.record(AuditAction::AnswerQuestion, AuditReason::Overloaded, subject).await;
                return Err(error.into());
            }
        };
        let (reason, answered) = match found {
            Err((reason, _)) => (reason, Answered::Wrong),
            Ok(found) if is_right => self.accept(found, &names, request, browser, config).await?,
            Ok(_) => (AuditReason::WrongAnswer, Answered::Wrong),
        };
        self.audit.record(AuditAction::AnswerQuestion, reason, subject).await;
        Ok(answered)
    }

    /// Counts a try; the hash to judge it by, if one is left. Where there is nothing to try, as much is written.
    async fn count_try(&self, user: Option<&User>, account: SecretHash) -> Result<Option<PasswordHash>, FlowError> {
        if let Some((user, question)) = user.and_then(|user| Some((user, user.recovery.question.as_ref()?))) {
            let change = UserChange::Recovery(RecoveryChange::TryQuestion);
            match self.store.change_user(user.id, change, self.clock.now()).await {
                // Whoever set another question in between has its owner's password.
                Ok(changed) => {
                    let now = changed.user.recovery.question;
                    return Ok(now.filter(|now| now.answer == question.answer).map(|now| now.answer));
                }
                Err(error) => refused_or_store(error)?,
            }
        }
        self.count_nothing(account).await?;
        Ok(None)
    }

    /// The answer is right: tells every address, and opens the form or sends the link.
    async fn accept(
        &self,
        Found { user, organization }: Found,
        names: &Names,
        request: &Request,
        browser: SecretHash,
        config: &Config,
    ) -> Result<(AuditReason, Answered), FlowError> {
        let now = self.clock.now();
        let news = News { address: Some(request.address), ..News::default() };
        let mut mails = self.letters.about(&user, &organization, &user.emails, AccountNews::QuestionUsed, &news)?;
        let lineage = self.store.lineage(&organization.key).await?;
        if !Effective::of(&lineage).question_needs_mailbox {
            self.store.enqueue_mail(mails).await?;
            self.letters.posted();
            let proof =
                QuestionProof { secret_question: user.id, credential_version: user.credential_version, browser };
            let token = self.random.token();
            let value = serde_json::to_vec(&proof).unwrap_or_default();
            let expires_at = now + PROOF_LIFETIME;
            self.store.put_ephemeral(EphemeralEntry { key: token.hash(), group: browser, value, expires_at }).await?;
            return Ok((AuditReason::Ok, Answered::Right(token)));
        }
        let Some(to) = user.emails.first() else { return Ok((AuditReason::NoEmail, Answered::LinkSent)) };
        if !self.throttling.recovery_message(names.account).await? {
            return Ok((AuditReason::Throttled, Answered::LinkSent));
        }
        let token = LinkToken::new(user.id, &*self.random);
        let link = ResetLink::new(token.secret.hash(), to.clone(), now, config.recovery.reset_link);
        let news = News {
            link: Some(self.letters.page(&format!("/reset?token={}", token.reveal()))),
            expires_at: Some(link.expires_at),
            ..news
        };
        let to = std::slice::from_ref(to);
        mails.extend(self.letters.about(&user, &organization, to, AccountNews::ResetLink, &news)?);
        let change = UserChange::Recovery(RecoveryChange::OfferResetLink(link));
        let reason = match self.telling().change(user.id, change, now, mails).await? {
            true => AuditReason::Ok,
            false => AuditReason::Conflict,
        };
        Ok((reason, Answered::LinkSent))
    }

    /// Whether `proof` opens the form of a new password for these names in this browser.
    ///
    /// # Errors
    /// [`FlowError`]
    pub async fn question_is_answered(
        &self,
        request: &Request,
        proof: &Token,
        browser: &SecretHash,
        config: &Config,
    ) -> Result<bool, FlowError> {
        let names = Names::parse(&*self.store, &request.organization, &request.username).await?;
        Ok(self.proven(&names, proof, browser, config).await?.is_some())
    }

    /// The account that a proof is good for.
    async fn proven(
        &self,
        names: &Names,
        proof: &Token,
        browser: &SecretHash,
        config: &Config,
    ) -> Result<Option<Found>, FlowError> {
        let value = self.store.peek_ephemeral(&proof.hash(), self.clock.now()).await?;
        let proof = value.and_then(|value| serde_json::from_slice::<QuestionProof>(&value).ok());
        let Some(proof) = proof.filter(|proof| proof.browser == *browser) else { return Ok(None) };
        let found = self.find(names, RecoveryMethod::SecretQuestion, &config.recovery).await?.ok();
        Ok(found.filter(|found| {
            found.user.id == proof.secret_question && found.user.credential_version == proof.credential_version
        }))
    }

    /// Sets the password that a right answer opened the way to. Leaves one audit event.
    ///
    /// # Errors
    /// [`FlowError`]: nothing was changed.
    pub async fn use_question(
        &self,
        request: Request,
        proof: Option<&Token>,
        typed: Typed,
        browser: SecretHash,
        config: &Config,
    ) -> Result<QuestionUsed, FlowError> {
        if let Some(seconds) = self.wait(request.address).await? {
            return Ok(QuestionUsed::Throttled(seconds));
        }
        let names = Names::parse(&*self.store, &request.organization, &request.username).await?;
        let found = match proof {
            Some(proof) => self.proven(&names, proof, &browser, config).await?,
            None => None,
        };
        let mut subject = names.subject(request.address);
        let Some(found) = found else {
            self.audit.record(AuditAction::UseQuestion, AuditReason::BadForm, subject).await;
            return Ok(QuestionUsed::Void);
        };
        subject.user = Some(found.user.id);
        let (flow, config) = (self.clone(), config.clone());
        crate::flows::to_the_end(async move {
            let (reason, used) = match flow.judge_and_save(&found, &typed, request.address, browser, &config).await {
                Ok((reason, used)) => (reason, Ok(used)),
                Err(FlowError::Overloaded(error)) => (AuditReason::Overloaded, Err(error.into())),
                Err(error) => return Err(error),
            };
            flow.audit.record(AuditAction::UseQuestion, reason, subject).await;
            used
        })
        .await
    }

    async fn judge_and_save(
        &self,
        Found { user, organization }: &Found,
        typed: &Typed,
        address: IpAddr,
        browser: SecretHash,
        config: &Config,
    ) -> Result<(AuditReason, QuestionUsed), FlowError> {
        let policy = self.policy(&organization.key, config).await?;
        let judge = Judge { hasher: &self.hasher, common: &self.common, random: &*self.random, policy: &policy };
        let typed = TypedTwice { new: &typed.new, confirmation: &typed.confirmation };
        let hash = match judge.hash(user, organization, typed).await? {
            Ok(hash) => hash,
            Err(faults) => return Ok((AuditReason::Policy, QuestionUsed::Rejected(faults))),
        };
        let now = self.clock.now();
        let change = UserChange::SetPassword {
            password: Password { hash, changed_at: now },
            expected_version: user.credential_version,
            remember: policy.history,
        };
        let news = News { address: Some(address), ..News::default() };
        let mails = self.letters.about(user, organization, &user.emails, AccountNews::PasswordRecovered, &news)?;
        if !self.telling().change(user.id, change, now, mails).await? {
            return Ok((AuditReason::Conflict, QuestionUsed::Void));
        }
        lift_after_recovery(&self.throttling, user).await;
        discard_half_finished(&*self.store, &browser).await;
        Ok((AuditReason::Ok, QuestionUsed::Saved))
    }
}

#[cfg(test)]
mod tests;
