//! Who may delete softly, where that is not who may update.

use crate::policies::world::{ANN, BOB, CID, applied, claims, declared, differences, outcome};

/// A refusal of a policy, a trigger or a grant.
const REFUSED: &str = "42501";

const COLUMNS: &str = "
    sync: both
    delete: soft
    conflict: last_write_wins
    columns:
      id: {kind: int, key: true}
      owner_id: {kind: uuid, immutable: true, default: auth.user_id(), client_default: auth.user_id()}
      editor_ids: {kind: list(uuid), default: [], client_default: []}
      title: {kind: text, default: '', client_default: ''}
      edited_at: {kind: timestamptz, role: edited_at, default: now(), client_default: now()}
      device: {kind: text, nullable: true, role: device}
      deleted_at: {kind: timestamptz, nullable: true, role: tombstone}
    indexes: {by_owner: [owner_id]}
";

/// Ann owns the rows and Bob edits them; row 2 is deleted.
fn rows(table: &str) -> String {
    format!(
        "insert into public.{table} (id, owner_id, editor_ids, deleted_at) values
           (1, '{ANN}', '{{{BOB}}}', null), (2, '{ANN}', '{{{BOB}}}', now());"
    )
}

const RENAME: &str = "update public.notes set title = 'x' where id = 1";
const BURY: &str = "update public.notes set deleted_at = now() where id = 1";
const BURY_BLINDLY: &str = "update public.notes set deleted_at = now()";
const BURY_AND_DATE: &str =
    "update public.notes set deleted_at = now(), edited_at = now(), device = 'd' where id = 1";
const BURY_AND_RENAME: &str =
    "update public.notes set deleted_at = now(), title = 'x' where id = 1";
const BURY_AND_SAY_THE_SAME: &str =
    "update public.notes set deleted_at = now(), title = title where id = 1";
const REVIVE: &str = "update public.notes set deleted_at = null where id = 2";
const MOVE_BURIED: &str =
    "update public.notes set deleted_at = now() + interval '1 day' where id = 2";
const PUT_BURIED: &str = "insert into public.notes (id, deleted_at) values (1, now())
     on conflict (id) do update set deleted_at = excluded.deleted_at";

