//! Passwords: their hashes as values, and the policy a new one must meet.
//!
//! The policy only judges; hashing happens on its own threads elsewhere. The list of common passwords and the check against
//! earlier ones need more than a policy knows, so their verdicts join [`Unmet`] from outside.

mod expiry;
mod policy;

use std::fmt;

use serde::{Deserialize, Serialize};

pub use expiry::{Expiry, ExpiryRules};
pub use policy::{MAX_LENGTH, PasswordContext, PasswordPolicy, Unmet};

/// A password hash in PHC string format. It is no secret like the password, but no log needs it either.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PasswordHash(String);

impl PasswordHash {
    /// Wraps a PHC string; whether it is one shows when it is verified.
    pub const fn from_phc(phc: String) -> Self {
        Self(phc)
    }

    /// The PHC string.
    pub fn as_phc(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for PasswordHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PasswordHash(…)")
    }
}
