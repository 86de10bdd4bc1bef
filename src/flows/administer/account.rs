//! One account as whoever looks after it sees it: what holds, what happened, and what keeps the person from signing in.

use std::net::IpAddr;

use serde::{Deserialize, Serialize};

use super::{AdministerError, Administrator, Answer, MailStatus, MailView, Trace, UserRef, UserView};
use crate::domain::Timestamp;
use crate::domain::audit::AuditEvent;
use crate::domain::ids::SessionId;
use crate::domain::password::ExpiryRules;
use crate::domain::session::Session;
use crate::domain::user::{Status, User};
use crate::flows::house_rules;

/// Messages that are told.
const MAILS: usize = 20;
/// Events that are told.
const EVENTS: usize = 30;

/// Everything about one account, and no secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountView {
    /// The account.
    pub user: UserView,
    /// Why the person cannot sign in, the weightiest first; empty if nothing is wrong.
    pub obstacles: Vec<Obstacle>,
    /// When the password expires, if nothing happens; `None` for never, or if there is none.
    pub password_expires_at: Option<Timestamp>,
    /// Open sessions, newest first.
    pub sessions: Vec<SessionView>,
    /// Ways back in that are under way.
    pub pending: Vec<Pending>,
    /// Messages about the account, newest first.
    pub mails: Vec<MailView>,
    /// What happened to the account, newest first.
    pub events: Vec<AuditEvent>,
}

/// What keeps a person from signing in, or from getting back in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Obstacle {
    /// An administrator closed the account.
    Deactivated,
    /// Too many attempts: sign-in from unknown browsers waits.
    Locked {
        /// Until then.
        until: Timestamp,
    },
    /// No password was ever set.
    NoPassword,
    /// The password expired; the next sign-in asks for a new one.
    PasswordExpired {
        /// Since then.
        since: Timestamp,
    },
    /// No message can be written to the person.
    NoAddress,
    /// The last message was given up.
    MailFailed,
    /// The last message is still on its way.
    MailWaiting,
}

/// An open session.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SessionView {
    /// Its public name.
    pub id: SessionId,
    /// When the person signed in.
    pub authenticated_at: Timestamp,
    /// The last request, at a coarse grain.
    pub last_seen_at: Timestamp,
    /// From where.
    pub address: IpAddr,
    /// The browser's own description.
    pub user_agent: String,
}

/// A way back in that is under way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pending {
    /// Which.
    pub kind: PendingKind,
    /// Until when.
    pub expires_at: Timestamp,
}

/// Which way back in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PendingKind {
    /// A temporary password.
    TemporaryPassword,
    /// A rescue code.
    RescueCode,
    /// A reset link.
    ResetLink,
    /// A change of address that waits for its owner.
    EmailChange,
}

impl From<Session> for SessionView {
    fn from(session: Session) -> Self {
        Self {
            id: session.id,
            authenticated_at: session.authenticated_at,
            last_seen_at: session.last_seen_at,
            address: session.origin.address,
            user_agent: session.origin.user_agent,
        }
    }
}

impl Administrator {
    pub(super) async fn show_account(&self, reference: &UserRef) -> Result<Answer, AdministerError> {
        let user = self.known(reference, &mut Default::default()).await?;
        let now = self.clock.now();
        let sessions: Vec<SessionView> =
            self.people.sessions(user.id).await?.into_iter().map(SessionView::from).collect();
        let mails = self.mail.about(user.id, MAILS).await?;
        let mails: Vec<MailView> = mails.into_iter().map(|mail| MailView::new(mail, Some(&user))).collect();
        let events = self.trail.audit(Some(user.id), EVENTS).await?;
        let locked_until = self.counters.closed_until(reference).await?;
        let last_activity = self.accounts.last_activity(user.id).await?;
        let expires_at = self.expiry_rules(&user).await?.expires_at(&user, last_activity);
        let pending = pending(&user, now);
        let obstacles = obstacles(&user, locked_until, expires_at, &mails, now);
        Ok(Answer::Account(Box::new(AccountView {
            user: UserView::new(user, Trace { last_active_at: last_activity, locked_until }, now),
            obstacles,
            password_expires_at: expires_at,
            sessions,
            pending,
            mails,
            events,
        })))
    }

    async fn expiry_rules(&self, user: &User) -> Result<ExpiryRules, AdministerError> {
        let lineage = self.accounts.lineage(&user.organization).await?;
        Ok(house_rules::expiry_for(&lineage, (self.config)().expiry_rules()))
    }
}

fn pending(user: &User, now: Timestamp) -> Vec<Pending> {
    let recovery = &user.recovery;
    let temporary = user.temporary.as_ref().filter(|one| one.is_open(now)).map(|one| one.expires_at);
    let code = recovery.codes.as_ref().map(|codes| codes.expires_at).filter(|at| *at > now);
    let link = recovery.link.as_ref().map(|link| link.expires_at).filter(|at| *at > now);
    let change = recovery.email_change.as_ref().filter(|change| change.is_open(now)).map(|change| change.expires_at);
    [
        (PendingKind::TemporaryPassword, temporary),
        (PendingKind::RescueCode, code),
        (PendingKind::ResetLink, link),
        (PendingKind::EmailChange, change),
    ]
    .into_iter()
    .filter_map(|(kind, expires_at)| expires_at.map(|expires_at| Pending { kind, expires_at }))
    .collect()
}

fn obstacles(
    user: &User,
    locked_until: Option<Timestamp>,
    expires_at: Option<Timestamp>,
    mails: &[MailView],
    now: Timestamp,
) -> Vec<Obstacle> {
    let mut found = Vec::new();
    if user.status == Status::Deactivated {
        found.push(Obstacle::Deactivated);
    }
    if let Some(until) = locked_until {
        found.push(Obstacle::Locked { until });
    }
    if user.password.is_none() {
        found.push(Obstacle::NoPassword);
    }
    if let Some(since) = expires_at.filter(|at| *at <= now) {
        found.push(Obstacle::PasswordExpired { since });
    }
    if user.emails.is_empty() {
        found.push(Obstacle::NoAddress);
    }
    match mails.first().map(|mail| mail.status) {
        Some(MailStatus::Dead) => found.push(Obstacle::MailFailed),
        Some(MailStatus::Waiting) => found.push(Obstacle::MailWaiting),
        Some(MailStatus::Delivered | MailStatus::Dropped) | None => {}
    }
    found
}
