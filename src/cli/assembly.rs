//! What the command line asks of the rest of the program: reading the configuration, opening the store, running the server.
//!
//! Commands are written against this trait, so that their tests run against a store in memory.

use std::io::BufRead;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::Serialize;

use super::arguments::DemoArguments;
use crate::config::Config;
use crate::flows::administer::{Actor, Administrator};
use crate::store::StoreError;
use crate::store::archive::Form;

/// A cause from another room; it is printed with its chain of causes.
pub type Failure = Box<dyn std::error::Error + Send + Sync>;

/// The rest of the program.
pub trait Assembly {
    /// Reads and checks the configuration file.
    ///
    /// # Errors
    /// Every fault at once, a line each.
    fn load(&self, path: &Path) -> Result<Loaded, Vec<String>>;

    /// Looks at what a sound configuration names: certificates and their keys, ways to the applications. `path` is where it was
    /// read.
    fn examine(&self, path: &Path, config: &Config) -> Examined;

    /// Whether there is a store already; opening makes one where there is none.
    fn has_store(&self, config: &Config) -> bool;

    /// Opens the store and puts together what administers it. May block, but is called on a runtime: it cannot start another.
    ///
    /// # Errors
    /// [`OpenError::Store`] with [`StoreError::Held`] when another process holds the store; it is then asked instead.
    fn open(&self, config: &Config) -> Result<Opened, OpenError>;

    /// Makes the store anew from a backup or an export that is read to its end. May block. Nobody else may hold the store.
    ///
    /// # Errors
    /// [`TakeInError`]; the store is then as it was.
    fn take_in(&self, config: &Config, from: &mut dyn BufRead, wish: &TakeIn) -> Result<TakenIn, TakeInError>;

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

/// What there is to say of the things that a configuration names, a line each.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Examined {
    /// What keeps the server from starting.
    pub faults: Vec<String>,
    /// What is no fault but worth a look.
    pub notices: Vec<String>,
}

/// An open store.
pub struct Opened {
    /// Administers it.
    pub administrator: Arc<Administrator>,
    /// Closes it; called last, off the runtime.
    pub close: Box<dyn FnOnce() + Send>,
}

/// How to take a file in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TakeIn {
    /// What it is.
    pub form: Form,
    /// Replace a store that holds something; it is kept aside.
    pub force: bool,
    /// Leave the signing keys out, for want of their master key.
    pub new_signing_key: bool,
    /// Who asks, for the audit trail.
    pub actor: Actor,
}

/// What was taken in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TakenIn {
    /// How many records.
    pub records: u64,
    /// Where the store that was there before is now.
    pub kept_aside: Option<PathBuf>,
}

/// Why nothing was taken in.
#[derive(Debug, thiserror::Error)]
pub enum TakeInError {
    /// Lines of an export are faulty: each with its number. Only the first are told if there are very many.
    #[error("nothing was taken in: {} of its lines are faulty", if *.more { "too many".to_owned() } else { .lines.len().to_string() })]
    Lines {
        /// Number and fault.
        lines: Vec<(u64, String)>,
        /// Whether there are more.
        more: bool,
    },
    /// The store is in use.
    #[error(
        "the store {} holds something already; with --force it is replaced and kept aside, under another name in the same folder", .0.display()
    )]
    Occupied(PathBuf),
    /// There is no master key.
    #[error(
        "its signing keys are sealed by a master key, and there is none here; put the master.key that belongs to it into {} (mode 0600), or set store.master_key, and try again; if it is lost, add --new-signing-key", .0.display()
    )]
    NoMasterKey(PathBuf),
    /// It is another's.
    #[error(
        "the present master key does not open its signing keys; put the master.key (or store.master_key) that belongs to it in the place of the present one and try again; if it is lost, add --new-signing-key"
    )]
    OtherMasterKey(#[source] Failure),
    /// Something else.
    #[error("nothing was taken in")]
    Other(#[from] Failure),
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
