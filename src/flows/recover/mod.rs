//! Ways back in: one core, and a small flow for each way.
//!
//! ```text
//! request:  names → counters → look-up → make the secret, always → store it with its messages in one step, or nothing
//! use:      counters → try counted → one Argon2id, always → used up and everything else voided in one step
//! ```
//!
//! What holds for all of them:
//!
//! * Nothing tells who exists. A request is answered the same way, with the same work done and at the same pace
//!   ([`Recover::paced`]), for an unknown name, a closed account, one without an address, a way that the organization does not allow
//!   and one whose mailbox has had enough messages.
//! * A flood of requests locks nobody: past [`Throttling::recovery_message`](crate::throttle::Throttling::recovery_message) no further message is sent, and
//!   the last one stays good. Addresses that ask too often are told to wait.
//! * Whichever way it ends, every other outstanding secret dies, all addresses are told, the counters that deactivate sign-in
//!   are lifted, and nobody is signed in by it.

mod code;
mod mask;
mod rescue_code;
mod reset_link;
mod secret_question;
mod temporary_password;

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use secrecy::SecretString;

use super::letters::Letters;
use super::names::Names;
use super::telling::Telling;
use super::{FlowError, NO_LIMIT, house_rules};
use crate::audit::Audit;
use crate::clock::Clock;
use crate::config::{Config, RecoveryConfig};
use crate::domain::audit::{AuditAction, AuditReason};
use crate::domain::ids::{SecretHash, UserId};
use crate::domain::names::OrganizationKey;
use crate::domain::organization::{Effective, Organization};
use crate::domain::password::{PasswordHash, PasswordPolicy};
use crate::domain::recovery::RecoveryMethod;
use crate::domain::throttle::{Attempt, CounterKey, CounterKind};
use crate::domain::user::{Status, User};
use crate::keys::MasterKey;
use crate::passwords::{CommonPasswords, HashError, Overloaded, PasswordHasher};
use crate::random::{LinkToken, Random};
use crate::sessions::SessionObserver;
use crate::store::Store;
use crate::throttle::Throttling;

pub use mask::Masked;
pub use rescue_code::Tried;
pub use reset_link::Reset;
pub use secret_question::{Answered, AskedQuestion, QuestionUsed, Typed};
pub use temporary_password::Asked;

/// Answers to requests come at whole multiples of this after they were asked for: what was done meanwhile does not show.
const PACE: Duration = Duration::from_millis(400);

/// What every way back in needs.
#[derive(Clone)]
pub struct Recover {
    /// Where accounts are.
    pub store: Arc<dyn Store>,
    /// Checks and hashes.
    pub hasher: Arc<PasswordHasher>,
    /// The commonest passwords.
    pub common: Arc<CommonPasswords>,
    /// Slows guessing and floods.
    pub throttling: Arc<Throttling>,
    /// Writes it down.
    pub audit: Arc<Audit>,
    /// Writes to people.
    pub letters: Letters,
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// Randomness.
    pub random: Arc<dyn Random>,
    /// Hears which sessions ended.
    pub observer: Arc<dyn SessionObserver>,
    /// Makes up what is shown for those who are not there, the same each time.
    pub master: Arc<MasterKey>,
}

/// Who asks, in whose name.
#[derive(Debug, Clone)]
pub struct Request {
    /// Organization key as it was typed; empty where there is only one.
    pub organization: String,
    /// Username as it was typed.
    pub username: String,
    /// The client's address.
    pub address: IpAddr,
}

/// An account that a way back in may be opened for.
#[derive(Debug, Clone)]
pub(super) struct Found {
    pub(super) user: User,
    pub(super) organization: Organization,
}

/// What came of looking for an account: it, or the reason for the audit trail alone, and whose it is.
pub(super) type Search = Result<Found, (AuditReason, Option<User>)>;

/// Whose account a search found, whether a way back in may be opened for it or not.
pub(super) fn whose(search: &Search) -> Option<UserId> {
    match search {
        Ok(found) => Some(found.user.id),
        Err((_, user)) => user.as_ref().map(|user| user.id),
    }
}

impl Recover {
    /// Hears a request, unless its address has to wait: carries `consider` to its end, at the pace of all of them.
    pub(super) async fn hear<Considered>(
        &self,
        address: IpAddr,
        consider: impl FnOnce(Self) -> Considered,
    ) -> Result<Asked, FlowError>
    where
        Considered: Future<Output = Result<(), FlowError>> + Send + 'static,
    {
        if let Some(seconds) = self.wait(address).await? {
            return Ok(Asked::Throttled(seconds));
        }
        self.paced(consider(self.clone())).await?;
        Ok(Asked::Heard)
    }

