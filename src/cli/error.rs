//! Why a command failed, as it is told on stderr.

use std::error::Error;
use std::io;
use std::path::PathBuf;

use super::assembly::{Failure, OpenError, TakeInError};
use super::control::{ControlError, Refusal};
use super::health::HealthError;
use super::logging::LoggingError;
use super::paper::PaperError;
use super::templates::TemplatesError;
use super::terminal::PasswordInputError;
use crate::flows::administer::AdministerError;

/// Why a command failed.
#[derive(Debug, thiserror::Error)]
pub enum CommandError {
    /// The configuration has faults, a line each.
    #[error("{}", .0.join("\n"))]
    Configuration(Vec<String>),
    /// The log could not be set up.
    #[error(transparent)]
    Logging(#[from] LoggingError),
    /// The store could not be opened.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// Another process holds the store, but does not listen.
    #[error(
        "another process holds the store, but nobody listens at its control socket; if Portero is just starting, try again, else stop that process"
    )]
    HeldSilently(#[source] crate::store::StoreError),
    /// Nothing was stored yet.
    #[error("there is no store at {} yet; `portero run` makes it, and so does the first `portero org add`", .0.display())]
    NoStore(PathBuf),
    /// Root would leave files that the owner cannot use.
    #[error(
        "the store {path} belongs to the user with id {owner}, and files that root makes there would shut that user out; run the command as that user: sudo -u '#{owner}' portero …"
    )]
    NotOwner {
        /// The store.
        path: PathBuf,
        /// Whose it is.
        owner: u32,
    },
    /// The running Portero could not be asked.
    #[error(transparent)]
    Control(#[from] ControlError),
    /// The running Portero refused.
    #[error("{}", .0.message)]
    Refused(Refusal),
    /// The act was refused.
    #[error(transparent)]
    Administer(#[from] AdministerError),
    /// A file could not be read.
    #[error("{} cannot be read", .path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// Nothing was taken in.
    #[error(transparent)]
    TakeIn(#[from] TakeInError),
    /// Nobody is there to be followed.
    #[error("no Portero runs on this store, so nothing happens that could be followed; leave out --follow")]
    NobodyToFollow,
    /// The test of a mail server failed.
    #[error("{server} did not take the message ({fault})")]
    MailTest {
        /// Which.
        server: String,
        /// The stable name of what went wrong.
        fault: &'static str,
    },
    /// No password could be read.
    #[error(transparent)]
    Password(#[from] PasswordInputError),
    /// The answer is to another question.
    #[error("the running Portero answered another question; restart it with this binary")]
    Astray,
    /// The result could not be printed.
    #[error("the result cannot be written to stdout")]
    Output(#[from] io::Error),
    /// A manual page could not be written.
    #[error(transparent)]
    Paper(#[from] PaperError),
    /// The built-in templates could not be written.
    #[error(transparent)]
    Templates(#[from] TemplatesError),
    /// The running Portero is not known to be well.
    #[error(transparent)]
    Health(#[from] HealthError),
    /// No runtime.
    #[error("the runtime cannot be started")]
    Runtime(#[source] io::Error),
    /// The server or the demonstration failed.
    #[error(transparent)]
    Serving(Failure),
}

/// An error with its causes, each once.
pub(crate) fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let words = error.to_string();
        if !text.ends_with(&words) {
            text = format!("{text}: {words}");
        }
        cause = error.source();
    }
    text
}
