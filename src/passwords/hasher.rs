//! Hashing and verifying, as the rest of the house sees it.

use std::io;
use std::sync::atomic::{AtomicBool, Ordering};

use secrecy::zeroize::Zeroizing;
use secrecy::{ExposeSecret, SecretString};
use subtle::ConstantTimeEq;
use unicode_normalization::UnicodeNormalization;

use super::legacy::{self, Legacy};
use super::phc::{self, Recipe, SALT_LENGTH};
use super::pool::{MATCH, Output, Pool, Work};
use crate::domain::password::{MAX_LENGTH, PasswordHash};
use crate::random::Random;

/// Too many passwords are waiting to be checked, or the hasher is going down. Whoever is told so may try again later.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("too many passwords are waiting to be checked")]
pub struct Overloaded;

/// Why a password was not hashed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum HashError {
    /// It is longer than the policy ever allows, and would never verify.
    #[error("a password has at most {MAX_LENGTH} characters")]
    TooLong,
    /// See [`Overloaded`].
    #[error(transparent)]
    Overloaded(#[from] Overloaded),
}

/// Hashes and verifies passwords with Argon2id on its own threads. Dropping it joins them.
///
/// Passwords are compared after NFC, so one typed with combining marks on one machine matches on another.
pub struct PasswordHasher {
    pool: Pool,
    /// Whether a hash that is not understood has been logged: once is enough to send somebody looking.
    complained: AtomicBool,
}

impl PasswordHasher {
    /// Starts `threads` threads (at least one; as many as there are cores is right), each with 19 MiB of memory while
    /// there is work, and a queue for `queue` passwords (at least one).
    ///
    /// # Errors
    /// The system refuses a thread.
    pub fn start(threads: usize, queue: usize) -> io::Result<Self> {
        let pool = Pool::start(threads.max(1), queue.max(1))?;
        Ok(Self { pool, complained: AtomicBool::new(false) })
    }

    /// One that never has a hand free, for tests of what happens then.
    #[cfg(test)]
    pub(crate) fn overloaded() -> Self {
        Self { pool: Pool::start(0, 0).expect("no thread is asked for"), complained: AtomicBool::new(false) }
    }

    /// Hashes a password under a fresh salt drawn from `random`. The hash is a PHC string.
    ///
    /// # Errors
    /// [`HashError`]
    pub async fn hash(&self, password: &SecretString, random: &dyn Random) -> Result<PasswordHash, HashError> {
        let password = normalise(password.expose_secret()).ok_or(HashError::TooLong)?;
        let recipe = Recipe::own(random.bytes::<SALT_LENGTH>());
        let output = self.run(password, Work::Derive(recipe.clone())).await?;
        Ok(phc::write(&recipe, &output).ok_or(Overloaded)?)
    }

    /// Whether `password` is the one that `hash` was made of.
    ///
    /// `None`, a hash that is not understood, and a password that is too long cost the same work as a wrong password and
    /// answer false, so time does not tell which accounts exist. A hash of another scheme costs its own work besides.
    ///
    /// # Errors
    /// [`Overloaded`]; then nothing is known about the password.
    pub async fn verify(&self, password: &SecretString, hash: Option<&PasswordHash>) -> Result<bool, Overloaded> {
        let stored = hash.and_then(|hash| self.read(hash));
        let password = normalise(password.expose_secret());
        let can_match = stored.is_some() && password.is_some();
        let (work, expected) = stored.unwrap_or_else(|| (Work::Derive(Recipe::own([0; SALT_LENGTH])), Vec::new()));
        let output = self.run(password.unwrap_or_default(), work).await?;
        Ok(can_match && bool::from(output.ct_eq(&expected)))
    }

