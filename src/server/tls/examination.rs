//! What can be said of certificates before anybody is served with them.

use std::io;

use rustls::client::verify_server_name;
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::server::ParsedCertificate;

use super::files::{TlsError, fault_of_dates, read_pair};
use crate::config::{Config, Place};
use crate::domain::Timestamp;

/// What was found; each with the place of the certificate in the configuration.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Examined {
    /// What keeps Portero from starting.
    pub faults: Vec<(Place, String)>,
    /// What browsers will stumble over, or what could not be looked at.
    pub notices: Vec<(Place, String)>,
}

/// Reads every certificate and key that `config` names: whether they belong together, are within their time at `now`, and
/// cover the hosts that are served.
pub fn examine(config: &Config, now: Timestamp) -> Examined {
    let provider = aws_lc_rs::default_provider();
    let hosts = hosts(config);
    let mut examined = Examined::default();
    let mut chains = Vec::new();
    for files in &config.server.tls {
        let (place, cert) = (files.place, files.cert.display());
        let pair = match read_pair(files, &provider) {
            Ok(pair) => pair,
            Err(error) => {
                let found = if is_forbidden(&error) { &mut examined.notices } else { &mut examined.faults };
                found.push((place, error.to_string()));
                continue;
            }
        };
        if let Some(fault) = fault_of_dates(&provider, &pair.cert, now) {
            examined.notices.push((place, format!("browsers will not accept the certificate in {cert}: {fault}")));
        }
        if !hosts.iter().any(|host| covers(&pair.cert, host)) {
            examined.notices.push((place, format!("the certificate in {cert} is for no host that is served here")));
        }
        chains.push(pair.cert);
    }
    // One that could not be read may be for them.
    if let Some(first) = config.server.tls.first()
        && chains.len() == config.server.tls.len()
    {
        let bare = hosts.iter().filter(|host| !chains.iter().any(|chain| covers(chain, host)));
        let notice =
            |host| (first.place, format!("no certificate is for {host}; browsers will warn whoever goes there"));
        examined.notices.extend(bare.map(notice));
    }
    examined
}

/// Whoever checks a file need not be the one who serves it.
fn is_forbidden(error: &TlsError) -> bool {
    matches!(error, TlsError::Unreadable { source, .. } if source.kind() == io::ErrorKind::PermissionDenied)
}

/// The portal's host and those of the applications, each once.
fn hosts(config: &Config) -> Vec<&str> {
    let applications = config.applications.iter().filter_map(|application| application.host.as_deref());
    let mut hosts: Vec<&str> = std::iter::once(config.portal.origin.host.as_str()).chain(applications).collect();
    let mut seen = std::collections::HashSet::new();
    hosts.retain(|host| seen.insert(*host));
    hosts
}

fn covers(chain: &[CertificateDer<'_>], host: &str) -> bool {
    let leaf = chain.first().and_then(|leaf| ParsedCertificate::try_from(leaf).ok());
    let name = ServerName::try_from(host.trim_start_matches('[').trim_end_matches(']')).ok();
    leaf.zip(name).is_some_and(|(leaf, name)| verify_server_name(&leaf, &name).is_ok())
}
