//! The only place that draws randomness, and the secrets made of it.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use secrecy::zeroize::{Zeroize, Zeroizing};

use crate::domain::ids::{SecretHash, UserId};

/// A source of unpredictable bytes.
pub trait Random: Send + Sync {
    /// Fills `buffer`.
    fn fill(&self, buffer: &mut [u8]);
}

impl dyn Random + '_ {
    /// `N` unpredictable bytes.
    pub fn bytes<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        self.fill(&mut bytes);
        bytes
    }

    /// A fresh 256-bit token.
    pub fn token(&self) -> Token {
        Token(self.bytes())
    }

    /// A number below `bound` (which is not 0), each as likely as the others.
    pub fn below(&self, bound: u32) -> u32 {
        // Numbers past the last whole multiple of `bound` are drawn again, or the low ones would come more often.
        let limit = u32::MAX - u32::MAX % bound;
        loop {
            let drawn = u32::from_le_bytes(self.bytes());
            if drawn < limit {
                return drawn % bound;
            }
        }
    }
}

/// The operating system's generator.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemRandom;

impl Random for SystemRandom {
    #[allow(clippy::disallowed_methods, reason = "this is the one place that may draw")]
    #[allow(clippy::expect_used, reason = "a doorman that cannot draw randomness must not go on")]
    fn fill(&self, buffer: &mut [u8]) {
        getrandom::fill(buffer).expect("the operating system's random generator answers");
    }
}

/// A 256-bit secret that is handed out once: a cookie's value, a link's token. Its text is 43 characters of base64url.
/// Only its [hash](Token::hash) is kept.
#[derive(PartialEq, Eq)]
pub struct Token([u8; 32]);

impl Token {
    /// Reads the text form. `None` for anything that is not exactly one.
    pub fn parse(text: &str) -> Option<Self> {
        if text.len() != 43 {
            return None;
        }
        let mut bytes = [0; 32];
        match URL_SAFE_NO_PAD.decode_slice(text, &mut bytes) {
            Ok(32) => Some(Self(bytes)),
            _ => None,
        }
    }

    /// The text form, for the one who is meant to have it.
    pub fn reveal(&self) -> String {
        URL_SAFE_NO_PAD.encode(self.0)
    }

    /// The secret bytes, to derive a key from.
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// SHA-256 of the secret bytes: what is stored and looked up.
    pub fn hash(&self) -> SecretHash {
        digest(&self.0)
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(…)")
    }
}

impl Drop for Token {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

/// What a link in a mail carries: whose account it is about, and a secret of 256 bits. Its text is 64 characters of base64url.
#[derive(Debug, PartialEq, Eq)]
pub struct LinkToken {
    /// Whose. It is no secret, and finds the account without an index.
    pub user: UserId,
    /// The secret; only its hash is kept.
    pub secret: Token,
}

impl LinkToken {
    /// A fresh one.
    pub fn new(user: UserId, random: &dyn Random) -> Self {
        Self { user, secret: random.token() }
    }

    /// Reads the text form. `None` for anything that is not exactly one.
    pub fn parse(text: &str) -> Option<Self> {
        let mut bytes = Zeroizing::new([0; 48]);
        if text.len() != 64 || URL_SAFE_NO_PAD.decode_slice(text, &mut *bytes) != Ok(48) {
            return None;
        }
        let (user, secret) = bytes.split_first_chunk::<16>()?;
        Some(Self { user: UserId::from_random(*user), secret: Token(secret.try_into().ok()?) })
    }

    /// The text form, for the one who is meant to have it.
    pub fn reveal(&self) -> String {
        let mut bytes = Zeroizing::new([0; 48]);
        bytes[..16].copy_from_slice(self.user.as_bytes());
        bytes[16..].copy_from_slice(self.secret.as_bytes());
        URL_SAFE_NO_PAD.encode(*bytes)
    }
}

/// SHA-256 of `bytes`.
pub fn digest(bytes: &[u8]) -> SecretHash {
    let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, bytes);
    let mut fixed = [0; 32];
    fixed.copy_from_slice(digest.as_ref());
    SecretHash::from_digest(fixed)
}

/// SHA-256 over several parts, each led by its length, so that no two lists of parts share a digest.
pub fn digest_parts(parts: &[&[u8]]) -> SecretHash {
    let mut context = aws_lc_rs::digest::Context::new(&aws_lc_rs::digest::SHA256);
    for part in parts {
        context.update(&(part.len() as u64).to_le_bytes());
        context.update(part);
    }
    let mut fixed = [0; 32];
    fixed.copy_from_slice(context.finish().as_ref());
    SecretHash::from_digest(fixed)
}

/// Randomness that repeats itself, for tests: the same seed gives the same bytes.
#[derive(Debug)]
pub struct SeededRandom(std::sync::atomic::AtomicU64, u64);

impl SeededRandom {
    /// A generator that starts from `seed`.
    pub const fn new(seed: u64) -> Self {
        Self(std::sync::atomic::AtomicU64::new(0), seed)
    }
}

impl Random for SeededRandom {
    fn fill(&self, buffer: &mut [u8]) {
        for chunk in buffer.chunks_mut(32) {
            let count = self.0.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
            let block = digest_parts(&[&self.1.to_le_bytes(), &count.to_le_bytes()]);
            chunk.copy_from_slice(&block.as_bytes()[..chunk.len()]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_read_back_and_nothing_else_is() {
        let random: &dyn Random = &SeededRandom::new(7);
        let token = random.token();
        assert_eq!(Token::parse(&token.reveal()), Some(token));
        for text in ["", "x", &"A".repeat(42), &"A".repeat(44), &"=".repeat(43), &format!("{}é", "A".repeat(41))] {
            assert_eq!(Token::parse(text), None, "{text:?}");
        }
    }

    #[test]
    fn parts_cannot_be_moved_across_their_border() {
        assert_ne!(digest_parts(&[b"ab", b"c"]), digest_parts(&[b"a", b"bc"]));
    }

    #[test]
    fn numbers_stay_below_their_bound() {
        let random: &dyn Random = &SeededRandom::new(1);
        assert!((0..1000).all(|_| random.below(7) < 7));
    }
}