    /// Whether `new` is one of the passwords that `hashes` were made of.
    ///
    /// One after another, so that one person's change does not fill the queue.
    ///
    /// # Errors
    /// [`Overloaded`]
    pub async fn was_used(&self, new: &SecretString, hashes: &[PasswordHash]) -> Result<bool, Overloaded> {
        for hash in hashes {
            if self.verify(new, Some(hash)).await? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// How many passwords wait to be checked.
    pub fn waiting(&self) -> usize {
        self.pool.waiting()
    }

    /// How many passwords found no place to wait, since the start.
    pub fn rejected(&self) -> u64 {
        self.pool.rejected()
    }

    async fn run(&self, password: Zeroizing<String>, work: Work) -> Result<Output, Overloaded> {
        self.pool.submit(password, work)?.await.map_err(|_| Overloaded)
    }

    fn read(&self, hash: &PasswordHash) -> Option<(Work, Vec<u8>)> {
        match read(hash) {
            Ok(read) => Some(read),
            Err(reason) => {
                if !self.complained.swap(true, Ordering::Relaxed) {
                    tracing::warn!(reason, "a stored password hash is not understood; its password never matches");
                }
                None
            }
        }
    }
}

/// Takes over a hash that another system made of a password, without what that system puts before it.
///
/// # Errors
/// What about it is not understood, in words that hold nothing of the hash.
pub fn adopt(text: &str) -> Result<PasswordHash, &'static str> {
    let hash = PasswordHash::from_phc(legacy::undressed(text).to_owned());
    read(&hash).map(|_| hash)
}

/// Whether `hash` is to be replaced once its password is known: it was made elsewhere, or by weaker rules than ours.
pub fn is_outdated(hash: &PasswordHash) -> bool {
    !phc::read(hash).is_ok_and(|(recipe, _)| recipe.is_as_ours())
}

/// What to do with a password that is held against `hash`, and what has to come of it.
fn read(hash: &PasswordHash) -> Result<(Work, Vec<u8>), &'static str> {
    if hash.as_phc().starts_with("$argon2") {
        phc::read(hash).map(|(recipe, output)| (Work::Derive(recipe), output))
    } else {
        Legacy::read(hash.as_phc()).map(|legacy| (Work::Match(legacy), MATCH.to_vec()))
    }
}

