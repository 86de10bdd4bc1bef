//! TLS towards applications: whom a connection is shaken hands with, and why not.
//!
//! Certificate and name are always verified; there is no switch against it. Who may vouch is either named with the
//! application (`ca`) or the system's choice. A certificate that stands in `ca` itself is trusted as that one server's,
//! also where it calls itself an authority, as self-signed ones mostly do. Neighbours: `target` makes one [`Encryption`]
//! for each server, `dial` uses it, `error` carries the words.

use std::io;
use std::sync::Arc;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{WebPkiServerVerifier, verify_server_name};
use rustls::crypto::{CryptoProvider, aws_lc_rs};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{
    AlertDescription, CertificateError, ClientConfig, DigitallySignedStruct, Error, RootCertStore, SignatureScheme,
};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use super::error::ProxyError;
use super::target::InvalidTarget;
use crate::config::{Authorities, UpstreamProtocol};
use crate::domain::Timestamp;

/// How connections to one server are encrypted.
#[derive(Debug)]
pub(super) struct Encryption {
    config: Arc<ClientConfig>,
    name: ServerName<'static>,
    protocol: UpstreamProtocol,
}

/// What the servers of an application have in common.
///
/// # Errors
/// [`InvalidTarget::NoAuthorities`], [`InvalidTarget::Tls`]
pub(super) fn client_config(
    authorities: Option<&Authorities>,
    protocol: UpstreamProtocol,
) -> Result<Arc<ClientConfig>, InvalidTarget> {
    let provider = Arc::new(aws_lc_rs::default_provider());
    let builder = ClientConfig::builder_with_provider(Arc::clone(&provider)).with_safe_default_protocol_versions()?;
    let mut config = match authorities {
        None => builder.with_root_certificates(system_authorities()?).with_no_client_auth(),
        // What rustls calls dangerous is bringing a verifier of one's own.
        Some(authorities) => builder
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(Verifier::new(authorities, provider)?))
            .with_no_client_auth(),
    };
    config.alpn_protocols = vec![alpn(protocol).to_vec()];
    Ok(Arc::new(config))
}

/// What a protocol is called in a handshake (RFC 7301).
const fn alpn(protocol: UpstreamProtocol) -> &'static [u8] {
    match protocol {
        UpstreamProtocol::Http1 => b"http/1.1",
        UpstreamProtocol::Http2 => b"h2",
    }
}

fn system_authorities() -> Result<RootCertStore, InvalidTarget> {
    let mut store = RootCertStore::empty();
    let found = rustls_native_certs::load_native_certs();
    store.add_parsable_certificates(found.certs);
    if store.is_empty() { Err(InvalidTarget::NoAuthorities) } else { Ok(store) }
}

impl Encryption {
    /// Connections to a server whose certificate has to be for `name`.
    pub(super) const fn new(config: Arc<ClientConfig>, name: ServerName<'static>, protocol: UpstreamProtocol) -> Self {
        Self { config, name, protocol }
    }

    /// Shakes hands over `stream`; `upstream` is for messages.
    ///
    /// # Errors
    /// [`ProxyError::Tls`]
    pub(super) async fn shake(&self, stream: TcpStream, upstream: &str) -> Result<TlsStream<TcpStream>, ProxyError> {
        let refused = |what, source| ProxyError::Tls { upstream: upstream.to_owned(), what, source };
        let connector = TlsConnector::from(Arc::clone(&self.config));
        let stream = connector
            .connect(self.name.clone(), stream)
            .await
            .map_err(|error| refused(explain(&error, self.protocol), error))?;
        let agreed = stream.get_ref().1.alpn_protocol();
        // Over HTTP/1 an answer without ALPN is as good: older servers know none.
        if self.protocol == UpstreamProtocol::Http2 && agreed != Some(alpn(self.protocol)) {
            return Err(refused(NO_HTTP2.to_owned(), io::ErrorKind::Unsupported.into()));
        }
        Ok(stream)
    }
}

const NO_HTTP2: &str =
    "it does not agree to speak HTTP/2 (ALPN); write upstream_protocol = \"http1\", or turn HTTP/2 on there";

