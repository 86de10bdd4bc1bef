//! What may be typed after `portero`. Names and addresses are parsed here, so a malformed one is a usage error (exit 2) that
//! says what to write.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use clap::builder::PossibleValue;
use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::config::parse_duration;
use crate::domain::Timestamp;
use crate::domain::ids::MailId;
use crate::domain::mail::MailEncryption;
use crate::domain::names::{ApplicationId, DisplayName, EmailAddress, GroupName, NameError, OrganizationKey};
use crate::domain::organization::{PasswordRules, Setting};
use crate::domain::recovery::RecoveryMethod;
use crate::domain::user::Role;
use crate::flows::administer::{UserFileFormat, UserRef};

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
    Health,
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

/// After `portero audit`.
#[derive(Debug, Args)]
pub struct AuditArguments {
    /// Go on printing what happens, until Ctrl-C; Portero has to run
    #[arg(long)]
    pub follow: bool,
    /// Only what is about this user, or was tried under this name
    #[arg(long, value_name = "ORG/USERNAME")]
    pub user: Option<UserRef>,
    /// Only from then on: how long ago (24h, 7d), a day (2026-11-01) or a moment (2026-11-01T08:00:00Z)
    #[arg(long, value_name = "DURATION|TIME")]
    pub since: Option<Since>,
    /// Print each event as a line of JSON
    #[arg(long)]
    pub json: bool,
}

/// From when on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Since {
    /// So long before now.
    Ago(Duration),
    /// The beginning of a day in the installation's time zone.
    Day(jiff::civil::Date),
    /// A moment.
    At(Timestamp),
}

impl FromStr for Since {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let ago = parse_duration(text).map(Self::Ago);
        let at = || text.parse().ok().map(Self::At);
        // A date parses leniently from longer texts, which are moments or nothing.
        let day = || if text.len() == 10 { text.parse().ok().map(Self::Day) } else { None };
        ago.or_else(at).or_else(day).ok_or(
            "write how long ago, such as 24h or 7d, a day such as 2026-11-01, or a moment such as 2026-11-01T08:00:00Z",
        )
    }
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

/// After `portero org`.
#[derive(Debug, Args)]
pub struct OrgArguments {
    /// Print the result as JSON
    #[arg(long, global = true)]
    pub json: bool,
    /// What to do.
    #[command(subcommand)]
    pub verb: OrgVerb,
}

/// What can be done with organizations.
#[derive(Debug, Subcommand)]
pub enum OrgVerb {
    /// Add an organization
    #[command(after_help = "Examples:
  portero org add acme --name 'Acme Insurance'
  portero org add acme-claims --name 'Claims' --parent acme
  portero org add 'GAÑ&850101AB1' --name 'Gañán y Asociados'")]
    Add {
        /// Its key: 2 to 32 letters, digits, '&', '-', '_' or '.', in any case
        #[arg(value_name = "KEY", value_parser = written_key)]
        key: String,
        /// What people call it
        #[arg(long)]
        name: DisplayName,
        /// The organization above it
        #[arg(long, value_name = "KEY")]
        parent: Option<OrganizationKey>,
    },
    /// List all organizations
    List,
    /// Show what an organization settles
    Show {
        /// The organization
        #[arg(value_name = "KEY")]
        key: OrganizationKey,
    },
    /// Change the name or what the organization settles for itself and all below it
    ///
    /// What is not named stays; `inherit` leaves it to the organization above, and last to the configuration.
    #[command(after_help = "Examples:
  portero org set acme --name 'Acme Insurance'
  portero org set acme --recovery reset-link,rescue-code --password-rules modern
  portero org set acme-claims --sender-name inherit")]
    Set(SetOrganizationArguments),
    /// Set the mail server of an organization and all below it
    ///
    /// Its password is kept sealed for this very host, port, encryption and user name: whoever changes one of them gives it again,
    /// or it is dropped.
    #[command(after_help = "Examples:
  portero org mail-server acme --host smtp.acme.example --sender portal@acme.example --username portal --password-stdin < secret.txt
  portero org mail-server acme --none")]
    MailServer(MailServerArguments),
    /// Send a message through the mail server in force, and say what is wrong if it does not go
    #[command(after_help = "Exit code 1 if the message was not taken.

Example:
  portero org mail-test acme --to me@acme.example --json")]
    MailTest {
        /// The organization
        #[arg(value_name = "KEY")]
        key: OrganizationKey,
        /// Where the message goes
        #[arg(long, value_name = "ADDRESS")]
        to: EmailAddress,
    },
}

