//! Certificates, and the encrypted half of a connection.
//!
//! Owns the set-up of TLS 1.2 and 1.3 with ALPN, and the choice among certificates by the name that a browser asks for. All of
//! them are replaced at once while connections are open: those keep theirs, new ones get the new. `files` reads PEM with words
//! that help whoever keeps it; `choice` chooses; `examination` looks at everything beforehand. Neighbours: `connection`; the
//! configuration names the files.

mod choice;
mod examination;
mod files;

use std::sync::Arc;

use arc_swap::ArcSwap;
use rustls::crypto::aws_lc_rs;
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
    not_after: Option<Timestamp>,
}

impl TlsAcceptorHolder {
    /// Reads certificates and keys; the first is for whoever names no host that another is for. A certificate that is out of
    /// its time at `now` is used all the same, with a warning: some clients may still be let through by hand, and none could
    /// be without it.
    ///
    /// # Errors
    /// Says which file, and what is wrong with it.
    pub fn load(all: &[TlsFiles], now: Timestamp) -> Result<Self, TlsError> {
        Ok(Self(ArcSwap::from_pointee(load(all, now)?)))
    }

    /// Reads the files again. Open connections keep what they have; tickets for resuming old sessions are void.
    ///
    /// # Errors
    /// As [`load`](Self::load); all of the old certificates stay.
    pub fn reload(&self, all: &[TlsFiles], now: Timestamp) -> Result<(), TlsError> {
        self.0.store(Arc::new(load(all, now)?));
        Ok(())
    }

    /// When the first of the certificates in use ends.
    pub fn not_after(&self) -> Option<Timestamp> {
        self.0.load().not_after
    }

    /// Shakes hands.
    pub(super) async fn accept(&self, socket: TcpStream) -> std::io::Result<TlsStream<TcpStream>> {
        TlsAcceptor::from(Arc::clone(&self.0.load().config)).accept(socket).await
    }
}

fn load(all: &[TlsFiles], now: Timestamp) -> Result<Loaded, TlsError> {
    let provider = Arc::new(aws_lc_rs::default_provider());
    let mut pairs = Vec::with_capacity(all.len());
    for files in all {
        let pair = files::read_pair(files, &provider)?;
        if let Some(fault) = files::fault_of_dates(&provider, &pair.cert, now) {
            tracing::warn!(file = %files.cert.display(), "browsers will not accept the certificate: {fault}");
        }
        pairs.push(Arc::new(pair));
    }
    let not_after = pairs.iter().filter_map(|pair| files::not_after(&provider, &pair.cert)).min();
    let choice = Choice::among(pairs).ok_or(TlsError::None)?;
    let mut config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(TlsError::Library)?
        .with_no_client_auth()
        .with_cert_resolver(Arc::new(choice));
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    config.ticketer = aws_lc_rs::Ticketer::new().map_err(TlsError::Library)?;
    Ok(Loaded { config: Arc::new(config), not_after })
}

#[cfg(test)]
mod tests;
