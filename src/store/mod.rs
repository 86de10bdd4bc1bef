//! What Portero remembers, as small traits of atomic verbs, and nothing of how.
//!
//! Laws for every engine, proved by one contract suite (`contract.rs`):
//!
//! * A verb is one atomic step. There is no get-then-put: what must be decided from the present state is decided inside the
//!   verb, if need be by a pure function of the domain ([`User::apply`], [`Ladder::attempt`]).
//! * A verb that answered is durable: after `kill -9` or a power cut it is still there. Verbs that nobody was told about
//!   (activity, ephemeral entries) say so and may be lost.
//! * Look-ups answer `Ok(None)` for what is not there; an error always means that the store itself failed.
//! * Secrets arrive hashed or sealed.
//!
//! Drivers stay private to their folders. Neighbours: `flows` and the services call these traits; `app` picks the engine.

pub mod archive;
#[cfg(test)]
pub mod contract;
mod outbox;
pub mod sled;

use std::path::PathBuf;

use async_trait::async_trait;

use crate::domain::Timestamp;
use crate::domain::audit::{AuditEvent, AuditPlace};
use crate::domain::ids::{SecretHash, SessionId, UserId};
use crate::domain::names::{OrganizationKey, Username};
use crate::domain::organization::{MAX_DEPTH, Organization, OrganizationChange};
use crate::domain::search::{SearchPlace, Wanted};
use crate::domain::session::{EndReason, Session, SessionToken};
use crate::domain::signing_key::SigningKeyRecord;
use crate::domain::throttle::{Attempt, Counter, CounterKey, Ladder};
use crate::domain::user::{ChangeRefused, User, UserChange};

pub use outbox::{ClaimedMail, MailClaim, MailCount, NewMail, OpenMail, Outbox};

/// The version of the stored form that this program writes; it reads the earlier ones, too. 2: users are found by any word.
pub const SCHEMA_VERSION: u32 = 2;

/// Everything an engine does. Hand out the narrow traits where they are enough.
pub trait Store: Accounts + Sessions + Throttle + Ephemeral + SigningKeys + AuditTrail + Outbox + Snapshots {}

impl<T: Accounts + Sessions + Throttle + Ephemeral + SigningKeys + AuditTrail + Outbox + Snapshots> Store for T {}

