//! The ledger: histories that are whole, and each way in which one is not.

use super::*;
use crate::catalog::lower;
use crate::diagnostic::{
    ACCESS_UNDECLARED, AT_REFUSED, Code, Diagnostic, ENTRY_EDITED, ENTRY_FOREIGN, ENTRY_MISSING,
    ENTRY_NAME, ENTRY_RENAMED, ENTRY_UNSEALED, ENTRY_WITHOUT_SNAPSHOT, LEDGER_FORKED,
    LEDGER_STARTED, MIGRATION_DUE, REBASE_REFUSED, RELEASE_REFUSED, RELEASES_UNREADABLE,
    REWRITE_REFUSED, SNAPSHOT_UNREADABLE, SUM_BROKEN, SUM_MISSING, SUM_UNREADABLE,
};
use crate::entry_names::{RELEASES, SUM};
use crate::hash::hash;
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

/// A ledger of format 1, as earlier versions wrote it.
fn of_format_1(model: &Model) -> Files {
    let mut files = first(model);
    files.remove(SUM);
    add_of_format_1(&mut files, SQL, SNAPSHOT, None, model);
    files
}

fn add_of_format_1(
    files: &mut Files,
    sql: &str,
    snapshot: &str,
    parent: Option<&str>,
    model: &Model,
) {
    let text = serde_json::json!({
        "format": 1, "parent": parent.map(hash), "sql": hash(&files[sql]), "model": model
    });
    files.insert(snapshot.to_owned(), text.to_string());
}

/// The sample's first entry, one that changes it, and one that somebody wrote by hand.
fn three() -> Files {
    let (model, changed) = changed();
    let mut files = first(&model);
    for migration in [
        Migration::New {
            name: "relax",
            at: "20200102000000",
        },
        Migration::Empty {
            name: "fill",
            at: "20200103000000",
        },
    ] {
        let (ledger, codes) = read(&files);
        assert_eq!(codes, []);
        let migrated =
            migrate(&ledger, &changed, migration, &Choices::default()).expect("nothing is refused");
        files.extend(files_of(&migrated));
    }
    files
}

const RELAX: &str = "20200102000000_relax.sql";
const FILL: &str = "20200103000000_fill.sql";

