//! What a release publishes: npm packages that carry the programs, and crates that carry their templates.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use tests::cases::workspace;

/// Runs a program, and fails with what it printed.
#[track_caller]
fn done(command: &mut Command) -> String {
    let Output {
        status,
        stdout,
        stderr,
    } = command.output().expect("the program starts");
    let printed = String::from_utf8_lossy(&stdout).into_owned();
    assert!(
        status.success(),
        "{command:?}\n{printed}{}",
        String::from_utf8_lossy(&stderr)
    );
    printed
}

/// The platform of this machine, as Node calls it.
fn platform() -> String {
    done(Command::new("node").args(["-p", "process.platform + '-' + process.arch"]))
        .trim()
        .to_owned()
}

/// The packages of a release with the programs of this build.
fn packages(folder: &Path) -> PathBuf {
    let programs = folder.join("programs").join(platform());
    fs::create_dir_all(&programs).expect("a folder");
    for (name, built) in [
        ("codegen", tests::binary::codegen()),
        ("bridge", tests::binary::bridge()),
    ] {
        // What is for debuggers makes most of a debug build, and npm would compress all of it.
        done(
            Command::new("strip")
                .arg("-o")
                .args([&programs.join(name), &built]),
        );
    }
    let out = folder.join("packages");
    done(
        Command::new("node")
            .arg(workspace().join("release/npm/pack.mjs"))
            .args([&folder.join("programs"), &out]),
    );
    out
}

/// A program of the npm package, in a project.
fn npx(project: &Path, arguments: &[&str]) -> Output {
    Command::new("npx")
        .arg("--no-install")
        .args(arguments)
        .current_dir(project)
        .env("NO_COLOR", "1")
        .output()
        .expect("npx starts")
}

#[test]
fn a_project_without_rust_generates_with_the_npm_package() {
    let folder = tempfile::tempdir().expect("a folder");
    let packages = packages(folder.path());
    let project = folder.path().join("project");
    fs::create_dir_all(&project).expect("a folder");
    fs::write(project.join("package.json"), r#"{"private": true}"#).expect("a package");
    done(
        Command::new("npm")
            .args(["install", "--offline", "--no-audit", "--no-fund"])
            .arg("--install-links")
            .arg(packages.join(format!("synctable-{}", platform())))
            .arg(packages.join("synctable"))
            .current_dir(&project),
    );
    let version = npx(&project, &["codegen", "--version"]);
    assert_eq!(
        String::from_utf8_lossy(&version.stdout),
        concat!("codegen ", env!("CARGO_PKG_VERSION"), "\n")
    );
    assert!(npx(&project, &["bridge", "--help"]).status.success());
    for (arguments, code) in [
        (&["codegen", "check"][..], 3),
        (&["codegen", "init"], 0),
        (&["codegen", "check"], 4),
        (&["codegen", "generate"], 0),
        (&["codegen", "migrate", "--name", "init"], 0),
        (&["codegen", "check"], 0),
    ] {
        let output = npx(&project, arguments);
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(code), "{arguments:?}\n{said}");
    }
}

#[test]
fn a_platform_without_a_package_is_told_the_way_out() {
    let folder = tempfile::tempdir().expect("a folder");
    let packages = packages(folder.path());
    let output = Command::new("node")
        .arg(packages.join("synctable/codegen.mjs"))
        .arg("--version")
        .output()
        .expect("node starts");
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(3), "{said}");
    assert!(said.contains("--include=optional"), "{said}");
}

/// The files of a folder, relative to it.
fn files(folder: &Path, below: &Path, into: &mut BTreeSet<String>) {
    for entry in fs::read_dir(folder.join(below)).expect("a folder") {
        let entry = entry.expect("an entry");
        let path = below.join(entry.file_name());
        match entry.path().is_dir() {
            true => files(folder, &path, into),
            false => drop(into.insert(path.to_string_lossy().into_owned())),
        }
    }
}

#[test]
fn the_crate_of_the_generator_carries_its_templates() {
    let listed = done(
        Command::new(env!("CARGO"))
            .args(["package", "--list", "--allow-dirty", "--offline"])
            .args(["--package", "synctable-codegen"])
            .current_dir(workspace()),
    );
    let listed: BTreeSet<&str> = listed.lines().collect();
    let mut templates = BTreeSet::new();
    files(workspace(), Path::new("templates"), &mut templates);
    let missing: Vec<_> = templates
        .iter()
        .filter(|template| !listed.contains(template.as_str()))
        .collect();
    assert!(templates.len() > 50, "{templates:?}");
    assert!(missing.is_empty(), "the crate has no {missing:?}");
}

/// A published crate is compiled outside of this workspace.
#[test]
fn no_published_crate_includes_a_file_outside_of_itself() {
    let mut outside = Vec::new();
    for package in ["synctable", "macros", "codegen", "bridge"] {
        let mut sources = BTreeSet::new();
        files(&workspace().join(package), Path::new("src"), &mut sources);
        for source in sources.iter().filter(|source| source.ends_with(".rs")) {
            let path = workspace().join(package).join(source);
            let text = fs::read_to_string(&path).expect("a source file");
            // Unit tests may: they are run here alone.
            let text = text.split("#[cfg(test)]").next().unwrap_or_default();
            for included in text.split("include_str!(").skip(1) {
                let Some(target) = included.split('"').nth(1) else {
                    continue;
                };
                let ups = target.matches("../").count();
                if ups > source.matches('/').count() {
                    outside.push(format!("{package}/{source}: {target}"));
                }
            }
        }
    }
    assert!(outside.is_empty(), "{outside:#?}");
}
