//! Signing keys.

use std::cmp::Reverse;

use async_trait::async_trait;

use super::records::{Entry, Records, decode};
use super::{SledStore, keys};
use crate::domain::Timestamp;
use crate::domain::signing_key::SigningKeyRecord;
use crate::store::{SigningKeys, StoreError};

#[async_trait]
impl SigningKeys for SledStore {
    async fn signing_keys(&self) -> Result<Vec<SigningKeyRecord>, StoreError> {
        newest_first(&self.records)
    }

    async fn ensure_signing_key(&self, key: SigningKeyRecord) -> Result<Vec<SigningKeyRecord>, StoreError> {
        self.committer
            .commit(move |draft| {
                let present = newest_first(draft.records())?;
                if !present.is_empty() {
                    return Ok(present);
                }
                draft.put(keys::signing_key(&key.kid), &key)?;
                Ok(vec![key])
            })
            .await
    }

    async fn rotate_signing_key(&self, key: SigningKeyRecord, at: Timestamp) -> Result<(), StoreError> {
        self.committer
            .commit(move |draft| {
                for mut old in newest_first(draft.records())? {
                    if old.retired_at.is_none() {
                        old.retired_at = Some(at);
                        draft.put(keys::signing_key(&old.kid), &old)?;
                    }
                }
                draft.put(keys::signing_key(&key.kid), &key)
            })
            .await
    }

    async fn purge_signing_keys(&self, before: Timestamp) -> Result<u64, StoreError> {
        let is_old = move |_: &Records, (key, value): &Entry| {
            let record: SigningKeyRecord = decode(key, value)?;
            Ok(record.retired_at.is_some_and(|retired_at| retired_at < before))
        };
        self.purge(keys::SIGNING_KEY, is_old, |draft, (key, _)| {
            draft.remove(key.clone());
            Ok(())
        })
        .await
    }
}

impl SledStore {
    /// Whether there is a signing key, sealed by a master key. Waits for the disk.
    ///
    /// # Errors
    /// [`StoreError`]
    pub fn holds_signing_keys(&self) -> Result<bool, StoreError> {
        Ok(!newest_first(&self.records)?.is_empty())
    }
}

fn newest_first(records: &Records) -> Result<Vec<SigningKeyRecord>, StoreError> {
    let mut keys: Vec<SigningKeyRecord> = records.all(keys::SIGNING_KEY)?;
    // Of two made in the same moment, the one that still signs comes first.
    keys.sort_by_key(|key| (Reverse(key.created_at), key.retired_at.is_some()));
    Ok(keys)
}
