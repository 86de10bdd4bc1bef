//! Forwards a request that may pass to the application behind Portero, and brings back what it answers.
//!
//! A request's way: `framing` refuses what two readers could read differently; `headers` removes what only Portero may
//! say, then says it; `target` picks an application server; `pool` lends a connection to it, which `dial` opened and
//! `tls` encrypts, and `send` tries it; `upload` and `download` carry the bodies piece by piece, in both directions at once and without buffering, each watched by a time-out;
//! `upgrade` joins both sides of a WebSocket.
//!
//! The room decides nothing about who may pass and renders no page: it is told who is there by a [`Passage`], and a
//! failure is a [`ProxyError`]. Neighbours: `server` calls it after the gate; `wire` gives it the body type and renders
//! its errors. Upstreams speak HTTP/1.1 (or 1.0) or HTTP/2, over TLS or not.

mod cookies;
mod dial;
mod download;
mod error;
mod forward;
mod frames;
mod framing;
mod headers;
mod names;
mod passage;
mod patience;
mod pool;
mod send;
mod target;
mod tls;
mod upgrade;
mod upload;

pub use error::{Fault, ProxyError};
pub use forward::Proxy;
pub use framing::FramingFault;
#[doc(hidden)]
pub use headers::rewrite_head;
pub use names::method_overrides;
pub use passage::{Identity, IdentityHeaders, InvalidIdentity, Passage};
pub use target::{InvalidTarget, Target};

#[cfg(test)]
pub(crate) mod tests;
