//! What follows `portero backup`, `restore`, `export` and `import`.

use std::path::PathBuf;

use clap::Args;

/// After `portero backup` and `portero export`.
#[derive(Debug, Args)]
pub struct ArchiveArguments {
    /// The file
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// Print the result as JSON
    #[arg(long)]
    pub json: bool,
}

/// After `portero restore` and `portero import`.
#[derive(Debug, Args)]
pub struct TakeInArguments {
    /// The file, or - for stdin
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// Replace a store that holds something, and keep it under another name in store.path
    #[arg(long)]
    pub force: bool,
    /// Leave the signing keys out, because their master key is lost; Portero makes a new one at its next start
    #[arg(long)]
    pub new_signing_key: bool,
    /// Print the result as JSON
    #[arg(long)]
    pub json: bool,
}
