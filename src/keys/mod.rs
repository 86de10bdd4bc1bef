//! Signing keys, and the key that seals what may not be read at rest.
//!
//! * [`MasterKey`] seals and opens; it comes from the configuration or from a file that only Portero may read.
//! * [`Keys`] signs assertions with the present ES256 key and publishes every key whose signatures may still be about.
//!
//! Readers never lock: the keys are one immutable value, swapped whole by [`Keys::rotate`], [`Keys::reload`] and
//! [`Keys::purge`]. Private keys leave this room sealed, never in clear. What an assertion says is decided by its callers;
//! [`AssertionClaims`] only fixes the names.

mod assertion;
mod jwk;
mod master;
mod pair;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use serde::Serialize;
use tokio::sync::Mutex;

pub use assertion::AssertionClaims;
pub use master::MasterKey;

use crate::clock::Clock;
use crate::domain::Timestamp;
use crate::domain::signing_key::SigningKeyRecord;
use crate::random::Random;
use crate::store::{SigningKeys, StoreError};
use pair::SigningPair;

/// Why keys could not be loaded, made or used.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// The configured master key is not 32 bytes in base64.
    #[error("store.master_key is not a key; write 32 random bytes in base64, such as `openssl rand -base64 32` makes")]
    BadConfiguredKey,
    /// The master key's file does not hold one.
    #[error("{path} does not hold a master key (32 bytes in base64); put back the file that belongs to this store")]
    BadKeyFile {
        /// The file.
        path: PathBuf,
    },
    /// Others may read or write the master key's file.
    #[error("{path} may be used by others (mode {mode:04o}); run: chmod 600 '{path}'")]
    ExposedKeyFile {
        /// The file.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// The master key's file cannot be read or made.
    #[error("the master key's file {path} cannot be read or made")]
    KeyFile {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// A stored signing key was sealed by another master key, or has been tampered with.
    #[error(
        "the signing key {kid} was not sealed by the master key in {master}; put back there the one that belongs to this store, or, if it is lost for good, run `portero key rotate` and then type the passwords of mail servers again with `portero org mail-server`"
    )]
    WrongMasterKey {
        /// Which key.
        kid: String,
        /// Where the master key that does not fit comes from.
        master: String,
    },
    /// The master key's file is gone, and there is something that it sealed.
    #[error(
        "the master key {path} is not there, but the store beside it holds signing keys that it sealed; put it back (mode 0600), or, if it is lost for good, run `portero key rotate`, which makes a new one, and then type the passwords of mail servers again with `portero org mail-server`"
    )]
    LostMasterKey {
        /// The file.
        path: PathBuf,
    },
    /// A stored signing key is not one.
    #[error("the stored signing key {kid} is damaged; replace it")]
    BadRecord {
        /// Which key.
        kid: String,
    },
    /// No stored key may sign: all are retired.
    #[error("every stored signing key is retired; replace the signing key")]
    NoneSigns,
    /// The claims cannot be written as JSON.
    #[error("the claims cannot be written as JSON")]
    Claims(#[source] serde_json::Error),
    /// The cryptographic library failed.
    #[error("the cryptographic library failed")]
    Crypto,
    /// See [`StoreError`].
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl KeyError {
    /// A stable code for logs and metrics.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::BadConfiguredKey => "key_configured",
            Self::BadKeyFile { .. } => "key_file_malformed",
            Self::ExposedKeyFile { .. } => "key_file_exposed",
            Self::KeyFile { .. } => "key_file_io",
            Self::WrongMasterKey { .. } => "key_wrong_master",
            Self::LostMasterKey { .. } => "key_lost_master",
            Self::BadRecord { .. } => "key_record",
            Self::NoneSigns => "key_none_signs",
            Self::Claims(_) => "key_claims",
            Self::Crypto => "key_crypto",
            Self::Store(error) => error.code(),
        }
    }
}

/// A signing key as people are shown it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct KeyInfo {
    /// Its `kid`: the RFC 7638 thumbprint.
    pub kid: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it stopped signing; `None` for the one that signs.
    pub retired_at: Option<Timestamp>,
}

/// The signing keys.
pub struct Keys {
    ring: ArcSwap<Ring>,
    /// Held from reading the store to swapping, so that an older state never replaces a newer one.
    reloading: Mutex<()>,
}

/// One state of the keys.
struct Ring {
    kid: Arc<str>,
    signing: SigningPair,
    jwks: Arc<str>,
    known: Vec<KeyInfo>,
}

impl Keys {
    /// Loads the keys, making the first one if there is none. Of many Porteros starting at once on one store, all end up with
    /// the same.
    ///
    /// # Errors
    /// [`KeyError`]
    pub async fn load(
        store: &dyn SigningKeys,
        master: &MasterKey,
        clock: &dyn Clock,
        random: &dyn Random,
    ) -> Result<Self, KeyError> {
        let mut records = store.signing_keys().await?;
        if records.is_empty() {
            records = store.ensure_signing_key(pair::generate(master, clock.now(), random)?).await?;
        }
        Ok(Self { ring: ArcSwap::from_pointee(Ring::of(&records, master)?), reloading: Mutex::const_new(()) })
    }

