//! bcrypt. Like everybody who wrote such hashes, it looks at the first 72 bytes of a password.

use std::str::FromStr;

use ::bcrypt::HashParts;

/// The dearest cost that is honoured: about a second and a half.
const MAX_COST: u32 = 14;

/// A bcrypt hash.
#[derive(Clone)]
pub(in crate::passwords) struct Bcrypt(String);

impl Bcrypt {
    pub(super) fn read(text: &str) -> Result<Self, &'static str> {
        // $2x$ marks hashes of an implementation that confused letters outside of ASCII.
        if !["$2a$", "$2b$", "$2y$"].iter().any(|prefix| text.starts_with(prefix)) {
            return Err("it is bcrypt of a kind that is not to be trusted");
        }
        let parts = HashParts::from_str(text).map_err(|_| "it begins like bcrypt but is not whole")?;
        if !(4..=MAX_COST).contains(&parts.get_cost()) {
            return Err("it costs more than a sign-in may cost");
        }
        Ok(Self(text.to_owned()))
    }

    pub(super) fn matches(&self, password: &[u8]) -> bool {
        ::bcrypt::verify(password, &self.0).unwrap_or(false)
    }
}
