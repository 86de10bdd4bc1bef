//! A certificate and its key, out of their files.

use std::path::{Path, PathBuf};
use std::time::Duration;

use rustls::client::verify_server_cert_signed_by_trust_anchor;
use rustls::crypto::CryptoProvider;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::sign::CertifiedKey;
use rustls::{CertificateError, RootCertStore};
use zeroize::Zeroizing;

use crate::config::TlsFiles;
use crate::domain::Timestamp;

/// Why a certificate can't be used.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// A file can't be read.
    #[error("can't read {}: {source}; name a file that Portero may read", file.display())]
    Unreadable {
        /// Which.
        file: PathBuf,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
    /// A file is not PEM.
    #[error("{} is not PEM: {}; write it anew, with lines from BEGIN to END", file.display(), fault)]
    NotPem {
        /// Which.
        file: PathBuf,
        /// What is wrong, in words that hold no bytes of the file.
        fault: &'static str,
    },
    /// No certificate in the certificate file.
    #[error("{} holds no certificate; a chain in PEM (BEGIN CERTIFICATE) is needed, the server's own first", file.display())]
    NoCertificate {
        /// Which.
        file: PathBuf,
    },
    /// No key in the key file.
    #[error("{} holds no private key; one in PEM (BEGIN PRIVATE KEY) is needed", file.display())]
    NoKey {
        /// Which.
        file: PathBuf,
    },
    /// The key is under a passphrase.
    #[error(
        "the private key in {} is encrypted; write it without passphrase (openssl pkey -in KEY -out NEW) and guard the file",
        file.display()
    )]
    EncryptedKey {
        /// Which.
        file: PathBuf,
    },
    /// Certificate and key are not a pair.
    #[error(
        "the private key in {} does not belong to the first certificate in {}; name the two that were made for each other",
        key.display(), cert.display()
    )]
    NotAPair {
        /// The certificate file.
        cert: PathBuf,
        /// The key file.
        key: PathBuf,
    },
    /// No browser would accept it now, and one in use is accepted.
    #[error("the new certificate in {} may not replace one that is still valid: {fault}", cert.display())]
    OutOfTime {
        /// The certificate file.
        cert: PathBuf,
        /// What is wrong with its dates.
        fault: String,
    },
    /// The library can't use them.
    #[error("can't use the certificate in {} with the key in {}: {source}", cert.display(), key.display())]
    Unusable {
        /// The certificate file.
        cert: PathBuf,
        /// The key file.
        key: PathBuf,
        /// What is wrong.
        #[source]
        source: rustls::Error,
    },
    /// There is none.
    #[error("no certificate is named in server.tls")]
    None,
    /// The library refuses its own defaults.
    #[error("TLS can't be set up")]
    Library(#[source] rustls::Error),
}

/// What is wrong with the text of a PEM file, without its bytes: they may be a key's.
const fn pem_fault(error: &rustls::pki_types::pem::Error) -> &'static str {
    use rustls::pki_types::pem::Error;
    match error {
        Error::MissingSectionEnd { .. } => "a line -----END … is missing, so it may have been cut off",
        Error::IllegalSectionStart { .. } => "a line -----BEGIN … is not whole",
        Error::Base64Decode(_) => "between its lines BEGIN and END there is something else than base64",
        Error::SectionTooLarge => "a part is too large",
        _ => "it cannot be read",
    }
}

/// Reads a certificate with its chain, and the key that belongs to it.
///
/// # Errors
/// Says which file, and what is wrong with it.
pub(super) fn read_pair(files: &TlsFiles, provider: &CryptoProvider) -> Result<CertifiedKey, TlsError> {
    let TlsFiles { cert, key, .. } = files;
    CertifiedKey::from_der(read_chain(cert)?, read_key(key)?, provider).map_err(|error| match error {
        rustls::Error::InconsistentKeys(_) => TlsError::NotAPair { cert: cert.clone(), key: key.clone() },
        source => TlsError::Unusable { cert: cert.clone(), key: key.clone(), source },
    })
}

fn read_chain(file: &Path) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let pem = read(file)?;
    let chain: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&pem).collect();
    let chain = chain.map_err(|source| TlsError::NotPem { file: file.to_owned(), fault: pem_fault(&source) })?;
    if chain.is_empty() { Err(TlsError::NoCertificate { file: file.to_owned() }) } else { Ok(chain) }
}

fn read_key(file: &Path) -> Result<PrivateKeyDer<'static>, TlsError> {
    let pem = read(file)?;
    PrivateKeyDer::from_pem_slice(&pem).map_err(|error| match error {
        rustls::pki_types::pem::Error::NoItemsFound if is_encrypted(&pem) => {
            TlsError::EncryptedKey { file: file.to_owned() }
        }
        rustls::pki_types::pem::Error::NoItemsFound => TlsError::NoKey { file: file.to_owned() },
        source => TlsError::NotPem { file: file.to_owned(), fault: pem_fault(&source) },
    })
}

fn is_encrypted(pem: &[u8]) -> bool {
    String::from_utf8_lossy(pem).contains("ENCRYPTED")
}

fn read(file: &Path) -> Result<Zeroizing<Vec<u8>>, TlsError> {
    let read = std::fs::read(file).map(Zeroizing::new);
    read.map_err(|source| TlsError::Unreadable { file: file.to_owned(), source })
}

/// What is wrong with the first certificate's dates. A verifier is asked, whose first look is at the dates; what it finds wrong
/// later (it knows no issuer) doesn't matter here.
pub(super) fn fault_of_dates(
    provider: &CryptoProvider,
    chain: &[CertificateDer<'_>],
    now: Timestamp,
) -> Option<String> {
    let now = UnixTime::since_unix_epoch(Duration::from_secs(u64::try_from(now.as_second()).unwrap_or(0)));
    let verdict = judge(provider, chain, now)?;
    let when = |time: UnixTime| {
        let time = i64::try_from(time.as_secs()).ok().and_then(|secs| Timestamp::from_second(secs).ok());
        time.map_or_else(|| "a time past reckoning".to_owned(), |time| time.to_string())
    };
    match verdict {
        Err(rustls::Error::InvalidCertificate(CertificateError::ExpiredContext { not_after, .. })) => {
            Some(format!("it expired at {}", when(not_after)))
        }
        Err(rustls::Error::InvalidCertificate(CertificateError::NotValidYetContext { not_before, .. })) => {
            Some(format!("it is not valid before {}", when(not_before)))
        }
        _ => None,
    }
}

/// When the first certificate of a chain ends: a verifier that is asked at the end of time tells.
pub(super) fn not_after(provider: &CryptoProvider, chain: &[CertificateDer<'_>]) -> Option<Timestamp> {
    let end_of_time = UnixTime::since_unix_epoch(Duration::from_secs(u64::MAX));
    match judge(provider, chain, end_of_time)? {
        Err(rustls::Error::InvalidCertificate(CertificateError::ExpiredContext { not_after, .. })) => {
            i64::try_from(not_after.as_secs()).ok().and_then(|secs| Timestamp::from_second(secs).ok())
        }
        _ => None,
    }
}

/// What a verifier that knows no issuer says of the first certificate; `None` if it is none.
fn judge(provider: &CryptoProvider, chain: &[CertificateDer<'_>], now: UnixTime) -> Option<Result<(), rustls::Error>> {
    let leaf = ParsedCertificate::try_from(chain.first()?).ok()?;
    let algorithms = provider.signature_verification_algorithms.all;
    Some(verify_server_cert_signed_by_trust_anchor(&leaf, &RootCertStore::empty(), &[], now, algorithms))
}
