//! The ledger: histories that are whole, and each way in which one is not.

use super::*;
use crate::catalog::lower;
use crate::diagnostic::{
    AT_REFUSED, Code, ENTRY_NAME, LEDGER_STARTED, MIGRATION_DUE, SNAPSHOT_UNREADABLE,
};
use crate::model::{Access, Model, Rule, StorageBucket, sample};

fn first(model: &Model) -> Files {
    let new = Migration::New {
        name: "init",
        at: None,
    };
    let tree =
        migrate(&Ledger::default(), model, new).expect("an empty ledger takes its first entry");
    tree.iter()
        .map(|(path, text)| (path.to_owned(), text.into_owned()))
        .collect()
}

fn read(files: &Files) -> (Ledger, Vec<Code>) {
    let mut cx = Diagnostics::new();
    let ledger = Ledger::read(files.clone(), &mut cx);
    let codes = cx.into_sorted().iter().map(|one| one.code).collect();
    (ledger, codes)
}

const SQL: &str = "20200101000000_init.sql";
const SNAPSHOT: &str = "snapshots/20200101000000.json";

#[test]
fn what_migrate_writes_is_read_back_whole() {
    let model = sample::model();
    let files = first(&model);
    assert_eq!(files.keys().collect::<Vec<_>>(), [SQL, SNAPSHOT]);
    let (ledger, codes) = read(&files);
    assert_eq!(codes, []);
    assert_eq!(
        ledger.newest().expect("it was written").snapshot.model,
        model
    );
    assert_eq!(due(&ledger, &model), None);
}

#[test]
fn line_ends_of_another_system_are_no_edit() {
    let files = first(&sample::model());
    let windows = files
        .into_iter()
        .map(|(path, text)| (path, text.replace('\n', "\r\n")))
        .collect();
    assert_eq!(read(&windows).1, []);
}

#[test]
fn an_edited_entry_is_found() {
    let mut files = first(&sample::model());
    files
        .get_mut(SQL)
        .expect("it is there")
        .push_str("drop table lists;\n");
    assert_eq!(read(&files).1, [ENTRY_EDITED]);
}

#[test]
fn a_missing_entry_and_a_missing_snapshot_are_found() {
    let mut files = first(&sample::model());
    let sql = files.remove(SQL).expect("it is there");
    assert_eq!(read(&files).1, [ENTRY_MISSING]);
    let files = Files::from([(SQL.to_owned(), sql)]);
    assert_eq!(read(&files).1, [ENTRY_WITHOUT_SNAPSHOT]);
}

#[test]
fn two_first_entries_are_a_fork() {
    let mut files = first(&sample::model());
    let snapshot = files[SNAPSHOT].clone();
    files.insert("20200102000000_other.sql".to_owned(), files[SQL].clone());
    files.insert("snapshots/20200102000000.json".to_owned(), snapshot);
    assert_eq!(read(&files).1, [LEDGER_FORKED]);
}

#[test]
fn an_edited_snapshot_breaks_the_chain() {
    let mut files = first(&sample::model());
    let parent = read(&files).0.entries[0].hash.clone();
    let second = Snapshot::new(Some(&parent), "select 1;\n", &sample::model());
    files.insert(
        "20200102000000_other.sql".to_owned(),
        "select 1;\n".to_owned(),
    );
    files.insert("snapshots/20200102000000.json".to_owned(), second.write());
    assert_eq!(read(&files).1, []);
    let edited = files[SNAPSHOT].replace("\"tasks\"", "\"other\"");
    assert_ne!(edited, files[SNAPSHOT]);
    files.insert(SNAPSHOT.to_owned(), edited);
    assert_eq!(read(&files).1, [ENTRY_EDITED]);
}

#[test]
fn a_snapshot_of_a_later_format_is_named() {
    let mut files = first(&sample::model());
    files.insert(
        SNAPSHOT.to_owned(),
        r#"{"format": 2, "more": []}"#.to_owned(),
    );
    let mut cx = Diagnostics::new();
    Ledger::read(files, &mut cx);
    let found = cx.into_sorted();
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].code, SNAPSHOT_UNREADABLE);
    assert_eq!(
        found[0].message,
        "`snapshots/20200101000000.json` has format 2, but this version reads format 1"
    );
}

#[test]
fn a_change_that_postgres_sees_is_due_and_others_are_not() {
    let model = sample::model();
    let (ledger, _) = read(&first(&model));

    let mut renamed = model.clone();
    renamed.streams.clear();
    renamed.tables["lists"].client_name = "my_lists".to_owned();
    assert_eq!(due(&ledger, &renamed), None);

    // `storage.sql` says it, which is no entry of the ledger.
    let mut stored = model.clone();
    let bucket = StorageBucket {
        name: "packs".to_owned(),
        doc: None,
        public: false,
        path: vec!["org".to_owned()],
        access: Access {
            read: [("authenticated".to_owned(), Rule::Public)].into(),
            ..Access::default()
        },
    };
    stored.storage.insert(bucket.name.clone(), bucket);
    assert_ne!(lower(&stored).storage, None);
    assert_eq!(due(&ledger, &stored), None);

    let mut asked = model.clone();
    asked.postgres.user_id = synctable::Scalar::Text;
    let diagnostic = due(&ledger, &asked).expect("a function reads it otherwise");
    assert_eq!(diagnostic.notes.len(), 2, "{diagnostic:?}");
    for (note, fact) in diagnostic.notes.iter().zip(["body: ", "returns: "]) {
        let wanted = format!("function tasks_private.user_id, {fact}");
        assert!(note.starts_with(&wanted), "{note}");
    }

    let mut longer = model;
    longer.tables["items"].columns["title"].nullable = true;
    let diagnostic = due(&ledger, &longer).expect("Postgres sees it");
    assert_eq!(diagnostic.code, MIGRATION_DUE);
    assert_eq!(
        diagnostic.notes,
        ["table public.items, column title, null: not null instead of nullable"]
    );
    let rewritten = migrate(&ledger, &longer, Migration::Rewrite).expect("there is one entry");
    assert!(
        rewritten
            .get(SQL)
            .expect("it keeps its path")
            .contains("title text,")
    );
}

#[test]
fn a_second_entry_is_refused_with_the_way_out() {
    let model = sample::model();
    let (ledger, _) = read(&first(&model));
    let new = Migration::New {
        name: "more",
        at: None,
    };
    let refused = migrate(&ledger, &model, new).expect_err("there is an entry");
    assert_eq!(refused.code, LEDGER_STARTED);
    assert!(refused.help[0].contains("--rewrite"), "{refused:?}");
}

#[test]
fn a_name_or_a_place_that_no_entry_can_have_is_refused() {
    for (name, at, code) in [
        ("Add Tags", None, ENTRY_NAME),
        ("", None, ENTRY_NAME),
        ("ok", Some("2026"), AT_REFUSED),
        ("ok", Some("2026-01-31T0900"), AT_REFUSED),
    ] {
        let new = Migration::New { name, at };
        let refused = migrate(&Ledger::default(), &sample::model(), new);
        assert_eq!(refused.expect_err(name).code, code);
    }
}
