//! The laws of a store, as tests.
