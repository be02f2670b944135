//! Ledgers that earlier versions wrote, brought to what this version writes for the same declaration.

use std::path::Path;

use synctable_codegen::diagnostic::Diagnostics;
use synctable_codegen::ledger::{self, Ledger, due};
use synctable_codegen::model::{Auth, Model};
use synctable_codegen::targets::postgres::evolve::Files;
use tests::applied::model_of;
use tests::cases::workspace;
use tests::postgres::{Cluster, OWNER};

use crate::evolve::run;

/// A ledger whose only mistake may be that somebody edited an entry.
fn read(files: ledger::Files) -> Ledger {
    let mut cx = Diagnostics::new();
    let ledger = Ledger::read(files, &mut cx);
    for one in cx.into_sorted() {
        assert_eq!(one.code.as_str(), "D011", "{one:?}");
    }
    ledger
}

/// A database that ran every entry, then the migration that is due, and what it still has otherwise than the model asks.
fn upgraded(name: &str, ledger: &Ledger, files: ledger::Files) -> Vec<String> {
    let model = ledger.model().expect("there is an entry");
    let told = due(ledger, model).expect("this version writes something otherwise");
    assert!(
        told.message.contains("this version of `codegen`"),
        "{name}: {told:?}"
    );
    let migrated = run::next(ledger, model, &[], Files::Online)
        .unwrap_or_else(|refused| panic!("{refused:?}"));
    let new = run::files(&migrated);

    let mut owned: Model = model.clone();
    owned.postgres.roles.owner = OWNER.to_owned();
    owned.storage.clear();
    let database = match owned.postgres.auth {
        Auth::Supabase => Cluster::shared().database("upgraded"),
        Auth::JwtClaims => Cluster::shared().plain_database("upgraded"),
    };
    database.apply_setup(&run::setup(&owned)).expect("setup");
    for sql in run::sql(&files).into_iter().chain(run::sql(&new)) {
        if let Err(refusal) = database.apply(sql) {
            panic!("{name}: {refusal}\n{sql}");
        }
    }
    let mut after = files;
    after.extend(new);
    if let Some(due) = due(&read(after), model) {
        panic!("{name}: a second migration is due: {due:?}");
    }
    let mut superuser = database.superuser();
    let mut transaction = superuser.transaction().expect("it begins");
    run::differences(&mut transaction, &owned)
}

#[test]
fn what_an_older_version_wrote_becomes_what_this_one_writes() {
    let folder = workspace().join("tests/cases/ledgers/format_1");
    for name in ["powergit", "schema", "taskly", "tunetrees"] {
        let mut cx = Diagnostics::new();
        let files = ledger::files(&folder.join(name), &mut cx);
        let ledger = Ledger::read(files.clone(), &mut cx);
        assert_eq!(cx.into_sorted(), [], "{name}");
        let wrong = upgraded(name, &ledger, files);
        assert!(wrong.is_empty(), "{name}:\n{}", wrong.join("\n"));
    }
}

/// The models are equal, and one policy in the older migration is wide open.
#[test]
fn an_altered_policy_of_an_older_entry_is_due() {
    let model = model_of(Path::new(&workspace().join("examples/powergit/schema")));
    let (mut files, _) = run::started(&model);
    let path = "20260101000000_init.sql";
    let sql = &files[path];
    let at = sql.find("\n    using (").expect("a policy");
    let end = at + sql[at..].find(";\n").expect("its end");
    let opened = format!("{}\n    using (true){}", &sql[..at], &sql[end..]);
    files.insert(path.to_owned(), opened);
    let mut cx = Diagnostics::new();
    let ledger = Ledger::read(files, &mut cx);
    assert_eq!(cx.into_sorted().len(), 1, "the hash tells, too");
    let told = due(&ledger, &model).expect("the policy is not ours");
    assert_eq!(told.notes.len(), 2, "{told:?}");
    assert!(told.notes[0].starts_with("change the policy"), "{told:?}");
}

const APP: &str = "
synctable: 1
app: tasks
targets: {postgres: ../migrations}
tables:
  lists:
    doc: Lists of things.
    sync: both
    columns:
      id: {kind: uuid, key: true, client_default: uuid()}
      owner_id: {kind: uuid, server: auth.user_id()}
      title: {kind: varchar(20), doc: What it is called., check: length(title) > 1}
      place: {kind: int, default: 1}
    conflict: last_upload_wins
    indexes: {by_owner: [owner_id]}
    uniques: {by_place: {on: [owner_id, place], clash: reject}}
    access: {all: owner_id = auth.user_id()}
  items:
    sync: both
    columns:
      id: {kind: uuid, key: true, client_default: uuid()}
      list_id: {kind: uuid, references: lists.id, on_delete: cascade}
      text: text
    conflict: last_upload_wins
    indexes: {by_list: [list_id]}
    access: {all: public}
  rests:
    sync: none
    columns:
      id: {kind: uuid, key: true}
      starts_at: {kind: timestamptz}
      ends_at: {kind: timestamptz, nullable: true}
    checks: {period: ends_at is null or starts_at < ends_at}
    exclude: {apart: [{range: [starts_at, ends_at]}]}
";

