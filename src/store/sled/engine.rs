//! Opening the engine so that a crash at any moment, opening and first creation included, leaves a store that opens
//! again.
//!
//! What sled 0.34.7 needs from outside:
//!
//! * A store is *made* under another name and renamed when it is whole: sled writes its settings in two steps and reads
//!   half of them as damage.
//! * `snap.*.generating`, left behind by a kill while opening, is read as a damaged snapshot: removed first.
//! * Its lock may outlive a killed process for a moment: tried again.

use std::fs::{self, DirBuilder, File};
use std::io;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::time::Instant;

use serde::{Deserialize, Serialize};

use super::lock::{LINGER, PAUSE};
use super::{failure, keys};
use crate::store::{SCHEMA_VERSION, StoreError};

/// The smallest cache that makes sense, in bytes.
const LEAST_CACHE: u64 = 4 << 20;

/// The record of the schema version.
#[derive(Debug, Serialize, Deserialize)]
struct Schema {
    version: u32,
}

/// The engine's files below the store's folder.
#[derive(Debug)]
pub(super) struct Home {
    path: PathBuf,
    schema: u32,
}

impl Home {
    /// The file that holds the data.
    pub(super) fn data(&self) -> PathBuf {
        self.path.join("db")
    }

    /// All of it.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Where values too large for a page lie.
    pub(super) fn blobs(&self) -> PathBuf {
        self.path.join("blobs")
    }

    /// The schema version in which they were found.
    pub(super) const fn schema(&self) -> u32 {
        self.schema
    }
}

/// Makes the store's folder, readable by nobody else, if it is not there.
pub(super) fn make_folder(folder: &Path) -> Result<(), StoreError> {
    DirBuilder::new().recursive(true).mode(0o700).create(folder).map_err(failure::disk)
}

/// The name of the engine's folder in the store's.
pub(super) const NAME: &str = "sled";

/// Opens the engine `name` in `folder`, whose lock the caller holds, making it if there is none.
///
/// # Errors
/// [`StoreError::TooNew`], [`StoreError::Corrupt`], or what the disk says.
pub(super) fn open(folder: &Path, name: &str, cache_bytes: u64) -> Result<(sled::Db, Home), StoreError> {
    let (home, nursery) = (folder.join(name), folder.join(format!("{name}.new")));
    if !home.try_exists().map_err(failure::disk)? {
        make(folder, &nursery, &home)?;
    }
    remove_unfinished_snapshots(&home).map_err(failure::disk)?;
    let db = open_patiently(&home, cache_bytes, folder)?;
    let schema = check_schema(&db, folder)?;
    Ok((db, Home { path: home, schema }))
}

/// Makes a whole, empty store in `nursery` and moves it to `home`.
fn make(folder: &Path, nursery: &Path, home: &Path) -> Result<(), StoreError> {
    match fs::remove_dir_all(nursery) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(failure::disk(error)),
        _ => {}
    }
    // The engine's files are readable by all; the folder they are in is not, whoever made the one around it.
    make_folder(nursery)?;
    let db = open_patiently(nursery, LEAST_CACHE, folder)?;
    db.insert(keys::SCHEMA, present_schema()?).map_err(failure::engine)?;
    db.flush().map_err(failure::engine)?;
    drop(db);
    for file in fs::read_dir(nursery).map_err(failure::disk)? {
        sync(&file.map_err(failure::disk)?.path())?;
    }
    sync(nursery)?;
    fs::rename(nursery, home).map_err(failure::disk)?;
    sync(folder)
}

/// The record that a store of the present form has under [`keys::SCHEMA`].
pub(super) fn present_schema() -> Result<Vec<u8>, StoreError> {
    serde_json::to_vec(&Schema { version: SCHEMA_VERSION }).map_err(|error| StoreError::Engine(Box::new(error)))
}

pub(super) fn sync(path: &Path) -> Result<(), StoreError> {
    File::open(path).and_then(|file| file.sync_all()).map_err(failure::disk)
}

fn remove_unfinished_snapshots(home: &Path) -> io::Result<()> {
    for file in fs::read_dir(home)? {
        let file = file?;
        let name = file.file_name();
        let name = name.as_encoded_bytes();
        if name.starts_with(b"snap.") && name.ends_with(b".generating") {
            fs::remove_file(file.path())?;
        }
    }
    Ok(())
}

fn open_patiently(home: &Path, cache_bytes: u64, folder: &Path) -> Result<sled::Db, StoreError> {
    let patience = Instant::now() + LINGER;
    loop {
        // No flushing behind our back: the committer flushes, and what it did not is nobody's to rely on.
        let config = sled::Config::new().path(home).cache_capacity(cache_bytes.max(LEAST_CACHE)).flush_every_ms(None);
        match config.open() {
            Err(error) if is_lock(&error) && Instant::now() < patience => std::thread::sleep(PAUSE),
            Err(error) if is_lock(&error) => {
                return Err(StoreError::Held { path: folder.to_owned(), holder: "unknown".to_owned() });
            }
            result => return result.map_err(failure::engine),
        }
    }
}

/// Whether the engine could not lock its own file. It says so in words only.
fn is_lock(error: &sled::Error) -> bool {
    matches!(error, sled::Error::Io(error) if error.to_string().starts_with("could not acquire lock"))
}

fn check_schema(db: &sled::Db, folder: &Path) -> Result<u32, StoreError> {
    let corrupt = |source| StoreError::Corrupt { what: keys::what(keys::SCHEMA), source };
    let record = db.get(keys::SCHEMA).map_err(failure::engine)?;
    // A store is never seen before its version is written, so one without a version has lost more than that.
    let record = record.ok_or_else(|| corrupt("the record is missing".into()))?;
    let schema: Schema = serde_json::from_slice(&record).map_err(|error| corrupt(Box::new(error)))?;
    if schema.version > SCHEMA_VERSION {
        return Err(StoreError::TooNew { path: folder.to_owned(), found: schema.version });
    }
    Ok(schema.version)
}
