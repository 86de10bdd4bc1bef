//! `[password]`.

use std::time::Duration;

use super::entry::Entry;
use super::reader::Section;
use crate::domain::password::{MAX_LENGTH, PasswordPolicy};

/// `[password]`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PasswordConfig {
    /// What a new password must be.
    pub policy: PasswordPolicy,
    /// It expires after so long without an active session; `None` for never.
    pub expire_inactive: Option<Duration>,
    /// It expires so long after it was set; `None` for never.
    pub max_age: Option<Duration>,
}

/// Special characters that count, unless others are named.
const SPECIAL: &str = "!\"#$%&*";

/// A class of characters that a password may have to hold.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Class {
    Uppercase,
    Lowercase,
    Digit,
    Special,
}

impl PasswordConfig {
    pub(super) fn read(mut section: Section<'_>) -> Self {
        const CLASSES: [(&str, Class); 4] = [
            ("uppercase", Class::Uppercase),
            ("lowercase", Class::Lowercase),
            ("digit", Class::Digit),
            ("special", Class::Special),
        ];
        let min_length = section.setting("min_length", 8, |entry| entry.count(4..=MAX_LENGTH as u64)).value;
        let default = vec![Class::Uppercase, Class::Digit, Class::Special];
        let require = section.setting("require", default, |entry| entry.set(|item| item.one_of(&CLASSES)));
        let special = section.setting("special", SPECIAL.chars().collect(), read_special);
        let history = section.setting("history", 5, |entry| entry.count(0..=100)).value;
        let needs = |class| require.value.contains(&class);
        if needs(Class::Special)
            && require.sound
            && special.sound
            && special.value.is_empty()
            && let Some(at) = special.at
        {
            section.reader.fault(
                at,
                "a special character is required, but `password.special` names none",
                "write the characters that count, or take \"special\" out of require",
            );
        }
        let policy = PasswordPolicy {
            min_length,
            uppercase: needs(Class::Uppercase),
            lowercase: needs(Class::Lowercase),
            digit: needs(Class::Digit),
            special: if needs(Class::Special) { special.value } else { Vec::new() },
            history,
        };
        let sixty_days = Some(Duration::from_hours(60 * 24));
        let expire_inactive = section.setting("expire_inactive", sixty_days, |entry| entry.seconds_or_off()).value;
        let max_age = section.setting("max_age", None, |entry| entry.seconds_or_off()).value;
        section.finish();
        Self { policy, expire_inactive, max_age }
    }
}

/// The special characters, each once. Letters, digits and what cannot be seen would make a rule that nobody understands.
fn read_special(entry: &Entry<'_>) -> Option<Vec<char>> {
    let mut special = Vec::new();
    for c in entry.text()?.chars() {
        if c.is_alphanumeric() || c.is_whitespace() || c.is_control() {
            return entry.fault(
                format!("{c:?} is not a special character"),
                "write punctuation and symbols alone, without spaces between them",
            );
        }
        if !special.contains(&c) {
            special.push(c);
        }
    }
    Some(special)
}
