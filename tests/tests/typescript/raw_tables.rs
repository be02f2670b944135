//! Raw tables, in a real PowerSync database.

use std::fs;

use synctable_codegen::targets::typescript::TARGET;
use tempfile::TempDir;
use tests::applied::model_of;
use tests::cases::workspace;
use tests::node::typescript::{built, run};

/// Runs a program over what is generated of a case.
fn runs(case: &str, program: &str) {
    let case = format!("tests/cases/accept/{case}/schema");
    let model = model_of(&workspace().join(case));
    let folder = TempDir::new().expect("a folder can be made");
    let source = folder.path().join("src");
    for (path, text) in (TARGET.emit)(&model).iter() {
        let path = source.join("app").join(path);
        fs::create_dir_all(path.parent().expect("it is in a folder")).expect("it can be made");
        fs::write(path, &*text).expect("it can be written");
    }
    fs::write(source.join("main.ts"), program).expect("it can be written");
    let out = TempDir::new().expect("a folder can be made");
    let mut main = built(folder.path(), out.path(), "src/main.js");
    let printed = run(&mut main).unwrap_or_else(|said| panic!("{said}"));
    assert_eq!(printed.trim(), "done");
}

#[test]
fn a_device_keeps_its_own_columns_of_a_raw_table() {
    runs(
        "a_raw_table_with_columns_of_the_device",
        include_str!("raw_tables.ts"),
    );
}

#[test]
fn a_checkpoint_keeps_the_rows_of_a_raw_table_that_only_go_up() {
    runs(
        "a_raw_table_whose_rows_only_go_up",
        include_str!("raw_up.ts"),
    );
}
