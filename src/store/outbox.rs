//! The outbox: messages that wait, those under way, and those that were given up.

use async_trait::async_trait;

use super::StoreError;
use crate::domain::Timestamp;
use crate::domain::ids::{MailId, UserId};
use crate::domain::mail::{Mail, MailFailure};

/// A message to be kept until it is delivered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewMail {
    /// What is told of it.
    pub mail: Mail,
    /// Subject and body, sealed.
    pub sealed: Vec<u8>,
}

/// A message that one deliverer holds for a while.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClaimedMail {
    /// What is told of it.
    pub mail: Mail,
    /// Subject and body, sealed.
    pub sealed: Vec<u8>,
    /// The hold.
    pub claim: MailClaim,
}

/// A hold on a message; no other deliverer gets it before the hold is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MailClaim {
    /// The message.
    pub id: MailId,
    /// Tells this hold from earlier and later ones.
    pub number: u64,
}

/// Messages on their way. A message is delivered at least once; twice only if a deliverer dies, or forgets itself past its hold,
/// between handing it over and saying so.
#[async_trait]
pub trait Outbox: Send + Sync {
    /// Puts messages in: all of them, or none.
    async fn enqueue_mail(&self, messages: Vec<NewMail>) -> Result<(), StoreError>;
    /// Takes hold, until `until`, of up to `limit` messages that are due at `now` and that nobody else holds; those that were
    /// due first come first. A hold may be forgotten in a crash together with whoever had it.
    async fn claim_mail(&self, now: Timestamp, until: Timestamp, limit: usize) -> Result<Vec<ClaimedMail>, StoreError>;
    /// When the next message is due that nobody holds at `now`, or a hold is over; `None` if there is none.
    async fn next_mail_due(&self, now: Timestamp) -> Result<Option<Timestamp>, StoreError>;
    /// [`Mail::deliver`]: it was handed over, and its body is removed in the same step. `false` if it had been settled otherwise.
    async fn mail_delivered(&self, claim: MailClaim, at: Timestamp) -> Result<bool, StoreError>;
    /// [`Mail::fail`]: a try failed; there is another one at `next`, or it is dead. If the message is outdated by then, its body
    /// is removed in the same step. `false` if the hold was over and somebody else has it, or it had been settled otherwise.
    async fn mail_failed(
        &self,
        claim: MailClaim,
        failure: MailFailure,
        next: Option<Timestamp>,
    ) -> Result<bool, StoreError>;
    /// One message, however it ended.
    async fn mail(&self, id: MailId) -> Result<Option<Mail>, StoreError>;
    /// The newest `limit` messages about a user, however they ended, newest first.
    async fn mail_about(&self, user: UserId, limit: usize) -> Result<Vec<Mail>, StoreError>;
    /// Up to `limit` messages that wait, those that are due first before the others, and up to `limit` dead ones, the oldest
    /// first.
    async fn open_mail(&self, limit: usize) -> Result<OpenMail, StoreError>;
    /// How many messages are not settled.
    async fn count_mail(&self) -> Result<MailCount, StoreError>;
    /// [`Mail::retry`]. The message afterwards; `None` if there is none that could be tried again.
    async fn retry_mail(&self, id: MailId, now: Timestamp) -> Result<Option<Mail>, StoreError>;
    /// [`Mail::discard`], with its body. The message afterwards; `None` if there is none that could be dropped.
    async fn drop_mail(&self, id: MailId, at: Timestamp) -> Result<Option<Mail>, StoreError>;
    /// Removes what was settled before `before`, dead messages included, and the bodies of dead ones that are outdated at
    /// `now`. Returns how many messages were removed.
    async fn purge_mail(&self, before: Timestamp, now: Timestamp) -> Result<u64, StoreError>;
}

/// What is not settled.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OpenMail {
    /// Waiting or under way.
    pub waiting: Vec<Mail>,
    /// Given up.
    pub dead: Vec<Mail>,
}

/// How many messages are not settled.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct MailCount {
    /// Waiting or under way.
    pub waiting: u64,
    /// Given up.
    pub dead: u64,
}
