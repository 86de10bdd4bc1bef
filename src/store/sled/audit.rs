//! The audit trail.

use async_trait::async_trait;
use futures_util::future::try_join_all;
use sled::IVec;

use super::records::{Draft, Records, decode};
use super::{SledStore, keys};
use crate::domain::Timestamp;
use crate::domain::audit::{AuditEvent, AuditPlace};
use crate::domain::ids::UserId;
use crate::store::{AuditTrail, StoreError};

/// Events that a purge looks for at once.
const PURGE_STEP: usize = 256;

#[async_trait]
impl AuditTrail for SledStore {
    async fn append_audit(&self, event: AuditEvent) -> Result<(), StoreError> {
        self.committer.commit(move |draft| append(draft, &event)).await
    }

    async fn audit(&self, user: Option<UserId>, limit: usize) -> Result<Vec<AuditEvent>, StoreError> {
        self.read_aside(move |records| newest(records, user, limit)).await
    }

    async fn audit_since(
        &self,
        since: Timestamp,
        after: Option<AuditPlace>,
        limit: usize,
    ) -> Result<Vec<(AuditPlace, AuditEvent)>, StoreError> {
        self.read_aside(move |records| oldest(records, since, after, limit)).await
    }

    async fn purge_audit(&self, before: Timestamp) -> Result<u64, StoreError> {
        // The oldest come first, so unlike other purges this one looks at nothing that stays.
        let end = keys::audit_at(before);
        let mut removed = 0;
        loop {
            let end = end.clone();
            let old = self.read_aside(move |records| old(records, &end)).await?;
            if old.is_empty() {
                return Ok(removed);
            }
            removed += old.len() as u64;
            let erasures = old.chunks(super::ERASE_STEP).map(|keys| {
                let keys = keys.to_vec();
                self.committer.commit(move |draft| erase(draft, keys))
            });
            try_join_all(erasures).await?;
        }
    }
}

fn oldest(
    records: &Records,
    since: Timestamp,
    after: Option<AuditPlace>,
    limit: usize,
) -> Result<Vec<(AuditPlace, AuditEvent)>, StoreError> {
    // A moment's own key is shorter than those of its events, and so comes before them.
    let since = keys::audit_at(since);
    let after = after.map(|place| keys::audit(&keys::audit_at(place.at), place.number));
    let start = after.filter(|after| *after > since).unwrap_or(since);
    let entries = records.after(vec![keys::AUDIT], Some(start)).take(limit);
    entries
        .map(|entry| {
            let (key, value) = entry?;
            Ok((keys::audit_place(&key)?, decode(&key, &value)?))
        })
        .collect()
}

/// Some of the events before the key `end`.
fn old(records: &Records, end: &[u8]) -> Result<Vec<IVec>, StoreError> {
    let keys = records.under(&[keys::AUDIT]).map(|entry| entry.map(|(key, _)| key)).take(PURGE_STEP);
    keys.take_while(|key| key.as_ref().map_or(true, |key| &**key < end)).collect()
}

fn erase(draft: &mut Draft<'_>, keys: Vec<IVec>) -> Result<(), StoreError> {
    for key in keys {
        // What cannot be read goes as well; its entry in the user's list then points at nothing, which readers pass over.
        if let Ok(Some(AuditEvent { user: Some(user), .. })) = draft.records().get(&key) {
            draft.remove(keys::audit_of(user, &key));
        }
        draft.remove(key);
    }
    Ok(())
}

fn newest(records: &Records, user: Option<UserId>, limit: usize) -> Result<Vec<AuditEvent>, StoreError> {
    let prefix = user.map_or(vec![keys::AUDIT], keys::audits_of);
    let mut events = Vec::new();
    for entry in records.under(&prefix).rev().take(limit) {
        let (key, value) = entry?;
        match user {
            Some(_) => events.extend(records.get::<AuditEvent>(&keys::listed_audit(&key))?),
            None => events.push(decode(&key, &value)?),
        }
    }
    Ok(events)
}

pub(super) fn append(draft: &mut Draft<'_>, event: &AuditEvent) -> Result<(), StoreError> {
    // Events of one moment are numbered in the order in which they came.
    let moment = keys::audit_at(event.at);
    let number = match draft.records().under(&moment).next_back().transpose()? {
        Some((last, _)) => keys::audit_number(&last)? + 1,
        None => 0,
    };
    let key = keys::audit(&moment, number);
    if let Some(user) = event.user {
        draft.put_raw(keys::audit_of(user, &key), &[]);
    }
    draft.put(key, event)
}
