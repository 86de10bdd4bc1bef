//! Acts on users.

use secrecy::SecretString;

use super::authority::Authority;
use super::request::Subject;
use super::{
    AdministerError, Administrator, Answer, EditUser, Invitation, NewUser, PAGE_LIMIT, Tidings, Trace, UserPage,
    UserRef, UserSearch, UserView,
};
use crate::domain::ids::UserId;
use crate::domain::names::EmailAddress;
use crate::domain::organization::Organization;
use crate::domain::password::PasswordContext;
use crate::domain::recovery::TemporaryPassword;
use crate::domain::search::Wanted;
use crate::domain::user::{ChangeRefused, MAX_EMAILS, Password, Status, User, UserChange};
use crate::flows::house_rules;
use crate::store::{AddUserError, ChangeUserError, Changed, Found, NewMail, StoreError};

impl Administrator {
    /// Adds a user with the lasting password that was chosen, or with a temporary one that is told this once.
    pub(super) async fn add_user(
        &self,
        new: NewUser,
        authority: &Authority,
        subject: &mut Subject,
    ) -> Result<Answer, AdministerError> {
        let emails = distinct(new.emails)?;
        let organization = self
            .accounts
            .organization(&new.user.organization)
            .await?
            .ok_or_else(|| AdministerError::UnknownOrganization(new.user.organization.clone()))?;
        // The store looks again in its atomic step; looking first spares a hash and the secret of a user who cannot be.
        if self.find(&new.user).await?.is_some() {
            return Err(AdministerError::UsernameTaken(new.user));
        }
        let chosen = new.password.is_some();
        let password = match new.password {
            Some(password) => {
                let person = PasswordContext {
                    username: new.user.username.as_str(),
                    name: new.name.as_str(),
                    organization: [&organization.written_key, organization.name.as_str()],
                };
                let lineage = self.accounts.lineage(&organization.key).await?;
                let policy = house_rules::policy_for(&lineage, &(self.config)().password.policy);
                let unmet = self.secrets.unmet(&password, person, &policy);
                if !unmet.is_empty() {
                    return Err(AdministerError::Password(unmet));
                }
                password
            }
            None => self.secrets.temporary(),
        };
        let hash = self.secrets.hash(&password).await?;
        let now = self.clock.now();
        let (lasting, temporary) = if chosen {
            (Some(Password { hash, changed_at: now }), None)
        } else {
            (None, Some(TemporaryPassword::new(hash, now, self.secrets.temporary_lifetime())))
        };
        let user = User {
            id: UserId::from_random(self.random.bytes()),
            organization: new.user.organization.clone(),
            username: new.user.username.clone(),
            name: new.name,
            emails,
            role: new.role,
            applications: new.applications,
            groups: new.groups,
            status: Status::Active,
            language: None,
            created_at: now,
            password: lasting,
            password_history: Vec::new(),
            temporary,
            credential_version: 0,
            recovery: Default::default(),
            warned: None,
        };
        self.accounts.add_user(user.clone()).await.map_err(|error| match error {
            AddUserError::UnknownOrganization => AdministerError::UnknownOrganization(new.user.organization),
            AddUserError::Taken => AdministerError::UsernameTaken(new.user),
            AddUserError::Store(error) => error.into(),
        })?;
        subject.user = Some(user.id);
        let invited = if chosen { None } else { self.invite(&user, &organization, &password).await };
        Ok(Answer::UserAdded {
            user: Box::new(UserView::new(user, Trace::default(), now)),
            // A person who administers never learns a password; the invitation takes it where it belongs.
            temporary_password: (!chosen && authority.person().is_none()).then_some(password),
            invited,
        })
    }

    /// Writes to the new user's first address. Without one, or if that fails, whoever asked hands the password on by other means:
    /// it is told in the answer.
    async fn invite(&self, user: &User, organization: &Organization, password: &SecretString) -> Option<EmailAddress> {
        let (to, temporary) = (user.emails.first()?, user.temporary.as_ref()?);
        let invitation = Invitation { user, organization, to, password, expires_at: temporary.expires_at };
        match self.mail.invite(invitation).await {
            Ok(()) => Some(to.clone()),
            Err(error) => {
                tracing::error!(%error, user = %user.id, "an invitation could not be put into the outbox");
                None
            }
        }
    }

    pub(super) async fn list_users(&self, page: UserPage) -> Result<Answer, AdministerError> {
        if let Some(key) = &page.organization
            && self.accounts.organization(key).await?.is_none()
        {
            return Err(AdministerError::UnknownOrganization(key.clone()));
        }
        let limit = page.limit.clamp(1, PAGE_LIMIT);
        let after = page.after.map(|user| (user.organization, user.username));
        // One more than asked for tells whether there are more.
        let mut users = self.accounts.users(page.organization.as_ref(), after, limit + 1).await?;
        let more = users.len() > limit;
        users.truncate(limit);
        Ok(Answer::Users { users: self.views(users).await?, more })
    }

