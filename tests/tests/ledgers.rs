//! Ledgers that earlier versions wrote are read by this one.

use std::cell::Cell;
use std::path::Path;

use synctable_codegen::diagnostic::Diagnostics;
use synctable_codegen::ledger::{Choices, Files, Ledger, Migration, files, migrate};
use tests::cases::each;

/// Folders of one format, each with the app and the number of tables that its newest snapshot describes.
type OfFormat = &'static [(&'static str, &'static str, usize)];

const LEDGERS: [(u32, OfFormat); 3] = [
    (
        1,
        &[
            ("powergit", "powergit", 9),
            ("schema", "tasks", 16),
            ("taskly", "taskly", 15),
            ("tunetrees", "tunetrees", 32),
        ],
    ),
    (2, &[("powergit", "powergit", 9), ("schema", "tasks", 16)]),
    // A whole snapshot, edits of it, and a release whose model is edits of those.
    (3, &[("powergit", "powergit", 9)]),
];

#[test]
fn the_ledgers_of_every_format_are_read_whole() {
    for (format, ledgers) in LEDGERS {
        let folder = format!("cases/ledgers/format_{format}");
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
        for (name, app, tables) in ledgers {
            let mut cx = Diagnostics::new();
            let read = files(&folder.join(name), &mut cx);
            let ledger = Ledger::read(read, &mut cx);
            let complaints: Vec<_> = cx.into_sorted();
            assert!(complaints.is_empty(), "{app}: {complaints:#?}");
            let newest = ledger.newest().expect("there is an entry");
            let snapshot = newest.snapshot.as_ref().expect("it was generated");
            assert_eq!(snapshot.format, format, "{app}");
            assert_eq!(snapshot.model.tables.len(), *tables, "{app}");
            assert_eq!(snapshot.model.app, *app, "{app}");
        }
    }
}

/// What format 2 leaves out comes back as it was: the same model in both formats.
#[test]
fn edits_lead_to_the_model_of_an_entry_and_to_that_of_a_release() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("cases/ledgers/format_3/powergit");
    let mut cx = Diagnostics::new();
    let ledger = Ledger::read(files(&folder, &mut cx), &mut cx);
    assert_eq!(cx.into_sorted(), []);
    let history = ledger.history();
    let models = history.models.iter().map(|model| {
        let doc = &model.streams["orgs/{org_id}/repos/{repo_id}/refs"].doc;
        let has_note = model.tables["refs"].columns.contains_key("note");
        (has_note, doc.as_deref().unwrap_or_default())
    });
    let before = "Branches and tags of one repository.";
    assert_eq!(
        models.collect::<Vec<_>>(),
        [(false, before), (true, before), (true, "Another sentence.")]
    );
    assert_eq!(history.releases[0].at, 2);
}

#[test]
fn a_snapshot_of_every_case_is_read_back_and_small() {
    let (whole, short) = (Cell::new(0), Cell::new(0));
    each("accept", |case| {
        let reading = synctable_codegen::read(&case.folder);
        let Some(model) = reading.model else {
            return Err("it is refused".to_owned());
        };
        let new = Migration::New {
            name: "init",
            at: "20260101000000",
        };
        let migrated = migrate(&Ledger::default(), &model, new, &Choices::default())
            .map_err(|refused| format!("{refused:?}"))?;
        let files: Files = migrated
            .files
            .iter()
            .map(|(path, text)| (path.to_owned(), text.into_owned()))
            .collect();
        let snapshot = files.iter().find(|(path, _)| path.ends_with(".json"));
        let (_, snapshot) = snapshot.ok_or("no snapshot")?;
        short.set(short.get() + snapshot.len());
        let text = serde_json::to_string(&model).map_err(|error| error.to_string())?;
        whole.set(whole.get() + text.len());
        let mut cx = Diagnostics::new();
        let ledger = Ledger::read(files, &mut cx);
        let found = cx.into_sorted();
        match found.is_empty() && ledger.model() == Some(&model) {
            true => Ok(()),
            false => Err(format!("{found:?}")),
        }
    });
    let (whole, short) = (whole.get(), short.get());
    assert!(short * 3 < whole * 2, "{short} of {whole} bytes");
}
