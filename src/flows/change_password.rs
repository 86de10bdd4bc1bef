//! Changing a password: because it expired, because it is temporary, or because the person wants to.
//!
//! ```text
//! old password (counted, verified) ┐
//! new = confirmation               ├→ all that is wrong, at once → set, if nobody was faster → every session ends
//! policy, common words, history    ┘
//! ```

use std::net::IpAddr;
use std::sync::Arc;

use secrecy::SecretString;

use super::letters::{Letters, News};
use super::new_password::{Judge, NewFaults, Typed};
use super::sign_in::{ChangeCause, PendingChange};
use super::telling::Telling;
use super::{
    Acting, FlowError, discard_half_finished, house_rules, lift_after_recovery, stopped_by_form, subject_of, to_the_end,
};
use crate::audit::Audit;
use crate::clock::Clock;
use crate::domain::audit::{AuditAction, AuditReason};
use crate::domain::ids::SecretHash;
use crate::domain::names::OrganizationKey;
use crate::domain::organization::Organization;
use crate::domain::password::{PasswordPolicy, Unmet};
use crate::domain::throttle::Attempt;
use crate::domain::user::{Password, Status, User, UserChange};
use crate::passwords::{CommonPasswords, PasswordHasher};
use crate::random::{Random, Token, digest_parts};
use crate::sessions::SessionObserver;
use crate::store::Store;
use crate::templates::AccountNews;
use crate::throttle::{PasswordAttempt, Throttling, account_subject};

/// Changes passwords.
#[derive(Clone)]
pub struct ChangePassword {
    /// Where accounts are.
    pub store: Arc<dyn Store>,
    /// Checks and hashes.
    pub hasher: Arc<PasswordHasher>,
    /// The commonest passwords.
    pub common: Arc<CommonPasswords>,
    /// Slows guessing of the old one.
    pub throttling: Arc<Throttling>,
    /// Tells the person.
    pub letters: Letters,
    /// Writes it down.
    pub audit: Arc<Audit>,
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// Randomness.
    pub random: Arc<dyn Random>,
    /// Hears which sessions ended.
    pub observer: Arc<dyn SessionObserver>,
}

/// Who may change it, and why.
#[derive(Debug, Clone)]
pub enum Entitled {
    /// A signed-in person, of their own accord.
    SignedIn(Acting),
    /// A sign-in that waits for it.
    Pending(PendingChange),
}

/// What was typed.
#[derive(Debug)]
pub struct NewPassword {
    /// The password that counts now.
    pub old: SecretString,
    /// The one to be.
    pub new: SecretString,
    /// The same again.
    pub confirmation: SecretString,
}

/// How it ended.
#[derive(Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It is changed, and every session of the person has ended.
    Changed,
    /// It is not; all that is wrong.
    Rejected(Faults),
    /// Too many attempts; come back after so many seconds.
    Throttled(u64),
    /// The account changed meanwhile, or is not to be used: begin again by signing in.
    Void,
}

/// All that is wrong with what was typed.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Faults {
    /// The old password is not right.
    pub wrong_old: bool,
    /// The confirmation differs.
    pub mismatch: bool,
    /// Rules that the new one does not meet.
    pub unmet: Vec<Unmet>,
}

impl ChangePassword {
    /// The sign-in that a ticket holds for this browser, if it is still worth something.
    ///
    /// # Errors
    /// [`FlowError`].
    pub async fn pending(&self, ticket: &Token, browser: &SecretHash) -> Result<Option<PendingChange>, FlowError> {
        let value = self.store.peek_ephemeral(&ticket.hash(), self.clock.now()).await?;
        let pending = value.and_then(|value| serde_json::from_slice::<PendingChange>(&value).ok());
        Ok(pending.filter(|pending| pending.browser == *browser))
    }

    /// The account that is entitled, with its organization, as it stands now. `None` if the change is void.
    ///
    /// # Errors
    /// [`FlowError`].
    pub async fn account(&self, entitled: &Entitled) -> Result<Option<(User, Organization)>, FlowError> {
        let (id, version) = match entitled {
            Entitled::SignedIn(acting) => (acting.user, None),
            Entitled::Pending(pending) => (pending.user, Some(pending.credential_version)),
        };
        let Some(user) = self.store.user(id).await? else { return Ok(None) };
        if user.status != Status::Active || version.is_some_and(|version| version != user.credential_version) {
            return Ok(None);
        }
        let organization = self.store.organization(&user.organization).await?;
        Ok(organization.map(|organization| (user, organization)))
    }

    /// What a new password of this organization's people must be, where `configured` is what the configuration says.
    ///
    /// # Errors
    /// [`FlowError`].
    pub async fn policy(
        &self,
        organization: &OrganizationKey,
        configured: &PasswordPolicy,
    ) -> Result<PasswordPolicy, FlowError> {
        Ok(house_rules::policy_for(&self.store.lineage(organization).await?, configured))
    }

    /// Tries to change the password, even if the browser does not wait for it. `policy` is the one of the configuration; the
    /// organization's goes before it. Leaves one audit event.
    ///
    /// # Errors
    /// [`FlowError`]: nothing was changed.
    pub async fn attempt(
        &self,
        entitled: &Entitled,
        typed: NewPassword,
        policy: &PasswordPolicy,
        address: IpAddr,
        browser: SecretHash,
    ) -> Result<Outcome, FlowError> {
        let (flow, entitled, policy) = (self.clone(), entitled.clone(), policy.clone());
        to_the_end(async move { flow.attempt_whole(&entitled, typed, &policy, address, browser).await }).await
    }

