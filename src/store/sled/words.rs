//! The words that users are found by: which there are follows from the users, and so does every entry here.
//!
//! An entry is written and removed in the step that writes or removes its user, so that the two agree after every crash. A search goes
//! through the entries of one wanted word and judges each user by the record itself: it costs no more in an organization of a million,
//! and what it looks at has a bound. Stores that were written before there were such entries get them when they are opened
//! ([`bring_up_to_date`]).

use super::records::{Draft, Records, decode};
use super::{engine, failure, keys};
use crate::domain::ids::UserId;
use crate::domain::names::OrganizationKey;
use crate::domain::search::{Known, SearchPlace, Wanted};
use crate::domain::user::User;
use crate::store::{Found, SCHEMA_VERSION, StoreError};

/// The schema version since which there are entries.
const SINCE: u32 = 2;
/// Entries that one search looks at: half a second if none of the users is in the cache.
const LOOKS: usize = 2048;
/// Entries of a wanted word that are counted to choose the leading one. That reads no user.
const COUNTED: usize = 8192;
/// Wanted words that are tried as the leading one.
const TRIED: usize = 8;
/// Users whose entries are gathered before they are written: a few megabytes.
const GATHERED: usize = 8192;
/// Gathered entries that are written in one atomic step.
const STEP: usize = 256;

/// Entries of many users, to be written together: in their order neighbours go to one page, and the engine
/// writes less.
///
/// It is for whoever sees to it that all of them are written before anybody relies on one.
#[derive(Debug, Default)]
pub(super) struct Gathered {
    entries: Vec<(Vec<u8>, UserId)>,
    users: usize,
}

impl Gathered {
    /// Takes the words of a user who was not there.
    pub(super) fn add(&mut self, user: &User) {
        let known = Known::of(user);
        let keys = known.words().map(|word| keys::word(&user.organization, word, &user.username));
        self.entries.extend(keys.map(|key| (key, user.id)));
        self.users += 1;
    }

    /// Whether so many are gathered that they should be written.
    pub(super) const fn is_full(&self) -> bool {
        self.users >= GATHERED
    }

    /// Writes what is gathered, in steps, and has the engine write out what it holds, so that its memory stays flat.
    pub(super) fn write(&mut self, records: &Records) -> Result<(), sled::Error> {
        self.entries.sort_unstable();
        for step in self.entries.chunks(STEP) {
            let mut draft = Draft::new(records);
            for (key, id) in step {
                draft.put_raw(key.clone(), id.as_bytes());
            }
            records.apply(draft)?;
        }
        *self = Self::default();
        records.flush()
    }
}

/// Enters the words of a user who was not there.
pub(super) fn enter(draft: &mut Draft<'_>, user: &User) {
    put(draft, user, Known::of(user).words());
}

/// Replaces the words of a user who was changed.
pub(super) fn renew(draft: &mut Draft<'_>, before: &User, after: &User) {
    // Nearly every change is one of something else.
    if before.name == after.name && before.emails == after.emails {
        return;
    }
    let (old, new) = (Known::of(before), Known::of(after));
    take(draft, before, old.without(&new));
    put(draft, after, new.without(&old));
}

/// Takes the words of a user away who is removed.
pub(super) fn strike(draft: &mut Draft<'_>, user: &User) {
    take(draft, user, Known::of(user).words());
}

fn put<'a>(draft: &mut Draft<'_>, user: &User, words: impl Iterator<Item = &'a str>) {
    for word in words {
        draft.put_raw(keys::word(&user.organization, word, &user.username), user.id.as_bytes());
    }
}

fn take<'a>(draft: &mut Draft<'_>, user: &User, words: impl Iterator<Item = &'a str>) {
    for word in words {
        draft.remove(keys::word(&user.organization, word, &user.username));
    }
}

