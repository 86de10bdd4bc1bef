//! Hashes that other systems made: verified once with their own scheme, so that the right password can be hashed anew with ours.
//!
//! | written as | scheme |
//! |---|---|
//! | `$2a$`, `$2b$`, `$2y$` | bcrypt |
//! | `$5$`, `$6$` | SHA-crypt with SHA-256 and SHA-512 |
//! | `$apr1$`, `$1$` | MD5-crypt, as Apache's `htpasswd` and old Unix write it |
//! | `{SHA}`, `{SSHA}` | SHA-1, plain and salted (LDAP, `htpasswd -s`) |
//! | `$pbkdf2$`, `$pbkdf2-sha256$`, `$pbkdf2-sha512$` | PBKDF2 as passlib writes it |
//! | `pbkdf2_sha1$`, `pbkdf2_sha256$` | PBKDF2 as Django writes it |
//!
//! Some of these schemes are weak; here they only recognise a password that the person types, and are then forgotten. What costs
//! more than a sign-in may cost is not understood. Argon2 made elsewhere is no concern of this folder: see `phc`.

mod bcrypt;
mod md5_crypt;
mod pbkdf2;
mod sha1;
mod sha_crypt;

use self::bcrypt::Bcrypt;
use self::md5_crypt::Md5Crypt;
use self::pbkdf2::Pbkdf2;
use self::sha_crypt::ShaCrypt;
use self::sha1::Sha1;

/// A hash of one of these schemes, read and found to be whole.
#[derive(Clone)]
pub(super) enum Legacy {
    Bcrypt(Bcrypt),
    ShaCrypt(ShaCrypt),
    Md5Crypt(Md5Crypt),
    Sha1(Sha1),
    Pbkdf2(Pbkdf2),
}

impl Legacy {
    /// Reads a hash.
    ///
    /// # Errors
    /// What about it is not understood, in words that hold nothing of the hash.
    pub(super) fn read(text: &str) -> Result<Self, &'static str> {
        match text {
            _ if text.starts_with("$2") => Bcrypt::read(text).map(Self::Bcrypt),
            _ if text.starts_with("$5$") || text.starts_with("$6$") => ShaCrypt::read(text).map(Self::ShaCrypt),
            _ if text.starts_with("$apr1$") || text.starts_with("$1$") => Md5Crypt::read(text).map(Self::Md5Crypt),
            _ if text.starts_with("{SHA}") || text.starts_with("{SSHA}") => Sha1::read(text).map(Self::Sha1),
            _ if text.starts_with("$pbkdf2") || text.starts_with("pbkdf2_") => Pbkdf2::read(text).map(Self::Pbkdf2),
            _ => Err("its scheme is not one that Portero knows"),
        }
    }

    /// Whether it was made of `password`. Takes as long as the scheme takes.
    pub(super) fn matches(&self, password: &[u8]) -> bool {
        match self {
            Self::Bcrypt(hash) => hash.matches(password),
            Self::ShaCrypt(hash) => hash.matches(password),
            Self::Md5Crypt(hash) => hash.matches(password),
            Self::Sha1(hash) => hash.matches(password),
            Self::Pbkdf2(hash) => hash.matches(password),
        }
    }
}

/// The same hash without what some systems put before it: Django's name of the scheme, LDAP's `{CRYPT}`.
pub(super) fn undressed(text: &str) -> &str {
    let text = text.trim();
    let crypt = text.get(..7).filter(|prefix| prefix.eq_ignore_ascii_case("{CRYPT}")).map(|_| &text[7..]);
    let django = || text.strip_prefix("argon2").or_else(|| text.strip_prefix("bcrypt$"));
    crypt.or_else(|| django().filter(|rest| rest.starts_with('$'))).unwrap_or(text)
}

#[cfg(test)]
mod tests;
