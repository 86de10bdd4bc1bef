//! Where every record lies: the one place that knows the layout of the stored form. Never change a line that was
//! released; add a prefix and raise [`SCHEMA_VERSION`](crate::store::SCHEMA_VERSION).
//!
//! All records share one tree, because only there a batch is atomic. The first byte of a key says what it is about:
//!
//! | prefix | rest of the key | value |
//! |---|---|---|
//! | `v` | | schema version |
//! | `o` | organization key | organization |
//! | `u` | user id | user |
//! | `n` | organization key, 0, username | user id, 16 bytes |
//! | `i` | number, 4 bytes | users that are being taken in, some of them |
//! | `j` | | nothing: they are all in `i`, or in their places |
//! | `a` | user id | when the user was last active |
//! | `s` | session id | session |
//! | `l` | session id | when a live session was last seen, if later than the session itself says |
//! | `w` | user id, session id | [`LIVE`] or [`ENDED`] |
//! | `t` | token hash | session token |
//! | `k` | session id, token hash | nothing |
//! | `c` | kind, subject | counter of attempts |
//! | `y` | key id | signing key |
//! | `e` | moment, number | audit event |
//! | `f` | user id, moment, number | nothing |
//! | `m` | mail id | message, without its body |
//! | `b` | mail id | the body, sealed bytes; gone when the message is settled |
//! | `q` | moment due, mail id | nothing: a message that waits |
//! | `d` | moment given up, mail id | nothing: a dead message |
//! | `p` | user id, moment put in, mail id | nothing: a message about the user |
//! | `x` | organization key, 0, folded word, 0, username | id of a user whom the word is known of, 16 bytes; since schema 2 |
//!
//! Values are JSON unless told otherwise, so that a record may gain optional fields. Ids and hashes have a fixed
//! length; in `n` and `x` the byte 0, which occurs in no name, keeps the order of their parts.

use super::records::part;
use crate::domain::Timestamp;
use crate::domain::audit::AuditPlace;
use crate::domain::ids::{MailId, SecretHash, SessionId, UserId};
use crate::domain::names::{NameError, OrganizationKey, Username};
use crate::domain::throttle::CounterKey;
use crate::store::StoreError;

/// The record of the schema version.
pub(super) const SCHEMA: &[u8] = b"v";
/// Begins the key of every organization.
pub(super) const ORGANIZATION: u8 = b'o';
/// Begins the key of every user.
pub(super) const USER: u8 = b'u';
/// Begins the key of every session.
pub(super) const SESSION: u8 = b's';
/// Begins the key of every counter.
pub(super) const COUNTER: u8 = b'c';
/// Begins the key of every signing key.
pub(super) const SIGNING_KEY: u8 = b'y';
/// Begins the key of every audit event.
pub(super) const AUDIT: u8 = b'e';
/// Begins the key of every message.
pub(super) const MAIL: u8 = b'm';
/// Begins the key of every message's body.
pub(super) const MAIL_BODY: u8 = b'b';
/// Begins the keys of the queue of messages that wait.
pub(super) const MAIL_QUEUE: u8 = b'q';
/// Begins the keys of the list of dead messages.
pub(super) const MAIL_DEAD: u8 = b'd';

/// Begins the keys of users that are being taken in, in portions.
pub(super) const INTAKE: u8 = b'i';
/// Begins the key of every word that a user is found by.
pub(super) const WORD: u8 = b'x';
/// Notes that the portions are whole.
pub(super) const INTAKE_WHOLE: &[u8] = b"j";

/// The kinds of record that a snapshot carries, in this order: what a record refers to comes first.
pub(super) const CARRIED: [u8; 11] =
    [ORGANIZATION, USER, b'a', SESSION, b'l', b't', COUNTER, SIGNING_KEY, AUDIT, MAIL, MAIL_BODY];

/// The kinds that a snapshot leaves out: they follow from the others, say what this store itself is, or are never seen between two
/// verbs.
#[cfg(test)]
pub(super) const DERIVED: [u8; 11] = [b'v', b'n', INTAKE, b'j', b'w', b'k', b'f', MAIL_QUEUE, MAIL_DEAD, b'p', WORD];

/// Marks a session that has not ended, in the list of a user's sessions.
pub(super) const LIVE: &[u8] = b"l";
/// Marks one that has.
pub(super) const ENDED: &[u8] = b"e";

