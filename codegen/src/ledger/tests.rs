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
        at: "20200101000000",
    };
    let migrated = migrate(&Ledger::default(), model, new, &Choices::default());
    files_of(&migrated.expect("an empty ledger takes its first entry"))
}

fn files_of(migrated: &Migrated) -> Files {
    let files = migrated.files.iter();
    files
        .map(|(path, text)| (path.to_owned(), text.into_owned()))
        .collect()
}

/// The code of what was asked for and cannot be done.
fn asked(refused: Refused) -> Diagnostic {
    match refused {
        Refused::Asked(diagnostic) => diagnostic,
        Refused::Declared(complaints) => panic!("{complaints:?}"),
    }
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
    let told = diagnostic.notes.iter();
    let refused: Vec<&String> = told.filter(|note| note.starts_with("D024")).collect();
    assert_eq!(refused.len(), 1, "{diagnostic:?}");

    let mut longer = model;
    longer.tables["items"].columns["title"].nullable = true;
    let diagnostic = due(&ledger, &longer).expect("Postgres sees it");
    assert_eq!(diagnostic.code, MIGRATION_DUE);
    assert_eq!(diagnostic.notes, ["let `items.title` be NULL"]);
    assert!(
        !diagnostic.help.iter().any(|help| help.contains("rewrite")),
        "what may have run is never written anew: {diagnostic:?}"
    );
}

/// The sample, and what it leads to when a column may be NULL.
fn changed() -> (Model, Model) {
    let model = sample::model();
    let mut changed = model.clone();
    changed.tables["items"].columns["title"].nullable = true;
    (model, changed)
}

#[test]
fn a_second_entry_continues_the_first_one_and_a_third_the_second() {
    let (model, changed) = changed();
    let mut files = first(&model);
    for (at, name, to) in [
        ("20200102000000", "relax", &changed),
        ("20200103000000", "require", &model),
    ] {
        let (ledger, _) = read(&files);
        let new = Migration::New { name, at };
        let migrated = migrate(&ledger, to, new, &Choices::default()).expect("nothing is refused");
        assert_eq!(migrated.changes.len(), 1, "{migrated:?}");
        files.extend(files_of(&migrated));
        let (ledger, codes) = read(&files);
        assert_eq!(codes, []);
        assert_eq!(due(&ledger, to), None);
        let newest = &ledger.newest().expect("it is there").name;
        assert!(newest.starts_with(name), "{newest}");
    }
    let sql = &files["20200102000000_relax.sql"];
    assert!(sql.contains("alter column title drop not null;"), "{sql}");
    // To require a value takes three files; without the last ones, a migration is due.
    assert_eq!(read(&files).0.entries.len(), 5);
    for _ in 0..2 {
        files.pop_last();
        let last = files.keys().rfind(|path| path.ends_with(".sql")).cloned();
        files.remove(&last.expect("an entry"));
        let (ledger, codes) = read(&files);
        assert_eq!(codes, []);
        assert!(due(&ledger, &model).is_some());
    }
}

#[test]
fn where_nothing_changes_nothing_is_written() {
    let model = sample::model();
    let (ledger, _) = read(&first(&model));
    let new = Migration::New {
        name: "more",
        at: "20200102000000",
    };
    let migrated = migrate(&ledger, &model, new, &Choices::default()).expect("nothing is refused");
    assert!(migrated.files.is_empty() && migrated.changes.is_empty());
}

#[test]
fn the_newest_entry_alone_is_written_anew() {
    let (model, changed) = changed();
    let mut files = first(&model);
    let (ledger, _) = read(&files);
    let whole = migrate(&ledger, &changed, Migration::Rewrite, &Choices::default())
        .expect("there is one entry");
    let sql = whole.files.get(SQL).expect("it keeps its path");
    assert!(sql.contains("title text,"));

    let new = Migration::New {
        name: "more",
        at: "20200102000000",
    };
    files.extend(files_of(
        &migrate(&ledger, &changed, new, &Choices::default()).expect("nothing is refused"),
    ));
    let mut further = changed.clone();
    further.tables["items"].doc = Some("One thing to do, said otherwise.".to_owned());
    let (ledger, _) = read(&files);
    let anew = migrate(&ledger, &further, Migration::Rewrite, &Choices::default())
        .expect("there is a newest entry");
    let written = files_of(&anew);
    assert_eq!(
        written.keys().collect::<Vec<_>>(),
        ["20200102000000_more.sql", "snapshots/20200102000000.json"]
    );
    files.extend(written);
    let (ledger, codes) = read(&files);
    assert_eq!(codes, []);
    assert_eq!(due(&ledger, &further), None);

    let nothing = migrate(
        &Ledger::default(),
        &model,
        Migration::Rewrite,
        &Choices::default(),
    );
    assert_eq!(asked(nothing.expect_err("no entry")).code, LEDGER_STARTED);
}

#[test]
fn a_place_is_after_the_newest_entry_whatever_the_clock_says() {
    use std::time::{Duration, UNIX_EPOCH};
    let (ledger, _) = read(&first(&sample::model()));
    assert_eq!(ledger.place(UNIX_EPOCH), "20200101000001");
    let later = UNIX_EPOCH + Duration::from_secs(1_700_000_000);
    assert_eq!(ledger.place(later), "20231114221320");
}

#[test]
fn a_name_or_a_place_that_no_entry_can_have_is_refused() {
    let (ledger, _) = read(&first(&sample::model()));
    for (name, at, code) in [
        ("Add Tags", "20260101000000", ENTRY_NAME),
        ("", "20260101000000", ENTRY_NAME),
        ("ok", "2026", AT_REFUSED),
        ("ok", "2026-01-31T0900", AT_REFUSED),
        ("ok", "20200101000000", AT_REFUSED),
        ("ok", "20191231235959", AT_REFUSED),
    ] {
        let new = Migration::New { name, at };
        let refused = migrate(&ledger, &changed().1, new, &Choices::default());
        assert_eq!(asked(refused.expect_err(name)).code, code);
    }
}