/// After `portero org set`.
#[derive(Debug, Args)]
#[command(group = clap::ArgGroup::new("change").required(true).multiple(true)
    .args(["name", "recovery", "question_needs_mailbox", "password_rules", "sender_name"]))]
pub struct SetOrganizationArguments {
    /// The organization
    #[arg(value_name = "KEY")]
    pub key: OrganizationKey,
    /// What people call it
    #[arg(long)]
    pub name: Option<DisplayName>,
    /// The ways back in, separated by commas: reset-link, rescue-code, temporary-password, secret-question; or none, or inherit
    #[arg(long, value_name = "METHODS", value_parser = methods)]
    pub recovery: Option<Setting<BTreeSet<RecoveryMethod>>>,
    /// Whether the secret question is asked only after the mailbox was proved: true, false or inherit
    #[arg(long, value_name = "BOOL", value_parser = yes_or_no)]
    pub question_needs_mailbox: Option<Setting<bool>>,
    /// Rules for new passwords: configured, modern or inherit
    #[arg(long, value_name = "RULES", value_parser = password_rules)]
    pub password_rules: Option<Setting<PasswordRules>>,
    /// The name that messages come from, or inherit
    #[arg(long, value_name = "NAME", value_parser = sender_name)]
    pub sender_name: Option<Setting<DisplayName>>,
}

/// After `portero org mail-server`.
#[derive(Debug, Args)]
pub struct MailServerArguments {
    /// The organization
    #[arg(value_name = "KEY")]
    pub key: OrganizationKey,
    /// Remove it: the nearest one up the tree applies, and last the configuration's
    #[arg(long, conflicts_with_all = ["host", "sender", "username", "password_stdin"])]
    pub none: bool,
    /// Its name or address
    #[arg(long, required_unless_present = "none")]
    pub host: Option<String>,
    /// Its port
    #[arg(long, default_value_t = 587, value_parser = clap::value_parser!(u16).range(1..))]
    pub port: u16,
    /// How the connection is encrypted: starttls, implicit or none
    #[arg(long, default_value = "starttls", value_parser = encryption)]
    pub tls: MailEncryption,
    /// The user name, if it asks for one
    #[arg(long)]
    pub username: Option<String>,
    /// Read its password from the first line of stdin; without it, the present one stays as long as the server stays the same
    #[arg(long, requires = "username")]
    pub password_stdin: bool,
    /// The address that messages come from
    #[arg(long, value_name = "ADDRESS", required_unless_present = "none")]
    pub sender: Option<EmailAddress>,
}

/// After `portero user`.
#[derive(Debug, Args)]
pub struct UserArguments {
    /// Print the result as JSON
    #[arg(long, global = true)]
    pub json: bool,
    /// What to do.
    #[command(subcommand)]
    pub verb: UserVerb,
}

