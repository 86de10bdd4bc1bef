//! Composition root: configuration and dependencies become a running server.

use std::path::Path;

use crate::cli::arguments::DemoArguments;
use crate::cli::assembly::{Assembly, Failure, Loaded, OpenError, Opened};
use crate::config::Config;

/// The whole program, as the command line sees it.
#[derive(Debug, Clone, Copy, Default)]
pub struct Portero;

impl Assembly for Portero {
    fn load(&self, path: &Path) -> Result<Loaded, Vec<String>> {
        Err(vec![format!("{}:1:1: this build reads no configuration; use a complete one", path.display())])
    }

    fn open(&self, _config: &Config) -> Result<Opened, OpenError> {
        Err(OpenError::Other("this build has no store".into()))
    }

    fn run(&self, path: &Path, config: Config) -> Result<(), Failure> {
        run(path, config)
    }

    fn demo(&self, arguments: &DemoArguments) -> Result<(), Failure> {
        crate::demo::run(arguments)
    }
}

/// Runs the server until SIGTERM or Ctrl-C; `path` is read again on reload.
///
/// # Errors
/// Why it could not start or go on.
pub fn run(_path: &Path, _config: Config) -> Result<(), Failure> {
    Err("this build has no server".into())
}
