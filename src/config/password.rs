//! `[password]` (and the lifetime of temporary ones from `[recovery]`).

use std::time::Duration;

use crate::domain::password::PasswordPolicy;

/// `[password]`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PasswordConfig {
    /// What a new password must be.
    pub policy: PasswordPolicy,
    /// It expires after so long without an active session; `None` for never.
    pub expire_inactive: Option<Duration>,
    /// It expires so long after it was set; `None` for never.
    pub max_age: Option<Duration>,
    /// How long a temporary password is valid (`recovery.temporary_password`).
    pub temporary_lifetime: Duration,
}
