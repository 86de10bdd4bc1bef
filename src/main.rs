//! The `portero` program: arguments to the library, an exit code back.

use std::process::ExitCode;

/// Gives memory back under Argon2id, where the system's allocator keeps it.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    portero::cli::main(&portero::app::Portero)
}
