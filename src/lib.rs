//! Portero stands in front of web applications, asks who is there, and lets the right people through with their identity
//! signed. This is the map of the house.
//!
//! # A request's way
//!
//! ```text
//! listener → tls → connection → router → gate → exactly one of   pages | proxy
//!                                               pages → flows → domain → store traits → engine
//!                                               every failure leaves through wire::failure, but for requests
//!                                               refused before they are read (server::Malformed)
//! ```
//!
//! 1. [`server`] accepts: one single-threaded runtime for each core, each with a listener of its own. A request that could be read in two
//!    ways is refused before anybody judges it ([`server::Malformed`], [`server::BadPath`]).
//! 2. [`server::service`] finds the destination by host and path, and the session by the SHA-256 of its cookie, in memory
//!    ([`sessions`]). [`server::gate`] judges person, method and the very path that will be sent.
//! 3. A request that may pass goes to [`proxy`], which takes away whatever only Portero may say and then says it. Anything else
//!    is answered by [`pages`], which know HTTP and words, and ask [`flows`], which know neither.
//! 4. [`store`] remembers, in atomic verbs. What somebody was told is on the disk.
//!
//! # Who may know whom
//!
//! | room | may import |
//! |---|---|
//! | [`domain`] | nothing inside the crate |
//! | [`clock`], [`random`], [`config`], [`store`] (traits) | `domain` |
//! | [`keys`], [`passwords`], [`captcha`], [`throttle`], [`audit`], [`sessions`], [`templates`], [`metrics`] | the above |
//! | [`wire`] | `domain`, `clock`, `random` |
//! | [`mail`] | the traits above, `keys`, `templates` |
//! | [`flows`] | all above but `wire` and the engines |
//! | [`proxy`] | `domain`, `config`, `clock`, `wire`, and of [`sessions`] when one ends |
//! | [`pages`] | `flows`, `wire` and what is below |
//! | [`server`] | those two, and what is below |
//! | [`app`], [`cli`], [`demo`] | everything |
//!
//! A test reads every `crate::` path and holds this table.
//!
//! # Floor rules
//!
//! * Fail closed: what cannot be decided is refused.
//! * Parse, don't validate: past `wire` there are no raw strings from outside.
//! * Remove identity headers, then set them. Judge the path that is sent.
//! * Nothing tells who exists: same status, text, size and time for whoever is not let in.
//! * Time comes from a [`clock::Clock`], randomness from a [`random::Random`]; lints ban the rest.
//! * A signed-in request touches no disk and waits for no lock that another request holds.

pub mod app;
pub mod audit;
pub mod captcha;
pub mod cli;
pub mod clock;
pub mod config;
pub mod demo;
pub mod domain;
pub mod flows;
pub mod keys;
pub mod mail;
pub mod metrics;
pub mod pages;
pub mod passwords;
pub mod proxy;
pub mod random;
pub mod server;
pub mod sessions;
pub mod store;
pub mod templates;
#[cfg(test)]
mod testing;
pub mod throttle;
pub mod wire;
