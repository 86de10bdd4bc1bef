//! What can be asked for. The serialized form is what travels over the control socket.

use std::collections::BTreeSet;
use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use secrecy::SecretString;
use serde::{Deserialize, Serialize};

use super::{EditOrganization, NewMailServer};
use super::{ExpiringPage, SpreadExpiry, UserFile};

use crate::domain::Timestamp;
use crate::domain::audit::{AuditAction, AuditPlace, AuditReason};
use crate::domain::ids::{MailId, UserId};
use crate::domain::names::{ApplicationId, DisplayName, EmailAddress, GroupName, NameError, OrganizationKey, Username};
use crate::domain::search::SearchPlace;
use crate::domain::user::Role;
use crate::store::archive::Form;

/// The most users in one [`Request::ListUsers`].
pub const PAGE_LIMIT: usize = 500;

/// The most characters of a reason that are kept.
const MAX_NOTE: usize = 300;

/// One administrative act.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Request {
    /// Adds an organization.
    AddOrganization(NewOrganization),
    /// All organizations, by key.
    ListOrganizations,
    /// One organization, with what it settles.
    ShowOrganization(OrganizationKey),
    /// Renames an organization, or changes what it settles.
    EditOrganization(Box<EditOrganization>),
    /// Sets an organization's mail server.
    SetMailServer {
        /// Whose.
        organization: OrganizationKey,
        /// The server; `None` for the nearest one up the tree.
        server: Option<Box<NewMailServer>>,
    },
    /// Sends a message through the mail server that is in force for an organization.
    TestMail {
        /// Whose.
        organization: OrganizationKey,
        /// To which address; `None` for the actor's own.
        to: Option<EmailAddress>,
    },
    /// Adds a user.
    AddUser(Box<NewUser>),
    /// Some users, in the order of organization and username.
    ListUsers(UserPage),
    /// Users of an organization, by what is known of them.
    FindUsers(UserSearch),
    /// One user.
    ShowUser(UserRef),
    /// Everything that whoever looks after an account wants to know of it.
    ShowAccount(UserRef),
    /// Opens an account again.
    Activate(UserRef),
    /// Closes an account and ends its sessions.
    Deactivate(UserRef),
    /// Forgets the failed attempts counted against an account.
    Unlock(UserRef),
    /// Replaces the registered addresses.
    SetEmails {
        /// Whose.
        user: UserRef,
        /// The new ones, the first being the one that applications are told.
        emails: Vec<EmailAddress>,
        /// Why; it is written down.
        #[serde(default)]
        reason: Option<String>,
    },
    /// Mails a temporary password to the main address.
    StartRecovery(UserRef),
    /// Makes a temporary password and tells it, at the machine itself.
    MakeTemporaryPassword(UserRef),
    /// Ends every session of a user.
    EndSessions(UserRef),
    /// Changes name or rights.
    EditUser(Box<EditUser>),
    /// Removes an account for good.
    RemoveUser(UserRef),
    /// Adds the users of a file: all of them, or none.
    ImportUsers(UserFile),
    /// The first users of an organization, for whoever carries all of them away: it is written down. [`Request::ListUsers`] has
    /// the rest.
    ExportUsers(OrganizationKey),
    /// Some users whose passwords expire soon, in the order of organization and username.
    ListExpiring(ExpiringPage),
    /// Lets passwords that would expire on one day expire over several.
    SpreadExpiry(SpreadExpiry),
    /// All signing keys, newest first.
    ListKeys,
    /// Replaces the signing key.
    RotateKey,
    /// Messages that wait or were given up.
    ListMail,
    /// Has a message tried anew, at once.
    RetryMail(MailId),
    /// Drops a message.
    DropMail(MailId),
    /// Writes everything to a file.
    Archive {
        /// With a seal or without.
        form: Form,
        /// An absolute path, for whoever holds the store. What is there is replaced.
        path: PathBuf,
    },
    /// Some of the audit trail, oldest first.
    Audit(AuditQuery),
}

