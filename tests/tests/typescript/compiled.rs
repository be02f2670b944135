//! `tsc --strict` over what is generated of all four declarations, over what its types promise, and over every accepted case.

use std::fs;

use synctable_codegen::diagnostic::{Complaints, Diagnostics};
use synctable_codegen::targets::typescript::TARGET;
use tempfile::TempDir;
use tests::cases::cases;
use tests::node::typescript::{link_packages, tsc, tsc_in};

#[test]
fn every_app_compiles_strictly_and_its_types_say_what_is_declared() {
    tsc("tsconfig.json", &[]).unwrap_or_else(|said| panic!("{said}"));
}

#[test]
fn every_app_compiles_for_browsers_without_types_of_node() {
    tsc("tsconfig.browser.json", &[]).unwrap_or_else(|said| panic!("{said}"));
}

/// Names that every language has taken, tables of each direction, keys of each sort.
#[test]
fn every_accepted_case_compiles_strictly() {
    let folder = TempDir::new().expect("a folder can be made");
    link_packages(folder.path());
    let mut count = 0;
    for case in cases("accept") {
        let reading = synctable_codegen::read(&case.folder.join("schema"));
        let model = reading.model.expect("it is accepted");
        let mut complaints = Complaints::new();
        (TARGET.admit)(&model, &mut complaints);
        let mut cx = Diagnostics::new();
        complaints.resolve(|_| None, &mut cx);
        let found = cx.into_sorted();
        assert!(found.is_empty(), "{}: {found:?}", case.name);
        for (path, text) in (TARGET.emit)(&model).iter() {
            let path = folder.path().join(&case.name).join(path);
            fs::create_dir_all(path.parent().expect("it is in a folder")).expect("it can be made");
            fs::write(path, &*text).expect("it can be written");
        }
        count += 1;
    }
    assert!(count > 40, "only {count} cases");
    tsc_in(folder.path()).unwrap_or_else(|said| panic!("{said}"));
}