/// What a key is about, for messages about damage.
pub(super) fn what(key: &[u8]) -> &'static str {
    match key.first() {
        Some(b'v') => "schema version",
        Some(&ORGANIZATION) => "organization",
        Some(&USER) => "user",
        Some(b'n') => "username",
        Some(&INTAKE | b'j') => "users being taken in",
        Some(b'a') => "activity",
        Some(&SESSION) => "session",
        Some(b'l') => "session activity",
        Some(b'w') => "list of sessions",
        Some(b't') => "session token",
        Some(b'k') => "list of session tokens",
        Some(&COUNTER) => "counter",
        Some(&SIGNING_KEY) => "signing key",
        Some(&AUDIT) => "audit event",
        Some(b'f') => "list of audit events",
        Some(&MAIL) => "message",
        Some(&MAIL_BODY) => "body of a message",
        Some(&MAIL_QUEUE) => "queue of messages",
        Some(&MAIL_DEAD) => "list of dead messages",
        Some(b'p') => "list of a user's messages",
        Some(&WORD) => "word of a user",
        _ => "unknown",
    }
}

pub(super) fn organization(key: &OrganizationKey) -> Vec<u8> {
    join(ORGANIZATION, &[key.as_str().as_bytes()])
}

pub(super) fn user(id: UserId) -> Vec<u8> {
    join(USER, &[id.as_bytes()])
}

pub(super) fn username(organization: &OrganizationKey, name: &Username) -> Vec<u8> {
    join(b'n', &[organization.as_str().as_bytes(), &[0], name.as_str().as_bytes()])
}

/// What the names of one organization, or of all, begin with.
pub(super) fn usernames(organization: Option<&OrganizationKey>) -> Vec<u8> {
    match organization {
        Some(key) => join(b'n', &[key.as_str().as_bytes(), &[0]]),
        None => vec![b'n'],
    }
}

pub(super) fn word(organization: &OrganizationKey, word: &str, name: &Username) -> Vec<u8> {
    join(WORD, &[organization.as_str().as_bytes(), &[0], word.as_bytes(), &[0], name.as_str().as_bytes()])
}

/// What the keys of the words of one organization that begin with `beginning` begin with.
pub(super) fn words(organization: &OrganizationKey, beginning: &str) -> Vec<u8> {
    join(WORD, &[organization.as_str().as_bytes(), &[0], beginning.as_bytes()])
}

/// The word in a key of [`word`], and the name of the user whom it is known of.
pub(super) fn word_parts(key: &[u8]) -> Result<(String, Username), StoreError> {
    let corrupt = |source| StoreError::Corrupt { what: what(key), source };
    let text = std::str::from_utf8(key).map_err(|error| corrupt(error.into()))?;
    let mut parts = text.split('\0').skip(1);
    let (Some(word), Some(name)) = (parts.next(), parts.next()) else { return Err(corrupt("it is too short".into())) };
    Ok((word.to_owned(), name.parse().map_err(|error: NameError| corrupt(error.into()))?))
}

pub(super) fn intake(number: u32) -> Vec<u8> {
    join(INTAKE, &[&number.to_be_bytes()])
}

pub(super) fn activity(id: UserId) -> Vec<u8> {
    join(b'a', &[id.as_bytes()])
}

pub(super) fn session(id: SessionId) -> Vec<u8> {
    join(SESSION, &[id.as_bytes()])
}

pub(super) fn last_seen(id: SessionId) -> Vec<u8> {
    join(b'l', &[id.as_bytes()])
}

pub(super) fn session_of(user: UserId, session: SessionId) -> Vec<u8> {
    join(b'w', &[user.as_bytes(), session.as_bytes()])
}

/// What the entries of a user's list of sessions begin with.
pub(super) fn sessions_of(user: UserId) -> Vec<u8> {
    join(b'w', &[user.as_bytes()])
}

pub(super) fn token(hash: &SecretHash) -> Vec<u8> {
    join(b't', &[hash.as_bytes()])
}

pub(super) fn token_of(session: SessionId, hash: &SecretHash) -> Vec<u8> {
    join(b'k', &[session.as_bytes(), hash.as_bytes()])
}

/// What the entries of a session's list of tokens begin with.
pub(super) fn tokens_of(session: SessionId) -> Vec<u8> {
    join(b'k', &[session.as_bytes()])
}

pub(super) fn counter(key: &CounterKey) -> Vec<u8> {
    counter_of(key.kind.tag(), &key.subject)
}

pub(super) fn signing_key(kid: &str) -> Vec<u8> {
    join(SIGNING_KEY, &[kid.as_bytes()])
}

/// What the keys of the events of one moment begin with.
pub(super) fn audit_at(at: Timestamp) -> Vec<u8> {
    join(AUDIT, &[&moment(at)])
}

pub(super) fn mail(id: MailId) -> Vec<u8> {
    join(MAIL, &[id.as_bytes()])
}

pub(super) fn mail_body(id: MailId) -> Vec<u8> {
    join(MAIL_BODY, &[id.as_bytes()])
}

/// The entry of a message in the queue.
pub(super) fn mail_due(due: Timestamp, id: MailId) -> Vec<u8> {
    join(MAIL_QUEUE, &[&moment(due), id.as_bytes()])
}

