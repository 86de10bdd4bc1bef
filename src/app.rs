//! Composition root: configuration and dependencies become a running server.