#[test]
fn what_migrate_writes_is_read_back_whole() {
    let model = sample::model();
    let files = first(&model);
    assert_eq!(files.keys().collect::<Vec<_>>(), [SQL, SNAPSHOT, SUM]);
    let (ledger, codes) = read(&files);
    assert_eq!(codes, []);
    assert_eq!(ledger.model(), Some(&model));
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

/// The snapshot of the second entry.
const EDITS: &str = "snapshots/20200102000000.json";

#[test]
fn a_snapshot_holds_what_differs_from_the_one_before_it() {
    let mut files = three();
    let (before, edits) = (&files[SNAPSHOT], &files[EDITS]);
    let head = "{\"format\":3,\"after\":\"20200101000000_init.sql\",\"edits\":[\n";
    assert!(edits.starts_with(head), "{edits}");
    assert!(edits.len() * 10 < before.len(), "{edits}");
    let windows: Files = files
        .iter()
        .map(|(path, text)| (path.clone(), text.replace('\n', "\r\n")))
        .collect();
    let (ledger, codes) = read(&windows);
    assert_eq!((codes, ledger.model()), (vec![], Some(&changed().1)));
    // What follows from the mistake is not another one.
    let whole = files.get_mut(SNAPSHOT).expect("it is there");
    *whole = whole.replace("\n", "");
    assert_eq!(read(&files).1, [ENTRY_EDITED]);
}

#[test]
fn edits_of_another_snapshot_are_refused() {
    let mut files = three();
    let edits = files[EDITS].replace("{\"line\":", "{\"line\":9000");
    let mut cx = Diagnostics::new();
    files.insert(EDITS.to_owned(), edits);
    let line = |path: &str, kind| Line::new(path.to_owned(), kind, &files[path]);
    let lines = [
        line(SQL, Kind::Generated),
        line(SNAPSHOT, Kind::Snapshot),
        line(RELAX, Kind::Generated),
        line(EDITS, Kind::Snapshot),
        line(FILL, Kind::ByHand),
    ];
    let sum = sum::write(&lines);
    files.insert(SUM.to_owned(), sum);
    drop(Ledger::read(files, &mut cx));
    let found = cx.into_sorted();
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(found[0].code, SNAPSHOT_UNREADABLE, "{found:?}");
    assert_eq!(
        found[0].message,
        "`snapshots/20200102000000.json` does not fit the snapshot of `20200101000000_init.sql`, which it continues"
    );
}

#[test]
fn an_edited_entry_is_found() {
    for (path, code) in [
        (SQL, ENTRY_EDITED),
        (SNAPSHOT, ENTRY_EDITED),
        (RELAX, ENTRY_EDITED),
        (FILL, ENTRY_UNSEALED),
    ] {
        let mut files = three();
        let text = files.get_mut(path).expect("it is there");
        text.insert(0, if path == SNAPSHOT { ' ' } else { '\n' });
        assert_eq!(read(&files).1, [code], "{path}");
    }
    let mut old = of_format_1(&sample::model());
    *old.get_mut(SQL).expect("it is there") += "drop table lists;\n";
    assert_eq!(read(&old).1, [ENTRY_EDITED]);
}

#[test]
fn a_missing_entry_and_a_missing_snapshot_are_found() {
    for path in [SQL, SNAPSHOT, RELAX, FILL] {
        let mut files = three();
        files.remove(path);
        assert_eq!(read(&files).1, [ENTRY_MISSING], "{path}");
    }
    let mut old = of_format_1(&sample::model());
    old.insert(RELAX.to_owned(), "select 1;\n".to_owned());
    assert_eq!(read(&old).1, [ENTRY_WITHOUT_SNAPSHOT]);
    old.remove(RELAX);
    old.remove(SQL);
    assert_eq!(read(&old).1, [ENTRY_MISSING]);
}

#[test]
fn a_file_with_another_name_is_found() {
    let mut files = three();
    let sql = files.remove(RELAX).expect("it is there");
    files.insert("20200102000000_loosen.sql".to_owned(), sql);
    assert_eq!(read(&files).1, [ENTRY_RENAMED]);
}

#[test]
fn a_file_that_is_not_in_the_ledger_is_found() {
    for path in [
        "evil.sql",
        "V2__x.sql",
        "20200102000000.sql",
        "20200104000000_x.sql",
        "20200104000000_x.SQL",
        "snapshots/20200104000000.json",
        "snapshots/x",
    ] {
        for mut files in [three(), of_format_1(&sample::model())] {
            if !files.contains_key(SUM) && path.starts_with("2020010400") {
                continue;
            }
            files.insert(path.to_owned(), "select 1;\n".to_owned());
            let codes = read(&files).1;
            let of_format_1 = path.ends_with(".json") && !files.contains_key(SUM);
            match of_format_1 {
                true => assert_eq!(codes, [ENTRY_MISSING, SNAPSHOT_UNREADABLE], "{path}"),
                false => assert_eq!(codes, [ENTRY_FOREIGN], "{path}"),
            }
        }
    }
}

#[test]
fn a_sum_file_that_is_missing_or_broken_is_found() {
    let whole = three();
    let mut files = whole.clone();
    files.remove(SUM);
    assert_eq!(read(&files).1, [SUM_MISSING]);
    files.insert(SUM.to_owned(), "something\n".to_owned());
    assert_eq!(read(&files).1, [SUM_UNREADABLE]);

    // An entry that is gone with its lines, in the middle.
    let mut files = whole.clone();
    files.remove(RELAX);
    files.remove("snapshots/20200102000000.json");
    let lines = whole[SUM].lines().filter(|line| !line.contains("20200102"));
    let lines: Vec<&str> = lines.collect();
    files.insert(SUM.to_owned(), lines.join("\n") + "\n");
    assert_eq!(read(&files).1, [SUM_BROKEN]);

    // An edit with the hash of the new text.
    let mut files = whole.clone();
    let edited = format!("{}drop table lists;\n", files[RELAX]);
    let sum = whole[SUM].replace(&hash(&whole[RELAX]), &hash(&edited));
    files.insert(RELAX.to_owned(), edited);
    files.insert(SUM.to_owned(), sum);
    assert_eq!(read(&files).1, [SUM_BROKEN]);
}

/// Two branches that both added a migration, and the sum files of both.
fn branches() -> (Files, String, String) {
    let (model, changed) = changed();
    let mut files = first(&model);
    let (ledger, _) = read(&files);
    let mut sums = Vec::new();
    for (at, name) in [("20200102000000", "one"), ("20200103000000", "two")] {
        let new = Migration::New { name, at };
        let migrated =
            migrate(&ledger, &changed, new, &Choices::default()).expect("nothing is refused");
        let mut new = files_of(&migrated);
        sums.extend(new.remove(SUM));
        files.extend(new);
    }
    let [one, two] = <[String; 2]>::try_from(sums).expect("two");
    (files, one, two)
}

#[test]
fn a_fork_is_found_however_the_sum_file_was_merged() {
    let (files, one, two) = branches();
    let conflict = format!("{one}<<<<<<< HEAD\n");
    let of_two: Vec<&str> = two.lines().skip(3).collect();
    let union = format!("{one}{}\n", of_two.join("\n"));
    for (sum, codes) in [
        (conflict, vec![LEDGER_FORKED]),
        (union, vec![LEDGER_FORKED]),
        (one, vec![ENTRY_FOREIGN, ENTRY_FOREIGN]),
    ] {
        let mut files = files.clone();
        files.insert(SUM.to_owned(), sum);
        assert_eq!(read(&files).1, codes);
    }
    // Somebody made the sum file anew.
    let lines: Vec<sum::Line> = files
        .iter()
        .filter(|(path, _)| *path != SUM)
        .map(|(path, text)| {
            let kind = match path.ends_with(".sql") {
                true => sum::Kind::Generated,
                false => sum::Kind::Snapshot,
            };
            sum::Line::new(path.clone(), kind, text)
        })
        .collect();
    let mut ledger = Ledger {
        lines,
        ..Ledger::default()
    };
    ledger.sort();
    let mut files = files;
    files.insert(SUM.to_owned(), sum::write(&ledger.lines));
    assert_eq!(read(&files).1, [LEDGER_FORKED]);
}

#[test]
fn two_first_entries_are_a_fork() {
    let mut files = of_format_1(&sample::model());
    let snapshot = files[SNAPSHOT].clone();
    files.insert("20200102000000_other.sql".to_owned(), files[SQL].clone());
    files.insert("snapshots/20200102000000.json".to_owned(), snapshot);
    assert_eq!(read(&files).1, [LEDGER_FORKED]);
}

#[test]
fn an_edited_snapshot_breaks_the_chain_of_format_1() {
    let model = sample::model();
    let mut files = of_format_1(&model);
    let parent = files[SNAPSHOT].clone();
    let other = "20200102000000_other.sql";
    files.insert(other.to_owned(), "select 1;\n".to_owned());
    let second = "snapshots/20200102000000.json";
    add_of_format_1(&mut files, other, second, Some(&parent), &model);
    assert_eq!(read(&files).1, []);
    let edited = files[SNAPSHOT].replace("\"tasks\"", "\"other\"");
    assert_ne!(edited, files[SNAPSHOT]);
    files.insert(SNAPSHOT.to_owned(), edited);
    assert_eq!(read(&files).1, [ENTRY_EDITED]);
}

#[test]
fn the_next_migration_gives_an_older_ledger_its_sum_file() {
    let (model, changed) = changed();
    let mut files = of_format_1(&model);
    let (ledger, codes) = read(&files);
    assert_eq!(codes, []);
    let new = Migration::New {
        name: "relax",
        at: "20200102000000",
    };
    let migrated =
        migrate(&ledger, &changed, new, &Choices::default()).expect("nothing is refused");
    files.extend(files_of(&migrated));
    let (ledger, codes) = read(&files);
    assert_eq!(codes, []);
    assert_eq!(due(&ledger, &changed), None);
    let formats = ledger.entries.iter();
    let formats: Vec<_> = formats
        .map(|entry| entry.snapshot.as_ref().map(|one| one.format))
        .collect();
    assert_eq!(formats, [Some(1), Some(2)]);
    files.insert(SQL.to_owned(), "select 1;\n".to_owned());
    assert_eq!(read(&files).1, [ENTRY_EDITED]);
}

#[test]
fn migrations_that_were_there_before_are_taken_in() {
    let mut files = Files::from([
        ("0002_more.sql".to_owned(), "select 2;\n".to_owned()),
        ("0001_start.sql".to_owned(), "select 1;\n".to_owned()),
        (
            "20190101000000_old.sql".to_owned(),
            "select 3;\n".to_owned(),
        ),
    ]);
    let model = sample::model();
    let (ledger, codes) = read(&files);
    assert_eq!(codes, []);
    let told = due(&ledger, &model).expect("nothing was generated");
    assert_eq!(told.message, "the first migration is due");
    let new = Migration::New {
        name: "init",
        at: "20200101000000",
    };
    let migrated = migrate(&ledger, &model, new, &Choices::default()).expect("nothing is refused");
    files.extend(files_of(&migrated));
    let (ledger, codes) = read(&files);
    assert_eq!(codes, []);
    assert_eq!(due(&ledger, &model), None);
    let by_hand: Vec<bool> = ledger.entries.iter().map(|entry| entry.by_hand).collect();
    assert_eq!(by_hand, [true, true, true, false]);
}

#[test]
fn what_was_written_by_hand_is_sealed_until_a_database_may_have_run_it() {
    let (_, changed) = changed();
    let mut files = three();
    assert_eq!(due(&read(&files).0, &changed), None);
    files.insert(FILL.to_owned(), "update items set title = '';\n".to_owned());
    let own = "20200104000000_own.sql";
    files.insert(own.to_owned(), "select 1;\n".to_owned());
    let (ledger, codes) = read(&files);
    assert_eq!(codes, [ENTRY_FOREIGN, ENTRY_UNSEALED]);

    for released in [FILL, "20200104000001_later.sql"] {
        let mut ledger = ledger.clone();
        if released != FILL {
            ledger.unsealed.clear();
            ledger.add_by_hand("20200104000001", "later", "");
        }
        let refused = seal(&ledger, |path| path == released).expect_err(released);
        assert_eq!(refused.code, REBASE_REFUSED);
    }
    let sealed = seal(&ledger, |path| path == RELAX).expect("nobody ran them");
    assert_eq!(sealed.changes.len(), 2);
    files.extend(files_of(&sealed));
    let (ledger, codes) = read(&files);
    assert_eq!(codes, []);
    assert_eq!(ledger.newest().expect("it is there").path(), own);
    assert_eq!(due(&ledger, &changed), None);
    let nothing = seal(&ledger, |_| true).expect("there is nothing to seal");
    assert!(nothing.files.is_empty());

    let refused = migrate(&ledger, &changed, Migration::Rewrite, &Choices::default());
    assert_eq!(
        asked(refused.expect_err("it is the author's")).code,
        REWRITE_REFUSED
    );
}

#[test]
fn the_entries_of_a_branch_come_on_top_of_those_of_the_main_branch() {
    let base = sample::model();
    let start = first(&base);
    let append = |files: &mut Files, model: &Model, migration: Migration<'_>| {
        let (ledger, codes) = read(files);
        assert_eq!(codes, []);
        let migrated = migrate(
            &ledger,
            model,
            migration,
            &Choices {
                allow_drop: vec!["lists.owner_id".to_owned()],
                ..Choices::default()
            },
        );
        let migrated =
            migrated.or_else(|_| migrate(&ledger, model, migration, &Choices::default()));
        files.extend(files_of(&migrated.expect("nothing is refused")));
    };
    let new = |name, at| Migration::New { name, at };

    let mut theirs = base.clone();
    theirs.tables["lists"].doc = Some("Their words.".to_owned());
    let mut main = start.clone();
    append(&mut main, &theirs, new("words", "20200102000000"));

    // A step, something by hand, and a step that stands on it.
    let mut between = base.clone();
    between.tables["items"].columns["title"].nullable = true;
    let mut own = between.clone();
    own.tables["items"].doc = Some("Our words.".to_owned());
    let mut branch = start.clone();
    append(&mut branch, &between, new("relax", "20200102000001"));
    let empty = Migration::Empty {
        name: "fill",
        at: "20200102000002",
    };
    append(&mut branch, &between, empty);
    append(&mut branch, &own, new("ours", "20200102000003"));

    let mut declared = own.clone();
    declared.tables["lists"].doc = theirs.tables["lists"].doc.clone();
    let mut files = branch.clone();
    files.extend(main.clone());
    let conflict = format!("{}<<<<<<< HEAD\n", main[SUM]);
    files.insert(SUM.to_owned(), conflict);
    assert_eq!(read(&files).1, [LEDGER_FORKED]);

    let rebased = rebase(&files, &main, &declared, "20200105000000").expect("they can be joined");
    for path in &rebased.removed {
        files.remove(path);
    }
    files.extend(files_of(&rebased));
    let (ledger, codes) = read(&files);
    assert_eq!(codes, []);
    assert_eq!(due(&ledger, &declared), None);
    let paths: Vec<String> = ledger.entries.iter().map(Entry::path).collect();
    assert_eq!(
        paths,
        [
            SQL,
            "20200102000000_words.sql",
            "20200105000000_relax.sql",
            "20200105000001_fill.sql",
            "20200105000002_ours.sql",
        ]
    );
    let relaxed = &ledger.entries[2].sql;
    assert!(
        relaxed.contains("drop not null") && !relaxed.contains("words"),
        "{relaxed}"
    );
    assert_eq!(ledger.entries[3].sql, branch["20200102000002_fill.sql"]);
    // Once more changes nothing but the times.
    let again = rebase(&files, &main, &declared, "20200105000000").expect("they are on top");
    assert!(again.removed.is_empty(), "{:?}", again.removed);
    assert_eq!(files_of(&again), files_of(&rebased));

    let mut broken = files.clone();
    broken.insert(SQL.to_owned(), "select 1;\n".to_owned());
    let refused = rebase(&broken, &main, &declared, "20200105000000").expect_err("it was edited");
    assert_eq!(
        asked(refused.into_iter().next().expect("one")).code,
        ENTRY_EDITED
    );
    let other = first(&own);
    let refused = rebase(&files, &other, &declared, "20200105000000").expect_err("another start");
    let codes: Vec<_> = refused.into_iter().map(|one| asked(one).code).collect();
    assert_eq!(codes, [ENTRY_EDITED, ENTRY_EDITED]);
    let no_main = Files::from([(SUM.to_owned(), sum::write(&[]))]);
    let rest: Files = files
        .into_iter()
        .filter(|(path, _)| path != SQL && path != SNAPSHOT)
        .collect();
    let refused = rebase(&rest, &no_main, &declared, "20200105000000").expect_err("no base");
    assert_eq!(
        asked(refused.into_iter().next().expect("one")).code,
        REBASE_REFUSED
    );
}

