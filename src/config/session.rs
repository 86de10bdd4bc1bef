//! `[session]`: how long one lasts.

use std::time::Duration;

use super::reader::Section;
use super::units::format_duration;
use crate::domain::session::SessionLimits;

/// `[session]`
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SessionConfig {
    /// Idle and absolute limits.
    pub limits: SessionLimits,
}

impl SessionConfig {
    pub(super) fn read(mut section: Section<'_>) -> Self {
        let idle = section.setting("idle", Duration::from_mins(30), |entry| entry.seconds());
        let absolute = section.setting("absolute", Duration::from_hours(12), |entry| entry.seconds());
        if idle.sound
            && absolute.sound
            && idle.value > absolute.value
            && let Some(at) = idle.at.or(absolute.at)
        {
            let (idle, absolute) = (format_duration(idle.value), format_duration(absolute.value));
            section.reader.fault(
                at,
                format!("session.idle \"{idle}\" is longer than session.absolute \"{absolute}\""),
                "write a shorter idle or a longer absolute",
            );
        }
        section.finish();
        Self { limits: SessionLimits { idle: idle.value, absolute: absolute.value } }
    }
}
