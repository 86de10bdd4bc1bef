//! Whose passwords expire soon, and keeping those of many people from expiring on one day.
//!
//! After an import all passwords count as set in the same moment, and whoever never comes would have to choose a new one on the same day.
//! [`Administrator::spread_expiry`] lets each count as set a little earlier than the one before it: nobody's password lasts longer than the
//! rules say, and that of whoever has been here since is left alone.

use std::time::Duration;

use futures_util::future::try_join_all;
use serde::{Deserialize, Serialize};

use super::{AdministerError, Administrator, Answer, PAGE_LIMIT, UserRef};
use crate::domain::Timestamp;
use crate::domain::ids::UserId;
use crate::domain::names::{DisplayName, EmailAddress, OrganizationKey, Username};
use crate::domain::password::ExpiryRules;
use crate::domain::user::{Status, User, UserChange};
use crate::flows::house_rules;
use crate::store::{ChangeUserError, StoreError};

/// Pages that are looked through for one answer, so that none takes long.
const LOOKS: usize = 20;
/// Changes under way at once: the store brings them to the disk together.
const AT_ONCE: usize = 128;
const DAY: Duration = Duration::from_secs(24 * 60 * 60);
/// Nobody's expiry comes nearer than this: there is to be time for every warning.
const LEAST_DAYS: u32 = 15;

/// Which users to list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExpiringPage {
    /// Of this organization only, not of those below it; `None` for all.
    pub organization: Option<OrganizationKey>,
    /// After this one.
    pub after: Option<UserRef>,
    /// Whose passwords expire in so many days, or fewer.
    pub days: u32,
}

/// A user whose password expires.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExpiringView {
    /// For life: the `sub` of assertions.
    pub id: UserId,
    /// The organization.
    pub organization: OrganizationKey,
    /// The username in it.
    pub username: Username,
    /// What the person is called.
    pub name: DisplayName,
    /// Registered addresses.
    pub emails: Vec<EmailAddress>,
    /// When the password expires, unless the person comes before.
    pub expires_at: Timestamp,
    /// Calendar days until then.
    pub days: u32,
    /// Last authenticated request, at a coarse grain.
    pub last_active_at: Option<Timestamp>,
}

impl ExpiringView {
    /// How the command line names this user.
    pub fn reference(&self) -> UserRef {
        UserRef { organization: self.organization.clone(), username: self.username.clone() }
    }
}

/// Whose expiry to spread.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SpreadExpiry {
    /// Of this organization only, not of those below it.
    pub organization: OrganizationKey,
    /// Over so many days before the day on which they would expire.
    pub days: u32,
}

/// What became of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SpreadView {
    /// Passwords that expire earlier now.
    pub moved: u64,
    /// Those that do not: their owners have been here since they were set, or there is no time to move them into.
    pub left: u64,
    /// The first expiry of those that were moved.
    pub first: Option<Timestamp>,
    /// The last one.
    pub last: Option<Timestamp>,
}

/// A password to be counted as set earlier.
struct Movable {
    id: UserId,
    changed_at: Timestamp,
    /// How much earlier at most.
    room: Duration,
}

impl Administrator {
    pub(super) async fn list_expiring(&self, page: ExpiringPage) -> Result<Answer, AdministerError> {
        let ExpiringPage { organization, after, days } = page;
        if let Some(key) = &organization {
            self.require(key).await?;
        }
        let now = self.clock.now();
        let (mut found, mut after, mut latest) = (Vec::new(), after, None);
        for _ in 0..LOOKS {
            let place = after.clone().map(|user: UserRef| (user.organization, user.username));
            let users = self.accounts.users(organization.as_ref(), place, PAGE_LIMIT).await?;
            let Some(last) = users.last() else { return Ok(Answer::Expiring { users: found, after: None }) };
            after = Some(UserRef { organization: last.organization.clone(), username: last.username.clone() });
            for user in users.into_iter().filter(|user| user.status == Status::Active) {
                let rules = self.rules_of(&user.organization, &mut latest).await?;
                let last_active_at = self.accounts.last_activity(user.id).await?;
                let Some(expires_at) = rules.expires_at(&user, last_active_at).filter(|at| *at > now) else { continue };
                let left = ExpiryRules::days_left(expires_at, now, &rules.zone);
                if left <= days {
                    found.push(view(user, expires_at, left, last_active_at));
                }
            }
        }
        Ok(Answer::Expiring { users: found, after })
    }

