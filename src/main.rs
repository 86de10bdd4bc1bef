//! The `portero` program: arguments to the library, an exit code back.

fn main() {}
