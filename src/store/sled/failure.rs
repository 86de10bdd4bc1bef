//! What the engine's and the disk's failures mean in the store's own words.

use std::io;

use crate::store::StoreError;

/// Translates a failure of the engine.
pub(super) fn engine(error: sled::Error) -> StoreError {
    match error {
        sled::Error::Io(error) => disk(error),
        damage @ sled::Error::Corruption { .. } => {
            StoreError::Corrupt { what: "page of the engine", source: Box::new(damage) }
        }
        other => StoreError::Engine(Box::new(other)),
    }
}

/// Translates a failure of the disk.
pub(super) fn disk(error: io::Error) -> StoreError {
    match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => StoreError::DiskFull(error),
        _ => StoreError::Io(error),
    }
}
