//! Reset links: by mail to the main address; whoever opens one and sends its form chooses a new password.
//!
//! ```text
//! request:  names → counters → 256 bits drawn, always → their SHA-256 kept and the link mailed, or nothing
//! look:     is it open? Nothing is used up: programs that read mail open links too
//! use:      is it open? → policy, common words, history → used up and the password set in one step, if nobody was faster
//! ```
//!
//! A link names its account by a random id of 128 bits, so a made-up one finds nobody, and asking for one tells nothing of anybody.

use std::net::IpAddr;

use secrecy::SecretString;

use super::temporary_password::Asked;
use super::{Found, Recover, Request, whose};
use crate::audit::Subject;
use crate::config::Config;
use crate::domain::audit::{AuditAction, AuditReason};
use crate::domain::recovery::{RecoveryMethod, ResetLink};
use crate::domain::user::{Password, RecoveryChange, Status, User, UserChange};
use crate::flows::letters::News;
use crate::flows::names::Names;
use crate::flows::new_password::{Judge, NewFaults, Typed};
use crate::flows::{FlowError, lift_after_recovery, to_the_end};
use crate::random::{LinkToken, Token};
use crate::templates::AccountNews;

/// How setting a password by a link ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reset {
    /// It is set; the link is used up, and every session has ended.
    Saved,
    /// It is not, and the link still works; all that is wrong with the password.
    Rejected(NewFaults),
    /// The link is not one, is used or over.
    Void,
    /// Too many tries from this address; come back after so many seconds.
    Throttled(u64),
}

impl Recover {
    /// Mails a link to the account's main address, if there is one. An older link is void; nothing else changes. Leaves one audit event.
    ///
    /// # Errors
    /// [`FlowError`]
    pub async fn send_reset_link(&self, request: Request, config: &Config) -> Result<Asked, FlowError> {
        self.hear(request.address, |flow| {
            let config = config.clone();
            async move { flow.consider_link(&request, &config).await }
        })
        .await
    }

    /// Whether a link works now. It goes on working.
    ///
    /// # Errors
    /// [`FlowError`]
    pub async fn reset_link_opens(&self, token: &str, config: &Config) -> Result<bool, FlowError> {
        let Some(link) = LinkToken::parse(token) else { return Ok(false) };
        Ok(self.behind(&link, config).await?.is_ok())
    }

    /// Sets the password by a link, even if the browser does not wait for it. Nobody is signed in by that. Leaves one audit event.
    ///
    /// # Errors
    /// [`FlowError`]: nothing was changed.
    pub async fn reset(
        &self,
        token: &str,
        new: SecretString,
        confirmation: SecretString,
        address: IpAddr,
        config: &Config,
    ) -> Result<Reset, FlowError> {
        let mut subject = Subject { address: Some(address), ..Subject::default() };
        if let Some(seconds) = self.wait(address).await? {
            self.audit.record(AuditAction::UseResetLink, AuditReason::Throttled, subject).await;
            return Ok(Reset::Throttled(seconds));
        }
        let Some(link) = LinkToken::parse(token) else {
            self.audit.record(AuditAction::UseResetLink, AuditReason::WrongLink, subject).await;
            return Ok(Reset::Void);
        };
        let (flow, config) = (self.clone(), config.clone());
        to_the_end(async move {
            let found = flow.behind(&link, &config).await?;
            if let Ok(Found { user, .. }) | Err(Some(user)) = &found {
                subject.organization = Some(user.organization.to_string());
                subject.username = Some(user.username.to_string());
                subject.user = Some(user.id);
            }
            let judged = match found {
                Ok(found) => {
                    let typed = Typed { new: &new, confirmation: &confirmation };
                    flow.judge_and_reset(&found, &link.secret, typed, address, &config).await
                }
                Err(_) => Ok((AuditReason::WrongLink, Reset::Void)),
            };
            let (reason, outcome) = match judged {
                Ok((reason, outcome)) => (reason, Ok(outcome)),
                Err(FlowError::Overloaded(error)) => (AuditReason::Overloaded, Err(error.into())),
                Err(error) => return Err(error),
            };
            flow.audit.record(AuditAction::UseResetLink, reason, subject).await;
            outcome
        })
        .await
    }

