//! How guessing is slowed: which counters an attempt falls on.
