//! Who may do what: the one place where a request is allowed or refused.
//!
//! | actor | may |
//! |---|---|
//! | the command line | everything: whoever may open the store's folder owns what is in it |
//! | an operator | everything but choosing or learning another's password |
//! | an admin | the same, for the own organization and all below it, for whoever has no higher role |
//! | anybody else | nothing |
//!
//! Whatever lies outside a branch is answered as if it did not exist, and written down as `not_allowed`. Rights are read from
//! the store at the moment of the act: what a session or a page believed does not count. Nobody gives what they do not have: a
//! higher role, a group that they are not in themselves, an application that the configuration does not know.
//! Nobody acts on the own rights, addresses or account here.
//!
//! Acts that do harm in the hands of whoever finds a browser open ([`is_sensitive`]) ask for the password again, unless it was
//! proved within [`FRESH`].

use std::collections::BTreeSet;
use std::net::IpAddr;
use std::time::Duration;

use super::ports::Proof;
use super::{
    Actor, AdministerError, Administrator, EditUser, NewUser, Request, UserFileFormat, UserFileSource, UserRef,
    UserSearch,
};
use crate::domain::Timestamp;
use crate::domain::audit::AuditReason;
use crate::domain::ids::{SessionId, UserId};
use crate::domain::names::{ApplicationId, GroupName, OrganizationKey};
use crate::domain::user::{Role, Status, User};
use crate::store::StoreError;

/// For so long after the password was proved it is not asked for again.
pub const FRESH: Duration = Duration::from_secs(5 * 60);

/// A person who administers: who, in which session, from where.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Person {
    /// The account.
    pub user: UserId,
    /// The session; it must still be open.
    pub session: SessionId,
    /// The client's address.
    pub address: IpAddr,
}

/// What an actor may do, as the store says at this moment.
pub(super) enum Authority {
    /// Somebody at the machine itself.
    Machine,
    /// A person with a role, and since when the password is proved.
    Person { user: Box<User>, proof: Proof },
}

/// The organizations that an actor sees.
pub(super) enum Reach {
    /// All there are.
    All,
    /// These.
    Branch(BTreeSet<OrganizationKey>),
}

/// A refusal: what is told, and what the audit trail says.
pub(super) struct Denied {
    pub(super) told: AdministerError,
    pub(super) reason: Option<AuditReason>,
}

impl From<AdministerError> for Denied {
    fn from(told: AdministerError) -> Self {
        let reason = told.audit_reason();
        Self { told, reason }
    }
}

impl From<StoreError> for Denied {
    fn from(error: StoreError) -> Self {
        AdministerError::from(error).into()
    }
}

impl Denied {
    /// As if it did not exist.
    const fn hidden(told: AdministerError) -> Self {
        Self { told, reason: Some(AuditReason::NotAllowed) }
    }
}

impl Authority {
    /// Who it is, for the audit trail.
    pub(super) fn name(&self, actor: Actor) -> String {
        match self {
            Self::Machine => actor.to_string(),
            Self::Person { user, .. } => {
                format!("{} {}/{}", user.role.as_str(), user.organization, user.username)
            }
        }
    }

    /// The administrator's own account, if it is a person.
    pub(super) fn person(&self) -> Option<&User> {
        match self {
            Self::Machine => None,
            Self::Person { user, .. } => Some(user),
        }
    }
}

impl Reach {
    /// Whether the organization of this key is in it. Takes text, for the audit trail holds what was typed.
    pub(super) fn covers(&self, key: &str) -> bool {
        match self {
            Self::All => true,
            Self::Branch(keys) => key.parse::<OrganizationKey>().is_ok_and(|key| keys.contains(&key)),
        }
    }
}

impl Administrator {
    /// What `actor` may do at this moment.
    pub(super) async fn authority(&self, actor: Actor) -> Result<Authority, Denied> {
        let Actor::Person(person) = actor else { return Ok(Authority::Machine) };
        let user = self.accounts.user(person.user).await?;
        let user = user.filter(|user| user.status == Status::Active && user.role > Role::User);
        let user = user.ok_or(AdministerError::NotAllowed)?;
        let proof = self.people.proof(person.user, person.session).await?.ok_or(AdministerError::NotAllowed)?;
        Ok(Authority::Person { user: Box::new(user), proof })
    }