/// The entry of a message in the list of dead ones.
pub(super) fn mail_dead(at: Timestamp, id: MailId) -> Vec<u8> {
    join(MAIL_DEAD, &[&moment(at), id.as_bytes()])
}

/// The entry of a message in the list of its user.
pub(super) fn mail_of(user: UserId, created_at: Timestamp, id: MailId) -> Vec<u8> {
    join(b'p', &[user.as_bytes(), &moment(created_at), id.as_bytes()])
}

/// What the entries of a user's list of messages begin with.
pub(super) fn mails_of(user: UserId) -> Vec<u8> {
    join(b'p', &[user.as_bytes()])
}

/// The message that an entry of a user's list stands for.
pub(super) fn mail_listed_of(entry: &[u8]) -> Result<MailId, StoreError> {
    Ok(MailId::from_random(part(entry, entry, 1 + 16 + 16)?))
}

/// The message that a body belongs to.
pub(super) fn mail_of_body(key: &[u8]) -> Result<MailId, StoreError> {
    Ok(MailId::from_random(part(key, key, 1)?))
}

/// The message that an entry of the queue or of the list of dead ones stands for.
pub(super) fn listed_mail(entry: &[u8]) -> Result<MailId, StoreError> {
    Ok(MailId::from_random(part(entry, entry, 1 + 16)?))
}

/// A moment in the order of bytes.
fn moment(at: Timestamp) -> [u8; 16] {
    // The sign bit is turned over, so that moments before 1970 come first.
    (at.as_nanosecond().cast_unsigned() ^ (1 << 127)).to_be_bytes()
}

/// An event's key: `moment` as [`audit_at`] gives it, and its number among the events of that moment.
pub(super) fn audit(moment: &[u8], number: u64) -> Vec<u8> {
    [moment, &number.to_be_bytes()].concat()
}

/// The entry of an event in its user's list.
pub(super) fn audit_of(user: UserId, event: &[u8]) -> Vec<u8> {
    join(b'f', &[user.as_bytes(), event.get(1..).unwrap_or_default()])
}

/// What the entries of a user's list of events begin with.
pub(super) fn audits_of(user: UserId) -> Vec<u8> {
    join(b'f', &[user.as_bytes()])
}

/// The user whose id's bytes stand in `value`, under `key`.
pub(super) fn user_id(key: &[u8], value: &[u8]) -> Result<UserId, StoreError> {
    // An id's own bytes go through unchanged: their version is already set.
    Ok(UserId::from_random(part(key, value, 0)?))
}

/// The session that an entry of a user's list stands for.
pub(super) fn listed_session(entry: &[u8]) -> Result<SessionId, StoreError> {
    Ok(SessionId::from_random(part(entry, entry, 1 + 16)?))
}

/// The token that an entry of a session's list stands for.
pub(super) fn listed_token(entry: &[u8]) -> Result<SecretHash, StoreError> {
    Ok(SecretHash::from_digest(part(entry, entry, 1 + 16)?))
}

/// The key of the event that an entry of a user's list stands for.
pub(super) fn listed_audit(entry: &[u8]) -> Vec<u8> {
    join(AUDIT, &[entry.get(1 + 16..).unwrap_or_default()])
}

/// Where the event of a key stands.
pub(super) fn audit_place(event: &[u8]) -> Result<AuditPlace, StoreError> {
    let moment = u128::from_be_bytes(part(event, event, 1)?) ^ (1 << 127);
    let at = Timestamp::from_nanosecond(moment.cast_signed())
        .map_err(|error| StoreError::Corrupt { what: what(event), source: Box::new(error) })?;
    Ok(AuditPlace { at, number: audit_number(event)? })
}

/// The session that a key of [`last_seen`] is about.
pub(super) fn session_id(key: &[u8]) -> Result<SessionId, StoreError> {
    Ok(SessionId::from_random(part(key, key, 1)?))
}

/// The kind and the subject of a counter's key.
pub(super) fn counter_parts(key: &[u8]) -> Result<(u8, SecretHash), StoreError> {
    let [kind] = part(key, key, 1)?;
    Ok((kind, SecretHash::from_digest(part(key, key, 2)?)))
}

/// The key of a counter of any kind, known here or not.
pub(super) fn counter_of(kind: u8, subject: &SecretHash) -> Vec<u8> {
    join(COUNTER, &[&[kind], subject.as_bytes()])
}

/// An event's number among the events of its moment.
pub(super) fn audit_number(event: &[u8]) -> Result<u64, StoreError> {
    Ok(u64::from_be_bytes(part(event, event, 1 + 16)?))
}

fn join(prefix: u8, parts: &[&[u8]]) -> Vec<u8> {
    let mut key = Vec::with_capacity(1 + parts.iter().map(|part| part.len()).sum::<usize>());
    key.push(prefix);
    for part in parts {
        key.extend_from_slice(part);
    }
    key
}
