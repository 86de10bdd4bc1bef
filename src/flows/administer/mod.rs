//! Administration: every act on organizations, users and signing keys, asked for as a value and answered with a value.
//!
//! One act goes through [`Administrator::perform`]:
//!
//! 1. the [`Request`] names what it is about (`Request::subject`), which is what the audit trail will say;
//! 2. it is allowed or refused, in one place (`authority`), by what the store says of the actor at this moment;
//!    That holds until the act is done: whatever changes rights waits for its turn (`Turn`);
//! 3. the act itself: one atomic verb of the store (an edit of several rights is one verb each);
//! 4. whoever keeps sessions in memory is told at once, through [`SessionObserver`];
//! 5. one audit event, for a success and for a refusal alike; looking leaves none, unless it was refused.
//!
//! The command line, the control socket and the web share these acts, so a rule holds whichever door is used. Refuses to know
//! HTTP, terminals and files. Neighbours: the store's traits below; hashing, keys and counters through the narrow traits in
//! [`ports`].

mod account;
mod answer;
mod authority;
mod error;
mod expiring;
mod import;
mod mail;
mod organizations;
mod pace;
pub mod ports;
mod request;
mod settings;
mod sheet;
mod trail;
mod users;

use std::fmt;
use std::sync::Arc;

use tokio::sync::RwLock;

pub use account::{AccountView, Obstacle, Pending, PendingKind, SessionView};
pub use answer::{
    Answer, ArchiveView, AuditView, KeyView, MailStatus, MailView, OrganizationView, PasswordView,
    TemporaryPasswordView, Trace, UserView,
};
pub use authority::{FRESH, Person};
pub use error::{AdministerError, MailServerFault};
pub use expiring::{ExpiringPage, ExpiringView, SpreadExpiry, SpreadView};
pub use import::{FileFaults, ImportView, RowFault, UserFile, UserFileFormat, UserFileSource};
pub use pace::Pace;
pub use ports::{
    Archives, AttemptCounters, Correspondence, Invitation, KeyRing, MailServers, NewSecrets, People, Proof, Tidings,
};
pub use request::{
    AuditQuery, EditUser, MalformedUserRef, NewOrganization, NewUser, PAGE_LIMIT, Request, UserPage, UserRef,
    UserSearch,
};
pub use settings::{EditOrganization, MailServerView, MailTestView, NewMailServer, OrganizationDetails, TestedServer};
pub use sheet::users_as_csv;

use self::authority::{Authority, Denied};
use self::request::{Subject, Turn};
use crate::clock::Clock;
use crate::config::Config;
use crate::domain::audit::{AuditAction, AuditEvent, AuditReason};
use crate::random::Random;
use crate::sessions::SessionObserver;
use crate::store::{Accounts, AuditTrail};

/// Who asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Actor {
    /// Somebody at the machine itself, who may do everything: whoever may open the store's folder owns what is in it.
    CommandLine {
        /// The operating system's user id.
        uid: u32,
    },
    /// A signed-in person.
    Person(Person),
}

impl fmt::Display for Actor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::CommandLine { uid } => write!(f, "command line, uid {uid}"),
            Self::Person(person) => write!(f, "user {}", person.user),
        }
    }
}

/// Carries out administrative acts.
pub struct Administrator {
    /// Organizations and users.
    pub accounts: Arc<dyn Accounts>,
    /// Where every act is written down.
    pub trail: Arc<dyn AuditTrail>,
    /// Hashes and judges passwords, and makes temporary ones.
    pub secrets: Arc<dyn NewSecrets>,
    /// Counters of failed attempts.
    pub counters: Arc<dyn AttemptCounters>,
    /// Signing keys.
    pub keys: Arc<dyn KeyRing>,
    /// Writes everything to files.
    pub archives: Arc<dyn Archives>,
    /// Writes to people.
    pub mail: Arc<dyn Correspondence>,
    /// Who is signed in.
    pub people: Arc<dyn People>,
    /// Seals and tries organizations' mail servers.
    pub servers: Arc<dyn MailServers>,
    /// The configuration as it is now.
    pub config: Arc<dyn Fn() -> Arc<Config> + Send + Sync>,
    /// Who keeps sessions in memory.
    pub sessions: Arc<dyn SessionObserver>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Where new users' ids come from.
    pub random: Arc<dyn Random>,
    /// Bounds the trials of mail servers.
    pub trials: Pace,
    /// Held while acts are judged and done: alone by those that change rights.
    pub rights: RwLock<()>,
}