/// What each statement does for Ann the owner, Bob the editor and Cid, who is neither.
fn check(access: &str, table: &[(&str, [&str; 3])]) {
    let model = declared(&format!(
        "tables:\n  notes:{COLUMNS}    access:\n      \
         read: owner_id = auth.user_id() or auth.user_id() = any(editor_ids)\n{access}"
    ));
    let database = applied("soft", &model, &rows("notes"));
    let mut wrong = differences(&database, &model);
    for (statement, expected) in table {
        for (user, expected) in [ANN, BOB, CID].iter().zip(expected) {
            let found = outcome(&database, "authenticated", &claims(user), statement);
            if found != *expected {
                wrong.push(format!("{user}: {statement}: {found}, not {expected}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{access}\n{}", wrong.join("\n"));
    // The owner of the tables repairs what he likes.
    let mut owner = database.owner();
    assert_eq!(owner.execute(BURY_AND_RENAME, &[]).expect("it may"), 1);
}

#[test]
fn a_view_hides_what_is_deleted_from_those_who_may_delete() {
    let model = declared(&format!(
        "tables:\n  notes:{COLUMNS}    access: {{all: owner_id = auth.user_id()}}\n\
         views:\n  live_notes: {{schema: api, from: notes, columns: {{id: id, title: title}}, where: deleted_at is null}}\n"
    ));
    let database = applied("live", &model, &rows("notes"));
    assert_eq!(differences(&database, &model), [""; 0]);
    let ask = |user, statement| outcome(&database, "authenticated", &claims(user), statement);
    assert_eq!(ask(ANN, "select id from api.live_notes"), "1");
    assert_eq!(ask(ANN, "select id from public.notes"), "2");
    assert_eq!(ask(ANN, BURY), "1");
    assert_eq!(ask(BOB, "select id from api.live_notes"), "0");
}

#[test]
fn an_editor_changes_what_only_the_owner_deletes() {
    check(
        "      insert: owner_id = auth.user_id()
      update: owner_id = auth.user_id() or auth.user_id() = any(editor_ids)
      delete: owner_id = auth.user_id()\n",
        &[
            (RENAME, ["1", "1", "0"]),
            (BURY, ["1", REFUSED, "0"]),
            (BURY_BLINDLY, ["2", REFUSED, "0"]),
            (BURY_AND_DATE, ["1", REFUSED, "0"]),
            (BURY_AND_RENAME, ["1", REFUSED, "0"]),
            (REVIVE, ["1", "1", "0"]),
            (MOVE_BURIED, ["1", "1", "0"]),
            // The row that is proposed is his own, and it meets one that he may not delete.
            (PUT_BURIED, ["1", REFUSED, REFUSED]),
        ],
    );
}

#[test]
fn a_change_of_rows_that_live_asks_no_function_about_deletions() {
    let model = declared(&format!(
        "tables:\n  notes:{COLUMNS}    access:
      read: owner_id = auth.user_id() or auth.user_id() = any(editor_ids)
      insert: owner_id = auth.user_id()
      update: owner_id = auth.user_id() or auth.user_id() = any(editor_ids)
      delete: owner_id = auth.user_id()\n"
    ));
    let database = applied("living", &model, &rows("notes"));
    let mut superuser = database.superuser();
    let count = superuser.batch_execute("set track_functions = 'all'");
    count.expect("the superuser may");
    let mut asked = |statement: &str| -> i64 {
        let mut transaction = superuser.transaction().expect("it begins");
        tests::postgres::act_as(&mut transaction, "authenticated", &claims(ANN));
        // What earlier transactions called is counted until it is reported.
        let calls = "select coalesce(sum(calls), 0)::bigint from pg_stat_xact_user_functions
            where funcname = 'decide_notes'";
        let before = transaction.query_one(calls, &[]);
        let before: i64 = before.expect("they are counted").get(0);
        let changed = transaction.execute(statement, &[]).expect("Ann may");
        assert_eq!(changed, 1, "{statement}");
        let after = transaction.query_one(calls, &[]);
        after.expect("they are counted").get::<_, i64>(0) - before
    };
    assert_eq!(asked(RENAME), 0);
    assert_eq!(asked(REVIVE), 0);
    assert_eq!(asked(BURY), 1);
    assert_eq!(asked(MOVE_BURIED), 1);
}

#[test]
fn who_only_deletes_changes_nothing_else() {
    check(
        "      insert: owner_id = auth.user_id()
      update: owner_id = auth.user_id()
      delete: auth.user_id() = any(editor_ids)\n",
        &[
            (RENAME, ["1", REFUSED, "0"]),
            (BURY, [REFUSED, "1", "0"]),
            (BURY_AND_DATE, [REFUSED, "1", "0"]),
            (BURY_AND_SAY_THE_SAME, [REFUSED, "1", "0"]),
            (BURY_AND_RENAME, [REFUSED, REFUSED, "0"]),
            (REVIVE, ["1", REFUSED, "0"]),
            (MOVE_BURIED, ["1", REFUSED, "0"]),
            (PUT_BURIED, [REFUSED, "1", REFUSED]),
        ],
    );
}

#[test]
fn without_a_rule_for_it_nobody_deletes() {
    check(
        "      insert: owner_id = auth.user_id()
      update: owner_id = auth.user_id()\n",
        &[
            (RENAME, ["1", "0", "0"]),
            (BURY, [REFUSED, "0", "0"]),
            (BURY_BLINDLY, [REFUSED, "0", "0"]),
            (BURY_AND_RENAME, [REFUSED, "0", "0"]),
            (REVIVE, ["1", "0", "0"]),
            (MOVE_BURIED, ["1", "0", "0"]),
        ],
    );
}

#[test]
fn without_a_rule_for_updates_there_is_nothing_but_deletion() {
    check(
        "      insert: owner_id = auth.user_id()
      delete: owner_id = auth.user_id()\n",
        &[
            // An upsert may name every column, so that it is a trigger that refuses the change.
            (RENAME, [REFUSED, "0", "0"]),
            (BURY, ["1", "0", "0"]),
            (BURY_BLINDLY, ["1", "0", "0"]),
            (BURY_AND_DATE, ["1", "0", "0"]),
            (BURY_AND_RENAME, [REFUSED, "0", "0"]),
            (REVIVE, ["0", "0", "0"]),
            (MOVE_BURIED, ["0", "0", "0"]),
        ],
    );
}

#[test]
fn one_rule_for_both_needs_no_trigger() {
    let same = "      write: owner_id = auth.user_id()\n";
    check(
        same,
        &[
            (RENAME, ["1", "0", "0"]),
            (BURY, ["1", "0", "0"]),
            (BURY_AND_RENAME, ["1", "0", "0"]),
            (REVIVE, ["1", "0", "0"]),
        ],
    );
}

#[test]
fn a_rule_that_asks_for_the_tombstone_is_asked_of_the_right_row() {
    check(
        "      insert: owner_id = auth.user_id()
      update: owner_id = auth.user_id() and deleted_at is null
      delete: owner_id = auth.user_id() and deleted_at is null\n",
        &[
            (RENAME, ["1", "0", "0"]),
            (BURY, ["1", "0", "0"]),
            // An update too, and the new row is deleted.
            (BURY_AND_RENAME, [REFUSED, "0", "0"]),
            (REVIVE, ["0", "0", "0"]),
        ],
    );
}
