//! `[store]`: where Portero remembers.

use std::path::PathBuf;

use secrecy::SecretString;

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
