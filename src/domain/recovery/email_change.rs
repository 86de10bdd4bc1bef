//! Changes of address that wait for their owner.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::domain::Timestamp;
use crate::domain::ids::SecretHash;
use crate::domain::names::EmailAddress;

/// A change of the main address. Until it is confirmed from the new mailbox the old one stays.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EmailChange {
    /// The address to be.
    pub new: EmailAddress,
    /// SHA-256 of the secret in the new mailbox, which confirms.
    pub confirm: SecretHash,
    /// SHA-256 of the secret in the old mailboxes, which stops it.
    pub stop: SecretHash,
    /// When it lapses.
    pub expires_at: Timestamp,
}

impl EmailChange {
    /// A fresh one, asked for at `now` and open for `lifetime`.
    pub fn new(new: EmailAddress, confirm: SecretHash, stop: SecretHash, now: Timestamp, lifetime: Duration) -> Self {
        Self { new, confirm, stop, expires_at: now + lifetime }
    }

    /// Whether it still waits at `now`.
    pub fn is_open(&self, now: Timestamp) -> bool {
        now < self.expires_at
    }
}
