//! Typed reading of records, and the draft of what one verb writes.

use std::ops::Bound;
use std::sync::Arc;

use serde::Serialize;
use serde::de::DeserializeOwned;
use sled::IVec;

use super::cut::Cuts;
use super::{failure, keys};
use crate::store::StoreError;

/// Entries that one step of a search through a whole kind of record looks at, so that it neither holds many in memory
/// nor keeps a thread for long.
const SIFT_LOOKS: usize = 10_000;
/// Hits after which such a step ends.
const SIFT_HITS: usize = 128;

/// The records as they are, each look-up atomic by itself.
#[derive(Debug, Clone)]
pub(super) struct Records {
    db: sled::Db,
    cuts: Arc<Cuts>,
}

/// A key and its value.
pub(super) type Entry = (IVec, IVec);

/// What a step of a search found.
pub(super) struct Sifted {
    /// Keys that fit.
    pub(super) hits: Vec<IVec>,
    /// After which key to go on; `None` at the end.
    pub(super) cursor: Option<IVec>,
}

impl Records {
    pub(super) fn new(db: sled::Db) -> Self {
        Self { db, cuts: Arc::default() }
    }

    /// The snapshots that are being read.
    pub(super) fn cuts(&self) -> &Cuts {
        &self.cuts
    }

    /// The value of a key, as it is stored.
    pub(super) fn raw(&self, key: &[u8]) -> Result<Option<IVec>, StoreError> {
        self.db.get(key).map_err(failure::engine)
    }

    /// One record.
    pub(super) fn get<T: DeserializeOwned>(&self, key: &[u8]) -> Result<Option<T>, StoreError> {
        self.raw(key)?.map(|value| decode(key, &value)).transpose()
    }

    /// All records of a kind, in the order of their keys.
    pub(super) fn all<T: DeserializeOwned>(&self, kind: u8) -> Result<Vec<T>, StoreError> {
        self.under(&[kind])
            .map(|entry| {
                let (key, value) = entry?;
                decode(&key, &value)
            })
            .collect()
    }

    /// Every entry whose key begins with `prefix`, in order, from either end.
    pub(super) fn under(&self, prefix: &[u8]) -> impl DoubleEndedIterator<Item = Result<Entry, StoreError>> + use<> {
        self.db.scan_prefix(prefix).map(|entry| entry.map_err(failure::engine))
    }

    /// The entries whose key begins with `prefix`, in order, after the key `after`.
    pub(super) fn after(
        &self,
        prefix: Vec<u8>,
        after: Option<Vec<u8>>,
    ) -> impl Iterator<Item = Result<Entry, StoreError>> + use<> {
        let start = match after {
            Some(key) if key >= prefix => Bound::Excluded(key),
            _ => Bound::Included(prefix.clone()),
        };
        self.db
            .range::<Vec<u8>, _>((start, Bound::Unbounded))
            .map(|entry| entry.map_err(failure::engine))
            .take_while(move |entry| entry.as_ref().map_or(true, |(key, _)| key.starts_with(&prefix)))
    }

    /// One step of looking through all records of a kind. A record that cannot be read is left alone, with a warning:
    /// it must not keep the others from being found.
    pub(super) fn sift(
        &self,
        kind: u8,
        cursor: Option<IVec>,
        fits: impl Fn(&Self, &Entry) -> Result<bool, StoreError>,
    ) -> Result<Sifted, StoreError> {
        let mut hits = Vec::new();
        for (looks, entry) in self.after(vec![kind], cursor.map(|key| key.to_vec())).enumerate() {
            let entry = entry?;
            match fits(self, &entry) {
                Ok(true) => hits.push(entry.0.clone()),
                Ok(false) => {}
                Err(error @ StoreError::Corrupt { .. }) => tracing::warn!(%error, "skipped while looking through"),
                Err(error) => return Err(error),
            }
            if hits.len() >= SIFT_HITS || looks + 1 >= SIFT_LOOKS {
                return Ok(Sifted { hits, cursor: Some(entry.0) });
            }
        }
        Ok(Sifted { hits, cursor: None })
    }

    /// Carries a draft out in one atomic step; whether there was anything to do.
    pub(super) fn apply(&self, draft: Draft<'_>) -> Result<bool, sled::Error> {
        if draft.wrote {
            for key in &draft.touched {
                self.cuts.keep(key, || self.db.get(key))?;
            }
            self.db.apply_batch(draft.batch)?;
        }
        Ok(draft.wrote)
    }

    /// Hands everything applied so far to the operating system.
    pub(super) fn flush(&self) -> Result<(), sled::Error> {
        self.db.flush().map(drop)
    }
}

/// What one verb is going to write. What it reads is the state before it.
pub(super) struct Draft<'a> {
    records: &'a Records,
    batch: sled::Batch,
    wrote: bool,
    /// The keys, if anybody has to remember what they meant before.
    touched: Vec<IVec>,
    watched: bool,
}

impl<'a> Draft<'a> {
    pub(super) fn new(records: &'a Records) -> Self {
        let watched = records.cuts.any();
        Self { records, batch: sled::Batch::default(), wrote: false, touched: Vec::new(), watched }
    }

    /// The state before the verb.
    pub(super) const fn records(&self) -> &'a Records {
        self.records
    }

    /// Writes a record.
    pub(super) fn put<T: Serialize>(&mut self, key: Vec<u8>, record: &T) -> Result<(), StoreError> {
        let value = serde_json::to_vec(record).map_err(|error| StoreError::Engine(Box::new(error)))?;
        self.put_raw(key, value);
        Ok(())
    }

    /// Writes a value that is not JSON.
    pub(super) fn put_raw(&mut self, key: Vec<u8>, value: impl Into<IVec>) {
        let key = self.touch(key);
        self.batch.insert(key, value);
    }

    /// Removes a record.
    pub(super) fn remove(&mut self, key: impl Into<IVec>) {
        let key = self.touch(key);
        self.batch.remove(key);
    }

    fn touch(&mut self, key: impl Into<IVec>) -> IVec {
        self.wrote = true;
        let key = key.into();
        if self.watched {
            self.touched.push(key.clone());
        }
        key
    }
}

/// Reads the value of `key`.
pub(super) fn decode<T: DeserializeOwned>(key: &[u8], value: &[u8]) -> Result<T, StoreError> {
    serde_json::from_slice(value)
        .map_err(|error| StoreError::Corrupt { what: keys::what(key), source: Box::new(error) })
}

/// Takes `N` bytes out of a key or value, at `from`.
pub(super) fn part<const N: usize>(key: &[u8], bytes: &[u8], from: usize) -> Result<[u8; N], StoreError> {
    let part = bytes.get(from..from + N).and_then(|part| part.try_into().ok());
    part.ok_or_else(|| StoreError::Corrupt { what: keys::what(key), source: "it is too short".into() })
}
