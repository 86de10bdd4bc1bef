//! What an organization settles: its name, its rules, its mail server.
//!
//! A mail server's password is kept for the very server it was typed for: host, port, encryption and user name. Whoever changes one
//! of them types it again, or it is dropped. It never comes back out.

use secrecy::SecretString;
use serde::{Deserialize, Serialize};

use super::authority::Authority;
use super::request::revealed;
use super::{AdministerError, Administrator, Answer, MailServerFault, OrganizationView};
use crate::config::{canonical_host, is_loopback_host};
use crate::domain::mail::{MailEncryption, MailTrouble};
use crate::domain::names::{DisplayName, EmailAddress, OrganizationKey};
use crate::domain::organization::{MailServer, Organization, OrganizationChange, OrganizationSettings, RulesEdit};

/// The most characters of a mail server's user name.
const MAX_USERNAME: usize = 254;

/// Changes to an organization; what is `None` stays.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EditOrganization {
    /// Which.
    pub organization: OrganizationKey,
    /// The new name.
    pub name: Option<DisplayName>,
    /// Changes to what it settles.
    pub rules: Option<Box<RulesEdit>>,
}

/// A mail server to be set.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewMailServer {
    /// A name, an IPv4 address, or an IPv6 address in brackets.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// How the connection is encrypted.
    pub encryption: MailEncryption,
    /// The user name, if it asks for one.
    pub username: Option<String>,
    /// Its password; `None` for the one that was typed for this very server before.
    #[serde(with = "revealed")]
    pub password: Option<SecretString>,
    /// The address that messages come from.
    pub sender: EmailAddress,
}

/// What may be told of a mail server: everything but its password.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MailServerView {
    /// Its host.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// How the connection is encrypted.
    pub encryption: MailEncryption,
    /// The user name.
    pub username: Option<String>,
    /// Whether there is a password.
    pub has_password: bool,
    /// The address that messages come from.
    pub sender: EmailAddress,
}

/// An organization with what it settles.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrganizationDetails {
    /// The organization.
    pub organization: OrganizationView,
    /// Its own mail server.
    pub mail_server: Option<MailServerView>,
    /// Whose mail server is in force.
    pub sends_by: TestedServer,
    /// What else it settles itself.
    pub rules: OrganizationSettings,
}

/// Whose mail server.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TestedServer {
    /// An organization's.
    Organization(OrganizationKey),
    /// The one in the configuration.
    Installation,
}

/// How the test of a mail server ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MailTestView {
    /// Whose server was tried.
    pub server: TestedServer,
    /// Where the message went.
    pub to: EmailAddress,
    /// Why it did not; `None` if the server took it.
    pub trouble: Option<MailTrouble>,
}

impl From<&MailServer> for MailServerView {
    fn from(server: &MailServer) -> Self {
        let MailServer { host, port, encryption, username, password, sender } = server;
        Self {
            host: host.clone(),
            port: *port,
            encryption: *encryption,
            username: username.clone(),
            has_password: password.is_some(),
            sender: sender.clone(),
        }
    }
}

impl Administrator {
    pub(super) async fn show_organization(&self, key: &OrganizationKey) -> Result<Answer, AdministerError> {
        let lineage = self.lineage_of(key).await?;
        Ok(Answer::Details(Box::new(details(lineage, key)?)))
    }

    pub(super) async fn edit_organization(&self, edit: EditOrganization) -> Result<Answer, AdministerError> {
        let name = edit.name.map(OrganizationChange::SetName);
        let rules = edit.rules.map(OrganizationChange::EditRules);
        let mut changed = false;
        for change in [name, rules].into_iter().flatten() {
            self.change_organization(&edit.organization, change).await?;
            changed = true;
        }
        if !changed {
            return Err(AdministerError::NothingToChange);
        }
        self.show_organization(&edit.organization).await
    }

    pub(super) async fn set_mail_server(
        &self,
        key: &OrganizationKey,
        server: Option<NewMailServer>,
    ) -> Result<Answer, AdministerError> {
        let present = self.lineage_of(key).await?.into_iter().next();
        let present = present.and_then(|organization| organization.settings.mail_server);
        let server = match server {
            Some(new) => Some(Box::new(self.judge(key, new, present.as_deref())?)),
            None => None,
        };
        self.change_organization(key, OrganizationChange::SetMailServer(server)).await?;
        self.show_organization(key).await
    }