    fn telling(&self) -> Telling<'_> {
        Telling { store: &*self.store, observer: &*self.observer, letters: &self.letters }
    }

    /// Writes as much where there is nothing to try as a try would.
    pub(super) async fn count_nothing(&self, account: SecretHash) -> Result<(), FlowError> {
        let key = CounterKey { kind: CounterKind::NoRecoverySecret, subject: account };
        self.store.attempt(&[(key, NO_LIMIT)], self.clock.now()).await?;
        Ok(())
    }

    /// Counts a request or a try from this address. `Some` is how many seconds it has to wait.
    pub(super) async fn wait(&self, address: IpAddr) -> Result<Option<u64>, FlowError> {
        match self.throttling.recovery(address).await? {
            Attempt::Go { .. } | Attempt::Last { .. } => Ok(None),
            Attempt::Wait { until } | Attempt::Closed { until } => Ok(Some(self.throttling.seconds_until(until))),
        }
    }

    /// The account of these names, if `method` may be used for it now; else the reason, for the audit trail alone.
    pub(super) async fn find(
        &self,
        names: &Names,
        method: RecoveryMethod,
        config: &RecoveryConfig,
    ) -> Result<Search, FlowError> {
        let (organization, user) = names.look_up(&*self.store).await?;
        let Some(organization) = organization else { return Ok(Err((AuditReason::UnknownOrganization, None))) };
        let Some(user) = user else { return Ok(Err((AuditReason::UnknownUser, None))) };
        if user.status != Status::Active {
            return Ok(Err((AuditReason::Deactivated, Some(user))));
        }
        if !self.methods(&organization, config).await?.contains(&method) {
            return Ok(Err((AuditReason::MethodNotAllowed, Some(user))));
        }
        Ok(Ok(Found { user, organization }))
    }

    /// The ways back in that are open to an organization, in the order in which they are offered.
    pub(super) async fn methods(
        &self,
        organization: &Organization,
        config: &RecoveryConfig,
    ) -> Result<Vec<RecoveryMethod>, FlowError> {
        let lineage = self.store.lineage(&organization.key).await?;
        let allowed = Effective::of(&lineage).recovery_methods.unwrap_or_else(|| config.methods.clone());
        Ok(allowed.into_iter().collect())
    }

    /// A form came that is not of this browser, or too old. Leaves an audit event, unless one like it was left a moment ago.
    ///
    /// # Errors
    /// [`FlowError`].
    pub async fn stopped_by_form(&self, action: AuditAction, request: &Request) -> Result<(), FlowError> {
        let names = Names::parse(&*self.store, &request.organization, &request.username).await?;
        super::stopped_by_form(&self.audit, action, names.subject(request.address)).await;
        Ok(())
    }

    /// The ways back in to offer for a name that was typed; those of the configuration if it names no organization.
    ///
    /// # Errors
    /// [`FlowError`].
    pub async fn offered(&self, organization: &str, config: &RecoveryConfig) -> Result<Vec<RecoveryMethod>, FlowError> {
        let names = Names::parse(&*self.store, organization, "").await?;
        match names.look_up(&*self.store).await?.0 {
            Some(organization) => self.methods(&organization, config).await,
            None => Ok(config.methods.iter().copied().collect()),
        }
    }

    /// The hash of a secret that was made here.
    async fn hash_own(&self, secret: &SecretString) -> Result<PasswordHash, FlowError> {
        match self.hasher.hash(secret, &*self.random).await {
            Ok(hash) => Ok(hash),
            // None that is made here is too long.
            Err(HashError::Overloaded(_) | HashError::TooLong) => Err(Overloaded.into()),
        }
    }

    /// What a new password must be in an organization.
    pub(super) async fn policy(
        &self,
        organization: &OrganizationKey,
        config: &Config,
    ) -> Result<PasswordPolicy, FlowError> {
        Ok(house_rules::policy_for(&self.store.lineage(organization).await?, &config.password.policy))
    }

    /// What a new password must be in the organization that was typed; what the configuration says if it names none.
    ///
    /// # Errors
    /// [`FlowError`].
    pub async fn policy_named(&self, organization: &str, config: &Config) -> Result<PasswordPolicy, FlowError> {
        match Names::parse(&*self.store, organization, "").await?.organization {
            Some(organization) => self.policy(&organization, config).await,
            None => Ok(config.password.policy.clone()),
        }
    }

    /// What the new password must be that a link is good for; what the configuration says if it leads to nobody.
    ///
    /// # Errors
    /// [`FlowError`].
    pub async fn policy_behind(&self, token: &str, config: &Config) -> Result<PasswordPolicy, FlowError> {
        let user = match LinkToken::parse(token) {
            Some(link) => self.store.user(link.user).await?,
            None => None,
        };
        match user {
            Some(user) => self.policy(&user.organization, config).await,
            None => Ok(config.password.policy.clone()),
        }
    }

    /// Carries `work` to its end, even if the browser leaves, and answers at a pace that tells nothing of what was done.
    pub(super) async fn paced<T: Send + 'static>(
        &self,
        work: impl Future<Output = Result<T, FlowError>> + Send + 'static,
    ) -> Result<T, FlowError> {
        let began = tokio::time::Instant::now();
        let done = super::to_the_end(work).await;
        let steps = u32::try_from(began.elapsed().as_millis() / PACE.as_millis()).unwrap_or(u32::MAX - 1) + 1;
        tokio::time::sleep_until(began + PACE.saturating_mul(steps)).await;
        done
    }
}
