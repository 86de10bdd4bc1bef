//! The way into the outbox.

use std::sync::Arc;

use tokio::sync::Notify;

use super::letter::Letter;
use super::transport::Transport;
use super::{mime, server, trial};
use crate::clock::Clock;
use crate::config::{Config, MailTransport};
use crate::domain::Timestamp;
use crate::domain::ids::{MailId, UserId};
use crate::domain::language::Language;
use crate::domain::mail::{Mail, MailFault, MailKind, MailTrouble};
use crate::domain::names::{DisplayName, EmailAddress, OrganizationKey};
use crate::domain::organization::Organization;
use crate::keys::MasterKey;
use crate::random::Random;
use crate::store::{NewMail, OpenMail, Outbox, StoreError};
use crate::templates::{MailFrame, MailPage, TemplateError, Templates, TrialMail};

/// Why a message was not put into the outbox.
#[derive(Debug, thiserror::Error)]
pub enum PostError {
    /// Its words could not be put together.
    #[error(transparent)]
    Template(#[from] TemplateError),
    /// It could not be sealed.
    #[error("a message could not be sealed")]
    Seal(#[from] serde_json::Error),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Who is written to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Addressee {
    /// The address.
    pub address: EmailAddress,
    /// The language; `None` for the portal's.
    pub language: Option<Language>,
    /// Whose account it is about.
    pub user: Option<UserId>,
    /// On behalf of which organization: its name signs, its mail server sends.
    pub organization: Option<(OrganizationKey, DisplayName)>,
}

/// Takes messages in.
pub struct MailRoom {
    /// Where they wait.
    pub store: Arc<dyn Outbox>,
    /// Seals them.
    pub master: Arc<MasterKey>,
    /// The words as they are now.
    pub templates: Arc<dyn Fn() -> Arc<Templates> + Send + Sync>,
    /// The configuration as it is now.
    pub config: Arc<dyn Fn() -> Arc<Config> + Send + Sync>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Names and nonces.
    pub random: Arc<dyn Random>,
    /// Wakes the deliverer of this process, if there is one.
    pub wake: Arc<Notify>,
}

impl MailRoom {
    /// Puts a message for each addressee into the outbox: all of them, or none. `write` makes the message for each, so that
    /// different addresses may get different codes. Durable when it answers; nothing is sent yet.
    ///
    /// # Errors
    /// [`PostError`]
    pub async fn post<P: MailPage>(
        &self,
        kind: MailKind,
        to: &[Addressee],
        useful_until: Option<Timestamp>,
        write: impl Fn(&Addressee) -> P + Send + Sync,
    ) -> Result<(), PostError> {
        let messages = self.write(kind, to, useful_until, write)?;
        self.store.enqueue_mail(messages).await?;
        self.posted();
        Ok(())
    }

    /// Wakes the deliverer, after messages went into the store by another verb.
    pub fn posted(&self) {
        self.wake.notify_one();
    }

    /// Writes and seals a message for each addressee, to be put into the store by a verb that does something else in the same
    /// step; say [`Self::posted`] afterwards.
    ///
    /// # Errors
    /// [`PostError`], but never that the store failed.
    pub fn write<P: MailPage>(
        &self,
        kind: MailKind,
        to: &[Addressee],
        useful_until: Option<Timestamp>,
        write: impl Fn(&Addressee) -> P,
    ) -> Result<Vec<NewMail>, PostError> {
        let (config, templates) = ((self.config)(), (self.templates)());
        let now = self.clock.now();
        let mut messages = Vec::with_capacity(to.len());
        for addressee in to {
            let language = addressee.language.unwrap_or(config.portal.language);
            let written = templates.write(&write(addressee), &self.frame(&config, language))?;
            let letter = Letter { language, subject: written.subject, text: written.text, html: written.html };
            let id = MailId::from_random(self.random.bytes());
            let mut mail = Mail::new(id, addressee.address.clone(), kind, now, useful_until);
            mail.user = addressee.user;
            mail.organization = addressee.organization.as_ref().map(|(key, _)| key.clone());
            messages.push(NewMail { mail, sealed: letter.seal(id, &self.master, &*self.random)? });
        }
        Ok(messages)
    }

    /// Sends a message to `to` through the server that is in force for the first of `lineage`, past the outbox, and says what is
    /// wrong if it does not go.
    ///
    /// # Errors
    /// [`MailTrouble`]
    pub async fn try_out(&self, lineage: &[Organization], to: &Addressee) -> Result<(), MailTrouble> {
        let broken = |error: &dyn std::fmt::Display| MailTrouble::new(MailFault::Message, &error.to_string());
        let config = (self.config)();
        let language = to.language.unwrap_or(config.portal.language);
        let page = TrialMail { organization: lineage.first().map(|one| one.name.to_string()).unwrap_or_default() };
        let written =
            (self.templates)().write(&page, &self.frame(&config, language)).map_err(|error| broken(&error))?;
        let letter = Letter {
            language,
            subject: written.subject.clone(),
            text: written.text.clone(),
            html: written.html.clone(),
        };
        let id = MailId::from_random(self.random.bytes());
        let mail = Mail::new(id, to.address.clone(), MailKind::Test, self.clock.now(), None);
        let message = server::sender(lineage, &config)
            .and_then(|sender| mime::message(&mail, &letter, sender, &config.portal.origin))
            .map_err(|error| broken(&error))?;
        let hello = mime::mail_host(&config.portal.origin);
        let own = server::in_force(lineage).map(|(key, settings)| server::settings(&self.master, key, settings));
        match own {
            Some(Some(settings)) => trial::run(&settings, hello, &message).await,
            Some(None) => Err(MailTrouble::new(MailFault::Authentication, "")),
            None => match (config.mail.transport, &config.mail.smtp) {
                (MailTransport::Smtp, Some(settings)) => trial::run(settings, hello, &message).await,
                _ => Transport::new(&config)
                    .send(&mail, message)
                    .await
                    .map_err(|undelivered| MailTrouble::new(MailFault::Folder, &undelivered.detail)),
            },
        }
    }

    fn frame(&self, config: &Config, language: Language) -> MailFrame {
        MailFrame {
            language,
            product: config.portal.name.clone(),
            support: config.portal.support.clone(),
            origin: config.portal.origin.to_string(),
        }
    }

    /// What waits and what was given up; see [`Outbox::open_mail`].
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn open(&self, limit: usize) -> Result<OpenMail, StoreError> {
        self.store.open_mail(limit).await
    }

    /// Has a message tried anew, at once; see [`Outbox::retry_mail`].
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn retry(&self, id: MailId) -> Result<Option<Mail>, StoreError> {
        let retried = self.store.retry_mail(id, self.clock.now()).await?;
        self.wake.notify_one();
        Ok(retried)
    }

    /// Drops a message; see [`Outbox::drop_mail`].
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn discard(&self, id: MailId) -> Result<Option<Mail>, StoreError> {
        self.store.drop_mail(id, self.clock.now()).await
    }
}
