//! SHA-crypt, the hashes of `/etc/shadow` (Ulrich Drepper, "Unix crypt using SHA-256 and SHA-512").

use std::str::FromStr;

use ::sha_crypt::password_hash::PasswordVerifier;
use ::sha_crypt::{Params, ShaCrypt as Verifier};

/// The most rounds that are honoured: about a second.
const MAX_ROUNDS: u32 = 1_000_000;
/// Characters of the output for `$5$` and `$6$`.
const OUTPUT_LENGTHS: [usize; 2] = [43, 86];
const LONGEST_SALT: usize = 16;

/// A SHA-crypt hash.
#[derive(Clone)]
pub(in crate::passwords) struct ShaCrypt(String);

impl ShaCrypt {
    pub(super) fn read(text: &str) -> Result<Self, &'static str> {
        const BROKEN: &str = "it begins like SHA-crypt but is not whole";
        let mut parts: Vec<&str> = text.split('$').skip(1).collect();
        if let Some(rounds) = parts.get(1).and_then(|part| part.strip_prefix("rounds=")) {
            Params::from_str(&format!("rounds={rounds}")).map_err(|_| BROKEN)?;
            if rounds.parse::<u32>().map_err(|_| BROKEN)? > MAX_ROUNDS {
                return Err("it costs more than a sign-in may cost");
            }
            parts.remove(1);
        }
        let [id, salt, output] = parts[..] else { return Err(BROKEN) };
        let length = OUTPUT_LENGTHS[usize::from(id == "6")];
        let crypt = |text: &str| text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'/'));
        if salt.len() > LONGEST_SALT || output.len() != length || !crypt(output) {
            return Err(BROKEN);
        }
        Ok(Self(text.to_owned()))
    }

    pub(super) fn matches(&self, password: &[u8]) -> bool {
        Verifier::SHA512.verify_password(password, self.0.as_str()).is_ok()
    }
}
