//! What administration needs of the services around it, and no more.

use std::path::Path;

use async_trait::async_trait;
use secrecy::SecretString;

use super::{AdministerError, ArchiveView, KeyView, UserRef};
use crate::domain::Timestamp;
use crate::domain::ids::MailId;
use crate::domain::mail::Mail;
use crate::domain::names::EmailAddress;
use crate::domain::organization::Organization;
use crate::domain::password::{PasswordContext, PasswordHash, PasswordPolicy, Unmet};
use crate::domain::user::User;
use crate::store::OpenMail;
use crate::store::StoreError;
use crate::store::archive::Form;

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

/// Letters to people, and what became of them.
#[async_trait]
pub trait Correspondence: Send + Sync {
    /// Puts an invitation into the outbox. Durable when it answers; nothing is sent yet.
    ///
    /// # Errors
    /// Why it was not put in.
    async fn invite(&self, invitation: Invitation<'_>) -> Result<(), Box<dyn std::error::Error + Send + Sync>>;
    /// Messages that wait and dead ones, up to `limit` of each.
    async fn open(&self, limit: usize) -> Result<OpenMail, StoreError>;
    /// Has a message tried anew. `None` if there is none that could be.
    async fn retry(&self, id: MailId) -> Result<Option<Mail>, StoreError>;
    /// Drops a message. `None` if there is none that could be.
    async fn discard(&self, id: MailId) -> Result<Option<Mail>, StoreError>;
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
