//! Warning people by mail before their password expires: 14, 7, 3 and 1 days before it.
//!
//! ```text
//! a round: users, page by page → whose rules let it expire? → days left → the most urgent warning that is due and not given yet
//!          → for each, mail and note in one step; those of a page side by side, so that the store brings them to the disk together
//! ```
//!
//! * A warning is given once: that it was stands in the user's record, written in the same step as the mail.
//! * Whoever was not warned in time (Portero was down, the address came later) gets the most urgent warning alone, at the next round.
//! * On the day itself each person has a time of their own, so that what expires together, as after an import, is not mailed at once.
//!   Those times end two hours before midnight: there is a round after the last of them.
//! * Who has no address, no lasting password, a closed account, or rules under which nothing expires, is not written to; and nobody
//!   about a day that comes anew whenever they were here: of a limit of ten days nobody is told that fourteen are left.
//!
//! Neighbours: `app` says when a round begins; `letters` writes.

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;

use super::letters::{Letters, News};
use super::{FlowError, house_rules, refused_or_store};
use crate::audit::{Audit, Subject};
use crate::clock::Clock;
use crate::config::Config;
use crate::domain::Timestamp;
use crate::domain::audit::{AuditAction, AuditReason};
use crate::domain::ids::UserId;
use crate::domain::organization::Organization;
use crate::domain::password::{Expiry, ExpiryRules};
use crate::domain::user::{ExpiryWarning, Status, User, UserChange};
use crate::store::{NewMail, Store};
use crate::templates::AccountNews;

/// How many days before the end a warning is given, the most urgent first.
const WARNINGS: [u32; 4] = [1, 3, 7, 14];
/// Users looked at in one go.
const PAGE: usize = 256;
/// The rest between two pages: a round is in no hurry, and others want to read, too.
const REST: Duration = Duration::from_millis(10);
/// Seconds of a day in which warnings are due.
const SPREAD: u32 = 22 * 60 * 60;

/// Warns people.
pub struct ExpiryWarnings {
    /// Where accounts are.
    pub store: Arc<dyn Store>,
    /// Writes to people.
    pub letters: Letters,
    /// Writes down who was warned.
    pub audit: Arc<Audit>,
    /// The configuration as it is now.
    pub config: Arc<dyn Fn() -> Arc<Config> + Send + Sync>,
    /// Time.
    pub clock: Arc<dyn Clock>,
}

/// What a round did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Round {
    /// Users looked at.
    pub users: u64,
    /// People warned.
    pub warned: u64,
}

/// An organization and what holds in it. Users come ordered by organization, so one is remembered at a time.
struct House {
    organization: Organization,
    rules: ExpiryRules,
}

/// A warning to give.
struct Due {
    expiry: Expiry,
    days: u32,
    note: ExpiryWarning,
}

/// One that is written.
struct Warning {
    user: UserId,
    note: ExpiryWarning,
    mail: Vec<NewMail>,
    subject: Subject,
}

impl ExpiryWarnings {
    /// Looks at every user once and warns whoever is due. What it did until an error stays done.
    ///
    /// # Errors
    /// [`FlowError`]; the next round goes on.
    pub async fn round(&self) -> Result<Round, FlowError> {
        let (mut done, mut after, mut house) = (Round::default(), None, None);
        loop {
            let users = self.store.users(None, after, PAGE).await?;
            let Some(last) = users.last() else { return Ok(done) };
            after = Some((last.organization.clone(), last.username.clone()));
            let mut warnings = Vec::new();
            for user in users {
                done.users += 1;
                if !may_be_written_to(&user) {
                    continue;
                }
                if let Some(house) = self.house_of(&user, &mut house).await?
                    && let Some(warning) = self.write(&user, house).await?
                {
                    warnings.push(warning);
                    // Writing one takes a while, and others are on this thread.
                    tokio::task::yield_now().await;
                }
            }
            done.warned += self.give(warnings).await?;
            tokio::time::sleep(REST).await;
        }
    }

