//! `portero audit`

use std::collections::BTreeSet;
use std::io::{self, Write};
use std::time::Duration;

use jiff::tz::TimeZone;

use super::arguments::{AuditArguments, Since};
use super::desk::Desk;
use super::error::CommandError;
use crate::clock::{Clock, SystemClock};
use crate::domain::Timestamp;
use crate::domain::audit::{AuditEvent, AuditPlace};
use crate::flows::administer::{Answer, AuditQuery, AuditView, PAGE_LIMIT, Request, UserRef};

/// How often to look for what is new.
const PAUSE: Duration = Duration::from_secs(1);
/// How much later than its own moment an event may be written down: whoever follows looks back so far.
const LATE: Duration = Duration::from_secs(10);

pub(super) async fn run(what: AuditArguments, desk: &mut Desk<'_, '_>) -> Result<(), CommandError> {
    if what.follow && !desk.asks_another().await? {
        return Err(CommandError::NobodyToFollow);
    }
    let zone = desk.config.portal.time_zone.clone();
    let mut since = what.since.map_or(Timestamp::MIN, |since| moment(since, &zone, SystemClock.now()));
    let mut told = BTreeSet::new();
    let mut newest = None;
    loop {
        let mut after = None;
        loop {
            let (events, next, more) = ask(what.user.clone(), since, after, desk).await?;
            after = next;
            for AuditView { place, event } in events {
                if what.follow && !told.insert(place) {
                    continue;
                }
                newest = newest.max(Some(place.at));
                if !tell(&event, &zone, desk)? {
                    return Ok(());
                }
            }
            if !more {
                break;
            }
        }
        if !what.follow {
            return Ok(());
        }
        // What was taken note of a moment ago may stand before what was told already.
        let back = newest.and_then(|newest| newest.checked_sub(LATE).ok());
        since = since.max(back.unwrap_or(since));
        told.retain(|place: &AuditPlace| place.at >= since);
        tokio::time::sleep(PAUSE).await;
    }
}

async fn ask(
    user: Option<UserRef>,
    since: Timestamp,
    after: Option<AuditPlace>,
    desk: &mut Desk<'_, '_>,
) -> Result<(Vec<AuditView>, Option<AuditPlace>, bool), CommandError> {
    let query = AuditQuery { user, action: None, reason: None, since, after, limit: PAGE_LIMIT };
    match desk.ask(Request::Audit(query)).await? {
        Answer::Audit { events, after, more } => Ok((events, after, more)),
        _ => Err(CommandError::Astray),
    }
}

fn moment(since: Since, zone: &TimeZone, now: Timestamp) -> Timestamp {
    match since {
        Since::Ago(ago) => now.checked_sub(ago).unwrap_or(Timestamp::MIN),
        Since::At(at) => at,
        Since::Day(day) => day.to_zoned(zone.clone()).map_or(Timestamp::MIN, |start| start.timestamp()),
    }
}

/// Prints an event; whether anybody still reads.
fn tell(event: &AuditEvent, zone: &TimeZone, desk: &mut Desk<'_, '_>) -> Result<bool, CommandError> {
    let line = if desk.is_for_machines() {
        serde_json::to_string(event).map_err(io::Error::from)?
    } else {
        words(event, zone)
    };
    let out = &mut desk.terminal.out;
    match writeln!(out, "{line}").and_then(|()| out.flush()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(false),
        written => Ok(written.map(|()| true)?),
    }
}

/// An event as a line: when, what, how it ended, about whom, from where or by whom, by which mailbox.
fn words(event: &AuditEvent, zone: &TimeZone) -> String {
    let when = event.at.to_zoned(zone.clone()).strftime("%Y-%m-%d %H:%M:%S %Z");
    let about = match (&event.organization, &event.username) {
        (Some(organization), Some(username)) => format!("{organization}/{username}"),
        (Some(organization), None) => organization.clone(),
        (None, Some(username)) => format!("/{username}"),
        (None, None) => event.user.map_or_else(|| "-".to_owned(), |user| user.to_string()),
    };
    let by = match (&event.address, &event.actor) {
        (Some(address), _) => address.to_string(),
        (None, Some(actor)) => actor.clone(),
        (None, None) => "-".to_owned(),
    };
    let proof = event.mailbox.as_ref().map_or_else(String::new, |mailbox| format!("  {mailbox}"));
    format!("{when}  {:<17} {:<20} {about}  {by}{proof}", event.action.code(), event.reason.code())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_beginning_is_counted_from_now_or_told_in_the_zone_of_the_installation() {
        let now: Timestamp = "2026-11-03T18:00:00Z".parse().expect("a moment");
        let zone = TimeZone::get("America/Mexico_City").expect("bundled");
        for (text, expected) in [
            ("24h", "2026-11-02T18:00:00Z"),
            ("1d12h", "2026-11-02T06:00:00Z"),
            ("2026-11-01", "2026-11-01T06:00:00Z"),
            ("2026-11-01T08:00:00Z", "2026-11-01T08:00:00Z"),
        ] {
            let since: Since = text.parse().expect("understood");
            assert_eq!(moment(since, &zone, now).to_string(), expected, "{text}");
        }
    }
}
