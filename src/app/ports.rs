//! The services, in the narrow form that administration asks for.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use secrecy::{ExposeSecret, SecretString};

use super::foundation::Foundation;
use crate::clock::Clock;
use crate::config::Config;
use crate::domain::Timestamp;
use crate::domain::ids::{MailId, SecretHash, SessionId, UserId};
use crate::domain::mail::{Mail, MailKind, MailTrouble};
use crate::domain::names::{EmailAddress, OrganizationKey};
use crate::domain::organization::{MailServer, Organization};
use crate::domain::password::{PasswordContext, PasswordHash, PasswordPolicy, Unmet};
use crate::domain::session::{EndReason, Session};
use crate::domain::user::User;
use crate::flows::administer::{
    AdministerError, AttemptCounters, Correspondence, Invitation, KeyRing, KeyView, MailServers, NewSecrets, People,
    Proof, Tidings, UserRef,
};
use crate::flows::confirm::proof;
use crate::flows::{self, News, sends};
use crate::keys::{Keys, MasterKey, replace_signing_key};
use crate::mail::{Addressee, MailRoom, seal_password};
use crate::passwords::{CommonPasswords, HashError, PasswordHasher, check_new, generate_temporary};
use crate::random::Random;
use crate::sessions::SessionObserver;
use crate::store::{NewMail, OpenMail, Store, StoreError};
use crate::templates::{AccountNews, InvitationMail};
use crate::throttle;

/// Makes and judges passwords for administration.
pub(super) struct Secrets {
    config: Arc<dyn Fn() -> Arc<Config> + Send + Sync>,
    common: Arc<CommonPasswords>,
    hasher: Arc<PasswordHasher>,
    random: Arc<dyn Random>,
}

impl Secrets {
    /// `config` tells what is in force.
    pub(super) fn new(foundation: &Foundation, config: Arc<dyn Fn() -> Arc<Config> + Send + Sync>) -> Self {
        Self {
            config,
            common: Arc::clone(&foundation.common),
            hasher: Arc::clone(&foundation.hasher),
            random: Arc::clone(&foundation.random),
        }
    }
}

#[async_trait]
impl NewSecrets for Secrets {
    fn unmet(&self, password: &SecretString, person: PasswordContext<'_>, policy: &PasswordPolicy) -> Vec<Unmet> {
        check_new(policy, &self.common, person, password.expose_secret())
    }

    fn temporary(&self) -> SecretString {
        generate_temporary(&*self.random, &(self.config)().password.policy)
    }

    fn temporary_lifetime(&self) -> Duration {
        (self.config)().recovery.temporary_password
    }

    async fn hash(&self, password: &SecretString) -> Result<PasswordHash, AdministerError> {
        self.hasher.hash(password, &*self.random).await.map_err(|error| match error {
            HashError::TooLong => AdministerError::Password(vec![Unmet::TooLong]),
            HashError::Overloaded(_) => AdministerError::Overloaded,
        })
    }
}

/// What was counted against accounts.
pub(super) struct Counters {
    pub(super) store: Arc<dyn Store>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) config: Arc<dyn Fn() -> Arc<Config> + Send + Sync>,
}

#[async_trait]
impl AttemptCounters for Counters {
    async fn forget(&self, user: &UserRef) -> Result<(), StoreError> {
        throttle::lift(&*self.store, user.organization.as_str(), user.username.as_str()).await
    }

    async fn closed_until(&self, user: &UserRef) -> Result<Option<Timestamp>, StoreError> {
        let (organization, username) = (user.organization.as_str(), user.username.as_str());
        let numbers = (self.config)().throttle;
        throttle::closed_until(&*self.store, numbers, organization, username, self.clock.now()).await
    }
}

/// The signing keys: those in memory while a server runs, else those in the store.
pub(super) struct Ring {
    store: Arc<dyn Store>,
    master: Arc<MasterKey>,
    clock: Arc<dyn Clock>,
    random: Arc<dyn Random>,
    live: Option<Arc<Keys>>,
}

impl Ring {
    pub(super) fn new(foundation: &Foundation, live: Option<Arc<Keys>>) -> Self {
        Self {
            store: Arc::clone(&foundation.store),
            master: Arc::clone(&foundation.master),
            clock: Arc::clone(&foundation.clock),
            random: Arc::clone(&foundation.random),
            live,
        }
    }
}

#[async_trait]
impl KeyRing for Ring {
    async fn list(&self) -> Result<Vec<KeyView>, AdministerError> {
        let records = self.store.signing_keys().await?;
        Ok(records.iter().map(KeyView::from).collect())
    }

