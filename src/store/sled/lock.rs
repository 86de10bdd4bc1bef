//! The lock on a store's folder: one Portero at a time, and whoever comes second is told who holds it.
//!
//! The engine locks its own file too, but says neither who holds it nor whether that is what went wrong. The lock
//! belongs to the open file, so the system drops it when the process dies, however it dies.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::Path;
use std::time::{Duration, Instant};

use super::failure;
use crate::store::StoreError;

/// How long a killed process may take to vanish, its locks with it.
pub(super) const LINGER: Duration = Duration::from_secs(2);
/// Pause between two looks at a lock that lingers.
pub(super) const PAUSE: Duration = Duration::from_millis(20);

/// Held as long as the value lives.
#[derive(Debug)]
pub(super) struct FolderLock {
    /// Being open is all it is for.
    _file: File,
}

impl FolderLock {
    /// Takes the lock of `folder`. Waits up to [`LINGER`] for another process to let go of it: one that was killed
    /// still has its locks, and looks alive, until the system has cleared it away.
    ///
    /// # Errors
    /// [`StoreError::Held`] if another process keeps it, or at once if this one has it already; [`StoreError::Io`].
    pub(super) fn take(folder: &Path) -> Result<Self, StoreError> {
        let path = folder.join("lock");
        // Not truncated: until the lock is taken, the file belongs to whoever holds it.
        let mut file =
            OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path).map_err(failure::disk)?;
        let patience = Instant::now() + LINGER;
        loop {
            match file.try_lock() {
                Ok(()) => break,
                Err(TryLockError::WouldBlock) => {
                    let holder = read_holder(&mut file);
                    let own = holder == Some(std::process::id());
                    if own || Instant::now() >= patience {
                        let holder = holder.map_or_else(|| "unknown".to_owned(), |pid| pid.to_string());
                        return Err(StoreError::Held { path: folder.to_owned(), holder });
                    }
                    std::thread::sleep(PAUSE);
                }
                Err(TryLockError::Error(error)) => return Err(StoreError::Io(error)),
            }
        }
        write_holder(&mut file).map_err(failure::disk)?;
        Ok(Self { _file: file })
    }
}

fn read_holder(file: &mut File) -> Option<u32> {
    let mut text = String::new();
    file.seek(SeekFrom::Start(0)).ok()?;
    file.take(32).read_to_string(&mut text).ok()?;
    text.trim().parse().ok()
}

fn write_holder(file: &mut File) -> std::io::Result<()> {
    file.set_len(0)?;
    file.seek(SeekFrom::Start(0))?;
    writeln!(file, "{}", std::process::id())
}
