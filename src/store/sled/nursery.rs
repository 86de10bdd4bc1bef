//! A store that is made aside from records, and takes its place when it is whole.
//!
//! It grows in `sled.incoming`, which is cleared away if it does not come to an end, and is on the disk before it moves. The
//! store that was there before is exchanged for it in one step and kept as `sled.before-…`. Since it is written anew, in
//! order and without what was changed or removed since, it is also as small as it can be.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use rustix::fs::{CWD, RenameFlags, renameat_with};
use rustix::io::Errno;

use super::engine::{self, Home};
use super::lock::FolderLock;
use super::records::{Draft, Records};
use super::words::Gathered;
use super::{accounts, audit, failure, keys, outbox, sessions};
use crate::domain::Timestamp;
use crate::domain::ids::{SessionId, UserId};
use crate::domain::names::OrganizationKey;
use crate::domain::organization::{MAX_DEPTH, Organization};
use crate::domain::session::{Session, SessionToken};
use crate::domain::user::{MAX_EMAILS, User};
use crate::store::archive::Record;
use crate::store::{AddUserError, StoreError};

/// The name of the store that is being made.
const INCOMING: &str = "sled.incoming";
/// Records after which the engine writes out what it holds, so that its memory stays flat.
const FLUSH_AFTER: u64 = 10_000;

/// A store in the making. Dropping it leaves nothing behind.
#[derive(Debug)]
pub struct Nursery {
    folder: PathBuf,
    open: Option<(Records, Home)>,
    /// The parents of the organizations, which may come before them, and the line that told.
    parents: BTreeMap<OrganizationKey, (Option<OrganizationKey>, u64)>,
    added: u64,
    words: Gathered,
    _lock: FolderLock,
}

/// Why a record does not fit to those before it. The message says what to mend.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Unfit(String);

/// What became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settled {
    /// Where the store that was there before is now.
    pub before: Option<PathBuf>,
}

/// Why a record was not added.
#[derive(Debug)]
enum Refused {
    Unfit(Unfit),
    Store(StoreError),
}

impl From<StoreError> for Refused {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl Nursery {
    /// Begins an empty store for the folder `path`, making the folder if there is none, and keeps everybody else out of it.
    ///
    /// # Errors
    /// [`StoreError::Held`] while a Portero runs on the store, or what the disk says.
    pub fn begin(path: &Path, cache_bytes: u64) -> Result<Self, StoreError> {
        engine::make_folder(path)?;
        let lock = FolderLock::take(path)?;
        remove(&path.join(INCOMING))?;
        let (db, home) = engine::open(path, INCOMING, cache_bytes)?;
        let open = Some((Records::new(db), home));
        Ok(Self {
            folder: path.to_owned(),
            open,
            parents: BTreeMap::new(),
            added: 0,
            words: Gathered::default(),
            _lock: lock,
        })
    }

    /// Whether a store is in the folder that holds anything at all. One that cannot be read does.
    ///
    /// # Errors
    /// What the disk says.
    pub fn is_occupied(&self) -> Result<bool, StoreError> {
        if !self.folder.join(engine::NAME).try_exists().map_err(failure::disk)? {
            return Ok(false);
        }
        let found = engine::open(&self.folder, engine::NAME, 0).and_then(|(db, _)| {
            let records = Records::new(db);
            let mut others =
                records.under(&[]).filter(|entry| !matches!(entry, Ok((key, _)) if **key == *keys::SCHEMA));
            others.next().transpose()
        });
        Ok(!matches!(found, Ok(None)))
    }

    /// Adds a record that stands in `line`.
    ///
    /// # Errors
    /// What the disk says. The inner error is that the record does not fit; it was not added then.
    pub fn add(&mut self, line: u64, record: Record) -> Result<Result<(), Unfit>, StoreError> {
        let Some((records, _)) = &self.open else { return Err(StoreError::Closed) };
        let parent = match &record {
            Record::Organization(organization) => Some((organization.key.clone(), organization.parent.clone())),
            _ => None,
        };
        let mut draft = Draft::new(records);
        match put(&mut draft, &mut self.words, record) {
            Ok(()) => {}
            Err(Refused::Unfit(unfit)) => return Ok(Err(unfit)),
            Err(Refused::Store(error)) => return Err(error),
        }
        records.apply(draft).map_err(failure::engine)?;
        self.parents.extend(parent.map(|(key, parent)| (key, (parent, line))));
        self.added += 1;
        if self.words.is_full() {
            self.words.write(records).map_err(failure::engine)?;
        }
        if self.added.is_multiple_of(FLUSH_AFTER) {
            records.flush().map_err(failure::engine)?;
        }
        Ok(Ok(()))
    }

