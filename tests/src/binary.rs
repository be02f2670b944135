//! The built programs, as people and CI run them.

use std::path::PathBuf;

/// The program `codegen`, from its own `main.rs`, which cargo builds before the tests of this package.
///
/// # Panics
///
/// If it is not there.
pub fn codegen() -> PathBuf {
    program("codegen")
}

/// The program `bridge`, built in the same way.
///
/// # Panics
///
/// If it is not there.
pub fn bridge() -> PathBuf {
    program("bridge")
}

fn program(name: &str) -> PathBuf {
    let mut folder = std::env::current_exe().expect("a test is a file");
    folder.pop();
    // Tests stand in `deps`, beside the programs.
    if folder.ends_with("deps") {
        folder.pop();
    }
    let name = format!("{name}-as-tested{}", std::env::consts::EXE_SUFFIX);
    let program = folder.join(name);
    assert!(
        program.is_file(),
        "{} is not built: `cargo build --package tests --bins`",
        program.display()
    );
    program
}
