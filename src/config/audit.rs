//! `[audit]`: how long what happened stays written down.

use std::time::Duration;

use super::reader::Section;

/// `[audit]`
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AuditConfig {
    /// Events older than this are removed; `None` keeps them for good.
    pub keep: Option<Duration>,
}

impl AuditConfig {
    pub(super) fn read(mut section: Section<'_>) -> Self {
        let year = Some(Duration::from_hours(365 * 24));
        let keep = section.setting("keep", year, |entry| entry.seconds_or_off()).value;
        section.finish();
        Self { keep }
    }
}
