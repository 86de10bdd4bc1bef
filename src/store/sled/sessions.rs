//! Sessions, their tokens, and when they were last seen.
//!
//! "Last seen" changes far more often than the rest of a session, so it has a small record of its own, joined on
//! reading and folded in when the session ends.

use std::collections::BTreeMap;

use async_trait::async_trait;

use super::records::{Draft, Entry, Records, decode};
use super::{SledStore, keys};
use crate::domain::Timestamp;
use crate::domain::ids::{SecretHash, SessionId, UserId};
use crate::domain::session::{EndReason, Ending, Session, SessionToken};
use crate::domain::user::{Status, User};
use crate::store::{OpenSessionError, Sessions, StoreError};

/// Sessions that are touched in one atomic step. Readers wait while a step is applied.
const TOUCH_STEP: usize = 64;

#[async_trait]
impl Sessions for SledStore {
    async fn open_session(
        &self,
        session: Session,
        token: SessionToken,
        expected_version: u64,
        replaces: Option<SessionId>,
    ) -> Result<Vec<SecretHash>, OpenSessionError> {
        self.committer.commit(move |draft| open(draft, &session, &token, expected_version, replaces)).await
    }

    async fn add_session_token(&self, token: SessionToken) -> Result<bool, StoreError> {
        self.committer
            .commit(move |draft| {
                let live = find(draft.records(), token.session)?.is_some_and(|session| session.ended.is_none());
                if live {
                    put_token(draft, &token)?;
                }
                Ok(live)
            })
            .await
    }

    async fn session_by_token(&self, hash: &SecretHash) -> Result<Option<(Session, SessionToken)>, StoreError> {
        let Some(token) = self.records.get::<SessionToken>(&keys::token(hash))? else { return Ok(None) };
        Ok(find(&self.records, token.session)?.map(|session| (session, token)))
    }

    async fn sessions_of(&self, user: UserId) -> Result<Vec<Session>, StoreError> {
        let mut sessions = live(&self.records, user)?;
        sessions.sort_by_key(|session| (std::cmp::Reverse(session.authenticated_at), session.id));
        Ok(sessions)
    }

    async fn end_session(
        &self,
        id: SessionId,
        reason: EndReason,
        at: Timestamp,
    ) -> Result<Vec<SecretHash>, StoreError> {
        self.committer.commit(move |draft| end_one(draft, id, reason, at)).await
    }

    async fn end_sessions_of(
        &self,
        user: UserId,
        except: Option<SessionId>,
        reason: EndReason,
        at: Timestamp,
    ) -> Result<Vec<SecretHash>, StoreError> {
        self.committer.commit(move |draft| end_all(draft, user, except, reason, at)).await
    }

    async fn touch_sessions(&self, seen: Vec<(SessionId, Timestamp)>) -> Result<(), StoreError> {
        // The newest moment of each session: within one step, a verb does not see what it wrote.
        let mut newest = BTreeMap::new();
        for (id, at) in seen {
            let latest = newest.entry(id).or_insert(at);
            *latest = at.max(*latest);
        }
        let newest: Vec<_> = newest.into_iter().collect();
        for step in newest.chunks(TOUCH_STEP) {
            let step = step.to_vec();
            self.committer.commit_later(move |draft| touch(draft, step)).await?;
        }
        Ok(())
    }

    async fn purge_sessions(&self, before: Timestamp) -> Result<u64, StoreError> {
        let is_old = move |records: &Records, entry: &Entry| {
            let session = join(records, entry)?;
            Ok(session.last_seen_at < before || session.ended.is_some_and(|ending| ending.at < before))
        };
        self.purge(keys::SESSION, is_old, |draft, entry| {
            let session = decode(&entry.0, &entry.1)?;
            erase(draft, &session).map(drop)
        })
        .await
    }
}

/// Ends every live session of a user but `except`; their tokens.
pub(super) fn end_all(
    draft: &mut Draft<'_>,
    user: UserId,
    except: Option<SessionId>,
    reason: EndReason,
    at: Timestamp,
) -> Result<Vec<SecretHash>, StoreError> {
    let mut ended = Vec::new();
    for session in live(draft.records(), user)? {
        if Some(session.id) != except {
            ended.extend(end(draft, session, reason, at)?);
        }
    }
    Ok(ended)
}

/// Removes every session of a user, ended or not; the tokens of those that had not ended.
pub(super) fn erase_all(draft: &mut Draft<'_>, user: UserId) -> Result<Vec<SecretHash>, StoreError> {
    let mut ended = Vec::new();
    for entry in draft.records().under(&keys::sessions_of(user)) {
        let (key, state) = entry?;
        let id = keys::listed_session(&key)?;
        if let Some(session) = draft.records().get(&keys::session(id))? {
            let tokens = erase(draft, &session)?;
            if state == keys::LIVE {
                ended.extend(tokens);
            }
        }
    }
    Ok(ended)
}

