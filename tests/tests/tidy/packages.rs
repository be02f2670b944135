//! The arrows between packages, read from `cargo metadata`.

use std::collections::BTreeSet;
use std::process::Command;

use serde_json::Value;
use tests::cases::workspace;

/// What each package of the workspace may depend on, in any way (build and tests included).
///
/// `synctable-codegen` never sees `schema`: a generator must not need what it generates. The tests see everything.
const ARROWS: &[(&str, &[&str])] = &[
    ("synctable-macros", &[]),
    ("synctable", &["synctable-macros"]),
    ("schema", &["synctable"]),
    ("powergit", &["synctable"]),
    ("taskly", &["synctable"]),
    ("tunetrees", &["synctable"]),
    ("synctable-codegen", &["synctable"]),
    ("codegen", &["synctable-codegen"]),
    ("client", &["schema", "synctable"]),
    ("synctable-bridge", &["synctable", "synctable-codegen"]),
    ("worker", &["schema", "synctable"]),
];

/// Packages that test the others, and that nothing else may depend on.
const TESTS: &[&str] = &["tests", "ui", "conflicts", "fuzz"];

#[test]
fn packages_depend_along_the_arrows_only() {
    let metadata = metadata();
    let found = violations(&metadata);
    assert!(
        found.is_empty(),
        "see ARCHITECTURE.md:\n  {}",
        found.join("\n  ")
    );
}

#[test]
fn a_wrong_arrow_between_packages_is_seen() {
    let mut metadata = metadata();
    let packages = metadata["packages"].as_array_mut().unwrap();
    let codegen = packages
        .iter_mut()
        .find(|package| package["name"] == "synctable-codegen")
        .unwrap();
    let dependencies = codegen["dependencies"].as_array_mut().unwrap();
    dependencies.push(serde_json::json!({"name": "schema", "path": "schema", "kind": "dev"}));
    assert_eq!(
        violations(&metadata),
        ["synctable-codegen must not depend on schema"]
    );

    let packages = metadata["packages"].as_array_mut().unwrap();
    packages.push(serde_json::json!({"name": "helpers", "dependencies": []}));
    assert_eq!(
        violations(&metadata).len(),
        2,
        "a package without a row is seen"
    );
}

fn metadata() -> Value {
    let output = Command::new(env!("CARGO"))
        .args([
            "metadata",
            "--no-deps",
            "--offline",
            "--format-version",
            "1",
        ])
        .current_dir(workspace())
        .output()
        .expect("cargo runs");
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    serde_json::from_slice(&output.stdout).expect("cargo prints JSON")
}

fn violations(metadata: &Value) -> Vec<String> {
    let packages = metadata["packages"].as_array().expect("a list of packages");
    let name = |value: &Value| value["name"].as_str().expect("a name").to_owned();
    let ours: BTreeSet<String> = packages.iter().map(name).collect();

    let mut found = Vec::new();
    for package in packages {
        let from = name(package);
        let row = ARROWS.iter().find(|(package, _)| *package == from);
        let allowed = match row {
            Some((_, allowed)) => *allowed,
            None if TESTS.contains(&from.as_str()) => continue,
            None => {
                found.push(format!("{from} has no row in this test's table"));
                continue;
            }
        };
        let dependencies = package["dependencies"]
            .as_array()
            .expect("a list of dependencies");
        for to in dependencies.iter().map(name) {
            if ours.contains(&to) && !allowed.contains(&to.as_str()) {
                found.push(format!("{from} must not depend on {to}"));
            }
        }
    }
    found
}
