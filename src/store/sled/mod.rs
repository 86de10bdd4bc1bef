//! The embedded engine: sled 0.34, made to keep its word by what surrounds it.
//!
//! * `lock`: one process at a time, and it is named to the second.
//! * `engine`: opens, after whatever crash.
//! * `committer`: one thread writes; a verb is answered when it is on the disk.
//! * `records`, `keys`: what lies where.
//! * `accounts`, `sessions`, `throttle`, `signing_keys`, `audit`: the verbs.
//! * `intake`: many users at once, all or none; `words`: what users are found by.
//! * `cut`: a view of one moment, read while writing goes on; `nursery`: a store made aside from such a view.
//! * `outbox`: messages on their way; who holds one is in memory alone.
//! * `ephemeral`: what may be lost, in memory alone.
//!
//! Look-ups happen at once, on the calling task, in microseconds (a tenth of a millisecond if the disk is asked);
//! lists that may grow long are read on a thread aside. So a read may see what another verb has applied but not yet synced, and what a
//! crash then takes back. Nothing comes of it: whatever is *written* because of such a read goes through the
//! committer, later in the log, and a crash takes back an end of the log and never a part of its middle; a session
//! that is read too early has a token that nobody was given. A verb never decides on a read from outside.
//!
//! In the store's folder, `lock` names the process that holds it, `sled/` is the engine's, `sled.incoming/` a store that is
//! being made, `sled.before-…/` one that was replaced, and other names are left alone. Refuses: flushing without syncing, sled's transactions and `flush_async` (it deadlocks), a second writer.

mod access;
mod accounts;
mod audit;
mod committer;
mod cut;
mod engine;
mod ephemeral;
mod failure;
mod intake;
mod keys;
mod lock;
mod nursery;
mod outbox;
mod records;
mod sessions;
mod signing_keys;
mod throttle;
mod words;

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::try_join_all;

use self::committer::Committer;
use self::ephemeral::Shelf;
use self::lock::FolderLock;
use self::outbox::Holds;
use self::records::{Draft, Entry, Records};

pub use self::nursery::{Nursery, Settled, Unfit};
use crate::store::StoreError;

/// Records that a purge removes in one atomic step. Readers wait while a step is applied, so it is kept to a
/// millisecond or two.
const ERASE_STEP: usize = 16;

/// An open store. It implements every trait of [`crate::store`].
///
/// Dropping the last reference closes it and lets go of its lock.
#[derive(Debug)]
pub struct SledStore {
    // In the order in which they are dropped: the writer ends before its records, and the lock is let go last.
    committer: Committer,
    records: Records,
    shelf: Shelf,
    holds: Arc<Holds>,
    _lock: FolderLock,
}

impl SledStore {
    /// Opens the store in the folder `path`, making both if there is none, with `cache_bytes` of memory for the
    /// engine's cache (4 MiB at least). Blocks: a million users open in 0.2 s, but whatever was written since the last
    /// opening is read through first, a few hundred MB a second; waiting for a process that was killed takes up to 2 s. A store
    /// that an earlier version wrote is brought to the present form, once: two minutes for a million users.
    ///
    /// # Errors
    /// [`StoreError::Held`], [`StoreError::TooNew`], [`StoreError::Corrupt`], [`StoreError::DiskFull`] (opening
    /// writes, too), [`StoreError::Forbidden`], or what else the disk or the engine says.
    pub fn open(path: &Path, cache_bytes: u64) -> Result<Arc<Self>, StoreError> {
        Self::open_at(path, cache_bytes).map_err(|error| access::named(path, error))
    }

    /// Whether there is a store in the folder `path`, or something that may be one and cannot be looked at.
    pub fn is_at(path: &Path) -> bool {
        path.join(engine::NAME).try_exists().unwrap_or(true)
    }

    fn open_at(path: &Path, cache_bytes: u64) -> Result<Arc<Self>, StoreError> {
        engine::make_folder(path)?;
        let lock = FolderLock::take(path)?;
        let (db, home) = engine::open(path, engine::NAME, cache_bytes)?;
        let records = Records::new(db);
        intake::recover(&records)?;
        words::bring_up_to_date(&records, home.schema())?;
        let committer = Committer::start(records.clone(), home)?;
        Ok(Arc::new(Self { committer, records, shelf: Shelf::default(), holds: Arc::default(), _lock: lock }))
    }

    /// Tells `watcher` of every group of changes from now on: how many there were, and how long bringing them to the disk took, or
    /// the code of what failed. It is called by the thread that writes, and must not wait for anything. The first one stays.
    pub fn watch(&self, watcher: impl Fn(usize, Result<Duration, &'static str>) + Send + Sync + 'static) {
        self.committer.watch(Box::new(watcher));
    }

    /// Brings to the disk what waits and ends the writer: every later change is refused with [`StoreError::Closed`],
    /// while look-ups go on. Blocks for as long as one sync takes. The lock is let go when the store is dropped.
    pub fn close(&self) {
        self.committer.close();
    }

    /// Reads on a thread where reading long disturbs nobody: a record that is not in the cache costs a tenth of a
    /// millisecond.
    async fn read_aside<T, F>(&self, read: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&Records) -> Result<T, StoreError> + Send + 'static,
    {
        let records = self.records.clone();
        let reading = tokio::task::spawn_blocking(move || read(&records));
        // Cancelled: the runtime is going down, and the store with it.
        reading.await.map_err(|error| match error.try_into_panic() {
            Ok(_) => StoreError::Engine("reading panicked".into()),
            Err(_) => StoreError::Closed,
        })?
    }

    /// Removes every record of a kind that `is_old`, by `erase`; how many. The search goes on beside other verbs, in
    /// steps; each hit is judged again by the writer, so what was renewed in the meantime stays.
    async fn purge<P, E>(&self, kind: u8, is_old: P, erase: E) -> Result<u64, StoreError>
    where
        P: Fn(&Records, &Entry) -> Result<bool, StoreError> + Clone + Send + 'static,
        E: Fn(&mut Draft<'_>, &Entry) -> Result<(), StoreError> + Clone + Send + 'static,
    {
        let mut removed = 0;
        let mut cursor = None;
        loop {
            let fits = is_old.clone();
            let found = self.read_aside(move |records| records.sift(kind, cursor, fits)).await?;
            let erasures = found.hits.chunks(ERASE_STEP).map(|keys| {
                let (keys, is_old, erase) = (keys.to_vec(), is_old.clone(), erase.clone());
                self.committer.commit(move |draft| erase_all(draft, keys, is_old, erase))
            });
            let erased: Vec<u64> = try_join_all(erasures).await?;
            removed += erased.into_iter().sum::<u64>();
            cursor = found.cursor;
            if cursor.is_none() {
                return Ok(removed);
            }
        }
    }
}

impl Drop for SledStore {
    fn drop(&mut self) {
        self.close();
    }
}

fn erase_all(
    draft: &mut Draft<'_>,
    keys: Vec<sled::IVec>,
    is_old: impl Fn(&Records, &Entry) -> Result<bool, StoreError>,
    erase: impl Fn(&mut Draft<'_>, &Entry) -> Result<(), StoreError>,
) -> Result<u64, StoreError> {
    let mut erased = 0;
    for key in keys {
        let Some(value) = draft.records().raw(&key)? else { continue };
        let entry = (key, value);
        if is_old(draft.records(), &entry)? {
            erase(draft, &entry)?;
            erased += 1;
        }
    }
    Ok(erased)
}

#[cfg(test)]
mod tests;
