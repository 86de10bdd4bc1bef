//! A mail server.
//!
//! Connecting and signing in are tried apart from the message: what fails there is about this Portero and never about the
//! message, so it is tried again however final the server's words are. Only the refusal of a message is for good.

use std::time::Duration;

use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Tls, TlsParameters};
use lettre::transport::smtp::extension::ClientId;
use lettre::transport::smtp::{Error, PoolConfig};
use lettre::{AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor};
use secrecy::ExposeSecret;

use super::Undelivered;
use crate::config::{MailEncryption, SmtpConfig};
use crate::domain::mail::MailFailureReason;

/// How long connecting may take.
const CONNECT: Duration = Duration::from_secs(15);
/// How long one whole try may take.
pub(in crate::mail) const SEND: Duration = Duration::from_secs(60);
/// How long an idle connection is kept for the next message.
const IDLE: Duration = Duration::from_secs(30);

/// One mail server.
pub(in crate::mail) struct Smtp {
    transport: AsyncSmtpTransport<Tokio1Executor>,
}

impl Smtp {
    /// `hello` is what this machine calls itself.
    pub(super) fn new(config: &SmtpConfig, hello: &str) -> Result<Self, Undelivered> {
        let host = config.host.trim_matches(['[', ']']);
        let parameters = || {
            TlsParameters::new_rustls(host.to_owned())
                .map_err(|error| Undelivered::now(MailFailureReason::Tls, told(&error)))
        };
        let tls = match config.tls {
            MailEncryption::StartTls => Tls::Required(parameters()?),
            MailEncryption::Implicit => Tls::Wrapper(parameters()?),
            MailEncryption::None => Tls::None,
        };
        let pool = PoolConfig::new().max_size(4).idle_timeout(IDLE);
        let mut builder = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(host)
            .port(config.port)
            .tls(tls)
            .hello_name(ClientId::Domain(hello.to_owned()))
            .timeout(Some(CONNECT))
            .pool_config(pool);
        if let Some((username, password)) = &config.credentials {
            builder = builder.credentials(Credentials::new(username.clone(), password.expose_secret().to_owned()));
        }
        Ok(Self { transport: builder.build() })
    }

    /// Tries once.
    pub(super) async fn send(&self, message: Message) -> Result<(), Undelivered> {
        let trying = async {
            self.transport.test_connection().await.map_err(|error| unreachable_because(&error))?;
            self.transport.send(message).await.map_err(|error| refused_because(&error))
        };
        // lettre's own time-out ends with the connection: a server that then falls silent would hold the message for ever.
        match tokio::time::timeout(SEND, trying).await {
            Ok(sent) => sent.map(drop),
            Err(_) => Err(Undelivered::now(MailFailureReason::TimedOut, format!("no answer within {SEND:?}"))),
        }
    }
}

/// Connecting or signing in failed: always worth another try.
fn unreachable_because(error: &Error) -> Undelivered {
    let reason = if error.is_tls() || is_tls_deep(error) {
        MailFailureReason::Tls
    } else if error.is_timeout() {
        MailFailureReason::TimedOut
    } else if is_about_authentication(error) {
        MailFailureReason::Authentication
    } else if error.is_permanent() || error.is_transient() {
        MailFailureReason::Deferred
    } else {
        MailFailureReason::Connect
    };
    Undelivered::now(reason, told(error))
}

/// The server took us in, but not the message.
fn refused_because(error: &Error) -> Undelivered {
    if is_about_authentication(error) {
        return Undelivered::now(MailFailureReason::Authentication, told(error));
    }
    // Permanent, or beyond what this server can do, such as an address in letters that it does not know.
    if error.is_permanent() || error.is_client() {
        return Undelivered::for_good(MailFailureReason::Refused, told(error));
    }
    if error.is_transient() {
        return Undelivered::now(MailFailureReason::Deferred, told(error));
    }
    unreachable_because(error)
}

/// 530, 534, 535, 538 and 454 (RFC 4954, section 6), and a server that offers no way we know.
fn is_about_authentication(error: &Error) -> bool {
    let code = error.status().map(|code| code.to_string());
    matches!(code.as_deref(), Some("530" | "534" | "535" | "538" | "454"))
        || (error.is_client() && told(error).contains("authentication"))
}

/// rustls reports a bad certificate as an error of reading, two levels down.
fn is_tls_deep(error: &Error) -> bool {
    let mut cause = std::error::Error::source(error);
    while let Some(inner) = cause {
        let of_io = inner.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref);
        if inner.is::<rustls::Error>() || of_io.is_some_and(|inner| inner.is::<rustls::Error>()) {
            return true;
        }
        cause = inner.source();
    }
    false
}

/// The error with its causes.
pub(in crate::mail) fn told(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        let more = inner.to_string();
        if !text.contains(&more) {
            text = format!("{text}: {more}");
        }
        cause = inner.source();
    }
    text
}
