//! A change of an account together with the messages that tell of it.
//!
//! Refuses to decide on either: flows say what changes and what is told ([`super::letters`]).

use super::letters::Letters;
use super::refused_or_store;
use crate::domain::Timestamp;
use crate::domain::ids::UserId;
use crate::domain::user::UserChange;
use crate::sessions::SessionObserver;
use crate::store::{NewMail, Store, StoreError};

/// Where changes go, and who hears of them.
pub(super) struct Telling<'a> {
    pub(super) store: &'a dyn Store,
    pub(super) observer: &'a dyn SessionObserver,
    pub(super) letters: &'a Letters,
}

impl Telling<'_> {
    /// Puts `change` and `mails` into the store in one step, forgets the sessions that it ended, and wakes whoever delivers. `false` if
    /// the account changed meanwhile: then nothing was done.
    ///
    /// # Errors
    /// [`StoreError`]: nothing was done.
    pub(super) async fn change(
        &self,
        user: UserId,
        change: UserChange,
        at: Timestamp,
        mails: Vec<NewMail>,
    ) -> Result<bool, StoreError> {
        match self.store.change_user_and_tell(user, change, at, mails).await {
            Ok(changed) => {
                self.observer.forget(&changed.ended);
                self.letters.posted();
                Ok(true)
            }
            Err(error) => refused_or_store(error).map(|()| false),
        }
    }
}
