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

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use secrecy::SecretString;
use serde::{Deserialize, Serialize};

use super::known_browser::KnownBrowser;
use super::names::{Names, cut};
use super::{FlowError, after_the_fact, house_rules, refused_or_store, stale_or_store, stopped_by_form, to_the_end};
use crate::audit::{Audit, Subject};
use crate::clock::Clock;
use crate::domain::Timestamp;
use crate::domain::audit::{AuditAction, AuditReason};
use crate::domain::ids::{SecretHash, SessionId, UserId};
use crate::domain::password::{ExpiryRules, PasswordHash};
use crate::domain::recovery::QUESTION_TRIES;
use crate::domain::session::{AuthenticationMethod, Session, SessionOrigin, SessionToken};
use crate::domain::throttle::{Attempt, CounterKey, CounterKind, Ladder};
use crate::domain::user::{RecoveryChange, Status, User, UserChange};
use crate::passwords::{PasswordHasher, is_outdated, looks_temporary};
use crate::random::{Random, Token};
use crate::sessions::SessionObserver;
use crate::store::{EphemeralEntry, Store};
use crate::throttle::{PasswordAttempt, Throttling};

/// How long a password change that must come first may take.
const CHANGE_LIFETIME: Duration = Duration::from_secs(15 * 60);
/// A counter that nobody waits for: it is there to be written.
pub(super) const NO_LIMIT: Ladder = Ladder {
    free: u32::MAX,
    first_wait: Duration::ZERO,
    longest_wait: Duration::ZERO,
    forget_after: CHANGE_LIFETIME,
    closes_after: None,
};
const LONGEST_USER_AGENT: usize = 256;

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

/// What came of looking at a password: whose account it is, if anybody's, for the audit trail alone; and whether it was right.
type Judged = (Option<UserId>, Result<Verified, AuditReason>);

/// A password that was right, of an account that may be used.
struct Verified {
    user: User,
    temporary: bool,
    /// What to keep instead of the hash that was verified, and that one.
    rehashed: Option<(PasswordHash, PasswordHash)>,
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

    /// Looks the account up and checks the password, at the same cost whatever is found.
    async fn verify(
        &self,
        names: &Names,
        password: &SecretString,
        attempt: PasswordAttempt,
    ) -> Result<Judged, FlowError> {
        let (organization, user) = names.look_up(&*self.store).await?;
        let lasting = user.as_ref().and_then(|user| user.password.as_ref()).map(|password| password.hash.clone());
        let has_lasting = lasting.is_some();
        let mut right = match self.hasher.verify(password, lasting.as_ref()).await {
            Ok(right) => right,
            Err(error) => {
                // Nobody looked at it: a crowd must not close an account.
                self.throttling.password_was_not_judged(attempt).await?;
                return Err(error.into());
            }
        };
        let mut temporary = false;
        if !right && looks_temporary(password) {
            right = self.verify_temporary(user.as_ref(), names.account, password).await?;
            temporary = right;
        }
        let (id, mut found) = judged(organization.is_some(), user, right, temporary, has_lasting);
        if let Ok(verified) = &mut found
            && !temporary
        {
            // Only whoever knows the password is made to wait for it.
            verified.rehashed = self.hash_anew(&verified.user, password).await;
        }
        Ok((id, found))
    }

    /// The same for the temporary password alone, where no other may be looked at.
    async fn verify_temporary_alone(&self, names: &Names, password: &SecretString) -> Result<Judged, FlowError> {
        let (organization, user) = names.look_up(&*self.store).await?;
        let right = self.verify_temporary(user.as_ref(), names.account, password).await?;
        Ok(judged(organization.is_some(), user, right, true, true))
    }

    /// A hash of ours, with the one that it is to replace, where that was made elsewhere. If there is no time for it now, there will be
    /// at the next sign-in.
    async fn hash_anew(&self, user: &User, password: &SecretString) -> Option<(PasswordHash, PasswordHash)> {
        let outdated = user.password.as_ref().map(|password| &password.hash).filter(|hash| is_outdated(hash))?;
        let new = self.hasher.hash(password, &*self.random).await.ok()?;
        Some((outdated.clone(), new))
    }

    /// Tries the temporary password. The try is written before it is judged; where there is nothing to try, as much is written and hashed.
    async fn verify_temporary(
        &self,
        user: Option<&User>,
        account: SecretHash,
        password: &SecretString,
    ) -> Result<bool, FlowError> {
        let now = self.clock.now();
        let open = user.and_then(|user| {
            let temporary = user.temporary.as_ref().filter(|temporary| temporary.is_open(now))?;
            Some((user.id, temporary.hash.clone()))
        });
        let Some((id, hash)) = open else {
            let key = CounterKey { kind: CounterKind::NoTemporaryPassword, subject: account };
            self.store.attempt(&[(key, NO_LIMIT)], now).await?;
            return Ok(self.hasher.verify(password, None).await?);
        };
        match self.store.change_user(id, UserChange::TryTemporaryPassword { at: now }, now).await {
            Ok(_) => Ok(self.hasher.verify(password, Some(&hash)).await?),
            Err(error) => {
                refused_or_store(error)?;
                Ok(self.hasher.verify(password, None).await?)
            }
        }
    }

