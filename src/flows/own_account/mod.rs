//! What a signed-in person settles about the own account: language, secret question, sessions, and (in
//! [`super::change_email`]) the address.
//!
//! ```text
//! session → account as it stands now → password, counted before it is looked at (where something is given away) → change,
//! with its messages, if the credentials are still the ones that were judged
//! ```
//!
//! Guesses at the password are counted together with those on the page that changes it: a thief of a session has no more of
//! them by going from page to page. Neighbours: `pages::settings` and `pages::email` above.

mod question;
mod sessions;

use std::net::IpAddr;
use std::sync::Arc;

use secrecy::SecretString;

use super::letters::Letters;
use super::telling::Telling;
use super::{Acting, FlowError, refused_or_store, subject_of};
use crate::audit::{Audit, Subject};
use crate::clock::Clock;
use crate::domain::language::Language;
use crate::domain::organization::Organization;
use crate::domain::throttle::Attempt;
use crate::domain::user::{Status, User, UserChange};
use crate::passwords::PasswordHasher;
use crate::random::{Random, digest_parts};
use crate::sessions::SessionObserver;
use crate::store::Store;
use crate::throttle::{PasswordAttempt, Throttling, account_subject};

pub use question::{QuestionChoice, QuestionFault, QuestionFaults, QuestionOutcome};
pub use sessions::OwnSession;

/// Changes of the own account.
#[derive(Clone)]
pub struct OwnAccount {
    /// Where accounts and sessions are.
    pub store: Arc<dyn Store>,
    /// Checks passwords, hashes answers.
    pub hasher: Arc<PasswordHasher>,
    /// Slows guessing.
    pub throttling: Arc<Throttling>,
    /// Tells the person.
    pub letters: Letters,
    /// Writes it down.
    pub audit: Arc<Audit>,
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// Randomness.
    pub random: Arc<dyn Random>,
    /// Hears what changed.
    pub observer: Arc<dyn SessionObserver>,
}

/// Somebody who proves that the account is theirs.
pub(super) struct Proving {
    pub(super) acting: Acting,
    /// The password as it was typed.
    pub(super) password: SecretString,
    /// The client's address.
    pub(super) address: IpAddr,
}

/// What came of a password that somebody gave to prove themselves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Proof {
    /// It is the account's.
    Right,
    /// It is not.
    Wrong,
    /// Too many attempts; it was not looked at. Come back after so many seconds.
    Throttled(u64),
}

impl OwnAccount {
    /// The account as it stands now, with its organization. `None` if it is not to be used any more.
    ///
    /// # Errors
    /// [`FlowError`].
    pub async fn account(&self, acting: Acting) -> Result<Option<(User, Organization)>, FlowError> {
        let Some(user) = self.store.user(acting.user).await?.filter(|user| user.status == Status::Active) else {
            return Ok(None);
        };
        let organization = self.store.organization(&user.organization).await?;
        Ok(organization.map(|organization| (user, organization)))
    }

    /// Remembers the language for pages and mails. `false` if the account is gone.
    ///
    /// # Errors
    /// [`FlowError`].
    pub async fn set_language(&self, acting: Acting, language: Language) -> Result<bool, FlowError> {
        match self.store.change_user(acting.user, UserChange::SetLanguage(language), self.clock.now()).await {
            Ok(_) => {
                self.observer.user_changed(acting.user);
                Ok(true)
            }
            Err(error) => {
                refused_or_store(error)?;
                Ok(false)
            }
        }
    }

    /// Counts one attempt at the account's password and judges it.
    pub(super) async fn prove(&self, user: &User, proving: &Proving) -> Result<Proof, FlowError> {
        let Proving { acting, password, address } = proving;
        let attempt = PasswordAttempt {
            account: account_subject(user.organization.as_str(), user.username.as_str()),
            address: *address,
            // As for a change of the password: counted for what whoever took over a session cannot choose.
            known_browser: Some(digest_parts(&[b"session", acting.session.to_string().as_bytes()])),
        };
        if let Attempt::Wait { until } | Attempt::Closed { until } = self.throttling.password(attempt).await? {
            return Ok(Proof::Throttled(self.throttling.seconds_until(until)));
        }
        let hash = user.password.as_ref().map(|password| &password.hash);
        match self.hasher.verify(password, hash).await {
            Ok(true) => {}
            Ok(false) => return Ok(Proof::Wrong),
            Err(error) => {
                self.throttling.password_was_not_judged(attempt).await?;
                return Err(error.into());
            }
        }
        self.throttling.password_was_right(attempt).await?;
        Ok(Proof::Right)
    }

    pub(super) fn telling(&self) -> Telling<'_> {
        Telling { store: &*self.store, observer: &*self.observer, letters: &self.letters }
    }

    /// What the audit trail is told.
    pub(super) fn subject(&self, acting: Acting, user: &User, address: IpAddr) -> Subject {
        Subject { session: Some(acting.session), ..subject_of(user, address) }
    }
}

#[cfg(test)]
mod tests;
