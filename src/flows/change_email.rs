//! Changing the own e-mail address.
//!
//! ```text
//! ask      password (counted, verified) → address sound, another one → pending, and in the same step:
//!          a link that confirms to the new mailbox, a warning with a link that stops to every old one
//! confirm  the new mailbox's link → the new address takes the old one's place, every outstanding secret dies, all are told
//! stop     an old mailbox's link, or the person on the settings page → as if nothing had been asked
//! ```
//!
//! Until it is confirmed the old address stays the account's. A newer request, and any change of password or addresses, voids
//! the older links. Links are looked at by GET and used by POST alone: mail scanners open what they find.

use std::net::IpAddr;
use std::time::Duration;

use secrecy::SecretString;

use super::letters::News;
use super::own_account::{OwnAccount, Proof, Proving};
use super::{Acting, FlowError, refused_or_store, subject_of, to_the_end};
use crate::audit::Subject;
use crate::domain::Timestamp;
use crate::domain::audit::{AuditAction, AuditReason};
use crate::domain::names::EmailAddress;
use crate::domain::organization::Organization;
use crate::domain::recovery::EmailChange;
use crate::domain::throttle::Attempt;
use crate::domain::user::{RecoveryChange, Status, User, UserChange};
use crate::random::{LinkToken, digest_parts};
use crate::templates::AccountNews;

/// How long a change waits for the owner of the new mailbox.
const LIFETIME: Duration = Duration::from_secs(24 * 60 * 60);
/// After so many requests for one account, strangers' mailboxes are spared for a while.
const REST: u64 = 600;

/// Changes addresses.
#[derive(Clone)]
pub struct ChangeEmail {
    /// The person's own account.
    pub own: OwnAccount,
}

/// How a request ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asked {
    /// It waits for the owner of the new mailbox.
    Pending,
    /// It does not; all that is wrong.
    Rejected(EmailFaults),
    /// Too many attempts; come back after so many seconds.
    Throttled(u64),
    /// The account changed meanwhile, or is not to be used: sign in again.
    Void,
}

/// All that is wrong with a request.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct EmailFaults {
    /// The password is not right.
    pub wrong_password: bool,
    /// What is wrong with the address.
    pub address: Option<AddressFault>,
}

/// What is wrong with an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AddressFault {
    /// It is none that mail can be sent to everywhere: ASCII, 254 characters at most, no blanks or control characters.
    Malformed,
    /// It is the account's already.
    Same,
}

/// Which link of a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Link {
    /// The one in the new mailbox.
    Confirm,
    /// The one in the old mailboxes.
    Stop,
}

/// What a link is about, for whoever holds it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waiting {
    /// Whose account.
    pub username: String,
    /// The organization's name.
    pub organization: String,
    /// The address to be.
    pub new: EmailAddress,
}

/// How the use of a link ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Used {
    /// As it was meant.
    Done,
    /// The link is none, used or over.
    Void,
    /// Too many from this address; come back after so many seconds.
    Throttled(u64),
}

impl ChangeEmail {
    /// Asks for another address, even if the browser does not wait for it. Leaves one audit event.
    ///
    /// # Errors
    /// [`FlowError`]: nothing was changed.
    pub async fn ask(
        &self,
        acting: Acting,
        typed: &str,
        password: SecretString,
        address: IpAddr,
    ) -> Result<Asked, FlowError> {
        let (flow, typed, proving) = (self.clone(), typed.to_owned(), Proving { acting, password, address });
        to_the_end(async move {
            let Some((user, organization)) = flow.own.account(acting).await? else { return Ok(Asked::Void) };
            let (reason, outcome) = flow.judge_and_offer(&user, &organization, &typed, &proving).await?;
            let subject = flow.own.subject(acting, &user, address);
            flow.own.audit.record(AuditAction::RequestEmailChange, reason, subject).await;
            Ok(outcome)
        })
        .await
    }

