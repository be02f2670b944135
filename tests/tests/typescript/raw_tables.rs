//! Raw tables, in a real PowerSync database.

use std::fs;

use synctable_codegen::targets::typescript::TARGET;
use tempfile::TempDir;
use tests::applied::model_of;
use tests::cases::workspace;
use tests::node::typescript::{built, run};

#[test]
fn a_device_keeps_its_own_columns_of_a_raw_table() {
    let case = "tests/cases/accept/a_raw_table_with_columns_of_the_device/schema";
    let model = model_of(&workspace().join(case));
    let folder = TempDir::new().expect("a folder can be made");
    let source = folder.path().join("src");
    for (path, text) in (TARGET.emit)(&model).iter() {
        let path = source.join("app").join(path);
        fs::create_dir_all(path.parent().expect("it is in a folder")).expect("it can be made");
        fs::write(path, &*text).expect("it can be written");
    }
    fs::write(source.join("main.ts"), include_str!("raw_tables.ts")).expect("it can be written");
    let out = TempDir::new().expect("a folder can be made");
    let mut main = built(folder.path(), out.path(), "src/main.js");
    let printed = run(&mut main).unwrap_or_else(|said| panic!("{said}"));
    assert_eq!(printed.trim(), "done");
}