impl Administrator {
    /// Carries out `request` for `actor`. When it answers, the act and its audit event are durable.
    ///
    /// # Errors
    /// [`AdministerError`]; nothing was changed, except for [`AdministerError::NotAudited`] and for an edit of several rights
    /// that the store broke off.
    pub async fn perform(&self, actor: Actor, request: Request) -> Result<Answer, AdministerError> {
        let turn = request.turn();
        let _alone = if turn == Turn::Alone { Some(self.rights.write().await) } else { None };
        let _beside = if turn == Turn::Beside { Some(self.rights.read().await) } else { None };
        let mut subject = request.subject();
        let (by, outcome, reason) = match self.authority(actor).await {
            Err(Denied { told, reason }) => (actor.to_string(), Err(told), reason),
            Ok(authority) => {
                let by = authority.name(actor);
                match self.permit(&authority, &request).await {
                    Err(Denied { told, reason }) => (by, Err(told), reason),
                    Ok(()) => {
                        let outcome = self.act(request, actor, &authority, &mut subject).await;
                        let reason = outcome.as_ref().map_or_else(AdministerError::audit_reason, Answer::audit_reason);
                        (by, outcome, reason)
                    }
                }
            }
        };
        if matches!(reason, Some(AuditReason::NotAllowed)) {
            subject.action.get_or_insert(AuditAction::Look);
        }
        if let (Some(event), Some(reason)) = (self.event(actor, &by, subject, reason), reason) {
            tracing::info!(
                target: "audit",
                action = event.action.code(),
                reason = reason.code(),
                address = event.address.map(tracing::field::display),
                organization = event.organization.as_deref(),
                username = event.username.as_deref(),
                user = event.user.map(tracing::field::display),
                session = event.session.map(tracing::field::display),
                actor = by,
                note = event.note.as_deref(),
            );
            match (self.trail.append_audit(event).await, &outcome) {
                (Err(source), Ok(_)) => return Err(AdministerError::NotAudited(source)),
                (Err(error), Err(_)) => tracing::error!(%error, "a refusal could not be written to the audit trail"),
                (Ok(()), _) => {}
            }
        }
        outcome
    }

    /// The act itself; fills in `subject` as it finds out more.
    async fn act(
        &self,
        request: Request,
        actor: Actor,
        authority: &Authority,
        subject: &mut Subject,
    ) -> Result<Answer, AdministerError> {
        match request {
            Request::AddOrganization(new) => self.add_organization(new).await,
            Request::ListOrganizations => self.list_organizations(authority).await,
            Request::ShowOrganization(key) => self.show_organization(&key).await,
            Request::EditOrganization(edit) => self.edit_organization(*edit).await,
            Request::SetMailServer { organization, server } => {
                self.set_mail_server(&organization, server.map(|server| *server)).await
            }
            Request::TestMail { organization, to } => self.test_mail(&organization, to, authority).await,
            Request::AddUser(new) => self.add_user(*new, authority, subject).await,
            Request::ListUsers(page) => self.list_users(page).await,
            Request::FindUsers(search) => self.find_users(search).await,
            Request::ShowUser(user) => self.show_user(&user).await,
            Request::ShowAccount(user) => self.show_account(&user).await,
            Request::Activate(user) => self.activate(&user, subject).await,
            Request::Deactivate(user) => self.deactivate(&user, subject).await,
            Request::Unlock(user) => self.unlock(&user, subject).await,
            Request::SetEmails { user, emails, .. } => self.set_emails(&user, emails, subject).await,
            Request::StartRecovery(user) => self.start_recovery(&user, subject).await,
            Request::MakeTemporaryPassword(user) => self.make_temporary_password(&user, subject).await,
            Request::EndSessions(user) => self.end_sessions(&user, subject).await,
            Request::EditUser(edit) => self.edit_user(*edit, subject).await,
            Request::RemoveUser(user) => self.remove_user(&user, subject).await,
            Request::ImportUsers(file) => self.import_users(file, actor, subject).await,
            Request::ExportUsers(key) => self.list_users(UserPage::all_of(key)).await,
            Request::ListExpiring(page) => self.list_expiring(page).await,
            Request::SpreadExpiry(spread) => self.spread_expiry(spread).await,
            Request::ListKeys => Ok(Answer::Keys(self.keys.list().await?)),
            Request::RotateKey => Ok(Answer::Key(self.keys.rotate().await?)),
            Request::Archive { path, .. } if !path.is_absolute() => Err(AdministerError::RelativePath(path)),
            Request::Archive { form, path } => Ok(Answer::Archive(self.archives.write(form, &path).await?)),
            Request::Audit(query) => self.audit(query, authority).await,
            Request::ListMail => self.list_mail().await,
            Request::RetryMail(id) => self.retry_mail(id, subject).await,
            Request::DropMail(id) => self.drop_mail(id, subject).await,
        }
    }

    /// What the audit trail will say; `None` for mere looking and for what is no verdict.
    fn event(&self, actor: Actor, by: &str, subject: Subject, reason: Option<AuditReason>) -> Option<AuditEvent> {
        let (address, session) = match actor {
            Actor::CommandLine { .. } => (None, None),
            Actor::Person(person) => (Some(person.address), Some(person.session)),
        };
        Some(AuditEvent {
            at: self.clock.now(),
            action: subject.action?,
            reason: reason?,
            address,
            organization: subject.organization,
            username: subject.username,
            user: subject.user,
            session,
            actor: Some(by.to_owned()),
            mailbox: None,
            note: subject.note,
        })
    }
}

#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;
