//! `[identity]`: the assertion that applications receive.

use std::time::Duration;

use super::reader::Section;

/// `[identity]`
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct IdentityConfig {
    /// Life of an assertion.
    pub lifetime: Duration,
}

impl IdentityConfig {
    pub(super) fn read(mut section: Section<'_>) -> Self {
        // Under a minute, clocks that differ a little would refuse fresh assertions; past an hour, ended sessions live on in them.
        let range = Duration::from_secs(1)..=Duration::from_hours(1);
        let lifetime = section.setting("lifetime", Duration::from_mins(5), |entry| entry.duration(range)).value;
        section.finish();
        Self { lifetime }
    }
}
