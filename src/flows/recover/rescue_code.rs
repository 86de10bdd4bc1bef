//! Rescue codes: another one to each mailbox of an account, each good for a temporary password.
//!
//! ```text
//! request:  names → counters → as many codes made and hashed as an account can have mailboxes → kept and mailed, or dropped
//! use:      counters → try counted → one Argon2id → right: exchanged for a temporary password, mailed to every address
//! ```
//!
//! Time tells nothing: a request costs the same hashes for every name, so neither the number of mailboxes nor whether there is an
//! account shows under any load, and [`Recover::paced`] covers what is left, the look-up and one write. Once a name has had
//! enough messages nothing is hashed for it, which depends on what was asked for and not on who is there. A try costs one
//! write and one verification, whatever was typed: a code tells by itself which of the codes it has to be.

use std::net::IpAddr;

use secrecy::{ExposeSecret, SecretString};

use super::code::Code;
use super::temporary_password::Asked;
use super::{Found, Recover, Request, whose};
use crate::config::Config;
use crate::domain::audit::{AuditAction, AuditReason};
use crate::domain::ids::SecretHash;
use crate::domain::password::PasswordHash;
use crate::domain::recovery::{MaskedAddress, RecoveryMethod, RescueCode, RescueCodes, TemporaryPassword};
use crate::domain::user::{MAX_EMAILS, RecoveryChange, User, UserChange};
use crate::flows::letters::News;
use crate::flows::names::Names;
use crate::flows::{FlowError, lift_after_recovery, refused_or_store};
use crate::passwords::generate_temporary;
use crate::store::NewMail;
use crate::templates::AccountNews;

/// How a try of a code ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tried {
    /// It was right, and is used up: a temporary password is in the outbox.
    Redeemed,
    /// No. Deliberately without a reason.
    Wrong,
    /// Too many tries from this address; come back after so many seconds.
    Throttled(u64),
}

/// The codes of one request, with the messages that carry them.
struct Offer {
    codes: RescueCodes,
    mails: Vec<NewMail>,
}

impl Recover {
    /// Mails a code to every address of the account, if there is one. Older codes are void; nothing else changes. Leaves one audit
    /// event.
    ///
    /// # Errors
    /// [`FlowError`]
    pub async fn send_rescue_codes(&self, request: Request, config: &Config) -> Result<Asked, FlowError> {
        self.hear(request.address, |flow| {
            let config = config.clone();
            async move { flow.consider_codes(&request, &config).await }
        })
        .await
    }

    /// Exchanges a code for a temporary password that is mailed to every address; what was tried at the account is forgotten. Leaves one
    /// audit event, which says whose mailbox it was if the code was right.
    ///
    /// # Errors
    /// [`FlowError`]: the try was counted, but not judged.
    pub async fn use_rescue_code(
        &self,
        request: Request,
        typed: SecretString,
        config: &Config,
    ) -> Result<Tried, FlowError> {
        if let Some(seconds) = self.wait(request.address).await? {
            let names = Names::parse(&*self.store, &request.organization, &request.username).await?;
            let subject = names.subject(request.address);
            self.audit.record(AuditAction::UseRescueCode, AuditReason::Throttled, subject).await;
            return Ok(Tried::Throttled(seconds));
        }
        let (flow, config) = (self.clone(), config.clone());
        self.paced(async move { flow.try_code(&request, &typed, &config).await }).await
    }

    async fn consider_codes(&self, request: &Request, config: &Config) -> Result<(), FlowError> {
        let names = Names::parse(&*self.store, &request.organization, &request.username).await?;
        let mut subject = names.subject(request.address);
        let made = match self.throttling.recovery_message(names.account).await? {
            true => match self.make_codes().await {
                Ok(made) => Some(made),
                Err(error) => {
                    self.audit.record(AuditAction::RequestRescueCode, AuditReason::Overloaded, subject).await;
                    return Err(error);
                }
            },
            false => None,
        };
        let found = self.find(&names, RecoveryMethod::RescueCode, &config.recovery).await?;
        subject.user = whose(&found);
        let reason = match (found, made) {
            (Err((reason, _)), _) => reason,
            (Ok(found), _) if found.user.emails.is_empty() => AuditReason::NoEmail,
            (Ok(_), None) => AuditReason::Throttled,
            (Ok(found), Some(made)) => {
                let offer = self.offer(&found, made, request.address, config)?;
                self.hand_out(&found.user, offer).await?
            }
        };
        self.audit.record(AuditAction::RequestRescueCode, reason, subject).await;
        Ok(())
    }

    /// As many as any account could need, one after another, so that one request does not fill the queue. Fails if too many
    /// passwords are waiting, and for nothing else.
    async fn make_codes(&self) -> Result<Vec<(Code, PasswordHash)>, FlowError> {
        let mut made = Vec::with_capacity(MAX_EMAILS);
        for place in 0..MAX_EMAILS {
            let code = Code::generate(place, &*self.random);
            let hash = self.hash_own(code.secret()).await?;
            made.push((code, hash));
        }
        Ok(made)
    }

