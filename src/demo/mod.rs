//! Everything on one machine, for a newcomer's first minute.
