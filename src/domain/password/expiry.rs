//! When a password stops being enough.

use std::time::Duration;

use crate::domain::Timestamp;
use crate::domain::user::User;

/// What makes a lasting password expire.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ExpiryRules {
    /// So long without an authenticated request; `None` for never.
    pub inactive: Option<Duration>,
    /// So long after it was set; `None` for never.
    pub max_age: Option<Duration>,
}

impl ExpiryRules {
    /// When `user`'s password expires, given the last authenticated request; `None` for never, or if there is none to expire.
    pub fn expires_at(&self, user: &User, last_activity: Option<Timestamp>) -> Option<Timestamp> {
        let changed_at = user.password.as_ref()?.changed_at;
        // Setting it is a sign of life, too.
        let alive_at = last_activity.map_or(changed_at, |seen| seen.max(changed_at));
        let silence = self.inactive.map(|limit| alive_at + limit);
        let age = self.max_age.map(|limit| changed_at + limit);
        match (silence, age) {
            (Some(silence), Some(age)) => Some(silence.min(age)),
            (one, other) => one.or(other),
        }
    }

    /// Whole calendar days from `now` to `expires_at` in `zone`, 0 on the last day.
    pub fn days_left(expires_at: Timestamp, now: Timestamp, zone: &jiff::tz::TimeZone) -> u32 {
        let day = |moment: Timestamp| moment.to_zoned(zone.clone()).date();
        let days = day(now).until(day(expires_at)).map_or(0, |span| span.get_days());
        u32::try_from(days).unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // E6
    #[test]
    fn days_are_calendar_days_of_the_configured_zone_also_when_clocks_change() {
        let zone = jiff::tz::TimeZone::get("America/Mexico_City").expect("a zone");
        let moment = |text: &str| text.parse::<Timestamp>().expect("a moment");
        // 23:30 on the 1st to 00:30 on the 2nd, local time: one day, though only an hour.
        assert_eq!(ExpiryRules::days_left(moment("2026-06-02T06:30:00Z"), moment("2026-06-02T05:30:00Z"), &zone), 1);
        let madrid = jiff::tz::TimeZone::get("Europe/Madrid").expect("a zone");
        // The night of 25 October 2026 has 25 hours there.
        assert_eq!(ExpiryRules::days_left(moment("2026-10-26T11:00:00Z"), moment("2026-10-24T10:30:00Z"), &madrid), 2);
        assert_eq!(ExpiryRules::days_left(moment("2026-06-01T00:00:00Z"), moment("2026-06-02T00:00:00Z"), &zone), 0);
    }
}