/// What can be done with users.
#[derive(Debug, Subcommand)]
pub enum UserVerb {
    /// Add a user
    ///
    /// Without --password-stdin a temporary password is made and printed once; if there is an address, an invitation takes it to
    /// the first one. It opens nothing but the page where the person chooses a lasting one.
    #[command(after_help = "Examples:
  portero user add acme/ana --name 'Ana Martínez' --email ana@acme.example --app billing --group staff
  portero user add acme/root --name 'Root' --role operator --password-stdin < password.txt
  portero user add acme/ana --name 'Ana Martínez' --json | jq -r .temporary_password")]
    Add(AddUserArguments),
    /// List users
    #[command(after_help = "Examples:
  portero user list
  portero user list acme --json | jq -r '.[].username'
  portero user list --expiring 14d     whose passwords expire in two weeks, the first to expire first")]
    List {
        /// Only this organization's own users
        #[arg(value_name = "ORG")]
        organization: Option<OrganizationKey>,
        /// Only those whose passwords expire in so many days, unless they come before
        #[arg(long, value_name = "DAYS", value_parser = days)]
        expiring: Option<u32>,
    },
    /// Add all users of a file, or none
    ///
    /// CSV has a line of column names: username, and any of organization, name, email (several separated by semicolons), role, groups,
    /// applications, password_hash. An htpasswd file has username:hash. Every fault is told as FILE:LINE: what is wrong, and then
    /// nothing is taken in.
    ///
    /// Hashes of other systems go on working: bcrypt ($2a$, $2b$, $2y$), SHA-crypt ($5$, $6$), MD5-crypt ($apr1$, $1$), {SHA},
    /// {SSHA}, PBKDF2 as passlib and Django write it, Argon2. Each is replaced by Argon2id when its owner signs in. Who has no hash
    /// gets in by a way to recover the account; nobody is written to.
    ///
    /// While Portero runs it reads the file itself: its user must be allowed to.
    #[command(after_help = "Examples:
  portero user import people.csv --dry-run
  portero user import people.csv --organization acme
  portero user import /etc/apache2/.htpasswd --format htpasswd --organization acme
  portero user spread-expiry acme --over 30d     so that not all of them expire on one day")]
    Import(ImportUsersArguments),
    /// Let passwords that were taken in together expire over several days
    ///
    /// After an import all passwords count as set on one day, and those of people who never come expire on one day. This lets
    /// each count as set a little earlier, evenly over the days given: nobody's lasts longer than the rules say, none expires
    /// within 15 days because of it, and who has been here since is left alone.
    SpreadExpiry {
        /// The organization, not those below it
        #[arg(value_name = "ORG")]
        organization: OrganizationKey,
        /// Over so many days before the day on which they would expire
        #[arg(long, value_name = "DAYS", value_parser = days)]
        over: u32,
    },
    /// Show one user
    Show {
        /// The user
        #[arg(value_name = "ORG/USERNAME")]
        user: UserRef,
    },
    /// Open an account that was deactivated
    Activate {
        /// The user
        #[arg(value_name = "ORG/USERNAME")]
        user: UserRef,
    },
    /// Close an account: its sessions end at once
    Deactivate {
        /// The user
        #[arg(value_name = "ORG/USERNAME")]
        user: UserRef,
    },
    /// Forget the failed attempts that slow or close a sign-in
    Unlock {
        /// The user
        #[arg(value_name = "ORG/USERNAME")]
        user: UserRef,
    },
    /// Mail a temporary password to the main address; nobody but its reader learns it
    Recover {
        /// The user
        #[arg(value_name = "ORG/USERNAME")]
        user: UserRef,
    },
    /// End every session of a user
    EndSessions {
        /// The user
        #[arg(value_name = "ORG/USERNAME")]
        user: UserRef,
    },
    /// Replace the e-mail addresses
    #[command(after_help = "Examples:
  portero user set-email acme/ana ana@acme.example ana@home.example
  portero user set-email acme/ana --none")]
    SetEmail {
        /// The user
        #[arg(value_name = "ORG/USERNAME")]
        user: UserRef,
        /// All addresses from now on; applications are told the first
        #[arg(value_name = "ADDRESS", required_unless_present = "none", conflicts_with = "none")]
        emails: Vec<EmailAddress>,
        /// Remove every address
        #[arg(long)]
        none: bool,
        /// Why; it is written to the audit trail
        #[arg(long, value_name = "TEXT")]
        reason: Option<String>,
    },
    /// Change name, role, applications or groups
    ///
    /// What is not named stays. A change of rights ends the user's sessions.
    #[command(after_help = "Examples:
  portero user edit acme/ana --role admin
  portero user edit acme/ana --app billing --app crm     these two and no others
  portero user edit acme/ana --no-groups")]
    Edit(EditUserArguments),
    /// Remove an account for good: its sessions end at once
    Remove {
        /// The user
        #[arg(value_name = "ORG/USERNAME")]
        user: UserRef,
    },
}

/// After `portero user add`.
#[derive(Debug, Args)]
pub struct AddUserArguments {
    /// The organization's key, a slash, and the username
    #[arg(value_name = "ORG/USERNAME")]
    pub user: UserRef,
    /// What the person is called
    #[arg(long)]
    pub name: DisplayName,
    /// A registered address; may be repeated, applications are told the first
    #[arg(long = "email", value_name = "ADDRESS")]
    pub emails: Vec<EmailAddress>,
    /// What the person may administer
    #[arg(long, value_enum, default_value_t)]
    pub role: Role,
    /// An application the person may enter, by its id in the configuration; may be repeated
    #[arg(long = "app", value_name = "ID")]
    pub applications: Vec<ApplicationId>,
    /// A group the person belongs to; may be repeated
    #[arg(long = "group", value_name = "G")]
    pub groups: Vec<GroupName>,
    /// Read the lasting password from the first line of stdin
    #[arg(long)]
    pub password_stdin: bool,
}

/// After `portero user import`.
#[derive(Debug, Args)]
pub struct ImportUsersArguments {
    /// The file
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// How the file is written
    #[arg(long, value_enum, default_value_t = UserFileFormat::Csv)]
    pub format: UserFileFormat,
    /// The organization of the rows that name none
    #[arg(long, value_name = "KEY", required_if_eq("format", "htpasswd"))]
    pub organization: Option<OrganizationKey>,
    /// Only say whether the file could be taken in
    #[arg(long)]
    pub dry_run: bool,
}

