//! Everything on one machine, for a newcomer's first minute.

use crate::cli::arguments::DemoArguments;
use crate::cli::assembly::Failure;

/// Runs the demonstration on a loopback port until Ctrl-C, keeping its data where the arguments say or in a temporary folder.
///
/// # Errors
/// Why it could not start or go on.
pub fn run(_arguments: &DemoArguments) -> Result<(), Failure> {
    Err("this build has no demonstration".into())
}