/// Which events to tell.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AuditQuery {
    /// About this user only: the account, and whatever was tried under its name.
    pub user: Option<UserRef>,
    /// Events of this action only.
    #[serde(default)]
    pub action: Option<AuditAction>,
    /// Events that ended so only.
    #[serde(default)]
    pub reason: Option<AuditReason>,
    /// Of this moment and later.
    pub since: Timestamp,
    /// After this one.
    pub after: Option<AuditPlace>,
    /// How many; [`PAGE_LIMIT`] at most.
    pub limit: usize,
}

/// An organization to be added.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewOrganization {
    /// The key as its sysadmin writes it.
    pub key: String,
    /// What people call it.
    pub name: DisplayName,
    /// The organization above.
    pub parent: Option<OrganizationKey>,
}

/// A user to be added.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewUser {
    /// Organization and username.
    pub user: UserRef,
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
    /// The lasting password; `None` for a temporary one that Portero makes.
    #[serde(with = "revealed")]
    pub password: Option<SecretString>,
}

/// Changes to a user; what is `None` stays.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EditUser {
    /// Whose.
    pub user: UserRef,
    /// The new name.
    pub name: Option<DisplayName>,
    /// The new role.
    pub role: Option<Role>,
    /// All applications from now on.
    pub applications: Option<BTreeSet<ApplicationId>>,
    /// All groups from now on.
    pub groups: Option<BTreeSet<GroupName>>,
}

/// Which users to list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UserPage {
    /// Of this organization only, not of those below it; `None` for all.
    pub organization: Option<OrganizationKey>,
    /// After this one.
    pub after: Option<UserRef>,
    /// How many; [`PAGE_LIMIT`] at most.
    pub limit: usize,
}

impl EditUser {
    /// What changes, in one line.
    fn summary(&self) -> String {
        let list = |items: Vec<&str>| if items.is_empty() { "none".to_owned() } else { items.join(", ") };
        let parts = [
            self.name.as_ref().map(|name| format!("name {name}")),
            self.role.map(|role| format!("role {}", role.as_str())),
            self.applications
                .as_ref()
                .map(|ids| format!("applications {}", list(ids.iter().map(|id| id.as_str()).collect()))),
            self.groups
                .as_ref()
                .map(|names| format!("groups {}", list(names.iter().map(|name| name.as_str()).collect()))),
        ];
        parts.into_iter().flatten().collect::<Vec<_>>().join("; ")
    }
}

impl UserPage {
    /// The first page of everybody of one organization.
    pub const fn all_of(organization: OrganizationKey) -> Self {
        Self { organization: Some(organization), after: None, limit: PAGE_LIMIT }
    }
}

/// Which users to find.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UserSearch {
    /// In this organization only, not in those below it.
    pub organization: OrganizationKey,
    /// Words that must all fit: each begins the username, a word of the name or an address. Nobody is found by none.
    pub words: String,
    /// Where the search before stopped.
    pub after: Option<SearchPlace>,
    /// How many; [`PAGE_LIMIT`] at most.
    pub limit: usize,
}

/// Names one user: `ORG/USERNAME`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct UserRef {
    /// The organization.
    pub organization: OrganizationKey,
    /// The username in it.
    pub username: Username,
}

/// Why a text does not name a user.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum MalformedUserRef {
    /// There is no slash.
    #[error("write the organization's key, a slash and the username, such as acme/ana")]
    NoSlash,
    /// A part is not what it should be.
    #[error("{0}; write ORG/USERNAME, such as acme/ana")]
    Name(#[from] NameError),
}

impl fmt::Display for UserRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.organization, self.username)
    }
}

impl FromStr for UserRef {
    type Err = MalformedUserRef;

    fn from_str(text: &str) -> Result<Self, MalformedUserRef> {
        let (organization, username) = text.split_once('/').ok_or(MalformedUserRef::NoSlash)?;
        Ok(Self { organization: organization.parse()?, username: username.parse()? })
    }
}

impl TryFrom<String> for UserRef {
    type Error = MalformedUserRef;

