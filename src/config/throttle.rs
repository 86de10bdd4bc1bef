//! `[throttle]`: how guessing is slowed.

/// `[throttle]`
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ThrottleConfig {
    /// Failed passwords after which sign-in with password closes for an account.
    pub deactivate_after: u32,
}