#[test]
fn a_snapshot_of_a_later_format_is_named() {
    let mut files = first(&sample::model());
    files.insert(
        SNAPSHOT.to_owned(),
        r#"{"format": 4, "more": []}"#.to_owned(),
    );
    files.remove(SUM);
    let mut cx = Diagnostics::new();
    Ledger::read(files, &mut cx);
    let found = cx.into_sorted();
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].code, SNAPSHOT_UNREADABLE);
    assert_eq!(
        found[0].message,
        "`snapshots/20200101000000.json` has format 4, but this version reads formats 1 to 3"
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
            read: [("authenticated".to_owned(), Rule::Public)]
                .into_iter()
                .collect(),
            ..Access::default()
        },
        references: Vec::new(),
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
    let mut ledger = read(&files).0;
    for _ in 0..2 {
        ledger.entries.pop();
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
        [
            "20200102000000_more.sql",
            "snapshots/20200102000000.json",
            SUM
        ]
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

#[test]
fn a_release_needs_the_entries_so_far_and_they_stay_as_they_are() {
    let mut files = three();
    let (ledger, _) = read(&files);
    assert!(!ledger.is_released(SQL));
    let refused =
        release(&Ledger::default(), &sample::model(), "1.0.0").expect_err("the ledger is empty");
    assert_eq!(refused.code, RELEASE_REFUSED);
    let refused = release(&ledger, &sample::model(), "1 0").expect_err("a blank");
    assert_eq!(refused.code, RELEASE_REFUSED);

    let earlier = ledger.without_newest().expect("there are three").0;
    for (ledger, name) in [(&earlier, "1.0.0"), (&ledger, "1.1.0")] {
        let mut ledger = ledger.clone();
        ledger.releases = read(&files).0.releases;
        let (made, marked) =
            release(&ledger, ledger.model().expect("a model"), name).expect("a new name");
        assert_eq!(marked.entry, ledger.newest().expect("an entry").path());
        let text = made.get(RELEASES).expect("the file").into_owned();
        files.insert(RELEASES.to_owned(), text);
        let refused = release(&read(&files).0, &sample::model(), name).expect_err("it is taken");
        assert_eq!(refused.code, RELEASE_REFUSED);
    }
    let (ledger, codes) = read(&files);
    assert_eq!(codes, []);
    let names: Vec<&str> = ledger.releases.iter().map(|one| &*one.name).collect();
    assert_eq!(names, ["1.0.0", "1.1.0"]);
    assert!(
        [SQL, RELAX, FILL]
            .iter()
            .all(|path| ledger.is_released(path))
    );

    // What a release needs is neither sealed nor moved.
    let mut edited = files.clone();
    edited.insert(FILL.to_owned(), "select 1;\n".to_owned());
    let (mut ledger, codes) = read(&edited);
    assert_eq!(codes, [ENTRY_UNSEALED]);
    ledger.releases = read(&files).0.releases;
    let refused = seal(&ledger, |_| false).expect_err("it is released");
    assert_eq!(refused.code, REBASE_REFUSED);
    let main = first(&sample::model());
    let refused = rebase(&files, &main, &changed().1, "20200105000000").expect_err("released");
    assert_eq!(
        asked(refused.into_iter().next().expect("one")).code,
        REBASE_REFUSED
    );

    let title = files[RELEASES].lines().next().expect("a title").to_owned();
    for wrong in [
        "",
        "x",
        &format!("{title}\n1.0.0"),
        &format!("{title}\n1.0.0 gone.sql"),
    ] {
        files.insert(RELEASES.to_owned(), format!("{wrong}\n"));
        assert_eq!(read(&files).1, [RELEASES_UNREADABLE], "{wrong}");
    }
}

/// Files with another statement in an entry, and a sum file that was made anew, as an attacker would.
fn forged(path: &str, statement: &str) -> Ledger {
    let mut files = three();
    *files.get_mut(path).expect("it is there") += statement;
    let mut cx = Diagnostics::new();
    let ledger = Ledger::read(files.clone(), &mut cx);
    assert_eq!(cx.into_sorted().len(), 1, "the sum tells");
    files.insert(SUM.to_owned(), sum::write(&ledger.lines));
    let (ledger, codes) = read(&files);
    assert_eq!(codes, [], "the sum was made anew");
    ledger
}

#[test]
fn a_right_that_somebody_added_to_a_migration_is_found_whatever_the_sum_file_says() {
    let (_, changed) = changed();
    let told = |ledger: &Ledger| {
        let mut cx = Diagnostics::new();
        ledger.access(&mut cx);
        let codes: Vec<Code> = cx.into_sorted().iter().map(|one| one.code).collect();
        let due = due(ledger, &changed);
        (
            codes,
            due.map(|due| due.notes.join("; ")).unwrap_or_default(),
        )
    };
    assert_eq!(told(&read(&three()).0), (Vec::new(), String::new()));
    // What the statements of the ledger lead to is compared with the declaration.
    for (statement, change) in [
        (
            "grant all on all tables in schema public to anon;",
            "change what `anon` may do with `lists`",
        ),
        (
            "grant truncate on public.items to authenticated;",
            "change what `authenticated` may do with `items`",
        ),
        (
            "create policy evil on public.lists using (true);",
            "drop the policy `evil` of `public.lists`",
        ),
        (
            "create function public.evil() returns int language sql security definer return 1;",
            "drop the function `public.evil`",
        ),
        (
            "alter table public.lists drop constraint lists_title_check;",
            "add the check `lists_title_check` of `lists`",
        ),
    ] {
        let (codes, due) = told(&forged(RELAX, statement));
        assert_eq!(codes, [], "{statement}");
        assert!(due.contains(change), "{statement}: {due}");
    }
    // The rest is found in the text.
    for statement in [
        "grant service_role to anon;",
        "alter table public.lists disable row level security;",
        "alter table public.lists owner to anon;",
    ] {
        let (codes, _) = told(&forged(RELAX, statement));
        assert_eq!(codes, [ACCESS_UNDECLARED], "{statement}");
    }
    // By hand, all of it is shown to who reviews it.
    let ledger = forged(FILL, "grant select on public.lists to reporter;");
    let mut cx = Diagnostics::new();
    ledger.access(&mut cx);
    assert!(cx.is_clean());
    let found = cx.into_sorted();
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].code, ACCESS_UNDECLARED);
}

