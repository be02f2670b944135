//! `tsc --strict` over every accepted case, and PowerSync's driver over all four declarations.

use std::fs;

use synctable_codegen::diagnostic::{
    Code, Complaints, DRIZZLE_NAME_COLLISION, Diagnostics, RAW_TABLE, UP_CHANGES,
};
use synctable_codegen::targets::drizzle::TARGET;
use tempfile::TempDir;
use tests::cases::cases;
use tests::node::typescript::{link_packages, program, run, tsc_with_packages_in};

/// The cases that the target refuses: two columns of one name in camel case, and tables that PowerSync has as raw ones only.
const REFUSED: [(&str, Code); 4] = [
    (
        "names_that_every_language_has_taken",
        DRIZZLE_NAME_COLLISION,
    ),
    ("a_raw_table_with_columns_of_the_device", RAW_TABLE),
    ("a_raw_table_whose_rows_only_go_up", RAW_TABLE),
    (
        "rows_that_only_go_up_and_that_devices_go_on_changing",
        UP_CHANGES,
    ),
];

#[test]
fn every_accepted_case_compiles_strictly_unless_it_is_refused() {
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
        if let Some((_, code)) = REFUSED.iter().find(|(name, _)| case.name == *name) {
            let is_refused = !found.is_empty() && found.iter().all(|one| one.code == *code);
            assert!(is_refused, "{}: {found:?}", case.name);
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
