//! The public listener: workers, connections, TLS, routing, the gate, shutdown.
//!
//! A socket's way: `listener` accepts it (one listener per worker, `workers`) unless `crowd` knows too many like it, `tls` encrypts it, `connection` speaks HTTP on it
//! over a `watched` socket, and every request that is well formed reaches a [`Handle`]: the doorman of [`service`], who asks
//! [`router`] where it goes and [`gate`] whether it may. `record` counts it and, if asked for, writes its line.

mod connection;
mod crowd;
mod exchange;
mod framing;
pub mod gate;
mod handles;
mod inherited;
mod listener;
mod malformed;
mod passport;
mod path;
mod record;
pub mod router;
pub mod service;
mod shutdown;
mod tls;
mod watched;
mod workers;

pub use connection::{Handle, Peer};
pub use inherited::take_or_bind;
pub use listener::{Bound, Connections, ServeError, bind};
pub use malformed::{Malformed, check_request};
pub use passport::Passport;
pub use path::{BadPath, NormalPath};
pub use shutdown::Shutdown;
pub use tls::{Examined, Served, TlsAcceptorHolder, TlsError, examine};
pub use workers::{Drained, Pulse, Running};
