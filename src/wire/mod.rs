//! Between bytes and the domain: everything a request carries is parsed here once, and everything that leaves is made here.
//!
//! Owns cookies, the anti-forgery check, client addresses, form bodies, return addresses, and the rendering of failures. Past
//! this room there are no raw strings from outside.

pub mod body;
