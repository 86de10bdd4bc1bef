//! Between bytes and the domain: everything a request carries is parsed here once, and everything that leaves is made here.
//!
//! Owns cookies, the anti-forgery check, client addresses, form bodies, return addresses, and the headers and shapes of
//! answers. Past this room there are no raw strings from outside.

pub mod body;
pub mod browser;
pub mod client_ip;
pub mod cookies;
pub mod csrf;
pub mod failure;
pub mod form;
pub mod range;
pub mod request_id;
pub mod respond;
pub mod return_to;
pub mod upload;
