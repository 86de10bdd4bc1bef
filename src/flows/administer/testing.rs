//! A small house in memory to administer, for tests of the acts and of whoever calls them.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use async_trait::async_trait;
use secrecy::{ExposeSecret, SecretString};

use super::{
    Actor, AdministerError, Administrator, Answer, ArchiveView, Archives, AttemptCounters, Correspondence, Invitation,
    KeyRing, KeyView, MailServers, NewOrganization, NewSecrets, NewUser, People, Person, Proof, Request, Tidings,
    UserRef,
};
use crate::clock::{Clock, ManualClock};
use crate::config::{Config, ParseContext};
use crate::domain::Timestamp;
use crate::domain::audit::{AuditEvent, AuditPlace};
use crate::domain::ids::{MailId, SecretHash, SessionId, UserId};
use crate::domain::mail::{Mail, MailFault, MailKind, MailState, MailTrouble};
use crate::domain::names::{EmailAddress, OrganizationKey, Username};
use crate::domain::organization::{MAX_DEPTH, MailServer, Organization, OrganizationChange};
use crate::domain::password::{PasswordContext, PasswordHash, PasswordPolicy, Unmet};
use crate::domain::session::Session;
use crate::domain::user::{Role, User, UserChange};
use crate::random::SeededRandom;
use crate::sessions::SessionObserver;
use crate::store::archive::Form;
use crate::store::{
    Accounts, AddOrganizationError, AddUserError, AddUsersError, AuditTrail, ChangeUserError, Changed, NewMail,
    NotAdded, OpenMail, StoreError,
};

/// What the house's temporary passwords are.
pub(crate) const TEMPORARY: &str = "Temporal#42";

/// How long they are valid.
pub(crate) const TEMPORARY_LIFETIME: Duration = Duration::from_secs(86_400);

/// The actor of the tests.
pub(crate) const ACTOR: Actor = Actor::CommandLine { uid: 1000 };

/// An administrator and what is behind it.
pub(crate) struct House {
    pub(crate) administrator: Arc<Administrator>,
    pub(crate) memory: Arc<Memory>,
    pub(crate) clock: Arc<ManualClock>,
}

impl House {
    /// An empty one.
    pub(crate) fn empty() -> Self {
        let clock = Arc::new(ManualClock::at("2026-11-03T12:00:00Z".parse().expect("a moment")));
        let memory = Arc::new(Memory::new(Arc::clone(&clock)));
        let administrator = Administrator {
            accounts: Arc::clone(&memory) as _,
            trail: Arc::clone(&memory) as _,
            secrets: Arc::clone(&memory) as _,
            counters: Arc::clone(&memory) as _,
            keys: Arc::clone(&memory) as _,
            archives: Arc::clone(&memory) as _,
            mail: Arc::clone(&memory) as _,
            people: Arc::clone(&memory) as _,
            servers: Arc::clone(&memory) as _,
            config: Arc::new(config),
            sessions: Arc::clone(&memory) as _,
            clock: Arc::clone(&clock) as _,
            random: Arc::new(SeededRandom::new(1)),
            rights: Default::default(),
        };
        Self { administrator: Arc::new(administrator), memory, clock }
    }

    /// One with the organization `acme` and the user `acme/ana`, and a trail that begins now.
    pub(crate) async fn with_ana() -> Self {
        let house = Self::empty();
        house.ask(Request::AddOrganization(organization("acme", None))).await.expect("acme is added");
        house.ask(Request::AddUser(Box::new(user("acme/ana")))).await.expect("ana is added");
        house.memory.state().events.clear();
        house
    }

    /// Whom `reference` names, signed in so long ago.
    pub(crate) fn person(&self, reference: &str, ago: Duration) -> Actor {
        let UserRef { organization, username } = named(reference);
        let mut state = self.memory.state();
        let user = state.users.get(&(organization, username)).expect("somebody").id;
        let number = u8::try_from(state.proofs.len()).expect("few") + 1;
        let session = SessionId::from_random([number; 16]);
        let proof = Proof { authenticated_at: self.clock.now() - ago, confirmed_at: None };
        state.proofs.insert((user, session), proof);
        Actor::Person(Person { user, session, address: "192.0.2.7".parse().expect("an address") })
    }

    pub(crate) async fn ask(&self, request: Request) -> Result<Answer, AdministerError> {
        self.administrator.perform(ACTOR, request).await
    }
}

/// An installation with two applications.
fn config() -> Arc<Config> {
    let app = |id: &str| {
        format!(
            "[[app]]\nid = \"{id}\"\nname = \"{id}\"\nhost = \"{id}.localhost\"\nupstream = [\"http://127.0.0.1:9\"]\n"
        )
    };
    let text = format!("{}{}", app("billing"), app("crm"));
    Arc::new(Config::parse(&text, ParseContext::new("test", Path::new("/"))).expect("a sound file"))
}