/// The store itself failed. Nothing can be said about what was asked.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Another process holds it.
    #[error("another Portero holds the store {path} (process {holder}); stop it first, or point store.path elsewhere")]
    Held {
        /// The store.
        path: PathBuf,
        /// Process id as the lock file tells, or "unknown".
        holder: String,
    },
    /// It was written by a newer Portero.
    #[error(
        "the store {path} has schema version {found}, but this Portero knows only up to {SCHEMA_VERSION}; run the newer Portero that wrote it"
    )]
    TooNew {
        /// The store.
        path: PathBuf,
        /// Its version.
        found: u32,
    },
    /// The disk is full.
    #[error(
        "the disk that holds the store is full; free some space and start Portero again, nothing that was acknowledged is lost"
    )]
    DiskFull(#[source] std::io::Error),
    /// The operating system does not let this process at its files.
    #[error(
        "{path} belongs to the user with id {owner}, and this process, of the user with id {own}, may not use it; run Portero as the user whose store it is, or give that user all of it: chown -R USER '{store}'"
    )]
    Forbidden {
        /// What may not be used.
        path: PathBuf,
        /// Whose it is.
        owner: u32,
        /// Who this is.
        own: u32,
        /// The store.
        store: PathBuf,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
    /// Reading or writing failed.
    #[error("the store cannot be read or written")]
    Io(#[source] std::io::Error),
    /// The engine failed.
    #[error("the store's engine failed")]
    Engine(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// A stored value could not be understood.
    #[error("the store holds a record that cannot be read ({what})")]
    Corrupt {
        /// Which kind of record.
        what: &'static str,
        /// Why.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// A snapshot was read so slowly that what had to be remembered for it grew too large.
    #[error("too much was changed while the store was read; try again when less goes on, or write to a faster disk")]
    Overrun,
    /// It is shutting down, or broke earlier and takes no more writes.
    #[error("the store is closed")]
    Closed,
}

impl StoreError {
    /// A stable code for logs and metrics.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Held { .. } => "store_held",
            Self::TooNew { .. } => "store_too_new",
            Self::DiskFull(_) => "store_disk_full",
            Self::Forbidden { .. } => "store_forbidden",
            Self::Io(_) => "store_io",
            Self::Engine(_) => "store_engine",
            Self::Corrupt { .. } => "store_corrupt",
            Self::Overrun => "store_overrun",
            Self::Closed => "store_closed",
        }
    }
}

/// Organizations and users.
#[async_trait]
pub trait Accounts: Send + Sync {
    /// Adds an organization under an existing parent.
    async fn add_organization(&self, organization: Organization) -> Result<(), AddOrganizationError>;
    /// One organization.
    async fn organization(&self, key: &OrganizationKey) -> Result<Option<Organization>, StoreError>;
    /// One organization and those above it, the nearest first; empty if there is none of this key.
    async fn lineage(&self, key: &OrganizationKey) -> Result<Vec<Organization>, StoreError> {
        let mut lineage: Vec<Organization> = Vec::new();
        let mut next = self.organization(key).await?;
        while let Some(organization) = next {
            let parent = organization.parent.clone();
            lineage.push(organization);
            next = match parent {
                Some(parent) if lineage.len() < MAX_DEPTH => self.organization(&parent).await?,
                _ => None,
            };
        }
        Ok(lineage)
    }
    /// Carries out [`Organization::apply`]. The organization afterwards; `None` if there is none of this key.
    async fn change_organization(
        &self,
        key: &OrganizationKey,
        change: OrganizationChange,
    ) -> Result<Option<Organization>, StoreError>;
    /// All of them, by key.
    async fn organizations(&self) -> Result<Vec<Organization>, StoreError>;
    /// The organization, if there is exactly one: then nobody has to be asked for it.
    async fn only_organization(&self) -> Result<Option<Organization>, StoreError> {
        let mut all = self.organizations().await?;
        Ok(if all.len() == 1 { all.pop() } else { None })
    }
    /// Adds a user to an existing organization.
    async fn add_user(&self, user: User) -> Result<(), AddUserError>;
    /// Adds users to existing organizations: all of them or none, whatever happens meanwhile. While many are added, a look-up may see
    /// some and not yet the others, but never one who is not there in the end; no other verb and no snapshot comes in between.
    async fn add_users(&self, users: Vec<User>) -> Result<(), AddUsersError>;
    /// One user by id.
    async fn user(&self, id: UserId) -> Result<Option<User>, StoreError>;
    /// One user by name.
    async fn user_by_name(&self, organization: &OrganizationKey, name: &Username) -> Result<Option<User>, StoreError>;
    /// Up to `limit` users in the order of organization and username, after `after` (exclusive), of one organization or all.
    async fn users(
        &self,
        organization: Option<&OrganizationKey>,
        after: Option<(OrganizationKey, Username)>,
        limit: usize,
    ) -> Result<Vec<User>, StoreError>;
    /// Up to `limit` users of an organization whom every wanted word fits, each once, after `after` (exclusive). The wanted word that
    /// begins the fewest known words leads: users come in the order of the first of their words that it begins, and of their
    /// usernames. A search looks at so many users only and then tells where to go on, with fewer than `limit` or none.
    async fn find_users(
        &self,
        organization: &OrganizationKey,
        wanted: &Wanted,
        after: Option<SearchPlace>,
        limit: usize,
    ) -> Result<Found, StoreError>;
    /// Carries out [`User::apply`] and, if it says so, ends every session of the user in the same step.
    async fn change_user(&self, id: UserId, change: UserChange, at: Timestamp) -> Result<Changed, ChangeUserError> {
        self.change_user_and_tell(id, change, at, Vec::new()).await
    }
    /// The same, and puts messages into the outbox in the same step: what is changed is told, and what is told is changed.
    async fn change_user_and_tell(
        &self,
        id: UserId,
        change: UserChange,
        at: Timestamp,
        messages: Vec<NewMail>,
    ) -> Result<Changed, ChangeUserError>;
    /// Removes a user, with name, sessions and activity. `None` if there was none.
    async fn remove_user(&self, id: UserId, at: Timestamp) -> Result<Option<Changed>, StoreError>;
    /// Notes when users were last active. May be lost in a crash; an older moment never replaces a newer one.
    async fn note_activity(&self, seen: Vec<(UserId, Timestamp)>) -> Result<(), StoreError>;
    /// When a user was last noted as active.
    async fn last_activity(&self, id: UserId) -> Result<Option<Timestamp>, StoreError>;
}

/// Some of those whom a search finds.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Found {
    /// The users.
    pub users: Vec<User>,
    /// Where to go on; `None` at the end.
    pub next: Option<SearchPlace>,
}

