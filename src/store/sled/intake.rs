//! Taking in many users: all of them or none, however many, and without the memory that one large batch of the engine costs
//! (11 KiB a user, since it lets go of nothing until the batch is done) or the time for which it keeps every reader waiting.
//!
//! ```text
//! judge them all → set them aside in portions → note that they are whole → portion by portion: from aside to their places
//!                       a crash: none of them                                a crash: the next opening goes on
//! ```
//!
//! The words that users are found by are written for many portions together, which is faster; those portions stay aside until then.
//!
//! The committer does nothing else meanwhile, so what was judged stays true. The engine's log keeps the order: where a portion
//! reached its place, the note is before it. Whoever reads meanwhile may see some of them and not yet the others, but never
//! one who is not there in the end.

use std::collections::HashSet;

use sled::IVec;

use super::records::{Draft, Records, decode};
use super::words::Gathered;
use super::{accounts, failure, keys};
use crate::domain::user::User;
use crate::store::{AddUserError, AddUsersError, NotAdded, StoreError};

/// Users in a portion, which is one atomic step: readers wait while a step is applied.
const PORTION: usize = 64;
/// Portions after which the engine writes out what it holds, set aside or in place.
const FLUSH_AFTER: u32 = 128;

/// Why it came to no end.
#[derive(Debug)]
enum Broken {
    /// The engine, which may hold a part now that only opening it again puts right.
    Engine(sled::Error),
    Store(StoreError),
}

impl From<sled::Error> for Broken {
    fn from(error: sled::Error) -> Self {
        Self::Engine(error)
    }
}

impl From<StoreError> for Broken {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

/// Adds users, all or none. Gives back whether anything was written, as the committer asks, and what to tell.
pub(super) fn add_users(records: &Records, users: &[User]) -> (Result<bool, sled::Error>, Result<(), AddUsersError>) {
    if let Err(refused) = judge(records, users) {
        return (Ok(false), Err(refused));
    }
    let outcome = match users.len() {
        0..=PORTION => in_one_step(records, users),
        _ => set_aside(records, users).and_then(|()| put_in_place(records)),
    };
    match outcome {
        Ok(()) => (Ok(true), Ok(())),
        // Nobody is told that it worked: the committer tells of the failure.
        Err(Broken::Engine(error)) => (Err(error), Ok(())),
        Err(Broken::Store(error)) => (Ok(true), Err(error.into())),
    }
}

/// Finishes what a crash cut short, or clears it away: called before anybody else writes.
///
/// # Errors
/// [`StoreError::Corrupt`], or what the disk says.
pub(super) fn recover(records: &Records) -> Result<(), StoreError> {
    let outcome = match records.raw(keys::INTAKE_WHOLE)? {
        Some(_) => {
            tracing::info!("users that were being taken in when Portero ended are taken in now");
            put_in_place(records)
        }
        None => clear(records),
    };
    outcome.map_err(|broken| match broken {
        Broken::Engine(error) => failure::engine(error),
        Broken::Store(error) => error,
    })
}

/// Whether all of them can be added.
fn judge(records: &Records, users: &[User]) -> Result<(), AddUsersError> {
    let (mut names, mut ids, mut refused) = (HashSet::new(), HashSet::new(), Vec::new());
    for (place, user) in users.iter().enumerate() {
        // None of them is in the records yet.
        let is_new = names.insert((&user.organization, &user.username)) & ids.insert(user.id);
        let judged = if is_new { accounts::may_be_added(records, user) } else { Err(AddUserError::Taken) };
        refused.extend(match judged {
            Ok(()) => None,
            Err(AddUserError::UnknownOrganization) => Some((place, NotAdded::UnknownOrganization)),
            Err(AddUserError::Taken) => Some((place, NotAdded::Taken)),
            Err(AddUserError::Store(error)) => return Err(error.into()),
        });
    }
    if refused.is_empty() { Ok(()) } else { Err(AddUsersError::Refused(refused)) }
}

fn in_one_step(records: &Records, users: &[User]) -> Result<(), Broken> {
    let mut draft = Draft::new(records);
    users.iter().try_for_each(|user| accounts::put_user(&mut draft, user))?;
    records.apply(draft)?;
    Ok(())
}

fn set_aside(records: &Records, users: &[User]) -> Result<(), Broken> {
    for (number, portion) in (1..).zip(users.chunks(PORTION)) {
        let mut draft = Draft::new(records);
        draft.put(keys::intake(number), &portion)?;
        records.apply(draft)?;
        rest(records, number)?;
    }
    let mut draft = Draft::new(records);
    draft.put_raw(keys::INTAKE_WHOLE.to_vec(), &[]);
    records.apply(draft)?;
    Ok(())
}

fn put_in_place(records: &Records) -> Result<(), Broken> {
    let (mut gathered, mut placed) = (Gathered::default(), Vec::new());
    for entry in records.under(&[keys::INTAKE]) {
        let (key, portion) = entry?;
        let users: Vec<User> = decode(&key, &portion)?;
        let mut draft = Draft::new(records);
        for user in &users {
            accounts::put_wordless(&mut draft, user)?;
            gathered.add(user);
        }
        records.apply(draft)?;
        placed.push(key);
        if gathered.is_full() {
            finish(records, &mut gathered, &mut placed)?;
        }
    }
    finish(records, &mut gathered, &mut placed)?;
    let mut draft = Draft::new(records);
    draft.remove(keys::INTAKE_WHOLE);
    records.apply(draft)?;
    Ok(())
}

/// Writes the words of portions that are in their places, and then removes the portions.
fn finish(records: &Records, gathered: &mut Gathered, placed: &mut Vec<IVec>) -> Result<(), Broken> {
    gathered.write(records)?;
    let mut draft = Draft::new(records);
    placed.drain(..).for_each(|key| draft.remove(key));
    records.apply(draft)?;
    Ok(())
}

/// Removes what was set aside and never became whole.
fn clear(records: &Records) -> Result<(), Broken> {
    for entry in records.under(&[keys::INTAKE]) {
        let mut draft = Draft::new(records);
        draft.remove(entry?.0);
        records.apply(draft)?;
    }
    Ok(())
}

/// Has the engine write out what it holds, now and then, so that its memory stays flat.
fn rest(records: &Records, portions: u32) -> Result<(), sled::Error> {
    if portions.is_multiple_of(FLUSH_AFTER) { records.flush() } else { Ok(()) }
}
