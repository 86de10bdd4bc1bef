//! The list of the own sessions: where, since when; end one, end all others.

use std::net::IpAddr;

use super::OwnAccount;
use crate::audit::Subject;
use crate::domain::audit::{AuditAction, AuditReason};
use crate::domain::session::{EndReason, Session, SessionLimits};
use crate::flows::{Acting, FlowError, to_the_end};

/// One of the person's sessions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OwnSession {
    /// The session.
    pub session: Session,
    /// Whether it is the one that asks.
    pub this: bool,
}

impl OwnAccount {
    /// The sessions that are open under `limits`, the one that asks first, then the newest.
    ///
    /// # Errors
    /// [`FlowError`].
    pub async fn sessions(&self, acting: Acting, limits: SessionLimits) -> Result<Vec<OwnSession>, FlowError> {
        let now = self.clock.now();
        let open = |session: &Session| {
            // When this one was last seen may not have been written down yet.
            session.id == acting.session || !limits.expired(session.authenticated_at, session.last_seen_at, now)
        };
        let all = self.store.sessions_of(acting.user).await?.into_iter().filter(open);
        let mut listed: Vec<_> =
            all.map(|session| OwnSession { this: session.id == acting.session, session }).collect();
        listed.sort_by_key(|listed| !listed.this);
        Ok(listed)
    }

    /// Ends the session of that name if it is one of the person's, even if the browser does not wait for it. `false` if it is
    /// not, or has ended.
    ///
    /// # Errors
    /// [`FlowError`]: it may still be open.
    pub async fn end_session(&self, acting: Acting, name: &str, address: IpAddr) -> Result<bool, FlowError> {
        let own = self.store.sessions_of(acting.user).await?;
        let Some(session) = own.into_iter().find(|session| session.id.to_string() == name) else {
            self.note(acting, AuditReason::Invalid, address).await;
            return Ok(false);
        };
        let flow = self.clone();
        to_the_end(async move {
            let ended = flow.store.end_session(session.id, EndReason::Revoked, flow.clock.now()).await?;
            flow.observer.forget(&ended);
            flow.note(acting, AuditReason::Ok, address).await;
            Ok(!ended.is_empty())
        })
        .await
    }

    /// Ends every session of the person but the one that asks, even if the browser does not wait for it.
    ///
    /// # Errors
    /// [`FlowError`]: some may still be open.
    pub async fn end_other_sessions(&self, acting: Acting, address: IpAddr) -> Result<(), FlowError> {
        let flow = self.clone();
        to_the_end(async move {
            let (keep, now) = (Some(acting.session), flow.clock.now());
            let ended = flow.store.end_sessions_of(acting.user, keep, EndReason::Revoked, now).await?;
            flow.observer.forget(&ended);
            flow.note(acting, AuditReason::Ok, address).await;
            Ok(())
        })
        .await
    }

    async fn note(&self, acting: Acting, reason: AuditReason, address: IpAddr) {
        let subject = Subject {
            address: Some(address),
            user: Some(acting.user),
            session: Some(acting.session),
            ..Subject::default()
        };
        self.audit.record(AuditAction::EndSessions, reason, subject).await;
    }
}
