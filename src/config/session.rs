//! `[session]`: how long one lasts.

use crate::domain::session::SessionLimits;

/// `[session]`
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SessionConfig {
    /// Idle and absolute limits.
    pub limits: SessionLimits,
}