    async fn rotate(&self) -> Result<KeyView, AdministerError> {
        let store: &dyn Store = &*self.store;
        let rotated = match &self.live {
            Some(keys) => keys.rotate(store, &self.master, &*self.clock, &*self.random).await,
            None => replace_signing_key(store, &self.master, &*self.clock, &*self.random).await,
        };
        let kid = rotated.map_err(|error| AdministerError::Keys(Box::new(error)))?;
        let keys = self.list().await?;
        keys.into_iter().find(|key| key.kid == kid).ok_or(AdministerError::Store(StoreError::Closed))
    }
}

/// Letters, by the mail room.
pub(super) struct Letters(pub(super) Arc<MailRoom>);

#[async_trait]
impl Correspondence for Letters {
    async fn invite(&self, invitation: Invitation<'_>) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
        let config = (self.0.config)();
        let Invitation { user, organization, to, password, expires_at } = invitation;
        let addressee = Addressee {
            address: to.clone(),
            language: user.language,
            user: Some(user.id),
            organization: sends(user, organization),
        };
        let expires = expires_at.to_zoned(config.portal.time_zone.clone()).strftime("%Y-%m-%d %H:%M %Z").to_string();
        let write = |_: &Addressee| InvitationMail {
            name: user.name.to_string(),
            organization: organization.name.to_string(),
            organization_key: organization.written_key.clone(),
            username: user.username.to_string(),
            temporary_password: password.expose_secret().to_owned(),
            expires_at: expires.clone(),
            sign_in: format!("{}/_portero/login", config.portal.origin),
        };
        Ok(self.0.post(MailKind::Invitation, &[addressee], Some(expires_at), write).await?)
    }

    fn write(
        &self,
        user: &User,
        organization: &Organization,
        to: &[EmailAddress],
        tidings: Tidings<'_>,
    ) -> Result<Vec<NewMail>, Box<dyn std::error::Error + Send + Sync>> {
        let letters = flows::Letters::new(Arc::clone(&self.0));
        let (what, news) = match tidings {
            Tidings::EmailsSet(main) => (AccountNews::EmailsSet, News { email: main.cloned(), ..News::default() }),
            Tidings::TemporaryPassword { password, expires_at } => {
                let secret = Some(password.expose_secret().to_owned());
                let link = Some(letters.page("/login"));
                let news = News { secret, link, expires_at: Some(expires_at), ..News::default() };
                (AccountNews::TemporaryPassword, news)
            }
        };
        Ok(letters.about(user, organization, to, what, &news)?)
    }

    fn posted(&self) {
        self.0.posted();
    }

    async fn about(&self, user: UserId, limit: usize) -> Result<Vec<Mail>, StoreError> {
        self.0.store.mail_about(user, limit).await
    }

    async fn open(&self, limit: usize) -> Result<OpenMail, StoreError> {
        self.0.open(limit).await
    }

    async fn retry(&self, id: MailId) -> Result<Option<Mail>, StoreError> {
        self.0.retry(id).await
    }

    async fn discard(&self, id: MailId) -> Result<Option<Mail>, StoreError> {
        self.0.discard(id).await
    }
}

#[async_trait]
impl MailServers for Letters {
    fn seal(&self, organization: &OrganizationKey, server: &MailServer, password: &SecretString) -> Vec<u8> {
        seal_password(&self.0.master, &*self.0.random, organization, server, password)
    }

    async fn test(&self, lineage: &[Organization], to: &EmailAddress) -> Result<(), MailTrouble> {
        let addressee = Addressee { address: to.clone(), language: None, user: None, organization: None };
        self.0.try_out(lineage, &addressee).await
    }
}

/// Sessions, and when their passwords were proved.
pub(super) struct Present {
    pub(super) store: Arc<dyn Store>,
    pub(super) clock: Arc<dyn Clock>,
}

#[async_trait]
impl People for Present {
    async fn proof(&self, user: UserId, session: SessionId) -> Result<Option<Proof>, StoreError> {
        proof(&*self.store, user, session, self.clock.now()).await
    }

    async fn sessions(&self, user: UserId) -> Result<Vec<Session>, StoreError> {
        self.store.sessions_of(user).await
    }

    async fn end_sessions(&self, user: UserId, at: Timestamp) -> Result<Vec<SecretHash>, StoreError> {
        self.store.end_sessions_of(user, None, EndReason::Revoked, at).await
    }
}

/// Nobody keeps sessions in memory: a lone command.
pub(super) struct Deaf;

impl SessionObserver for Deaf {
    fn forget(&self, _: &[SecretHash]) {}

    fn user_changed(&self, _: UserId) {}
}
