//! Everything on one machine, for a newcomer's first minute.

use std::path::Path;

use crate::cli::assembly::Failure;

/// Runs the demonstration on a loopback `port` until Ctrl-C, keeping its data in `data` or in a temporary folder.
///
/// # Errors
/// Why it could not start or go on.
pub fn run(_port: u16, _data: Option<&Path>) -> Result<(), Failure> {
    Err("this build has no demonstration".into())
}
