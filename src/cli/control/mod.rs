//! The control socket: how a command reaches the Portero that holds the store.
//!
//! `<store.path>/control.sock`, mode 0600, for root and the user that runs Portero. One request and one reply a line, in JSON:
//!
//! ```text
//! → {"version":1,"request":{"show_user":"acme/ana"}}
//! ← {"version":1,"reply":{"ok":{"user":{…}}}}
//! ← {"version":1,"reply":{"error":{"code":"unknown_user","message":"there is no user acme/ana; …"}}}
//! ```
//!
//! Any number of requests on a connection, one after the other. Lines carry passwords, so they are never logged, and wiped
//! after use. Refuses to know what requests mean: that is [`crate::flows::administer`].

mod client;
mod line;
mod server;
mod socket;

use std::io;
use std::path::PathBuf;
use std::time::Duration;

use serde::{Deserialize, Serialize};

pub use client::Client;
pub use server::serve;
pub use socket::ControlSocket;

use crate::flows::administer::Answer;

/// The version of what travels. Raised when an older side could misunderstand a newer one.
pub const VERSION: u32 = 1;

/// Name of the socket in the store's folder.
pub const SOCKET_NAME: &str = "control.sock";

/// What a connection may cost.
#[derive(Debug, Clone, Copy)]
pub(super) struct Limits {
    /// Bytes of a request.
    pub(super) request: usize,
    /// Bytes of a reply, as far as a client reads.
    pub(super) reply: usize,
    /// Connections at once; more have to wait.
    pub(super) connections: usize,
    /// How long a line may take to come or to be taken.
    pub(super) line: Duration,
    /// How long a client waits for its reply.
    pub(super) answer: Duration,
    /// How long it waits where the whole store is read.
    pub(super) long_answer: Duration,
}

impl Limits {
    pub(super) const STANDARD: Self = Self {
        request: 256 * 1024,
        reply: 32 * 1024 * 1024,
        connections: 32,
        line: Duration::from_secs(10),
        answer: Duration::from_secs(60),
        long_answer: Duration::from_secs(60 * 60),
    };
}

/// What every line says of itself; read before the rest, which another version may write otherwise.
#[derive(Debug, Deserialize)]
struct Spoken {
    version: u32,
}

/// A request on its way.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Envelope<R> {
    version: u32,
    request: R,
}

/// A reply on its way.
#[derive(Debug, Serialize, Deserialize)]
struct Reply {
    version: u32,
    reply: Verdict,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Verdict {
    Ok(Answer),
    Error(Refusal),
}

/// Why a request was not carried out, as told across the socket.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refusal {
    /// A stable code.
    pub code: String,
    /// Plain words.
    pub message: String,
}

/// What went wrong with the socket.
#[derive(Debug, thiserror::Error)]
pub enum ControlError {
    /// The socket could not be made.
    #[error("the control socket {path} cannot be made")]
    Bind {
        /// Where.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// The path is longer than a socket's address may be, and there is no way around it.
    #[error("the path {0} is too long for a socket; choose a shorter store.path")]
    PathTooLong(PathBuf),
    /// The file's mode forbids it.
    #[error(
        "the control socket {0} may not be used by this user; run the command as the user that runs Portero, or as root"
    )]
    NotAllowed(PathBuf),
    /// It could not be reached.
    #[error("the control socket {path} cannot be reached")]
    Connect {
        /// Where.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// The running Portero is of another make.
    #[error(
        "the running Portero speaks version {theirs} of the control protocol, this one version {VERSION}; restart it with this binary, or use its own"
    )]
    Version {
        /// The other side's version.
        theirs: u32,
    },
    /// The request is larger than the other side reads.
    #[error("the request is too large; name fewer applications or groups at once")]
    TooLarge,
    /// No reply in time.
    #[error("the running Portero does not answer; look at its log")]
    TimedOut,
    /// It went away in the midst of it.
    #[error(
        "the running Portero closed the connection before it answered; it may have done what was asked: look before trying again"
    )]
    Closed,
    /// What came back makes no sense.
    #[error("the running Portero answered something that cannot be read")]
    Malformed(#[source] serde_json::Error),
    /// The connection broke.
    #[error("the connection to the running Portero broke")]
    Io(#[source] io::Error),
}

#[cfg(test)]
mod tests;
