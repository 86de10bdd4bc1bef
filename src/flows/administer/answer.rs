//! What comes back: views of the domain's values, without hashes. The serialized form travels over the control socket and is
//! what `--json` prints, so a field's name is part of the public interface.

use std::collections::BTreeSet;
use std::path::PathBuf;

use secrecy::SecretString;
use serde::{Deserialize, Serialize};

use super::request::revealed;
use super::{AccountView, ExpiringView, ImportView, MailTestView, OrganizationDetails, SpreadView, UserRef};
use crate::domain::Timestamp;
use crate::domain::audit::{AuditEvent, AuditPlace, AuditReason};
use crate::domain::ids::{MailId, UserId};
use crate::domain::language::Language;
use crate::domain::mail::{Mail, MailFailure, MailKind, MailState};
use crate::domain::names::{ApplicationId, DisplayName, EmailAddress, GroupName, OrganizationKey, Username};
use crate::domain::organization::Organization;
use crate::domain::search::SearchPlace;
use crate::domain::signing_key::SigningKeyRecord;
use crate::domain::user::{Role, Status, User};

/// The answer to a request.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    /// The organization that was added.
    Organization(OrganizationView),
    /// All organizations, by key.
    Organizations(Vec<OrganizationView>),
    /// The user that was added.
    UserAdded {
        /// The user.
        user: Box<UserView>,
        /// The temporary password, if Portero made one. It is kept nowhere.
        #[serde(with = "revealed")]
        temporary_password: Option<SecretString>,
        /// The address that an invitation with it is on its way to.
        invited: Option<EmailAddress>,
    },
    /// A temporary password was made for a user who has been there.
    TemporaryPassword {
        /// The user.
        user: Box<UserView>,
        /// The password. It is kept nowhere.
        #[serde(with = "revealed")]
        temporary_password: Option<SecretString>,
    },
    /// The user as it is now (or, after a removal, as it was).
    User(Box<UserView>),
    /// Everything about one account.
    Account(Box<AccountView>),
    /// An organization with what it settles.
    Details(Box<OrganizationDetails>),
    /// How the test of a mail server ended.
    MailTest(MailTestView),
    /// A page of users.
    Users {
        /// The users.
        users: Vec<UserView>,
        /// Whether there are more after the last one.
        more: bool,
    },
    /// Users who were found.
    Found {
        /// The users; there may be fewer than asked for, even none, before the end.
        users: Vec<UserView>,
        /// Where to go on; `None` at the end.
        next: Option<SearchPlace>,
    },
    /// What was taken in from a file, or could be.
    Imported(ImportView),
    /// Users whose passwords expire soon.
    Expiring {
        /// The users.
        users: Vec<ExpiringView>,
        /// Where to go on; `None` at the end.
        after: Option<UserRef>,
    },
    /// What became of passwords that would have expired on one day.
    Spread(SpreadView),
    /// The new signing key.
    Key(KeyView),
    /// All signing keys, newest first.
    Keys(Vec<KeyView>),
    /// The message as it is now.
    Mail(Box<MailView>),
    /// Messages that were given up, then those that wait.
    Mails(Vec<MailView>),
    /// The file that was written.
    Archive(ArchiveView),
    /// Some events, oldest first.
    Audit {
        /// The events.
        events: Vec<AuditView>,
        /// Where to go on.
        after: Option<AuditPlace>,
        /// Whether there may be more there.
        more: bool,
    },
}

impl Answer {
    /// What the audit trail says of it.
    pub(super) const fn audit_reason(&self) -> Option<AuditReason> {
        match self {
            Self::MailTest(MailTestView { trouble: Some(_), .. }) => Some(AuditReason::Failed),
            _ => Some(AuditReason::Ok),
        }
    }
}

/// A backup or an export.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ArchiveView {
    /// Where it is.
    pub path: PathBuf,
    /// The moment that its content is of.
    pub made_at: Timestamp,
    /// How much is in it.
    pub records: u64,
    /// How large it is.
    pub bytes: u64,
}

/// An event of the audit trail.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditView {
    /// Where it stands.
    pub place: AuditPlace,
    /// The event.
    pub event: AuditEvent,
}

/// An organization.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrganizationView {
    /// Canonical key.
    pub key: OrganizationKey,
    /// The key as it was written.
    pub written_key: String,
    /// What people call it.
    pub name: DisplayName,
    /// The organization above.
    pub parent: Option<OrganizationKey>,
    /// When it was added.
    pub created_at: Timestamp,
}

