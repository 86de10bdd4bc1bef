//! Use cases without HTTP: what happens when somebody signs in, changes a password, signs out, or administers.
//!
//! A flow takes parsed values and answers with an outcome; pages choose the status and the words. Nothing here knows of
//! headers or templates. Neighbours: `pages` and `cli` above; the domain, the services and the store's traits below.

pub mod administer;
pub mod change_email;
pub mod change_password;
pub mod confirm;
pub mod expiry;
pub mod house_rules;
pub mod known_browser;
mod letters;
mod names;
mod new_password;
pub mod own_account;
pub mod recover;
pub mod sign_in;
pub mod sign_out;
mod telling;

pub use letters::Letters;
pub(crate) use letters::{News, sends};
pub use new_password::NewFaults;

use std::net::IpAddr;
use std::time::Duration;

use crate::audit::{Audit, Subject};
use crate::domain::audit::{AuditAction, AuditReason};
use crate::domain::ids::{SecretHash, SessionId, UserId};
use crate::domain::throttle::Ladder;
use crate::domain::user::User;
use crate::passwords::Overloaded;
use crate::store::{ChangeUserError, OpenSessionError, Store, StoreError};
use crate::throttle::Throttling;
use crate::throttle::address_subject;

/// A counter that nobody waits for: it is there to be written, where there is nothing to try.
const NO_LIMIT: Ladder = Ladder {
    free: u32::MAX,
    first_wait: Duration::ZERO,
    longest_wait: Duration::ZERO,
    forget_after: Duration::from_secs(15 * 60),
    closes_after: None,
};

/// A flow could not be carried out, through no fault of whoever asked. Nothing was decided.
#[derive(Debug, thiserror::Error)]
pub enum FlowError {
    /// See [`StoreError`].
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Too many passwords are waiting to be checked.
    #[error(transparent)]
    Overloaded(#[from] Overloaded),
    /// A message could not be put together.
    #[error(transparent)]
    Mail(#[from] crate::mail::PostError),
    /// See [`crate::captcha::CaptchaError`].
    #[error(transparent)]
    Captcha(#[from] crate::captcha::CaptchaError),
}

impl FlowError {
    /// A stable code for logs and programs.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Store(error) => error.code(),
            Self::Overloaded(_) => "overloaded",
            Self::Captcha(error) => error.code(),
            Self::Mail(_) => "mail",
        }
    }

    /// What the audit trail is told of an attempt that could not be judged.
    const fn audit_reason(&self) -> AuditReason {
        match self {
            Self::Overloaded(_) => AuditReason::Overloaded,
            Self::Store(_) | Self::Mail(_) | Self::Captcha(_) => AuditReason::StoreFailed,
        }
    }
}

/// Who is acting: a session and its user.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Acting {
    /// Session.
    pub session: SessionId,
    /// User.
    pub user: UserId,
}

/// Whom an event is about, where nobody is signed in.
fn subject_of(user: &User, address: IpAddr) -> Subject {
    Subject {
        address: Some(address),
        organization: Some(user.organization.to_string()),
        username: Some(user.username.to_string()),
        user: Some(user.id),
        session: None,
        mailbox: None,
    }
}

/// Carries `work` to its end, even if whoever asked for it leaves meanwhile: a request whose connection breaks is dropped where it
/// waits, and between a change in the store and telling those who remember the state before it there is always a wait.
async fn to_the_end<T: Send + 'static>(work: impl Future<Output = T> + Send + 'static) -> T {
    match tokio::spawn(work).await {
        Ok(done) => done,
        Err(error) => match error.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            // The runtime is going down, and whoever waits here with it.
            Err(_) => std::future::pending().await,
        },
    }
}

/// A form came that is not of this browser, or too old. Nothing was counted, and nothing slows these down: one event for each name
/// is enough, and a few for each address.
async fn stopped_by_form(audit: &Audit, action: AuditAction, subject: Subject) {
    if let Some(address) = subject.address {
        audit.record_seldom(action, AuditReason::BadForm, subject, address_subject(address)).await;
    }
}

/// Something failed behind the decisive step. Whoever asked is told what was decided; the log is told this.
fn after_the_fact(error: &StoreError, what: &'static str) {
    tracing::error!(code = error.code(), %error, "{what}, but what it belongs to was done");
}

/// Opens sign-in again for strangers: a way back in was taken to its end. That is decided already, whatever the store says here.
async fn lift_after_recovery(throttling: &Throttling, user: &User) {
    if let Err(error) = throttling.lift(user.organization.as_str(), user.username.as_str()).await {
        after_the_fact(&error, "sign-in was not opened again");
    }
}

/// Half-finished sign-ins of a browser die with the success of one, or with a new password. That is decided already, too.
async fn discard_half_finished(store: &dyn Store, browser: &SecretHash) {
    if let Err(error) = store.discard_ephemeral_group(browser).await {
        after_the_fact(&error, "half-finished sign-ins were not discarded");
    }
}

/// Splits what only a concurrent change can cause from what the store failed at.
fn stale_or_store(error: OpenSessionError) -> Result<(), StoreError> {
    match error {
        OpenSessionError::Stale => Ok(()),
        OpenSessionError::Store(error) => Err(error),
    }
}

/// The same, for changes of a user.
fn refused_or_store(error: ChangeUserError) -> Result<(), StoreError> {
    match error {
        ChangeUserError::NotFound | ChangeUserError::Refused(_) => Ok(()),
        ChangeUserError::Store(error) => Err(error),
    }
}

#[cfg(test)]
mod tests;
