//! Signing out, and how long to wait.

use std::time::Duration;

use serde::Serialize;

use crate::templates::Page;

/// Asks for confirmation: signing out takes a POST of the hidden `csrf` to `/_portero/logout`, and this is what a GET shows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SignOutPage {
    /// The form's token.
    pub csrf: String,
    /// Where "stay signed in" leads.
    pub back: String,
}

impl Page for SignOutPage {
    const TEMPLATE: &'static str = "sign-out.html";
}

/// Says that the session ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SignedOutPage {
    /// The sign-in page.
    pub sign_in: String,
}

impl Page for SignedOutPage {
    const TEMPLATE: &'static str = "signed-out.html";
}

/// How long to wait, in the unit that is easiest to read, rounded up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Wait {
    unit: &'static str,
    count: u64,
}

impl Wait {
    /// At least one second.
    pub const fn new(duration: Duration) -> Self {
        let seconds = duration.as_secs() + if duration.subsec_nanos() > 0 { 1 } else { 0 };
        match seconds {
            0..=90 => Self { unit: "seconds", count: if seconds == 0 { 1 } else { seconds } },
            91..=5400 => Self { unit: "minutes", count: seconds.div_ceil(60) },
            _ => Self { unit: "hours", count: seconds.div_ceil(3600) },
        }
    }

    /// The same in seconds, as it is told: rounded up.
    pub fn seconds(&self) -> u64 {
        self.count
            * match self.unit {
                "seconds" => 1,
                "minutes" => 60,
                _ => 3600,
            }
    }
}
