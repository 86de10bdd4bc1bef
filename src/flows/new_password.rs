//! What a new password has to pass, whichever way led to it: the confirmation, the policy, the commonest ones, the account's own
//! history.
//!
//! It refuses to know who may set one and what proves it: that is for the flows which ask ([`super::change_password`],
//! [`super::recover`]), and so is putting it in place.

use secrecy::{ExposeSecret, SecretString};

use super::FlowError;
use crate::domain::organization::Organization;
use crate::domain::password::{PasswordContext, PasswordHash, PasswordPolicy, Unmet};
use crate::domain::user::User;
use crate::passwords::{CommonPasswords, HashError, PasswordHasher, check_new};
use crate::random::Random;

/// Judges new passwords.
pub(super) struct Judge<'a> {
    pub(super) hasher: &'a PasswordHasher,
    pub(super) common: &'a CommonPasswords,
    pub(super) random: &'a dyn Random,
    pub(super) policy: &'a PasswordPolicy,
}

/// A new password, typed twice.
#[derive(Debug, Clone, Copy)]
pub(super) struct Typed<'a> {
    pub(super) new: &'a SecretString,
    pub(super) confirmation: &'a SecretString,
}

/// All that is wrong with a new password.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NewFaults {
    /// The confirmation differs.
    pub mismatch: bool,
    /// Rules that it does not meet.
    pub unmet: Vec<Unmet>,
}

impl Judge<'_> {
    /// What is wrong as far as it can be told without hashing.
    pub(super) fn faults(&self, user: &User, organization: &Organization, typed: Typed<'_>) -> NewFaults {
        let context = PasswordContext {
            username: user.username.as_str(),
            name: user.name.as_str(),
            organization: [organization.key.as_str(), organization.name.as_str()],
        };
        let new = typed.new.expose_secret();
        NewFaults {
            mismatch: new != typed.confirmation.expose_secret(),
            unmet: check_new(self.policy, self.common, context, new),
        }
    }

    /// The hash of a password that nothing is wrong with, or all that is wrong. One of the remembered passwords, or the account's
    /// temporary one, is refused. Where nothing else is wrong this costs as many hashes as are remembered, and two: it is only for
    /// whoever proved something.
    ///
    /// # Errors
    /// [`FlowError::Overloaded`]
    pub(super) async fn hash(
        &self,
        user: &User,
        organization: &Organization,
        typed: Typed<'_>,
    ) -> Result<Result<PasswordHash, NewFaults>, FlowError> {
        let faults = self.faults(user, organization, typed);
        if faults != NewFaults::default() {
            return Ok(Err(faults));
        }
        let also = |unmet| Ok(Err(NewFaults { unmet: vec![unmet], ..NewFaults::default() }));
        let remembered = self.policy.history;
        let lasting =
            user.password.iter().map(|password| &password.hash).chain(&user.password_history).take(remembered);
        let temporary = user.temporary.iter().map(|temporary| &temporary.hash);
        let hashes: Vec<PasswordHash> = temporary.chain(lasting).cloned().collect();
        if self.hasher.was_used(typed.new, &hashes).await? {
            return also(Unmet::Reused(remembered));
        }
        match self.hasher.hash(typed.new, self.random).await {
            Ok(hash) => Ok(Ok(hash)),
            Err(HashError::Overloaded(error)) => Err(error.into()),
            Err(HashError::TooLong) => also(Unmet::TooLong),
        }
    }
}
