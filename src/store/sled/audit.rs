//! The audit trail.

use async_trait::async_trait;

use super::records::{Draft, Records, decode};
use super::{SledStore, keys};
use crate::domain::audit::AuditEvent;
use crate::domain::ids::UserId;
use crate::store::{AuditTrail, StoreError};

#[async_trait]
impl AuditTrail for SledStore {
    async fn append_audit(&self, event: AuditEvent) -> Result<(), StoreError> {
        self.committer.commit(move |draft| append(draft, &event)).await
    }

    async fn audit(&self, user: Option<UserId>, limit: usize) -> Result<Vec<AuditEvent>, StoreError> {
        self.read_aside(move |records| newest(records, user, limit)).await
    }
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

fn append(draft: &mut Draft<'_>, event: &AuditEvent) -> Result<(), StoreError> {
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