    async fn house_of<'h>(&self, user: &User, latest: &'h mut Option<House>) -> Result<Option<&'h House>, FlowError> {
        if latest.as_ref().is_none_or(|house| house.organization.key != user.organization) {
            let lineage = self.store.lineage(&user.organization).await?;
            let rules = house_rules::expiry_for(&lineage, (self.config)().expiry_rules());
            *latest = lineage.into_iter().next().map(|organization| House { organization, rules });
        }
        Ok(latest.as_ref())
    }

    /// The warning for one person, if one is due.
    async fn write(&self, user: &User, house: &House) -> Result<Option<Warning>, FlowError> {
        let now = self.clock.now();
        // Having been here can only put the end off: whoever has time enough without needs no further look.
        let unseen = house.rules.expiry(user, None);
        if unseen.is_none_or(|expiry| ExpiryRules::days_left(expiry.at, now, &house.rules.zone) > WARNINGS[3]) {
            return Ok(None);
        }
        let last_activity = self.store.last_activity(user.id).await?;
        let Some(Due { expiry, days, note }) = due(user, last_activity, &house.rules, now) else { return Ok(None) };
        let news = News {
            link: Some(self.letters.page("/login")),
            expires_at: Some(expiry.at),
            days: Some(days),
            ..News::default()
        };
        let mail = self.letters.about(user, &house.organization, &user.emails, AccountNews::Expiry, &news)?;
        let subject = Subject {
            organization: Some(user.organization.to_string()),
            username: Some(user.username.to_string()),
            user: Some(user.id),
            ..Subject::default()
        };
        Ok(Some(Warning { user: user.id, note, mail, subject }))
    }

    /// Gives warnings; how many. If one fails, the others are given all the same.
    async fn give(&self, warnings: Vec<Warning>) -> Result<u64, FlowError> {
        if warnings.is_empty() {
            return Ok(0);
        }
        let given = join_all(warnings.into_iter().map(|warning| self.give_one(warning))).await;
        self.letters.posted();
        given.into_iter().try_fold(0, |count, given| Ok(count + u64::from(given?)))
    }

    /// Gives one warning, unless somebody was faster or the account changed. Whether it was given.
    async fn give_one(&self, warning: Warning) -> Result<bool, FlowError> {
        let Warning { user, note, mail, subject } = warning;
        let change = UserChange::NoteExpiryWarning(note);
        if let Err(error) = self.store.change_user_and_tell(user, change, self.clock.now(), mail).await {
            refused_or_store(error)?;
            return Ok(false);
        }
        self.audit.record(AuditAction::WarnOfExpiry, AuditReason::Ok, subject).await;
        Ok(true)
    }
}

fn may_be_written_to(user: &User) -> bool {
    user.status == Status::Active && !user.emails.is_empty() && user.password.is_some()
}

/// The warning that is due now, if there is one that was not given.
fn due(user: &User, last_activity: Option<Timestamp>, rules: &ExpiryRules, now: Timestamp) -> Option<Due> {
    let expiry = rules.expiry(user, last_activity).filter(|expiry| expiry.at > now)?;
    let days = ExpiryRules::days_left(expiry.at, now, &rules.zone);
    let fits = |warning: &u32| days <= *warning && Duration::from_hours(24 * u64::from(*warning)) < expiry.limit;
    let warning = WARNINGS.into_iter().find(fits)?;
    let note = ExpiryWarning { expires_on: rules.day_of(expiry.at), days: warning };
    let told = user.warned.is_some_and(|told| told.expires_on == note.expires_on && told.days <= warning);
    let too_early = days == warning && second_of_the_day(now, rules) < time_of(user.id);
    (!told && !too_early).then_some(Due { expiry, days, note })
}

/// The second of the day from which on a person is warned.
fn time_of(id: UserId) -> u32 {
    let [a, b, c, d, ..] = *id.as_bytes();
    u32::from_le_bytes([a, b, c, d]) % SPREAD
}

fn second_of_the_day(now: Timestamp, rules: &ExpiryRules) -> u32 {
    let time = now.to_zoned(rules.zone.clone()).time();
    let [hour, minute, second] = [time.hour(), time.minute(), time.second()].map(|part| u32::from(part.unsigned_abs()));
    (hour * 60 + minute) * 60 + second
}

#[cfg(test)]
mod tests;