    /// Opens a session, or the way to the update page.
    async fn admit(
        &self,
        verified: Verified,
        origin: Origin,
        rules: ExpiryRules,
        account: SecretHash,
        mut subject: Subject,
    ) -> Result<Outcome, FlowError> {
        let Verified { user, temporary, rehashed } = verified;
        let now = self.clock.now();
        if let Some((from, to)) = rehashed {
            let rehash = self.store.change_user(user.id, UserChange::Rehash { from, to }, now).await;
            // Somebody was faster: then there is nothing to replace.
            rehash.map(drop).or_else(refused_or_store)?;
        }
        // Whoever comes here knows the password: that the look-up takes its time tells them nothing new.
        let rules = house_rules::expiry_for(&self.store.lineage(&user.organization).await?, rules);
        let last_activity = self.store.last_activity(user.id).await?;
        let expired = rules.expires_at(&user, last_activity).is_some_and(|expiry| now >= expiry);
        let cause = match (temporary, expired) {
            (true, _) => Some((ChangeCause::Temporary, AuditReason::TemporaryPassword)),
            (false, true) => Some((ChangeCause::Expired, AuditReason::PasswordExpired)),
            (false, false) => None,
        };
        if let Some((cause, reason)) = cause {
            let ticket = self.hold_for_change(&user, cause, origin.browser, now).await?;
            self.audit.record(AuditAction::SignIn, reason, subject).await;
            return Ok(Outcome::MustChange { ticket });
        }
        let token = self.random.token();
        let session = Session {
            id: SessionId::from_random(self.random.bytes()),
            user: user.id,
            authenticated_at: now,
            methods: vec![AuthenticationMethod::Pwd],
            last_seen_at: now,
            origin: SessionOrigin { address: origin.address, user_agent: cut(&origin.user_agent, LONGEST_USER_AGENT) },
            ended: None,
        };
        subject.session = Some(session.id);
        let session_token = SessionToken { hash: token.hash(), session: session.id, host: origin.host };
        match self.store.open_session(session, session_token, user.credential_version, origin.replaces).await {
            Ok(replaced) => self.observer.forget(&replaced),
            Err(error) => {
                stale_or_store(error)?;
                self.audit.record(AuditAction::SignIn, AuditReason::Conflict, subject).await;
                return Ok(Outcome::Refused);
            }
        }
        // The session is open: what fails from here on must not keep its holder from it.
        if let Err(error) = self.store.note_activity(vec![(user.id, now)]).await {
            after_the_fact(&error, "activity was not noted");
        }
        if let Err(error) = self.reopen_question(&user, now).await {
            tracing::error!(code = error.code(), %error, "the secret question was not reopened");
        }
        // Half-finished sign-ins of the same browser die with this one's success.
        if let Err(error) = self.store.discard_ephemeral_group(&origin.browser).await {
            after_the_fact(&error, "half-finished sign-ins were not discarded");
        }
        self.audit.record(AuditAction::SignIn, AuditReason::Ok, subject).await;
        let known = KnownBrowser::remember(origin.known, &account, &*self.random);
        Ok(Outcome::SignedIn { token, known })
    }

    /// A secret question whose tries were used up, or begun, has all of them again: the person is here.
    async fn reopen_question(&self, user: &User, now: Timestamp) -> Result<(), FlowError> {
        let tried = user.recovery.question.as_ref().is_some_and(|question| question.tries_left < QUESTION_TRIES);
        if tried {
            let change = UserChange::Recovery(RecoveryChange::ReopenQuestion);
            if let Err(error) = self.store.change_user(user.id, change, now).await {
                refused_or_store(error)?;
            }
        }
        Ok(())
    }

    async fn hold_for_change(
        &self,
        user: &User,
        cause: ChangeCause,
        browser: SecretHash,
        now: Timestamp,
    ) -> Result<Token, FlowError> {
        let pending = PendingChange { user: user.id, credential_version: user.credential_version, cause, browser };
        let ticket = self.random.token();
        let value = serde_json::to_vec(&pending).unwrap_or_default();
        let entry = EphemeralEntry { key: ticket.hash(), group: browser, value, expires_at: now + CHANGE_LIFETIME };
        self.store.put_ephemeral(entry).await?;
        Ok(ticket)
    }
}

/// Puts together what was found.
fn judged(organization: bool, user: Option<User>, right: bool, temporary: bool, has_lasting: bool) -> Judged {
    let id = user.as_ref().map(|user| user.id);
    let found = match user {
        None if !organization => Err(AuditReason::UnknownOrganization),
        None => Err(AuditReason::UnknownUser),
        Some(user) if user.status == Status::Deactivated => Err(AuditReason::Deactivated),
        Some(user) if right => Ok(Verified { user, temporary, rehashed: None }),
        Some(_) if !has_lasting => Err(AuditReason::NoPassword),
        Some(_) => Err(AuditReason::WrongPassword),
    };
    (id, found)
}

#[cfg(test)]
mod tests;
