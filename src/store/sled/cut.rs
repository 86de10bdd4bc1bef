//! Snapshots: the records as they were at one moment, while the committer goes on writing.
//!
//! The engine keeps no old versions, so the writer keeps what a snapshot still needs. A [`Cut`] is made by the committer
//! between two verbs. From then on, before the committer changes a record that the snapshot has not read yet, it puts the
//! old value (or that there was none) into the cut. The reader goes through the records in steps; after reading a step it
//! lays the kept values over what it read, and forgets them. It does not matter which version the engine showed it: if it
//! was the new one, the old one had been kept before.
//!
//! So nobody waits: the writer does one more look-up for a record it changes, the reader's steps hold the cut for as long
//! as it takes to merge a few hundred values. Memory holds one step and what was changed ahead of the reader, and that is
//! bounded: past [`MOST_KEPT`] the snapshot ends with [`StoreError::Overrun`], and writing goes on.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use async_trait::async_trait;
use sled::IVec;

use super::records::{Records, decode};
use super::{SledStore, keys};
use crate::store::archive::Record;
use crate::store::{Snapshot, Snapshots, StoreError};

/// Records that are read in one step.
const STEP: usize = 256;
/// Bytes of old values, with their keys, that are kept for one snapshot.
const MOST_KEPT: usize = 256 << 20;
/// What keeping a value costs beside its bytes, about.
const KEPT_OVERHEAD: usize = 64;

/// A key, led by the number of its kind in the order of [`keys::CARRIED`]: places compare in the order of reading.
type Place = Vec<u8>;

/// The snapshots that are being read.
#[derive(Debug, Default)]
pub(super) struct Cuts(Mutex<Vec<Weak<Cut>>>);

/// One snapshot, as the writer and its reader share it.
#[derive(Debug, Default)]
pub(super) struct Cut(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    /// Everything up to here was read.
    read: Place,
    /// Old values of what was changed after `read`; `None` where there was none.
    kept: BTreeMap<Place, Option<IVec>>,
    bytes: usize,
    overrun: bool,
}

impl Cuts {
    /// Whether there are any. Only the committer makes them, so nothing changes during a verb but that one may end.
    pub(super) fn any(&self) -> bool {
        let mut cuts = self.lock();
        cuts.retain(|cut| cut.strong_count() > 0);
        !cuts.is_empty()
    }

    /// Keeps the value that `key` has now for every snapshot that has not read it yet. Called by the committer before it
    /// changes the value.
    pub(super) fn keep(
        &self,
        key: &IVec,
        value: impl Fn() -> Result<Option<IVec>, sled::Error>,
    ) -> Result<(), sled::Error> {
        let Some(place) = place(key) else { return Ok(()) };
        for cut in self.lock().iter().filter_map(Weak::upgrade) {
            let mut state = cut.lock();
            if !state.overrun && place > state.read && !state.kept.contains_key(&place) {
                let value = value()?;
                state.bytes += weight(&place, value.as_ref());
                state.kept.insert(place.clone(), value);
                if state.bytes > MOST_KEPT {
                    state.overrun = true;
                    state.kept.clear();
                }
            }
        }
        Ok(())
    }

