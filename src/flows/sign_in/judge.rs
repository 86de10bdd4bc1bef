//! Whether a password is right, at the same cost whatever is found: for names that nobody has as many hashes are made and as much is
//! written as for those that somebody has.
//!
//! Refuses to count attempts, which was done before, and to open anything.

use secrecy::SecretString;

use super::SignIn;
use crate::domain::audit::AuditReason;
use crate::domain::ids::{SecretHash, UserId};
use crate::domain::password::PasswordHash;
use crate::domain::throttle::{CounterKey, CounterKind};
use crate::domain::user::{Status, User, UserChange};
use crate::flows::names::Names;
use crate::flows::{FlowError, NO_LIMIT, refused_or_store};
use crate::passwords::{is_outdated, looks_temporary};
use crate::throttle::PasswordAttempt;

/// What came of looking at a password: whose account it is, if anybody's, for the audit trail alone; and whether it was right.
pub(super) type Judged = (Option<UserId>, Result<Verified, AuditReason>);

/// A password that was right, of an account that may be used.
pub(super) struct Verified {
    pub(super) user: User,
    pub(super) temporary: bool,
    /// What to keep instead of the hash that was verified, and that one.
    pub(super) rehashed: Option<(PasswordHash, PasswordHash)>,
}

impl SignIn {
    /// Looks the account up and checks the password, at the same cost whatever is found.
    pub(super) async fn verify(
        &self,
        names: &Names,
        password: &SecretString,
        attempt: PasswordAttempt,
    ) -> Result<Judged, FlowError> {
        let (organization, user) = names.look_up(&*self.store).await?;
        let lasting = user.as_ref().and_then(|user| user.password.as_ref()).map(|password| password.hash.clone());
        let has_lasting = lasting.is_some();
        let mut right = match self.hasher.verify(password, lasting.as_ref()).await {
            Ok(right) => right,
            Err(error) => {
                // Nobody looked at it: a crowd must not close an account.
                self.throttling.password_was_not_judged(attempt).await?;
                return Err(error.into());
            }
        };
        let mut temporary = false;
        if !right && looks_temporary(password) {
            right = self.verify_temporary(user.as_ref(), names.account, password).await?;
            temporary = right;
        }
        let (id, mut found) = judged(organization.is_some(), user, right, temporary, has_lasting);
        if let Ok(verified) = &mut found
            && !temporary
        {
            // Only whoever knows the password is made to wait for it.
            verified.rehashed = self.hash_anew(&verified.user, password).await;
        }
        Ok((id, found))
    }

    /// The same for the temporary password alone, where no other may be looked at.
    pub(super) async fn verify_temporary_alone(
        &self,
        names: &Names,
        password: &SecretString,
    ) -> Result<Judged, FlowError> {
        let (organization, user) = names.look_up(&*self.store).await?;
        let right = self.verify_temporary(user.as_ref(), names.account, password).await?;
        Ok(judged(organization.is_some(), user, right, true, true))
    }

    /// A hash of ours, with the one that it is to replace, where that was made elsewhere. If there is no time for it now, there will be
    /// at the next sign-in.
    async fn hash_anew(&self, user: &User, password: &SecretString) -> Option<(PasswordHash, PasswordHash)> {
        let outdated = user.password.as_ref().map(|password| &password.hash).filter(|hash| is_outdated(hash))?;
        let new = self.hasher.hash(password, &*self.random).await.ok()?;
        Some((outdated.clone(), new))
    }

    /// Tries the temporary password. The try is written before it is judged; where there is nothing to try, as much is written and hashed.
    async fn verify_temporary(
        &self,
        user: Option<&User>,
        account: SecretHash,
        password: &SecretString,
    ) -> Result<bool, FlowError> {
        let now = self.clock.now();
        let open = user.and_then(|user| {
            let temporary = user.temporary.as_ref().filter(|temporary| temporary.is_open(now))?;
            Some((user.id, temporary.hash.clone()))
        });
        let Some((id, hash)) = open else {
            let key = CounterKey { kind: CounterKind::NoTemporaryPassword, subject: account };
            self.store.attempt(&[(key, NO_LIMIT)], now).await?;
            return Ok(self.hasher.verify(password, None).await?);
        };
        match self.store.change_user(id, UserChange::TryTemporaryPassword { at: now }, now).await {
            Ok(_) => Ok(self.hasher.verify(password, Some(&hash)).await?),
            Err(error) => {
                refused_or_store(error)?;
                Ok(self.hasher.verify(password, None).await?)
            }
        }
    }
}

/// Puts together what was found.
fn judged(organization: bool, user: Option<User>, right: bool, temporary: bool, has_lasting: bool) -> Judged {
    let id = user.as_ref().map(|user| user.id);
    let found = match user {
        None if !organization => Err(AuditReason::UnknownOrganization),
        None => Err(AuditReason::UnknownUser),
        Some(user) if user.status == Status::Deactivated => Err(AuditReason::Deactivated),
        Some(user) if right => Ok(Verified { user, temporary, rehashed: None }),
        Some(_) if !has_lasting => Err(AuditReason::NoPassword),
        Some(_) => Err(AuditReason::WrongPassword),
    };
    (id, found)
}
