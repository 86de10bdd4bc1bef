//! The changes that have to do with ways back in. Each secret is judged and used up in the same step.

use super::{ChangeRefused, Password, Status, User};
use crate::domain::Timestamp;
use crate::domain::ids::SecretHash;
use crate::domain::names::EmailAddress;
use crate::domain::password::PasswordHash;
use crate::domain::recovery::{EmailChange, QUESTION_TRIES, RescueCodes, ResetLink, SecretQuestion, TemporaryPassword};
use crate::domain::session::EndReason;

/// A change that has to do with the ways back in.
#[derive(Debug, Clone, PartialEq)]
pub enum RecoveryChange {
    /// Puts rescue codes in place, voiding older ones. Nothing else changes. Each is for an address of the open account.
    OfferRescueCodes(RescueCodes),
    /// Counts one try of the rescue codes before it is judged.
    TryRescueCode {
        /// The moment of the try.
        at: Timestamp,
    },
    /// Exchanges the rescue code that was judged right for a temporary password; all codes end.
    RedeemRescueCode {
        /// Which code, so that a newer request in between wins.
        hash: PasswordHash,
        /// The moment.
        at: Timestamp,
        /// What it is exchanged for.
        temporary: TemporaryPassword,
    },
    /// Puts a reset link in place, voiding an older one. Nothing else changes. It is for an address of the open account.
    OfferResetLink(ResetLink),
    /// Sets the lasting password by a reset link; every session and every outstanding secret end.
    UseResetLink {
        /// SHA-256 of the link's secret.
        hash: SecretHash,
        /// The moment.
        at: Timestamp,
        /// The new password.
        password: Password,
        /// How many hashes, the new one included, are remembered against reuse.
        remember: usize,
    },
    /// Sets or removes the secret question, for whoever proved the password.
    SetQuestion {
        /// The question; `None` for none.
        question: Option<SecretQuestion>,
        /// The version the caller judged.
        expected_version: u64,
    },
    /// Counts one try of the secret question before it is judged.
    TryQuestion,
    /// The person signed in: the question has its tries again.
    ReopenQuestion,
    /// Asks for another main address, voiding an older request. Nothing else changes.
    OfferEmailChange {
        /// The request.
        change: EmailChange,
        /// The version the caller judged.
        expected_version: u64,
    },
    /// The owner of the new mailbox confirms it: it takes the place of the main address, and every outstanding secret ends.
    ConfirmEmailChange {
        /// SHA-256 of the link's secret.
        hash: SecretHash,
        /// The moment.
        at: Timestamp,
    },
    /// The owner of an old mailbox, or the person, stops the change of address.
    StopEmailChange {
        /// SHA-256 of the link's secret; `None` for the signed-in person.
        hash: Option<SecretHash>,
        /// The moment.
        at: Timestamp,
    },
}

impl User {
    /// See [`User::apply`].
    pub(super) fn apply_recovery(&mut self, change: RecoveryChange) -> Result<Option<EndReason>, ChangeRefused> {
        match change {
            RecoveryChange::OfferRescueCodes(codes) => {
                for code in &codes.codes {
                    self.expect_mailbox(&code.sent_to)?;
                }
                self.recovery.codes = Some(codes);
            }
            RecoveryChange::TryRescueCode { at } => {
                let codes = self.recovery.codes.as_mut().ok_or(ChangeRefused::NoSecret)?;
                if !codes.count_try(at) {
                    return Err(ChangeRefused::NoSecret);
                }
            }
            RecoveryChange::RedeemRescueCode { hash, at, temporary } => {
                let held = self.recovery.codes.as_ref().is_some_and(|codes| codes.holds(&hash, at));
                if !held {
                    return Err(ChangeRefused::NoSecret);
                }
                self.recovery.codes = None;
                self.temporary = Some(temporary);
            }
            RecoveryChange::OfferResetLink(link) => {
                self.expect_mailbox(&link.sent_to)?;
                self.recovery.link = Some(link);
            }
            RecoveryChange::UseResetLink { hash, at, password, remember } => {
                if !self.recovery.link.as_ref().is_some_and(|link| link.opens(&hash, at)) {
                    return Err(ChangeRefused::NoSecret);
                }
                return Ok(Some(self.set_password(password, remember)));
            }
            RecoveryChange::SetQuestion { question, expected_version } => {
                self.expect_version(expected_version)?;
                self.recovery.question = question;
            }
            RecoveryChange::TryQuestion => {
                let question = self.recovery.question.as_mut().ok_or(ChangeRefused::NoQuestion)?;
                if !question.count_try() {
                    return Err(ChangeRefused::NoQuestion);
                }
            }
            RecoveryChange::ReopenQuestion => {
                if let Some(question) = &mut self.recovery.question {
                    question.tries_left = QUESTION_TRIES;
                }
            }
            RecoveryChange::OfferEmailChange { change, expected_version } => {
                self.expect_version(expected_version)?;
                self.recovery.email_change = Some(change);
            }
            RecoveryChange::ConfirmEmailChange { hash, at } => {
                let pending = self.recovery.email_change.take_if(|change| change.confirm == hash && change.is_open(at));
                let change = pending.ok_or(ChangeRefused::NoSecret)?;
                // The main address is the first; one that was registered before is not registered twice.
                if !self.emails.is_empty() {
                    self.emails.remove(0);
                }
                self.emails.retain(|address| *address != change.new);
                self.emails.insert(0, change.new);
                self.void_secrets();
            }
            RecoveryChange::StopEmailChange { hash, at } => {
                let meant = |change: &EmailChange| change.is_open(at) && hash.is_none_or(|hash| change.stop == hash);
                self.recovery.email_change.take_if(|change| meant(change)).ok_or(ChangeRefused::NoSecret)?;
            }
        }
        Ok(None)
    }

    /// What is handed out goes to a mailbox of an open account: not to one that was looked up a moment before it was taken away.
    fn expect_mailbox(&self, address: &EmailAddress) -> Result<(), ChangeRefused> {
        let holds = self.status == Status::Active && self.emails.contains(address);
        if holds { Ok(()) } else { Err(ChangeRefused::StaleCredentials) }
    }
}