    /// One code for each address, and the messages.
    fn offer(
        &self,
        found: &Found,
        made: Vec<(Code, PasswordHash)>,
        address: IpAddr,
        config: &Config,
    ) -> Result<Offer, FlowError> {
        let Found { user, organization } = found;
        let mut query = form_urlencoded::Serializer::new(String::new());
        query.append_pair("organization", &organization.written_key).append_pair("username", user.username.as_str());
        let link = self.letters.page(&format!("/recover/rescue-code?{}", query.finish()));
        let mut codes = RescueCodes::new(Vec::new(), self.clock.now(), config.recovery.rescue_code);
        let mut mails = Vec::new();
        for (sent_to, (code, hash)) in user.emails.iter().zip(made) {
            let news = News {
                secret: Some(code.grouped()),
                link: Some(link.clone()),
                expires_at: Some(codes.expires_at),
                address: Some(address),
                ..News::default()
            };
            let to = std::slice::from_ref(sent_to);
            mails.extend(self.letters.about(user, organization, to, AccountNews::RescueCode, &news)?);
            codes.codes.push(RescueCode { sent_to: sent_to.clone(), hash });
        }
        Ok(Offer { codes, mails })
    }

    async fn hand_out(&self, user: &User, offer: Offer) -> Result<AuditReason, FlowError> {
        let change = UserChange::Recovery(RecoveryChange::OfferRescueCodes(offer.codes));
        Ok(match self.telling().change(user.id, change, self.clock.now(), offer.mails).await? {
            true => AuditReason::Ok,
            false => AuditReason::Conflict,
        })
    }

    async fn try_code(&self, request: &Request, typed: &SecretString, config: &Config) -> Result<Tried, FlowError> {
        let names = Names::parse(&*self.store, &request.organization, &request.username).await?;
        let mut subject = names.subject(request.address);
        let code = Code::parse(typed.expose_secret());
        let found = self.find(&names, RecoveryMethod::RescueCode, &config.recovery).await?;
        subject.user = whose(&found);
        // What cannot be a code uses up no try of anybody's.
        let tried = found.as_ref().ok().filter(|_| code.is_some()).map(|found| &found.user);
        let user = self.count_code_try(tried, names.account).await?;
        let meant = user.zip(code.as_ref()).and_then(|(user, code)| {
            let codes = user.recovery.codes.as_ref()?;
            Some((codes.codes.get(code.place())?.clone(), user, code.place()))
        });
        let nothing = SecretString::default();
        let secret = code.as_ref().map_or(&nothing, Code::secret);
        let right = match self.hasher.verify(secret, meant.as_ref().map(|(code, ..)| &code.hash)).await {
            Ok(right) => right,
            Err(error) => {
                self.audit.record(AuditAction::UseRescueCode, AuditReason::Overloaded, subject).await;
                return Err(error.into());
            }
        };
        let (reason, tried) = match (meant, found) {
            (Some((code, user, place)), Ok(Found { organization, .. })) if right => {
                subject.mailbox = Some(format!("{} ({})", MaskedAddress::of(&code.sent_to), place + 1));
                self.redeem(Found { user, organization }, code.hash, request.address, config).await?
            }
            (_, Ok(_)) => (AuditReason::WrongCode, Tried::Wrong),
            (_, Err((reason, _))) => (reason, Tried::Wrong),
        };
        self.audit.record(AuditAction::UseRescueCode, reason, subject).await;
        Ok(tried)
    }

    /// Counts a try before it is judged, and hands out the account as it stands then, if its codes may be tried. Where there is nothing
    /// to try, as much is written.
    async fn count_code_try(&self, user: Option<&User>, account: SecretHash) -> Result<Option<User>, FlowError> {
        let now = self.clock.now();
        let is_open = |user: &&User| user.recovery.codes.as_ref().is_some_and(|codes| codes.is_open(now));
        if let Some(user) = user.filter(is_open) {
            let change = UserChange::Recovery(RecoveryChange::TryRescueCode { at: now });
            match self.store.change_user(user.id, change, now).await {
                Ok(changed) => return Ok(Some(changed.user)),
                Err(error) => refused_or_store(error)?,
            }
        }
        self.count_nothing(account).await?;
        Ok(None)
    }

    /// Exchanges the code that was judged right.
    async fn redeem(
        &self,
        found: Found,
        hash: PasswordHash,
        address: IpAddr,
        config: &Config,
    ) -> Result<(AuditReason, Tried), FlowError> {
        let Found { user, organization } = found;
        let password = generate_temporary(&*self.random, &config.password.policy);
        let temporary_hash = self.hash_own(&password).await?;
        let now = self.clock.now();
        let temporary = TemporaryPassword::new(temporary_hash, now, config.recovery.temporary_password);
        let news = News {
            secret: Some(password.expose_secret().to_owned()),
            link: Some(self.letters.page("/login")),
            expires_at: Some(temporary.expires_at),
            address: Some(address),
            ..News::default()
        };
        let mails = self.letters.about(&user, &organization, &user.emails, AccountNews::TemporaryPassword, &news)?;
        let change = UserChange::Recovery(RecoveryChange::RedeemRescueCode { hash, at: now, temporary });
        if !self.telling().change(user.id, change, now, mails).await? {
            return Ok((AuditReason::Conflict, Tried::Wrong));
        }
        lift_after_recovery(&self.throttling, &user).await;
        Ok((AuditReason::Ok, Tried::Redeemed))
    }
}

#[cfg(test)]
mod tests;
