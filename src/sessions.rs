//! Live sessions in memory, in front of the store.
