//! Signing out: the session ends everywhere at once.

use std::net::IpAddr;
use std::sync::Arc;

use super::{Acting, FlowError, to_the_end};
use crate::audit::{Audit, Subject};
use crate::clock::Clock;
use crate::domain::audit::{AuditAction, AuditReason};
use crate::domain::session::EndReason;
use crate::sessions::SessionObserver;
use crate::store::Store;

/// Signs people out.
#[derive(Clone)]
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
    /// Ends the session, even if the browser does not wait for it.
    ///
    /// # Errors
    /// [`FlowError`]: the session may still be open.
    pub async fn end(&self, acting: Acting, address: IpAddr) -> Result<(), FlowError> {
        let flow = self.clone();
        to_the_end(async move { flow.end_whole(acting, address).await }).await
    }

    async fn end_whole(&self, acting: Acting, address: IpAddr) -> Result<(), FlowError> {
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

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use futures_util::FutureExt;

    use super::*;
    use crate::flows::sign_in::Outcome;
    use crate::testing::{PASSWORD, RULES, World, credentials, origin};

    #[tokio::test]
    async fn a_browser_that_leaves_in_the_midst_of_signing_out_is_signed_out() {
        let world = World::new().await;
        world.add("ana", |_| {}).await;
        let signed_in = world.sign_in().attempt(credentials("acme", "ana", PASSWORD), origin("browser"), RULES).await;
        let Ok(Outcome::SignedIn { token, .. }) = signed_in else { panic!("not in: {signed_in:?}") };
        let find = async || world.sessions.find(&token.hash(), "login.example.com").await.expect("a store");
        let live = find().await.expect("signed in, and in memory");
        let acting = Acting { session: live.id, user: live.person.id };
        let flow = world.sign_out();
        let mut leaving = Box::pin(flow.end(acting, origin("browser").address));
        assert!(leaving.as_mut().now_or_never().is_none(), "it waits for the disk");
        drop(leaving);
        let forgotten = async {
            while find().await.is_some() {
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(Duration::from_secs(10), forgotten).await.expect("memory was told as well");
        let stored = world.store.session_by_token(&token.hash()).await.expect("a store").expect("remembered");
        assert!(stored.0.ended.is_some());
        assert!(live.end.has_come(), "and so was what went on in the session's name");
    }
}
