//! Organizations' own mail servers: which one sends a message, what it is called, and the seal on its password.
//!
//! The nearest organization up the tree that has a server sends; else the configuration does. Each server has connections of its
//! own. One that cannot be reached rests for a while, and what is to be sent through it waits: a client's server that is down
//! must not hold up the mail of the others.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use lettre::message::Mailbox;
use secrecy::SecretString;

use super::mime;
use super::transport::{Transport, Undelivered};
use crate::config::{Config, SmtpConfig};
use crate::domain::Timestamp;
use crate::domain::mail::{MailEncryption, MailFailureReason};
use crate::domain::names::OrganizationKey;
use crate::domain::organization::{Effective, MailServer, Organization};
use crate::keys::MasterKey;
use crate::random::Random;

/// Servers whose connections are kept; past it all are made anew.
const KEPT: usize = 256;
/// How long a server rests that could not be reached.
const REST: Duration = Duration::from_secs(30);

/// Seals the password of an organization's mail server for this very server.
pub fn seal_password(
    master: &MasterKey,
    random: &dyn Random,
    organization: &OrganizationKey,
    server: &MailServer,
    password: &SecretString,
) -> Vec<u8> {
    use secrecy::ExposeSecret;
    master.seal(&purpose(organization, server), password.expose_secret().as_bytes(), random)
}

/// What connecting to an organization's server takes. `None` if its password was sealed for another server or under another
/// master key: it is not sent anywhere then.
pub(super) fn settings(master: &MasterKey, organization: &OrganizationKey, server: &MailServer) -> Option<SmtpConfig> {
    let credentials = match (&server.username, &server.password) {
        (Some(username), Some(sealed)) => {
            let opened = master.open(&purpose(organization, server), sealed)?;
            Some((username.clone(), SecretString::from(std::str::from_utf8(&opened).ok()?.to_owned())))
        }
        _ => None,
    };
    Some(SmtpConfig { host: server.host.clone(), port: server.port, tls: server.encryption, credentials })
}

/// The organization whose server sends for the first of `lineage`, and the server.
pub(super) fn in_force(lineage: &[Organization]) -> Option<(&OrganizationKey, &MailServer)> {
    lineage.iter().find_map(|one| one.settings.mail_server.as_deref().map(|server| (&one.key, server)))
}

/// Who messages come from: the server's own sender if there is one. The name is the one that an organization settled for that; else the
/// one in `mail.from`, where that is the sender; else the organization's.
pub(super) fn sender(lineage: &[Organization], config: &Config) -> Result<Mailbox, lettre::error::Error> {
    let settled = Effective::of(lineage).sender_name;
    let settled = settled.as_ref().map(|name| name.as_str());
    let organization = lineage.first().map(|nearest| nearest.name.as_str());
    match in_force(lineage) {
        Some((_, server)) => {
            let name = settled.or(organization).unwrap_or(&config.portal.name);
            mime::mailbox(Some(name), &server.sender)
        }
        None => {
            let configured = config.mail.from.as_ref().and_then(|sender| sender.name.as_deref());
            mime::sender(config, settled.or(configured).or(organization))
        }
    }
}

fn purpose(organization: &OrganizationKey, server: &MailServer) -> String {
    let encryption = match server.encryption {
        MailEncryption::StartTls => "starttls",
        MailEncryption::Implicit => "implicit",
        MailEncryption::None => "none",
    };
    let username = server.username.as_deref().unwrap_or_default();
    format!("mail server {organization} {encryption} {}:{} {username}", server.host, server.port)
}

/// The connections to organizations' servers.
#[derive(Default)]
pub(super) struct Servers(Mutex<HashMap<OrganizationKey, Arc<Door>>>);

/// One organization's server.
pub(super) struct Door {
    server: MailServer,
    transport: Transport,
    rest: Mutex<Option<(Timestamp, Undelivered)>>,
}