    fn try_from(text: String) -> Result<Self, MalformedUserRef> {
        text.parse()
    }
}

impl From<UserRef> for String {
    fn from(user: UserRef) -> Self {
        user.to_string()
    }
}

/// What an act is about, as the audit trail tells it.
#[derive(Debug, Default)]
pub(super) struct Subject {
    /// The action; `None` for mere looking, which leaves no event.
    pub(super) action: Option<AuditAction>,
    /// The organization named, in canonical form.
    pub(super) organization: Option<String>,
    /// The username named, in canonical form.
    pub(super) username: Option<String>,
    /// The account, once it is found.
    pub(super) user: Option<UserId>,
    /// The reason given.
    pub(super) note: Option<String>,
}

/// Beside which other acts an act may be judged and done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Turn {
    /// Alone: it takes rights away, or gives them.
    Alone,
    /// Beside others of its kind, and not while rights change.
    Beside,
    /// Whenever: it only looks, or takes so long that nobody should wait for it.
    Whenever,
}

impl Request {
    /// When its turn is.
    pub(super) const fn turn(&self) -> Turn {
        match self {
            Self::EditUser(edit) if edit.role.is_some() || edit.applications.is_some() || edit.groups.is_some() => {
                Turn::Alone
            }
            Self::Activate(_) | Self::Deactivate(_) | Self::RemoveUser(_) => Turn::Alone,
            Self::AddOrganization(_)
            | Self::EditOrganization(_)
            | Self::SetMailServer { .. }
            | Self::AddUser(_)
            | Self::Unlock(_)
            | Self::SetEmails { .. }
            | Self::StartRecovery(_)
            | Self::MakeTemporaryPassword(_)
            | Self::EndSessions(_)
            | Self::EditUser(_)
            | Self::RotateKey
            | Self::RetryMail(_)
            | Self::DropMail(_) => Turn::Beside,
            Self::ListOrganizations
            | Self::ShowOrganization(_)
            | Self::TestMail { .. }
            | Self::ListUsers(_)
            | Self::FindUsers(_)
            | Self::ShowUser(_)
            | Self::ShowAccount(_)
            | Self::ImportUsers(_)
            | Self::ExportUsers(_)
            | Self::ListExpiring(_)
            | Self::SpreadExpiry(_)
            | Self::ListKeys
            | Self::ListMail
            | Self::Archive { .. }
            | Self::Audit(_) => Turn::Whenever,
        }
    }

    /// Whether it may take as long as the whole store is large.
    pub(crate) const fn takes_long(&self) -> bool {
        matches!(self, Self::Archive { .. } | Self::ImportUsers(_) | Self::SpreadExpiry(_))
    }

