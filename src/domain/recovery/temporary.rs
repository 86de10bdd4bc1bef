//! Temporary passwords.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::domain::Timestamp;
use crate::domain::password::PasswordHash;

/// Tries that a temporary password has.
pub const TEMPORARY_PASSWORD_TRIES: u8 = 5;

/// A temporary password: it opens the update page and nothing else, until `expires_at`, for five tries.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TemporaryPassword {
    /// Its Argon2id hash.
    pub hash: PasswordHash,
    /// When it stops working.
    pub expires_at: Timestamp,
    /// Tries that are left.
    pub tries_left: u8,
}

impl TemporaryPassword {
    /// A fresh one, made at `now` and valid for `lifetime`.
    pub fn new(hash: PasswordHash, now: Timestamp, lifetime: Duration) -> Self {
        Self { hash, expires_at: now + lifetime, tries_left: TEMPORARY_PASSWORD_TRIES }
    }

    /// Whether it can still be tried at `now`.
    pub fn is_open(&self, now: Timestamp) -> bool {
        now < self.expires_at && self.tries_left > 0
    }

    /// Counts one try at `now`; `false` if none is left or it is over, and then nothing is counted.
    pub fn count_try(&mut self, now: Timestamp) -> bool {
        let open = self.is_open(now);
        if open {
            self.tries_left -= 1;
        }
        open
    }
}
