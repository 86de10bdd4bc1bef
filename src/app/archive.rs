//! Backups and exports as files: written aside and moved to their names when they are on the disk; taken in as a whole or not
//! at all.
//!
//! What is in them is decided by [`crate::store::archive`], what is one moment by the store. Both ways hold a few hundred
//! records in memory at a time.

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufRead, BufWriter, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use async_trait::async_trait;

use super::foundation::Foundation;
use crate::cli::assembly::{Failure, TakeIn, TakeInError, TakenIn};
use crate::clock::Clock;
use crate::config::Config;
use crate::domain::Timestamp;
use crate::domain::audit::{AuditAction, AuditEvent, AuditReason};
use crate::domain::signing_key::SigningKeyRecord;
use crate::flows::administer::{AdministerError, ArchiveView, Archives};
use crate::keys::{KeyError, MasterKey, check_sealed};
use crate::random::Random;
use crate::store::archive::{Form, Heading, Reader, Record, Writer};
use crate::store::sled::Nursery;
use crate::store::{Snapshot, Store, StoreError};

/// Faulty lines that are told.
const MOST_LINES: usize = 100;
/// The largest file that is read as a whole.
const MOST_BYTES: u64 = 256 << 20;
/// Bytes handed to the operating system at once.
const BUFFER: usize = 256 << 10;

/// Writes archives.
pub(super) struct Writing {
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
    random: Arc<dyn Random>,
}

impl Writing {
    pub(super) fn new(foundation: &Foundation) -> Self {
        Self {
            store: Arc::clone(&foundation.store),
            clock: Arc::clone(&foundation.clock),
            random: Arc::clone(&foundation.random),
        }
    }
}

#[async_trait]
impl Archives for Writing {
    async fn write(&self, form: Form, path: &Path) -> Result<ArchiveView, AdministerError> {
        // Nobody's file but a plain one is replaced: /dev/null is no place for a backup.
        let failed = |source: Failure| AdministerError::Archive {
            path: path.to_owned(),
            uid: rustix::process::geteuid().as_raw(),
            source,
        };
        if fs::symlink_metadata(path).is_ok_and(|present| !present.is_file()) {
            return Err(failed("something that is not a plain file is there".into()));
        }
        let aside = aside(path, &*self.random).ok_or_else(|| failed("it names no file".into()))?;
        let snapshot = self.store.snapshot().await?;
        let made_at = self.clock.now();
        let heading = Heading::new(form, made_at);
        let target = path.to_owned();
        let written = tokio::task::spawn_blocking(move || write(&aside, &target, heading, snapshot)).await;
        match written {
            Ok(Ok((records, bytes))) => Ok(ArchiveView { path: path.to_owned(), made_at, records, bytes }),
            Ok(Err(WriteError::Store(error))) => Err(error.into()),
            Ok(Err(WriteError::File(error))) => Err(failed(error.into())),
            Err(broken) => Err(failed(broken.into())),
        }
    }

    async fn read(&self, path: &Path) -> Result<Vec<u8>, AdministerError> {
        let (target, uid) = (path.to_owned(), rustix::process::geteuid().as_raw());
        let read = tokio::task::spawn_blocking(move || read(&target)).await;
        let unreadable = |source: Failure| AdministerError::Unreadable { path: path.to_owned(), uid, source };
        read.map_err(|broken| unreadable(broken.into()))?.map_err(|error| unreadable(error.into()))
    }
}

/// Reads a whole file.
fn read(path: &Path) -> io::Result<Vec<u8>> {
    let meta = fs::metadata(path)?;
    if !meta.is_file() {
        return Err(io::Error::other("it is not a plain file"));
    }
    if meta.len() > MOST_BYTES {
        return Err(io::Error::other(format!("it is larger than {} MiB; split it", MOST_BYTES >> 20)));
    }
    fs::read(path)
}

/// Why a file was not written.
enum WriteError {
    Store(StoreError),
    File(io::Error),
}

impl From<io::Error> for WriteError {
    fn from(error: io::Error) -> Self {
        Self::File(error)
    }
}

/// The name, beside `path`, of the file while it is written.
fn aside(path: &Path, random: &dyn Random) -> Option<PathBuf> {
    let number = u64::from_le_bytes(random.bytes());
    Some(path.with_file_name(format!(".{}.{number:016x}.part", path.file_name()?.to_string_lossy())))
}

