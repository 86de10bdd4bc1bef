//! Values to put into a store.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::domain::Timestamp;
use crate::domain::audit::{AuditAction, AuditEvent, AuditReason};
use crate::domain::ids::{SecretHash, SessionId, UserId};
use crate::domain::organization::Organization;
use crate::domain::password::PasswordHash;
use crate::domain::session::{AuthenticationMethod, Session, SessionOrigin, SessionToken};
use crate::domain::signing_key::SigningKeyRecord;
use crate::domain::user::{Password, Role, Status, User, UserChange};
use crate::store::Store;

/// A moment, in seconds.
pub(super) fn at(second: i64) -> Timestamp {
    Timestamp::from_second(second).expect("in range")
}

/// A hash that `seed` names.
pub(super) fn hash(seed: u64) -> SecretHash {
    crate::random::digest(&seed.to_le_bytes())
}

fn bytes(seed: u64) -> [u8; 16] {
    hash(seed).as_bytes()[..16].try_into().expect("16 bytes")
}

/// An organization.
pub(crate) fn organization(key: &str, parent: Option<&str>) -> Organization {
    Organization {
        key: key.parse().expect("a key"),
        written_key: key.to_uppercase(),
        name: "Acme".parse().expect("a name"),
        parent: parent.map(|key| key.parse().expect("a key")),
        created_at: at(0),
        settings: Default::default(),
    }
}

/// The id of the user `seed`.
pub(super) fn user_id(seed: u64) -> UserId {
    UserId::from_random(bytes(seed))
}

/// A user.
pub(crate) fn user(seed: u64, organization: &str, username: &str) -> User {
    User {
        id: user_id(seed),
        organization: organization.parse().expect("a key"),
        username: username.parse().expect("a username"),
        name: "Ana Núñez".parse().expect("a name"),
        emails: vec!["ana@example.com".parse().expect("an address")],
        role: Role::User,
        applications: BTreeSet::from(["billing".parse().expect("an id")]),
        groups: BTreeSet::from(["staff".parse().expect("a group")]),
        status: Status::Active,
        language: None,
        created_at: at(0),
        password: None,
        password_history: Vec::new(),
        temporary: None,
        credential_version: 0,
        recovery: Default::default(),
        warned: None,
    }
}

/// The id of the session `seed`.
pub(super) fn session_id(seed: u64) -> SessionId {
    SessionId::from_random(bytes(seed))
}

/// A session of a user, opened at a second.
pub(super) fn session(seed: u64, user: UserId, second: i64) -> Session {
    Session {
        id: session_id(seed),
        user,
        authenticated_at: at(second),
        methods: vec![AuthenticationMethod::Pwd],
        last_seen_at: at(second),
        origin: SessionOrigin { address: [192, 0, 2, 1].into(), user_agent: "Browser".to_owned() },
        ended: None,
    }
}

/// A token of the session `session`, for a host of its own.
pub(super) fn token(seed: u64, session: u64) -> SessionToken {
    SessionToken { hash: hash(seed), session: session_id(session), host: format!("{seed}.example.com") }
}

/// Sets a password under `expected_version`.
pub(super) fn set_password(expected_version: u64, phc: &str) -> UserChange {
    let password = Password { hash: PasswordHash::from_phc(phc.to_owned()), changed_at: at(1) };
    UserChange::SetPassword { password, expected_version, remember: 5 }
}

/// A signing key, made at a second.
pub(super) fn key(kid: &str, second: i64) -> SigningKeyRecord {
    SigningKeyRecord {
        kid: kid.to_owned(),
        public_point: vec![4; 65],
        sealed_private: vec![7; 150],
        created_at: at(second),
        retired_at: None,
    }
}

/// An audit event that `name` tells apart.
pub(super) fn event(second: i64, user: Option<UserId>, name: &str) -> AuditEvent {
    AuditEvent {
        at: at(second),
        action: AuditAction::SignIn,
        reason: AuditReason::Ok,
        address: None,
        organization: Some("acme".to_owned()),
        username: Some(name.to_owned()),
        user,
        session: None,
        actor: None,
        mailbox: None,
        note: None,
    }
}

/// Adds the organization `acme` and in it the user 1, `ana`.
pub(super) async fn settle(store: &Arc<dyn Store>) -> User {
    store.add_organization(organization("acme", None)).await.expect("added");
    let ana = user(1, "acme", "ana");
    store.add_user(ana.clone()).await.expect("added");
    ana
}
