//! Which certificate a browser gets: the one for the name it asks for (SNI, RFC 6066, section 3).

use std::collections::HashMap;
use std::sync::Arc;

use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;

/// Certificates by the names in them. Of two for the same name the first is taken.
#[derive(Debug)]
pub(super) struct Choice {
    first: Arc<CertifiedKey>,
    exact: HashMap<String, Arc<CertifiedKey>>,
    /// By what follows `*.`, which stands for one label (RFC 6125, section 6.4.3).
    wildcard: HashMap<String, Arc<CertifiedKey>>,
}

impl Choice {
    /// A choice among all; `None` if there is nothing to choose.
    pub(super) fn among(all: Vec<Arc<CertifiedKey>>) -> Option<Self> {
        let first = Arc::clone(all.first()?);
        let mut choice = Self { first, exact: HashMap::new(), wildcard: HashMap::new() };
        for one in all {
            for name in names(&one) {
                let (names, name) = match name.strip_prefix("*.") {
                    Some(domain) => (&mut choice.wildcard, domain.to_owned()),
                    None => (&mut choice.exact, name),
                };
                names.entry(name).or_insert_with(|| Arc::clone(&one));
            }
        }
        Some(choice)
    }

    /// The certificate for `name`: one that says it in full, one with a wildcard for it, or the first of all.
    pub(super) fn find(&self, name: &str) -> &Arc<CertifiedKey> {
        let name = name.to_ascii_lowercase();
        let under = || self.wildcard.get(name.split_once('.')?.1);
        self.exact.get(&name).or_else(under).unwrap_or(&self.first)
    }
}

impl ResolvesServerCert for Choice {
    fn resolve(&self, hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(Arc::clone(hello.server_name().map_or(&self.first, |name| self.find(name))))
    }
}

/// The host names that a certificate is for, in lower case. Addresses are not among them: no browser asks for one.
pub(super) fn names(certified: &CertifiedKey) -> Vec<String> {
    let leaf = certified.cert.first().and_then(|leaf| webpki::EndEntityCert::try_from(leaf).ok());
    leaf.iter().flat_map(|leaf| leaf.valid_dns_names()).map(str::to_ascii_lowercase).collect()
}
