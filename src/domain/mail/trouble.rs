//! What can be wrong with a mail server, as precisely as its administrator needs to know.

use serde::{Deserialize, Serialize};

use super::MAX_DETAIL;

/// Why a mail server did not take a message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MailTrouble {
    /// At which step it failed, and how.
    pub fault: MailFault,
    /// What the other side said, in its own words and one line; it may be empty.
    pub detail: String,
}

/// At which step sending failed, and how.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MailFault {
    /// No address belongs to the server's name.
    Dns,
    /// Nobody listens there, or the way is barred.
    Connect,
    /// Somebody listens, but does not speak SMTP as expected.
    Greeting,
    /// The server does not offer to go over to TLS.
    NoStartTls,
    /// The certificate is for another name.
    TlsName,
    /// The certificate is over, or not valid yet.
    TlsExpired,
    /// The certificate comes from nobody who is trusted here.
    TlsUntrusted,
    /// No agreement on TLS for another reason.
    Tls,
    /// The server does not take this user name and password, or asks for some.
    Authentication,
    /// The server does not take the sender.
    Sender,
    /// The server does not take the recipient.
    Recipient,
    /// The server took both, but not the message.
    Message,
    /// No answer in time.
    TimedOut,
    /// Files are written instead of sending, and that failed.
    Folder,
}

impl MailTrouble {
    /// A trouble; of `detail`, what fits in one line is kept.
    pub fn new(fault: MailFault, detail: &str) -> Self {
        let words = detail.split(|c: char| c.is_control() || c.is_whitespace()).filter(|word| !word.is_empty());
        Self { fault, detail: words.collect::<Vec<_>>().join(" ").chars().take(MAX_DETAIL).collect() }
    }
}

impl MailFault {
    /// The stable name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Dns => "dns",
            Self::Connect => "connect",
            Self::Greeting => "greeting",
            Self::NoStartTls => "no_start_tls",
            Self::TlsName => "tls_name",
            Self::TlsExpired => "tls_expired",
            Self::TlsUntrusted => "tls_untrusted",
            Self::Tls => "tls",
            Self::Authentication => "authentication",
            Self::Sender => "sender",
            Self::Recipient => "recipient",
            Self::Message => "message",
            Self::TimedOut => "timed_out",
            Self::Folder => "folder",
        }
    }
}
