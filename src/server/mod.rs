//! The public listener: workers, connections, TLS, routing, the gate, shutdown.

mod path;

pub use path::{BadPath, NormalPath};
