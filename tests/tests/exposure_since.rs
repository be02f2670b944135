//! What `exposure --since` need not tell: rules in which less is written and nothing else is meant.
//!
//! `tests/tests/oracle/since.rs` asks a real Postgres about what is told; this holds what is not.

use synctable_codegen::exposure::since::since;
use synctable_codegen::model::Model;
use synctable_codegen::read_texts;

fn model(text: String) -> Model {
    let reading = read_texts([("app.yaml", text)]);
    let diagnostics = reading.diagnostics;
    reading.model.unwrap_or_else(|| panic!("{diagnostics:#?}"))
}

/// How many ways are gained and lost.
fn told(before: &Model, after: &Model) -> (usize, usize) {
    let since = since(before, after);
    (since.gained.len(), since.lost.len())
}

/// Notes on tunes, which contain whose tune it is.
fn tunes(rule: &str, more: &str) -> Model {
    model(format!(
        "synctable: 1
app: tunes
scopes: {{seen: select id from tunes where private_for is null or private_for = auth.user_id()}}
tables:
  tunes:
    sync: down
    columns: {{id: {{kind: uuid, key: true}}, private_for: {{kind: uuid, nullable: true}}, title: text}}
    access: {{read: private_for is null or private_for = auth.user_id()}}
  notes:
    sync: both
    conflict: last_upload_wins
    columns:
      id: {{kind: uuid, key: true}}
      user_id: uuid
      tune_id: {{kind: uuid, references: tunes.id{more}}}
      private_for: {{kind: uuid, nullable: true, copied: tunes.private_for, by: tune_id}}
    access:
      read: private_for is null or private_for = auth.user_id()
      write: {rule}
"
    ))
}

const MINE: &str = "user_id = auth.user_id()";
const SEEN: &str = "user_id = auth.user_id() and tune_id in (seen)";

#[test]
fn a_row_that_is_looked_up_is_what_its_copies_say() {
    assert_eq!(told(&tunes(SEEN, ""), &tunes(MINE, "")), (0, 0));
    assert_eq!(told(&tunes(MINE, ""), &tunes(SEEN, "")), (0, 0));
}

#[test]
fn of_a_row_that_may_not_be_there_nothing_is_known() {
    for more in [", nullable: true", ", enforced: not_valid"] {
        let (gained, _) = told(&tunes(SEEN, more), &tunes(MINE, more));
        assert_ne!(gained, 0, "{more}");
    }
}

#[test]
fn a_set_that_asks_for_more_than_is_copied_is_a_set() {
    let titled = "user_id = auth.user_id() and tune_id in (select id from tunes where title <> '')";
    assert_ne!(told(&tunes(titled, ""), &tunes(MINE, "")), (0, 0));
}

/// Notes of lists, whose list can change or not.
fn notes(list: &str, update: &str) -> Model {
    model(format!(
        "synctable: 1
app: notes
scopes: {{mine: select id from lists where owner_id = auth.user_id()}}
tables:
  lists:
    sync: none
    columns: {{id: {{kind: uuid, key: true}}, owner_id: uuid}}
    indexes: {{by_owner: [owner_id]}}
  notes:
    sync: both
    conflict: last_upload_wins
    columns: {{id: {{kind: uuid, key: true}}, list_id: {list}, title: text}}
    indexes: {{by_list: [list_id]}}
    access: {{read: public, update: {update}}}
"
    ))
}

#[test]
fn what_cannot_change_need_not_be_asked_after_a_change() {
    let twice = "{before: list_id in (mine), after: list_id in (mine)}";
    let once = "{before: list_id in (mine), after: public}";
    let set_once = "{kind: uuid, immutable: true}";
    assert_eq!(
        told(&notes(set_once, twice), &notes(set_once, once)),
        (0, 0)
    );
    assert_eq!(told(&notes("uuid", twice), &notes("uuid", once)), (1, 0));
}

/// Remarks on tunes, which contain whose tune it is.
fn remarks(tune: &str) -> Model {
    model(format!(
        "synctable: 1
app: tunes
tables:
  tunes:
    sync: none
    columns:
      id: {{kind: uuid, key: true}}
      code: {{kind: uuid, unique: reject}}
      owner_id: uuid
  remarks:
    sync: down
    columns:
      id: {{kind: uuid, key: true}}
      note: {{kind: uuid, references: notes.id}}
      tune_id: {tune}
      owner_id: {{kind: uuid, copied: tunes.owner_id, by: tune_id}}
    indexes: {{by_owner: [owner_id]}}
    access: {{read: owner_id = auth.user_id()}}
  notes:
    sync: none
    columns:
      id: {{kind: uuid, key: true}}
      tune_id: {{kind: uuid, references: tunes.id}}
      other_id: {{kind: uuid, references: tunes.id}}
"
    ))
}

#[test]
fn a_column_that_is_copied_from_another_row_holds_something_else() {
    let by_id = remarks("{kind: uuid, references: tunes.id}");
    let by_code = remarks("{kind: uuid, references: tunes.code}");
    assert_eq!(told(&by_id, &by_id), (0, 0));
    assert_eq!(told(&by_id, &by_code), (1, 1));
    let of_note = "{kind: uuid, references: tunes.id, copied: notes.tune_id, by: note}";
    let of_other = "{kind: uuid, references: tunes.id, copied: notes.other_id, by: note}";
    let (of_note, of_other) = (remarks(of_note), remarks(of_other));
    assert_eq!(told(&of_note, &of_note), (0, 0));
    assert_eq!(told(&of_note, &of_other), (1, 1));
}
