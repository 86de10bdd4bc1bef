//! What flows write to people about their account: one call for what happened, in each reader's language.

use std::net::IpAddr;
use std::sync::Arc;

use crate::domain::Timestamp;
use crate::domain::mail::MailKind;
use crate::domain::names::{DisplayName, EmailAddress, OrganizationKey};
use crate::domain::organization::Organization;
use crate::domain::user::{Role, User};
use crate::mail::{Addressee, MailRoom, PostError};
use crate::store::NewMail;
use crate::templates::{AccountMail, AccountNews};

/// Writes to people. Nothing is stored or sent here: the messages go into the store with the change that they tell of.
#[derive(Clone)]
pub struct Letters(Arc<MailRoom>);

/// What is told.
#[derive(Debug, Default)]
pub(crate) struct News {
    /// The code or temporary password, a link, until when they work.
    pub(crate) secret: Option<String>,
    /// A link on the portal's origin.
    pub(crate) link: Option<String>,
    /// Until when they work.
    pub(crate) expires_at: Option<Timestamp>,
    /// The address that comes or came.
    pub(crate) email: Option<EmailAddress>,
    /// Days that are left.
    pub(crate) days: Option<u32>,
    /// From where it was asked for.
    pub(crate) address: Option<IpAddr>,
}

impl Letters {
    /// Over a mail room.
    pub const fn new(room: Arc<MailRoom>) -> Self {
        Self(room)
    }

    /// A message about `user` for each of `to`.
    pub(crate) fn about(
        &self,
        user: &User,
        organization: &Organization,
        to: &[EmailAddress],
        what: AccountNews,
        news: &News,
    ) -> Result<Vec<NewMail>, PostError> {
        let config = (self.0.config)();
        let zone = &config.portal.time_zone;
        let shown = |at: Timestamp| at.to_zoned(zone.clone()).strftime("%Y-%m-%d %H:%M %Z").to_string();
        let addressee = |address: &EmailAddress| Addressee {
            address: address.clone(),
            language: user.language,
            user: Some(user.id),
            organization: sends(user, organization),
        };
        let addressees: Vec<Addressee> = to.iter().map(addressee).collect();
        self.0.write(kind_of(what), &addressees, news.expires_at, |_| AccountMail {
            news: what,
            name: user.name.to_string(),
            organization: organization.name.to_string(),
            organization_key: organization.written_key.clone(),
            username: user.username.to_string(),
            secret: news.secret.clone(),
            link: news.link.clone(),
            expires_at: news.expires_at.map(shown),
            // All addresses may have been taken away.
            email: news.email.as_ref().map_or_else(|| Some("—".to_owned()), |email| Some(email.to_string())),
            days: news.days,
            at: shown(self.0.clock.now()),
            address: news.address.map(|address| address.to_string()),
        })
    }

    /// The address of one of Portero's pages, for a mail: always on the configured origin.
    pub(crate) fn page(&self, path: &str) -> String {
        format!("{}/_portero{path}", (self.0.config)().portal.origin)
    }

    /// Wakes whoever delivers, once the store has the messages.
    pub(crate) fn posted(&self) {
        self.0.posted();
    }
}

/// On whose behalf a message goes out. An operator's goes by the installation's own server: whoever runs the mail server of an
/// organization reads what it sends, and that must not make an operator of an organization's admin.
pub(crate) fn sends(user: &User, organization: &Organization) -> Option<(OrganizationKey, DisplayName)> {
    (user.role != Role::Operator).then(|| (organization.key.clone(), organization.name.clone()))
}

const fn kind_of(news: AccountNews) -> MailKind {
    match news {
        AccountNews::TemporaryPassword => MailKind::TemporaryPassword,
        AccountNews::RescueCode => MailKind::RescueCode,
        AccountNews::ResetLink => MailKind::ResetLink,
        AccountNews::PasswordChanged | AccountNews::PasswordRecovered => MailKind::PasswordChanged,
        AccountNews::QuestionUsed | AccountNews::QuestionSet | AccountNews::QuestionRemoved => MailKind::SecretQuestion,
        AccountNews::ConfirmEmail => MailKind::ConfirmEmail,
        AccountNews::EmailChangeAsked => MailKind::EmailChangeWarning,
        AccountNews::EmailChanged | AccountNews::EmailsSet => MailKind::EmailChanged,
        AccountNews::Expiry => MailKind::ExpiryWarning,
    }
}
