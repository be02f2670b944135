//! Kotlin: compiled with its own compiler against the declarations of PowerSync's library, and run.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;
use synctable_codegen::targets::kotlin;
use tempfile::TempDir;
use tests::cases::workspace;

use crate::client_schemas::apps::{App, app, apps};

/// What the compiled files of apps send.
fn sent(
    folder: &Path,
    apps: &[App],
    change: impl Fn(String) -> String,
) -> Result<Vec<Value>, String> {
    let compiler = workspace().join("tests/runners/node_modules/kotlin-compiler");
    assert!(
        compiler.exists(),
        "tests/runners/node_modules is missing: run ./test.sh, or `npm install --no-package-lock` in tests/runners"
    );
    let sdk = workspace().join("tests/tests/client_schemas/sdk/PowerSync.kt");
    let mut files = vec![sdk.display().to_string()];
    let mut main = String::from("import com.powersync.db.schema.wire\n\nfun main() {\n");
    for (index, app) in apps.iter().enumerate() {
        let text = app.file(kotlin::TARGET, "AppSchema.kt");
        let package = text.lines().find(|line| line.starts_with("package "));
        // Several of the apps have one name.
        let text = text.replace(package.expect("it has one"), &format!("package app{index}"));
        let file = folder.join(format!("App{index}.kt"));
        fs::write(&file, change(text)).expect("it can be written");
        files.push(file.display().to_string());
        main.push_str(&format!("    println(wire(app{index}.appSchema))\n"));
    }
    main.push_str("}\n");
    let file = folder.join("Main.kt");
    fs::write(&file, main).expect("it can be written");
    files.push(file.display().to_string());
    let jar = folder.join("apps.jar");
    let mut kotlinc = Command::new("java");
    kotlinc
        .arg("-cp")
        .arg(compiler.join("lib/kotlin-compiler.jar"))
        .arg("org.jetbrains.kotlin.cli.jvm.K2JVMCompiler")
        .arg("-kotlin-home")
        .arg(&compiler)
        .args(["-Werror", "-d"])
        .arg(&jar)
        .args(files);
    told(kotlinc.output().expect("Java is installed: run ./test.sh"))?;
    let standard = compiler.join("lib/kotlin-stdlib.jar");
    let path = format!("{}:{}", jar.display(), standard.display());
    let printed = told(
        Command::new("java")
            .args(["-cp", &path, "MainKt"])
            .output()
            .expect("Java runs"),
    )?;
    let lines = printed.lines().map(serde_json::from_str);
    lines
        .collect::<Result<_, _>>()
        .map_err(|why| why.to_string())
}

fn told(output: Output) -> Result<String, String> {
    let texts =
        [&output.stdout, &output.stderr].map(|text| String::from_utf8_lossy(text).into_owned());
    match output.status.success() {
        true => Ok(texts[0].clone()),
        false => Err(texts.concat()),
    }
}

#[test]
fn compiled_kotlin_declares_what_the_extension_takes() {
    let mut apps = apps();
    apps.retain(|app| app.is_for(kotlin::TARGET.name));
    let folder = TempDir::new().expect("a folder can be made");
    let sent = sent(folder.path(), &apps, |text| text).unwrap_or_else(|said| panic!("{said}"));
    assert_eq!(sent.len(), apps.len());
    for (app, sent) in apps.iter().zip(sent) {
        assert_eq!(sent, app.wire(), "{}", app.name);
    }
}

#[test]
fn a_column_of_another_type_does_not_compile_in_kotlin() {
    let apps = [app("a_client_in_every_language")];
    let folder = TempDir::new().expect("a folder can be made");
    let said = sent(folder.path(), &apps, |text| {
        text.replace("Column.text(\"name\")", "Column.text(3)")
    });
    let said = said.expect_err("a name is a text");
    assert!(said.contains("argument type mismatch"), "{said}");
}