    /// Tries the mail server that is in force, and says how it went. That it failed is an answer, too.
    pub(super) async fn test_mail(
        &self,
        key: &OrganizationKey,
        to: Option<EmailAddress>,
        authority: &Authority,
    ) -> Result<Answer, AdministerError> {
        let own = || authority.person().and_then(|person| person.emails.first().cloned());
        let to = to.or_else(own).ok_or(AdministerError::NoAddress)?;
        let lineage = self.lineage_of(key).await?;
        // Hosts and ports are the person's choice, and the answer tells what is there.
        if authority.person().is_some_and(|person| !self.trials.allows(person.id, self.clock.now())) {
            return Err(AdministerError::TooOften);
        }
        let trouble = self.servers.test(&lineage, &to).await.err();
        Ok(Answer::MailTest(MailTestView { server: sends_by(&lineage), to, trouble }))
    }

    /// The server as it will be kept.
    fn judge(
        &self,
        key: &OrganizationKey,
        new: NewMailServer,
        present: Option<&MailServer>,
    ) -> Result<MailServer, AdministerError> {
        let host = new.host.trim();
        let host = canonical_host(host).filter(|host| !host.contains(':') || host.ends_with(']'));
        let host = host.ok_or(AdministerError::MailServer(MailServerFault::Host))?;
        if new.port == 0 {
            return Err(AdministerError::MailServer(MailServerFault::Port));
        }
        let username = new.username.map(|name| name.trim().to_owned()).filter(|name| !name.is_empty());
        if username.as_ref().is_some_and(|name| name.chars().count() > MAX_USERNAME || name.contains(char::is_control))
        {
            return Err(AdministerError::MailServer(MailServerFault::Username));
        }
        let mut server = MailServer {
            host,
            port: new.port,
            encryption: new.encryption,
            username,
            password: None,
            sender: new.sender,
        };
        let kept =
            present.filter(|present| is_same_door(present, &server)).and_then(|present| present.password.clone());
        server.password = match &new.password {
            _ if server.username.is_none() => None,
            Some(password) => Some(self.servers.seal(key, &server, password)),
            None => kept,
        };
        if server.password.is_some() && server.encryption == MailEncryption::None && !is_loopback_host(&server.host) {
            return Err(AdministerError::MailServer(MailServerFault::Clear));
        }
        Ok(server)
    }

    async fn lineage_of(&self, key: &OrganizationKey) -> Result<Vec<Organization>, AdministerError> {
        let lineage = self.accounts.lineage(key).await?;
        if lineage.is_empty() { Err(AdministerError::UnknownOrganization(key.clone())) } else { Ok(lineage) }
    }

    async fn change_organization(
        &self,
        key: &OrganizationKey,
        change: OrganizationChange,
    ) -> Result<(), AdministerError> {
        let changed = self.accounts.change_organization(key, change).await?;
        changed.map(drop).ok_or_else(|| AdministerError::UnknownOrganization(key.clone()))
    }
}

/// Whether a password that was typed for `one` may be sent to `other`.
fn is_same_door(one: &MailServer, other: &MailServer) -> bool {
    (&one.host, one.port, one.encryption, &one.username) == (&other.host, other.port, other.encryption, &other.username)
}

fn details(lineage: Vec<Organization>, key: &OrganizationKey) -> Result<OrganizationDetails, AdministerError> {
    let sends_by = sends_by(&lineage);
    let own = lineage.into_iter().next().ok_or_else(|| AdministerError::UnknownOrganization(key.clone()))?;
    let mail_server = own.settings.mail_server.as_deref().map(MailServerView::from);
    let rules = OrganizationSettings { mail_server: None, ..own.settings.clone() };
    Ok(OrganizationDetails { organization: own.into(), mail_server, sends_by, rules })
}

fn sends_by(lineage: &[Organization]) -> TestedServer {
    lineage
        .iter()
        .find(|organization| organization.settings.mail_server.is_some())
        .map_or(TestedServer::Installation, |organization| TestedServer::Organization(organization.key.clone()))
}
