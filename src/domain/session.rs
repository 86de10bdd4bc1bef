//! Sessions: who is signed in, since when, until when. A session lives on the server and can be ended at once.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::Timestamp;
use super::ids::{SecretHash, SessionId, UserId};

/// A session as the store keeps it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Session {
    /// Public name.
    pub id: SessionId,
    /// Whose it is.
    pub user: UserId,
    /// When the person proved who they are (`auth_time`).
    pub authenticated_at: Timestamp,
    /// How (`amr`, RFC 8176).
    pub methods: Vec<AuthenticationMethod>,
    /// Last authenticated request, at a coarse grain.
    pub last_seen_at: Timestamp,
    /// Where it was opened from, for the person's own list of sessions.
    pub origin: SessionOrigin,
    /// Set once, when it ends before its time. An ended session is kept for a while as the memory of whose it was.
    pub ended: Option<Ending>,
}

/// One cookie of a session: each host has its own, and one is worth nothing on another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SessionToken {
    /// SHA-256 of the cookie's value.
    pub hash: SecretHash,
    /// The session it opens.
    pub session: SessionId,
    /// The host it was set for: lower case, no port.
    pub host: String,
}

/// Where a session was opened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SessionOrigin {
    /// The client's address, as trusted proxies report it.
    pub address: std::net::IpAddr,
    /// The browser's own description, cut to 256 characters.
    pub user_agent: String,
}

/// An authentication method reference (RFC 8176).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum AuthenticationMethod {
    /// A password.
    Pwd,
}

/// When and why a session ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ending {
    /// When.
    pub at: Timestamp,
    /// Why.
    pub reason: EndReason,
}

/// Why a session ended before its time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EndReason {
    /// The person signed out.
    SignedOut,
    /// The same browser signed in again.
    Replaced,
    /// The password changed.
    PasswordChanged,
    /// The account was deactivated or removed.
    Deactivated,
    /// Role, groups or applications changed.
    RightsChanged,
    /// Ended from a list of sessions.
    Revoked,
}

/// The limits of a session's life.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SessionLimits {
    /// Longest silence.
    pub idle: Duration,
    /// Longest life, however busy.
    pub absolute: Duration,
}

impl SessionLimits {
    /// Whether a session that began at `authenticated_at` and was last seen at `last_seen_at` is over at `now`.
    pub fn expired(&self, authenticated_at: Timestamp, last_seen_at: Timestamp, now: Timestamp) -> bool {
        exceeds(now, authenticated_at, self.absolute) || exceeds(now, last_seen_at, self.idle)
    }
}

fn exceeds(now: Timestamp, since: Timestamp, limit: Duration) -> bool {
    // A clock set back gives a negative age: not over.
    Duration::try_from(now.duration_since(since)).is_ok_and(|age| age >= limit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_ends_at_its_idle_or_absolute_limit_whichever_comes_first() {
        let limits = SessionLimits { idle: Duration::from_secs(30), absolute: Duration::from_secs(100) };
        let at = |second| Timestamp::from_second(second).expect("in range");
        assert!(!limits.expired(at(0), at(0), at(29)));
        assert!(limits.expired(at(0), at(0), at(30)));
        assert!(!limits.expired(at(0), at(80), at(99)));
        assert!(limits.expired(at(0), at(99), at(100)));
        assert!(!limits.expired(at(50), at(50), at(0)), "a clock set back does not end sessions");
    }
}
