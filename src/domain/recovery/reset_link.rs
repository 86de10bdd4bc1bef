//! Reset links.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::domain::Timestamp;
use crate::domain::ids::SecretHash;
use crate::domain::names::EmailAddress;

/// A link that opens the page of a new password, once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ResetLink {
    /// SHA-256 of its 256 bits.
    pub hash: SecretHash,
    /// The mailbox it was sent to.
    pub sent_to: EmailAddress,
    /// When it stops working.
    pub expires_at: Timestamp,
}

impl ResetLink {
    /// A fresh one, made at `now` and valid for `lifetime`.
    pub fn new(hash: SecretHash, sent_to: EmailAddress, now: Timestamp, lifetime: Duration) -> Self {
        Self { hash, sent_to, expires_at: now + lifetime }
    }

    /// Whether this is its secret, and it still works at `now`.
    pub fn opens(&self, hash: &SecretHash, now: Timestamp) -> bool {
        self.hash == *hash && now < self.expires_at
    }
}