impl Servers {
    /// The way to an organization's server, made anew when the server was changed.
    pub(super) fn door(
        &self,
        organization: &OrganizationKey,
        server: &MailServer,
        master: &MasterKey,
        hello: &str,
    ) -> Arc<Door> {
        let mut doors = lock(&self.0);
        if let Some(door) = doors.get(organization).filter(|door| door.server == *server) {
            return Arc::clone(door);
        }
        if doors.len() >= KEPT {
            doors.clear();
        }
        let transport = match settings(master, organization, server) {
            Some(settings) => Transport::smtp(&settings, hello),
            None => Transport::Closed(Undelivered::now(
                MailFailureReason::Authentication,
                "the mail server's password was kept for another server, or under another master key; type it again",
            )),
        };
        let door = Arc::new(Door { server: server.clone(), transport, rest: Mutex::default() });
        doors.insert(organization.clone(), Arc::clone(&door));
        door
    }
}

impl Door {
    /// The way out, unless it rests.
    pub(super) fn transport(&self, now: Timestamp) -> Result<&Transport, Undelivered> {
        let rest = lock(&self.rest);
        match &*rest {
            // A clock set back must not make a rest of seconds one of years.
            Some((until, why)) if now < *until && until.duration_since(now) <= REST.try_into().unwrap_or_default() => {
                Err(why.clone())
            }
            _ => Ok(&self.transport),
        }
    }

    /// Notes how a try went.
    pub(super) fn note(&self, outcome: &Result<(), Undelivered>, now: Timestamp) {
        let unreachable = |undelivered: &&Undelivered| {
            matches!(
                undelivered.reason,
                MailFailureReason::Connect | MailFailureReason::Tls | MailFailureReason::TimedOut
            )
        };
        let why = outcome.as_ref().err().filter(unreachable);
        *lock(&self.rest) = why.map(|why| (now + REST, why.clone()));
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::config::ParseContext;
    use crate::domain::organization::OrganizationSettings;

    fn organization(name: &str, settled: Option<&str>, server: bool) -> Organization {
        let mail_server = server.then(|| {
            Box::new(MailServer {
                host: "smtp.acme.example".to_owned(),
                port: 587,
                encryption: MailEncryption::StartTls,
                username: None,
                password: None,
                sender: "hola@acme.example".parse().expect("an address"),
            })
        });
        let sender_name = settled.map(|name| name.parse().expect("a name"));
        Organization {
            key: "acme".parse().expect("a key"),
            written_key: "ACME".to_owned(),
            name: name.parse().expect("a name"),
            parent: None,
            created_at: Timestamp::UNIX_EPOCH,
            settings: OrganizationSettings { mail_server, sender_name, ..Default::default() },
        }
    }

    // rule 7
    #[test]
    fn messages_come_from_the_organization_by_name_unless_somebody_settled_another() {
        let said = |organization: Option<Organization>, from: &str| {
            let config = Config::parse(from, ParseContext::new("test", Path::new("/"))).expect("a sound file");
            let lineage: Vec<_> = organization.into_iter().collect();
            sender(&lineage, &config).expect("a sender").to_string()
        };
        let plain = "[mail]\nfrom = \"door@portero.example\"";
        let named = "[mail]\nfrom = \"The Door <door@portero.example>\"";
        let acme = |settled, server| Some(organization("Seguros Acme", settled, server));
        assert_eq!(said(None, plain), "Portero <door@portero.example>");
        assert_eq!(said(acme(None, false), plain), "Seguros Acme <door@portero.example>");
        assert_eq!(said(acme(None, false), named), "The Door <door@portero.example>");
        assert_eq!(said(acme(Some("El Norte"), false), named), "El Norte <door@portero.example>");
        assert_eq!(said(acme(None, true), named), "Seguros Acme <hola@acme.example>");
        assert_eq!(said(acme(Some("El Norte"), true), named), "El Norte <hola@acme.example>");
    }
}
