//! Behind a right password: a session, or a ticket for the page where the password is changed first.
//!
//! Refuses to look at the password again. Once the session is open nothing keeps its holder from it.

use std::time::Duration;

use super::judge::Verified;
use super::{ChangeCause, Origin, Outcome, PendingChange, SignIn};
use crate::audit::Subject;
use crate::domain::Timestamp;
use crate::domain::audit::{AuditAction, AuditReason};
use crate::domain::ids::{SecretHash, SessionId};
use crate::domain::password::ExpiryRules;
use crate::domain::recovery::QUESTION_TRIES;
use crate::domain::session::{AuthenticationMethod, Session, SessionOrigin, SessionToken};
use crate::domain::user::{RecoveryChange, User, UserChange};
use crate::flows::known_browser::KnownBrowser;
use crate::flows::names::cut;
use crate::flows::{FlowError, after_the_fact, discard_half_finished, house_rules, refused_or_store, stale_or_store};
use crate::random::Token;
use crate::store::EphemeralEntry;

/// How long a password change that must come first may take.
pub(super) const CHANGE_LIFETIME: Duration = Duration::from_secs(15 * 60);
/// What is kept of a browser's description of itself, in characters.
const LONGEST_USER_AGENT: usize = 256;

impl SignIn {
    /// Opens a session, or the way to the update page.
    pub(super) async fn admit(
        &self,
        verified: Verified,
        origin: Origin,
        rules: ExpiryRules,
        account: SecretHash,
        mut subject: Subject,
    ) -> Result<Outcome, FlowError> {
        let Verified { user, temporary, rehashed } = verified;
        let now = self.clock.now();
        if let Some((from, to)) = rehashed {
            let rehash = self.store.change_user(user.id, UserChange::Rehash { from, to }, now).await;
            // Somebody was faster: then there is nothing to replace.
            rehash.map(drop).or_else(refused_or_store)?;
        }
        // Whoever comes here knows the password: that the look-up takes its time tells them nothing new.
        let rules = house_rules::expiry_for(&self.store.lineage(&user.organization).await?, rules);
        let last_activity = self.store.last_activity(user.id).await?;
        let expired = rules.expires_at(&user, last_activity).is_some_and(|expiry| now >= expiry);
        let cause = match (temporary, expired) {
            (true, _) => Some((ChangeCause::Temporary, AuditReason::TemporaryPassword)),
            (false, true) => Some((ChangeCause::Expired, AuditReason::PasswordExpired)),
            (false, false) => None,
        };
        if let Some((cause, reason)) = cause {
            let ticket = self.hold_for_change(&user, cause, origin.browser, now).await?;
            self.audit.record(AuditAction::SignIn, reason, subject).await;
            return Ok(Outcome::MustChange { ticket });
        }
        let token = self.random.token();
        let session = Session {
            id: SessionId::from_random(self.random.bytes()),
            user: user.id,
            authenticated_at: now,
            methods: vec![AuthenticationMethod::Pwd],
            last_seen_at: now,
            origin: SessionOrigin { address: origin.address, user_agent: cut(&origin.user_agent, LONGEST_USER_AGENT) },
            ended: None,
        };
        subject.session = Some(session.id);
        let session_token = SessionToken { hash: token.hash(), session: session.id, host: origin.host };
        match self.store.open_session(session, session_token, user.credential_version, origin.replaces).await {
            Ok(replaced) => self.observer.forget(&replaced),
            Err(error) => {
                stale_or_store(error)?;
                self.audit.record(AuditAction::SignIn, AuditReason::Conflict, subject).await;
                return Ok(Outcome::Refused);
            }
        }
        // The session is open: what fails from here on must not keep its holder from it.
        if let Err(error) = self.store.note_activity(vec![(user.id, now)]).await {
            after_the_fact(&error, "activity was not noted");
        }
        if let Err(error) = self.reopen_question(&user, now).await {
            tracing::error!(code = error.code(), %error, "the secret question was not reopened");
        }
        discard_half_finished(&*self.store, &origin.browser).await;
        self.audit.record(AuditAction::SignIn, AuditReason::Ok, subject).await;
        let known = KnownBrowser::remember(origin.known, &account, &*self.random);
        Ok(Outcome::SignedIn { token, known })
    }

    /// A secret question whose tries were used up, or begun, has all of them again: the person is here.
    async fn reopen_question(&self, user: &User, now: Timestamp) -> Result<(), FlowError> {
        let tried = user.recovery.question.as_ref().is_some_and(|question| question.tries_left < QUESTION_TRIES);
        if tried {
            let change = UserChange::Recovery(RecoveryChange::ReopenQuestion);
            if let Err(error) = self.store.change_user(user.id, change, now).await {
                refused_or_store(error)?;
            }
        }
        Ok(())
    }

    async fn hold_for_change(
        &self,
        user: &User,
        cause: ChangeCause,
        browser: SecretHash,
        now: Timestamp,
    ) -> Result<Token, FlowError> {
        let pending = PendingChange { user: user.id, credential_version: user.credential_version, cause, browser };
        let ticket = self.random.token();
        let value = serde_json::to_vec(&pending).unwrap_or_default();
        let entry = EphemeralEntry { key: ticket.hash(), group: browser, value, expires_at: now + CHANGE_LIFETIME };
        self.store.put_ephemeral(entry).await?;
        Ok(ticket)
    }
}