    async fn consider_link(&self, request: &Request, config: &Config) -> Result<(), FlowError> {
        let names = Names::parse(&*self.store, &request.organization, &request.username).await?;
        let mut subject = names.subject(request.address);
        let room = self.throttling.recovery_message(names.account).await?;
        let secret = self.random.token();
        let found = self.find(&names, RecoveryMethod::ResetLink, &config.recovery).await?;
        subject.user = whose(&found);
        let reason = match found {
            Err((reason, _)) => reason,
            Ok(found) if found.user.emails.is_empty() => AuditReason::NoEmail,
            Ok(_) if !room => AuditReason::Throttled,
            Ok(found) => self.hand_out_link(&found, secret, request.address, config).await?,
        };
        self.audit.record(AuditAction::RequestResetLink, reason, subject).await;
        Ok(())
    }

    async fn hand_out_link(
        &self,
        found: &Found,
        secret: Token,
        address: IpAddr,
        config: &Config,
    ) -> Result<AuditReason, FlowError> {
        let Found { user, organization } = found;
        let Some(to) = user.emails.first() else { return Ok(AuditReason::NoEmail) };
        let now = self.clock.now();
        let token = LinkToken { user: user.id, secret };
        let link = ResetLink::new(token.secret.hash(), to.clone(), now, config.recovery.reset_link);
        let news = News {
            link: Some(self.letters.page(&format!("/reset?token={}", token.reveal()))),
            expires_at: Some(link.expires_at),
            address: Some(address),
            ..News::default()
        };
        let mail = self.letters.about(user, organization, std::slice::from_ref(to), AccountNews::ResetLink, &news)?;
        let change = UserChange::Recovery(RecoveryChange::OfferResetLink(link));
        Ok(match self.telling().change(user.id, change, now, mail).await? {
            true => AuditReason::Ok,
            false => AuditReason::Conflict,
        })
    }

    /// The account that a link opens now; else the one it names, if there is one.
    async fn behind(&self, link: &LinkToken, config: &Config) -> Result<Result<Found, Option<User>>, FlowError> {
        let Some(user) = self.store.user(link.user).await? else { return Ok(Err(None)) };
        let (hash, now) = (link.secret.hash(), self.clock.now());
        let opens = user.recovery.link.as_ref().is_some_and(|own| own.opens(&hash, now));
        if !opens || user.status != Status::Active {
            return Ok(Err(Some(user)));
        }
        match self.store.organization(&user.organization).await? {
            Some(organization)
                if self.methods(&organization, &config.recovery).await?.contains(&RecoveryMethod::ResetLink) =>
            {
                Ok(Ok(Found { user, organization }))
            }
            _ => Ok(Err(Some(user))),
        }
    }

    async fn judge_and_reset(
        &self,
        found: &Found,
        secret: &Token,
        typed: Typed<'_>,
        address: IpAddr,
        config: &Config,
    ) -> Result<(AuditReason, Reset), FlowError> {
        let Found { user, organization } = found;
        let policy = self.policy(&organization.key, config).await?;
        let judge = Judge { hasher: &self.hasher, common: &self.common, random: &*self.random, policy: &policy };
        let hash = match judge.hash(user, organization, typed).await? {
            Ok(hash) => hash,
            Err(faults) => return Ok((AuditReason::Policy, Reset::Rejected(faults))),
        };
        let now = self.clock.now();
        let change = UserChange::Recovery(RecoveryChange::UseResetLink {
            hash: secret.hash(),
            at: now,
            password: Password { hash, changed_at: now },
            remember: policy.history,
        });
        let news = News { address: Some(address), ..News::default() };
        let mail = self.letters.about(user, organization, &user.emails, AccountNews::PasswordRecovered, &news)?;
        if !self.telling().change(user.id, change, now, mail).await? {
            return Ok((AuditReason::WrongLink, Reset::Void));
        }
        lift_after_recovery(&self.throttling, user).await;
        Ok((AuditReason::Ok, Reset::Saved))
    }
}

#[cfg(test)]
mod tests;
