//! The `portero` program: arguments to the library, an exit code back.

use std::process::ExitCode;

/// Gives memory back under Argon2id, where the system's allocator keeps it.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    // Huge pages make a process that serves few people three times as large, and none of its requests cheaper. Refused, there are some.
    let _ = rustix::thread::disable_transparent_huge_pages(true);
    portero::cli::main(&portero::app::Portero)
}
