//! Writing down who tried what: one event for every attempt, in the store and in the log.

use std::net::IpAddr;
use std::sync::Arc;

use crate::clock::Clock;
use crate::domain::audit::{AuditAction, AuditEvent, AuditReason};
use crate::domain::ids::{SessionId, UserId};
use crate::store::Store;

/// Writes events down.
pub struct Audit {
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
}

/// Whom an event is about, as far as it is known.
#[derive(Debug, Clone, Default)]
pub struct Subject {
    /// From where.
    pub address: Option<IpAddr>,
    /// The organization named.
    pub organization: Option<String>,
    /// The username named.
    pub username: Option<String>,
    /// The account.
    pub user: Option<UserId>,
    /// The session.
    pub session: Option<SessionId>,
}

impl Audit {
    /// Writes to `store`.
    pub fn new(store: Arc<dyn Store>, clock: Arc<dyn Clock>) -> Self {
        Self { store, clock }
    }

    /// Writes one event. A store that cannot take it is reported in the log, where the event stands as well: the attempt it is about
    /// has been decided already.
    pub async fn record(&self, action: AuditAction, reason: AuditReason, subject: Subject) {
        let Subject { address, organization, username, user, session } = subject;
        tracing::info!(
            target: "audit",
            action = %code(&action),
            reason = %code(&reason),
            address = address.map(tracing::field::display),
            organization,
            username,
            user = user.map(tracing::field::display),
            session = session.map(tracing::field::display),
        );
        let event = AuditEvent {
            at: self.clock.now(),
            action,
            reason,
            address,
            organization,
            username,
            user,
            session,
            actor: None,
            note: None,
        };
        if let Err(error) = self.store.append_audit(event).await {
            tracing::error!(code = error.code(), %error, "an audit event could not be stored");
        }
    }
}

/// The stable code of an action or a reason: the same word that the store and every export have.
fn code(of: &impl serde::Serialize) -> String {
    serde_json::to_string(of).unwrap_or_default().trim_matches('"').to_owned()
}
