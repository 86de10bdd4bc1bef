//! What may be typed after `portero`. Names and addresses are parsed here, so a malformed one is a usage error (exit 2) that
//! says what to write.
//!
//! The program and its commands stand here; what follows each of them is in the file that bears its name: `org`, `user`, `key`,
//! `mail`, `archive` (backup, restore, export, import), `audit`, `paper` (completions, manual pages). The order of the fields
//! is the order of `--help`. Refuses to act: that is for the files of the same names in [`crate::cli`].

mod archive;
mod audit;
mod key;
mod mail;
mod org;
mod paper;
mod user;

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

pub use archive::{ArchiveArguments, TakeInArguments};
pub use audit::{AuditArguments, Since};
pub use key::{KeyArguments, KeyVerb};
pub use mail::{MailArguments, MailVerb};
pub use org::{MailServerArguments, OrgArguments, OrgVerb, SetOrganizationArguments};
pub use paper::{CompletionsArguments, ForShell, ManArguments, TemplatesArguments};
pub use user::{AddUserArguments, EditUserArguments, ImportUsersArguments, UserArguments, UserVerb};

/// A doorman for legacy web applications: sign-in, recovery and signed identity in front of what cannot be changed.
#[derive(Debug, Parser)]
#[command(
    name = "portero",
    version,
    propagate_version = true,
    subcommand_required = true,
    arg_required_else_help = true,
    after_help = "Examples:
  portero demo                                     everything on this machine, nothing to edit
  portero check --config /etc/portero/config.toml  every fault of the file at once
  portero org add acme --name 'Acme Insurance'
  portero user add acme/ana --name 'Ana Martínez' --email ana@acme.example --app billing
  portero run --config /etc/portero/config.toml