/// A request for an organization.
pub(crate) fn organization(key: &str, parent: Option<&str>) -> NewOrganization {
    NewOrganization {
        key: key.into(),
        name: format!("The {key}").parse().expect("a name"),
        parent: parent.map(|key| key.parse().expect("a key")),
    }
}

/// A request for a user with nothing but a name.
pub(crate) fn user(reference: &str) -> NewUser {
    NewUser {
        user: named(reference),
        name: "Ana Martínez".parse().expect("a name"),
        emails: Vec::new(),
        role: Role::User,
        applications: Default::default(),
        groups: Default::default(),
        password: None,
    }
}

pub(crate) fn named(reference: &str) -> UserRef {
    reference.parse().expect("a user")
}

/// A store, and every service that administration needs.
pub(crate) struct Memory {
    state: Mutex<State>,
    clock: Arc<ManualClock>,
    /// Changes fail.
    pub(crate) broken: AtomicBool,
    /// The audit trail fails.
    pub(crate) mute: AtomicBool,
    /// Passwords are refused.
    pub(crate) busy: AtomicBool,
    /// Counters cannot be read.
    pub(crate) blind: AtomicBool,
}

#[derive(Default)]
pub(crate) struct State {
    pub(crate) organizations: BTreeMap<OrganizationKey, Organization>,
    pub(crate) users: BTreeMap<(OrganizationKey, Username), User>,
    pub(crate) events: Vec<AuditEvent>,
    pub(crate) keys: Vec<KeyView>,
    /// Tokens of live sessions.
    pub(crate) tokens: BTreeMap<UserId, Vec<SecretHash>>,
    pub(crate) forgotten_tokens: Vec<SecretHash>,
    pub(crate) changed_users: Vec<UserId>,
    pub(crate) forgotten_attempts: Vec<String>,
    /// Accounts that are closed after too many failures, and until when.
    pub(crate) closed: BTreeMap<String, Timestamp>,
    /// Open sessions of whoever administers.
    pub(crate) proofs: BTreeMap<(UserId, SessionId), Proof>,
    /// The outbox, and each message's secret.
    pub(crate) mail: Vec<(Mail, String)>,
}

impl Memory {
    fn new(clock: Arc<ManualClock>) -> Self {
        let (broken, mute, busy, blind) = Default::default();
        Self { state: Mutex::default(), clock, broken, mute, busy, blind }
    }

    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("no test panicked while holding it")
    }

    fn settle(&self, id: MailId, change: impl FnOnce(&mut Mail) -> bool) -> Result<Option<Mail>, StoreError> {
        self.check()?;
        let mut state = self.state();
        let found = state.mail.iter_mut().map(|(mail, _)| mail).find(|mail| mail.id == id);
        Ok(found.and_then(|mail| change(mail).then(|| mail.clone())))
    }

    fn check(&self) -> Result<(), StoreError> {
        if self.broken.load(Ordering::SeqCst) { Err(StoreError::Closed) } else { Ok(()) }
    }
}

#[async_trait]
impl Accounts for Memory {
    async fn add_organization(&self, organization: Organization) -> Result<(), AddOrganizationError> {
        self.check()?;
        let mut state = self.state();
        if state.organizations.contains_key(&organization.key) {
            return Err(AddOrganizationError::Taken);
        }
        let mut depth = 1;
        let mut parent = organization.parent.clone();
        while let Some(key) = parent {
            parent = state.organizations.get(&key).ok_or(AddOrganizationError::UnknownParent)?.parent.clone();
            depth += 1;
        }
        if depth > MAX_DEPTH {
            return Err(AddOrganizationError::TooDeep);
        }
        state.organizations.insert(organization.key.clone(), organization);
        Ok(())
    }

    async fn organization(&self, key: &OrganizationKey) -> Result<Option<Organization>, StoreError> {
        Ok(self.state().organizations.get(key).cloned())
    }

    async fn organizations(&self) -> Result<Vec<Organization>, StoreError> {
        Ok(self.state().organizations.values().cloned().collect())
    }

    async fn add_user(&self, user: User) -> Result<(), AddUserError> {
        self.check()?;
        let mut state = self.state();
        if !state.organizations.contains_key(&user.organization) {
            return Err(AddUserError::UnknownOrganization);
        }
        let name = (user.organization.clone(), user.username.clone());
        if state.users.contains_key(&name) {
            return Err(AddUserError::Taken);
        }
        state.users.insert(name, user);
        Ok(())
    }

