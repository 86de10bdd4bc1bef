//! Certificate authorities that the configuration names: read with it, so that both are taken over at once.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;

use super::entry::Entry;

/// The certificates of a bundle; at least one, and each may vouch for others. Cheap to clone.
#[derive(Clone, PartialEq, Eq)]
pub struct Authorities {
    file: PathBuf,
    certificates: Arc<[CertificateDer<'static>]>,
}

impl Authorities {
    /// Where they were read.
    pub fn file(&self) -> &Path {
        &self.file
    }

    /// The certificates, in the order of the file.
    pub fn certificates(&self) -> &[CertificateDer<'static>] {
        &self.certificates
    }

    /// Reads a bundle in PEM. What else stands in the text is passed over.
    ///
    /// # Errors
    /// What is wrong with it, in words that follow the name of the file.
    pub fn parse(file: PathBuf, text: &str) -> Result<Self, String> {
        let certificates: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(text.as_bytes()).collect();
        let certificates = certificates.map_err(|error| format!("is not PEM: {error}"))?;
        if certificates.is_empty() {
            return Err("holds no certificate in PEM (BEGIN CERTIFICATE)".to_owned());
        }
        let mut store = RootCertStore::empty();
        for (index, certificate) in certificates.iter().enumerate() {
            let place = index + 1;
            store.add(certificate.clone()).map_err(|error| {
                format!("holds a certificate (number {place}) that nothing can be checked against: {error}")
            })?;
        }
        Ok(Self { file, certificates: certificates.into() })
    }
}

impl fmt::Debug for Authorities {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Authorities").field("file", &self.file).field("certificates", &self.certificates.len()).finish()
    }
}

impl<'r> Entry<'r> {
    /// The path of a file with certificates, and what is in it.
    pub(super) fn authorities(&self) -> Option<Authorities> {
        const HOW: &str = "write the path of a PEM file with the certificate of the authority that signed the \
             application's (openssl x509 -inform der turns DER into PEM)";
        let file = self.path()?;
        let text = match self.reader.context.surroundings.file(&file) {
            Ok(text) => text,
            Err(error) => return self.fault(format!("{} cannot be read: {error}", file.display()), HOW),
        };
        let name = file.display().to_string();
        Authorities::parse(file, &text).map(Some).unwrap_or_else(|what| self.fault(format!("{name} {what}"), HOW))
    }
}
