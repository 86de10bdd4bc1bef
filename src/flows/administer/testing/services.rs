//! The services that administration asks, as the house in memory gives them.

use std::path::Path;
use std::sync::atomic::Ordering;
use std::time::Duration;

use async_trait::async_trait;
use secrecy::{ExposeSecret, SecretString};

use super::memory::Memory;
use super::{TEMPORARY, TEMPORARY_LIFETIME};
use crate::clock::Clock;
use crate::domain::Timestamp;
use crate::domain::ids::{MailId, SecretHash, SessionId, UserId};
use crate::domain::mail::{Mail, MailFault, MailKind, MailState, MailTrouble};
use crate::domain::names::{EmailAddress, OrganizationKey};
use crate::domain::organization::{MailServer, Organization};
use crate::domain::password::{PasswordContext, PasswordHash, PasswordPolicy, Unmet};
use crate::domain::session::Session;
use crate::domain::user::User;
use crate::flows::administer::{
    AdministerError, ArchiveView, Archives, AttemptCounters, Correspondence, Invitation, KeyRing, KeyView, MailServers,
    NewSecrets, People, Proof, Tidings, UserRef,
};
use crate::sessions::SessionObserver;
use crate::store::archive::Form;
use crate::store::{NewMail, OpenMail, StoreError};

#[async_trait]
impl Archives for Memory {
    async fn write(&self, form: Form, path: &Path) -> Result<ArchiveView, AdministerError> {
        if self.check().is_err() {
            let source = std::io::Error::from(std::io::ErrorKind::PermissionDenied).into();
            return Err(AdministerError::Archive { path: path.to_owned(), uid: 1000, source });
        }
        std::fs::write(path, format!("{form:?}\n")).expect("written");
        Ok(ArchiveView { path: path.to_owned(), made_at: self.clock.now(), records: 3, bytes: 7 })
    }

    async fn read(&self, path: &Path) -> Result<Vec<u8>, AdministerError> {
        std::fs::read(path).map_err(|error| AdministerError::Unreadable {
            path: path.to_owned(),
            uid: 1000,
            source: error.into(),
        })
    }
}

#[async_trait]
impl NewSecrets for Memory {
    fn unmet(&self, password: &SecretString, person: PasswordContext<'_>, policy: &PasswordPolicy) -> Vec<Unmet> {
        policy.unmet(password.expose_secret(), person)
    }

    fn temporary(&self) -> SecretString {
        TEMPORARY.into()
    }

    fn temporary_lifetime(&self) -> Duration {
        TEMPORARY_LIFETIME
    }

    async fn hash(&self, password: &SecretString) -> Result<PasswordHash, AdministerError> {
        if self.busy.load(Ordering::SeqCst) {
            return Err(AdministerError::Overloaded);
        }
        Ok(PasswordHash::from_phc(format!("hash of {}", password.expose_secret())))
    }
}

#[async_trait]
impl AttemptCounters for Memory {
    async fn forget(&self, user: &UserRef) -> Result<(), StoreError> {
        self.check()?;
        let mut state = self.state();
        state.forgotten_attempts.push(user.to_string());
        state.closed.remove(&user.to_string());
        Ok(())
    }

    async fn closed_until(&self, user: &UserRef) -> Result<Option<Timestamp>, StoreError> {
        if self.blind.load(Ordering::SeqCst) {
            return Err(StoreError::Closed);
        }
        Ok(self.state().closed.get(&user.to_string()).copied())
    }
}

#[async_trait]
impl KeyRing for Memory {
    async fn list(&self) -> Result<Vec<KeyView>, AdministerError> {
        Ok(self.state().keys.clone())
    }

    async fn rotate(&self) -> Result<KeyView, AdministerError> {
        self.check()?;
        let now = self.clock.now();
        let mut state = self.state();
        for key in &mut state.keys {
            key.retired_at.get_or_insert(now);
        }
        let key = KeyView { kid: format!("key-{}", state.keys.len() + 1), created_at: now, retired_at: None };
        state.keys.insert(0, key.clone());
        Ok(key)
    }
}

