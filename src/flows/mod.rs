//! Use cases without HTTP.
