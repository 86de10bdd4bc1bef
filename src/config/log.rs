//! `[log]`: what is told on stderr, and in which form.

use super::reader::Section;

/// `[log]`
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LogConfig {
    /// Whether every request leaves a line.
    pub access: bool,
    /// The form of all lines. Taken at the start.
    pub format: LogFormat,
}

/// The form of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum LogFormat {
    /// For people.
    #[default]
    Text,
    /// One JSON object a line, for machines.
    Json,
}

impl LogConfig {
    pub(super) fn read(mut section: Section<'_>) -> Self {
        const FORMATS: [(&str, LogFormat); 2] = [("text", LogFormat::Text), ("json", LogFormat::Json)];
        let access = section.setting("access", false, |entry| entry.boolean()).value;
        let format = section.setting("format", LogFormat::Text, |entry| entry.one_of(&FORMATS)).value;
        section.finish();
        Self { access, format }
    }
}
