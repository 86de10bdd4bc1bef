//! `[captcha]`: when one is asked for.

use super::reader::Section;

/// `[captcha]`
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CaptchaConfig {
    /// When.
    pub mode: CaptchaMode,
}

/// When a captcha is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CaptchaMode {
    /// On every form.
    Always,
    /// Once attempts have failed.
    AfterFailures,
    /// Never.
    Off,
}

impl CaptchaConfig {
    pub(super) fn read(mut section: Section<'_>) -> Self {
        const MODES: [(&str, CaptchaMode); 3] = [
            ("always", CaptchaMode::Always),
            ("after-failures", CaptchaMode::AfterFailures),
            ("off", CaptchaMode::Off),
        ];
        let mode = section.setting("mode", CaptchaMode::Always, |entry| entry.one_of(&MODES)).value;
        section.finish();
        Self { mode }
    }
}
