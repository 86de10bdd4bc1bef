//! Writing down who tried what.
