//! A cargo workspace of a test that takes what was compiled for this one.

use crate::cases::workspace;
use std::env;
use std::fs;
use std::path::Path;
use std::process::Command;

/// The packages here that a workspace beside this one depends on. There they are no members.
const OURS: [&str; 4] = [
    "synctable",
    "synctable-bridge",
    "synctable-codegen",
    "synctable-macros",
];

/// Configures cargo in the folder of a workspace: it fetches nothing, and compiles what this workspace has not, with the
/// same profile. Its programs are in `aside`, a folder within the folder of what is built.
///
/// # Panics
/// A configuration that cannot be written.
pub fn compiled_with_ours(folder: &Path, aside: &Path) {
    let manifest = fs::read_to_string(workspace().join("Cargo.toml")).expect("a manifest");
    let profile = &manifest[manifest.find("[profile.dev]").expect("a profile")..];
    let profile = &profile[..profile.find("[profile.release]").expect("the next profile")];
    let debug = (profile.lines().find(|line| line.starts_with("debug"))).expect("what it keeps");
    let ours: String = OURS
        .map(|name| format!("[profile.dev.package.{name}]\n{debug}\n\n"))
        .concat();
    let built = aside
        .parent()
        .and_then(Path::parent)
        .expect("what is built");
    let config = format!(
        "[net]\noffline = true\n\n[build]\ntarget-dir = {aside:?}\nbuild-dir = {built:?}\n\n{profile}{ours}"
    );
    fs::create_dir_all(folder.join(".cargo")).expect("it can be made");
    fs::write(folder.join(".cargo/config.toml"), config).expect("it can be written");
}

/// The command as a person starts it, without what cargo tells a test of its package.
///
/// Build scripts run again when these variables change, and then all is compiled anew that depends on them.
pub fn without_our_package(command: &mut Command) -> &mut Command {
    for (name, _) in env::vars_os() {
        let of_package = ["CARGO_MANIFEST_", "CARGO_PKG_", "CARGO_PRIMARY_"];
        if of_package
            .iter()
            .any(|start| name.to_string_lossy().starts_with(start))
        {
            command.env_remove(name);
        }
    }
    command
}
