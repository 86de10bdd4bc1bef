//! The ground floor: what an organization, a user, a session or an access rule *is*, and the laws they obey.
//!
//! Pure values and functions: no I/O, no clock, no randomness, nothing imported from elsewhere in the crate. Every type here
//! is made by parsing, so a value that exists is a value that is valid.

pub mod access;
pub mod audit;
pub mod ids;
pub mod language;
pub mod mail;
pub mod names;
pub mod organization;
pub mod password;
pub mod person;
pub mod recovery;
pub mod search;
pub mod session;
pub mod signing_key;
pub mod throttle;
pub mod user;

/// A moment, to the nanosecond, in UTC.
pub use jiff::Timestamp;
