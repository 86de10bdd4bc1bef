//! Noticing that files changed: the configuration with the authorities that it names, and the certificates with their keys.
//!
//! Files are looked at every other second. That is plain, works on every file system (also where a secret is swapped in by a link), and a
//! file that is being written is taken up only once it rested for one look.

use std::path::PathBuf;
use std::time::{Duration, SystemTime};

/// How often files are looked at.
pub(super) const INTERVAL: Duration = Duration::from_secs(2);

/// Files, and how they looked the last time.
#[derive(Debug)]
pub(super) struct Watched {
    paths: Vec<PathBuf>,
    taken: Vec<Look>,
    last: Vec<Look>,
}

/// What tells one version of a file from another; `None` for one that is not there.
type Look = Option<(SystemTime, u64)>;

impl Watched {
    /// Watches `paths` from now on.
    pub(super) fn new(paths: Vec<PathBuf>) -> Self {
        let now = look(&paths);
        Self { paths, taken: now.clone(), last: now }
    }

    /// Watches `paths` instead; `true` if they are others than before.
    pub(super) fn watch(&mut self, paths: Vec<PathBuf>) -> bool {
        let others = paths != self.paths;
        if others {
            *self = Self::new(paths);
        }
        others
    }

    /// They are about to be read as they are now: that is no change to be told of any more.
    pub(super) fn take(&mut self) {
        self.last = look(&self.paths);
        self.taken.clone_from(&self.last);
    }

    /// Whether something changed since the last time this said so, and has rested for one look.
    pub(super) fn changed(&mut self) -> bool {
        let now = look(&self.paths);
        let rested = now == self.last;
        self.last = now;
        let changed = rested && self.last != self.taken;
        if changed {
            self.taken.clone_from(&self.last);
        }
        changed
    }
}

fn look(paths: &[PathBuf]) -> Vec<Look> {
    let one = |path: &PathBuf| {
        let metadata = std::fs::metadata(path).ok()?;
        Some((metadata.modified().ok()?, metadata.len()))
    };
    paths.iter().map(one).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_files_are_watched_from_when_they_are_named() {
        let folder = tempfile::tempdir().expect("a folder");
        let paths = [folder.path().join("a"), folder.path().join("b")];
        let mut watched = Watched::new(vec![paths[0].clone()]);
        std::fs::write(&paths[0], "changed").expect("written");
        assert!(!watched.watch(vec![paths[0].clone()]) && !watched.changed());
        assert!(watched.changed(), "the same ones are not forgotten");
        assert!(watched.watch(paths.to_vec()) && !watched.changed() && !watched.changed());
        std::fs::write(&paths[1], "new").expect("written");
        assert!(!watched.changed() && watched.changed());
    }

    #[test]
    fn what_was_read_meanwhile_is_not_told_and_what_changed_after_it_is() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("config.toml");
        std::fs::write(&path, "a").expect("written");
        let mut watched = Watched::new(vec![path.clone()]);
        std::fs::write(&path, "half").expect("written");
        watched.take();
        assert!(!watched.changed() && !watched.changed());
        std::fs::write(&path, "half and whole").expect("written");
        assert!(!watched.changed() && watched.changed());
    }

    #[test]
    fn a_change_is_told_once_and_only_after_it_rested() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("config.toml");
        std::fs::write(&path, "a").expect("written");
        let mut watched = Watched::new(vec![path.clone()]);
        assert!(!watched.changed());
        std::fs::write(&path, "longer").expect("written");
        assert!(!watched.changed(), "it may still be being written");
        assert!(watched.changed());
        assert!(!watched.changed(), "once");
        std::fs::remove_file(&path).expect("removed");
        assert!(!watched.changed());
        assert!(watched.changed(), "a file that went away is a change, too");
    }
}
