//! `portero templates`: the built-in templates, texts and looks as files, for whoever wants to begin from them.

use std::fs::{DirBuilder, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

use super::arguments::TemplatesArguments;
use super::error::CommandError;
use super::terminal::Terminal;
use crate::templates::built_in;

/// The built-in files could not be written.
#[derive(Debug, thiserror::Error)]
pub enum TemplatesError {
    /// There is something already, perhaps somebody's work.
    #[error("the folder {} is not empty; name a new or an empty one", .0.display())]
    Occupied(PathBuf),
    /// The system refuses it.
    #[error("{} cannot be written", path.display())]
    Unwritable {
        /// Which.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
}

/// Writes every built-in file below a folder that is new or empty.
pub(super) fn run(wish: &TemplatesArguments, terminal: &mut Terminal<'_>) -> Result<(), CommandError> {
    let folder = &wish.dir;
    let failed = |path: &Path| {
        let path = path.to_owned();
        |source| TemplatesError::Unwritable { path, source }
    };
    let make = |path: &Path| DirBuilder::new().recursive(true).mode(0o755).create(path).map_err(failed(path));
    make(folder)?;
    if std::fs::read_dir(folder).map_err(failed(folder))?.next().is_some() {
        return Err(TemplatesError::Occupied(folder.clone()).into());
    }
    let mut written = 0_usize;
    for (name, text) in built_in() {
        let path = folder.join(name);
        make(path.parent().unwrap_or(folder))?;
        // Never over a file that came meanwhile.
        let opened = OpenOptions::new().write(true).create_new(true).open(&path);
        opened.and_then(|mut file| file.write_all(text.as_bytes())).map_err(failed(&path))?;
        written += 1;
    }
    Ok(terminal.result(&format!(
        "{written} files in {}. Keep those that you change and remove the others, so that they follow Portero's versions; then name \
         the folder in portal.templates.",
        folder.display()
    ))?)
}
