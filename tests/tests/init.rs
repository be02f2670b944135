//! What `init` makes is whole: a second cargo workspace generates, checks and compiles; so does a folder without Rust.

use std::ffi::OsString;
use std::fs;
use std::path::Path;
use std::process::Command;

use synctable_codegen::cli::{Exit, run};
use tests::beside::{compiled_with_ours, without_our_package};
use tests::cases::workspace;
use tests::node::typescript::{link_packages, tsc_in};

fn codegen(arguments: &[&dyn AsRef<std::ffi::OsStr>]) -> Exit {
    let arguments = arguments
        .iter()
        .map(|argument| argument.as_ref().to_owned());
    run(std::iter::once(OsString::from("codegen")).chain(arguments))
}

/// Generates, and asks the gate before and after, and once more after a migration.
#[track_caller]
fn generates_and_is_fresh(folder: &Path) {
    let manifest = folder.join("schema");
    assert_eq!(codegen(&[&"check", &"--manifest", &manifest]), Exit::Stale);
    for arguments in [
        &[&"generate" as &dyn AsRef<_>, &"--manifest", &manifest][..],
        &[&"migrate", &"--name", &"init", &"--manifest", &manifest],
        &[&"check", &"--manifest", &manifest],
        &[&"check", &"--self-test", &"--manifest", &manifest],
    ] {
        assert_eq!(codegen(arguments), Exit::Fine);
    }
}

#[test]
fn a_second_workspace_generates_checks_and_compiles() {
    let folder = tempfile::tempdir().expect("a folder");
    let folder = folder.path();
    fs::write(
        folder.join("Cargo.toml"),
        "[workspace]\nresolver = \"3\"\nmembers = []\n",
    )
    .expect("a manifest");
    // The same versions as here, so that nothing is fetched.
    fs::copy(workspace().join("Cargo.lock"), folder.join("Cargo.lock")).expect("a lock file");
    assert_eq!(
        codegen(&[
            &"init",
            &folder,
            &"--app",
            &"notes",
            &"--path",
            &workspace()
        ]),
        Exit::Fine
    );
    generates_and_is_fresh(folder);
    // The others are what `cargo run` needs: one package and one binary of that name.
    compiled_with_ours(
        folder,
        &Path::new(env!("CARGO_TARGET_TMPDIR")).join("second"),
    );
    for command in [
        ["build", "--workspace"],
        ["build", "--package=codegen"],
        ["build", "--bin=codegen"],
    ] {
        let cargo = without_our_package(&mut Command::new(env!("CARGO")))
            .args(command)
            .arg("--quiet")
            .current_dir(folder)
            .output()
            .expect("cargo runs");
        assert!(
            cargo.status.success(),
            "{command:?}\n{}",
            String::from_utf8_lossy(&cargo.stderr)
        );
    }
    let lock = fs::read_to_string(folder.join("Cargo.lock")).expect("the lock file");
    // On the public registry, `codegen` is somebody else's package.
    assert_eq!(sources(&lock, "codegen"), [None], "the member and no other");
    for ours in [
        "schema",
        "synctable",
        "synctable-codegen",
        "synctable-macros",
    ] {
        assert_eq!(sources(&lock, ours), [None], "{ours} comes from a folder");
    }
    let from_registry = sources(&lock, "serde");
    assert!(
        from_registry[0].is_some(),
        "sources are seen: {from_registry:?}"
    );
}

/// Where each package of a name comes from, according to a lock file; nothing for a folder of this machine.
fn sources(lock: &str, name: &str) -> Vec<Option<String>> {
    let value_of = |package: &str, key: &str| {
        let line = package
            .lines()
            .find(|line| line.starts_with(&format!("{key} = ")))?;
        Some(line.split('"').nth(1)?.to_owned())
    };
    lock.split("[[package]]")
        .filter(|package| value_of(package, "name").as_deref() == Some(name))
        .map(|package| value_of(package, "source"))
        .collect()
}

#[test]
fn a_folder_without_rust_generates_and_checks() {
    let folder = tempfile::tempdir().expect("a folder");
    let folder = folder.path();
    assert_eq!(codegen(&[&"init", &folder]), Exit::Fine);
    assert!(!folder.join("Cargo.toml").exists() && !folder.join("codegen").exists());
    generates_and_is_fresh(folder);
    assert!(folder.join("migrations/setup.sql").is_file());
}

#[test]
fn what_a_project_of_typescript_starts_with_compiles() {
    let folder = tempfile::tempdir().expect("a folder");
    let folder = folder.path();
    fs::create_dir_all(folder.join("src/lib")).expect("a folder");
    fs::write(folder.join("package.json"), r#"{"type": "module"}"#).expect("a package");
    assert_eq!(codegen(&[&"init", &folder]), Exit::Fine);
    generates_and_is_fresh(folder);
    let program = "import { newItems } from './lib/tasks/index.js';
import { AppSchema } from './lib/tasks/powersync.js';
export const item = newItems({ list_id: '10000000-0000-4000-8000-000000000001', title: 'Buy milk' });
export const tables = AppSchema.tables.map((table) => table.name);
";
    fs::write(folder.join("src/app.ts"), program).expect("a program");
    link_packages(folder);
    tsc_in(folder).unwrap_or_else(|said| panic!("{said}"));
}
