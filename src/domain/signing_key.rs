//! Signing keys as the store keeps them: the public half in clear, the private half sealed.

use serde::{Deserialize, Serialize};

use super::Timestamp;

/// One ES256 key pair.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SigningKeyRecord {
    /// The `kid`: RFC 7638 thumbprint of the public key.
    pub kid: String,
    /// The public key as an uncompressed P-256 point (65 bytes).
    pub public_point: Vec<u8>,
    /// The private key in PKCS #8, sealed by the installation's master key.
    pub sealed_private: Vec<u8>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it stopped signing; published until `retired_at` plus the longest life of what it signed.
    pub retired_at: Option<Timestamp>,
}
