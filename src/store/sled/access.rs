//! Whose the file is that may not be used: "permission denied" alone helps nobody.

use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use super::engine;
use crate::store::StoreError;

/// Names the file, and its owner, that kept `error` from opening the store in `folder`; any other error stays what it is.
pub(super) fn named(folder: &Path, error: StoreError) -> StoreError {
    let own = rustix::process::geteuid().as_raw();
    match error {
        StoreError::Io(source) if source.kind() == io::ErrorKind::PermissionDenied => {
            match strangers(folder, own).or_else(|| nearest(folder)) {
                Some((path, owner)) => StoreError::Forbidden { path, owner, own, store: folder.to_owned(), source },
                None => StoreError::Io(source),
            }
        }
        error => error,
    }
}

/// The first part of the store that is another user's.
fn strangers(folder: &Path, own: u32) -> Option<(PathBuf, u32)> {
    let home = folder.join(engine::NAME);
    let inside = fs::read_dir(&home).into_iter().flatten().filter_map(|entry| Some(entry.ok()?.path()));
    let parts = [folder.join("lock"), home.clone()].into_iter().chain(inside).chain([folder.to_owned()]);
    parts
        .filter_map(|path| Some((fs::symlink_metadata(&path).ok()?.uid(), path)))
        .find(|(owner, _)| *owner != own)
        .map(swap)
}

/// The nearest folder above that is there: one could not be made in it, or not be looked into.
fn nearest(folder: &Path) -> Option<(PathBuf, u32)> {
    let mut above = folder.ancestors();
    above.find_map(|path| Some((fs::metadata(path).ok()?.uid(), path.to_owned()))).map(swap)
}

fn swap((owner, path): (u32, PathBuf)) -> (PathBuf, u32) {
    (path, owner)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn denied() -> StoreError {
        StoreError::Io(io::ErrorKind::PermissionDenied.into())
    }

    #[test]
    fn what_may_not_be_used_is_named_with_its_owner() {
        let made = tempfile::tempdir().expect("a folder");
        let (folder, own) = (made.path(), rustix::process::geteuid().as_raw());
        fs::write(folder.join("lock"), "").expect("written");
        // To whoever is somebody else the first file is a stranger's.
        assert_eq!(strangers(folder, own + 1), Some((folder.join("lock"), own)));
        assert_eq!(strangers(folder, own), None);
        let missing = folder.join("a/b");
        let told = named(&missing, denied()).to_string();
        assert!(told.starts_with(&format!("{} belongs to the user with id {own}", folder.display())), "{told}");
        assert!(told.ends_with(&format!("chown -R USER '{}'", missing.display())), "{told}");
        assert!(matches!(named(folder, StoreError::Closed), StoreError::Closed));
    }
}
