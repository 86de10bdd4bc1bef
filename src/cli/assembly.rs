//! What the command line asks of the rest of the program: reading the configuration, opening the store, running the server.
//!
//! Commands are written against this trait, so that their tests run against a store in memory.

use std::path::Path;
use std::sync::Arc;

use super::arguments::DemoArguments;
use crate::config::Config;
use crate::flows::administer::Administrator;
use crate::store::StoreError;

/// A cause from another room; it is printed with its chain of causes.
pub type Failure = Box<dyn std::error::Error + Send + Sync>;

/// The rest of the program.
pub trait Assembly {
    /// Reads and checks the configuration file.
    ///
    /// # Errors
    /// Every fault at once, a line each.
    fn load(&self, path: &Path) -> Result<Loaded, Vec<String>>;

    /// Opens the store and puts together what administers it. May block, but is called on a runtime: it cannot start another.
    ///
    /// # Errors
    /// [`OpenError::Store`] with [`StoreError::Held`] when another process holds the store; it is then asked instead.
    fn open(&self, config: &Config) -> Result<Opened, OpenError>;

    /// Runs the server until it is told to stop. `path` is where `config` was read, to be read again on reload.
    ///
    /// # Errors
    /// Why it could not start or go on.
    fn run(&self, path: &Path, config: Config) -> Result<(), Failure>;

    /// Runs the demonstration until it is told to stop.
    ///
    /// # Errors
    /// Why it could not start or go on.
    fn demo(&self, arguments: &DemoArguments) -> Result<(), Failure>;
}

/// A configuration that holds.
#[derive(Debug)]
pub struct Loaded {
    /// The configuration.
    pub config: Config,
    /// What is no fault but worth a look, a line each.
    pub notices: Vec<String>,
}

/// An open store.
pub struct Opened {
    /// Administers it.
    pub administrator: Arc<Administrator>,
    /// Closes it; called last, off the runtime.
    pub close: Box<dyn FnOnce() + Send>,
}

/// Why the store could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The store failed, or another process holds it.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Something beside it failed, such as the key that seals its secrets.
    #[error("the store cannot be used")]
    Other(#[source] Failure),
}