    async fn judge_and_offer(
        &self,
        user: &User,
        organization: &Organization,
        typed: &str,
        proving: &Proving,
    ) -> Result<(AuditReason, Asked), FlowError> {
        let wrong_password = match self.own.prove(user, proving).await? {
            Proof::Throttled(seconds) => return Ok((AuditReason::Throttled, Asked::Throttled(seconds))),
            Proof::Wrong => true,
            Proof::Right => false,
        };
        let new = match judged(user, typed) {
            Ok(new) if !wrong_password => new,
            other => {
                let reason = if wrong_password { AuditReason::WrongPassword } else { AuditReason::Invalid };
                return Ok((reason, Asked::Rejected(EmailFaults { wrong_password, address: other.err() })));
            }
        };
        // Apart from recovery's own counter: who asks here must not be kept from getting back in.
        let subject = digest_parts(&[b"change of address", user.id.as_bytes()]);
        if !self.own.throttling.recovery_message(subject).await? {
            return Ok((AuditReason::Throttled, Asked::Throttled(REST)));
        }
        self.offer(user, organization, new, proving.address).await
    }

    /// Puts the change in place with its messages.
    async fn offer(
        &self,
        user: &User,
        organization: &Organization,
        new: EmailAddress,
        address: IpAddr,
    ) -> Result<(AuditReason, Asked), FlowError> {
        let OwnAccount { letters, random, clock, .. } = &self.own;
        let now = clock.now();
        let [confirm, stop] = [(); 2].map(|()| LinkToken::new(user.id, &**random));
        let change = EmailChange::new(new.clone(), confirm.secret.hash(), stop.secret.hash(), now, LIFETIME);
        let news = |path: &str, token: &LinkToken| News {
            link: Some(letters.page(&format!("{path}?token={}", token.reveal()))),
            expires_at: Some(change.expires_at),
            email: Some(new.clone()),
            address: Some(address),
            ..News::default()
        };
        let to_new = std::slice::from_ref(&new);
        let confirmation =
            letters.about(user, organization, to_new, AccountNews::ConfirmEmail, &news("/email/confirm", &confirm))?;
        let (asked, stopping) = (AccountNews::EmailChangeAsked, news("/email/stop", &stop));
        let mut mails = letters.about(user, organization, &user.emails, asked, &stopping)?;
        mails.extend(confirmation);
        let change = RecoveryChange::OfferEmailChange { change, expected_version: user.credential_version };
        let change = UserChange::Recovery(change);
        Ok(match self.own.telling().change(user.id, change, now, mails).await? {
            true => (AuditReason::Ok, Asked::Pending),
            false => (AuditReason::Conflict, Asked::Void),
        })
    }

    /// What a link is about; `None` if it is none, used or over. Uses nothing up.
    ///
    /// # Errors
    /// [`FlowError`].
    pub async fn look(&self, link: Link, token: &str) -> Result<Option<Waiting>, FlowError> {
        Ok(self.find(link, token).await?.ok().map(|found| Waiting {
            username: found.user.username.to_string(),
            organization: found.organization.name.to_string(),
            new: found.new,
        }))
    }

    /// Uses a link, even if the browser does not wait for it. Leaves one audit event.
    ///
    /// # Errors
    /// [`FlowError`]: nothing was changed.
    pub async fn use_link(&self, link: Link, token: &str, address: IpAddr) -> Result<Used, FlowError> {
        if let Attempt::Wait { until } = self.own.throttling.recovery(address).await? {
            return Ok(Used::Throttled(self.own.throttling.seconds_until(until)));
        }
        let (flow, token) = (self.clone(), token.to_owned());
        to_the_end(async move { flow.use_whole(link, &token, address).await }).await
    }

