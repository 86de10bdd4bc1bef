//! What can be wrong with a file of users. A terminal is told in English; a page finds its own words by [`RowFault::code`].

use super::UserRef;
use crate::domain::names::{ApplicationId, GroupName, OrganizationKey};
use crate::domain::user::MAX_EMAILS;

/// One fault of a file or of a row. What stands where a hash should is never repeated: it may be a password.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RowFault {
    /// There are no rows.
    #[error("there is nobody in the file")]
    Nobody,
    /// More rows than are taken from a person at once.
    #[error("there are more than {0} rows; send them in several files, or use the command line")]
    TooManyRows(usize),
    /// Bytes that are no text.
    #[error("this is not UTF-8; save the file in UTF-8")]
    NotUtf8,
    /// Text that is no table.
    #[error("this is not CSV: {0}")]
    NotCsv(String),
    /// Too few fields, or too many.
    #[error("the row has {has} fields, and the heading {wanted}")]
    Width {
        /// Those of the row.
        has: usize,
        /// Those of the heading.
        wanted: usize,
    },
    /// The heading names what is no column.
    #[error("there is no column {name:?}; the first line names some of {}", columns.join(", "))]
    UnknownColumn {
        /// What it names.
        name: String,
        /// What there is.
        columns: Vec<&'static str>,
    },
    /// The heading names a column again.
    #[error("the column {0:?} stands twice")]
    RepeatedColumn(String),
    /// Nobody can be named.
    #[error("the first line does not name the column username; it names some of {}", .0.join(", "))]
    NoUsernames(Vec<&'static str>),
    /// Not as `htpasswd` writes.
    #[error("this is no username, colon and hash")]
    NotHtpasswd,
    /// No organization in the row, nor beside the file.
    #[error("the row names no organization; write its key, or name one with --organization")]
    NoOrganization,
    /// A field that does not hold what its column is for.
    #[error("{field} {value:?}: {why}")]
    Value {
        /// The column.
        field: &'static str,
        /// What stands there.
        value: String,
        /// What is wrong with it.
        why: String,
    },
    /// More addresses than an account has.
    #[error("an account has at most {MAX_EMAILS} e-mail addresses")]
    TooManyEmails,
    /// More values than a field may have.
    #[error("{0}: there are too many of them")]
    TooMany(&'static str),
    /// No role.
    #[error("role: {0:?} is none; write user, admin or operator")]
    Role(String),
    /// No status.
    #[error("status: {0:?} is none; write active or deactivated")]
    Status(String),
    /// No hash that could ever be verified.
    #[error("password_hash: {0}")]
    Hash(&'static str),
    /// The organization does not exist, or lies outside the branch of whoever asks.
    #[error("there is no organization {0}; add it first")]
    UnknownOrganization(OrganizationKey),
    /// The file names somebody twice.
    #[error("the user {user} stands on line {line}, too")]
    Repeated {
        /// Whom.
        user: UserRef,
        /// Where first.
        line: u64,
    },
    /// The username is somebody's.
    #[error("there is already a user {0}; take the row out, or choose another username")]
    Taken(UserRef),
    /// Nobody but the machine's administrator takes in passwords: whoever chooses one can sign in as somebody else.
    #[error("password hashes are taken in on the command line alone; leave the column out")]
    ForeignHash,
    /// Without a password and an address there is no way in.
    #[error("the row has no e-mail address; without one the person has no way in")]
    NoAddress,
    /// A role above that of whoever asks.
    #[error("you cannot give the role {0:?}")]
    ForeignRole(&'static str),
    /// A group that whoever asks is not in.
    #[error("you cannot give the group {0}: you are not in it")]
    ForeignGroup(GroupName),
    /// The configuration has no such application.
    #[error("there is no application {0}")]
    UnknownApplication(ApplicationId),
}

/// The most characters of a file that a fault repeats.
const REPEATED: usize = 80;

/// The beginning of what stands in the file, enough to find it.
pub(super) fn beginning(text: &str) -> String {
    match text.char_indices().nth(REPEATED) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

impl RowFault {
    /// A stable name.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Nobody => "nobody",
            Self::TooManyRows(_) => "too-many-rows",
            Self::NotUtf8 => "not-utf8",
            Self::NotCsv(_) => "not-csv",
            Self::Width { .. } => "width",
            Self::UnknownColumn { .. } => "unknown-column",
            Self::RepeatedColumn(_) => "repeated-column",
            Self::NoUsernames(_) => "no-usernames",
            Self::NotHtpasswd => "not-htpasswd",
            Self::NoOrganization => "no-organization",
            Self::Value { .. } => "value",
            Self::TooManyEmails => "too-many-emails",
            Self::TooMany(_) => "too-many",
            Self::Role(_) => "role",
            Self::Status(_) => "status",
            Self::Hash(_) => "hash",
            Self::UnknownOrganization(_) => "unknown-organization",
            Self::Repeated { .. } => "repeated",
            Self::Taken(_) => "taken",
            Self::ForeignHash => "foreign-hash",
            Self::NoAddress => "no-address",
            Self::ForeignRole(_) => "foreign-role",
            Self::ForeignGroup(_) => "foreign-group",
            Self::UnknownApplication(_) => "unknown-application",
        }
    }

    /// What it is about: what stands in the file, or whom or what it names. Empty where there is nothing to name.
    pub fn about(&self) -> String {
        match self {
            Self::UnknownColumn { name, .. } | Self::RepeatedColumn(name) => name.clone(),
            Self::Value { field, value, .. } => format!("{field}: {value}"),
            Self::Role(text) | Self::Status(text) => text.clone(),
            Self::TooManyRows(most) => most.to_string(),
            Self::TooMany(field) => (*field).to_owned(),
            Self::UnknownOrganization(key) => key.to_string(),
            Self::Repeated { user, line } => format!("{user}, {line}"),
            Self::Taken(user) => user.to_string(),
            Self::ForeignRole(role) => (*role).to_owned(),
            Self::ForeignGroup(group) => group.to_string(),
            Self::UnknownApplication(id) => id.to_string(),
            Self::Width { has, wanted } => format!("{has}/{wanted}"),
            Self::Nobody
            | Self::NotUtf8
            | Self::NotCsv(_)
            | Self::NoUsernames(_)
            | Self::NotHtpasswd
            | Self::NoOrganization
            | Self::TooManyEmails
            | Self::Hash(_)
            | Self::ForeignHash
            | Self::NoAddress => String::new(),
        }
    }
}
