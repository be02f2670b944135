//! The page about TypeScript: its files in an empty folder, generated, compiled and run.

use std::collections::BTreeMap;
use std::fs;

use tempfile::TempDir;
use tests::cases::workspace;
use tests::node::typescript::{built, run};

use crate::server::{Transaction, serve};

/// The files of the page: each block that starts with a comment that names one.
fn files() -> BTreeMap<String, String> {
    let page = fs::read_to_string(workspace().join("docs/typescript.md")).expect("it is there");
    let blocks = page.split("\n```").skip(1).step_by(2);
    let mut files = BTreeMap::new();
    for block in blocks {
        let (language, text) = block.split_once('\n').expect("a block has lines");
        let first = text.lines().next().expect("a block has lines");
        match language {
            "ts" | "yaml" => {
                let name = first.trim_start_matches(['/', '#', ' ']);
                assert!(name.ends_with(language), "a block names its file: {first}");
                files.insert(name.to_owned(), text.to_owned());
            }
            "sh" => {}
            other => panic!("a block of {other} is not run"),
        }
    }
    files
}

#[test]
fn the_page_leads_from_an_empty_folder_to_uploaded_rows() {
    let folder = TempDir::new().expect("a folder can be made");
    let folder = folder.path();
    fs::create_dir_all(folder.join(".git")).expect("it can be made");
    for (name, text) in files() {
        let path = folder.join(name);
        fs::create_dir_all(path.parent().expect("it is in a folder")).expect("it can be made");
        fs::write(path, text).expect("it can be written");
    }
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
