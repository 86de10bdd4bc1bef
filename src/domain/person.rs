//! Who a signed-in person is, as applications and rules see it: a snapshot of user and organization.

use std::collections::BTreeSet;

use super::access::Holder;
use super::ids::UserId;
use super::language::Language;
use super::names::{ApplicationId, DisplayName, EmailAddress, GroupName, OrganizationKey, Username};
use super::organization::Organization;
use super::user::{Role, User};

/// A person, as of when the session was last looked up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// For life.
    pub id: UserId,
    /// Canonical username.
    pub username: Username,
    /// Name.
    pub name: DisplayName,
    /// The first registered address.
    pub email: Option<EmailAddress>,
    /// The organization's key, as it is shown.
    pub organization: String,
    /// The organization's name.
    pub organization_name: DisplayName,
    /// The organization and every one above it.
    pub lineage: Vec<OrganizationKey>,
    /// Assigned applications.
    pub applications: BTreeSet<ApplicationId>,
    /// Groups.
    pub groups: BTreeSet<GroupName>,
    /// Role.
    pub role: Role,
    /// Chosen language.
    pub language: Option<Language>,
}

impl Person {
    /// Takes the snapshot. `organizations` is the user's organization and every one above it, in that order; `None` if it is
    /// empty.
    pub fn of(user: &User, organizations: &[Organization]) -> Option<Self> {
        let own = organizations.first()?;
        Some(Self {
            id: user.id,
            username: user.username.clone(),
            name: user.name.clone(),
            email: user.emails.first().cloned(),
            organization: own.written_key.clone(),
            organization_name: own.name.clone(),
            lineage: organizations.iter().map(|organization| organization.key.clone()).collect(),
            applications: user.applications.clone(),
            groups: user.groups.clone(),
            role: user.role,
            language: user.language,
        })
    }

    /// What access rules look at.
    pub fn holder(&self) -> Holder<'_> {
        Holder { applications: &self.applications, groups: &self.groups, lineage: &self.lineage }
    }
}
