//! `tsc --strict` over every accepted case, and PowerSync's driver over all four declarations.

use std::fs;

use synctable_codegen::diagnostic::{Complaints, DRIZZLE_NAME_COLLISION, Diagnostics};
use synctable_codegen::targets::drizzle::TARGET;
use tempfile::TempDir;
use tests::cases::cases;
use tests::node::typescript::{link_packages, program, run, tsc_with_packages_in};

/// The case that has two columns of one name in camel case.
const REFUSED: &str = "names_that_every_language_has_taken";

#[test]
fn every_accepted_case_compiles_strictly_unless_two_names_become_one() {
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
        if case.name == REFUSED {
            let [only] = &found[..] else {
                panic!("{}: {found:?}", case.name)
            };
            assert_eq!(only.code, DRIZZLE_NAME_COLLISION);
            continue;
        }
        assert!(found.is_empty(), "{}: {found:?}", case.name);
        for (path, text) in (TARGET.emit)(&model).iter() {
            let path = folder.path().join(&case.name).join(path);
            fs::create_dir_all(path.parent().expect("it is in a folder")).expect("it can be made");
            fs::write(path, &*text).expect("it can be written");
        }
        count += 1;
    }
    assert!(count > 40, "only {count} cases");
    tsc_with_packages_in(folder.path()).unwrap_or_else(|said| panic!("{said}"));
}

/// `powersync.ts` and `device.ts` declare one schema.
#[test]
fn the_driver_of_powersync_makes_the_tables_of_every_device() {
    let said = run(&mut program("drizzle")).unwrap_or_else(|said| panic!("{said}"));
    let count = said
        .trim()
        .strip_suffix(" tables")
        .and_then(|count| count.parse().ok());
    assert!(count.is_some_and(|count: usize| count > 40), "{said}");
}