    pub(super) async fn find_users(&self, search: UserSearch) -> Result<Answer, AdministerError> {
        if self.accounts.organization(&search.organization).await?.is_none() {
            return Err(AdministerError::UnknownOrganization(search.organization));
        }
        let found = match Wanted::read(&search.words) {
            Some(wanted) => {
                let limit = search.limit.clamp(1, PAGE_LIMIT);
                self.accounts.find_users(&search.organization, &wanted, search.after, limit).await?
            }
            None => Found::default(),
        };
        Ok(Answer::Found { users: self.views(found.users).await?, next: found.next })
    }

    pub(super) async fn show_user(&self, user: &UserRef) -> Result<Answer, AdministerError> {
        let found = self.known(user, &mut Subject::default()).await?;
        Ok(Answer::User(Box::new(self.view(found).await?)))
    }

    pub(super) async fn activate(&self, user: &UserRef, subject: &mut Subject) -> Result<Answer, AdministerError> {
        self.change(user, vec![UserChange::Activate], subject).await
    }

    pub(super) async fn deactivate(&self, user: &UserRef, subject: &mut Subject) -> Result<Answer, AdministerError> {
        self.change(user, vec![UserChange::Deactivate], subject).await
    }

    pub(super) async fn unlock(&self, user: &UserRef, subject: &mut Subject) -> Result<Answer, AdministerError> {
        let found = self.known(user, subject).await?;
        self.counters.forget(user).await?;
        Ok(Answer::User(Box::new(self.view_of_changed(found).await)))
    }

    pub(super) async fn set_emails(
        &self,
        user: &UserRef,
        emails: Vec<EmailAddress>,
        subject: &mut Subject,
    ) -> Result<Answer, AdministerError> {
        let emails = distinct(emails)?;
        let found = self.known(user, subject).await?;
        let organization = self.organization_of(&found).await?;
        let tidings = Tidings::EmailsSet(emails.first());
        let warnings = if found.emails == emails { &[][..] } else { &found.emails };
        let mails = self.mail.write(&found, &organization, warnings, tidings).map_err(AdministerError::Letter)?;
        let changed = self.change_one(user, found.id, UserChange::SetEmails(emails), mails).await?;
        self.mail.posted();
        Ok(Answer::User(Box::new(self.view(changed).await?)))
    }

    /// Mails a temporary password to the main address. Nobody but its reader learns it.
    pub(super) async fn start_recovery(
        &self,
        user: &UserRef,
        subject: &mut Subject,
    ) -> Result<Answer, AdministerError> {
        let found = self.known(user, subject).await?;
        let (password, temporary) = self.temporary_for(&found, user).await?;
        let to = found.emails.first().ok_or(AdministerError::NoAddress)?;
        let organization = self.organization_of(&found).await?;
        let tidings = Tidings::TemporaryPassword { password: &password, expires_at: temporary.expires_at };
        let to = std::slice::from_ref(to);
        let mails = self.mail.write(&found, &organization, to, tidings).map_err(AdministerError::Letter)?;
        let changed = self.change_one(user, found.id, UserChange::SetTemporaryPassword(temporary), mails).await?;
        self.mail.posted();
        Ok(Answer::User(Box::new(self.view(changed).await?)))
    }

    /// Makes a temporary password that is told this once, to whoever is at the machine itself.
    pub(super) async fn make_temporary_password(
        &self,
        user: &UserRef,
        subject: &mut Subject,
    ) -> Result<Answer, AdministerError> {
        let found = self.known(user, subject).await?;
        let (password, temporary) = self.temporary_for(&found, user).await?;
        let change = UserChange::SetTemporaryPassword(temporary);
        let changed = self.change_one(user, found.id, change, Vec::new()).await?;
        let user = Box::new(self.view(changed).await?);
        Ok(Answer::TemporaryPassword { user, temporary_password: Some(password) })
    }

    /// A temporary password for whoever may use one.
    async fn temporary_for(
        &self,
        found: &User,
        user: &UserRef,
    ) -> Result<(SecretString, TemporaryPassword), AdministerError> {
        if found.status != Status::Active {
            return Err(AdministerError::Deactivated(user.clone()));
        }
        let password = self.secrets.temporary();
        let hash = self.secrets.hash(&password).await?;
        let temporary = TemporaryPassword::new(hash, self.clock.now(), self.secrets.temporary_lifetime());
        Ok((password, temporary))
    }

    pub(super) async fn end_sessions(&self, user: &UserRef, subject: &mut Subject) -> Result<Answer, AdministerError> {
        let found = self.known(user, subject).await?;
        let ended = self.people.end_sessions(found.id, self.clock.now()).await?;
        self.sessions.forget(&ended);
        Ok(Answer::User(Box::new(self.view(found).await?)))
    }

