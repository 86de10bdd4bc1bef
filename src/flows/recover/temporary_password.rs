//! A temporary password by mail, for whoever knows organization, username and address.

use secrecy::ExposeSecret;

use super::{Found, Recover, Request};
use crate::config::Config;
use crate::domain::audit::{AuditAction, AuditReason};
use crate::domain::names::EmailAddress;
use crate::domain::recovery::{RecoveryMethod, TemporaryPassword};
use crate::domain::user::UserChange;
use crate::flows::FlowError;
use crate::flows::letters::News;
use crate::flows::names::Names;
use crate::passwords::{HashError, generate_temporary};
use crate::templates::AccountNews;

/// How a request ended, as far as anybody is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asked {
    /// If there was something to send, it is in the outbox.
    Heard,
    /// Too many requests from this address; come back after so many seconds.
    Throttled(u64),
}

impl Recover {
    /// Mails a temporary password if the three belong together. Nothing else changes: the lasting password and the sessions go on.
    /// Leaves one audit event.
    ///
    /// # Errors
    /// [`FlowError`]
    pub async fn send_temporary_password(
        &self,
        request: Request,
        email: &str,
        config: &Config,
    ) -> Result<Asked, FlowError> {
        self.hear(request.address, |flow| {
            let (email, config) = (email.trim().to_owned(), config.clone());
            async move { flow.consider(&request, &email, &config).await }
        })
        .await
    }

    async fn consider(&self, request: &Request, email: &str, config: &Config) -> Result<(), FlowError> {
        let names = Names::parse(&*self.store, &request.organization, &request.username).await?;
        let mut subject = names.subject(request.address);
        let room = self.throttling.recovery_message(names.account).await?;
        // Made whoever asks: this is what takes time.
        let password = generate_temporary(&*self.random, &config.password.policy);
        let hash = match self.hasher.hash(&password, &*self.random).await {
            Ok(hash) => hash,
            Err(HashError::Overloaded(error)) => {
                self.audit.record(AuditAction::RequestTemporaryPassword, AuditReason::Overloaded, subject).await;
                return Err(error.into());
            }
            Err(HashError::TooLong) => return Ok(()),
        };
        let reason = match self.find(&names, RecoveryMethod::TemporaryPassword, &config.recovery).await? {
            Err((reason, user)) => {
                subject.user = user.map(|user| user.id);
                reason
            }
            Ok(Found { user, organization }) => {
                subject.user = Some(user.id);
                // Nobody remembers the capitals of an address; what is written to is the registered one.
                let is_typed = |address: &&EmailAddress| address.as_str().eq_ignore_ascii_case(email);
                let address = user.emails.iter().find(is_typed);
                match address {
                    None if user.emails.is_empty() => AuditReason::NoEmail,
                    None => AuditReason::WrongEmail,
                    Some(_) if !room => AuditReason::Throttled,
                    Some(address) => {
                        let now = self.clock.now();
                        let temporary = TemporaryPassword::new(hash, now, config.recovery.temporary_password);
                        let news = News {
                            secret: Some(password.expose_secret().to_owned()),
                            link: Some(self.letters.page("/login")),
                            expires_at: Some(temporary.expires_at),
                            address: Some(request.address),
                            ..News::default()
                        };
                        let to = std::slice::from_ref(address);
                        let mail =
                            self.letters.about(&user, &organization, to, AccountNews::TemporaryPassword, &news)?;
                        let change = UserChange::SetTemporaryPassword(temporary);
                        match self.telling().change(user.id, change, now, mail).await? {
                            true => AuditReason::Ok,
                            false => AuditReason::Conflict,
                        }
                    }
                }
            }
        };
        self.audit.record(AuditAction::RequestTemporaryPassword, reason, subject).await;
        Ok(())
    }
}

#[cfg(test)]
mod tests;
