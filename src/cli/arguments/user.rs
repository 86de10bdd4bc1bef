//! What follows `portero user`: accounts, one by one and from a file.

use std::path::PathBuf;

use clap::builder::PossibleValue;
use clap::{Args, Subcommand, ValueEnum};

use crate::config::parse_duration;
use crate::domain::names::{ApplicationId, DisplayName, EmailAddress, GroupName, OrganizationKey};
use crate::domain::user::Role;
use crate::flows::administer::{UserFileFormat, UserRef};

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
  portero user list acme --search 'ana mart'     by username, name or address
  portero user list --expiring 14d     whose passwords expire in two weeks, the first to expire first")]
    List {
        /// Only this organization's own users
        #[arg(value_name = "ORG")]
        organization: Option<OrganizationKey>,
        /// Only those whom all of these words fit: each begins the username, a word of the name (without regard to case and accents)
        /// or an address
        #[arg(long, value_name = "WORDS", requires = "organization", conflicts_with = "expiring")]
        search: Option<String>,
        /// Only those whose passwords expire in so many days, unless they come before
        #[arg(long, value_name = "DAYS", value_parser = days)]
        expiring: Option<u32>,
    },
    /// Print the users of an organization as a table
    ///
    /// CSV with the columns that `portero user import` takes in again; no passwords. A text that a spreadsheet would take for a formula
    /// is led by an apostrophe, which an import takes off again. `portero export` carries everything, with what is secret.
    #[command(after_help = "Examples:
  portero user export acme > people.csv")]
    Export {
        /// The organization; not those below it
        #[arg(value_name = "ORG")]
        organization: OrganizationKey,
    },
    /// Add all users of a file, or none
    ///
    /// CSV has a line of column names: username, and any of organization, name, email (several separated by semicolons), role,
    /// status, groups, applications, password_hash. An htpasswd file has username:hash. Every fault is told as FILE:LINE: what is wrong, and then
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
    ///
    /// With --print it is shown here this once instead, for whoever cannot be written to: the first operator, or when mail is down. It
    /// opens nothing but the page where the person chooses a lasting one.
    Recover {
        /// The user
        #[arg(value_name = "ORG/USERNAME")]
        user: UserRef,
        /// Show it here, and write to nobody
        #[arg(long)]
        print: bool,
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
