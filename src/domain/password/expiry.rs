//! When a password stops being enough.
//!
//! A limit of whole days is counted on the calendar of the installation's time zone: sixty days after ten in the morning is ten in the
//! morning, also when clocks were changed in between. A limit that is not is counted in seconds.

use std::time::Duration;

use jiff::tz::TimeZone;
use jiff::{Span, civil::Date};

use crate::domain::Timestamp;
use crate::domain::user::User;

const DAY: u64 = 24 * 60 * 60;

/// What makes a lasting password expire.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExpiryRules {
    /// So long without an authenticated request; `None` for never.
    pub inactive: Option<Duration>,
    /// So long after it was set; `None` for never.
    pub max_age: Option<Duration>,
    /// Where days begin and end.
    pub zone: TimeZone,
}

/// The end of a password, as things are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Expiry {
    /// From this moment on it must be changed first.
    pub at: Timestamp,
    /// The limit that it reaches then.
    pub limit: Duration,
}

impl ExpiryRules {
    /// The end of `user`'s password, given the last authenticated request; `None` for never, or if there is none to expire.
    pub fn expiry(&self, user: &User, last_activity: Option<Timestamp>) -> Option<Expiry> {
        let changed_at = user.password.as_ref()?.changed_at;
        // Setting it is a sign of life, too.
        let alive_at = last_activity.map_or(changed_at, |seen| seen.max(changed_at));
        let reached = |from, limit| Expiry { at: self.later(from, limit), limit };
        let silence = self.inactive.map(|limit| reached(alive_at, limit));
        let age = self.max_age.map(|limit| reached(changed_at, limit));
        silence.into_iter().chain(age).min_by_key(|expiry| expiry.at)
    }

    /// The moment of [`Self::expiry`].
    pub fn expires_at(&self, user: &User, last_activity: Option<Timestamp>) -> Option<Timestamp> {
        self.expiry(user, last_activity).map(|expiry| expiry.at)
    }

    /// The day of a moment.
    pub fn day_of(&self, moment: Timestamp) -> Date {
        moment.to_zoned(self.zone.clone()).date()
    }

    /// Whole calendar days from `now` to `expires_at` in `zone`, 0 on the last day.
    pub fn days_left(expires_at: Timestamp, now: Timestamp, zone: &TimeZone) -> u32 {
        let day = |moment: Timestamp| moment.to_zoned(zone.clone()).date();
        let days = day(now).until(day(expires_at)).map_or(0, |span| span.get_days());
        u32::try_from(days).unwrap_or(0)
    }

    fn later(&self, moment: Timestamp, limit: Duration) -> Timestamp {
        let days = (limit.subsec_nanos() == 0 && limit.as_secs().is_multiple_of(DAY)).then_some(limit.as_secs() / DAY);
        let on_the_calendar = || {
            let span = Span::new().try_days(i64::try_from(days?).ok()?).ok()?;
            Some(moment.to_zoned(self.zone.clone()).checked_add(span).ok()?.timestamp())
        };
        on_the_calendar().or_else(|| moment.checked_add(limit).ok()).unwrap_or(Timestamp::MAX)
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

    fn moment(text: &str) -> Timestamp {
        text.parse().expect("a moment")
    }

    fn after(limit: &str, zone: &str, from: &str) -> Timestamp {
        let zone = TimeZone::get(zone).expect("a zone");
        let limit = Duration::try_from(limit.parse::<jiff::SignedDuration>().expect("a duration")).expect("positive");
        ExpiryRules { inactive: None, max_age: None, zone }.later(moment(from), limit)
    }

    // E1 E6
    #[test]
    fn days_end_at_the_same_time_of_day_also_when_clocks_change_in_between() {
        // Clocks go back on 25 October and forward on 28 March there.
        assert_eq!(after("1440h", "Europe/Madrid", "2026-09-20T08:30:00Z"), moment("2026-11-19T09:30:00Z"));
        assert_eq!(after("1440h", "Europe/Madrid", "2027-02-20T08:30:00Z"), moment("2027-04-21T07:30:00Z"));
        assert_eq!(after("1440h", "UTC", "2026-09-20T08:30:00Z"), moment("2026-11-19T08:30:00Z"));
        // What is not whole days is counted as it is.
        assert_eq!(after("1441h", "Europe/Madrid", "2026-09-20T08:30:00Z"), moment("2026-11-19T09:30:00Z"));
        assert_eq!(after("90s", "Europe/Madrid", "2026-10-25T00:59:30Z"), moment("2026-10-25T01:01:00Z"));
        let beyond = Duration::from_secs(i64::MAX.unsigned_abs() / DAY * DAY);
        let rules = ExpiryRules { inactive: None, max_age: None, zone: TimeZone::UTC };
        assert_eq!(rules.later(moment("2026-01-01T00:00:00Z"), beyond), Timestamp::MAX);
    }

    // E6
    #[test]
    fn whoever_was_here_today_is_told_exactly_the_limit_in_days_at_any_hour_of_the_year() {
        for name in ["Europe/Madrid", "America/Mexico_City", "Asia/Kathmandu", "Australia/Lord_Howe"] {
            let zone = TimeZone::get(name).expect("a zone");
            let rules = ExpiryRules { inactive: None, max_age: None, zone: zone.clone() };
            let mut now = moment("2026-01-01T00:00:00Z");
            while now < moment("2027-01-01T00:00:00Z") {
                let expiry = rules.later(now, Duration::from_hours(60 * 24));
                assert_eq!(ExpiryRules::days_left(expiry, now, &zone), 60, "{name} {now}");
                now += Duration::from_secs(3 * 3600 - 60);
            }
        }
    }
}
