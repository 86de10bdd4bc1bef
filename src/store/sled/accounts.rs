//! Organizations and users.

use std::collections::BTreeMap;

use async_trait::async_trait;

use super::records::{Draft, Records, decode};
use super::{SledStore, intake, keys, outbox, sessions, words};
use crate::domain::Timestamp;
use crate::domain::ids::UserId;
use crate::domain::names::{OrganizationKey, Username};
use crate::domain::organization::{MAX_DEPTH, Organization, OrganizationChange};
use crate::domain::search::{SearchPlace, Wanted};
use crate::domain::user::{User, UserChange};
use crate::store::{
    Accounts, AddOrganizationError, AddUserError, AddUsersError, ChangeUserError, Changed, Found, NewMail, StoreError,
};

/// Users whose activity is noted in one atomic step. Readers wait while a step is applied.
const ACTIVITY_STEP: usize = 64;

#[async_trait]
impl Accounts for SledStore {
    async fn add_organization(&self, organization: Organization) -> Result<(), AddOrganizationError> {
        self.committer.commit(move |draft| add_organization(draft, &organization)).await
    }

    async fn organization(&self, key: &OrganizationKey) -> Result<Option<Organization>, StoreError> {
        self.records.get(&keys::organization(key))
    }

    async fn change_organization(
        &self,
        key: &OrganizationKey,
        change: OrganizationChange,
    ) -> Result<Option<Organization>, StoreError> {
        let key = keys::organization(key);
        self.committer
            .commit(move |draft| {
                let Some(mut organization) = draft.records().get::<Organization>(&key)? else { return Ok(None) };
                organization.apply(change);
                draft.put(key, &organization)?;
                Ok(Some(organization))
            })
            .await
    }

    async fn organizations(&self) -> Result<Vec<Organization>, StoreError> {
        self.read_aside(|records| records.all(keys::ORGANIZATION)).await
    }

    async fn only_organization(&self) -> Result<Option<Organization>, StoreError> {
        // There may be thousands: whether there is a second one is all that is asked.
        let mut some = self.records.under(&[keys::ORGANIZATION]).take(2);
        match (some.next().transpose()?, some.next().transpose()?) {
            (Some((key, value)), None) => decode(&key, &value).map(Some),
            _ => Ok(None),
        }
    }

    async fn add_user(&self, user: User) -> Result<(), AddUserError> {
        self.committer.commit(move |draft| add_user(draft, &user)).await
    }

    async fn add_users(&self, users: Vec<User>) -> Result<(), AddUsersError> {
        self.committer.commit_in_steps(move |records| intake::add_users(records, &users)).await
    }

    async fn user(&self, id: UserId) -> Result<Option<User>, StoreError> {
        self.records.get(&keys::user(id))
    }

    async fn user_by_name(&self, organization: &OrganizationKey, name: &Username) -> Result<Option<User>, StoreError> {
        let key = keys::username(organization, name);
        match self.records.raw(&key)? {
            Some(id) => named_user(&self.records, &key, &id),
            None => Ok(None),
        }
    }

    async fn users(
        &self,
        organization: Option<&OrganizationKey>,
        after: Option<(OrganizationKey, Username)>,
        limit: usize,
    ) -> Result<Vec<User>, StoreError> {
        let after = after.map(|(organization, name)| keys::username(&organization, &name));
        let prefix = keys::usernames(organization);
        self.read_aside(move |records| users(records, prefix, after, limit)).await
    }

    async fn find_users(
        &self,
        organization: &OrganizationKey,
        wanted: &Wanted,
        after: Option<SearchPlace>,
        limit: usize,
    ) -> Result<Found, StoreError> {
        let (organization, wanted) = (organization.clone(), wanted.clone());
        self.read_aside(move |records| words::find(records, &organization, &wanted, after, limit)).await
    }

    async fn change_user_and_tell(
        &self,
        id: UserId,
        change: UserChange,
        at: Timestamp,
        messages: Vec<NewMail>,
    ) -> Result<Changed, ChangeUserError> {
        self.committer
            .commit(move |draft| {
                let changed = change_user(draft, id, change, at)?;
                outbox::put_all(draft, messages)?;
                Ok(changed)
            })
            .await
    }

    async fn remove_user(&self, id: UserId, _at: Timestamp) -> Result<Option<Changed>, StoreError> {
        self.committer.commit(move |draft| remove_user(draft, id)).await
    }

