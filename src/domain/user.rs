//! Users: one person's account in one organization, and every change that can be made to it.
//!
//! A change is a value ([`UserChange`]); [`User::apply`] is the only place that carries one out. Stores call it inside their
//! atomic step, so every engine obeys the same laws: above all, which changes end the user's sessions.

mod recovery;

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::Timestamp;
use super::ids::UserId;
use super::language::Language;
use super::names::{ApplicationId, DisplayName, EmailAddress, GroupName, OrganizationKey, Username};
use super::password::PasswordHash;
use super::recovery::{Recovery, TemporaryPassword};
use super::session::EndReason;

pub use recovery::RecoveryChange;

/// The most addresses one account may have.
pub const MAX_EMAILS: usize = 8;

/// A user as the store keeps it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct User {
    /// For life.
    pub id: UserId,
    /// The organization the account belongs to.
    pub organization: OrganizationKey,
    /// Canonical; unique in the organization.
    pub username: Username,
    /// What the person is called.
    pub name: DisplayName,
    /// Registered addresses; the first is the one applications are told.
    pub emails: Vec<EmailAddress>,
    /// What the person may administer.
    pub role: Role,
    /// Applications assigned to the person.
    pub applications: BTreeSet<ApplicationId>,
    /// Groups the person belongs to.
    pub groups: BTreeSet<GroupName>,
    /// Whether the account may be used at all.
    pub status: Status,
    /// The language the person chose, if ever.
    pub language: Option<Language>,
    /// When the account was made.
    pub created_at: Timestamp,
    /// The lasting password; `None` until the person has set one.
    pub password: Option<Password>,
    /// The hashes before the present one, newest first, so that they are not used again.
    pub password_history: Vec<PasswordHash>,
    /// A temporary password, beside the lasting one.
    pub temporary: Option<TemporaryPassword>,
    /// Counts changes of what proves who the person is. A sign-in that began under another version is not completed.
    pub credential_version: u64,
    /// What else is outstanding.
    #[serde(default, skip_serializing_if = "Recovery::is_empty")]
    pub recovery: Recovery,
    /// The last warning of an expiry that was sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub warned: Option<ExpiryWarning>,
}

/// A warning that a password is about to expire.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExpiryWarning {
    /// The day of the expiry that was warned of, in the installation's time zone.
    pub expires_on: jiff::civil::Date,
    /// How many days before it.
    pub days: u32,
}

/// A lasting password.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Password {
    /// Its hash.
    pub hash: PasswordHash,
    /// When it was set.
    pub changed_at: Timestamp,
}

/// What a person may administer. The order is the order of power.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Nothing but the own account.
    #[default]
    User,
    /// An organization and all below it.
    Admin,
    /// Everything.
    Operator,
}

impl Role {
    /// The name used on the command line and in claims.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Admin => "admin",
            Self::Operator => "operator",
        }
    }
}

/// Whether an account may be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// It may.
    Active,
    /// An administrator closed it.
    Deactivated,
}

/// One change to a user.
#[derive(Debug, Clone, PartialEq)]
pub enum UserChange {
    /// Opens an account that an administrator closed.
    Activate,
    /// Closes the account.
    Deactivate,
    /// Renames the person.
    SetName(DisplayName),
    /// Replaces the registered addresses; every outstanding secret is void.
    SetEmails(Vec<EmailAddress>),
    /// Sets the role.
    SetRole(Role),
    /// Replaces the assigned applications.
    SetApplications(BTreeSet<ApplicationId>),
    /// Replaces the groups.
    SetGroups(BTreeSet<GroupName>),
    /// Remembers the language.
    SetLanguage(Language),
    /// Sets the lasting password; every session and every outstanding secret end.
    SetPassword {
        /// The new password.
        password: Password,
        /// The version the caller judged; another one means that somebody was faster.
        expected_version: u64,
        /// How many hashes, the new one included, are remembered against reuse.
        remember: usize,
    },
    /// Counts the lasting password as set earlier than it was, so that those of many people do not all expire on one day.
    BackdatePassword {
        /// When it was set, as the caller read it.
        from: Timestamp,
        /// When it is to count as set: earlier.
        to: Timestamp,
    },
    /// Sets a temporary password, voiding an older one. Nothing else changes.
    SetTemporaryPassword(TemporaryPassword),
    /// Counts one try of the temporary password before it is judged; the last one voids it.
    TryTemporaryPassword {
        /// The moment of the try.
        at: Timestamp,
    },
    /// One that has to do with the ways back in.
    Recovery(RecoveryChange),
    /// Notes that a warning of an expiry is being sent, so that it is sent once.
    NoteExpiryWarning(ExpiryWarning),
    /// Replaces the lasting password's hash by a better one of the same password. Nothing ends.
    Rehash {
        /// The hash that was judged.
        from: PasswordHash,
        /// The one to be.
        to: PasswordHash,
    },
}

