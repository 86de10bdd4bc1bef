//! Why an act was refused, in words that say what to do.

use std::path::PathBuf;

use super::{FileFaults, UserRef};
use crate::domain::audit::AuditReason;
use crate::domain::ids::MailId;
use crate::domain::names::{ApplicationId, GroupName, NameError, OrganizationKey};
use crate::domain::organization::MAX_DEPTH;
use crate::domain::password::{MAX_LENGTH, Unmet};
use crate::domain::user::{ChangeRefused, MAX_EMAILS};
use crate::store::StoreError;

/// Why an administrative act was not carried out.
#[derive(Debug, thiserror::Error)]
pub enum AdministerError {
    /// A name is not one.
    #[error(transparent)]
    Name(#[from] NameError),
    /// The organization's key is taken.
    #[error("there is already an organization {0}; choose another key")]
    OrganizationTaken(OrganizationKey),
    /// The parent does not exist.
    #[error("there is no organization {0} to put it under; add that one first")]
    UnknownParent(OrganizationKey),
    /// The tree would be too deep.
    #[error("organizations nest at most {MAX_DEPTH} levels deep; choose a parent further up")]
    TooDeep,
    /// The organization does not exist.
    #[error("there is no organization {0}; add it first, or look at the list of organizations")]
    UnknownOrganization(OrganizationKey),
    /// The username is taken.
    #[error("there is already a user {0}; choose another username")]
    UsernameTaken(UserRef),
    /// The user does not exist.
    #[error("there is no user {0}; look at the list of users")]
    UnknownUser(UserRef),
    /// Too many addresses.
    #[error("an account has at most {MAX_EMAILS} e-mail addresses; leave some out")]
    TooManyEmails,
    /// The password does not meet the policy.
    #[error("the password does not meet the policy:{}", list(.0))]
    Password(Vec<Unmet>),
    /// No such message.
    #[error("there is no message {0} that waits or was given up; see `portero mail list`")]
    UnknownMail(MailId),
    /// An edit that names nothing.
    #[error("nothing to change; name at least one of name, role, applications and groups")]
    NothingToChange,
    /// The actor lacks the right.
    #[error("this is not yours to do; ask an administrator further up")]
    NotAllowed,
    /// Nobody acts on the own rights, addresses or account.
    #[error("nobody changes the own rights, addresses or account here; ask another administrator")]
    Oneself,
    /// The act asks for the password again.
    #[error("give your password again first")]
    ConfirmFirst,
    /// An act that must be explained.
    #[error("say why: the reason is written down")]
    NoReason,
    /// There is no address to write to.
    #[error("there is no e-mail address to write to; register one first")]
    NoAddress,
    /// The account is closed.
    #[error("{0} is deactivated; activate it first")]
    Deactivated(UserRef),
    /// The configuration has no such application.
    #[error("the configuration has no application {0}; choose one that it has")]
    UnknownApplication(ApplicationId),
    /// A group that the actor is not in.
    #[error("you are not in the group {0} yourself, so you cannot put others into it")]
    ForeignGroup(GroupName),
    /// A mail server that cannot be.
    #[error("{}", .0.cure())]
    MailServer(MailServerFault),
    /// A message could not be written.
    #[error("the message could not be put together; see the log")]
    Letter(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// Somebody tried mail servers too often.
    #[error("there were too many trials; wait ten minutes")]
    TooOften,
    /// Too many passwords are waiting.
    #[error("too many passwords are waiting to be hashed; try again in a moment")]
    Overloaded,
    /// Somebody else changed the account in the same moment.
    #[error("somebody else changed {user} in the same moment; look at it and try again")]
    Conflict {
        /// The account.
        user: UserRef,
        /// What the domain said.
        #[source]
        source: ChangeRefused,
    },
    /// The signing keys failed.
    #[error("the signing keys cannot be used; see the log")]
    Keys(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The path of a file begins nowhere in particular.
    #[error("the path {} is not absolute; write it from the root folder on", .0.display())]
    RelativePath(PathBuf),
    /// The file could not be read.
    #[error(
        "{} could not be read by the process that holds the store (user id {}); put the file where that user may read it", .path.display(), .uid
    )]
    Unreadable {
        /// Which file.
        path: PathBuf,
        /// Who tried.
        uid: u32,
        /// Why not.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The file has faults.
    #[error("{0}")]
    FaultyFile(FileFaults),
    /// Where nothing expires, nothing can be spread.
    #[error("no password expires in {0}: neither the configuration nor the organization says so")]
    NothingExpires(OrganizationKey),
    /// Spread over more days than a password lasts.
    #[error("a password lasts {0} days there; write fewer days after --over")]
    SpreadTooFar(u64),
    /// The file could not be written.
    #[error("{} could not be written by the process that holds the store (user id {uid})", .path.display())]
    Archive {
        /// Which file.
        path: PathBuf,
        /// Who tried.
        uid: u32,
        /// Why not.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The act was carried out, but not written down.
    #[error("the change was made, but it could not be written to the audit trail")]
    NotAudited(#[source] StoreError),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// What is wrong with a mail server that was to be set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MailServerFault {
    /// The host is none.
    Host,
    /// The port is none.
    Port,
    /// The user name is too long, or more than one line.
    Username,
    /// The password would travel in clear.
    Clear,
}

impl MailServerFault {
    const fn code(self) -> &'static str {
        match self {
            Self::Host => "mail_server_host",
            Self::Port => "mail_server_port",
            Self::Username => "mail_server_username",
            Self::Clear => "mail_server_clear",
        }
    }

    const fn cure(self) -> &'static str {
        match self {
            Self::Host => "write the mail server's name or address, without port",
            Self::Port => "a port is a number from 1 to 65535",
            Self::Username => "the user name is one line of at most 254 characters",
            Self::Clear => "the mail password would travel in clear; choose starttls or implicit",
        }
    }
}

impl AdministerError {
    /// A stable code for scripts, logs and metrics.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Name(_) => "invalid_name",
            Self::OrganizationTaken(_) => "organization_taken",
            Self::UnknownParent(_) => "unknown_parent",
            Self::TooDeep => "too_deep",
            Self::UnknownOrganization(_) => "unknown_organization",
            Self::UsernameTaken(_) => "username_taken",
            Self::UnknownUser(_) => "unknown_user",
            Self::TooManyEmails => "too_many_emails",
            Self::Password(_) => "password_policy",
            Self::UnknownMail(_) => "unknown_mail",
            Self::NothingToChange => "nothing_to_change",
            Self::NotAllowed => "not_allowed",
            Self::Oneself => "oneself",
            Self::ConfirmFirst => "confirm_first",
            Self::NoReason => "no_reason",
            Self::NoAddress => "no_address",
            Self::Deactivated(_) => "deactivated",
            Self::UnknownApplication(_) => "unknown_application",
            Self::ForeignGroup(_) => "foreign_group",
            Self::MailServer(fault) => fault.code(),
            Self::Letter(_) => "letter",
            Self::TooOften => "throttled",
            Self::Overloaded => "overloaded",
            Self::Conflict { .. } => "conflict",
            Self::Keys(_) => "keys",
            Self::RelativePath(_) => "relative_path",
            Self::Archive { .. } => "archive",
            Self::Unreadable { .. } => "unreadable",
            Self::FaultyFile(_) => "faulty_file",
            Self::NothingExpires(_) => "nothing_expires",
            Self::SpreadTooFar(_) => "spread_too_far",
            Self::NotAudited(_) => "not_audited",
            Self::Store(error) => error.code(),
        }
    }

