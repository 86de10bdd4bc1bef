//! `[captcha]`: when a picture or a proof of work is asked for.

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
