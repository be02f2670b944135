//! The same declaration gives the same bytes: under any locale, whatever order its files were made in, in any folder,
//! and in every run.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;

use tests::binary::codegen;
use tests::cases::workspace;
use tests::generate::Case;

/// A declaration: its files below the folder of the app, in some order.
type Files = Vec<(String, Vec<u8>)>;

/// All files below a folder, by relative path.
fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    for entry in fs::read_dir(folder).expect("a folder is readable") {
        let path = entry.expect("a listed entry").path();
        let name = path
            .file_name()
            .expect("a listed name")
            .to_string_lossy()
            .into_owned();
        if path.is_dir() {
            let below = files(&path).into_iter();
            found.extend(below.map(|(path, bytes)| (format!("{name}/{path}"), bytes)));
        } else {
            found.insert(name, fs::read(&path).expect("a file is readable"));
        }
    }
    found
}

/// The workspace's own app, the largest example, and random declarations over several files.
fn declarations() -> Vec<(String, Files)> {
    let mut all = Vec::new();
    for (name, folder) in [
        ("schema", "schema"),
        ("tunetrees", "examples/tunetrees/schema"),
    ] {
        let yaml = files(&workspace().join(folder))
            .into_iter()
            .filter(|(path, _)| path.ends_with(".yaml") && !path.contains("generated"))
            .map(|(path, bytes)| (format!("schema/{path}"), bytes));
        all.push((name.to_owned(), yaml.collect()));
    }
    let many = (0..)
        .map(|seed| Case::new(seed, 6))
        .filter(|case| case.files == 3);
    for case in many.take(2) {
        let yaml = case
            .texts()
            .into_iter()
            .map(|(path, text)| (format!("schema/{path}"), text.into_bytes()));
        all.push((format!("seed {}", case.seed), yaml.collect()));
    }
    all
}

fn write(folder: &Path, files: &Files) {
    for (path, bytes) in files {
        let path = folder.join(path);
        fs::create_dir_all(path.parent().expect("a file is in a folder"))
            .expect("a folder is made");
        fs::write(path, bytes).expect("a file is written");
    }
}

/// Generates and migrates with the given environment, and returns everything that is there afterwards.
fn generated(folder: &Path, environment: &[(&str, &str)]) -> BTreeMap<String, Vec<u8>> {
    for arguments in [
        &["generate"][..],
        &["migrate", "--name", "init", "--at", "20260101000000"],
    ] {
        let output = Command::new(codegen())
            .args(arguments)
            .arg("--manifest")
            .arg(folder.join("schema"))
            .current_dir(folder)
            .envs(environment.iter().copied())
            .output()
            .expect("codegen runs");
        assert!(
            output.status.success(),
            "{arguments:?}: {}{}",
            String::from_utf8_lossy(&output.stdout),
            String::from_utf8_lossy(&output.stderr)
        );
    }
    files(folder)
}

/// What is there after generating once more and asking the gate.
fn generated_again(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    for command in ["generate", "check"] {
        let output = Command::new(codegen())
            .args([command, "--manifest"])
            .arg(folder.join("schema"))
            .output()
            .expect("codegen runs");
        assert!(
            output.status.success(),
            "{command}: {}{}",
            String::from_utf8_lossy(&output.stdout),
            String::from_utf8_lossy(&output.stderr)
        );
    }
    files(folder)
}

fn same(
    name: &str,
    what: &str,
    expected: &BTreeMap<String, Vec<u8>>,
    found: &BTreeMap<String, Vec<u8>>,
) {
    let paths: Vec<&String> = expected.keys().chain(found.keys()).collect();
    for path in paths {
        assert!(
            expected.get(path) == found.get(path),
            "{name}: {path} differs {what}"
        );
    }
}

#[test]
fn the_same_bytes_under_five_locales_from_shuffled_files_in_any_folder() {
    const LOCALES: &[&str] = &[
        "C",
        "en_US.UTF-8",
        "tr_TR.UTF-8",
        "de_DE.ISO-8859-1",
        "ja_JP.eucJP",
    ];
    for (name, mut declared) in declarations() {
        let home = tempfile::tempdir().expect("a folder is made");
        let first = home.path().join("first");
        write(&first, &declared);
        let expected = generated(&first, &[("LC_ALL", "C"), ("TZ", "UTC")]);
        assert!(
            expected.len() > declared.len() + 5,
            "{name}: {:?}",
            expected.keys()
        );
        // A second run, and the gate after it.
        same(
            &name,
            "after a second run",
            &expected,
            &generated_again(&first),
        );
        for (turn, locale) in LOCALES.iter().enumerate() {
            // Another folder, its files made in another order.
            declared.rotate_left(1);
            if turn % 2 == 1 {
                declared.reverse();
            }
            let folder = home.path().join(format!("İ folder of {turn}"));
            write(&folder, &declared);
            let zone = ["UTC", "Asia/Kathmandu", "America/St_Johns"][turn % 3];
            let environment = [
                ("LC_ALL", *locale),
                ("LANG", *locale),
                ("LANGUAGE", "tr"),
                ("TZ", zone),
                ("COLUMNS", "20"),
            ];
            let found = generated(&folder, &environment);
            same(&name, &format!("under {locale}"), &expected, &found);
        }
    }
}

#[test]
fn a_difference_would_be_seen() {
    let one = BTreeMap::from([("a".to_owned(), b"x".to_vec())]);
    let other = BTreeMap::from([("a".to_owned(), b"y".to_vec())]);
    let seen = std::panic::catch_unwind(|| same("it", "on purpose", &one, &other));
    assert!(seen.is_err());
    let seen = std::panic::catch_unwind(|| same("it", "on purpose", &one, &BTreeMap::new()));
    assert!(seen.is_err());
}
