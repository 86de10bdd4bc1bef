//! Signing in with organization, username and password.
//!
//! ```text
//! names → counters (before the password is looked at) → look-up → Argon2id, always → status
//!       → hashed anew, if the hash was made elsewhere → expiry, by the organization's rules → session
//!                └ closed to strangers: what could be a temporary password → look-up → Argon2id → status → its change
//! ```
//!
//! Nothing tells who exists: an unknown organization, an unknown user, a wrong password, a deactivated account and one
//! without a password all cost the same verifications and store writes, and end in [`Outcome::Refused`]. Whether a *temporary*
//! password is looked at depends on the shape of what was typed, never on the account.
//!
//! An attempt is counted here; `judge` tells whether the password is right, `admit` does what follows if it is.

mod admit;
mod judge;

use std::net::IpAddr;
use std::sync::Arc;

use secrecy::SecretString;
use serde::{Deserialize, Serialize};

use super::known_browser::KnownBrowser;
use super::names::Names;
use super::{FlowError, stopped_by_form, to_the_end};
use crate::audit::Audit;
use crate::clock::Clock;
use crate::domain::audit::{AuditAction, AuditReason};
use crate::domain::ids::{SecretHash, SessionId, UserId};
use crate::domain::password::ExpiryRules;
use crate::domain::throttle::Attempt;
use crate::passwords::{PasswordHasher, looks_temporary};
use crate::random::{Random, Token};
use crate::sessions::SessionObserver;
use crate::store::Store;
use crate::throttle::{PasswordAttempt, Throttling};

/// Signs people in.
#[derive(Clone)]
pub struct SignIn {
    /// Where accounts and sessions are.
    pub store: Arc<dyn Store>,
    /// Checks passwords.
    pub hasher: Arc<PasswordHasher>,
    /// Slows guessing.
    pub throttling: Arc<Throttling>,
    /// Writes down every attempt.
    pub audit: Arc<Audit>,
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// Randomness.
    pub random: Arc<dyn Random>,
    /// Hears which sessions ended.
    pub observer: Arc<dyn SessionObserver>,
}

/// What was typed.
#[derive(Debug)]
pub struct Credentials {
    /// Organization key; empty where there is only one organization and nobody was asked.
    pub organization: String,
    /// Username.
    pub username: String,
    /// Password.
    pub password: SecretString,
}

/// Where it was typed.
#[derive(Debug)]
pub struct Origin {
    /// The client's address.
    pub address: IpAddr,
    /// The browser's description of itself.
    pub user_agent: String,
    /// The host the sign-in page was on: lower case, no port.
    pub host: String,
    /// The browser before anybody signed in: what half-finished sign-ins hang on.
    pub browser: SecretHash,
    /// The browser as one that signed in before.
    pub known: Option<KnownBrowser>,
    /// The session this browser already has on this host.
    pub replaces: Option<SessionId>,
}

/// How it ended.
#[derive(Debug)]
pub enum Outcome {
    /// The person is in.
    SignedIn {
        /// The value of the session cookie.
        token: Token,
        /// The browser, as it is known now.
        known: KnownBrowser,
    },
    /// The password is right, but must be changed before it opens anything.
    MustChange {
        /// The value of the cookie that opens the update page.
        ticket: Token,
    },
    /// No. Deliberately without a reason.
    Refused,
    /// Sign-in with password is closed for this name after too many failures by strangers, whether anybody has it or not.
    Deactivated {
        /// For so many seconds more; `None` if this failure closed it.
        wait: Option<u64>,
    },
    /// Too many attempts; come back after so many seconds.
    Throttled(u64),
}

/// Why a password must be changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChangeCause {
    /// It expired.
    Expired,
    /// It is a temporary one.
    Temporary,
}

/// A sign-in that waits for a new password. Kept by the store, found by the ticket, bound to the browser.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PendingChange {
    /// Whose.
    pub user: UserId,
    /// The credentials that were judged.
    pub credential_version: u64,
    /// Why.
    pub cause: ChangeCause,
    /// The browser it is bound to.
    pub browser: SecretHash,
}

