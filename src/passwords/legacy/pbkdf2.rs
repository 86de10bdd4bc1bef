//! PBKDF2 (RFC 8018), as passlib and as Django write it.

use std::num::NonZeroU32;

use aws_lc_rs::pbkdf2::{Algorithm, PBKDF2_HMAC_SHA1, PBKDF2_HMAC_SHA256, PBKDF2_HMAC_SHA512, verify};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD};

/// The most iterations that are honoured: about a second.
const MAX_ITERATIONS: u32 = 2_000_000;
const LONGEST_SALT: usize = 1024;

/// A PBKDF2 hash.
#[derive(Clone)]
pub(in crate::passwords) struct Pbkdf2 {
    algorithm: Algorithm,
    iterations: NonZeroU32,
    salt: Vec<u8>,
    output: Vec<u8>,
}

impl Pbkdf2 {
    pub(super) fn read(text: &str) -> Result<Self, &'static str> {
        const BROKEN: &str = "it begins like PBKDF2 but is not whole";
        let passlib = text.strip_prefix('$');
        let mut parts = passlib.unwrap_or(text).split('$');
        let mut next = || parts.next().ok_or(BROKEN);
        let (scheme, iterations, salt, output) = (next()?, next()?, next()?, next()?);
        // A shorter output would be the beginning of the whole one, and match as well.
        let (algorithm, output_length) = match (scheme, passlib.is_some()) {
            ("pbkdf2", true) | ("pbkdf2_sha1", false) => (PBKDF2_HMAC_SHA1, 20),
            ("pbkdf2-sha256", true) | ("pbkdf2_sha256", false) => (PBKDF2_HMAC_SHA256, 32),
            ("pbkdf2-sha512", true) | ("pbkdf2_sha512", false) => (PBKDF2_HMAC_SHA512, 64),
            _ => return Err("it is PBKDF2 of a kind that Portero does not know"),
        };
        let iterations: NonZeroU32 = iterations.parse().map_err(|_| BROKEN)?;
        if iterations.get() > MAX_ITERATIONS {
            return Err("it costs more than a sign-in may cost");
        }
        let (salt, output) = match passlib {
            Some(_) => (adapted(salt).ok_or(BROKEN)?, adapted(output).ok_or(BROKEN)?),
            // Django uses the salt's characters as they stand.
            None => (salt.as_bytes().to_vec(), STANDARD.decode(output).map_err(|_| BROKEN)?),
        };
        if parts.next().is_some() || salt.len() > LONGEST_SALT || output.len() != output_length {
            return Err(BROKEN);
        }
        Ok(Self { algorithm, iterations, salt, output })
    }

    pub(super) fn matches(&self, password: &[u8]) -> bool {
        verify(self.algorithm, self.iterations, &self.salt, password, &self.output).is_ok()
    }
}

/// Decodes passlib's base 64: without padding, and with a dot for the plus sign.
fn adapted(text: &str) -> Option<Vec<u8>> {
    STANDARD_NO_PAD.decode(text.replace('.', "+")).ok()
}
