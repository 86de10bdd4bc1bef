//! `portero check`

use std::path::Path;

use super::assembly::Assembly;
use super::error::CommandError;
use super::terminal::Terminal;

pub(super) fn run(path: &Path, assembly: &dyn Assembly, terminal: &mut Terminal<'_>) -> Result<(), CommandError> {
    let loaded = assembly.load(path).map_err(CommandError::Configuration)?;
    let examined = assembly.examine(path, &loaded.config);
    loaded.notices.iter().chain(&examined.notices).for_each(|notice| terminal.message(notice));
    if !examined.faults.is_empty() {
        return Err(CommandError::Configuration(examined.faults));
    }
    Ok(terminal.result(&format!("{}: in order", path.display()))?)
}
