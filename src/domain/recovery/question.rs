//! Secret questions: the weakest way back in, so the one with the most rules.

use serde::{Deserialize, Serialize};
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use crate::domain::Timestamp;
use crate::domain::password::PasswordHash;

/// Wrong answers after which the question is closed until the next sign-in.
pub const QUESTION_TRIES: u8 = 5;

/// What is asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Question {
    /// One of the catalogue, by its name there; it is asked in the reader's language.
    Catalogue(String),
    /// One that the person wrote.
    Own(String),
}

/// The person's question with its answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SecretQuestion {
    /// What is asked.
    pub question: Question,
    /// The Argon2id hash of the [normalized](normalize_answer) answer.
    pub answer: PasswordHash,
    /// Tries that are left until the next sign-in.
    pub tries_left: u8,
    /// When it was set.
    pub set_at: Timestamp,
}

impl SecretQuestion {
    /// A fresh one.
    pub fn new(question: Question, answer: PasswordHash, now: Timestamp) -> Self {
        Self { question, answer, tries_left: QUESTION_TRIES, set_at: now }
    }

    /// Counts one try; `false` if none is left.
    pub fn count_try(&mut self) -> bool {
        let open = self.tries_left > 0;
        self.tries_left = self.tries_left.saturating_sub(1);
        open
    }
}

/// The answer as it is compared: compatibility forms (NFKC), case, accents, punctuation and spaces do not matter.
pub fn normalize_answer(answer: &str) -> String {
    let folded = answer.nfkc().flat_map(char::to_lowercase).collect::<String>();
    folded.nfd().filter(|c| !is_combining_mark(*c) && c.is_alphanumeric()).nfc().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    // Q3
    #[test]
    fn an_answer_may_be_typed_in_any_case_with_or_without_accents_and_spaces() {
        for typed in ["Córdoba del Sur", "cordoba del sur", "CÓRDOBA  DEL-SUR", "Cordoba\u{301}\u{a0}del Sur"] {
            assert_eq!(normalize_answer(typed), "cordobadelsur", "{typed}");
        }
        assert_eq!(normalize_answer("ﬁrulais"), "firulais");
        assert_eq!(normalize_answer("Ñandú"), normalize_answer("n\u{303}andu"));
        assert_eq!(normalize_answer(" ¡!  "), "");
    }
}
