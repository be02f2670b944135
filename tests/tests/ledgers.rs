//! Ledgers that earlier versions wrote are read by this one.

use std::path::Path;
use synctable_codegen::diagnostic::Diagnostics;
use synctable_codegen::ledger::{Ledger, files};

/// The folders, with the app and the number of tables that each one's snapshot describes.
const LEDGERS: [(&str, &str, usize); 4] = [
    ("powergit", "powergit", 9),
    ("schema", "tasks", 16),
    ("taskly", "taskly", 15),
    ("tunetrees", "tunetrees", 32),
];

#[test]
fn the_ledgers_of_format_1_are_read_whole() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("cases/ledgers/format_1");
    for (name, app, tables) in LEDGERS {
        let mut cx = Diagnostics::new();
        let read = files(&folder.join(name), &mut cx);
        let ledger = Ledger::read(read, &mut cx);
        let complaints: Vec<_> = cx.into_sorted();
        assert!(complaints.is_empty(), "{app}: {complaints:#?}");
        let newest = ledger.newest().expect("there is an entry");
        assert_eq!(newest.snapshot.format, 1, "{app}");
        assert_eq!(newest.snapshot.model.tables.len(), tables, "{app}");
        assert_eq!(newest.snapshot.model.app, app, "{app}");
    }
}
