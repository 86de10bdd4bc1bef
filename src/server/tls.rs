//! Certificates, and the encrypted half of a connection.
//!
//! Owns the set-up of TLS 1.2 and 1.3 with ALPN, and the choice among certificates by the name that a browser asks for. All of
//! them are replaced at once while connections are open: those keep theirs, new ones get the new. `files` reads PEM with words
//! that help whoever keeps it; `choice` chooses; `examination` looks at everything beforehand. Neighbours: `connection`; the
//! configuration names the files.

mod choice;
mod examination;
mod files;

use std::path::PathBuf;
use std::sync::Arc;

use arc_swap::ArcSwap;
use rustls::crypto::{CryptoProvider, aws_lc_rs};
use rustls::sign::CertifiedKey;
use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

use self::choice::Choice;
use crate::config::TlsFiles;
use crate::domain::Timestamp;

pub use self::examination::{Examined, examine};
pub use self::files::TlsError;

/// What encrypts new connections, replaceable while it is in use.
#[derive(Debug)]
pub struct TlsAcceptorHolder(ArcSwap<Loaded>);

/// Certificates in use.
#[derive(Debug)]
struct Loaded {
    config: Arc<rustls::ServerConfig>,
    pairs: Vec<(PathBuf, Arc<CertifiedKey>)>,
    served: Vec<Served>,
}

/// A certificate in use, as it is told in the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Served {
    /// Its file.
    pub file: PathBuf,
    /// The host names that it is for, in lower case; addresses are not among them.
    pub names: Vec<String>,
    /// When it ends.
    pub not_after: Option<Timestamp>,
}

impl TlsAcceptorHolder {
    /// Reads certificates and keys; the first is for whoever names no host that another is for. A certificate that is out of
    /// its time is used all the same: some clients may still be let through by hand, and none could be without it.
    /// [`examine`] tells of it.
    ///
    /// # Errors
    /// Says which file, and what is wrong with it.
    pub fn load(all: &[TlsFiles]) -> Result<Self, TlsError> {
        Ok(Self(ArcSwap::from_pointee(load(all)?)))
    }

    /// Reads the files again. Open connections keep what they have; tickets for resuming old sessions are void.
    ///
    /// # Errors
    /// As [`load`](Self::load), and [`TlsError::OutOfTime`] if one came that is out of its time at `now`, while one in use is still
    /// within it; all of the old certificates stay.
    pub fn reload(&self, all: &[TlsFiles], now: Timestamp) -> Result<(), TlsError> {
        let new = load(all)?;
        new.may_replace(&self.0.load(), now)?;
        self.0.store(Arc::new(new));
        Ok(())
    }

    /// The certificates in use, in the order of the configuration.
    pub fn served(&self) -> Vec<Served> {
        self.0.load().served.clone()
    }

    /// When the first of the certificates in use ends.
    pub fn not_after(&self) -> Option<Timestamp> {
        self.0.load().served.iter().filter_map(|one| one.not_after).min()
    }

    /// Shakes hands.
    pub(super) async fn accept(&self, socket: TcpStream) -> std::io::Result<TlsStream<TcpStream>> {
        TlsAcceptor::from(Arc::clone(&self.0.load().config)).accept(socket).await
    }
}

impl Loaded {
    /// Whether these are better than the `old` ones: one that came and that no browser accepts must not take the place of one that
    /// browsers accept.
    fn may_replace(&self, old: &Self, now: Timestamp) -> Result<(), TlsError> {
        let provider = aws_lc_rs::default_provider();
        let fault = |pair: &CertifiedKey| files::fault_of_dates(&provider, &pair.cert, now);
        if old.pairs.iter().all(|(_, pair)| fault(pair).is_some()) {
            return Ok(());
        }
        let is_new = |pair: &CertifiedKey| !old.pairs.iter().any(|(_, known)| known.cert == pair.cert);
        let bad =
            self.pairs.iter().filter(|(_, pair)| is_new(pair)).find_map(|(file, pair)| Some((file, fault(pair)?)));
        bad.map_or(Ok(()), |(cert, fault)| Err(TlsError::OutOfTime { cert: cert.clone(), fault }))
    }
}

fn load(all: &[TlsFiles]) -> Result<Loaded, TlsError> {
    let provider = Arc::new(aws_lc_rs::default_provider());
    let mut pairs = Vec::with_capacity(all.len());
    for files in all {
        pairs.push((files.cert.clone(), Arc::new(files::read_pair(files, &provider)?)));
    }
    let served = pairs.iter().map(|(file, pair)| served(file.clone(), pair, &provider)).collect();
    let choice = Choice::among(pairs.iter().map(|(_, pair)| Arc::clone(pair)).collect()).ok_or(TlsError::None)?;
    let mut config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(TlsError::Library)?
        .with_no_client_auth()
        .with_cert_resolver(Arc::new(choice));
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    config.ticketer = aws_lc_rs::Ticketer::new().map_err(TlsError::Library)?;
    Ok(Loaded { config: Arc::new(config), pairs, served })
}

fn served(file: PathBuf, pair: &CertifiedKey, provider: &CryptoProvider) -> Served {
    Served { file, names: choice::names(pair), not_after: files::not_after(provider, &pair.cert) }
}

#[cfg(test)]
mod tests;