    /// What the audit trail says of it; `None` where nothing was judged because something broke.
    pub(super) const fn audit_reason(&self) -> Option<AuditReason> {
        match self {
            Self::Name(_) | Self::TooDeep | Self::TooManyEmails | Self::NothingToChange | Self::RelativePath(_) => {
                Some(AuditReason::Invalid)
            }
            Self::NotAllowed | Self::Oneself | Self::ForeignGroup(_) => Some(AuditReason::NotAllowed),
            Self::ConfirmFirst => Some(AuditReason::ConfirmFirst),
            Self::NoReason | Self::UnknownApplication(_) | Self::MailServer(_) => Some(AuditReason::Invalid),
            Self::NoAddress => Some(AuditReason::NoEmail),
            Self::Deactivated(_) => Some(AuditReason::Deactivated),
            Self::OrganizationTaken(_) | Self::UsernameTaken(_) => Some(AuditReason::Taken),
            Self::UnknownParent(_) | Self::UnknownOrganization(_) => Some(AuditReason::UnknownOrganization),
            Self::UnknownUser(_) => Some(AuditReason::UnknownUser),
            Self::UnknownMail(_) => Some(AuditReason::UnknownMail),
            Self::Password(_) => Some(AuditReason::Policy),
            Self::TooOften => Some(AuditReason::Throttled),
            Self::Overloaded => Some(AuditReason::Overloaded),
            Self::Conflict { .. } => Some(AuditReason::Conflict),
            Self::FaultyFile(_) | Self::NothingExpires(_) | Self::SpreadTooFar(_) => Some(AuditReason::Invalid),
            Self::Archive { .. } | Self::Unreadable { .. } => Some(AuditReason::Failed),
            Self::Keys(_) | Self::Letter(_) | Self::NotAudited(_) | Self::Store(_) => None,
        }
    }
}

/// One line for each unmet rule.
fn list(unmet: &[Unmet]) -> String {
    unmet.iter().map(|rule| format!("\n  - {}", describe(rule))).collect()
}

/// An unmet rule as an instruction.
fn describe(rule: &Unmet) -> String {
    match rule {
        Unmet::TooShort(least) => format!("use {least} characters or more"),
        Unmet::TooLong => format!("use {MAX_LENGTH} characters at most"),
        Unmet::Uppercase => "add an upper-case letter".to_owned(),
        Unmet::Lowercase => "add a lower-case letter".to_owned(),
        Unmet::Digit => "add a digit".to_owned(),
        Unmet::Special(any_of) => format!("add one of these: {any_of}"),
        Unmet::ContextWord => "leave out the username, the person's name and the organization's".to_owned(),
        Unmet::Common => "choose another one: this is among the commonest passwords".to_owned(),
        Unmet::Reused(remembered) => format!("choose another one: it is among the last {remembered} that were used"),
    }
}