/// A user.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UserView {
    /// For life: the `sub` of assertions.
    pub id: UserId,
    /// The organization.
    pub organization: OrganizationKey,
    /// The username in it.
    pub username: Username,
    /// What the person is called.
    pub name: DisplayName,
    /// Registered addresses.
    pub emails: Vec<EmailAddress>,
    /// What the person may administer.
    pub role: Role,
    /// Assigned applications.
    pub applications: BTreeSet<ApplicationId>,
    /// Groups.
    pub groups: BTreeSet<GroupName>,
    /// Whether the account may be used.
    pub status: Status,
    /// The language chosen.
    pub language: Option<Language>,
    /// When the account was made.
    pub created_at: Timestamp,
    /// Last authenticated request, at a coarse grain.
    pub last_active_at: Option<Timestamp>,
    /// The lasting password, if one was set.
    pub password: Option<PasswordView>,
    /// The temporary password, if one is still good.
    pub temporary_password: Option<TemporaryPasswordView>,
    /// Until when sign-in with password is closed after too many failures, if it is.
    #[serde(default)]
    pub locked_until: Option<Timestamp>,
}

/// What is known of an account beside the account itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Trace {
    /// Last authenticated request.
    pub last_active_at: Option<Timestamp>,
    /// Until when sign-in with password is closed.
    pub locked_until: Option<Timestamp>,
}

/// What may be told about a password.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct PasswordView {
    /// When it was set.
    pub changed_at: Timestamp,
}

/// What may be told about a temporary password.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct TemporaryPasswordView {
    /// When it stops working.
    pub expires_at: Timestamp,
    /// Tries that are left.
    pub tries_left: u8,
}

/// A signing key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyView {
    /// The `kid`.
    pub kid: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it stopped signing; `None` for the one that signs.
    pub retired_at: Option<Timestamp>,
}

/// A message in the outbox.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MailView {
    /// Its name.
    pub id: MailId,
    /// What it is about.
    pub kind: MailKind,
    /// Whom it is written to.
    pub to: EmailAddress,
    /// Whose account it is about, if there is still one.
    pub user: Option<UserRef>,
    /// How far it is.
    pub status: MailStatus,
    /// When it was put in.
    pub created_at: Timestamp,
    /// From when on it is of no use.
    pub useful_until: Option<Timestamp>,
    /// Tries that failed.
    pub tries: u32,
    /// The next try.
    pub next_try_at: Option<Timestamp>,
    /// The last failure.
    pub failure: Option<MailFailure>,
}

/// How far a message is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MailStatus {
    /// It waits for a try, or is under way.
    Waiting,
    /// It was delivered.
    Delivered,
    /// It was given up.
    Dead,
    /// It was dropped.
    Dropped,
}

impl MailView {
    /// What may be told of a message about `user`.
    pub fn new(mail: Mail, user: Option<&User>) -> Self {
        let (status, next_try_at) = match mail.state {
            MailState::Waiting { due } => (MailStatus::Waiting, Some(due)),
            MailState::Delivered { .. } => (MailStatus::Delivered, None),
            MailState::Dead { .. } => (MailStatus::Dead, None),
            MailState::Dropped { .. } => (MailStatus::Dropped, None),
        };
        let reference =
            |user: &User| UserRef { organization: user.organization.clone(), username: user.username.clone() };
        Self {
            id: mail.id,
            kind: mail.kind,
            to: mail.to,
            user: user.map(reference),
            status,
            created_at: mail.created_at,
            useful_until: mail.useful_until,
            tries: mail.tries,
            next_try_at,
            failure: mail.failure,
        }
    }
}

impl From<Organization> for OrganizationView {
    fn from(organization: Organization) -> Self {
        let Organization { key, written_key, name, parent, created_at, settings: _ } = organization;
        Self { key, written_key, name, parent, created_at }
    }
}

impl UserView {
    /// What may be told of `user` at `now`.
    pub fn new(user: User, trace: Trace, now: Timestamp) -> Self {
        let Trace { last_active_at, locked_until } = trace;
        let temporary = user.temporary.filter(|temporary| temporary.is_open(now));
        Self {
            id: user.id,
            organization: user.organization,
            username: user.username,
            name: user.name,
            emails: user.emails,
            role: user.role,
            applications: user.applications,
            groups: user.groups,
            status: user.status,
            language: user.language,
            created_at: user.created_at,
            last_active_at,
            password: user.password.map(|password| PasswordView { changed_at: password.changed_at }),
            temporary_password: temporary.map(|temporary| TemporaryPasswordView {
                expires_at: temporary.expires_at,
                tries_left: temporary.tries_left,
            }),
            locked_until,
        }
    }

    /// How the command line names this user.
    pub fn reference(&self) -> UserRef {
        UserRef { organization: self.organization.clone(), username: self.username.clone() }
    }
}

impl From<&SigningKeyRecord> for KeyView {
    fn from(key: &SigningKeyRecord) -> Self {
        Self { kid: key.kid.clone(), created_at: key.created_at, retired_at: key.retired_at }
    }
}