    /// What can only be judged at the end, by line: parents that are missing, and trees too deep or without a root.
    pub fn unfit(&self) -> Vec<(u64, Unfit)> {
        let mut unfit = Vec::new();
        for (key, (parent, line)) in &self.parents {
            let (mut above, mut depth) = (parent.as_ref(), 1);
            while let Some(parent) = above {
                depth += 1;
                let Some((next, _)) = self.parents.get(parent) else {
                    unfit.push((*line, Unfit(format!("there is no organization {parent} to put {key} under"))));
                    break;
                };
                if depth > MAX_DEPTH {
                    unfit.push((*line, Unfit(format!("{key} is more than {MAX_DEPTH} levels deep, or below itself"))));
                    break;
                }
                above = next.as_ref();
            }
        }
        unfit.sort_by_key(|(line, _)| *line);
        unfit
    }

    /// Brings the new store to the disk and puts it in its place. The one that was there is kept under a name with `at`.
    ///
    /// # Errors
    /// What the disk says. The old store is then still in its place, unless the system has no exchange of names.
    pub fn settle(mut self, at: Timestamp) -> Result<Settled, StoreError> {
        let Some((records, home)) = self.open.take() else { return Err(StoreError::Closed) };
        self.words.write(&records).map_err(failure::engine)?;
        drop(records);
        sync_all(home.path())?;
        let present = self.folder.join(engine::NAME);
        let before = if present.try_exists().map_err(failure::disk)? {
            let aside = self.folder.join(format!("sled.before-{}", at.strftime("%Y%m%dT%H%M%S%.6fZ")));
            fs::rename(home.path(), &aside).map_err(failure::disk)?;
            if let Err(error) = exchange(&aside, &present) {
                // The old store is in its place; what was to follow it must not stay under the name of an old one.
                fs::rename(&aside, home.path()).map_err(failure::disk)?;
                return Err(failure::disk(error));
            }
            Some(aside)
        } else {
            fs::rename(home.path(), &present).map_err(failure::disk)?;
            None
        };
        engine::sync(&self.folder)?;
        Ok(Settled { before })
    }
}

impl Drop for Nursery {
    fn drop(&mut self) {
        drop(self.open.take());
        if let Err(error) = remove(&self.folder.join(INCOMING)) {
            tracing::warn!(%error, "{INCOMING} could not be removed from the store's folder");
        }
    }
}

/// Exchanges two names: in one step where the file system can, else with a moment between in which `present` is missing.
fn exchange(aside: &Path, present: &Path) -> io::Result<()> {
    match renameat_with(CWD, aside, CWD, present, RenameFlags::EXCHANGE) {
        Ok(()) => Ok(()),
        Err(Errno::INVAL | Errno::NOSYS) => {
            let old = aside.with_extension("old");
            fs::rename(present, &old)?;
            if let Err(error) = fs::rename(aside, present) {
                fs::rename(&old, present)?;
                return Err(error);
            }
            fs::rename(&old, aside)
        }
        Err(error) => Err(error.into()),
    }
}

fn remove(path: &Path) -> Result<(), StoreError> {
    match fs::remove_dir_all(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(failure::disk(error)),
        _ => Ok(()),
    }
}

/// Syncs a folder and everything in it.
fn sync_all(folder: &Path) -> Result<(), StoreError> {
    for entry in fs::read_dir(folder).map_err(failure::disk)? {
        let entry = entry.map_err(failure::disk)?;
        if entry.file_type().map_err(failure::disk)?.is_dir() {
            sync_all(&entry.path())?;
        } else {
            match engine::sync(&entry.path()) {
                // The engine removes what it no longer needs on threads of its own.
                Err(StoreError::Io(error)) if error.kind() == io::ErrorKind::NotFound => {}
                result => result?,
            }
        }
    }
    engine::sync(folder)
}

fn refuse<T>(why: impl Into<String>) -> Result<T, Refused> {
    Err(Refused::Unfit(Unfit(why.into())))
}

fn put(draft: &mut Draft<'_>, words: &mut Gathered, record: Record) -> Result<(), Refused> {
    match record {
        Record::Organization(organization) => put_organization(draft, &organization),
        Record::User(user) => put_user(draft, words, &user),
        Record::Activity { user, at } => {
            known_user(draft, user)?;
            Ok(draft.put(keys::activity(user), &at)?)
        }
        Record::Session(session) => put_session(draft, &session),
        Record::SessionSeen { session, at } => {
            if known_session(draft, session)?.ended.is_none() {
                draft.put(keys::last_seen(session), &at)?;
            }
            Ok(())
        }
        Record::SessionToken(token) => put_token(draft, &token),
        Record::Counter { counter_kind, subject, counter } => {
            Ok(draft.put(keys::counter_of(counter_kind, &subject), &counter)?)
        }
        Record::SigningKey(key) => Ok(draft.put(keys::signing_key(&key.kid), &key)?),
        Record::AuditEvent(event) => Ok(audit::append(draft, &event)?),
        Record::Mail(mail) => Ok(outbox::put(draft, &mail)?),
        Record::MailBody { mail, sealed } => match draft.records().raw(&keys::mail(mail))? {
            Some(_) => {
                draft.put_raw(keys::mail_body(mail), sealed);
                Ok(())
            }
            None => refuse(format!("there is no message {mail} before this line")),
        },
    }
}

fn put_organization(draft: &mut Draft<'_>, organization: &Organization) -> Result<(), Refused> {
    let key = keys::organization(&organization.key);
    if draft.records().raw(&key)?.is_some() {
        return refuse(format!("there is already an organization {}", organization.key));
    }
    if organization.written_key.parse().ok().as_ref() != Some(&organization.key) {
        return refuse(format!("written_key is another spelling of the key {} or the key itself", organization.key));
    }
    Ok(draft.put(key, organization)?)
}

fn put_user(draft: &mut Draft<'_>, words: &mut Gathered, user: &User) -> Result<(), Refused> {
    let name = format!("{}/{}", user.organization, user.username);
    if UserId::from_random(*user.id.as_bytes()) != user.id {
        return refuse(format!("the id of {name} is not a UUID of version 4"));
    }
    if user.emails.len() > MAX_EMAILS {
        return refuse(format!("{name} has more than {MAX_EMAILS} e-mail addresses"));
    }
    match accounts::may_be_added(draft.records(), user) {
        Ok(()) => {
            words.add(user);
            Ok(accounts::put_wordless(draft, user)?)
        }
        Err(AddUserError::UnknownOrganization) => {
            refuse(format!("there is no organization {} before this line", user.organization))
        }
        Err(AddUserError::Taken) => refuse(format!("there is already a user {name}, or one with the id {}", user.id)),
        Err(AddUserError::Store(error)) => Err(error.into()),
    }
}

fn put_session(draft: &mut Draft<'_>, session: &Session) -> Result<(), Refused> {
    if SessionId::from_random(*session.id.as_bytes()) != session.id {
        return refuse(format!("the session's id {} is not a UUID of version 4", session.id));
    }
    known_user(draft, session.user)?;
    let key = keys::session(session.id);
    if draft.records().raw(&key)?.is_some() {
        return refuse(format!("there is already a session {}", session.id));
    }
    let state = if session.ended.is_none() { keys::LIVE } else { keys::ENDED };
    draft.put_raw(keys::session_of(session.user, session.id), state);
    Ok(draft.put(key, session)?)
}

fn put_token(draft: &mut Draft<'_>, token: &SessionToken) -> Result<(), Refused> {
    known_session(draft, token.session)?;
    if draft.records().raw(&keys::token(&token.hash))?.is_some() {
        return refuse("there is already a session token of this hash");
    }
    Ok(sessions::put_token(draft, token)?)
}

fn known_user(draft: &Draft<'_>, id: UserId) -> Result<(), Refused> {
    match draft.records().raw(&keys::user(id))? {
        Some(_) => Ok(()),
        None => refuse(format!("there is no user with the id {id} before this line")),
    }
}

fn known_session(draft: &Draft<'_>, id: SessionId) -> Result<Session, Refused> {
    match draft.records().get(&keys::session(id))? {
        Some(session) => Ok(session),
        None => refuse(format!("there is no session {id} before this line")),
    }
}
