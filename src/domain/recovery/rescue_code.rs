//! Rescue codes: another one to each mailbox, so that it can be told which was used.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::domain::Timestamp;
use crate::domain::names::EmailAddress;
use crate::domain::password::PasswordHash;

/// Tries that the codes of one request have together.
pub const RESCUE_CODE_TRIES: u8 = 5;

/// The codes of one request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RescueCodes {
    /// One for each address. A code tells by its own first sign which of them it is, so that a try costs one hash, however many
    /// addresses an account has.
    pub codes: Vec<RescueCode>,
    /// When they stop working.
    pub expires_at: Timestamp,
    /// Tries that are left, for all together.
    pub tries_left: u8,
}

/// One code.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RescueCode {
    /// The mailbox it was sent to.
    pub sent_to: EmailAddress,
    /// Its Argon2id hash.
    pub hash: PasswordHash,
}

impl RescueCodes {
    /// Fresh ones, made at `now` and valid for `lifetime`.
    pub fn new(codes: Vec<RescueCode>, now: Timestamp, lifetime: Duration) -> Self {
        Self { codes, expires_at: now + lifetime, tries_left: RESCUE_CODE_TRIES }
    }

    /// Whether they can still be tried at `now`.
    pub fn is_open(&self, now: Timestamp) -> bool {
        now < self.expires_at && self.tries_left > 0
    }

    /// Counts one try at `now`; `false` if none is left or they are over, and then nothing is counted.
    pub fn count_try(&mut self, now: Timestamp) -> bool {
        let open = self.is_open(now);
        if open {
            self.tries_left -= 1;
        }
        open
    }

    /// Whether the code with this hash may be used at `now`, its last try included.
    pub fn holds(&self, hash: &PasswordHash, now: Timestamp) -> bool {
        now < self.expires_at && self.codes.iter().any(|code| code.hash == *hash)
    }
}