/// What a change did.
#[derive(Debug, Clone, PartialEq)]
pub struct Changed {
    /// The user afterwards (or, for a removal, before it).
    pub user: User,
    /// Tokens of the sessions that ended, to be forgotten by caches.
    pub ended: Vec<SecretHash>,
}

/// Why an organization was not added.
#[derive(Debug, thiserror::Error)]
pub enum AddOrganizationError {
    /// The key is taken.
    #[error("there is already an organization with this key")]
    Taken,
    /// The parent does not exist.
    #[error("the parent organization does not exist")]
    UnknownParent,
    /// The tree would be deeper than [`crate::domain::organization::MAX_DEPTH`].
    #[error("organizations nest at most {} levels deep", crate::domain::organization::MAX_DEPTH)]
    TooDeep,
    /// See [`StoreError`].
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Why a user was not added.
#[derive(Debug, thiserror::Error)]
pub enum AddUserError {
    /// The organization does not exist.
    #[error("the organization does not exist")]
    UnknownOrganization,
    /// The username is taken in this organization.
    #[error("the username is taken in this organization")]
    Taken,
    /// See [`StoreError`].
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Why users were not added.
#[derive(Debug, thiserror::Error)]
pub enum AddUsersError {
    /// Some cannot be added, each with its place in the list; none was.
    #[error("{} of the users cannot be added", .0.len())]
    Refused(Vec<(usize, NotAdded)>),
    /// See [`StoreError`].
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Why one of several users cannot be added.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotAdded {
    /// The organization does not exist.
    UnknownOrganization,
    /// The username is taken in this organization, in the store or by one before it in the list.
    Taken,
}

/// Why a user was not changed.
#[derive(Debug, thiserror::Error)]
pub enum ChangeUserError {
    /// There is no such user.
    #[error("there is no such user")]
    NotFound,
    /// The domain refused it.
    #[error(transparent)]
    Refused(#[from] ChangeRefused),
    /// See [`StoreError`].
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Sessions and their tokens.
#[async_trait]
pub trait Sessions: Send + Sync {
    /// Opens a session with its first token, ending `replaces` (with [`EndReason::Replaced`]) in the same step. Returns the tokens of what was
    /// replaced.
    async fn open_session(
        &self,
        session: Session,
        token: SessionToken,
        expected_version: u64,
        replaces: Option<SessionId>,
    ) -> Result<Vec<SecretHash>, OpenSessionError>;
    /// Adds a token for another host to a session that has not ended. `false` if it has, or never was.
    async fn add_session_token(&self, token: SessionToken) -> Result<bool, StoreError>;
    /// The session that a token opens, ended or not, with the token.
    async fn session_by_token(&self, hash: &SecretHash) -> Result<Option<(Session, SessionToken)>, StoreError>;
    /// The sessions of a user that have not ended, newest first.
    async fn sessions_of(&self, user: UserId) -> Result<Vec<Session>, StoreError>;
    /// Ends one session. Returns its tokens; empty if it had ended or never was.
    async fn end_session(&self, id: SessionId, reason: EndReason, at: Timestamp)
    -> Result<Vec<SecretHash>, StoreError>;
    /// Ends every session of a user but `except`. Returns their tokens.
    async fn end_sessions_of(
        &self,
        user: UserId,
        except: Option<SessionId>,
        reason: EndReason,
        at: Timestamp,
    ) -> Result<Vec<SecretHash>, StoreError>;
    /// Notes when sessions were last seen. May be lost in a crash; an older moment never replaces a newer one, and ended
    /// sessions are left alone.
    async fn touch_sessions(&self, seen: Vec<(SessionId, Timestamp)>) -> Result<(), StoreError>;
    /// Removes sessions, with their tokens, that ended or were last seen before `before`. Returns how many.
    async fn purge_sessions(&self, before: Timestamp) -> Result<u64, StoreError>;
}

/// Why a session was not opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenSessionError {
    /// The user is gone, deactivated, or has other credentials than the ones that were judged.
    #[error("the account changed while signing in")]
    Stale,
    /// See [`StoreError`].
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Counters of attempts. They survive a restart.
#[async_trait]
pub trait Throttle: Send + Sync {
    /// Counts one attempt on every key, or on none: if any key has to wait, nothing is counted and the longest wait is returned.
    /// Otherwise the highest number.
    async fn attempt(&self, keys: &[(CounterKey, Ladder)], now: Timestamp) -> Result<Attempt, StoreError>;
    /// One counter as it stands, without counting.
    async fn counter(&self, key: &CounterKey) -> Result<Option<Counter>, StoreError>;
    /// Forgets the counters of `keys`, after a success, and takes one attempt off those of `forgiven` ([`Counter::forgive`]).
    async fn clear_attempts(&self, keys: &[CounterKey], forgiven: &[CounterKey]) -> Result<(), StoreError>;
    /// Removes counters whose last attempt was before `before`. Returns how many.
    async fn purge_attempts(&self, before: Timestamp) -> Result<u64, StoreError>;
}

/// Short-lived state of half-finished things: forms, captchas, kept posts, hand-overs. Taken exactly once, gone at its time.
///
/// An engine may keep it in memory: whoever loses it begins again, and nobody was told otherwise. It is bounded; past the
/// bound the oldest entries go first.
#[async_trait]
pub trait Ephemeral: Send + Sync {
    /// Puts an entry, replacing one of the same key.
    async fn put_ephemeral(&self, entry: EphemeralEntry) -> Result<(), StoreError>;
    /// Reads an entry that is not over at `now`.
    async fn peek_ephemeral(&self, key: &SecretHash, now: Timestamp) -> Result<Option<Vec<u8>>, StoreError>;
    /// Removes and returns an entry that is not over at `now`. Of many callers, one gets it.
    async fn take_ephemeral(&self, key: &SecretHash, now: Timestamp) -> Result<Option<Vec<u8>>, StoreError>;
    /// Removes every entry of a group.
    async fn discard_ephemeral_group(&self, group: &SecretHash) -> Result<(), StoreError>;
}

/// One short-lived entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EphemeralEntry {
    /// How it is found: the hash of a token the browser holds.
    pub key: SecretHash,
    /// What it dies together with, such as one browser's half-finished sign-ins.
    pub group: SecretHash,
    /// Its content, 64 KiB at most in practice.
    pub value: Vec<u8>,
    /// When it is over.
    pub expires_at: Timestamp,
}

/// Signing keys.
#[async_trait]
pub trait SigningKeys: Send + Sync {
    /// All keys, newest first.
    async fn signing_keys(&self) -> Result<Vec<SigningKeyRecord>, StoreError>;
    /// Adds `key` only if there is none at all; returns what there is then. Of many Porteros starting at once, one key wins.
    async fn ensure_signing_key(&self, key: SigningKeyRecord) -> Result<Vec<SigningKeyRecord>, StoreError>;
    /// Adds `key` and retires all others that are not retired yet, as of `at`.
    async fn rotate_signing_key(&self, key: SigningKeyRecord, at: Timestamp) -> Result<(), StoreError>;
    /// Removes keys that were retired before `before`.
    async fn purge_signing_keys(&self, before: Timestamp) -> Result<u64, StoreError>;
}

/// The audit trail.
#[async_trait]
pub trait AuditTrail: Send + Sync {
    /// Writes an event down. Durable when it answers.
    async fn append_audit(&self, event: AuditEvent) -> Result<(), StoreError>;
    /// The newest `limit` events, newest first, of one user or all.
    async fn audit(&self, user: Option<UserId>, limit: usize) -> Result<Vec<AuditEvent>, StoreError>;
    /// Up to `limit` events of `since` and later, oldest first, each with its place; with `after`, only those that stand after
    /// that place.
    async fn audit_since(
        &self,
        since: Timestamp,
        after: Option<AuditPlace>,
        limit: usize,
    ) -> Result<Vec<(AuditPlace, AuditEvent)>, StoreError>;
    /// Removes events that are older than `before`. Returns how many.
    async fn purge_audit(&self, before: Timestamp) -> Result<u64, StoreError>;
}

/// Reading everything that is durable, as it was at one moment.
#[async_trait]
pub trait Snapshots: Send + Sync {
    /// Everything durable as it is when this answers. Whatever was answered before is in it, whatever begins later is not, and of
    /// no verb there is a half. Writers go on meanwhile.
    async fn snapshot(&self) -> Result<Box<dyn Snapshot>, StoreError>;
}

/// A view of the store at one moment, read once from its beginning to its end.
pub trait Snapshot: Send {
    /// The next records, a few hundred at most; none at the end. What a record refers to comes before it, but for an
    /// organization's parent. Waits for the disk: call it on a thread aside.
    ///
    /// # Errors
    /// [`StoreError::Overrun`], [`StoreError::Corrupt`] with the kind of record that cannot be read, and what the disk says.
    fn next(&mut self) -> Result<Vec<archive::Record>, StoreError>;
}
