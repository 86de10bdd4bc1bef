//! What follows `portero mail`: the messages that were not delivered.

use clap::{Args, Subcommand};

use crate::domain::ids::MailId;

/// After `portero mail`.
#[derive(Debug, Args)]
pub struct MailArguments {
    /// Print the result as JSON
    #[arg(long, global = true)]
    pub json: bool,
    /// What to do.
    #[command(subcommand)]
    pub verb: MailVerb,
}

/// What can be done with messages.
#[derive(Debug, Subcommand)]
pub enum MailVerb {
    /// List the messages that were given up, and those that wait
    #[command(after_help = "Examples:
  portero mail list
  portero mail list --json | jq -r '.[] | select(.status == \"dead\").id'")]
    List,
    /// Try messages anew, at once
    #[command(after_help = "Examples:
  portero mail retry 6f2c1f7e-4f0e-4e7b-9a53-0d6b7a3c9d11
  portero mail retry --all     all that were given up")]
    Retry {
        /// The messages
        #[arg(value_name = "ID", required_unless_present = "all", conflicts_with = "all")]
        ids: Vec<MailId>,
        /// Every message that was given up
        #[arg(long)]
        all: bool,
    },
    /// Drop messages: they are never sent
    Drop {
        /// The messages
        #[arg(value_name = "ID", required = true)]
        ids: Vec<MailId>,
    },
}
