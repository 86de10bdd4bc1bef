//! `[throttle]`: how guessing is stopped.

use super::reader::Section;

/// `[throttle]`
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ThrottleConfig {
    /// Failed passwords by strangers after which sign-in with password is closed for that name; past 10, each has to wait.
    pub deactivate_after: u32,
}

impl ThrottleConfig {
    pub(super) fn read(mut section: Section<'_>) -> Self {
        let read = |count: u64| u32::try_from(count).ok();
        let deactivate_after =
            section.setting("deactivate_after", 10, |entry| entry.integer(1..=1_000).and_then(read)).value;
        section.finish();
        Self { deactivate_after }
    }
}
