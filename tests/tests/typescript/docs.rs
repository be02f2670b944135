//! The page about TypeScript: its files in an empty folder, generated, compiled and run.

use std::fs;

use tempfile::TempDir;
use tests::node::typescript::{built, run};
use tests::pages;

use crate::server::{Transaction, serve};

#[test]
fn the_page_leads_from_an_empty_folder_to_uploaded_rows() {
    let folder = TempDir::new().expect("a folder can be made");
    let folder = folder.path();
    fs::create_dir_all(folder.join(".git")).expect("it can be made");
    pages::read("typescript.md").write(folder);
    synctable_codegen::generate(&folder.join("schema")).unwrap_or_else(|why| panic!("{why}"));
    let out = TempDir::new().expect("a folder can be made");
    let mut main = built(folder, out.path(), "src/main.js");
    let mut uploaded = Vec::new();
    let keep = |_: &str, transaction: &Transaction| {
        let entries = transaction.crud.iter();
        uploaded.push(
            entries
                .map(|entry| format!("{} {}", entry.op, entry.table))
                .collect::<Vec<_>>(),
        );
        Ok(())
    };
    let printed = serve(keep, |url| {
        main.env("UPLOAD_URL", url).env("TOKEN", "a token");
        run(main.current_dir(out.path()))
    });
    let printed = printed.unwrap_or_else(|said| panic!("{said}"));
    assert_eq!(printed.trim(), "Milk done 1.50 9007199254740993n");
    let expected: [&[&str]; 3] = [
        &["PUT lists", "PUT items", "PUT items"],
        &["PATCH items"],
        &["DELETE items"],
    ];
    assert_eq!(uploaded, expected);
}
