//! Signing out: the session ends everywhere at once.

use std::net::IpAddr;
use std::sync::Arc;

use super::{Acting, FlowError};
use crate::audit::{Audit, Subject};
use crate::clock::Clock;
use crate::domain::audit::{AuditAction, AuditReason};
use crate::domain::session::EndReason;
use crate::sessions::SessionObserver;
use crate::store::Store;

/// Signs people out.
pub struct SignOut {
    /// Where sessions are.
    pub store: Arc<dyn Store>,
    /// Writes it down.
    pub audit: Arc<Audit>,
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// Hears which sessions ended.
    pub observer: Arc<dyn SessionObserver>,
}

impl SignOut {
    /// Ends the session.
    ///
    /// # Errors
    /// [`FlowError`]: the session may still be open.
    pub async fn end(&self, acting: Acting, address: IpAddr) -> Result<(), FlowError> {
        let ended = self.store.end_session(acting.session, EndReason::SignedOut, self.clock.now()).await?;
        self.observer.forget(&ended);
        let subject = Subject {
            address: Some(address),
            user: Some(acting.user),
            session: Some(acting.session),
            ..Subject::default()
        };
        self.audit.record(AuditAction::SignOut, AuditReason::Ok, subject).await;
        Ok(())
    }
}