#[test]
fn a_branch_comes_on_top_of_a_main_branch_of_format_1() {
    let (model, changed) = changed();
    let mut main = of_format_1(&model);
    main.insert("setup.sql".to_owned(), "select 1;\n".to_owned());
    let mut files = of_format_1(&model);
    let (ledger, _) = read(&files);
    let new = Migration::New {
        name: "relax",
        at: "20200102000000",
    };
    let migrated =
        migrate(&ledger, &changed, new, &Choices::default()).expect("nothing is refused");
    files.extend(files_of(&migrated));
    let rebased = rebase(&files, &main, &changed, "20200105000000").expect("they can be joined");
    for path in &rebased.removed {
        files.remove(path);
    }
    files.extend(files_of(&rebased));
    let (ledger, codes) = read(&files);
    assert_eq!(codes, []);
    assert_eq!(
        ledger.newest().expect("an entry").path(),
        "20200105000000_relax.sql"
    );
    assert_eq!(due(&ledger, &changed), None);
    // Nothing else tells of it where there is no sum file.
    files.remove(SQL);
    files.remove(SNAPSHOT);
    let refused = rebase(&files, &main, &changed, "20200105000000").expect_err("one is gone");
    let codes: Vec<_> = refused.into_iter().map(|one| asked(one).code).collect();
    assert_eq!(codes, [ENTRY_MISSING, ENTRY_MISSING]);
}

