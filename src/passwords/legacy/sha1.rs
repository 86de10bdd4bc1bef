//! SHA-1 as LDAP servers keep it: `{SHA}` plain, `{SSHA}` with the salt behind the digest.

use aws_lc_rs::digest::{Context, SHA1_FOR_LEGACY_USE_ONLY, SHA1_OUTPUT_LEN};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use subtle::ConstantTimeEq;

const LONGEST_SALT: usize = 64;

/// A SHA-1 hash.
#[derive(Clone)]
pub(in crate::passwords) struct Sha1 {
    digest: [u8; SHA1_OUTPUT_LEN],
    salt: Vec<u8>,
}

impl Sha1 {
    pub(super) fn read(text: &str) -> Result<Self, &'static str> {
        const BROKEN: &str = "it begins like SHA-1 but is not whole";
        let salted = text.strip_prefix("{SSHA}");
        let encoded = salted.or_else(|| text.strip_prefix("{SHA}")).ok_or(BROKEN)?;
        let decoded = STANDARD.decode(encoded).map_err(|_| BROKEN)?;
        let (digest, salt) = decoded.split_first_chunk().ok_or(BROKEN)?;
        if salt.is_empty() == salted.is_some() || salt.len() > LONGEST_SALT {
            return Err(BROKEN);
        }
        Ok(Self { digest: *digest, salt: salt.to_vec() })
    }

    pub(super) fn matches(&self, password: &[u8]) -> bool {
        let mut context = Context::new(&SHA1_FOR_LEGACY_USE_ONLY);
        context.update(password);
        context.update(&self.salt);
        context.finish().as_ref().ct_eq(&self.digest).into()
    }
}