Results go to stdout, messages to stderr. Exit code 0: done; 1: failed; 2: wrong usage.
While `portero run` holds the store, the other commands reach it over <store.path>/control.sock."
)]
pub struct Arguments {
    /// The configuration file
    #[arg(long, global = true, value_name = "FILE", default_value = "config.toml")]
    pub config: PathBuf,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// A command.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Run the proxy until SIGTERM or Ctrl-C
    ///
    /// SIGHUP, or a change of the file, reloads the configuration; a faulty file keeps the old one running and says why.
    /// RUST_LOG sets what is logged to stderr, such as RUST_LOG=portero=debug.
    Run,
    /// Try everything on this machine, with nothing to edit
    ///
    /// Starts a sample legacy application behind Portero, with organizations and users. Prints addresses and credentials.
    /// Listens on loopback only.
    Demo(DemoArguments),
    /// Validate the configuration file
    ///
    /// Every fault at once, as FILE:LINE:COLUMN: what is wrong; what to write. Exit code 0 or 1.
    Check,
    /// Add, list and change organizations and their mail servers
    Org(OrgArguments),
    /// Add, list and change users
    User(UserArguments),
    /// List and rotate the keys that sign identity
    Key(KeyArguments),
    /// Look after the messages that were not delivered
    Mail(MailArguments),
    /// Write everything in the store to one file, also while Portero runs
    ///
    /// Organizations, users with the hashes of their passwords, sessions, counters, signing keys (sealed) and the audit trail,
    /// as they are at one moment; people go on working meanwhile. The file is written aside, with a checksum, mode 0600, and
    /// takes its name when it is on the disk; a backup of the same name is replaced. A crash may leave a file that ends
    /// in .part.
    ///
    /// While Portero runs it writes the file itself: its user must be allowed to write there, and where its service has a
    /// private /tmp, that is another one.
    ///
    /// Not in it, on purpose: the master key that opens the signing keys (master.key in store.path, or what store.master_key
    /// names), the configuration, certificates and templates. Keep those as well, the master key apart from the backups.
    #[command(after_help = "Examples:
  portero backup /var/backups/portero/$(date +%F).backup
  portero backup portero.backup --json | jq .records")]
    Backup(ArchiveArguments),
    /// Make the store anew from a backup, while no Portero runs on it
    ///
    /// The new store is made aside and takes its place when it is whole and on the disk; until then nothing is changed. Refuses
    /// files that are damaged, cut off, or of a newer Portero; a store that holds anything, unless --force is given; and
    /// signing keys that the present master key does not open: put master.key back into store.path first.
    ///
    /// Sessions go on where they were at the time of the backup, also those that ended since. The store is written
    /// anew, so `portero backup` and `portero restore --force` also make one that has grown small again.
    #[command(after_help = "Examples:
  portero restore portero.backup
  portero restore portero.backup --force    the store that is there is kept as sled.before-… in store.path")]
    Restore(TakeInArguments),
    /// Write everything in the store as JSON lines, also while Portero runs
    ///
    /// The records of a backup, one a line with its `kind`, to be read, edited, or taken in by another engine. There is no
    /// checksum: a file that was cut off between two lines cannot be told. It holds hashes of passwords; mode 0600. What is
    /// said of files and of the master key under `portero backup --help` holds here, too.
    #[command(after_help = "Examples:
  portero export portero.jsonl
  portero export - | jq -r 'select(.kind == \"user\") | .record.username'

With - the lines go to stdout, by way of a temporary file in store.path.")]
    Export(ArchiveArguments),
    /// Make the store anew from an export, while no Portero runs on it
    ///
    /// As `portero restore`, but every faulty line is told by its number, and nothing is taken in if there is one. A line may
    /// refer to lines before it only (an organization's parent may follow). The first line is the heading that
    /// `portero export` writes.
    #[command(after_help = "Examples:
  portero import portero.jsonl
  portero import - < portero.jsonl")]
    Import(TakeInArguments),
    /// Print the audit trail, oldest first
    ///
    /// Who tried what, from where, and how it ended, as stable codes such as sign_in wrong_password. How long events are kept
    /// is set by audit.keep in the configuration.
    #[command(after_help = "Examples:
  portero audit --since 24h
  portero audit --user acme/ana --since 2026-11-01
  portero audit --follow --json | jq 'select(.reason == \"throttled\")'

With --json each event is one line. With --follow, events of the same second may come out of order.")]
    Audit(AuditArguments),
    /// Ask a running Portero whether it is ready
    ///
    /// Asks for /readyz at admin.listen. Exit code 0 if it is; 1 if it is not, or if nobody answers within five seconds. For probes
    /// that run a command, such as a container's HEALTHCHECK.
    ///
    /// A faulty configuration file does not make a running Portero ill: then the default address is asked, unless --address names
    /// another.
    Health(HealthArguments),
    /// Write the built-in templates, texts and looks as files
    ///
    /// To begin from, where pages or mails are to look or sound different: keep what you change, remove the rest, and name the folder in
    /// portal.templates. Nothing is overwritten.
    #[command(after_help = "Examples:
  portero templates --dir /etc/portero/templates
  portero check       says which file and line has a fault")]
    Templates(TemplatesArguments),
    /// Print the completions of a shell
    #[command(after_help = "Examples:
  portero completions bash > /etc/bash_completion.d/portero
  portero completions zsh > /usr/local/share/zsh/site-functions/_portero
  portero completions fish > ~/.config/fish/completions/portero.fish")]
    Completions(CompletionsArguments),
    /// Print the manual page, or write one for each command
    #[command(after_help = "Examples:
  portero man | man -l -
  portero man --dir /usr/local/share/man/man1")]
    Man(ManArguments),
}

/// After `portero health`.
#[derive(Debug, Clone, PartialEq, Eq, Args)]
pub struct HealthArguments {
    /// Ask there, and do not read the configuration
    #[arg(long, value_name = "ADDRESS:PORT")]
    pub address: Option<SocketAddr>,
}

/// After `portero demo`.
#[derive(Debug, Clone, PartialEq, Eq, Args)]
pub struct DemoArguments {
    /// The port to listen on
    #[arg(long, value_name = "N", default_value_t = 8080)]
    pub port: u16,
    /// Keep the data in this folder instead of a temporary one
    #[arg(long, value_name = "DIR")]
    pub data: Option<PathBuf>,
}

#[cfg(test)]
mod tests;