/// What an older version may have written: in the place of a text of this one another text, and what is told of it.
const OLDER: &[(&str, &str, &[&str])] = &[
    (
        "title varchar(20) not null",
        "title varchar(10) not null",
        &["change the type of `lists.title` from varchar(10) to varchar(20)"],
    ),
    (
        "place integer not null default 1",
        "place integer not null default 2",
        &["change the default of `lists.place`"],
    ),
    (
        "place integer not null default 1",
        "place integer not null",
        &["change the default of `lists.place`"],
    ),
    (
        "text text not null",
        "text text not null default 'a, b'",
        &["drop the default of `items.text`"],
    ),
    (
        "text text not null",
        "text text",
        &["require a value in `items.text`"],
    ),
    (
        "id uuid not null,\n    owner_id",
        "id uuid not null default gen_random_uuid(),\n    owner_id",
        &["drop the default of `lists.id`"],
    ),
    (
        "create index lists_by_owner on public.lists (owner_id);",
        "",
        &["add the index `lists_by_owner` of `lists`"],
    ),
    (
        "create index lists_by_owner on public.lists (owner_id);",
        "create index lists_by_owner on public.lists (owner_id desc);",
        &[
            "drop the index `lists_by_owner` of `lists`",
            "add the index `lists_by_owner` of `lists`",
        ],
    ),
    (
        "create index lists_by_owner on",
        "create index owner_of_lists on",
        &["rename the index `owner_of_lists` of `lists` to `lists_by_owner`"],
    ),
    (
        "create index items_by_list on public.items (list_id);",
        "create index items_by_list on public.items (list_id);\ncreate index items_text on public.items using hash (text);",
        &["drop the index `items_text` of `items`"],
    ),
    (
        "    constraint lists_by_place unique (owner_id, place),\n",
        "",
        &["add the unique constraint `lists_by_place` of `lists`"],
    ),
    (
        "constraint lists_by_place unique (owner_id, place)",
        "constraint lists_by_place unique nulls not distinct (owner_id, place)",
        &[
            "drop the unique constraint `lists_by_place` of `lists`",
            "add the unique constraint `lists_by_place` of `lists`",
        ],
    ),
    (
        "constraint items_pkey primary key",
        "constraint items_key primary key",
        &["rename the primary key `items_key` of `items` to `items_pkey`"],
    ),
    (
        "references public.lists (id) on delete cascade;",
        "references public.lists (id);",
        &[
            "drop the foreign key `items_list_id_fkey` of `items`",
            "add the foreign key `items_list_id_fkey` of `items`",
        ],
    ),
    (
        "tstzrange(starts_at, ends_at) with &&",
        "tstzrange(starts_at, ends_at) with =",
        &[
            "drop the exclusion constraint `rests_apart` of `rests`",
            "add the exclusion constraint `rests_apart` of `rests`",
        ],
    ),
    (
        "check (length(title) > 1)",
        "check (length(title) > 0)",
        &[
            "drop the check `lists_title_check` of `lists`",
            "add the check `lists_title_check` of `lists`",
        ],
    ),
    (
        "is 'What it is called.'",
        "is 'Its title.'",
        &["change the comment of `lists.title`"],
    ),
    (
        "comment on table public.lists is 'Lists of things.';",
        "",
        &["change the comment of `lists`"],
    ),
];

/// The migration that is due makes it what this version asks for, and keeps the rows.
#[test]
fn a_type_a_default_a_constraint_or_an_index_that_is_written_otherwise_is_due() {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("app.yaml"), APP).expect("it is written");
    let model = model_of(folder.path());
    let path = "20260101000000_init.sql";
    for (now, older, changes) in OLDER {
        let (mut files, ledger) = run::started(&model);
        assert_eq!(due(&ledger, &model), None, "nothing is due without it");
        let sql = files[path].clone();
        assert_eq!(sql.matches(now).count(), 1, "{now}");
        files.insert(path.to_owned(), sql.replace(now, older));
        let ledger = read(files.clone());
        let told = due(&ledger, &model).unwrap_or_else(|| panic!("nothing is due: {older}"));
        let (hint, told) = told.notes.split_last().expect("it says what changes");
        assert!(hint.starts_with("if you did not update"), "{hint}");
        assert_eq!(told, *changes, "{older}");
        let wrong = upgraded(older, &ledger, files);
        assert!(wrong.is_empty(), "{older}:\n{}", wrong.join("\n"));
    }
}

/// Somebody looks after what they wrote, and after the columns that they change.
#[test]
fn what_hand_written_sql_adds_to_a_table_is_not_due() {
    let folder = tempfile::tempdir().expect("a folder");
    let sql = "sql:
  more:
    up: |-
      alter table public.items add column size int generated always as (length(text)) stored;
      alter table public.items alter column text set default '', alter column text set storage external;
      alter table public.items add constraint one_text unique (list_id, text);
      create unique index items_text on public.items (lower(text)) where text <> '';
      comment on column public.lists.place is 'By hand.';
";
    std::fs::write(folder.path().join("app.yaml"), format!("{APP}{sql}")).expect("it is written");
    let model = model_of(folder.path());
    let (_, ledger) = run::started(&model);
    assert_eq!(due(&ledger, &model), None);
}
