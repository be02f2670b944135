//! The built programs, as people and CI run them.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::postgres::find_binaries;

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

/// Runs `codegen` in a folder, and gives what it printed.
///
/// # Panics
///
/// If it does not end with the exit code that is expected.
#[track_caller]
pub fn runs(folder: &Path, arguments: &[&str], code: i32) -> String {
    let binaries = find_binaries().expect("Postgres is installed");
    let output = Command::new(codegen())
        .args(arguments)
        .current_dir(folder)
        .env("NO_COLOR", "1")
        .env("SYNCTABLE_POSTGRES_BIN", &binaries.folder)
        .output()
        .expect("the program runs");
    let printed = String::from_utf8_lossy(&output.stdout).into_owned();
    let errors = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(
        output.status.code(),
        Some(code),
        "{arguments:?}\n{printed}{errors}"
    );
    printed + &errors
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
