//! What can be wrong with a template, a text or a folder of them.

use std::path::PathBuf;

/// A fault of this room.
#[derive(Debug, thiserror::Error)]
pub enum TemplateError {
    /// A file or the folder cannot be read.
    #[error("{}: cannot be read", path.display())]
    Read {
        /// Which one.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// The folder holds a file that would have no effect.
    #[error("{}: not a file of this folder; it may hold {known}, and more .html files for those to include", path.display())]
    UnknownFile {
        /// Which one.
        path: PathBuf,
        /// The names that have an effect.
        known: String,
    },
    /// A template or a text is wrong.
    #[error("{file}:{line}:{column}: {message}")]
    Fault {
        /// The file.
        file: String,
        /// Line, from 1.
        line: usize,
        /// Column, from 1.
        column: usize,
        /// What is wrong.
        message: String,
    },
    /// A page cannot be rendered.
    #[error("{template} cannot be rendered")]
    Render {
        /// The page's template.
        template: &'static str,
        /// What the engine says.
        #[source]
        source: tera::Error,
    },
}

impl TemplateError {
    /// A stable name for logs.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Read { .. } => "template_unreadable",
            Self::UnknownFile { .. } => "template_unknown_file",
            Self::Fault { .. } => "template_fault",
            Self::Render { .. } => "template_render",
        }
    }

    /// The same fault, with what was being tried.
    pub(super) fn during(self, sample: &str) -> Self {
        match self {
            Self::Fault { file, line, column, message } => {
                Self::Fault { file, line, column, message: format!("{message} (tried: {sample})") }
            }
            Self::Read { .. } | Self::UnknownFile { .. } | Self::Render { .. } => self,
        }
    }
}
