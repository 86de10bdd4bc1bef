//! Where a configuration's text comes from, and what else it may read: secrets in files and in the environment.
//!
//! The one place of the crate that reads the environment. Tests bring [`Surroundings`] of their own.

use std::io;
use std::path::Path;

/// What a configuration may look at besides its own text.
pub trait Surroundings {
    /// An environment variable; `None` if it is not set or not UTF-8.
    fn variable(&self, name: &str) -> Option<String>;

    /// The text of a file.
    ///
    /// # Errors
    /// As the operating system has them; `InvalidData` if it is not UTF-8.
    fn file(&self, path: &Path) -> io::Result<String>;

    /// Whether there is something at `path`.
    fn exists(&self, path: &Path) -> bool;
}

/// The machine's own files and environment.
#[derive(Debug, Clone, Copy, Default)]
pub struct Machine;

impl Surroundings for Machine {
    #[allow(clippy::disallowed_methods, reason = "this is the one place that may read the environment")]
    fn variable(&self, name: &str) -> Option<String> {
        std::env::var(name).ok()
    }

    fn file(&self, path: &Path) -> io::Result<String> {
        std::fs::read_to_string(path)
    }

    fn exists(&self, path: &Path) -> bool {
        // What cannot be looked at may well be there: whoever checks a file need not be the one who serves it.
        path.try_exists().unwrap_or(true)
    }
}

/// How a text is to be read.
#[derive(Clone, Copy)]
pub struct ParseContext<'a> {
    /// The file's name in messages.
    pub file: &'a str,
    /// The folder that relative paths begin from.
    pub folder: &'a Path,
    /// Environment and files.
    pub surroundings: &'a dyn Surroundings,
    /// Whether everybody on the machine can read the text: a secret written in it then earns a notice.
    pub exposed: bool,
}

impl<'a> ParseContext<'a> {
    /// A text that messages call `file`, with paths relative to `folder`, on this machine.
    pub const fn new(file: &'a str, folder: &'a Path) -> Self {
        Self { file, folder, surroundings: &Machine, exposed: false }
    }
}
