//! Passwords at work: hashed and verified on threads of their own, judged when they are new, made when one has to be lent.
//!
//! * [`PasswordHasher`] is the only place that runs Argon2id. A storm of sign-ins fills its queue and is turned away; it never
//!   takes the cores from proxied traffic.
//! * [`adopt`] takes over what other systems hashed; once its password is typed, [`is_outdated`] says to hash it anew.
//! * [`CommonPasswords`] knows what everybody tries first.
//! * [`check_new`] and [`PasswordHasher::was_used`] together say everything that is wrong with a new password;
//!   [`generate_temporary`] makes one that nothing is wrong with.
//!
//! It refuses to know users, counters or flows: whose password it is, how often it was tried, and what a right one opens is
//! decided in `flows`. The policy and the hash as a value live in [`crate::domain::password`].

mod common;
mod hasher;
mod legacy;
mod phc;
mod pool;
mod temporary;

pub use common::CommonPasswords;
pub use hasher::{HashError, Overloaded, PasswordHasher, adopt, is_outdated};
pub use temporary::{generate_temporary, looks_temporary};

use crate::domain::password::{PasswordContext, PasswordPolicy, Unmet};

/// Every rule that the new password does not meet: the policy's, in the order of the page, then whether it is a common one.
/// Reuse costs Argon2id and is asked for apart, of [`PasswordHasher::was_used`].
pub fn check_new(
    policy: &PasswordPolicy,
    common: &CommonPasswords,
    context: PasswordContext<'_>,
    new: &str,
) -> Vec<Unmet> {
    let mut unmet = policy.unmet(new, context);
    // What is too long is not worth looking up.
    if !unmet.contains(&Unmet::TooLong) && common.contains(new) {
        unmet.push(Unmet::Common);
    }
    unmet
}

#[cfg(test)]
mod tests {
    use super::*;

    // E3
    #[test]
    fn a_common_password_is_named_beside_the_rules_it_breaks() {
        let special = "!\"#$%&*".chars().collect();
        let policy =
            PasswordPolicy { min_length: 8, uppercase: true, lowercase: false, digit: true, special, history: 5 };
        let context = PasswordContext { username: "amartinez", name: "Ana Martínez", organization: ["acme", "Acme"] };
        let check = |new: &str| check_new(&policy, &CommonPasswords::embedded(), context, new);
        assert_eq!(check("Password1!"), [Unmet::Common]);
        assert_eq!(check("Iloveyou"), [Unmet::Digit, Unmet::Special("!\"#$%&*".into()), Unmet::Common]);
        assert_eq!(check("Trueno#42"), []);
        assert_eq!(check(&"password".repeat(1000)), [Unmet::TooLong]);
    }
}