    /// Makes a new key and signs with it from now on; the old ones stay published. Returns the new `kid`.
    ///
    /// # Errors
    /// [`KeyError`]; the old key then goes on signing here.
    pub async fn rotate(
        &self,
        store: &dyn SigningKeys,
        master: &MasterKey,
        clock: &dyn Clock,
        random: &dyn Random,
    ) -> Result<String, KeyError> {
        let kid = replace_signing_key(store, master, clock, random).await?;
        self.reload(store, master).await?;
        Ok(kid)
    }

    /// Takes over what the store holds now, such as a key that another Portero made.
    ///
    /// # Errors
    /// [`KeyError`]; the present keys then stay.
    pub async fn reload(&self, store: &dyn SigningKeys, master: &MasterKey) -> Result<(), KeyError> {
        let _reloading = self.reloading.lock().await;
        let ring = Ring::of(&store.signing_keys().await?, master)?;
        self.ring.store(Arc::new(ring));
        Ok(())
    }

    /// Removes keys that retired longer than `longest_life` (of what they signed) ago. Returns how many.
    ///
    /// # Errors
    /// [`KeyError`]
    pub async fn purge(
        &self,
        store: &dyn SigningKeys,
        master: &MasterKey,
        clock: &dyn Clock,
        longest_life: Duration,
    ) -> Result<u64, KeyError> {
        let before = clock.now().checked_sub(longest_life).unwrap_or(Timestamp::MIN);
        let removed = store.purge_signing_keys(before).await?;
        if removed > 0 {
            self.reload(store, master).await?;
        }
        Ok(removed)
    }

    /// Signs `claims` as a compact JWT (RFC 7515, 7519): ES256, `typ` `assertion+jwt`.
    ///
    /// # Errors
    /// [`KeyError::Claims`] if they are no JSON object in the making, [`KeyError::Crypto`].
    pub fn sign_assertion(&self, claims: &impl Serialize) -> Result<String, KeyError> {
        self.ring.load().signing.sign(claims)
    }

    /// The published keys as a JSON Web Key Set (RFC 7517), the one that signs first.
    pub fn jwks(&self) -> Arc<str> {
        Arc::clone(&self.ring.load().jwks)
    }

    /// Whether `kid` is that of the key that signs.
    pub fn signs_with(&self, kid: &str) -> bool {
        *self.ring.load().kid == *kid
    }

    /// The `kid` of the key that signs.
    pub fn current_kid(&self) -> Arc<str> {
        Arc::clone(&self.ring.load().kid)
    }

    /// The published keys, the one that signs first.
    pub fn list(&self) -> Vec<KeyInfo> {
        self.ring.load().known.clone()
    }
}

/// Makes a new signing key in the store and retires the others, without opening them: the way out when the master key they
/// were sealed with is lost. Returns the new `kid`.
///
/// # Errors
/// [`KeyError`]
pub async fn replace_signing_key(
    store: &dyn SigningKeys,
    master: &MasterKey,
    clock: &dyn Clock,
    random: &dyn Random,
) -> Result<String, KeyError> {
    let now = clock.now();
    let record = pair::generate(master, now, random)?;
    let kid = record.kid.clone();
    store.rotate_signing_key(record, now).await?;
    Ok(kid)
}

/// That this master key opens the keys that may sign.
///
/// # Errors
/// [`KeyError::WrongMasterKey`], [`KeyError::BadRecord`]
pub fn check_sealed(records: &[SigningKeyRecord], master: &MasterKey) -> Result<(), KeyError> {
    let mut signing = records.iter().filter(|record| record.retired_at.is_none());
    signing.try_for_each(|record| SigningPair::open(record, master).map(drop))
}

impl Ring {
    fn of(records: &[SigningKeyRecord], master: &MasterKey) -> Result<Self, KeyError> {
        // Of several that are not retired (which no store should have), the newest signs: they come newest first.
        let signing = records.iter().find(|record| record.retired_at.is_none()).ok_or(KeyError::NoneSigns)?;
        let others = records.iter().filter(|record| record.kid != signing.kid);
        let published: Vec<&SigningKeyRecord> = std::iter::once(signing).chain(others).collect();
        let known = published.iter().map(|record| KeyInfo {
            kid: record.kid.clone(),
            created_at: record.created_at,
            retired_at: record.retired_at,
        });
        Ok(Self {
            kid: signing.kid.as_str().into(),
            signing: SigningPair::open(signing, master)?,
            jwks: jwk::set(&published)?.into(),
            known: known.collect(),
        })
    }
}

#[cfg(test)]
mod tests;
