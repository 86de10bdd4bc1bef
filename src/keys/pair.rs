//! One ES256 key pair: made, sealed into a record, opened, and signing.
//!
//! aws-lc-rs is used directly: `jsonwebtoken` would parse the private key anew for each signature. Key pairs and the nonces of
//! signatures come from aws-lc's own generator (its API takes no other), which the operating system seeds; all else is drawn
//! from [`Random`].

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Serialize;

use super::{KeyError, MasterKey, jwk};
use crate::domain::Timestamp;
use crate::domain::signing_key::SigningKeyRecord;
use crate::random::Random;

/// What private keys are sealed for.
const PURPOSE: &str = "signing-key";

/// The key pair that signs.
pub(super) struct SigningPair {
    pair: EcdsaKeyPair,
    /// The JWS header with its dot, ready to be followed by the payload.
    header: String,
}

/// Makes a key pair at `now`.
pub(super) fn generate(master: &MasterKey, now: Timestamp, random: &dyn Random) -> Result<SigningKeyRecord, KeyError> {
    let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).map_err(|_| KeyError::Crypto)?;
    let private = pair.to_pkcs8v1().map_err(|_| KeyError::Crypto)?;
    let public_point = pair.public_key().as_ref().to_vec();
    Ok(SigningKeyRecord {
        kid: jwk::thumbprint(&public_point).ok_or(KeyError::Crypto)?,
        public_point,
        sealed_private: master.seal(PURPOSE, private.as_ref(), random),
        created_at: now,
        retired_at: None,
    })
}

impl SigningPair {
    /// Opens a record.
    pub(super) fn open(record: &SigningKeyRecord, master: &MasterKey) -> Result<Self, KeyError> {
        let wrong_master = || KeyError::WrongMasterKey { kid: record.kid.clone(), master: master.source().to_owned() };
        let damaged = || KeyError::BadRecord { kid: record.kid.clone() };
        let private = master.open(PURPOSE, &record.sealed_private).ok_or_else(wrong_master)?;
        let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &private).map_err(|_| damaged())?;
        // The published half must be the one of the private half, or nobody could verify what is signed.
        let kid = jwk::thumbprint(pair.public_key().as_ref());
        if pair.public_key().as_ref() != record.public_point || kid.as_deref() != Some(&record.kid) {
            return Err(damaged());
        }
        let header = format!(r#"{{"alg":"ES256","typ":"assertion+jwt","kid":"{}"}}"#, record.kid);
        Ok(Self { pair, header: URL_SAFE_NO_PAD.encode(header) + "." })
    }

    /// A compact JWS over `claims`.
    pub(super) fn sign(&self, claims: &impl Serialize) -> Result<String, KeyError> {
        let mut jwt = self.header.clone();
        URL_SAFE_NO_PAD.encode_string(serde_json::to_vec(claims).map_err(KeyError::Claims)?, &mut jwt);
        let signature = self.pair.sign(&SystemRandom::new(), jwt.as_bytes()).map_err(|_| KeyError::Crypto)?;
        jwt.push('.');
        URL_SAFE_NO_PAD.encode_string(signature, &mut jwt);
        Ok(jwt)
    }
}
