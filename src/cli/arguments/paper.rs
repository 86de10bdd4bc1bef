//! What follows `portero completions`, `portero man` and `portero templates`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

/// After `portero completions`.
#[derive(Debug, Args)]
pub struct CompletionsArguments {
    /// For which shell
    #[arg(value_name = "SHELL", value_enum)]
    pub shell: ForShell,
}

/// A shell that completions are made for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ForShell {
    /// GNU Bash, with bash-completion
    Bash,
    /// Z shell
    Zsh,
    /// fish
    Fish,
}

/// After `portero man`.
#[derive(Debug, Args)]
pub struct ManArguments {
    /// Write a page for each command into this folder, which is made
    #[arg(long, value_name = "DIR")]
    pub dir: Option<PathBuf>,
}

/// After `portero templates`.
#[derive(Debug, Args)]
pub struct TemplatesArguments {
    /// Write them into this folder, which is made; it must be empty if it is there
    #[arg(long, value_name = "DIR")]
    pub dir: PathBuf,
}
