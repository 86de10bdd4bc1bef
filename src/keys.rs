//! Signing keys: made, sealed, rotated, published.
