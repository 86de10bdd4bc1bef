//! Rescue codes as people read and type them: twelve signs of Crockford's base 32 in three groups, `7K3M-XT0P-9QWA`.
//!
//! The first sign tells which of the account's codes it is, and carries two bits of chance beside that; the other eleven carry five
//! each. 57 bits are far beyond what five tries could find, and too few for a fast hash: they are kept as Argon2id.

use secrecy::zeroize::Zeroizing;
use secrecy::{ExposeSecret, SecretString};

use crate::domain::user::MAX_EMAILS;
use crate::random::Random;

/// No I, L, O (read as 1, 1, 0) and no U.
const SIGNS: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const LENGTH: usize = 12;
const GROUP: usize = 4;
/// Nobody types more around a code; the rest is not read.
const MOST_TYPED: usize = 64;

// Every mailbox has a first sign of its own.
const _: () = assert!(SIGNS.len().is_multiple_of(MAX_EMAILS));

/// A rescue code.
pub(super) struct Code {
    /// The place of its mailbox among the account's.
    place: usize,
    /// The twelve signs.
    signs: SecretString,
}

impl Code {
    /// A fresh one for the mailbox at `place`, which is below [`MAX_EMAILS`].
    pub(super) fn generate(place: usize, random: &dyn Random) -> Self {
        let mut signs = Zeroizing::new(String::with_capacity(LENGTH));
        let first = place + MAX_EMAILS * random.below((SIGNS.len() / MAX_EMAILS) as u32) as usize;
        signs.push(SIGNS[first % SIGNS.len()].into());
        while signs.len() < LENGTH {
            signs.push(SIGNS[random.below(SIGNS.len() as u32) as usize].into());
        }
        Self { place, signs: SecretString::from(signs.as_str()) }
    }

    /// Reads what was typed: in any case, with or without separators, with the letters that are taken for digits. `None` for what can't be
    /// a code, whoever's.
    pub(super) fn parse(typed: &str) -> Option<Self> {
        let mut signs = Zeroizing::new(String::with_capacity(LENGTH));
        let mut place = None;
        for sign in typed.chars().take(MOST_TYPED).filter(|sign| sign.is_alphanumeric()) {
            let sign = match sign.to_ascii_uppercase() {
                'O' => '0',
                'I' | 'L' => '1',
                sign => sign,
            };
            let value = SIGNS.iter().position(|known| char::from(*known) == sign)?;
            if signs.len() == LENGTH {
                return None;
            }
            place.get_or_insert(value % MAX_EMAILS);
            signs.push(sign);
        }
        let place = place.filter(|_| signs.len() == LENGTH)?;
        Some(Self { place, signs: SecretString::from(signs.as_str()) })
    }

    /// The place of its mailbox.
    pub(super) const fn place(&self) -> usize {
        self.place
    }

    /// What is hashed.
    pub(super) const fn secret(&self) -> &SecretString {
        &self.signs
    }

    /// What is mailed.
    pub(super) fn grouped(&self) -> String {
        let mut text = String::with_capacity(LENGTH + LENGTH / GROUP);
        for (at, sign) in self.signs.expose_secret().chars().enumerate() {
            if at > 0 && at.is_multiple_of(GROUP) {
                text.push('-');
            }
            text.push(sign);
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::random::SeededRandom;

    fn read(typed: &str) -> Option<(usize, String)> {
        Code::parse(typed).map(|code| (code.place(), code.secret().expose_secret().to_owned()))
    }

    // R3
    #[test]
    fn a_code_is_read_in_any_case_with_or_without_separators_and_with_look_alikes() {
        let expected = Some((2, "A1B0C2D3E4F5".to_owned()));
        for typed in ["A1B0-C2D3-E4F5", "a1b0c2d3e4f5", " aIbO – c2d3.E4F5 ", "alBo_c2 d3e4 f5\n"] {
            assert_eq!(read(typed), expected, "{typed}");
        }
        let endless = "-".repeat(100);
        for typed in ["", "A1B0", "A1B0-C2D3-E4F5-6", "A1B0-C2D3-E4FU", "A1B0-C2D3-E4Fñ", &endless] {
            assert_eq!(read(typed), None, "{typed}");
        }
    }

    // R2, R3
    #[test]
    fn a_code_tells_its_place_is_grouped_and_uses_every_sign() {
        let random = SeededRandom::new(4);
        let mut seen = BTreeSet::new();
        for place in (0..MAX_EMAILS).cycle().take(400) {
            let code = Code::generate(place, &random);
            let text = code.grouped();
            assert_eq!(text.split('-').map(str::len).collect::<Vec<_>>(), [4, 4, 4], "{text}");
            assert_eq!(read(&text), Some((place, code.secret().expose_secret().to_owned())));
            assert!(seen.insert(text), "drawn twice");
        }
        let signs: BTreeSet<char> = seen.iter().flat_map(|text| text.chars()).filter(|sign| *sign != '-').collect();
        assert_eq!(signs.len(), SIGNS.len());
        let first: BTreeSet<char> = seen.iter().filter_map(|text| text.chars().next()).collect();
        assert_eq!(first.len(), SIGNS.len(), "the first sign is no mark of the first mailbox");
    }
}
