//! A message on its way: what the outbox keeps of it, and what may become of it.
//!
//! The record tells who was written to, what about and how it ended, for as long as somebody may ask. The body is not part of it:
//! it may carry a secret, lies sealed beside it, and goes as soon as nobody needs it any more.

mod trouble;

use serde::{Deserialize, Serialize};

use super::Timestamp;
use super::ids::{MailId, UserId};
use super::names::{EmailAddress, OrganizationKey};

pub use trouble::{MailFault, MailTrouble};

/// The most characters of a failure's detail that are kept.
pub const MAX_DETAIL: usize = 300;

/// A message in the outbox, without its body.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mail {
    /// Its name.
    pub id: MailId,
    /// Whom it is written to.
    pub to: EmailAddress,
    /// What it is about.
    pub kind: MailKind,
    /// Whose account it is about.
    pub user: Option<UserId>,
    /// On behalf of which organization: its mail server sends it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub organization: Option<OrganizationKey>,
    /// When it was put into the outbox.
    pub created_at: Timestamp,
    /// From when on it is of no use, because what it carries is over. It is not sent any more then.
    pub useful_until: Option<Timestamp>,
    /// Tries that failed, since it was put in or retried by hand.
    pub tries: u32,
    /// The last failure.
    pub failure: Option<MailFailure>,
    /// How far it is.
    pub state: MailState,
}

/// How a connection to a mail server is encrypted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum MailEncryption {
    /// It begins in clear and must go over to TLS.
    #[serde(rename = "starttls")]
    StartTls,
    /// TLS from the first byte.
    Implicit,
    /// Not at all.
    None,
}

/// What a message is about. Its subject line is in the language of its reader; this is not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MailKind {
    /// An account was opened for the reader; carries a temporary password.
    Invitation,
    /// A temporary password that somebody asked for.
    TemporaryPassword,
    /// A rescue code.
    RescueCode,
    /// A reset link.
    ResetLink,
    /// The password was changed.
    PasswordChanged,
    /// The secret question was used, set or removed.
    SecretQuestion,
    /// The link that confirms a new address.
    ConfirmEmail,
    /// The warning to an old address, with the link that stops the change.
    EmailChangeWarning,
    /// An address was changed.
    EmailChanged,
    /// The password is about to expire.
    ExpiryWarning,
    /// An administrator tries the mail server.
    Test,
}

impl MailKind {
    /// The stable name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Invitation => "invitation",
            Self::TemporaryPassword => "temporary_password",
            Self::RescueCode => "rescue_code",
            Self::ResetLink => "reset_link",
            Self::PasswordChanged => "password_changed",
            Self::SecretQuestion => "secret_question",
            Self::ConfirmEmail => "confirm_email",
            Self::EmailChangeWarning => "email_change_warning",
            Self::EmailChanged => "email_changed",
            Self::ExpiryWarning => "expiry_warning",
            Self::Test => "test",
        }
    }
}

/// How far a message is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum MailState {
    /// It waits for its next try.
    Waiting {
        /// When that is.
        due: Timestamp,
    },
    /// It was handed over; the body is gone.
    Delivered {
        /// When.
        at: Timestamp,
    },
    /// It was given up; the body waits, sealed, for somebody to retry or drop it.
    Dead {
        /// When.
        at: Timestamp,
    },
    /// Somebody dropped it; the body is gone.
    Dropped {
        /// When.
        at: Timestamp,
    },
}

/// Why a try failed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MailFailure {
    /// When.
    pub at: Timestamp,
    /// A stable reason.
    pub reason: MailFailureReason,
    /// What the other side said, in one line.
    pub detail: String,
}

/// A stable reason for scripts and alerts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MailFailureReason {
    /// The server could not be reached.
    Connect,
    /// There is no trusted encryption with the server.
    Tls,
    /// The server did not accept user name and password.
    Authentication,
    /// The server refused the message for now.
    Deferred,
    /// The server refused the message for good.
    Refused,
    /// The server took too long.
    TimedOut,
    /// What the message carries is over.
    Outdated,
    /// The message cannot be read or put together: another master key, say.
    Broken,
    /// The file could not be written.
    Folder,
}

impl MailFailureReason {
    /// The stable name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Connect => "connect",
            Self::Tls => "tls",
            Self::Authentication => "authentication",
            Self::Deferred => "deferred",
            Self::Refused => "refused",
            Self::TimedOut => "timed_out",
            Self::Outdated => "outdated",
            Self::Broken => "broken",
            Self::Folder => "folder",
        }
    }
}

impl MailFailure {
    /// A failure; of `detail`, what fits in one line is kept.
    pub fn new(at: Timestamp, reason: MailFailureReason, detail: &str) -> Self {
        let line = detail.split(|c: char| c.is_control() || c.is_whitespace()).filter(|word| !word.is_empty());
        let detail = line.collect::<Vec<_>>().join(" ").chars().take(MAX_DETAIL).collect();
        Self { at, reason, detail }
    }
}

impl Mail {
    /// A message that is due at once.
    pub const fn new(
        id: MailId,
        to: EmailAddress,
        kind: MailKind,
        created_at: Timestamp,
        useful_until: Option<Timestamp>,
    ) -> Self {
        let state = MailState::Waiting { due: created_at };
        Self { id, to, kind, user: None, organization: None, created_at, useful_until, tries: 0, failure: None, state }
    }

    /// Whether what it carries is over.
    pub fn is_outdated(&self, now: Timestamp) -> bool {
        self.useful_until.is_some_and(|until| until <= now)
    }

    /// It was handed over. `false`, and nothing changes, if it is not waiting. Whoever held it, and for how long, does not
    /// matter: what was sent was sent.
    pub fn deliver(&mut self, at: Timestamp) -> bool {
        self.end(MailState::Delivered { at })
    }

    /// A try failed; it waits for another one at `next`, or is dead. `false`, and nothing changes, if it is not waiting.
    pub fn fail(&mut self, failure: MailFailure, next: Option<Timestamp>) -> bool {
        if !matches!(self.state, MailState::Waiting { .. }) {
            return false;
        }
        self.state = match next {
            Some(due) => MailState::Waiting { due },
            None => MailState::Dead { at: failure.at },
        };
        self.tries = self.tries.saturating_add(1);
        self.failure = Some(failure);
        true
    }

    /// It is tried anew, at once. `false`, and nothing changes, if it is over, or what it carries is.
    pub fn retry(&mut self, now: Timestamp) -> bool {
        let open = matches!(self.state, MailState::Waiting { .. } | MailState::Dead { .. });
        if !open || self.is_outdated(now) {
            return false;
        }
        self.state = MailState::Waiting { due: now };
        self.tries = 0;
        true
    }

    /// Nobody wants it any more. `false`, and nothing changes, if it is over.
    pub fn discard(&mut self, at: Timestamp) -> bool {
        if matches!(self.state, MailState::Dead { .. }) {
            self.state = MailState::Dropped { at };
            return true;
        }
        self.end(MailState::Dropped { at })
    }

    fn end(&mut self, end: MailState) -> bool {
        let waits = matches!(self.state, MailState::Waiting { .. });
        if waits {
            self.state = end;
        }
        waits
    }
}