/// What went wrong, and what to do about it.
fn explain(error: &io::Error, protocol: UpstreamProtocol) -> String {
    let Some(fault) = error.get_ref().and_then(|inner| inner.downcast_ref::<Error>()) else {
        return match error.kind() {
            io::ErrorKind::UnexpectedEof => {
                "it hung up in the midst of the handshake; write http:// if it speaks no TLS".to_owned()
            }
            _ => format!("the handshake broke off: {error}"),
        };
    };
    match fault {
        Error::InvalidCertificate(fault) => explain_certificate(fault),
        Error::InvalidMessage(_) => "what it answers is no TLS; write http:// if it speaks none".to_owned(),
        Error::AlertReceived(AlertDescription::NoApplicationProtocol) if protocol == UpstreamProtocol::Http2 => {
            NO_HTTP2.to_owned()
        }
        Error::AlertReceived(alert) => format!("it refused the handshake ({alert:?}); its own log may say why"),
        Error::PeerIncompatible(_) => format!("it has no safe way to encrypt in common, TLS 1.2 at least: {fault}"),
        fault => fault.to_string(),
    }
}

fn explain_certificate(fault: &CertificateError) -> String {
    match fault {
        // The latter comes of an authority that was made anew under its old name.
        CertificateError::UnknownIssuer | CertificateError::BadSignature => {
            "its certificate is signed by nobody who is trusted here; name the authority that signed it (or the \
             certificate itself, if it signed itself) in the application's `ca`"
                .to_owned()
        }
        CertificateError::ExpiredContext { not_after, .. } => {
            format!("its certificate expired at {}; renew it there", when(*not_after))
        }
        CertificateError::NotValidYetContext { not_before, .. } => {
            format!("its certificate is not valid before {}; is the clock right, here and there?", when(*not_before))
        }
        CertificateError::NotValidForNameContext { expected, presented } => format!(
            "its certificate is not for {} but for {}; set the application's `server_name` to what it is for, or have \
             it issued anew",
            expected.to_str(),
            if presented.is_empty() { "no name at all".to_owned() } else { presented.join(", ") },
        ),
        fault if is_authority(fault) => {
            "its certificate is that of an authority; name this very certificate in the application's `ca`".to_owned()
        }
        fault => format!("its certificate is refused: {fault}"),
    }
}

fn when(time: UnixTime) -> String {
    let time = i64::try_from(time.as_secs()).ok().and_then(|secs| Timestamp::from_second(secs).ok());
    time.map_or_else(|| "a time past reckoning".to_owned(), |time| time.to_string())
}

/// Whether a certificate was refused for nothing but calling itself an authority. It was within its time then: that is
/// looked at before.
fn is_authority(fault: &CertificateError) -> bool {
    let CertificateError::Other(other) = fault else { return false };
    matches!(other.0.downcast_ref::<webpki::Error>(), Some(webpki::Error::CaUsedAsEndEntity))
}

/// Verifies as everybody does, but for servers whose very certificate is trusted.
#[derive(Debug)]
struct Verifier {
    ordinary: Arc<WebPkiServerVerifier>,
    authorities: Authorities,
}

impl Verifier {
    fn new(authorities: &Authorities, provider: Arc<CryptoProvider>) -> Result<Self, InvalidTarget> {
        let mut roots = RootCertStore::empty();
        for certificate in authorities.certificates() {
            roots.add(certificate.clone())?;
        }
        let ordinary = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider)
            .build()
            .map_err(|error| Error::General(error.to_string()))?;
        Ok(Self { ordinary, authorities: authorities.clone() })
    }
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        match self.ordinary.verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now) {
            Err(Error::InvalidCertificate(fault))
                if is_authority(&fault) && self.authorities.certificates().contains(end_entity) =>
            {
                verify_server_name(&ParsedCertificate::try_from(end_entity)?, server_name)?;
                Ok(ServerCertVerified::assertion())
            }
            verdict => verdict,
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.ordinary.verify_tls12_signature(message, cert, signed)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.ordinary.verify_tls13_signature(message, cert, signed)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.ordinary.supported_verify_schemes()
    }
}