/// After `portero user edit`.
#[derive(Debug, Args)]
#[group(skip)]
#[command(group = clap::ArgGroup::new("change").required(true).multiple(true)
    .args(["name", "role", "applications", "no_apps", "groups", "no_groups"]))]
pub struct EditUserArguments {
    /// The user
    #[arg(value_name = "ORG/USERNAME")]
    pub user: UserRef,
    /// What the person is called
    #[arg(long)]
    pub name: Option<DisplayName>,
    /// What the person may administer
    #[arg(long)]
    pub role: Option<Role>,
    /// An application the person may enter; may be repeated, all others are taken away
    #[arg(long = "app", value_name = "ID", conflicts_with = "no_apps")]
    pub applications: Vec<ApplicationId>,
    /// Take all applications away
    #[arg(long)]
    pub no_apps: bool,
    /// A group the person belongs to; may be repeated, the person leaves all others
    #[arg(long = "group", value_name = "G", conflicts_with = "no_groups")]
    pub groups: Vec<GroupName>,
    /// Take the person out of all groups
    #[arg(long)]
    pub no_groups: bool,
}

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

impl ValueEnum for Role {
    fn value_variants<'a>() -> &'a [Self] {
        &[Self::User, Self::Admin, Self::Operator]
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        let help = match self {
            Self::User => "nothing but the own account",
            Self::Admin => "an organization and all below it",
            Self::Operator => "everything",
        };
        Some(PossibleValue::new(self.as_str()).help(help))
    }
}

impl ValueEnum for UserFileFormat {
    fn value_variants<'a>() -> &'a [Self] {
        &[Self::Csv, Self::Htpasswd]
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        Some(match self {
            Self::Csv => PossibleValue::new("csv").help("columns, named by the first line"),
            Self::Htpasswd => PossibleValue::new("htpasswd").help("username:hash, as Apache writes it"),
        })
    }
}

/// Whole days, such as `14d`.
fn days(text: &str) -> Result<u32, &'static str> {
    const DAY: u64 = 24 * 60 * 60;
    let seconds = parse_duration(text).map(|duration| duration.as_secs());
    let days = seconds.filter(|seconds| *seconds > 0 && seconds.is_multiple_of(DAY)).map(|seconds| seconds / DAY);
    days.and_then(|days| u32::try_from(days).ok()).filter(|days| *days <= 36_500).ok_or("write whole days, such as 14d")
}

/// `inherit`, or a value of the organization's own.
fn setting<T, E>(text: &str, own: impl FnOnce(&str) -> Result<T, E>) -> Result<Setting<T>, E> {
    if text == "inherit" { Ok(Setting::Inherit) } else { own(text).map(Setting::Own) }
}

fn methods(text: &str) -> Result<Setting<BTreeSet<RecoveryMethod>>, &'static str> {
    let named = |name: &str| RecoveryMethod::ALL.into_iter().find(|method| method.as_str() == name.trim());
    setting(text, |text| match text {
        "none" => Ok(BTreeSet::new()),
        _ => text.split(',').map(named).collect::<Option<_>>().ok_or(
            "write some of reset-link, rescue-code, temporary-password and secret-question, separated by commas",
        ),
    })
}

fn yes_or_no(text: &str) -> Result<Setting<bool>, &'static str> {
    setting(text, |text| text.parse().map_err(|_| "write true, false or inherit"))
}

fn password_rules(text: &str) -> Result<Setting<PasswordRules>, &'static str> {
    setting(text, |text| match text {
        "configured" => Ok(PasswordRules::Configured),
        "modern" => Ok(PasswordRules::Modern),
        _ => Err("write configured, modern or inherit"),
    })
}

fn sender_name(text: &str) -> Result<Setting<DisplayName>, NameError> {
    setting(text, str::parse)
}

fn encryption(text: &str) -> Result<MailEncryption, &'static str> {
    match text {
        "starttls" => Ok(MailEncryption::StartTls),
        "implicit" => Ok(MailEncryption::Implicit),
        "none" => Ok(MailEncryption::None),
        _ => Err("write starttls, implicit or none"),
    }
}