fn open(
    draft: &mut Draft<'_>,
    session: &Session,
    token: &SessionToken,
    expected_version: u64,
    replaces: Option<SessionId>,
) -> Result<Vec<SecretHash>, OpenSessionError> {
    let user: Option<User> = draft.records().get(&keys::user(session.user))?;
    let fresh = |user: User| user.status == Status::Active && user.credential_version == expected_version;
    if !user.is_some_and(fresh) {
        return Err(OpenSessionError::Stale);
    }
    let replaced = match replaces {
        Some(id) => end_one(draft, id, EndReason::Replaced, session.authenticated_at)?,
        None => Vec::new(),
    };
    draft.put(keys::session(session.id), session)?;
    draft.put_raw(keys::session_of(session.user, session.id), keys::LIVE);
    put_token(draft, token)?;
    Ok(replaced)
}

pub(super) fn put_token(draft: &mut Draft<'_>, token: &SessionToken) -> Result<(), StoreError> {
    draft.put_raw(keys::token_of(token.session, &token.hash), &[]);
    draft.put(keys::token(&token.hash), token)
}

fn end_one(
    draft: &mut Draft<'_>,
    id: SessionId,
    reason: EndReason,
    at: Timestamp,
) -> Result<Vec<SecretHash>, StoreError> {
    match find(draft.records(), id)? {
        Some(session) if session.ended.is_none() => end(draft, session, reason, at),
        _ => Ok(Vec::new()),
    }
}

/// Ends a session that is live; its tokens.
fn end(
    draft: &mut Draft<'_>,
    mut session: Session,
    reason: EndReason,
    at: Timestamp,
) -> Result<Vec<SecretHash>, StoreError> {
    session.ended = Some(Ending { at, reason });
    draft.put(keys::session(session.id), &session)?;
    draft.put_raw(keys::session_of(session.user, session.id), keys::ENDED);
    draft.remove(keys::last_seen(session.id));
    tokens(draft.records(), session.id)
}

/// Removes a session with all that belongs to it; its tokens.
fn erase(draft: &mut Draft<'_>, session: &Session) -> Result<Vec<SecretHash>, StoreError> {
    let tokens = tokens(draft.records(), session.id)?;
    for hash in &tokens {
        draft.remove(keys::token(hash));
        draft.remove(keys::token_of(session.id, hash));
    }
    draft.remove(keys::session(session.id));
    draft.remove(keys::last_seen(session.id));
    draft.remove(keys::session_of(session.user, session.id));
    Ok(tokens)
}

fn touch(draft: &mut Draft<'_>, seen: Vec<(SessionId, Timestamp)>) -> Result<(), StoreError> {
    for (id, at) in seen {
        let session = find(draft.records(), id)?;
        if session.is_some_and(|session| session.ended.is_none() && session.last_seen_at < at) {
            draft.put(keys::last_seen(id), &at)?;
        }
    }
    Ok(())
}

fn find(records: &Records, id: SessionId) -> Result<Option<Session>, StoreError> {
    let key = keys::session(id);
    match records.raw(&key)? {
        Some(value) => join(records, &(key.into(), value)).map(Some),
        None => Ok(None),
    }
}

/// Reads a session's entry and when it was last seen.
fn join(records: &Records, (key, value): &Entry) -> Result<Session, StoreError> {
    let mut session: Session = decode(key, value)?;
    if let Some(seen) = records.get::<Timestamp>(&keys::last_seen(session.id))? {
        session.last_seen_at = session.last_seen_at.max(seen);
    }
    Ok(session)
}

fn live(records: &Records, user: UserId) -> Result<Vec<Session>, StoreError> {
    let mut sessions = Vec::new();
    for entry in records.under(&keys::sessions_of(user)) {
        let (key, state) = entry?;
        if state == keys::LIVE {
            // A reader may come between the list and the session: what has ended since is left out.
            sessions.extend(find(records, keys::listed_session(&key)?)?.filter(|session| session.ended.is_none()));
        }
    }
    Ok(sessions)
}

fn tokens(records: &Records, session: SessionId) -> Result<Vec<SecretHash>, StoreError> {
    let mut tokens = Vec::new();
    for entry in records.under(&keys::tokens_of(session)) {
        let (key, _) = entry?;
        tokens.push(keys::listed_token(&key)?);
    }
    Ok(tokens)
}