/// The form that is hashed. `None` if it is longer than any password may be.
fn normalise(password: &str) -> Option<Zeroizing<String>> {
    /// NFC makes UTF-8 at most so many times longer (Unicode TR 15).
    const EXPANSION: usize = 3;
    // The bound of the policy, so that a huge form field is not even normalised.
    if password.len() > MAX_LENGTH * 8 {
        return None;
    }
    // Room for all of it at once: growing would leave pieces of the password behind.
    let mut normal = Zeroizing::new(String::with_capacity(password.len() * EXPANSION));
    normal.extend(password.nfc());
    (normal.chars().count() <= MAX_LENGTH).then_some(normal)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::SeededRandom;

    fn hasher() -> PasswordHasher {
        PasswordHasher::start(1, 16).expect("a thread")
    }

    fn secret(text: &str) -> SecretString {
        SecretString::from(text)
    }

    #[tokio::test]
    async fn a_password_verifies_against_its_own_hash_only() {
        let (hasher, random) = (hasher(), SeededRandom::new(1));
        let hash = hasher.hash(&secret("Trueno#42"), &random).await.expect("hashed");
        assert!(hash.as_phc().starts_with("$argon2id$v=19$m=19456,t=2,p=1$"));
        assert_eq!(hasher.verify(&secret("Trueno#42"), Some(&hash)).await, Ok(true));
        assert_eq!(hasher.verify(&secret("trueno#42"), Some(&hash)).await, Ok(false));
        let again = hasher.hash(&secret("Trueno#42"), &random).await.expect("hashed");
        assert_ne!(hash, again, "each has its own salt");
    }

    // E3
    #[tokio::test]
    async fn the_same_letters_typed_another_way_are_the_same_password() {
        let hasher = hasher();
        let hash = hasher.hash(&secret("Ma\u{f1}ana#42"), &SeededRandom::new(1)).await.expect("hashed");
        assert_eq!(hasher.verify(&secret("Man\u{303}ana#42"), Some(&hash)).await, Ok(true));
    }

    // L6
    #[tokio::test]
    async fn nobody_and_a_broken_hash_answer_false_after_the_same_work() {
        let hasher = hasher();
        assert_eq!(hasher.verify(&secret("Trueno#42"), None).await, Ok(false));
        let broken = PasswordHash::from_phc("$9$abc".into());
        assert_eq!(hasher.verify(&secret("Trueno#42"), Some(&broken)).await, Ok(false));
        assert_eq!(hasher.verify(&secret(""), None).await, Ok(false));
    }

    // L6
    #[tokio::test]
    async fn every_verification_goes_through_the_queue() {
        let idle = PasswordHasher { pool: Pool::start(0, 0).expect("no thread"), complained: AtomicBool::new(false) };
        let broken = PasswordHash::from_phc("$9$abc".into());
        assert_eq!(idle.verify(&secret("x"), None).await, Err(Overloaded));
        assert_eq!(idle.verify(&secret("x"), Some(&broken)).await, Err(Overloaded));
        assert_eq!(idle.verify(&secret(&"x".repeat(5000)), None).await, Err(Overloaded));
        assert_eq!(idle.hash(&secret("x"), &SeededRandom::new(1)).await, Err(HashError::Overloaded(Overloaded)));
    }

    // E3
    #[tokio::test]
    async fn the_longest_password_works_and_a_longer_one_never_does() {
        let (hasher, random) = (hasher(), SeededRandom::new(1));
        let longest = secret(&"ñ".repeat(MAX_LENGTH));
        let hash = hasher.hash(&longest, &random).await.expect("hashed");
        assert_eq!(hasher.verify(&longest, Some(&hash)).await, Ok(true));
        let longer = secret(&"ñ".repeat(MAX_LENGTH + 1));
        assert_eq!(hasher.hash(&longer, &random).await, Err(HashError::TooLong));
        assert_eq!(hasher.verify(&longer, Some(&hash)).await, Ok(false));
        let empty = hasher.hash(&secret(""), &random).await.expect("hashed");
        assert_eq!(hasher.verify(&longer, Some(&empty)).await, Ok(false), "too long is not the same as empty");
    }

    #[tokio::test]
    async fn a_hash_of_another_scheme_is_honoured_and_known_to_be_outdated() {
        let hasher = hasher();
        let hash = adopt("bcrypt$$2b$05$abcdefghijklmnopqrstuuHZpvB32Oy42t2k7E0rxE0TOCj8djbLm").expect("understood");
        assert!(is_outdated(&hash));
        assert_eq!(hasher.verify(&secret("Man\u{303}ana#42"), Some(&hash)).await, Ok(true));
        assert_eq!(hasher.verify(&secret("manana#42"), Some(&hash)).await, Ok(false));
        let ours = hasher.hash(&secret("Mañana#42"), &SeededRandom::new(1)).await.expect("hashed");
        assert!(!is_outdated(&ours));
        assert!(adopt("Mañana#42").is_err(), "a password is no hash");
    }

    #[tokio::test]
    async fn a_hash_with_other_costs_is_honoured() {
        // The second needs more memory than a thread keeps.
        let hasher = hasher();
        for (memory, passes) in [(1024, 3), (32 * 1024, 1)] {
            let params = argon2::Params::new(memory, passes, 2, None).expect("valid");
            let argon2 = argon2::Argon2::new(argon2::Algorithm::Argon2id, argon2::Version::V0x13, params.clone());
            let mut output = [0; 24];
            argon2.hash_password_into(b"elsewhere", b"saltsalt", &mut output).expect("hashed");
            let (algorithm, version) = (argon2::Algorithm::Argon2id, argon2::Version::V0x13);
            let recipe = Recipe { algorithm, version, params, salt: b"saltsalt".to_vec(), output_length: 24 };
            let hash = phc::write(&recipe, &output).expect("fits");
            assert_eq!(hasher.verify(&secret("elsewhere"), Some(&hash)).await, Ok(true));
            assert_eq!(hasher.verify(&secret("Elsewhere"), Some(&hash)).await, Ok(false));
        }
    }

    // E3
    #[tokio::test]
    async fn an_earlier_password_is_recognised() {
        let (hasher, random) = (hasher(), SeededRandom::new(1));
        let mut hashes = Vec::new();
        for old in ["Trueno#42", "Granizo#43"] {
            hashes.push(hasher.hash(&secret(old), &random).await.expect("hashed"));
        }
        assert_eq!(hasher.was_used(&secret("Granizo#43"), &hashes).await, Ok(true));
        assert_eq!(hasher.was_used(&secret("Nevada#44"), &hashes).await, Ok(false));
        assert_eq!(hasher.was_used(&secret("Granizo#43"), &[]).await, Ok(false));
    }

    #[tokio::test]
    async fn many_at_once_are_all_answered_rightly() {
        let hasher = PasswordHasher::start(2, 64).expect("threads");
        let hash = hasher.hash(&secret("Trueno#42"), &SeededRandom::new(1)).await.expect("hashed");
        let (right, wrong) = (secret("Trueno#42"), secret("Trueno#43"));
        let asked = (0..16).map(|n| hasher.verify(if n % 2 == 0 { &right } else { &wrong }, Some(&hash)));
        let answers = futures_util::future::join_all(asked).await;
        assert!(answers.iter().enumerate().all(|(n, answer)| *answer == Ok(n % 2 == 0)));
    }
}
