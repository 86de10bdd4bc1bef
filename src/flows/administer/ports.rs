//! What administration needs of the services around it, and no more.

use std::path::Path;

use async_trait::async_trait;
use secrecy::SecretString;

use super::{AdministerError, ArchiveView, KeyView, UserRef};
use crate::domain::Timestamp;
use crate::domain::ids::{MailId, SecretHash, SessionId, UserId};
use crate::domain::mail::{Mail, MailTrouble};
use crate::domain::names::{EmailAddress, OrganizationKey};
use crate::domain::organization::{MailServer, Organization};
use crate::domain::password::{PasswordContext, PasswordHash, PasswordPolicy, Unmet};
use crate::domain::session::Session;
use crate::domain::user::User;
use crate::store::archive::Form;
use crate::store::{NewMail, OpenMail, StoreError};

/// Makes and judges passwords.
#[async_trait]
pub trait NewSecrets: Send + Sync {
    /// Every rule that a password chosen for somebody does not meet, where `policy` is the one that holds for them.
    fn unmet(&self, password: &SecretString, person: PasswordContext<'_>, policy: &PasswordPolicy) -> Vec<Unmet>;
    /// A fresh temporary password.
    fn temporary(&self) -> SecretString;
    /// How long a temporary password is valid.
    fn temporary_lifetime(&self) -> std::time::Duration;
    /// The hash to keep.
    ///
    /// # Errors
    /// [`AdministerError::Overloaded`] when too many passwords are waiting to be hashed.
    async fn hash(&self, password: &SecretString) -> Result<PasswordHash, AdministerError>;
}

/// Counters of failed attempts.
#[async_trait]
pub trait AttemptCounters: Send + Sync {
    /// Forgets what was counted against signing in to this account.
    async fn forget(&self, user: &UserRef) -> Result<(), StoreError>;
    /// Until when sign-in with password is closed to strangers after too many failures, if it is.
    async fn closed_until(&self, user: &UserRef) -> Result<Option<Timestamp>, StoreError>;
}

/// The signing keys.
#[async_trait]
pub trait KeyRing: Send + Sync {
    /// All keys, newest first.
    async fn list(&self) -> Result<Vec<KeyView>, AdministerError>;
    /// Makes a new key that signs from now on; the others stay published until what they signed is over. Returns the new one.
    async fn rotate(&self) -> Result<KeyView, AdministerError>;
}

/// Files, read and written by whoever holds the store.
#[async_trait]
pub trait Archives: Send + Sync {
    /// Writes the present state to `path`: all of it, on the disk and readable by its owner only, or nothing.
    ///
    /// # Errors
    /// [`AdministerError::Archive`], or what the store says.
    async fn write(&self, form: Form, path: &Path) -> Result<ArchiveView, AdministerError>;
    /// All of a file, if it is a plain one and not larger than makes sense.
    ///
    /// # Errors
    /// [`AdministerError::Unreadable`]
    async fn read(&self, path: &Path) -> Result<Vec<u8>, AdministerError>;
}

/// Who is signed in.
#[async_trait]
pub trait People: Send + Sync {
    /// How lately the person of an open session proved the password; `None` if the session is not open.
    async fn proof(&self, user: UserId, session: SessionId) -> Result<Option<Proof>, StoreError>;
    /// The open sessions of a user, newest first.
    async fn sessions(&self, user: UserId) -> Result<Vec<Session>, StoreError>;
    /// Ends every session of a user. Returns their tokens.
    async fn end_sessions(&self, user: UserId, at: Timestamp) -> Result<Vec<SecretHash>, StoreError>;
}

/// When a password was proved in a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Proof {
    /// When the person signed in.
    pub authenticated_at: Timestamp,
    /// When the password was last given again.
    pub confirmed_at: Option<Timestamp>,
}

/// Organizations' mail servers.
#[async_trait]
pub trait MailServers: Send + Sync {
    /// Seals a mail server's password for this very server of this organization: host, port, encryption and user name.
    fn seal(&self, organization: &OrganizationKey, server: &MailServer, password: &SecretString) -> Vec<u8>;
    /// Sends a message to `to` through the server that is in force for an organization, the nearest first in `lineage`.
    /// Answers within 15 seconds.
    async fn test(&self, lineage: &[Organization], to: &EmailAddress) -> Result<(), MailTrouble>;
}

/// Letters to people, and what became of them.
#[async_trait]
pub trait Correspondence: Send + Sync {
    /// Puts an invitation into the outbox. Durable when it answers; nothing is sent yet.
    ///
    /// # Errors
    /// Why it was not put in.
    async fn invite(&self, invitation: Invitation<'_>) -> Result<(), Box<dyn std::error::Error + Send + Sync>>;
    /// Writes to each of `to` about `user`. Nothing is stored: the messages go into the store with the change that they tell of.
    ///
    /// # Errors
    /// Why they could not be written.
    fn write(
        &self,
        user: &User,
        organization: &Organization,
        to: &[EmailAddress],
        tidings: Tidings<'_>,
    ) -> Result<Vec<NewMail>, Box<dyn std::error::Error + Send + Sync>>;
    /// Wakes whoever delivers, once the store has the messages.
    fn posted(&self);
    /// The newest messages about a user, newest first.
    async fn about(&self, user: UserId, limit: usize) -> Result<Vec<Mail>, StoreError>;
    /// Messages that wait and dead ones, up to `limit` of each.
    async fn open(&self, limit: usize) -> Result<OpenMail, StoreError>;
    /// Has a message tried anew. `None` if there is none that could be.
    async fn retry(&self, id: MailId) -> Result<Option<Mail>, StoreError>;
    /// Drops a message. `None` if there is none that could be.
    async fn discard(&self, id: MailId) -> Result<Option<Mail>, StoreError>;
}

/// What an administrator did that the person is told of.
#[derive(Debug, Clone, Copy)]
pub enum Tidings<'a> {
    /// The registered addresses were replaced; this is the main one now.
    EmailsSet(Option<&'a EmailAddress>),
    /// A recovery was started.
    TemporaryPassword {
        /// The temporary password.
        password: &'a SecretString,
        /// Until when it is valid.
        expires_at: Timestamp,
    },
}

/// What a new user is told.
#[derive(Debug, Clone, Copy)]
pub struct Invitation<'a> {
    /// Who.
    pub user: &'a User,
    /// The organization that opened the account.
    pub organization: &'a Organization,
    /// To which address.
    pub to: &'a EmailAddress,
    /// The temporary password.
    pub password: &'a SecretString,
    /// Until when it is valid.
    pub expires_at: Timestamp,
}
