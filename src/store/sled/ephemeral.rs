//! Short-lived entries, in memory alone: whoever loses one begins again.
//!
//! Bounded by number and by bytes, so that a flood of half-finished sign-ins cannot take the machine; the oldest go
//! first. A group is bounded too, so that one person's flood takes nothing from others.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::io;
use std::sync::{Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;

use super::SledStore;
use crate::domain::Timestamp;
use crate::domain::ids::SecretHash;
use crate::store::{Ephemeral, EphemeralEntry, StoreError};

/// The most bytes in one value.
pub(super) const MAX_VALUE: usize = 128 << 10;
/// The most bytes in all, each entry's [`OVERHEAD`] included.
const MAX_BYTES: usize = 64 << 20;
/// The most bytes in one group, likewise.
const MAX_GROUP_BYTES: usize = 512 << 10;
/// The most entries.
const MAX_ENTRIES: usize = 100_000;
/// What an entry costs beside its value, roughly: itself and its places in four indexes.
const OVERHEAD: usize = 512;

#[async_trait]
impl Ephemeral for SledStore {
    async fn put_ephemeral(&self, entry: EphemeralEntry) -> Result<(), StoreError> {
        self.shelf.put(entry)
    }

    async fn peek_ephemeral(&self, key: &SecretHash, now: Timestamp) -> Result<Option<Vec<u8>>, StoreError> {
        Ok(self.shelf.peek(key, now))
    }

    async fn take_ephemeral(&self, key: &SecretHash, now: Timestamp) -> Result<Option<Vec<u8>>, StoreError> {
        Ok(self.shelf.take(key, now))
    }

    async fn discard_ephemeral_group(&self, group: &SecretHash) -> Result<(), StoreError> {
        self.shelf.discard(group);
        Ok(())
    }
}

/// The entries and their bounds.
#[derive(Debug)]
pub(super) struct Shelf {
    entries: Mutex<Entries>,
    max_entries: usize,
    max_bytes: usize,
}

impl Default for Shelf {
    fn default() -> Self {
        Self::bounded(MAX_ENTRIES, MAX_BYTES)
    }
}

impl Shelf {
    fn bounded(max_entries: usize, max_bytes: usize) -> Self {
        Self { entries: Mutex::default(), max_entries, max_bytes }
    }

    fn put(&self, entry: EphemeralEntry) -> Result<(), StoreError> {
        if entry.value.len() > MAX_VALUE {
            let too_large = format!("a short-lived entry holds at most {MAX_VALUE} bytes, not {}", entry.value.len());
            return Err(StoreError::Io(io::Error::new(io::ErrorKind::InvalidInput, too_large)));
        }
        let mut entries = self.lock();
        let group = entry.group;
        entries.insert(entry);
        entries.trim(&group);
        while entries.by_key.len() > self.max_entries || entries.bytes > self.max_bytes {
            entries.remove_oldest();
        }
        Ok(())
    }

    fn peek(&self, key: &SecretHash, now: Timestamp) -> Option<Vec<u8>> {
        let mut entries = self.lock();
        entries.sweep(now);
        entries.by_key.get(key).map(|kept| kept.value.clone())
    }

    fn take(&self, key: &SecretHash, now: Timestamp) -> Option<Vec<u8>> {
        let mut entries = self.lock();
        entries.sweep(now);
        entries.remove(key)
    }

    fn discard(&self, group: &SecretHash) {
        let mut entries = self.lock();
        let keys = entries.groups.remove(group).unwrap_or_default().by_age;
        for key in keys.into_values() {
            entries.remove(&key);
        }
    }

    fn lock(&self) -> MutexGuard<'_, Entries> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[derive(Debug, Default)]
struct Entries {
    by_key: HashMap<SecretHash, Kept>,
    by_age: BTreeMap<u64, SecretHash>,
    by_end: BTreeSet<(Timestamp, SecretHash)>,
    groups: HashMap<SecretHash, Group>,
    bytes: usize,
    next: u64,
}

#[derive(Debug, Default)]
struct Group {
    by_age: BTreeMap<u64, SecretHash>,
    bytes: usize,
}

#[derive(Debug)]
struct Kept {
    group: SecretHash,
    value: Vec<u8>,
    expires_at: Timestamp,
    number: u64,
}

impl Entries {
    fn insert(&mut self, entry: EphemeralEntry) {
        let EphemeralEntry { key, group, value, expires_at } = entry;
        self.remove(&key);
        let number = self.next;
        self.next += 1;
        let bytes = value.len() + OVERHEAD;
        self.bytes += bytes;
        let others = self.groups.entry(group).or_default();
        others.by_age.insert(number, key);
        others.bytes += bytes;
        self.by_age.insert(number, key);
        self.by_end.insert((expires_at, key));
        self.by_key.insert(key, Kept { group, value, expires_at, number });
    }

    fn remove(&mut self, key: &SecretHash) -> Option<Vec<u8>> {
        let kept = self.by_key.remove(key)?;
        let bytes = kept.value.len() + OVERHEAD;
        self.bytes -= bytes;
        self.by_age.remove(&kept.number);
        self.by_end.remove(&(kept.expires_at, *key));
        if let Some(group) = self.groups.get_mut(&kept.group) {
            group.by_age.remove(&kept.number);
            group.bytes -= bytes;
            if group.by_age.is_empty() {
                self.groups.remove(&kept.group);
            }
        }
        Some(kept.value)
    }

    /// Removes the oldest of a group until it is within its bound.
    fn trim(&mut self, group: &SecretHash) {
        while let Some(others) = self.groups.get(group)
            && others.bytes > MAX_GROUP_BYTES
            && let Some((_, &oldest)) = others.by_age.first_key_value()
        {
            self.remove(&oldest);
        }
    }

    fn remove_oldest(&mut self) {
        if let Some((_, key)) = self.by_age.pop_first() {
            self.remove(&key);
        }
    }

    /// Removes what is over at `now`. Runs with every look-up, and takes each entry out once.
    fn sweep(&mut self, now: Timestamp) {
        while let Some(&(expires_at, key)) = self.by_end.first()
            && expires_at <= now
        {
            self.remove(&key);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(key: u8, size: usize) -> EphemeralEntry {
        EphemeralEntry {
            key: SecretHash::from_digest([key; 32]),
            group: SecretHash::from_digest([key % 2; 32]),
            value: vec![key; size],
            expires_at: Timestamp::from_second(100).expect("in range"),
        }
    }

    fn held(shelf: &Shelf, keys: std::ops::Range<u8>) -> Vec<u8> {
        keys.filter(|&key| shelf.peek(&SecretHash::from_digest([key; 32]), Timestamp::UNIX_EPOCH).is_some()).collect()
    }

    #[test]
    fn past_the_number_of_entries_the_oldest_go_first() {
        let shelf = Shelf::bounded(3, usize::MAX);
        for key in [0, 1, 2, 0, 3] {
            shelf.put(entry(key, 1)).expect("fits");
        }
        assert_eq!(held(&shelf, 0..9), [0, 2, 3], "0 was put again and is younger than 1");
    }

    #[test]
    fn past_the_bytes_the_oldest_go_first() {
        let shelf = Shelf::bounded(usize::MAX, 3 * (1000 + OVERHEAD));
        for key in 0..5 {
            shelf.put(entry(key, 1000)).expect("fits");
        }
        assert_eq!(held(&shelf, 0..9), [2, 3, 4]);
        shelf.put(entry(5, 2000)).expect("fits");
        assert_eq!(held(&shelf, 0..9), [4, 5]);
    }

    #[test]
    fn a_flood_of_one_group_takes_nothing_from_another() {
        let shelf = Shelf::default();
        shelf.put(entry(1, 1)).expect("fits");
        for key in (2..=200).step_by(2) {
            shelf.put(entry(key, MAX_VALUE)).expect("fits");
        }
        assert_eq!(held(&shelf, 0..201), [1, 196, 198, 200], "the newest of its own, and the other's");
    }

    #[test]
    fn a_value_that_is_too_large_is_refused() {
        let shelf = Shelf::default();
        assert!(shelf.put(entry(1, MAX_VALUE)).is_ok());
        assert!(shelf.put(entry(2, MAX_VALUE + 1)).is_err());
        assert_eq!(held(&shelf, 0..9), [1]);
    }

    #[test]
    fn nothing_is_left_behind_when_everything_is_gone() {
        let shelf = Shelf::default();
        for key in 0..6 {
            shelf.put(entry(key, 10)).expect("fits");
        }
        shelf.take(&SecretHash::from_digest([0; 32]), Timestamp::UNIX_EPOCH);
        shelf.discard(&SecretHash::from_digest([1; 32]));
        assert_eq!(held(&shelf, 0..9), [2, 4]);
        shelf.peek(&SecretHash::from_digest([9; 32]), Timestamp::from_second(100).expect("in range"));
        let entries = shelf.lock();
        assert!(entries.by_key.is_empty() && entries.by_age.is_empty());
        assert!(entries.by_end.is_empty() && entries.groups.is_empty());
        assert_eq!(entries.bytes, 0);
    }
}