    /// Allows a request, or says why not. Exhaustive on purpose: a new request must say who may make it.
    pub(super) async fn permit(&self, authority: &Authority, request: &Request) -> Result<(), Denied> {
        let Authority::Person { user: actor, proof } = authority else { return Ok(()) };
        match request {
            Request::AddOrganization(new) => match &new.parent {
                Some(parent) if self.reaches(actor, parent).await? => {}
                Some(parent) => return Err(Denied::hidden(AdministerError::UnknownParent(parent.clone()))),
                None => operators_only(actor)?,
            },
            // What comes back is cut to the branch.
            Request::ListOrganizations => {}
            Request::Audit(query) => {
                if let Some(user) = &query.user {
                    self.see(actor, user).await?;
                }
            }
            Request::ListExpiring(page) => match &page.organization {
                Some(key) => self.enter(actor, key).await?,
                None => operators_only(actor)?,
            },
            Request::SpreadExpiry(spread) => self.enter(actor, &spread.organization).await?,
            Request::ImportUsers(file) => {
                // A path would read a file of this machine, and `htpasswd` writes hashes alone.
                if !matches!(file.source, UserFileSource::Sent { .. }) || file.format != UserFileFormat::Csv {
                    return Err(AdministerError::NotAllowed.into());
                }
                // The rows are judged as they are read.
                if let Some(key) = &file.organization {
                    self.enter(actor, key).await?;
                }
            }
            Request::ExportUsers(key) | Request::FindUsers(UserSearch { organization: key, .. }) => {
                self.enter(actor, key).await?;
            }
            Request::ListUsers(page) => match &page.organization {
                Some(key) => self.enter(actor, key).await?,
                None => operators_only(actor)?,
            },
            Request::ShowOrganization(key)
            | Request::SetMailServer { organization: key, .. }
            | Request::TestMail { organization: key, to: None } => self.enter(actor, key).await?,
            // A person tries it on the own address alone: nobody is written to at a stranger's wish.
            Request::TestMail { to: Some(_), .. } => return Err(AdministerError::NotAllowed.into()),
            Request::EditOrganization(edit) => self.enter(actor, &edit.organization).await?,
            Request::AddUser(new) => {
                self.enter(actor, &new.user.organization).await?;
                self.permit_new(actor, new)?;
            }
            Request::ShowUser(user) | Request::ShowAccount(user) => self.see(actor, user).await?,
            Request::Unlock(user) | Request::StartRecovery(user) | Request::EndSessions(user) => {
                self.touch(actor, user).await?;
            }
            // Whoever learns a password can sign in as somebody else.
            Request::MakeTemporaryPassword(_) => return Err(AdministerError::NotAllowed.into()),
            Request::Activate(user) | Request::Deactivate(user) | Request::RemoveUser(user) => {
                self.touch(actor, user).await?;
                not_oneself(actor, user)?;
            }
            Request::SetEmails { user, reason, .. } => {
                self.touch(actor, user).await?;
                not_oneself(actor, user)?;
                if reason.as_ref().is_none_or(|reason| reason.trim().is_empty()) {
                    return Err(AdministerError::NoReason.into());
                }
            }
            Request::EditUser(edit) => {
                let target = self.touch(actor, &edit.user).await?;
                self.permit_edit(actor, edit, target.as_ref())?;
            }
            Request::ListKeys
            | Request::RotateKey
            | Request::ListMail
            | Request::RetryMail(_)
            | Request::DropMail(_)
            | Request::Archive { .. } => operators_only(actor)?,
        }
        if is_sensitive(request) && !proof.is_fresh(self.clock.now()) {
            return Err(AdministerError::ConfirmFirst.into());
        }
        Ok(())
    }

    /// The organizations that an actor sees.
    pub(super) async fn reach(&self, authority: &Authority) -> Result<Reach, StoreError> {
        let Some(actor) = authority.person().filter(|actor| actor.role != Role::Operator) else {
            return Ok(Reach::All);
        };
        let all = self.accounts.organizations().await?;
        let mut branch = BTreeSet::from([actor.organization.clone()]);
        // A tree has fewer levels than organizations: each round finds a level.
        loop {
            let below = |key: &Option<OrganizationKey>| key.as_ref().is_some_and(|key| branch.contains(key));
            let found: Vec<OrganizationKey> = all
                .iter()
                .filter(|one| below(&one.parent) && !branch.contains(&one.key))
                .map(|one| one.key.clone())
                .collect();
            if found.is_empty() {
                return Ok(Reach::Branch(branch));
            }
            branch.extend(found);
        }
    }

    /// Whether an organization is the actor's own or below it.
    async fn reaches(&self, actor: &User, key: &OrganizationKey) -> Result<bool, StoreError> {
        if actor.role == Role::Operator {
            return Ok(true);
        }
        Ok(self.accounts.lineage(key).await?.iter().any(|above| above.key == actor.organization))
    }

    async fn enter(&self, actor: &User, key: &OrganizationKey) -> Result<(), Denied> {
        if self.reaches(actor, key).await? {
            return Ok(());
        }
        Err(Denied::hidden(AdministerError::UnknownOrganization(key.clone())))
    }

    async fn see(&self, actor: &User, user: &UserRef) -> Result<(), Denied> {
        if self.reaches(actor, &user.organization).await? {
            return Ok(());
        }
        Err(Denied::hidden(AdministerError::UnknownUser(user.clone())))
    }

    /// The user, if the actor may act on it; `None` if there is none, which the act itself will say.
    async fn touch(&self, actor: &User, user: &UserRef) -> Result<Option<User>, Denied> {
        self.see(actor, user).await?;
        let target = self.accounts.user_by_name(&user.organization, &user.username).await?;
        if target.as_ref().is_some_and(|target| target.role > actor.role) {
            return Err(AdministerError::NotAllowed.into());
        }
        Ok(target)
    }