    async fn use_whole(&self, link: Link, token: &str, address: IpAddr) -> Result<Used, FlowError> {
        let OwnAccount { letters, clock, audit, observer, .. } = &self.own;
        let found = self.find(link, token).await?;
        let action = match link {
            Link::Confirm => AuditAction::ConfirmEmailChange,
            Link::Stop => AuditAction::StopEmailChange,
        };
        let Found { user, organization, new, token } = match found {
            Ok(found) => found,
            Err(whose) => {
                let subject = whose.map_or_else(
                    || Subject { address: Some(address), ..Subject::default() },
                    |user| subject_of(&user, address),
                );
                audit.record(action, AuditReason::WrongLink, subject).await;
                return Ok(Used::Void);
            }
        };
        let (at, hash) = (clock.now(), token.secret.hash());
        let (change, mails) = match link {
            Link::Confirm => {
                let mut to = user.emails.clone();
                to.retain(|old| *old != new);
                to.push(new.clone());
                let news = News { email: Some(new), address: Some(address), ..News::default() };
                let mails = letters.about(&user, &organization, &to, AccountNews::EmailChanged, &news)?;
                (RecoveryChange::ConfirmEmailChange { hash, at }, mails)
            }
            Link::Stop => (RecoveryChange::StopEmailChange { hash: Some(hash), at }, Vec::new()),
        };
        let change = UserChange::Recovery(change);
        let (reason, used) = match self.own.telling().change(user.id, change, at, mails).await? {
            true => {
                // Applications are told the address.
                observer.user_changed(user.id);
                (AuditReason::Ok, Used::Done)
            }
            false => (AuditReason::WrongLink, Used::Void),
        };
        audit.record(action, reason, subject_of(&user, address)).await;
        Ok(used)
    }

    /// The signed-in person takes the request back. `false` if there was none.
    ///
    /// # Errors
    /// [`FlowError`]: it may still wait.
    pub async fn withdraw(&self, acting: Acting, address: IpAddr) -> Result<bool, FlowError> {
        let OwnAccount { store, clock, audit, .. } = &self.own;
        let Some((user, _)) = self.own.account(acting).await? else { return Ok(false) };
        let at = clock.now();
        let change = UserChange::Recovery(RecoveryChange::StopEmailChange { hash: None, at });
        let stopped = match store.change_user(user.id, change, at).await {
            Ok(_) => true,
            Err(error) => {
                refused_or_store(error)?;
                false
            }
        };
        let reason = if stopped { AuditReason::Ok } else { AuditReason::Invalid };
        audit.record(AuditAction::StopEmailChange, reason, self.own.subject(acting, &user, address)).await;
        Ok(stopped)
    }

    /// What a link is about; else whose account it names, if anybody's.
    async fn find(&self, link: Link, token: &str) -> Result<Result<Found, Option<User>>, FlowError> {
        let Some(token) = LinkToken::parse(token) else { return Ok(Err(None)) };
        let Some(user) = self.own.store.user(token.user).await? else { return Ok(Err(None)) };
        let Some(organization) = self.own.store.organization(&user.organization).await? else {
            return Ok(Err(Some(user)));
        };
        let hash = token.secret.hash();
        let now = self.own.clock.now();
        let of_link = |change: &EmailChange| match link {
            Link::Confirm => change.confirm == hash,
            Link::Stop => change.stop == hash,
        };
        let pending = pending(&user, now).filter(|change| of_link(change) && user.status == Status::Active);
        Ok(match pending.map(|change| change.new.clone()) {
            Some(new) => Ok(Found { user, organization, new, token }),
            None => Err(Some(user)),
        })
    }
}

/// A link that is good, as far as looking tells.
struct Found {
    user: User,
    organization: Organization,
    new: EmailAddress,
    token: LinkToken,
}

/// The change that waits at `now`.
pub fn pending(user: &User, now: Timestamp) -> Option<&EmailChange> {
    user.recovery.email_change.as_ref().filter(|change| change.is_open(now))
}

/// Reads the address to be. Mail to other than ASCII addresses is not delivered everywhere (RFC 6531), and what looks like
/// another's address may be none.
fn judged(user: &User, typed: &str) -> Result<EmailAddress, AddressFault> {
    if !typed.is_ascii() || typed.chars().any(char::is_control) {
        return Err(AddressFault::Malformed);
    }
    let new: EmailAddress = typed.parse().map_err(|_| AddressFault::Malformed)?;
    let same = |old: &EmailAddress| old.as_str().eq_ignore_ascii_case(new.as_str());
    if user.emails.first().is_some_and(same) { Err(AddressFault::Same) } else { Ok(new) }
}

#[cfg(test)]
mod tests;
