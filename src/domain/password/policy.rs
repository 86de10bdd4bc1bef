//! What a new password must be.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// The longest password that is accepted, in characters. Long enough for any passphrase, short enough to hash calmly.
pub const MAX_LENGTH: usize = 128;

/// The rules of composition. The common-password list, the person's own words and reuse are always refused besides.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PasswordPolicy {
    /// Fewest characters.
    pub min_length: usize,
    /// An upper-case letter is needed.
    pub uppercase: bool,
    /// A lower-case letter is needed.
    pub lowercase: bool,
    /// A digit is needed.
    pub digit: bool,
    /// One of these is needed; empty for none.
    pub special: Vec<char>,
    /// How many passwords, the present one included, may not be used again.
    pub history: usize,
}

/// What the person is called: words a password may not be built on.
#[derive(Debug, Clone, Copy)]
pub struct PasswordContext<'a> {
    /// The username.
    pub username: &'a str,
    /// The person's name.
    pub name: &'a str,
    /// The organization's key and name.
    pub organization: [&'a str; 2],
}

/// One rule that a password does not meet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unmet {
    /// Fewer characters than this.
    TooShort(usize),
    /// More characters than [`MAX_LENGTH`].
    TooLong,
    /// No upper-case letter.
    Uppercase,
    /// No lower-case letter.
    Lowercase,
    /// No digit.
    Digit,
    /// None of these.
    Special(String),
    /// It holds the username, the name or the organization.
    ContextWord,
    /// It is one of the commonest passwords.
    Common,
    /// It was used before; so many are remembered.
    Reused(usize),
}

impl PasswordPolicy {
    /// Length alone (NIST SP 800-63B-4, section 3.1.1.2): 15 characters, no rules of composition.
    pub const fn modern(history: usize) -> Self {
        let special = Vec::new();
        Self { min_length: 15, uppercase: false, lowercase: false, digit: false, special, history }
    }

    /// Every rule of composition that `password` does not meet, in the order the page lists them. Lengths count Unicode
    /// characters after NFC, so that one typed with combining marks measures the same.
    pub fn unmet(&self, password: &str, context: PasswordContext<'_>) -> Vec<Unmet> {
        // 4 bytes a character and one combining mark each: what is longer is too long without looking.
        if password.len() > MAX_LENGTH * 8 {
            return vec![Unmet::TooLong];
        }
        let password: String = password.nfc().collect();
        let length = password.chars().count();
        let mut unmet = Vec::new();
        if length < self.min_length {
            unmet.push(Unmet::TooShort(self.min_length));
        }
        if length > MAX_LENGTH {
            unmet.push(Unmet::TooLong);
        }
        if self.uppercase && !password.chars().any(char::is_uppercase) {
            unmet.push(Unmet::Uppercase);
        }
        if self.lowercase && !password.chars().any(char::is_lowercase) {
            unmet.push(Unmet::Lowercase);
        }
        if self.digit && !password.chars().any(|c| c.is_ascii_digit()) {
            unmet.push(Unmet::Digit);
        }
        if !self.special.is_empty() && !password.chars().any(|c| self.special.contains(&c)) {
            unmet.push(Unmet::Special(self.special.iter().collect()));
        }
        if context.appears_in(&password) {
            unmet.push(Unmet::ContextWord);
        }
        unmet
    }
}

impl PasswordContext<'_> {
    /// Whether the password is built on a word of the context, whatever its case and accents.
    fn appears_in(&self, password: &str) -> bool {
        /// Shorter words occur in good passwords by chance.
        const SHORTEST: usize = 4;
        /// So short a word of the person's own counts where it stands alone.
        const SHORTEST_ALONE: usize = 3;
        let password = folded(password);
        let mut own = self.name.split_whitespace().chain([self.username, self.organization[0]]).map(folded);
        let mut others = self.organization[1].split_whitespace().map(folded);
        let within = |word: &String| word.chars().count() >= SHORTEST && password.contains(word.as_str());
        let alone = |word: &String| word.chars().count() >= SHORTEST_ALONE && stands_alone(word, &password);
        own.any(|word| within(&word) || alone(&word)) || others.any(|word| within(&word))
    }
}

/// Lower case, without accents.
fn folded(text: &str) -> String {
    text.nfkd().filter(|c| !is_combining_mark(*c)).flat_map(char::to_lowercase).collect()
}

/// Whether `word` occurs in `text` with no letter before or behind it.
fn stands_alone(word: &str, text: &str) -> bool {
    text.match_indices(word).any(|(start, found)| {
        let before = text[..start].chars().next_back();
        let behind = text[start + found.len()..].chars().next();
        ![before, behind].into_iter().flatten().any(char::is_alphabetic)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn policy() -> PasswordPolicy {
        let special = "!\"#$%&*".chars().collect();
        PasswordPolicy { min_length: 8, uppercase: true, lowercase: false, digit: true, special, history: 5 }
    }

    fn unmet(password: &str) -> Vec<Unmet> {
        let context = PasswordContext {
            username: "amartinez",
            name: "Ana Martínez",
            organization: ["acme", "Seguros del Norte"],
        };
        policy().unmet(password, context)
    }

    // E3
    #[test]
    fn each_unmet_rule_is_named() {
        let special = Unmet::Special("!\"#$%&*".into());
        assert_eq!(unmet(""), [Unmet::TooShort(8), Unmet::Uppercase, Unmet::Digit, special.clone()]);
        assert_eq!(unmet("abcdefgh"), [Unmet::Uppercase, Unmet::Digit, special]);
        assert_eq!(unmet("Abcdefg1"), [Unmet::Special("!\"#$%&*".into())]);
        assert_eq!(unmet("Trueno#42"), []);
    }

    // E3
    #[test]
    fn any_script_and_any_length_up_to_the_cap_are_accepted() {
        assert_eq!(unmet("Пароль#42 с пробелом"), []);
        assert_eq!(unmet(&format!("A1#{}", "x".repeat(125))), []);
        assert_eq!(unmet(&format!("A1#{}", "x".repeat(126))), [Unmet::TooLong]);
        assert_eq!(unmet(&"A1#".repeat(400_000)), [Unmet::TooLong]);
        assert_eq!(unmet("ÑÑÑÑ1#")[0], Unmet::TooShort(8), "characters are counted, not bytes");
    }

    // E3
    #[test]
    fn the_persons_own_words_are_refused() {
        for password in
            ["AMartinez#1", "Martínez#2026", "Martinez#2026", "ACME#2026x", "Seguros#2026", "Ána#2026x", "42#Ana#42"]
        {
            assert_eq!(unmet(password), [Unmet::ContextWord], "{password}");
        }
        assert_eq!(unmet("Banana#42x"), [], "a short name may occur by chance");
        assert_eq!(unmet("Camino-del-sol#7"), [], "an organization's little words belong to everybody");
    }
}