fn write(aside: &Path, path: &Path, heading: Heading, snapshot: Box<dyn Snapshot>) -> Result<(u64, u64), WriteError> {
    // Never a file that is already there, which may be somebody else's.
    let file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(aside)?;
    let written = fill(file, heading, snapshot).and_then(|counts| {
        fs::rename(aside, path)?;
        Ok(counts)
    });
    if written.is_err() {
        let _gone = fs::remove_file(aside);
    }
    let counts = written?;
    File::open(path.parent().unwrap_or(Path::new("/")))?.sync_all()?;
    Ok(counts)
}

fn fill(file: File, heading: Heading, mut snapshot: Box<dyn Snapshot>) -> Result<(u64, u64), WriteError> {
    let mut writer = Writer::new(BufWriter::with_capacity(BUFFER, file), heading)?;
    loop {
        let records = snapshot.next().map_err(WriteError::Store)?;
        if records.is_empty() {
            break;
        }
        for record in &records {
            writer.record(record)?;
        }
    }
    let (mut buffer, records, bytes) = writer.finish()?;
    buffer.flush()?;
    buffer.get_ref().sync_all()?;
    Ok((records, bytes))
}

/// Makes the store that `config` names anew from what is read.
pub(super) fn take_in(
    config: &Config,
    from: &mut dyn BufRead,
    wish: &TakeIn,
    clock: &dyn Clock,
) -> Result<TakenIn, TakeInError> {
    let folder = &config.store.path;
    // The heading first: whatever is not an archive is refused before anything is touched.
    let mut reader = Reader::new(from, wish.form).map_err(other)?;
    let mut nursery = Nursery::begin(folder, config.store.cache).map_err(other)?;
    if !wish.force && nursery.is_occupied().map_err(other)? {
        return Err(TakeInError::Occupied(folder.clone()));
    }
    let mut faults = Faults::default();
    let (mut records, mut keys) = (0, Vec::new());
    while let Some((line, record)) = reader.next_line().map_err(other)? {
        let added = match record {
            Err(why) => Err(why),
            Ok(Record::SigningKey(_)) if wish.new_signing_key => continue,
            Ok(record) => {
                if let Record::SigningKey(key) = &record {
                    keys.push(key.clone());
                }
                nursery.add(line, record).map_err(other)?.map_err(|unfit| unfit.to_string())
            }
        };
        match added {
            Ok(()) => records += 1,
            Err(why) if wish.form == Form::Backup => return Err(other(reader.damage(why))),
            Err(why) => faults.add(line, why),
        }
    }
    nursery.unfit().into_iter().for_each(|(line, unfit)| faults.add(line, unfit.to_string()));
    faults.none()?;
    check_keys(config, &keys)?;
    let now = clock.now();
    nursery.add(0, Record::AuditEvent(event(wish, now))).map_err(other)?.map_err(other)?;
    let settled = nursery.settle(now).map_err(other)?;
    Ok(TakenIn { records, kept_aside: settled.before })
}

/// That what was taken in can be used with the master key that is here.
fn check_keys(config: &Config, keys: &[SigningKeyRecord]) -> Result<(), TakeInError> {
    if keys.is_empty() {
        return Ok(());
    }
    let configured = config.store.master_key.as_ref();
    let master = MasterKey::load(&config.store.path, configured).map_err(other)?;
    let master = master.ok_or_else(|| TakeInError::NoMasterKey(config.store.path.clone()))?;
    check_sealed(keys, &master).map_err(|error| match error {
        KeyError::WrongMasterKey { kid, master } => {
            TakeInError::OtherMasterKey(format!("the signing key {kid} was not sealed by the one in {master}").into())
        }
        error => other(error),
    })
}

fn event(wish: &TakeIn, at: Timestamp) -> AuditEvent {
    AuditEvent {
        at,
        action: match wish.form {
            Form::Backup => AuditAction::Restore,
            Form::Export => AuditAction::Import,
        },
        reason: AuditReason::Ok,
        address: None,
        organization: None,
        username: None,
        user: None,
        session: None,
        actor: Some(wish.actor.to_string()),
        mailbox: None,
        note: None,
    }
}

fn other(error: impl std::error::Error + Send + Sync + 'static) -> TakeInError {
    TakeInError::Other(error.into())
}

/// The faulty lines of an export.
#[derive(Default)]
struct Faults {
    lines: Vec<(u64, String)>,
    more: bool,
}

impl Faults {
    fn add(&mut self, line: u64, why: String) {
        if self.lines.len() < MOST_LINES {
            self.lines.push((line, why));
        } else {
            self.more = true;
        }
    }

    fn none(mut self) -> Result<(), TakeInError> {
        if self.lines.is_empty() {
            return Ok(());
        }
        self.lines.sort_by_key(|(line, _)| *line);
        Err(TakeInError::Lines { lines: self.lines, more: self.more })
    }
}

#[cfg(test)]
mod tests;
