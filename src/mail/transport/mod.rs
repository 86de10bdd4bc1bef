//! What carries a message away: a mail server, or a folder of files.

mod files;
mod smtp;

use lettre::Message;

use self::files::Files;
use self::smtp::Smtp;
pub(super) use self::smtp::{SEND, told};
use super::mime::mail_host;
use crate::config::{Config, MailTransport, SmtpConfig};
use crate::domain::mail::{Mail, MailFailureReason};

/// Why a message did not leave.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Undelivered {
    pub(super) reason: MailFailureReason,
    /// What the other side said.
    pub(super) detail: String,
    /// Whether trying again is of no use.
    pub(super) for_good: bool,
}

impl Undelivered {
    pub(super) fn now(reason: MailFailureReason, detail: impl ToString) -> Self {
        Self { reason, detail: detail.to_string(), for_good: false }
    }

    pub(super) fn for_good(reason: MailFailureReason, detail: impl ToString) -> Self {
        Self { for_good: true, ..Self::now(reason, detail) }
    }
}

/// One way out.
pub(super) enum Transport {
    Smtp(Box<Smtp>),
    Files(Files),
    /// The configured way cannot be used at all, such as a mail server without trusted authorities.
    Closed(Undelivered),
}

impl Transport {
    /// The configured way.
    pub(super) fn new(config: &Config) -> Self {
        match (config.mail.transport, &config.mail.smtp) {
            (MailTransport::Smtp, Some(smtp)) => Self::smtp(smtp, mail_host(&config.portal.origin)),
            (MailTransport::Smtp, None) => {
                Self::Closed(Undelivered::now(MailFailureReason::Connect, "no mail server is configured"))
            }
            (MailTransport::Files, _) => Self::Files(Files::new(config.mail.path.clone())),
        }
    }

    /// A mail server; `hello` is what this machine calls itself.
    pub(super) fn smtp(settings: &SmtpConfig, hello: &str) -> Self {
        match Smtp::new(settings, hello) {
            Ok(smtp) => Self::Smtp(Box::new(smtp)),
            Err(undelivered) => Self::Closed(undelivered),
        }
    }

    /// Tries once.
    pub(super) async fn send(&self, mail: &Mail, message: Message) -> Result<(), Undelivered> {
        match self {
            Self::Smtp(smtp) => smtp.send(message).await,
            Self::Files(files) => files.write(mail, &message).await,
            Self::Closed(undelivered) => Err(undelivered.clone()),
        }
    }
}