/// A key that parses, as it was written.
fn written_key(text: &str) -> Result<String, NameError> {
    text.parse::<OrganizationKey>().map(|_| text.to_owned())
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;
    use clap::error::ErrorKind;

    use super::*;

    fn parse(line: &[&str]) -> Result<Arguments, clap::Error> {
        Arguments::try_parse_from(std::iter::once(&"portero").chain(line))
    }

    fn refusal(line: &[&str]) -> String {
        let error = parse(line).expect_err("a usage error");
        assert_eq!(error.exit_code(), 2, "{line:?}");
        error.to_string()
    }

    #[test]
    fn the_declarations_hold_together() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn every_command_takes_the_configuration_file_before_or_after() {
        for line in [
            &["run"][..],
            &["demo"],
            &["check"],
            &["org", "list"],
            &["org", "mail-test", "acme", "--to", "a@x.mx"],
            &["org", "mail-server", "acme", "--none"],
            &["user", "list"],
            &["user", "show", "acme/ana"],
            &["key", "rotate"],
            &["backup", "x"],
            &["restore", "x"],
            &["export", "-"],
            &["import", "-"],
            &["audit"],
        ] {
            let after = [line, &["--config", "x.toml"]].concat();
            assert_eq!(parse(&after).expect("parses").config, PathBuf::from("x.toml"), "{line:?}");
            let before = [&["--config", "x.toml"], line].concat();
            assert_eq!(parse(&before).expect("parses").config, PathBuf::from("x.toml"), "{line:?}");
            assert_eq!(parse(line).expect("parses").config, PathBuf::from("config.toml"), "{line:?}");
        }
    }

    #[test]
    fn a_user_is_described_in_full() {
        let line = [
            "user",
            "add",
            "ACME/Ana",
            "--name",
            "Ana M",
            "--email",
            "a@x.mx",
            "--email",
            "b@x.mx",
            "--role",
            "admin",
            "--app",
            "billing",
            "--group",
            "staff",
            "--password-stdin",
            "--json",
        ];
        let Command::User(UserArguments { json: true, verb: UserVerb::Add(add) }) =
            parse(&line).expect("parses").command
        else {
            panic!("user add --json");
        };
        assert_eq!(add.user.to_string(), "acme/ana");
        assert_eq!(add.emails.len(), 2);
        assert_eq!(add.role, Role::Admin);
        assert!(add.password_stdin);
    }

    #[test]
    fn malformed_names_are_usage_errors_that_say_what_to_write() {
        for (line, hint) in [
            (&["user", "show", "ana"][..], "a slash and the username, such as acme/ana"),
            (&["user", "show", "acme/"], "ORG/USERNAME"),
            (&["user", "show", "acme/a b"], "a username has 1 to 64"),
            (&["user", "show", "a/ana"], "an organization key has 2 to 32"),
            (&["org", "add", "x", "--name", "X"], "an organization key has 2 to 32"),
            (&["org", "add", "acme", "--name", ""], "a name has 1 to 128"),
            (&["user", "set-email", "acme/ana", "nobody"], "name@example.com"),
            (&["user", "add", "acme/ana", "--name", "A", "--role", "root"], "operator"),
            (&["user", "add", "acme/ana", "--name", "A", "--app", "Billing"], "lower-case"),
            (&["user", "add", "acme/ana", "--name", "A", "--group", "a,b"], "without commas"),
        ] {
            let message = refusal(line);
            assert!(message.contains(hint), "{line:?}: {message}");
        }
    }

    #[test]
    fn an_incomplete_or_contradictory_line_is_a_usage_error() {
        for line in [
            &["org"][..],
            &["user", "add", "acme/ana"],
            &["user", "edit", "acme/ana"],
            &["user", "list", "--expiring", "36h"],
            &["user", "list", "--expiring", "0d"],
            &["user", "import", "people", "--format", "htpasswd"],
            &["user", "spread-expiry", "acme"],
            &["user", "edit", "acme/ana", "--app", "x", "--no-apps"],
            &["user", "set-email", "acme/ana"],
            &["user", "set-email", "acme/ana", "a@x.mx", "--none"],
            &["demo", "--port", "70000"],
            &["run", "--json"],
            &["backup"],
            &["audit", "--since", "yesterday"],
            &["audit", "--since", "2026-11-01T"],
            &["fly"],
            &["org", "set", "acme"],
            &["org", "set", "acme", "--recovery", "telepathy"],
            &["org", "mail-server", "acme"],
            &["org", "mail-server", "acme", "--none", "--host", "x"],
            &["org", "mail-server", "acme", "--host", "x", "--sender", "a@x.mx", "--port", "0"],
            &["org", "mail-test", "acme"],
        ] {
            refusal(line);
        }
        assert_eq!(parse(&["--help"]).expect_err("help").kind(), ErrorKind::DisplayHelp);
        assert_eq!(parse(&["--version"]).expect_err("version").exit_code(), 0);
    }
}
