//! The store behind a house in memory, and what tests may see of it.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};

use async_trait::async_trait;

use crate::clock::ManualClock;
use crate::domain::Timestamp;
use crate::domain::audit::{AuditEvent, AuditPlace};
use crate::domain::ids::{MailId, SecretHash, SessionId, UserId};
use crate::domain::mail::Mail;
use crate::domain::names::{OrganizationKey, Username};
use crate::domain::organization::{MAX_DEPTH, Organization, OrganizationChange};
use crate::domain::search::{Known, SearchPlace, Wanted};
use crate::domain::user::{User, UserChange};
use crate::flows::administer::{KeyView, Proof};
use crate::store::{
    Accounts, AddOrganizationError, AddUserError, AddUsersError, AuditTrail, ChangeUserError, Changed, Found, NewMail,
    NotAdded, StoreError,
};

/// A store, and every service that administration needs.
pub(crate) struct Memory {
    state: Mutex<State>,
    pub(super) clock: Arc<ManualClock>,
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
    pub(super) fn new(clock: Arc<ManualClock>) -> Self {
        let (broken, mute, busy, blind) = Default::default();
        Self { state: Mutex::default(), clock, broken, mute, busy, blind }
    }

    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("no test panicked while holding it")
    }

    pub(super) fn settle(
        &self,
        id: MailId,
        change: impl FnOnce(&mut Mail) -> bool,
    ) -> Result<Option<Mail>, StoreError> {
        self.check()?;
        let mut state = self.state();
        let found = state.mail.iter_mut().map(|(mail, _)| mail).find(|mail| mail.id == id);
        Ok(found.and_then(|mail| change(mail).then(|| mail.clone())))
    }

    pub(super) fn check(&self) -> Result<(), StoreError> {
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

    async fn find_users(
        &self,
        organization: &OrganizationKey,
        wanted: &Wanted,
        after: Option<SearchPlace>,
        limit: usize,
    ) -> Result<Found, StoreError> {
        let all = self.users(Some(organization), None, usize::MAX).await?;
        let known: Vec<Known> = all.iter().map(Known::of).collect();
        let begun = |word: &&String| {
            known.iter().flat_map(Known::words).filter(|known| known.starts_with(word.as_str())).count()
        };
        let after = after.filter(|place| wanted.lead(place).is_some());
        let fewest = wanted.words().iter().enumerate().min_by_key(|(_, word)| begun(word)).map_or(0, |(lead, _)| lead);
        let lead = after.as_ref().map_or(fewest, |place| place.lead);
        let mut found: Vec<(SearchPlace, User)> = Vec::new();
        for (user, known) in all.into_iter().zip(&known).filter(|(_, known)| wanted.fits(known)) {
            let word = known.first(&wanted.words()[lead]).expect("it fits").to_owned();
            found.push((SearchPlace { lead, word, username: user.username.clone() }, user));
        }
        found.retain(|(place, _)| {
            after.as_ref().is_none_or(|after| (&place.word, &place.username) > (&after.word, &after.username))
        });
        found.sort_by(|(one, _), (other, _)| (&one.word, &one.username).cmp(&(&other.word, &other.username)));
        let more = found.len() > limit;
        found.truncate(limit);
        let next = found.last().filter(|_| more).map(|(place, _)| place.clone());
        Ok(Found { users: found.into_iter().map(|(_, user)| user).collect(), next })
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
