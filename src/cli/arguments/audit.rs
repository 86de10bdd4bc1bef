//! What follows `portero audit`: whose events, and from when on.

use std::str::FromStr;
use std::time::Duration;

use clap::Args;

use crate::config::parse_duration;
use crate::domain::Timestamp;
use crate::flows::administer::UserRef;

/// After `portero audit`.
#[derive(Debug, Args)]
pub struct AuditArguments {
    /// Go on printing what happens, until Ctrl-C; Portero has to run
    #[arg(long)]
    pub follow: bool,
    /// Only what is about this user, or was tried under this name
    #[arg(long, value_name = "ORG/USERNAME")]
    pub user: Option<UserRef>,
    /// Only from then on: how long ago (24h, 7d), a day (2026-11-01) or a moment (2026-11-01T08:00:00Z)
    #[arg(long, value_name = "DURATION|TIME")]
    pub since: Option<Since>,
    /// Print each event as a line of JSON
    #[arg(long)]
    pub json: bool,
}

/// From when on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Since {
    /// So long before now.
    Ago(Duration),
    /// The beginning of a day in the installation's time zone.
    Day(jiff::civil::Date),
    /// A moment.
    At(Timestamp),
}

impl FromStr for Since {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let ago = parse_duration(text).map(Self::Ago);
        let at = || text.parse().ok().map(Self::At);
        // A date parses leniently from longer texts, which are moments or nothing.
        let day = || if text.len() == 10 { text.parse().ok().map(Self::Day) } else { None };
        ago.or_else(at).or_else(day).ok_or(
            "write how long ago, such as 24h or 7d, a day such as 2026-11-01, or a moment such as 2026-11-01T08:00:00Z",
        )
    }
}