impl SignIn {
    /// Tries to sign in. Leaves exactly one audit event. `rules` are those of the configuration; the organization's go before them.
    ///
    /// # Errors
    /// [`FlowError`]: the attempt was counted but not judged.
    pub async fn attempt(
        &self,
        credentials: Credentials,
        origin: Origin,
        rules: ExpiryRules,
    ) -> Result<Outcome, FlowError> {
        let names = self.names(&credentials.organization, &credentials.username).await?;
        let mut subject = names.subject(origin.address);
        let attempt = PasswordAttempt {
            account: names.account,
            address: origin.address,
            known_browser: origin.known.as_ref().and_then(|known| known.knows(&names.account)),
        };
        let counted = self.throttling.password(attempt).await?;
        let (judged, refused) = match counted {
            Attempt::Wait { until } => {
                self.audit.record(AuditAction::SignIn, AuditReason::Throttled, subject).await;
                return Ok(Outcome::Throttled(self.throttling.seconds_until(until)));
            }
            Attempt::Closed { until } => {
                let wait = Some(self.throttling.seconds_until(until));
                let may_be_tried = looks_temporary(&credentials.password)
                    && self.throttling.temporary_password(attempt).await?.may_go_on();
                if !may_be_tried {
                    self.audit.record(AuditAction::SignIn, AuditReason::Throttled, subject).await;
                    return Ok(Outcome::Deactivated { wait });
                }
                let judged = self.verify_temporary_alone(&names, &credentials.password).await;
                (judged, (Some(AuditReason::Throttled), Outcome::Deactivated { wait }))
            }
            Attempt::Last { .. } => {
                let judged = self.verify(&names, &credentials.password, attempt).await;
                (judged, (Some(AuditReason::DeactivatedForSecurity), Outcome::Deactivated { wait: None }))
            }
            Attempt::Go { .. } => (self.verify(&names, &credentials.password, attempt).await, (None, Outcome::Refused)),
        };
        let (user, found) = match judged {
            Ok(judged) => judged,
            Err(error) => {
                self.audit.record(AuditAction::SignIn, error.audit_reason(), subject).await;
                return Err(error);
            }
        };
        subject.user = user;
        let verified = match found {
            Ok(verified) => verified,
            Err(reason) => {
                self.audit.record(AuditAction::SignIn, refused.0.unwrap_or(reason), subject).await;
                return Ok(refused.1);
            }
        };
        if let Attempt::Closed { .. } = counted {
            // It stays closed until the way back in is taken to its end, for whoever tries anything else.
        } else if let Err(error) = self.throttling.password_was_right(attempt).await {
            self.audit.record(AuditAction::SignIn, AuditReason::StoreFailed, subject).await;
            return Err(error.into());
        }
        let flow = self.clone();
        to_the_end(async move { flow.admit(verified, origin, rules, names.account, subject).await }).await
    }

    /// The digest that stands for an account in counters, from what was typed.
    ///
    /// # Errors
    /// [`FlowError`].
    pub async fn account(&self, organization: &str, username: &str) -> Result<SecretHash, FlowError> {
        Ok(self.names(organization, username).await?.account)
    }

    /// An attempt ended at its captcha. Leaves its audit event.
    ///
    /// # Errors
    /// [`FlowError`].
    pub async fn stopped_by_captcha(
        &self,
        organization: &str,
        username: &str,
        address: IpAddr,
    ) -> Result<(), FlowError> {
        let subject = self.names(organization, username).await?.subject(address);
        self.audit.record(AuditAction::SignIn, AuditReason::Captcha, subject).await;
        Ok(())
    }

    /// A form came that is not of this browser, or too old; nothing was counted. Leaves an audit event, unless one like it was left
    /// a moment ago: nothing else slows these down.
    ///
    /// # Errors
    /// [`FlowError`].
    pub async fn stopped_by_form(&self, organization: &str, username: &str, address: IpAddr) -> Result<(), FlowError> {
        let subject = self.names(organization, username).await?.subject(address);
        stopped_by_form(&self.audit, AuditAction::SignIn, subject).await;
        Ok(())
    }

    async fn names(&self, organization: &str, username: &str) -> Result<Names, FlowError> {
        Names::parse(&*self.store, organization, username).await
    }
}

#[cfg(test)]
mod tests;
