//! Temporary passwords: made to be read from a mail and typed once.

use secrecy::zeroize::Zeroizing;
use secrecy::{ExposeSecret, SecretString};

use crate::domain::password::{MAX_LENGTH, PasswordContext, PasswordPolicy};
use crate::random::Random;

/// Characters of a temporary password, unless the policy asks for more.
const LENGTH: usize = 16;

/// Letters and digits that nobody takes for another: no 0 O o, 1 l I i.
const ALPHABET: &str = "ABCDEFGHJKLMNPQRSTUVWXYZabcdefghjkmnpqrstuvwxyz23456789";

/// Signs that get lost in print, at the end of a sentence or in HTML; used only if the policy knows no other.
const AWKWARD: &str = "\"'`|.,;:_^~ <>&";

/// A random password that meets `policy`: 16 unambiguous characters (more if the policy's minimum is), each drawn uniformly.
/// Far beyond 80 bits, so it stands any guessing that five tries allow.
pub fn generate_temporary(random: &dyn Random, policy: &PasswordPolicy) -> SecretString {
    let alphabet = alphabet(policy);
    let length = policy.min_length.clamp(LENGTH, MAX_LENGTH);
    let nobody = PasswordContext { username: "", name: "", organization: ["", ""] };
    loop {
        // Drawn anew as a whole until it fits: patching single characters in would make some passwords likelier than others.
        let mut password = Zeroizing::new(String::with_capacity(length * char::MAX_LEN_UTF8));
        for _ in 0..length {
            password.push(alphabet[random.below(alphabet.len() as u32) as usize]);
        }
        if policy.unmet(&password, nobody).is_empty() {
            return SecretString::from(password.as_str());
        }
    }
}

/// Whether what was typed could be a temporary password, judged by its shape alone: nothing of any account goes into the answer,
/// so the time that looking further takes tells nothing of one either.
pub fn looks_temporary(typed: &SecretString) -> bool {
    let typed = typed.expose_secret();
    (LENGTH..=MAX_LENGTH).contains(&typed.len()) && typed.bytes().all(|byte| byte.is_ascii_graphic())
}

/// Letters, digits, and the policy's signs if it asks for one; each once.
fn alphabet(policy: &PasswordPolicy) -> Vec<char> {
    let mut signs: Vec<char> = policy.special.iter().copied().filter(|c| !AWKWARD.contains(*c)).collect();
    if signs.is_empty() {
        signs.clone_from(&policy.special);
    }
    let mut alphabet: Vec<char> = ALPHABET.chars().chain(signs).collect();
    alphabet.sort_unstable();
    alphabet.dedup();
    alphabet
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;
    use crate::random::SeededRandom;

    fn policy(min_length: usize, special: &str) -> PasswordPolicy {
        let special = special.chars().collect();
        PasswordPolicy { min_length, uppercase: true, lowercase: true, digit: true, special, history: 5 }
    }

    fn unmet(policy: &PasswordPolicy, password: &str) -> Vec<crate::domain::password::Unmet> {
        policy.unmet(password, PasswordContext { username: "", name: "", organization: ["", ""] })
    }

    // T3
    #[test]
    fn it_has_16_unambiguous_characters_that_meet_the_policy() {
        let random = SeededRandom::new(3);
        for policy in [policy(8, "!\"#$%&*"), policy(8, ""), policy(8, "\"|"), policy(15, "!")] {
            for _ in 0..100 {
                let password = generate_temporary(&random, &policy);
                let password = password.expose_secret();
                assert_eq!(password.chars().count(), 16);
                assert_eq!(unmet(&policy, password), [], "{password}");
                assert!(!password.contains(['0', 'O', 'o', '1', 'l', 'I', 'i']), "{password}");
            }
        }
        assert!(!alphabet(&policy(8, "!\"#$%&*")).contains(&'"'));
    }

    // T3
    #[test]
    fn a_policy_that_wants_more_gets_more() {
        let policy = policy(20, "#");
        let password = generate_temporary(&SeededRandom::new(3), &policy);
        assert_eq!(password.expose_secret().chars().count(), 20);
        assert_eq!(unmet(&policy, password.expose_secret()), []);
    }

    // T3
    #[test]
    fn every_character_occurs_and_none_is_favoured() {
        let (random, policy) = (SeededRandom::new(5), policy(8, "#"));
        let drawn: String =
            (0..2000).map(|_| generate_temporary(&random, &policy).expose_secret().to_owned()).collect();
        let letters = alphabet(&policy);
        assert_eq!(drawn.chars().collect::<HashSet<_>>().len(), letters.len());
        let expected = drawn.len() / letters.len();
        for letter in letters.into_iter().filter(char::is_ascii_lowercase) {
            let count = drawn.matches(letter).count();
            assert!(count > expected * 7 / 10 && count < expected * 13 / 10, "{letter}: {count} of {expected}");
        }
    }
}
