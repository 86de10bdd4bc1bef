//! The mail room: messages in the person's language, a durable outbox, and what carries them away.
//!
//! A flow hands a typed message to [`MailRoom::post`]: it is written out, sealed and put into the store, and that is all that
//! happens inside a request. Beside it a [`Deliverer`] takes hold of what is due, one try a message, and says what became of it.
//!
//! | file | owns |
//! |---|---|
//! | `post` | the way into the outbox: language, words, seal |
//! | `letter` | what lies under the seal |
//! | `mime` | a letter as a message that mail programs understand |
//! | `deliverer` | the way out: holds, tries, back-off, dead letters |
//! | `backoff` | when the next try is |
//! | `transport` | a mail server or a folder of files |
//! | `server` | organizations' own mail servers |
//! | `trial` | trying a mail server step by step, to tell what is wrong |
//!
//! A body that carries a secret is sealed under the master key, and gone when the message is delivered, dropped or outdated. The
//! record that stays tells whom, what about, when and how it ended. Refuses to know who may be written to, and when: that is the
//! flows' business. Neighbours: `store` keeps the outbox, `templates` the words, `keys` the seal.

mod backoff;
mod deliverer;
mod letter;
mod mime;
mod post;
mod server;
mod transport;
mod trial;

pub use deliverer::Deliverer;
#[cfg(test)]
pub(crate) use letter::read_sealed;
pub use post::{Addressee, MailRoom, PostError};
pub use server::seal_password;

#[cfg(test)]
mod tests;
