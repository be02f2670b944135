//! The Rust that the package `ui` is compiled with is what the targets emit of the wide sample.
//!
//! That package being compiled is the proof that it is Rust; this test keeps it from being old.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use synctable_codegen::model::sample_wide::wide;
use synctable_codegen::targets::{Target, constants, mappers};
use tests::cases::workspace;

#[test]
fn the_constants_that_ui_compiles_are_those_of_the_sample() {
    same(constants::TARGET, "generated");
}

#[test]
fn the_rows_that_ui_compiles_are_those_of_the_sample() {
    same(mappers::TARGET, "mappers");
}

/// Compares a folder of `ui` with what a target emits; `BLESS=1` writes it.
fn same(target: Target, folder: &str) {
    let folder = workspace().join("tests/ui/src").join(folder);
    let model = wide();
    let tree = (target.emit)(&model);
    if std::env::var_os("BLESS").is_some_and(|value| value == "1") {
        let _ = fs::remove_dir_all(&folder);
        for (path, text) in tree.iter() {
            let path = folder.join(path);
            fs::create_dir_all(path.parent().expect("it is in the folder")).expect("it is made");
            fs::write(path, text.as_ref()).expect("it is written");
        }
    }
    let wanted: BTreeSet<PathBuf> = tree.iter().map(|(path, _)| folder.join(path)).collect();
    assert_eq!(files(&folder), wanted, "(BLESS=1 writes them)");
    for (path, text) in tree.iter() {
        let found = fs::read_to_string(folder.join(path)).expect("it is there");
        assert_eq!(found, text, "{path} (BLESS=1 writes it)");
    }
}

fn files(folder: &Path) -> BTreeSet<PathBuf> {
    let Ok(entries) = fs::read_dir(folder) else {
        return BTreeSet::new();
    };
    entries
        .map(|entry| entry.expect("it can be read").path())
        .flat_map(|path| match path.is_dir() {
            true => files(&path),
            false => BTreeSet::from([path]),
        })
        .collect()
}
