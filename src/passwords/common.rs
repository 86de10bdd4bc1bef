//! The passwords that everybody tries first, and the ways people dress them up to satisfy rules of composition.
//!
//! The list is Django's (19,640 lower-case entries, which hold the 10,000 commonest of the leaked passwords), sorted so that it
//! can be searched where it lies in the program, without building anything. To make it anew:
//!
//! ```sh
//! pip download --no-deps django==5.2.19
//! unzip -p django-5.2.19-*.whl django/contrib/auth/common-passwords.txt.gz | gunzip | LC_ALL=C sort -u > common.txt
//! ```
//!
//! Its licence is beside it in `common.LICENSE`.

use std::cmp::Ordering;

use unicode_normalization::UnicodeNormalization;

/// So many digits and signs around a common password add nothing: a year and a sign, or "123" and a few marks.
const MAX_DECORATION: usize = 6;

/// What people dress up to satisfy rules of composition, before anything else. Decorations are seen through for these alone: a list of
/// ten thousand words would turn away many a password that nobody would guess.
const DRESSED_UP: [&str; 8] =
    ["password", "contraseña", "contrasena", "qwerty", "123456", "12345678", "iloveyou", "letmein"];

/// A password longer than this (in characters) is none of the list, however it is dressed up: the longest entry has 32.
const LONGEST: usize = 48;

/// The commonest passwords.
#[derive(Debug, Clone, Copy)]
pub struct CommonPasswords {
    /// Lower case, one a line, in the order of their bytes, the last line ended too.
    list: &'static str,
}

impl CommonPasswords {
    /// The list that is part of the program.
    pub const fn embedded() -> Self {
        Self { list: include_str!("common.txt") }
    }

    /// Whether `password` is a common one: as it stands, in another case, or written in "leet" (`P4$$w0rd`); and whether it is
    /// one of the very commonest with up to six digits and signs before and after it (`Password1!`).
    pub fn contains(&self, password: &str) -> bool {
        let folded: Vec<char> = password.nfc().flat_map(char::to_lowercase).take(LONGEST + 1).collect();
        if folded.len() > LONGEST {
            return false;
        }
        let plain: Vec<char> = folded.iter().copied().map(unleet).collect();
        if self.lists(&folded) || self.lists(&plain) {
            return true;
        }
        let leading = folded.iter().take_while(|c| !c.is_alphabetic()).count();
        let trailing = folded.iter().rev().take_while(|c| !c.is_alphabetic()).count();
        (0..=leading.min(MAX_DECORATION)).any(|before| {
            (0..=trailing.min(MAX_DECORATION - before)).any(|after| {
                let stem = before..folded.len().saturating_sub(after).max(before);
                [&folded[stem.clone()], &plain[stem]].into_iter().any(is_dressed_up)
            })
        })
    }

    /// Binary search over the lines.
    fn lists(&self, wanted: &[char]) -> bool {
        let wanted: String = wanted.iter().collect();
        let bytes = self.list.as_bytes();
        let (mut low, mut high) = (0, bytes.len());
        // Both always stand at the beginning of a line, or at the end of the list.
        while low < high {
            let middle = low + (high - low) / 2;
            let start = bytes[low..middle].iter().rposition(|&b| b == b'\n').map_or(low, |at| low + at + 1);
            let end = bytes[middle..high].iter().position(|&b| b == b'\n').map_or(high, |at| middle + at);
            match bytes[start..end].cmp(wanted.as_bytes()) {
                Ordering::Equal => return true,
                Ordering::Less => low = (end + 1).min(high),
                Ordering::Greater => high = start,
            }
        }
        false
    }
}

/// Whether these characters are one of [`DRESSED_UP`].
fn is_dressed_up(stem: &[char]) -> bool {
    DRESSED_UP.iter().any(|word| word.chars().eq(stem.iter().copied()))
}

/// The letter that a digit or sign stands for in passwords that are meant to look clever.
const fn unleet(c: char) -> char {
    match c {
        '0' => 'o',
        '1' | '!' => 'i',
        '3' => 'e',
        '4' | '@' => 'a',
        '5' | '$' => 's',
        '7' => 't',
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_is_sorted_lower_case_and_holds_ten_thousand_or_more() {
        let lines: Vec<&str> = CommonPasswords::embedded().list.lines().collect();
        assert!(lines.len() >= 10_000);
        assert!(lines.windows(2).all(|pair| pair[0].as_bytes() < pair[1].as_bytes()));
        assert!(lines.iter().all(|line| line.to_lowercase() == *line && !line.is_empty()));
        assert!(lines.iter().all(|line| line.chars().count() + MAX_DECORATION <= LONGEST));
    }

    #[test]
    fn every_entry_is_found() {
        let common = CommonPasswords::embedded();
        for line in common.list.lines() {
            assert!(common.contains(line), "{line}");
        }
    }

    // E3
    #[test]
    fn common_passwords_are_found_however_they_are_dressed_up() {
        let common = CommonPasswords::embedded();
        for password in [
            "password",
            "PASSWORD",
            "Password1!",
            "Password2026!",
            "P@ssw0rd#1",
            "P4$$w0rd99!",
            "#1Password",
            "Qwerty123*",
            "12345678",
            "Contrasena#26",
            "!Letmein22",
        ] {
            assert!(common.contains(password), "{password}");
        }
    }

    // E3
    #[test]
    fn what_only_begins_or_ends_like_a_common_one_is_accepted() {
        let common = CommonPasswords::embedded();
        for password in [
            "",
            "Trueno#42",
            "Abcdef1!",
            "Secreto#2024",
            "Banana#42x",
            "dragon#4831902",
            "password mule",
            "1234#Kx",
            &"password".repeat(9),
        ] {
            assert!(!common.contains(password), "{password}");
        }
    }
}