/// As [`Accounts::find_users`](crate::store::Accounts::find_users) asks.
pub(super) fn find(
    records: &Records,
    organization: &OrganizationKey,
    wanted: &Wanted,
    after: Option<SearchPlace>,
    limit: usize,
) -> Result<Found, StoreError> {
    let after = after.filter(|place| wanted.lead(place).is_some());
    let lead = match &after {
        Some(place) => place.lead,
        None => rarest(records, organization, wanted)?,
    };
    let Some(leading) = wanted.words().get(lead) else { return Ok(Found::default()) };
    let after = after.map(|place| keys::word(organization, &place.word, &place.username));
    let mut users = Vec::new();
    let mut last = None;
    for (looks, entry) in records.after(keys::words(organization, leading), after).enumerate() {
        let (key, id) = entry?;
        let (word, username) = keys::word_parts(&key)?;
        let place = SearchPlace { lead, word, username };
        if looks >= LOOKS {
            return Ok(Found { users, next: last });
        }
        // Removed since the entry was read: not there any more.
        if let Some(user) = records.get::<User>(&keys::user(keys::user_id(&key, &id)?))? {
            let known = Known::of(&user);
            // Under the first of several words that the leading one begins; the others tell of nobody new.
            if known.first(leading) == Some(place.word.as_str()) && wanted.fits(&known) {
                if users.len() >= limit {
                    return Ok(Found { users, next: last });
                }
                users.push(user);
            }
        }
        last = Some(place);
    }
    Ok(Found { users, next: None })
}

/// Which wanted word begins the fewest entries, as far as they are counted.
fn rarest(records: &Records, organization: &OrganizationKey, wanted: &Wanted) -> Result<usize, StoreError> {
    let (mut rarest, mut fewest) = (0, COUNTED);
    if wanted.words().len() == 1 {
        return Ok(rarest);
    }
    for (number, word) in wanted.words().iter().enumerate().take(TRIED) {
        let mut entries = 0;
        for entry in records.under(&keys::words(organization, word)).take(fewest) {
            entry?;
            entries += 1;
        }
        if entries < fewest {
            (rarest, fewest) = (number, entries);
        }
    }
    Ok(rarest)
}

/// Makes the entries of a store whose schema version, `found`, is one without them. Called before anybody else writes.
///
/// The version is raised when all of them are made: after a crash it begins anew.
///
/// # Errors
/// What the disk says.
pub(super) fn bring_up_to_date(records: &Records, found: u32) -> Result<(), StoreError> {
    if found >= SCHEMA_VERSION {
        return Ok(());
    }
    if found < SINCE {
        tracing::info!(
            "the store was written by an earlier Portero; its users are made ready to be searched for, once: two minutes for a million"
        );
        let entries = forget(records)?;
        let users = enter_all(records)?;
        tracing::info!(users, leftovers = entries, "users are ready to be searched for");
    }
    let mut draft = Draft::new(records);
    draft.put_raw(keys::SCHEMA.to_vec(), engine::present_schema()?);
    records.apply(draft).map_err(failure::engine)?;
    records.flush().map_err(failure::engine)
}

/// Removes the entries that a crash left behind: an earlier Portero may have changed the users since.
fn forget(records: &Records) -> Result<usize, StoreError> {
    let mut removed = 0;
    for entry in records.under(&[keys::WORD]) {
        let mut draft = Draft::new(records);
        draft.remove(entry?.0);
        records.apply(draft).map_err(failure::engine)?;
        removed += 1;
    }
    Ok(removed)
}

fn enter_all(records: &Records) -> Result<usize, StoreError> {
    let (mut gathered, mut users) = (Gathered::default(), 0);
    for entry in records.under(&[keys::USER]) {
        let (key, value) = entry?;
        match decode::<User>(&key, &value) {
            Ok(user) => gathered.add(&user),
            // It must not keep the others from being found.
            Err(error) => tracing::warn!(%error, "a user cannot be searched for"),
        }
        users += 1;
        if gathered.is_full() {
            gathered.write(records).map_err(failure::engine)?;
        }
    }
    gathered.write(records).map_err(failure::engine)?;
    Ok(users)
}

#[cfg(test)]
mod tests;