#[test]
fn a_release_keeps_the_model_that_no_entry_leads_to_and_ends_once() {
    let mut files = first(&sample::model());
    let mut declared = sample::model();
    declared.tables["lists"].doc = Some("Said otherwise.".to_owned());
    let (ledger, _) = read(&files);
    let path = "releases/1.1.0.json";
    for (name, model) in [("1.0.0", &sample::model()), ("1.1.0", &declared)] {
        let (made, marked) = release(&read(&files).0, model, name).expect("a new name");
        assert_eq!(marked.entry, ledger.newest().expect("an entry").path());
        assert_eq!(made.get(path).is_some(), name == "1.1.0");
        files.extend(
            made.iter()
                .map(|(path, text)| (path.to_owned(), text.into_owned())),
        );
    }
    let refused = release(&read(&files).0, &declared, "1.1.0").expect_err("it is taken");
    assert_eq!(refused.code, RELEASE_REFUSED);
    let (ledger, codes) = read(&files);
    assert_eq!(codes, []);
    let history = ledger.history();
    let models: Vec<&Model> = history
        .releases
        .iter()
        .map(|release| history.model(release))
        .collect();
    assert_eq!(models, [&sample::model(), &declared]);

    let (made, ended) = end(&ledger, "1.0.0").expect("it has not ended");
    assert_eq!(
        ended.to_string(),
        format!("release 1.0.0 needs {}, and has ended", ended.entry)
    );
    let text = made.get(RELEASES).expect("the file").into_owned();
    files.insert(RELEASES.to_owned(), text);
    let (ledger, codes) = read(&files);
    assert_eq!(codes, []);
    let history = ledger.history();
    let live: Vec<&str> = history.live().map(|one| one.name.as_str()).collect();
    assert_eq!(live, ["1.1.0"]);
    for name in ["1.0.0", "0.9.0"] {
        let refused = end(&ledger, name).expect_err("it cannot end");
        assert_eq!(refused.code, RELEASE_REFUSED);
    }

    let mut edited = files.clone();
    edited.insert(path.to_owned(), "{}\n".to_owned());
    assert_eq!(read(&edited).1, [ENTRY_EDITED]);
    let mut added = files.clone();
    added.insert("releases/2.0.0.json".to_owned(), "{}\n".to_owned());
    assert_eq!(read(&added).1, [ENTRY_FOREIGN]);
    files.remove(path);
    assert_eq!(read(&files).1, [ENTRY_MISSING]);
}

#[test]
fn the_statements_of_a_file_have_the_lines_on_which_they_begin() {
    let file = "-- a; b\n\nselect 1;\n/* c\n */ select\n    ';';\ndo $$ begin; end $$\n-- end\n";
    let found = statements_of(file);
    let wanted = [
        (3, "select 1;"),
        (5, "select\n    ';';"),
        (7, "do $$ begin; end $$\n-- end"),
    ];
    assert_eq!(found, wanted);
}
