//! Writing down who tried what: one event for every attempt, in the store and in the log. What is no attempt, and is slowed by
//! nothing, is written seldom.

mod seldom;

use std::net::IpAddr;
use std::sync::Arc;

use self::seldom::Seldom;
use crate::clock::Clock;
use crate::domain::audit::{AuditAction, AuditEvent, AuditReason};
use crate::domain::ids::{SecretHash, SessionId, UserId};
use crate::random::digest_parts;
use crate::store::Store;

/// Writes events down.
pub struct Audit {
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
    counting: Option<Counting>,
    seldom: Seldom,
}

/// Is told of every event, to count it.
type Counting = Box<dyn Fn(AuditAction, AuditReason) + Send + Sync>;

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
    /// Which mailbox proved it, masked.
    pub mailbox: Option<String>,
}

impl Audit {
    /// Writes to `store`.
    pub fn new(store: Arc<dyn Store>, clock: Arc<dyn Clock>) -> Self {
        Self { store, clock, counting: None, seldom: Seldom::default() }
    }

    /// Tells `counting` of every event, too.
    #[must_use]
    pub fn counted_by(self, counting: impl Fn(AuditAction, AuditReason) + Send + Sync + 'static) -> Self {
        Self { counting: Some(Box::new(counting)), ..self }
    }

    /// Writes one event. A store that cannot take it is reported in the log, where the event stands as well: the attempt it is about
    /// has been decided already.
    pub async fn record(&self, action: AuditAction, reason: AuditReason, subject: Subject) {
        let Subject { address, organization, username, user, session, mailbox } = subject;
        if let Some(counting) = &self.counting {
            counting(action, reason);
        }
        tracing::info!(
            target: "audit",
            action = %action.code(),
            reason = %reason.code(),
            address = address.map(tracing::field::display),
            organization,
            username,
            user = user.map(tracing::field::display),
            session = session.map(tracing::field::display),
            mailbox,
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
            mailbox,
            note: None,
        };
        if let Err(error) = self.store.append_audit(event).await {
            tracing::error!(code = error.code(), %error, "an audit event could not be stored");
        }
    }

    /// Whether what can be repeated without end is to be logged again: the same `event` of one `source` once in ten minutes, and
    /// twenty different ones.
    pub fn is_due(&self, source: SecretHash, event: SecretHash) -> bool {
        self.seldom.is_due(source, event, self.clock.now())
    }

    /// Writes an event that can be repeated without end, and so might fill the disk: the same of one `source` once in ten
    /// minutes, and twenty different ones. Each is counted.
    pub async fn record_seldom(&self, action: AuditAction, reason: AuditReason, subject: Subject, source: SecretHash) {
        let names = [&subject.organization, &subject.username].map(|name| name.as_deref().unwrap_or_default());
        let event = [action.code(), reason.code(), names[0], names[1]].map(str::as_bytes);
        if self.is_due(source, digest_parts(&event)) {
            self.record(action, reason, subject).await;
        } else if let Some(counting) = &self.counting {
            counting(action, reason);
        }
    }
}
