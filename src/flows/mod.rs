//! Use cases without HTTP: what happens when somebody signs in, changes a password, signs out, or administers.
//!
//! A flow takes parsed values and answers with an outcome; pages choose the status and the words. Nothing here knows of
//! headers or templates. Neighbours: `pages` and `cli` above; the domain, the services and the store's traits below.

pub mod administer;
pub mod change_password;
pub mod confirm;
pub mod known_browser;
mod letters;
mod names;
pub mod recover;
pub mod sign_in;
pub mod sign_out;

pub use letters::Letters;
pub(crate) use letters::{News, sends};

use crate::domain::ids::{SessionId, UserId};
use crate::passwords::Overloaded;
use crate::store::{ChangeUserError, OpenSessionError, StoreError};

/// A flow could not be carried out, through no fault of whoever asked. Nothing was decided.
#[derive(Debug, thiserror::Error)]
pub enum FlowError {
    /// See [`StoreError`].
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Too many passwords are waiting to be checked.
    #[error(transparent)]
    Overloaded(#[from] Overloaded),
    /// A message could not be put together.
    #[error(transparent)]
    Mail(#[from] crate::mail::PostError),
    /// See [`crate::captcha::CaptchaError`].
    #[error(transparent)]
    Captcha(#[from] crate::captcha::CaptchaError),
}

impl FlowError {
    /// A stable code for logs and programs.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Store(error) => error.code(),
            Self::Overloaded(_) => "overloaded",
            Self::Captcha(error) => error.code(),
            Self::Mail(_) => "mail",
        }
    }
}

/// Who is acting: a session and its user.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Acting {
    /// Session.
    pub session: SessionId,
    /// User.
    pub user: UserId,
}

/// Carries `work` to its end, even if whoever asked for it leaves meanwhile: a request whose connection breaks is dropped where it
/// waits, and between a change in the store and telling those who remember the state before it there is always a wait.
async fn to_the_end<T: Send + 'static>(work: impl Future<Output = T> + Send + 'static) -> T {
    match tokio::spawn(work).await {
        Ok(done) => done,
        Err(error) => match error.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            // The runtime is going down, and whoever waits here with it.
            Err(_) => std::future::pending().await,
        },
    }
}

/// Splits what only a concurrent change can cause from what the store failed at.
fn stale_or_store(error: OpenSessionError) -> Result<(), StoreError> {
    match error {
        OpenSessionError::Stale => Ok(()),
        OpenSessionError::Store(error) => Err(error),
    }
}

/// The same, for changes of a user.
fn refused_or_store(error: ChangeUserError) -> Result<(), StoreError> {
    match error {
        ChangeUserError::NotFound | ChangeUserError::Refused(_) => Ok(()),
        ChangeUserError::Store(error) => Err(error),
    }
}
