//! Rust: compiled without warnings against the declarations of PowerSync's package, and run.

use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::Value;
use synctable_codegen::targets::powersync_rust;
use tempfile::TempDir;
use tests::cases::workspace;

use crate::client_schemas::apps::apps;

#[test]
fn compiled_rust_declares_what_the_extension_takes() {
    let folder = TempDir::new().expect("a folder can be made");
    let library = folder.path().join("libpowersync.rlib");
    let sdk = workspace().join("tests/tests/client_schemas/sdk/powersync.rs");
    rustc(
        &sdk,
        &library,
        &["--crate-name", "powersync", "--crate-type", "rlib"],
    );
    let mut apps = apps();
    apps.retain(|app| app.is_for(powersync_rust::TARGET.name));
    let mut main = String::from("fn main() {\n");
    for (index, app) in apps.iter().enumerate() {
        let text = app.file(powersync_rust::TARGET, "app_schema.rs");
        fs::write(folder.path().join(format!("app{index}.rs")), text).expect("it can be written");
        main.push_str(&format!(
            "    println!(\"{{}}\", powersync::schema::json(&app{index}::app_schema()));\n"
        ));
    }
    main.push_str("}\n");
    for index in 0..apps.len() {
        main.push_str(&format!("mod app{index};\n"));
    }
    let source = folder.path().join("main.rs");
    fs::write(&source, main).expect("it can be written");
    let program = folder.path().join("main");
    let library = format!("powersync={}", library.display());
    rustc(
        &source,
        &program,
        &["--deny", "warnings", "--extern", &library],
    );
    let output = Command::new(program).output().expect("it runs");
    assert!(output.status.success(), "{output:?}");
    let printed = String::from_utf8(output.stdout).expect("it prints text");
    let printed: Vec<&str> = printed.lines().collect();
    assert_eq!(printed.len(), apps.len());
    for (app, line) in apps.iter().zip(printed) {
        let sent: Value = serde_json::from_str(line).expect("it prints JSON");
        assert_eq!(sent, app.wire(), "{}", app.name);
    }
}

fn rustc(source: &Path, out: &Path, arguments: &[&str]) {
    let output = Command::new("rustc")
        .args(["--edition", "2024"])
        .args(arguments)
        .arg("-o")
        .args([out, source])
        .output()
        .expect("rustc runs");
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
}