#[async_trait]
impl Correspondence for Memory {
    async fn invite(&self, invitation: Invitation<'_>) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
        self.check()?;
        let mut state = self.state();
        let id = MailId::from_random([u8::try_from(state.mail.len())? + 1; 16]);
        let (to, until) = (invitation.to.clone(), Some(invitation.expires_at));
        let mut mail = Mail::new(id, to, MailKind::Invitation, self.clock.now(), until);
        mail.user = Some(invitation.user.id);
        state.mail.push((mail, invitation.password.expose_secret().to_owned()));
        Ok(())
    }

    fn write(
        &self,
        user: &User,
        _organization: &Organization,
        to: &[EmailAddress],
        tidings: Tidings<'_>,
    ) -> Result<Vec<NewMail>, Box<dyn std::error::Error + Send + Sync>> {
        let kind = match tidings {
            Tidings::EmailsSet(_) => MailKind::EmailChanged,
            Tidings::TemporaryPassword { .. } => MailKind::TemporaryPassword,
        };
        let write = |(number, to): (usize, &EmailAddress)| {
            let id = MailId::from_random([u8::try_from(number).expect("few") + 100; 16]);
            let mut mail = Mail::new(id, to.clone(), kind, self.clock.now(), None);
            mail.user = Some(user.id);
            NewMail { mail, sealed: Vec::new() }
        };
        Ok(to.iter().enumerate().map(write).collect())
    }

    fn posted(&self) {}

    async fn about(&self, user: UserId, limit: usize) -> Result<Vec<Mail>, StoreError> {
        let state = self.state();
        let about = state.mail.iter().rev().map(|(mail, _)| mail).filter(|mail| mail.user == Some(user));
        Ok(about.take(limit).cloned().collect())
    }

    async fn open(&self, limit: usize) -> Result<OpenMail, StoreError> {
        self.check()?;
        let mut open = OpenMail::default();
        for (mail, _) in self.state().mail.iter().take(limit) {
            match mail.state {
                MailState::Waiting { .. } => open.waiting.push(mail.clone()),
                MailState::Dead { .. } => open.dead.push(mail.clone()),
                MailState::Delivered { .. } | MailState::Dropped { .. } => {}
            }
        }
        Ok(open)
    }

    async fn retry(&self, id: MailId) -> Result<Option<Mail>, StoreError> {
        let now = self.clock.now();
        self.settle(id, |mail| mail.retry(now))
    }

    async fn discard(&self, id: MailId) -> Result<Option<Mail>, StoreError> {
        let now = self.clock.now();
        self.settle(id, |mail| mail.discard(now))
    }
}

#[async_trait]
impl People for Memory {
    async fn proof(&self, user: UserId, session: SessionId) -> Result<Option<Proof>, StoreError> {
        Ok(self.state().proofs.get(&(user, session)).copied())
    }

    async fn sessions(&self, _user: UserId) -> Result<Vec<Session>, StoreError> {
        Ok(Vec::new())
    }

    async fn end_sessions(&self, user: UserId, _at: Timestamp) -> Result<Vec<SecretHash>, StoreError> {
        self.check()?;
        Ok(self.state().tokens.remove(&user).unwrap_or_default())
    }
}

#[async_trait]
impl MailServers for Memory {
    fn seal(&self, organization: &OrganizationKey, server: &MailServer, password: &SecretString) -> Vec<u8> {
        format!("{organization} {}:{} {}", server.host, server.port, password.expose_secret()).into_bytes()
    }

    async fn test(&self, lineage: &[Organization], _to: &EmailAddress) -> Result<(), MailTrouble> {
        let server = lineage.iter().find_map(|one| one.settings.mail_server.as_ref());
        if server.is_some() { Ok(()) } else { Err(MailTrouble::new(MailFault::Connect, "nobody there")) }
    }
}

impl SessionObserver for Memory {
    fn forget(&self, tokens: &[SecretHash]) {
        self.state().forgotten_tokens.extend_from_slice(tokens);
    }

    fn user_changed(&self, user: UserId) {
        self.state().changed_users.push(user);
    }
}