    /// What this act is about, as far as the request tells.
    pub(super) fn subject(&self) -> Subject {
        let about = |action, user: &UserRef| Subject {
            action: Some(action),
            organization: Some(user.organization.to_string()),
            username: Some(user.username.to_string()),
            ..Subject::default()
        };
        let whole = |action, key: &OrganizationKey| Subject {
            action: Some(action),
            organization: Some(key.to_string()),
            ..Subject::default()
        };
        let did = |subject, what: &str| Subject { note: note(what), ..subject };
        let look = |user: &UserRef| Subject { action: None, ..about(AuditAction::Look, user) };
        match self {
            Self::AddOrganization(new) => Subject {
                action: Some(AuditAction::AddOrganization),
                // What is no key has no canonical form, and nothing that was merely typed belongs in the trail.
                organization: new.key.parse::<OrganizationKey>().ok().map(String::from),
                ..Subject::default()
            },
            Self::AddUser(new) if new.role > Role::User => {
                did(about(AuditAction::AddUser, &new.user), &format!("role {}", new.role.as_str()))
            }
            Self::AddUser(new) => about(AuditAction::AddUser, &new.user),
            Self::Activate(user) => did(about(AuditAction::ChangeUser, user), "activated"),
            Self::Deactivate(user) => did(about(AuditAction::ChangeUser, user), "deactivated"),
            Self::Unlock(user) => did(about(AuditAction::ChangeUser, user), "security lock lifted"),
            Self::SetEmails { user, reason, .. } => {
                Subject { note: reason.as_deref().and_then(note), ..about(AuditAction::ChangeUser, user) }
            }
            Self::StartRecovery(user) => about(AuditAction::RequestTemporaryPassword, user),
            Self::MakeTemporaryPassword(user) => {
                did(about(AuditAction::RequestTemporaryPassword, user), "told at the machine")
            }
            Self::EndSessions(user) => about(AuditAction::EndSessions, user),
            Self::EditOrganization(edit) => whole(AuditAction::ChangeOrganization, &edit.organization),
            Self::SetMailServer { organization, .. } => whole(AuditAction::ChangeOrganization, organization),
            Self::TestMail { organization, .. } => whole(AuditAction::TestMail, organization),
            Self::EditUser(edit) => did(about(AuditAction::ChangeUser, &edit.user), &edit.summary()),
            Self::RemoveUser(user) => about(AuditAction::RemoveUser, user),
            Self::Archive { form: Form::Backup, .. } => {
                Subject { action: Some(AuditAction::BackUp), ..Subject::default() }
            }
            Self::Archive { form: Form::Export, .. } => {
                Subject { action: Some(AuditAction::Export), ..Subject::default() }
            }
            Self::ImportUsers(UserFile { organization, dry_run: false, .. }) => Subject {
                action: Some(AuditAction::ImportUsers),
                organization: organization.as_ref().map(ToString::to_string),
                ..Subject::default()
            },
            Self::ExportUsers(key) => whole(AuditAction::ExportUsers, key),
            Self::SpreadExpiry(spread) => Subject {
                action: Some(AuditAction::ChangeUser),
                organization: Some(spread.organization.to_string()),
                ..Subject::default()
            },
            Self::RotateKey => Subject { action: Some(AuditAction::RotateKey), ..Subject::default() },
            Self::RetryMail(_) => Subject { action: Some(AuditAction::RetryMail), ..Subject::default() },
            Self::DropMail(_) => Subject { action: Some(AuditAction::DropMail), ..Subject::default() },
            Self::ShowUser(user) | Self::ShowAccount(user) => look(user),
            Self::Audit(AuditQuery { user: Some(user), .. }) => look(user),
            Self::ShowOrganization(key)
            | Self::ListUsers(UserPage { organization: Some(key), .. })
            | Self::FindUsers(UserSearch { organization: key, .. }) => {
                Subject { organization: Some(key.to_string()), ..Subject::default() }
            }
            Self::ImportUsers(UserFile { dry_run: true, .. })
            | Self::ListExpiring(_)
            | Self::ListOrganizations
            | Self::ListUsers(_)
            | Self::ListKeys
            | Self::ListMail
            | Self::Audit(_) => Subject::default(),
        }
    }
}

/// A reason, or what was done, as the trail keeps it: one line, cut to [`MAX_NOTE`] characters.
pub(super) fn note(text: &str) -> Option<String> {
    let words = text.split(|c: char| c.is_control() || c.is_whitespace()).filter(|word| !word.is_empty());
    let line: String = words.collect::<Vec<_>>().join(" ").chars().take(MAX_NOTE).collect();
    (!line.is_empty()).then_some(line)
}

/// A secret that has to travel: written in clear, read back into its wrapper. Only the control socket serializes requests and
/// answers, and it wipes what it wrote.
pub(super) mod revealed {
    use secrecy::{ExposeSecret, SecretString};
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    pub(in super::super) fn serialize<S: Serializer>(secret: &Option<SecretString>, to: S) -> Result<S::Ok, S::Error> {
        secret.as_ref().map(ExposeSecret::expose_secret).serialize(to)
    }

    pub(in super::super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Option<SecretString>, D::Error> {
        Ok(Option::<String>::deserialize(from)?.map(SecretString::from))
    }
}
