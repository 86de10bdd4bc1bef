//! Use cases without HTTP.

pub mod administer;
