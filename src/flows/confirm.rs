//! Giving the password again: a signed-in person proves, for a few minutes, that it is still them.
//!
//! That it was given is kept by the store, under the session: no cookie says so, and it dies with its time. The try is counted and
//! slowed like any other of that session.

use std::net::IpAddr;
use std::sync::Arc;

use secrecy::SecretString;

use super::administer::{FRESH, Proof};
use super::{Acting, FlowError};
use crate::audit::{Audit, Subject};
use crate::clock::Clock;
use crate::domain::Timestamp;
use crate::domain::audit::{AuditAction, AuditReason};
use crate::domain::ids::{SecretHash, SessionId, UserId};
use crate::domain::throttle::Attempt;
use crate::domain::user::Status;
use crate::passwords::PasswordHasher;
use crate::random::digest_parts;
use crate::store::{EphemeralEntry, Store, StoreError};
use crate::throttle::{PasswordAttempt, Throttling, account_subject};

/// Asks for the password again.
#[derive(Clone)]
pub struct Confirm {
    /// Where accounts are, and what is remembered of sessions.
    pub store: Arc<dyn Store>,
    /// Checks it.
    pub hasher: Arc<PasswordHasher>,
    /// Slows guessing.
    pub throttling: Arc<Throttling>,
    /// Writes it down.
    pub audit: Arc<Audit>,
    /// Time.
    pub clock: Arc<dyn Clock>,
}

/// How it ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Confirmed {
    /// It was the password: for [`FRESH`] it is not asked for again.
    Yes,
    /// It was not.
    Wrong,
    /// Too many attempts; come back after so many seconds.
    Throttled(u64),
    /// The account may not be used any more.
    Void,
}

impl Confirm {
    /// Judges a password. Leaves one audit event.
    ///
    /// # Errors
    /// [`FlowError`]
    pub async fn attempt(
        &self,
        acting: Acting,
        password: &SecretString,
        address: IpAddr,
    ) -> Result<Confirmed, FlowError> {
        let user = self.store.user(acting.user).await?.filter(|user| user.status == Status::Active);
        let Some(user) = user else { return Ok(Confirmed::Void) };
        let attempt = PasswordAttempt {
            account: account_subject(user.organization.as_str(), user.username.as_str()),
            address,
            known_browser: Some(digest_parts(&[b"session", acting.session.to_string().as_bytes()])),
        };
        let (reason, outcome) = match self.throttling.password(attempt).await? {
            Attempt::Wait { until } | Attempt::Closed { until } => {
                (AuditReason::Throttled, Confirmed::Throttled(self.throttling.seconds_until(until)))
            }
            Attempt::Go { .. } | Attempt::Last { .. } => {
                let hash = user.password.as_ref().map(|lasting| lasting.hash.clone());
                let is_right = match self.hasher.verify(password, hash.as_ref()).await {
                    Ok(is_right) => is_right,
                    Err(error) => {
                        self.throttling.password_was_not_judged(attempt).await?;
                        return Err(error.into());
                    }
                };
                if is_right {
                    self.throttling.password_was_right(attempt).await?;
                    self.remember(acting.session).await?;
                    (AuditReason::Ok, Confirmed::Yes)
                } else {
                    (AuditReason::WrongPassword, Confirmed::Wrong)
                }
            }
        };
        let subject = Subject {
            address: Some(address),
            organization: Some(user.organization.to_string()),
            username: Some(user.username.to_string()),
            user: Some(user.id),
            session: Some(acting.session),
            mailbox: None,
        };
        self.audit.record(AuditAction::ConfirmPassword, reason, subject).await;
        Ok(outcome)
    }

    /// Whether the password was proved so lately that it need not be asked for.
    ///
    /// # Errors
    /// [`FlowError`]
    pub async fn is_fresh(&self, acting: Acting) -> Result<bool, FlowError> {
        let proof = proof(&*self.store, acting.user, acting.session, self.clock.now()).await?;
        Ok(proof.is_some_and(|proof| proof.is_fresh(self.clock.now())))
    }

    async fn remember(&self, session: SessionId) -> Result<(), StoreError> {
        let now = self.clock.now();
        let key = place(session);
        let value = now.to_string().into_bytes();
        self.store.put_ephemeral(EphemeralEntry { key, group: key, value, expires_at: now + FRESH }).await
    }
}

/// When the password was proved in a session, at sign-in and again; `None` if it is no open session of the user.
///
/// # Errors
/// [`StoreError`]
pub async fn proof(
    store: &dyn Store,
    user: UserId,
    session: SessionId,
    now: Timestamp,
) -> Result<Option<Proof>, StoreError> {
    let open = store.sessions_of(user).await?;
    let Some(session) = open.into_iter().find(|one| one.id == session) else { return Ok(None) };
    let value = store.peek_ephemeral(&place(session.id), now).await?;
    let confirmed_at = value.and_then(|value| std::str::from_utf8(&value).ok()?.parse().ok());
    Ok(Some(Proof { authenticated_at: session.authenticated_at, confirmed_at }))
}

fn place(session: SessionId) -> SecretHash {
    digest_parts(&[b"confirmed", session.to_string().as_bytes()])
}

#[cfg(test)]
mod tests;