    pub(super) async fn spread_expiry(&self, spread: SpreadExpiry) -> Result<Answer, AdministerError> {
        let SpreadExpiry { organization, days } = spread;
        self.require(&organization).await?;
        let rules = self.rules_of(&organization, &mut None).await?;
        let limit = [rules.inactive, rules.max_age].into_iter().flatten().min();
        let limit = limit.ok_or_else(|| AdministerError::NothingExpires(organization.clone()))?;
        let over = DAY * days;
        if over >= limit {
            return Err(AdministerError::SpreadTooFar(limit.as_secs() / DAY.as_secs()));
        }
        let (movable, left) = self.movable(&organization, &rules, over).await?;
        let mut told = SpreadView { moved: 0, left, first: None, last: None };
        let count = u32::try_from(movable.len()).unwrap_or(u32::MAX);
        // The first of them stays where it is, and so the last day is used, too.
        let steps: Vec<_> = (0..count).zip(&movable).collect();
        for together in steps.chunks(AT_ONCE) {
            let changes = together
                .iter()
                .map(|(place, one)| self.backdate(one, one.room.mul_f64(f64::from(*place) / f64::from(count))));
            for user in try_join_all(changes).await? {
                let Some(user) = user else {
                    told.left += 1;
                    continue;
                };
                let expiry = rules.expires_at(&user, None);
                told.moved += 1;
                told.first = [told.first, expiry].into_iter().flatten().min();
                told.last = told.last.max(expiry);
            }
        }
        Ok(Answer::Spread(told))
    }

    /// Passwords that can be counted as set earlier, and how many cannot.
    async fn movable(
        &self,
        organization: &OrganizationKey,
        rules: &ExpiryRules,
        over: Duration,
    ) -> Result<(Vec<Movable>, u64), AdministerError> {
        let soonest = self.clock.now() + DAY * LEAST_DAYS;
        let (mut movable, mut left, mut after) = (Vec::new(), 0, None);
        loop {
            let users = self.accounts.users(Some(organization), after, PAGE_LIMIT).await?;
            let Some(last) = users.last() else { return Ok((movable, left)) };
            after = Some((last.organization.clone(), last.username.clone()));
            for user in users {
                let Some(changed_at) = user.password.as_ref().map(|password| password.changed_at) else { continue };
                let been_here = self.accounts.last_activity(user.id).await?.is_some_and(|seen| seen > changed_at);
                let room =
                    rules.expires_at(&user, None).and_then(|at| Duration::try_from(at.duration_since(soonest)).ok());
                match room {
                    Some(room) if !been_here => movable.push(Movable { id: user.id, changed_at, room: room.min(over) }),
                    _ => left += 1,
                }
            }
        }
    }

    /// The user afterwards; `None` if there is none, or the password was changed meanwhile.
    async fn backdate(&self, one: &Movable, by: Duration) -> Result<Option<User>, StoreError> {
        let change = UserChange::BackdatePassword { from: one.changed_at, to: one.changed_at - by };
        match self.accounts.change_user(one.id, change, self.clock.now()).await {
            Ok(changed) => Ok(Some(changed.user)),
            Err(ChangeUserError::NotFound | ChangeUserError::Refused(_)) => Ok(None),
            Err(ChangeUserError::Store(error)) => Err(error),
        }
    }

    async fn require(&self, key: &OrganizationKey) -> Result<(), AdministerError> {
        let found = self.accounts.organization(key).await?;
        found.map(drop).ok_or_else(|| AdministerError::UnknownOrganization(key.clone()))
    }

    /// What makes passwords expire in an organization. Users come ordered by organization, so the latest is remembered.
    async fn rules_of(
        &self,
        key: &OrganizationKey,
        latest: &mut Option<(OrganizationKey, ExpiryRules)>,
    ) -> Result<ExpiryRules, AdministerError> {
        match latest {
            Some((known, rules)) if known == key => Ok(rules.clone()),
            _ => {
                let lineage = self.accounts.lineage(key).await?;
                let rules = house_rules::expiry_for(&lineage, (self.config)().expiry_rules());
                *latest = Some((key.clone(), rules.clone()));
                Ok(rules)
            }
        }
    }
}

fn view(user: User, expires_at: Timestamp, days: u32, last_active_at: Option<Timestamp>) -> ExpiringView {
    let User { id, organization, username, name, emails, .. } = user;
    ExpiringView { id, organization, username, name, emails, expires_at, days, last_active_at }
}

#[cfg(test)]
mod tests;
