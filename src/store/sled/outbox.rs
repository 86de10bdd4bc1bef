//! Messages on their way.
//!
//! The queue is an index by the moment at which a message is due. Who holds a message is in memory alone: one process has this
//! store, so a hold dies with its holder, and a message that was under way in a crash is taken up at once by the next process.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;

use super::records::{Draft, Entry, Records, decode};
use super::{SledStore, keys};
use crate::domain::Timestamp;
use crate::domain::ids::{MailId, UserId};
use crate::domain::mail::{Mail, MailFailure, MailState};
use crate::store::{ClaimedMail, MailClaim, MailCount, NewMail, OpenMail, Outbox, StoreError};

#[async_trait]
impl Outbox for SledStore {
    async fn enqueue_mail(&self, messages: Vec<NewMail>) -> Result<(), StoreError> {
        self.committer.commit(move |draft| put_all(draft, messages)).await
    }

    async fn claim_mail(&self, now: Timestamp, until: Timestamp, limit: usize) -> Result<Vec<ClaimedMail>, StoreError> {
        let holds = std::sync::Arc::clone(&self.holds);
        self.read_aside(move |records| claim(records, &holds, now, until, limit)).await
    }

    async fn next_mail_due(&self, now: Timestamp) -> Result<Option<Timestamp>, StoreError> {
        let holds = std::sync::Arc::clone(&self.holds);
        self.read_aside(move |records| next_due(records, &holds, now)).await
    }

    async fn mail_delivered(&self, claim: MailClaim, at: Timestamp) -> Result<bool, StoreError> {
        let settled = self.settle(claim.id, move |mail| mail.deliver(at)).await?;
        self.holds.release(claim);
        Ok(settled.is_some())
    }

    async fn mail_failed(
        &self,
        claim: MailClaim,
        failure: MailFailure,
        next: Option<Timestamp>,
    ) -> Result<bool, StoreError> {
        if !self.holds.has(claim) {
            return Ok(false);
        }
        let settled = self.settle(claim.id, move |mail| mail.fail(failure, next)).await?;
        self.holds.release(claim);
        Ok(settled.is_some())
    }

    async fn mail(&self, id: MailId) -> Result<Option<Mail>, StoreError> {
        self.records.get(&keys::mail(id))
    }

    async fn mail_about(&self, user: UserId, limit: usize) -> Result<Vec<Mail>, StoreError> {
        self.read_aside(move |records| {
            let mut found = Vec::new();
            for entry in records.under(&keys::mails_of(user)).rev().take(limit) {
                found.extend(records.get::<Mail>(&keys::mail(keys::mail_listed_of(&entry?.0)?))?);
            }
            Ok(found)
        })
        .await
    }

    async fn open_mail(&self, limit: usize) -> Result<OpenMail, StoreError> {
        self.read_aside(move |records| {
            let waiting = listed(records, keys::MAIL_QUEUE, limit)?;
            Ok(OpenMail { waiting, dead: listed(records, keys::MAIL_DEAD, limit)? })
        })
        .await
    }

    async fn count_mail(&self) -> Result<MailCount, StoreError> {
        self.read_aside(move |records| {
            let count = |list| records.under(&[list]).try_fold(0, |count, entry| entry.map(|_| count + 1));
            Ok(MailCount { waiting: count(keys::MAIL_QUEUE)?, dead: count(keys::MAIL_DEAD)? })
        })
        .await
    }

    async fn retry_mail(&self, id: MailId, now: Timestamp) -> Result<Option<Mail>, StoreError> {
        self.settle(id, move |mail| mail.retry(now)).await
    }

    async fn drop_mail(&self, id: MailId, at: Timestamp) -> Result<Option<Mail>, StoreError> {
        self.settle(id, move |mail| mail.discard(at)).await
    }

    async fn purge_mail(&self, before: Timestamp, now: Timestamp) -> Result<u64, StoreError> {
        let outdated = move |records: &Records, (key, value): &Entry| {
            let mail: Mail = decode(key, value)?;
            let dead = matches!(mail.state, MailState::Dead { .. });
            Ok(dead && mail.is_outdated(now) && records.raw(&keys::mail_body(mail.id))?.is_some())
        };
        self.purge(keys::MAIL, outdated, |draft, (key, value)| {
            draft.remove(keys::mail_body(decode::<Mail>(key, value)?.id));
            Ok(())
        })
        .await?;
        let is_old = move |_: &Records, (key, value): &Entry| {
            let (MailState::Delivered { at } | MailState::Dropped { at } | MailState::Dead { at }) =
                decode::<Mail>(key, value)?.state
            else {
                return Ok(false);
            };
            Ok(at < before)
        };
        self.purge(keys::MAIL, is_old, |draft, (key, value)| {
            let mail: Mail = decode(key, value)?;
            unlist(draft, &mail);
            if let Some(user) = mail.user {
                draft.remove(keys::mail_of(user, mail.created_at, mail.id));
            }
            draft.remove(keys::mail_body(mail.id));
            draft.remove(key.clone());
            Ok(())
        })
        .await
    }
}