    async fn add_users(&self, users: Vec<User>) -> Result<(), AddUsersError> {
        self.check()?;
        let mut state = self.state();
        let present =
            |state: &State, user: &User| state.users.contains_key(&(user.organization.clone(), user.username.clone()));
        let refused: Vec<_> = users.iter().enumerate().filter(|(_, user)| present(&state, user)).collect();
        if !refused.is_empty() {
            return Err(AddUsersError::Refused(refused.iter().map(|(place, _)| (*place, NotAdded::Taken)).collect()));
        }
        for user in users {
            state.users.insert((user.organization.clone(), user.username.clone()), user);
        }
        Ok(())
    }

    async fn user(&self, id: UserId) -> Result<Option<User>, StoreError> {
        Ok(self.state().users.values().find(|user| user.id == id).cloned())
    }

    async fn user_by_name(&self, organization: &OrganizationKey, name: &Username) -> Result<Option<User>, StoreError> {
        Ok(self.state().users.get(&(organization.clone(), name.clone())).cloned())
    }

    async fn users(
        &self,
        organization: Option<&OrganizationKey>,
        after: Option<(OrganizationKey, Username)>,
        limit: usize,
    ) -> Result<Vec<User>, StoreError> {
        let state = self.state();
        let users = state.users.iter().filter(|(name, _)| {
            organization.is_none_or(|key| *key == name.0) && after.as_ref().is_none_or(|after| *name > after)
        });
        Ok(users.take(limit).map(|(_, user)| user.clone()).collect())
    }

    async fn users_named(
        &self,
        organization: &OrganizationKey,
        prefix: &Username,
        after: Option<Username>,
        limit: usize,
    ) -> Result<Vec<User>, StoreError> {
        let after = after.map(|name| (organization.clone(), name));
        let all = self.users(Some(organization), after, usize::MAX).await?;
        Ok(all.into_iter().filter(|user| user.username.as_str().starts_with(prefix.as_str())).take(limit).collect())
    }

    async fn change_organization(
        &self,
        key: &OrganizationKey,
        change: OrganizationChange,
    ) -> Result<Option<Organization>, StoreError> {
        self.check()?;
        Ok(self.state().organizations.get_mut(key).map(|organization| {
            organization.apply(change);
            organization.clone()
        }))
    }

    async fn change_user_and_tell(
        &self,
        id: UserId,
        change: UserChange,
        _at: Timestamp,
        messages: Vec<NewMail>,
    ) -> Result<Changed, ChangeUserError> {
        self.check()?;
        let mut state = self.state();
        let user = state.users.values_mut().find(|user| user.id == id).ok_or(ChangeUserError::NotFound)?;
        let ends = user.apply(change)?.is_some();
        let user = user.clone();
        state.mail.extend(messages.into_iter().map(|new| (new.mail, String::new())));
        let ended = if ends { state.tokens.remove(&id).unwrap_or_default() } else { Vec::new() };
        Ok(Changed { user, ended })
    }

    async fn remove_user(&self, id: UserId, _at: Timestamp) -> Result<Option<Changed>, StoreError> {
        self.check()?;
        let mut state = self.state();
        let Some(name) = state.users.iter().find(|(_, user)| user.id == id).map(|(name, _)| name.clone()) else {
            return Ok(None);
        };
        let ended = state.tokens.remove(&id).unwrap_or_default();
        Ok(state.users.remove(&name).map(|user| Changed { user, ended }))
    }

    async fn note_activity(&self, _seen: Vec<(UserId, Timestamp)>) -> Result<(), StoreError> {
        Ok(())
    }

    async fn last_activity(&self, _id: UserId) -> Result<Option<Timestamp>, StoreError> {
        Ok(None)
    }
}

#[async_trait]
impl AuditTrail for Memory {
    async fn append_audit(&self, event: AuditEvent) -> Result<(), StoreError> {
        if self.mute.load(Ordering::SeqCst) {
            return Err(StoreError::Closed);
        }
        self.state().events.push(event);
        Ok(())
    }

    async fn audit(&self, _user: Option<UserId>, limit: usize) -> Result<Vec<AuditEvent>, StoreError> {
        Ok(self.state().events.iter().rev().take(limit).cloned().collect())
    }

    async fn audit_since(
        &self,
        since: Timestamp,
        after: Option<AuditPlace>,
        limit: usize,
    ) -> Result<Vec<(AuditPlace, AuditEvent)>, StoreError> {
        let state = self.state();
        let placed = state.events.iter().enumerate().map(|(number, event)| {
            let place = AuditPlace { at: event.at, number: number as u64 };
            (place, event.clone())
        });
        let wanted = placed.filter(|(place, _)| place.at >= since && after.is_none_or(|after| *place > after));
        Ok(wanted.take(limit).collect())
    }

    async fn purge_audit(&self, _before: Timestamp) -> Result<u64, StoreError> {
        Ok(0)
    }
}

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