    async fn note_activity(&self, seen: Vec<(UserId, Timestamp)>) -> Result<(), StoreError> {
        // The newest moment of each user: within one step, a verb does not see what it wrote.
        let mut newest = BTreeMap::new();
        for (id, at) in seen {
            let latest = newest.entry(id).or_insert(at);
            *latest = at.max(*latest);
        }
        let newest: Vec<_> = newest.into_iter().collect();
        for step in newest.chunks(ACTIVITY_STEP) {
            let step = step.to_vec();
            self.committer.commit_later(move |draft| note_activity(draft, step)).await?;
        }
        Ok(())
    }

    async fn last_activity(&self, id: UserId) -> Result<Option<Timestamp>, StoreError> {
        self.records.get(&keys::activity(id))
    }
}

fn users(records: &Records, prefix: Vec<u8>, after: Option<Vec<u8>>, limit: usize) -> Result<Vec<User>, StoreError> {
    let mut users = Vec::new();
    for entry in records.after(prefix, after) {
        if users.len() >= limit {
            break;
        }
        let (key, id) = entry?;
        // Removed since the name was read: not there any more.
        users.extend(named_user(records, &key, &id)?);
    }
    Ok(users)
}

/// The user whom an entry of the names points at.
fn named_user(records: &Records, key: &[u8], id: &[u8]) -> Result<Option<User>, StoreError> {
    records.get(&keys::user(keys::user_id(key, id)?))
}

fn add_organization(draft: &mut Draft<'_>, organization: &Organization) -> Result<(), AddOrganizationError> {
    let key = keys::organization(&organization.key);
    if draft.records().raw(&key)?.is_some() {
        return Err(AddOrganizationError::Taken);
    }
    let mut depth = 1;
    let mut above = organization.parent.clone();
    while let Some(parent) = above {
        let parent: Option<Organization> = draft.records().get(&keys::organization(&parent))?;
        above = parent.ok_or(AddOrganizationError::UnknownParent)?.parent;
        depth += 1;
        if depth > MAX_DEPTH {
            return Err(AddOrganizationError::TooDeep);
        }
    }
    Ok(draft.put(key, organization)?)
}

fn add_user(draft: &mut Draft<'_>, user: &User) -> Result<(), AddUserError> {
    may_be_added(draft.records(), user)?;
    Ok(put_user(draft, user)?)
}

pub(super) fn may_be_added(records: &Records, user: &User) -> Result<(), AddUserError> {
    if records.raw(&keys::organization(&user.organization))?.is_none() {
        return Err(AddUserError::UnknownOrganization);
    }
    // An id that exists is as good as a name that does: nobody may be written over.
    let name = keys::username(&user.organization, &user.username);
    if records.raw(&name)?.is_some() || records.raw(&keys::user(user.id))?.is_some() {
        return Err(AddUserError::Taken);
    }
    Ok(())
}

pub(super) fn put_user(draft: &mut Draft<'_>, user: &User) -> Result<(), StoreError> {
    words::enter(draft, user);
    put_wordless(draft, user)
}

/// The same without the words that the user is found by, for whoever writes those together with many others'.
pub(super) fn put_wordless(draft: &mut Draft<'_>, user: &User) -> Result<(), StoreError> {
    draft.put_raw(keys::username(&user.organization, &user.username), user.id.as_bytes());
    draft.put(keys::user(user.id), user)
}

fn change_user(
    draft: &mut Draft<'_>,
    id: UserId,
    change: UserChange,
    at: Timestamp,
) -> Result<Changed, ChangeUserError> {
    let user: Option<User> = draft.records().get(&keys::user(id))?;
    let mut user = user.ok_or(ChangeUserError::NotFound)?;
    let before = user.clone();
    let ends = user.apply(change)?;
    draft.put(keys::user(id), &user)?;
    words::renew(draft, &before, &user);
    let ended = match ends {
        Some(reason) => sessions::end_all(draft, id, None, reason, at)?,
        None => Vec::new(),
    };
    Ok(Changed { user, ended })
}

fn remove_user(draft: &mut Draft<'_>, id: UserId) -> Result<Option<Changed>, StoreError> {
    let Some(user) = draft.records().get::<User>(&keys::user(id))? else { return Ok(None) };
    draft.remove(keys::user(id));
    draft.remove(keys::username(&user.organization, &user.username));
    words::strike(draft, &user);
    draft.remove(keys::activity(id));
    let ended = sessions::erase_all(draft, id)?;
    Ok(Some(Changed { user, ended }))
}

fn note_activity(draft: &mut Draft<'_>, seen: Vec<(UserId, Timestamp)>) -> Result<(), StoreError> {
    for (id, at) in seen {
        let key = keys::activity(id);
        let known: Option<Timestamp> = draft.records().get(&key)?;
        if known.is_none_or(|known| known < at) && draft.records().raw(&keys::user(id))?.is_some() {
            draft.put(key, &at)?;
        }
    }
    Ok(())
}
