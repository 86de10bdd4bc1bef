//! `[store]`: where Portero remembers.

use std::path::PathBuf;

use base64::engine::general_purpose::STANDARD;
use secrecy::{ExposeSecret, SecretString};

use super::entry::Entry;
use super::reader::Section;

/// `[store]`
#[derive(Debug, Clone)]
pub struct StoreConfig {
    /// Which engine.
    pub engine: Engine,
    /// Folder of the store and of the control socket.
    pub path: PathBuf,
    /// Memory for the engine's cache, in bytes.
    pub cache: u64,
    /// Key that seals secrets at rest: 32 bytes in base64. `None`: a file `master.key` in `path`, made at first start.
    pub master_key: Option<SecretString>,
}

/// A storage engine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Engine {
    /// Embedded.
    Sled,
}

impl StoreConfig {
    pub(super) fn read(mut section: Section<'_>) -> Self {
        let folder = section.reader.context.folder.join("data");
        let engine = section.setting("engine", Engine::Sled, Engine::read);
        let store = Self {
            engine: engine.value,
            path: section.setting("path", folder, |entry| entry.path()).value,
            cache: section.setting("cache", 64 << 20, |entry| entry.size(1 << 20..=1 << 40)).value,
            master_key: section.optional("master_key", read_master_key).value,
        };
        let url = section.optional("url", |entry| entry.secret());
        if engine.sound
            && let Some(at) = url.at
        {
            section.reader.fault(at, "`store.url` belongs to another engine than sled", "remove it; sled has a path");
        }
        section.finish();
        store
    }
}

impl Engine {
    fn read(entry: &Entry<'_>) -> Option<Self> {
        match entry.one_of(&[("sled", Some(Self::Sled)), ("postgres", None)])? {
            Some(engine) => Some(engine),
            None => entry.fault("this version has the sled engine only", "write engine = \"sled\""),
        }
    }
}

fn read_master_key(entry: &Entry<'_>) -> Option<SecretString> {
    use base64::Engine as _;

    let key = entry.secret()?;
    let decoded = STANDARD.decode(key.expose_secret()).map(secrecy::zeroize::Zeroizing::new);
    if decoded.is_ok_and(|bytes| bytes.len() == 32) {
        return Some(key);
    }
    entry.fault("`store.master_key` is not 32 bytes in base64", "make one with: openssl rand -base64 32")
}
