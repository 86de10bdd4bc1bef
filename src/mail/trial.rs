//! Trying a mail server, step by step, so that what is wrong can be told precisely.
//!
//! ```text
//! name → connection → greeting → TLS → user name and password → sender → recipient → message
//! ```

use std::time::Duration;

use lettre::Message;
use lettre::address::Envelope;
use lettre::transport::smtp::Error;
use lettre::transport::smtp::authentication::{Credentials, DEFAULT_MECHANISMS};
use lettre::transport::smtp::client::{AsyncSmtpConnection, TlsParameters};
use lettre::transport::smtp::commands::{Data, Mail, Rcpt};
use lettre::transport::smtp::extension::ClientId;
use rustls::CertificateError;
use secrecy::ExposeSecret;
use tokio::net::TcpStream;

use super::transport::told;
use crate::config::{MailEncryption, SmtpConfig};
use crate::domain::mail::{MailFault, MailTrouble};

/// How long a whole trial may take.
const PATIENCE: Duration = Duration::from_secs(15);

/// Sends `message` through `server`, once.
pub(super) async fn run(server: &SmtpConfig, hello: &str, message: &Message) -> Result<(), MailTrouble> {
    match tokio::time::timeout(PATIENCE, steps(server, hello, message)).await {
        Ok(outcome) => outcome,
        Err(_) => Err(MailTrouble::new(MailFault::TimedOut, "")),
    }
}

async fn steps(server: &SmtpConfig, hello: &str, message: &Message) -> Result<(), MailTrouble> {
    let host = server.host.trim_matches(['[', ']']);
    let addresses: Vec<_> = tokio::net::lookup_host((host, server.port))
        .await
        .map_err(|error| MailTrouble::new(MailFault::Dns, &error.to_string()))?
        .collect();
    // Connected once by hand: only here a refusal can be told from a server that breaks off.
    TcpStream::connect(addresses.as_slice())
        .await
        .map_err(|error| MailTrouble::new(MailFault::Connect, &error.to_string()))?;
    let tls = || TlsParameters::new_rustls(host.to_owned()).map_err(|error| tls_trouble(&error));
    let hello = ClientId::Domain(hello.to_owned());
    let wrapped = if server.tls == MailEncryption::Implicit { Some(tls()?) } else { None };
    let greeted = AsyncSmtpConnection::connect_tokio1(addresses.as_slice(), None, &hello, wrapped, None).await;
    let mut connection = greeted.map_err(|error| match tls_fault(&error) {
        Some(_) => tls_trouble(&error),
        None if server.tls == MailEncryption::Implicit && error.status().is_none() && !error.is_response() => {
            MailTrouble::new(MailFault::Tls, &told(&error))
        }
        // What somebody who speaks something else said is none of anybody's business.
        None if error.status().is_none() && !error.is_timeout() => MailTrouble::new(MailFault::Greeting, ""),
        None => of(MailFault::Greeting, &error),
    })?;
    let outcome = converse(&mut connection, server, &hello, tls, message).await;
    // After a failure the connection is only dropped: what is left of a TLS handshake that failed speaks no SMTP.
    if outcome.is_ok() {
        let _ = connection.quit().await;
    }
    outcome
}

async fn converse(
    connection: &mut AsyncSmtpConnection,
    server: &SmtpConfig,
    hello: &ClientId,
    tls: impl Fn() -> Result<TlsParameters, MailTrouble>,
    message: &Message,
) -> Result<(), MailTrouble> {
    if server.tls == MailEncryption::StartTls {
        if !connection.can_starttls() {
            return Err(MailTrouble::new(MailFault::NoStartTls, ""));
        }
        connection.starttls(tls()?, hello).await.map_err(|error| tls_trouble(&error))?;
    }
    if let Some((username, password)) = &server.credentials {
        let credentials = Credentials::new(username.clone(), password.expose_secret().to_owned());
        let taken = connection.auth(DEFAULT_MECHANISMS, &credentials).await;
        taken.map_err(|error| of(MailFault::Authentication, &error))?;
    }
    let envelope: &Envelope = message.envelope();
    let from = connection.command(Mail::new(envelope.from().cloned(), Vec::new())).await;
    from.map_err(|error| refused(MailFault::Sender, &error))?;
    for to in envelope.to() {
        let taken = connection.command(Rcpt::new(to.clone(), Vec::new())).await;
        taken.map_err(|error| refused(MailFault::Recipient, &error))?;
    }
    connection.command(Data).await.map_err(|error| refused(MailFault::Message, &error))?;
    let sent = connection.message(&message.formatted()).await;
    sent.map(drop).map_err(|error| refused(MailFault::Message, &error))
}

/// A refusal at a step; a server that wants a password first says so wherever it likes (RFC 4954, section 6).
fn refused(step: MailFault, error: &Error) -> MailTrouble {
    let code = error.status().map(|code| code.to_string());
    let fault =
        if matches!(code.as_deref(), Some("530" | "534" | "535" | "538")) { MailFault::Authentication } else { step };
    of(fault, error)
}

fn of(fault: MailFault, error: &Error) -> MailTrouble {
    MailTrouble::new(if error.is_timeout() { MailFault::TimedOut } else { fault }, &told(error))
}

fn tls_trouble(error: &Error) -> MailTrouble {
    MailTrouble::new(tls_fault(error).unwrap_or(MailFault::Tls), &told(error))
}

/// What is wrong with the certificate, or with TLS, if that is where it failed.
fn tls_fault(error: &Error) -> Option<MailFault> {
    let mut cause = std::error::Error::source(error);
    while let Some(inner) = cause {
        let of_io = inner.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref);
        let of_io = of_io.and_then(|inner| inner.downcast_ref::<rustls::Error>());
        if let Some(error) = inner.downcast_ref::<rustls::Error>().or(of_io) {
            return Some(match error {
                rustls::Error::InvalidCertificate(certificate) => of_certificate(certificate),
                _ => MailFault::Tls,
            });
        }
        cause = inner.source();
    }
    error.is_tls().then_some(MailFault::Tls)
}

const fn of_certificate(error: &CertificateError) -> MailFault {
    match error {
        CertificateError::Expired
        | CertificateError::ExpiredContext { .. }
        | CertificateError::NotValidYet
        | CertificateError::NotValidYetContext { .. } => MailFault::TlsExpired,
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => MailFault::TlsName,
        // Whatever else is wrong with it, nobody trusted vouches for it.
        _ => MailFault::TlsUntrusted,
    }
}