    async fn attempt_whole(
        &self,
        entitled: &Entitled,
        typed: NewPassword,
        policy: &PasswordPolicy,
        address: IpAddr,
        browser: SecretHash,
    ) -> Result<Outcome, FlowError> {
        let Some((user, organization)) = self.account(entitled).await? else { return Ok(Outcome::Void) };
        let subject = subject_of(&user, address);
        let policy = self.policy(&organization.key, policy).await?;
        match self.judge_and_set(entitled, &user, &organization, typed, &policy, address, browser).await {
            Ok((reason, outcome)) => {
                self.audit.record(AuditAction::ChangePassword, reason, subject).await;
                Ok(outcome)
            }
            Err(error) => {
                self.audit.record(AuditAction::ChangePassword, error.audit_reason(), subject).await;
                Err(error)
            }
        }
    }

    /// A form came for this account that is not of this browser, or too old. Leaves an audit event, unless one like it was left
    /// a moment ago.
    pub async fn stopped_by_form(&self, user: &User, address: IpAddr) {
        stopped_by_form(&self.audit, AuditAction::ChangePassword, subject_of(user, address)).await;
    }

    /// An attempt ended at its captcha. Leaves its audit event.
    pub async fn stopped_by_captcha(&self, user: &User, address: IpAddr) {
        self.audit.record(AuditAction::ChangePassword, AuditReason::Captcha, subject_of(user, address)).await;
    }

    #[allow(
        clippy::too_many_arguments,
        reason = "one step of `attempt`, split off so that one place writes the audit event"
    )]
    async fn judge_and_set(
        &self,
        entitled: &Entitled,
        user: &User,
        organization: &Organization,
        typed: NewPassword,
        policy: &PasswordPolicy,
        address: IpAddr,
        browser: SecretHash,
    ) -> Result<(AuditReason, Outcome), FlowError> {
        let attempt = PasswordAttempt {
            account: account_subject(user.organization.as_str(), user.username.as_str()),
            address,
            // Whoever is here has proved the password once: a flood from elsewhere is none of theirs. What they guess is counted for
            // what they cannot choose: a browser's own name would give a thief of a session as many tries as names.
            known_browser: Some(match entitled {
                Entitled::SignedIn(acting) => digest_parts(&[b"session", acting.session.to_string().as_bytes()]),
                Entitled::Pending(pending) => pending.browser,
            }),
        };
        if let Attempt::Wait { until } | Attempt::Closed { until } = self.throttling.password(attempt).await? {
            return Ok((AuditReason::Throttled, Outcome::Throttled(self.throttling.seconds_until(until))));
        }
        let old_is_right = self.verify_old(entitled, user, &typed.old).await?;
        if old_is_right {
            self.throttling.password_was_right(attempt).await?;
        }
        let judge = Judge { hasher: &self.hasher, common: &self.common, random: &*self.random, policy };
        let typed = Typed { new: &typed.new, confirmation: &typed.confirmation };
        // History is only looked through for whoever knows the old password: it costs several hashes.
        let judged = match old_is_right {
            true => judge.hash(user, organization, typed).await?,
            false => Err(judge.faults(user, organization, typed)),
        };
        let hash = match judged {
            Ok(hash) => hash,
            Err(NewFaults { mismatch, unmet }) => {
                let reason = if old_is_right { AuditReason::Policy } else { AuditReason::WrongPassword };
                return Ok((reason, Outcome::Rejected(Faults { wrong_old: !old_is_right, mismatch, unmet })));
            }
        };
        let now = self.clock.now();
        let change = UserChange::SetPassword {
            password: Password { hash, changed_at: now },
            expected_version: user.credential_version,
            remember: policy.history,
        };
        let news = News { address: Some(address), ..News::default() };
        let mail = self.letters.about(user, organization, &user.emails, AccountNews::PasswordChanged, &news)?;
        if !self.telling().change(user.id, change, now, mail).await? {
            return Ok((AuditReason::Conflict, Outcome::Void));
        }
        // It is changed: what fails from here on must not be told as if it were not.
        if is_temporary(entitled) {
            // A way back in was taken to its end.
            lift_after_recovery(&self.throttling, user).await;
        }
        discard_half_finished(&*self.store, &browser).await;
        Ok((AuditReason::Ok, Outcome::Changed))
    }

    fn telling(&self) -> Telling<'_> {
        Telling { store: &*self.store, observer: &*self.observer, letters: &self.letters }
    }

    /// The old password is the one that was used to get here: the temporary one, or the lasting one.
    async fn verify_old(&self, entitled: &Entitled, user: &User, old: &SecretString) -> Result<bool, FlowError> {
        let hash = if is_temporary(entitled) {
            // Its tries were counted when it opened this page; here the account's counter goes on.
            user.temporary.as_ref().map(|temporary| temporary.hash.clone())
        } else {
            user.password.as_ref().map(|password| password.hash.clone())
        };
        Ok(self.hasher.verify(old, hash.as_ref()).await?)
    }
}

/// Whether a temporary password leads here.
fn is_temporary(entitled: &Entitled) -> bool {
    matches!(entitled, Entitled::Pending(pending) if pending.cause == ChangeCause::Temporary)
}

#[cfg(test)]
mod tests;