    fn begin(&self) -> Arc<Cut> {
        let cut = Arc::new(Cut::default());
        self.lock().push(Arc::downgrade(&cut));
        cut
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Weak<Cut>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Cut {
    /// Lays what was kept over the records of a step, which ends at `end`, and forgets it.
    fn merge(&self, step: &mut BTreeMap<IVec, IVec>, end: Place) -> Result<(), StoreError> {
        let mut state = self.lock();
        if state.overrun {
            return Err(StoreError::Overrun);
        }
        let later = state.kept.split_off(&end);
        let mut kept = std::mem::replace(&mut state.kept, later);
        // The end itself belongs to the step.
        kept.extend(state.kept.remove_entry(&end));
        for (place, value) in kept {
            state.bytes = state.bytes.saturating_sub(weight(&place, value.as_ref()));
            let key = IVec::from(place.get(1..).unwrap_or_default());
            match value {
                Some(value) => drop(step.insert(key, value)),
                None => drop(step.remove(&key)),
            }
        }
        state.read = end;
        Ok(())
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn weight(place: &Place, value: Option<&IVec>) -> usize {
    place.len() + value.map_or(0, |value| value.len()) + KEPT_OVERHEAD
}

/// The place of a key; `None` if snapshots do not carry it.
fn place(key: &[u8]) -> Option<Place> {
    let kind = keys::CARRIED.iter().position(|kind| Some(kind) == key.first())?;
    Some([&[u8::try_from(kind).ok()?], key].concat())
}

#[async_trait]
impl Snapshots for SledStore {
    async fn snapshot(&self) -> Result<Box<dyn Snapshot>, StoreError> {
        // Answered after the sync of whatever was applied before it: the snapshot holds nothing that a crash takes back.
        let cut = self.committer.commit(|draft| Ok::<_, StoreError>(draft.records().cuts().begin())).await?;
        Ok(Box::new(Reading { records: self.records.clone(), cut, kind: 0, after: None }))
    }
}

/// A snapshot on its way.
struct Reading {
    records: Records,
    cut: Arc<Cut>,
    /// The number of the kind that is being read.
    kind: u8,
    /// The last key of it that was read.
    after: Option<Vec<u8>>,
}

impl Reading {
    /// The next step of the present kind, perhaps with nothing in it.
    fn step(&mut self, prefix: u8) -> Result<BTreeMap<IVec, IVec>, StoreError> {
        let entries = self.records.after(vec![prefix], self.after.take()).take(STEP);
        let mut step = entries.collect::<Result<BTreeMap<_, _>, _>>()?;
        let last = if step.len() < STEP { None } else { step.last_key_value().map(|(key, _)| key.to_vec()) };
        let end = match &last {
            Some(key) => [&[self.kind], key.as_slice()].concat(),
            // Behind every key of this kind, before every key of the next.
            None => vec![self.kind + 1],
        };
        self.cut.merge(&mut step, end)?;
        if last.is_none() {
            self.kind += 1;
        }
        self.after = last;
        Ok(step)
    }
}

impl Snapshot for Reading {
    fn next(&mut self) -> Result<Vec<Record>, StoreError> {
        while let Some(prefix) = keys::CARRIED.get(usize::from(self.kind)) {
            let step = self.step(*prefix)?;
            if !step.is_empty() {
                return step.iter().map(|(key, value)| record(key, value)).collect();
            }
        }
        Ok(Vec::new())
    }
}

/// What an entry says.
fn record(key: &[u8], value: &[u8]) -> Result<Record, StoreError> {
    Ok(match key.first() {
        Some(&keys::ORGANIZATION) => Record::Organization(decode(key, value)?),
        Some(&keys::USER) => Record::User(decode(key, value)?),
        Some(b'a') => {
            Record::Activity { user: keys::user_id(key, key.get(1..).unwrap_or_default())?, at: decode(key, value)? }
        }
        Some(&keys::SESSION) => Record::Session(decode(key, value)?),
        Some(b'l') => Record::SessionSeen { session: keys::session_id(key)?, at: decode(key, value)? },
        Some(b't') => Record::SessionToken(decode(key, value)?),
        Some(&keys::COUNTER) => {
            let (kind, subject) = keys::counter_parts(key)?;
            Record::Counter { counter_kind: kind, subject, counter: decode(key, value)? }
        }
        Some(&keys::SIGNING_KEY) => Record::SigningKey(decode(key, value)?),
        Some(&keys::AUDIT) => Record::AuditEvent(decode(key, value)?),
        Some(&keys::MAIL) => Record::Mail(Box::new(decode(key, value)?)),
        Some(&keys::MAIL_BODY) => Record::MailBody { mail: keys::mail_of_body(key)?, sealed: value.to_vec() },
        _ => return Err(StoreError::Corrupt { what: keys::what(key), source: "no snapshot carries it".into() }),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_of_record_is_carried_or_follows_from_what_is() {
        for prefix in 0..=u8::MAX {
            let known = keys::what(&[prefix]) != "unknown";
            let decided = keys::CARRIED.contains(&prefix) != keys::DERIVED.contains(&prefix);
            assert_eq!(known, decided, "{:?}: put it into CARRIED, with a Record, or into DERIVED", char::from(prefix));
        }
    }

    #[test]
    fn what_was_kept_past_the_bound_ends_the_snapshot_and_frees_the_memory() {
        let cuts = Cuts::default();
        let cut = cuts.begin();
        let large = IVec::from(vec![0; MOST_KEPT / 2]);
        for key in [&b"u1"[..], b"u2", b"u3"] {
            cuts.keep(&IVec::from(key), || Ok(Some(large.clone()))).expect("kept");
        }
        assert!(cut.lock().kept.is_empty());
        assert!(matches!(cut.merge(&mut BTreeMap::new(), vec![1]), Err(StoreError::Overrun)));
        assert!(cuts.any());
        drop(cut);
        assert!(!cuts.any());
    }
}
