//! What follows `portero key`: the keys that sign identity.

use clap::{Args, Subcommand};

/// After `portero key`.
#[derive(Debug, Args)]
pub struct KeyArguments {
    /// Print the result as JSON
    #[arg(long, global = true)]
    pub json: bool,
    /// What to do.
    #[command(subcommand)]
    pub verb: KeyVerb,
}

/// What can be done with signing keys.
#[derive(Debug, Clone, Copy, Subcommand)]
pub enum KeyVerb {
    /// List the keys, newest first
    List,
    /// Make a new key that signs from now on
    ///
    /// The older ones stay published until everything they signed is over.
    Rotate,
}
