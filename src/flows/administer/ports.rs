//! What administration needs of the services around it, and no more.

use std::path::Path;

use async_trait::async_trait;
use secrecy::SecretString;

use super::{AdministerError, ArchiveView, KeyView, UserRef};
use crate::domain::password::{PasswordContext, PasswordHash, Unmet};
use crate::store::StoreError;
use crate::store::archive::Form;

/// Makes and judges passwords.
#[async_trait]
pub trait NewSecrets: Send + Sync {
    /// Every rule that a password chosen for somebody does not meet.
    fn unmet(&self, password: &SecretString, person: PasswordContext<'_>) -> Vec<Unmet>;
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
}

/// The signing keys.
#[async_trait]
pub trait KeyRing: Send + Sync {
    /// All keys, newest first.
    async fn list(&self) -> Result<Vec<KeyView>, AdministerError>;
    /// Makes a new key that signs from now on; the others stay published until what they signed is over. Returns the new one.
    async fn rotate(&self) -> Result<KeyView, AdministerError>;
}

/// Writing everything to a file.
#[async_trait]
pub trait Archives: Send + Sync {
    /// Writes the present state to `path`: all of it, on the disk and readable by its owner only, or nothing.
    ///
    /// # Errors
    /// [`AdministerError::Archive`], or what the store says.
    async fn write(&self, form: Form, path: &Path) -> Result<ArchiveView, AdministerError>;
}