    pub(super) async fn edit_user(&self, edit: EditUser, subject: &mut Subject) -> Result<Answer, AdministerError> {
        let changes: Vec<UserChange> = [
            edit.name.map(UserChange::SetName),
            edit.role.map(UserChange::SetRole),
            edit.applications.map(UserChange::SetApplications),
            edit.groups.map(UserChange::SetGroups),
        ]
        .into_iter()
        .flatten()
        .collect();
        if changes.is_empty() {
            return Err(AdministerError::NothingToChange);
        }
        self.change(&edit.user, changes, subject).await
    }

    pub(super) async fn remove_user(&self, user: &UserRef, subject: &mut Subject) -> Result<Answer, AdministerError> {
        let found = self.known(user, subject).await?;
        let view = self.view(found).await?;
        let removed = self.accounts.remove_user(view.id, self.clock.now()).await?;
        let removed = removed.ok_or_else(|| AdministerError::UnknownUser(user.clone()))?;
        self.tell(&removed);
        Ok(Answer::User(Box::new(view)))
    }

    /// Carries out `changes` one after the other, telling of each.
    async fn change(
        &self,
        user: &UserRef,
        changes: Vec<UserChange>,
        subject: &mut Subject,
    ) -> Result<Answer, AdministerError> {
        let mut latest = self.known(user, subject).await?;
        for change in changes {
            latest = self.change_one(user, latest.id, change, Vec::new()).await?;
        }
        Ok(Answer::User(Box::new(self.view_of_changed(latest).await)))
    }

    /// Carries out one change with the messages that tell of it.
    async fn change_one(
        &self,
        user: &UserRef,
        id: UserId,
        change: UserChange,
        mails: Vec<NewMail>,
    ) -> Result<User, AdministerError> {
        let changed = self.accounts.change_user_and_tell(id, change, self.clock.now(), mails).await;
        let changed = changed.map_err(|error| match error {
            ChangeUserError::NotFound => AdministerError::UnknownUser(user.clone()),
            ChangeUserError::Refused(ChangeRefused::TooManyEmails) => AdministerError::TooManyEmails,
            ChangeUserError::Refused(source) => AdministerError::Conflict { user: user.clone(), source },
            ChangeUserError::Store(error) => error.into(),
        })?;
        self.tell(&changed);
        Ok(changed.user)
    }

    /// The organization of an account.
    pub(super) async fn organization_of(&self, user: &User) -> Result<Organization, AdministerError> {
        let organization = self.accounts.organization(&user.organization).await?;
        organization.ok_or_else(|| AdministerError::UnknownOrganization(user.organization.clone()))
    }

    /// Drops from memory what a change ended.
    fn tell(&self, changed: &Changed) {
        if !changed.ended.is_empty() {
            self.sessions.forget(&changed.ended);
        }
        self.sessions.user_changed(changed.user.id);
    }

    async fn view(&self, user: User) -> Result<UserView, StoreError> {
        let trace = self.trace(&user).await?;
        Ok(UserView::new(user, trace, self.clock.now()))
    }

    async fn views(&self, users: Vec<User>) -> Result<Vec<UserView>, StoreError> {
        let mut views = Vec::with_capacity(users.len());
        for user in users {
            views.push(self.view(user).await?);
        }
        Ok(views)
    }

    /// The same behind a change: what cannot be looked up any more must not be told as if the change had failed.
    async fn view_of_changed(&self, user: User) -> UserView {
        let trace = self.trace(&user).await.unwrap_or_else(|error| {
            tracing::error!(code = error.code(), %error, user = %user.id, "changed, but its traces cannot be looked up");
            Trace::default()
        });
        UserView::new(user, trace, self.clock.now())
    }

    async fn trace(&self, user: &User) -> Result<Trace, StoreError> {
        let reference = UserRef { organization: user.organization.clone(), username: user.username.clone() };
        Ok(Trace {
            last_active_at: self.accounts.last_activity(user.id).await?,
            locked_until: self.counters.closed_until(&reference).await?,
        })
    }

    /// The user, or the refusal that there is none.
    pub(super) async fn known(&self, user: &UserRef, subject: &mut Subject) -> Result<User, AdministerError> {
        let found = self.find(user).await?.ok_or_else(|| AdministerError::UnknownUser(user.clone()))?;
        subject.user = Some(found.id);
        Ok(found)
    }

    async fn find(&self, user: &UserRef) -> Result<Option<User>, StoreError> {
        self.accounts.user_by_name(&user.organization, &user.username).await
    }
}

/// Each address once, in the order given.
fn distinct(emails: Vec<EmailAddress>) -> Result<Vec<EmailAddress>, AdministerError> {
    let mut kept: Vec<EmailAddress> = Vec::with_capacity(emails.len().min(MAX_EMAILS));
    for email in emails {
        if !kept.contains(&email) {
            kept.push(email);
        }
    }
    if kept.len() > MAX_EMAILS { Err(AdministerError::TooManyEmails) } else { Ok(kept) }
}