impl SledStore {
    /// Carries out a change of one message, with its places in the lists and its body. `None` if the change was refused.
    async fn settle<F>(&self, id: MailId, change: F) -> Result<Option<Mail>, StoreError>
    where
        F: FnOnce(&mut Mail) -> bool + Send + 'static,
    {
        self.committer
            .commit(move |draft| {
                let key = keys::mail(id);
                let Some(before) = draft.records().get::<Mail>(&key)? else { return Ok(None) };
                let mut mail = before.clone();
                if !change(&mut mail) {
                    return Ok(None);
                }
                unlist(draft, &before);
                list(draft, &mail);
                let needed = match mail.state {
                    MailState::Waiting { .. } => true,
                    MailState::Dead { at } => !mail.is_outdated(at),
                    MailState::Delivered { .. } | MailState::Dropped { .. } => false,
                };
                if !needed {
                    draft.remove(keys::mail_body(id));
                }
                draft.put(key, &mail)?;
                Ok(Some(mail))
            })
            .await
    }
}

/// Who holds which message, until when.
#[derive(Debug, Default)]
pub(super) struct Holds(Mutex<Held>);

#[derive(Debug, Default)]
struct Held {
    by_id: HashMap<MailId, (u64, Timestamp)>,
    last: u64,
}

impl Holds {
    fn lock(&self) -> MutexGuard<'_, Held> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn has(&self, claim: MailClaim) -> bool {
        self.lock().by_id.get(&claim.id).is_some_and(|(number, _)| *number == claim.number)
    }

    fn release(&self, claim: MailClaim) {
        let mut held = self.lock();
        if held.by_id.get(&claim.id).is_some_and(|(number, _)| *number == claim.number) {
            held.by_id.remove(&claim.id);
        }
    }
}

/// Holds stay locked from looking to taking: that makes it one step. A message that is settled meanwhile has left the queue, or
/// is found settled when its deliverer says what became of it.
fn claim(
    records: &Records,
    holds: &Holds,
    now: Timestamp,
    until: Timestamp,
    limit: usize,
) -> Result<Vec<ClaimedMail>, StoreError> {
    let mut held = holds.lock();
    held.by_id.retain(|_, (_, until)| *until > now);
    let mut claimed = Vec::new();
    for entry in records.under(&[keys::MAIL_QUEUE]) {
        if claimed.len() >= limit {
            break;
        }
        let id = keys::listed_mail(&entry?.0)?;
        let Some((mail, due)) = waiting(records, id)? else { continue };
        if due > now {
            break;
        }
        if held.by_id.contains_key(&id) {
            continue;
        }
        // Without a body it cannot be sent, and its deliverer will say so.
        let sealed = records.raw(&keys::mail_body(id))?.unwrap_or_default();
        held.last += 1;
        let number = held.last;
        held.by_id.insert(id, (number, until));
        claimed.push(ClaimedMail { mail, sealed: sealed.to_vec(), claim: MailClaim { id, number } });
    }
    Ok(claimed)
}

fn next_due(records: &Records, holds: &Holds, now: Timestamp) -> Result<Option<Timestamp>, StoreError> {
    let held = holds.lock();
    let mut next: Option<Timestamp> = None;
    for entry in records.under(&[keys::MAIL_QUEUE]) {
        let id = keys::listed_mail(&entry?.0)?;
        let Some((_, due)) = waiting(records, id)? else { continue };
        let at = match held.by_id.get(&id) {
            Some((_, until)) if *until > now => *until,
            _ => due,
        };
        next = Some(next.map_or(at, |known| known.min(at)));
        // The queue is in order: nothing after one that nobody holds comes earlier.
        if at == due {
            break;
        }
    }
    Ok(next)
}

fn waiting(records: &Records, id: MailId) -> Result<Option<(Mail, Timestamp)>, StoreError> {
    let mail: Option<Mail> = records.get(&keys::mail(id))?;
    Ok(mail.and_then(|mail| match mail.state {
        MailState::Waiting { due } => Some((mail, due)),
        MailState::Delivered { .. } | MailState::Dead { .. } | MailState::Dropped { .. } => None,
    }))
}

fn listed(records: &Records, list: u8, limit: usize) -> Result<Vec<Mail>, StoreError> {
    let mut found = Vec::new();
    for entry in records.under(&[list]).take(limit) {
        found.extend(records.get::<Mail>(&keys::mail(keys::listed_mail(&entry?.0)?))?);
    }
    Ok(found)
}

/// Adds new messages with their bodies.
pub(super) fn put_all(draft: &mut Draft<'_>, messages: Vec<NewMail>) -> Result<(), StoreError> {
    for NewMail { mail, sealed } in messages {
        draft.put_raw(keys::mail_body(mail.id), sealed);
        put(draft, &mail)?;
    }
    Ok(())
}

/// Adds a message, with its place in the lists.
pub(super) fn put(draft: &mut Draft<'_>, mail: &Mail) -> Result<(), StoreError> {
    list(draft, mail);
    if let Some(user) = mail.user {
        draft.put_raw(keys::mail_of(user, mail.created_at, mail.id), &[]);
    }
    draft.put(keys::mail(mail.id), mail)
}

/// Puts a message into the list of its state.
fn list(draft: &mut Draft<'_>, mail: &Mail) {
    if let Some(entry) = entry_of(mail) {
        draft.put_raw(entry, &[]);
    }
}

/// Takes it out.
fn unlist(draft: &mut Draft<'_>, mail: &Mail) {
    if let Some(entry) = entry_of(mail) {
        draft.remove(entry);
    }
}

fn entry_of(mail: &Mail) -> Option<Vec<u8>> {
    match mail.state {
        MailState::Waiting { due } => Some(keys::mail_due(due, mail.id)),
        MailState::Dead { at } => Some(keys::mail_dead(at, mail.id)),
        MailState::Delivered { .. } | MailState::Dropped { .. } => None,
    }
}