/// Why a change was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ChangeRefused {
    /// The credentials changed since the caller looked.
    #[error("the credentials changed in the meantime")]
    StaleCredentials,
    /// More than [`MAX_EMAILS`] addresses.
    #[error("an account has at most {MAX_EMAILS} e-mail addresses")]
    TooManyEmails,
    /// There is no temporary password, it is over, or its tries are used up.
    #[error("no temporary password is valid")]
    NoTemporaryPassword,
    /// There is no such code, link or pending change, it is over, used, or its tries are used up.
    #[error("the code or link is not valid any more")]
    NoSecret,
    /// There is no question, or its tries are used up.
    #[error("the secret question is closed")]
    NoQuestion,
    /// This very warning, or a later one, was noted already.
    #[error("the person has been warned already")]
    AlreadyWarned,
}

impl User {
    /// Carries out one change. Returns why every session of the user must end with it, if it must.
    ///
    /// # Errors
    /// [`ChangeRefused`]; `self` is then unchanged.
    pub fn apply(&mut self, change: UserChange) -> Result<Option<EndReason>, ChangeRefused> {
        match change {
            UserChange::Activate => {
                self.status = Status::Active;
                Ok(None)
            }
            UserChange::Deactivate => {
                self.status = Status::Deactivated;
                self.void_secrets();
                Ok(Some(EndReason::Deactivated))
            }
            UserChange::SetName(name) => {
                self.name = name;
                Ok(None)
            }
            UserChange::SetEmails(emails) if emails.len() > MAX_EMAILS => Err(ChangeRefused::TooManyEmails),
            UserChange::SetEmails(emails) => {
                self.emails = emails;
                self.void_secrets();
                Ok(None)
            }
            UserChange::SetRole(role) => Ok(replace(&mut self.role, role)),
            UserChange::SetApplications(applications) => Ok(replace(&mut self.applications, applications)),
            UserChange::SetGroups(groups) => Ok(replace(&mut self.groups, groups)),
            UserChange::SetLanguage(language) => {
                self.language = Some(language);
                Ok(None)
            }
            UserChange::SetPassword { password, expected_version, remember } => {
                self.expect_version(expected_version)?;
                Ok(Some(self.set_password(password, remember)))
            }
            UserChange::BackdatePassword { from, to } => match &mut self.password {
                Some(password) if password.changed_at == from && to <= from => {
                    password.changed_at = to;
                    Ok(None)
                }
                _ => Err(ChangeRefused::StaleCredentials),
            },
            UserChange::SetTemporaryPassword(temporary) => {
                self.temporary = Some(temporary);
                Ok(None)
            }
            UserChange::TryTemporaryPassword { at } => {
                let temporary = self.temporary.as_mut().ok_or(ChangeRefused::NoTemporaryPassword)?;
                if temporary.count_try(at) { Ok(None) } else { Err(ChangeRefused::NoTemporaryPassword) }
            }
            UserChange::Recovery(change) => self.apply_recovery(change),
            UserChange::NoteExpiryWarning(warning) => {
                let told =
                    self.warned.is_some_and(|told| told.expires_on == warning.expires_on && told.days <= warning.days);
                if told {
                    return Err(ChangeRefused::AlreadyWarned);
                }
                self.warned = Some(warning);
                Ok(None)
            }
            UserChange::Rehash { from, to } => match &mut self.password {
                Some(password) if password.hash == from => {
                    password.hash = to;
                    Ok(None)
                }
                _ => Err(ChangeRefused::StaleCredentials),
            },
        }
    }

    /// What a change of password or of an address does to everything that was handed out before.
    fn void_secrets(&mut self) {
        self.temporary = None;
        self.recovery.void();
        self.credential_version += 1;
    }

    fn set_password(&mut self, password: Password, remember: usize) -> EndReason {
        if let Some(old) = self.password.replace(password) {
            self.password_history.insert(0, old.hash);
        }
        self.password_history.truncate(remember.saturating_sub(1));
        self.warned = None;
        self.void_secrets();
        EndReason::PasswordChanged
    }

    const fn expect_version(&self, expected: u64) -> Result<(), ChangeRefused> {
        if expected == self.credential_version { Ok(()) } else { Err(ChangeRefused::StaleCredentials) }
    }
}

/// Replaces a right; sessions end only if it really changed.
fn replace<T: PartialEq>(right: &mut T, new: T) -> Option<EndReason> {
    let changed = *right != new;
    *right = new;
    changed.then_some(EndReason::RightsChanged)
}

#[cfg(test)]
mod tests;