    fn permit_new(&self, actor: &User, new: &NewUser) -> Result<(), AdministerError> {
        // Whoever chooses or learns a password can sign in as somebody else.
        if new.password.is_some() || new.role > actor.role {
            return Err(AdministerError::NotAllowed);
        }
        if new.emails.is_empty() {
            return Err(AdministerError::NoAddress);
        }
        self.permit_applications(&new.applications, None)?;
        permit_groups(actor, &new.groups, None)
    }

    fn permit_edit(&self, actor: &User, edit: &EditUser, target: Option<&User>) -> Result<(), AdministerError> {
        let rights = edit.role.is_some() || edit.applications.is_some() || edit.groups.is_some();
        if rights {
            not_oneself(actor, &edit.user)?;
        }
        if edit.role.is_some_and(|role| role > actor.role) {
            return Err(AdministerError::NotAllowed);
        }
        if let Some(applications) = &edit.applications {
            self.permit_applications(applications, target)?;
        }
        edit.groups.as_ref().map_or(Ok(()), |groups| permit_groups(actor, groups, target))
    }

    /// Only what there is may be assigned; what was assigned before may stay.
    fn permit_applications(
        &self,
        wanted: &BTreeSet<ApplicationId>,
        target: Option<&User>,
    ) -> Result<(), AdministerError> {
        match self.unknown_application(wanted, target) {
            Some(unknown) => Err(AdministerError::UnknownApplication(unknown.clone())),
            None => Ok(()),
        }
    }

    /// The first application that neither the configuration nor `target` has.
    pub(super) fn unknown_application<'a>(
        &self,
        wanted: &'a BTreeSet<ApplicationId>,
        target: Option<&User>,
    ) -> Option<&'a ApplicationId> {
        let config = (self.config)();
        let had = |id: &ApplicationId| target.is_some_and(|target| target.applications.contains(id));
        let is_known = |id: &ApplicationId| config.applications.iter().any(|known| known.id == *id);
        wanted.iter().find(|id| !is_known(id) && !had(id))
    }
}

fn permit_groups(actor: &User, wanted: &BTreeSet<GroupName>, target: Option<&User>) -> Result<(), AdministerError> {
    match foreign_group(actor, wanted, target) {
        Some(group) => Err(AdministerError::ForeignGroup(group.clone())),
        None => Ok(()),
    }
}

/// The first group that `actor` cannot give. Groups open applications, everywhere: an admin gives only those that the admin is
/// in, and leaves what was there.
pub(super) fn foreign_group<'a>(
    actor: &User,
    wanted: &'a BTreeSet<GroupName>,
    target: Option<&User>,
) -> Option<&'a GroupName> {
    let had = |group: &GroupName| target.is_some_and(|target| target.groups.contains(group));
    let lacks = |group: &&GroupName| !actor.groups.contains(*group) && !had(group);
    wanted.iter().find(lacks).filter(|_| actor.role != Role::Operator)
}

fn operators_only(actor: &User) -> Result<(), AdministerError> {
    if actor.role == Role::Operator { Ok(()) } else { Err(AdministerError::NotAllowed) }
}

fn not_oneself(actor: &User, user: &UserRef) -> Result<(), AdministerError> {
    let same = actor.organization == user.organization && actor.username == user.username;
    if same { Err(AdministerError::Oneself) } else { Ok(()) }
}

/// Whether the password is asked for again.
pub(super) fn is_sensitive(request: &Request) -> bool {
    match request {
        Request::AddUser(new) => new.role > Role::User,
        Request::EditUser(edit) => edit.role.is_some() || edit.applications.is_some() || edit.groups.is_some(),
        Request::EditOrganization(edit) => edit.rules.is_some(),
        Request::SetEmails { .. }
        | Request::Deactivate(_)
        | Request::RemoveUser(_)
        | Request::MakeTemporaryPassword(_)
        | Request::EndSessions(_)
        | Request::SetMailServer { .. }
        | Request::RotateKey
        | Request::ImportUsers(_)
        | Request::ExportUsers(_)
        | Request::SpreadExpiry(_)
        | Request::Archive { .. } => true,
        Request::AddOrganization(_)
        | Request::ListOrganizations
        | Request::ShowOrganization(_)
        | Request::ListUsers(_)
        | Request::FindUsers(_)
        | Request::ListExpiring(_)
        | Request::ShowUser(_)
        | Request::ShowAccount(_)
        | Request::Activate(_)
        | Request::Unlock(_)
        | Request::StartRecovery(_)
        | Request::TestMail { .. }
        | Request::ListKeys
        | Request::ListMail
        | Request::RetryMail(_)
        | Request::DropMail(_)
        | Request::Audit(_) => false,
    }
}

impl Proof {
    /// Whether the password was proved lately. A clock set back makes nothing fresh.
    pub(in crate::flows) fn is_fresh(&self, now: Timestamp) -> bool {
        let within = |at: &Timestamp| Duration::try_from(now.duration_since(*at)).is_ok_and(|age| age < FRESH);
        within(&self.authenticated_at) || self.confirmed_at.as_ref().is_some_and(within)
    }
}

#[cfg(test)]
mod tests;
