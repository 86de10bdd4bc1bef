//! Telling people from programs, without a third party.
