//! The public listener: workers, connections, TLS, routing, the gate, shutdown.
