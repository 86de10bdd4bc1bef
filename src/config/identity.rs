//! `[identity]`: the assertion that applications receive.

use std::time::Duration;

/// `[identity]`
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct IdentityConfig {
    /// Life of an assertion.
    pub lifetime: Duration,
}
