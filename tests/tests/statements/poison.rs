//! Entries that Postgres does not take, and what is wrong with nobody's entry: who is blamed for what.

use crate::statements::drivers::{How, committed};
use crate::statements::world::{Way, change, prepared};
use schema::mappers::Change;
use synctable::statement::Outcome::{self, Applied, Invalid};
use synctable::statement::postgres::RunError;
use tests::cases::workspace;
use tests::postgres::Database;

const BOB: &str = "bbbbbbbb-0000-4000-8000-000000000002";
const LIST: &str = "b1111111-0000-4000-8000-000000000001";
/// At place 0 of the list.
const STORED: &str = "b1111111-1111-4000-8000-000000000001";
const DEAD: &str = "20000000-0000-4000-8000-00000000dead";

fn case(name: &str) -> String {
    let path = workspace().join("tests/cases/poison").join(name);
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// A database with the rows that the cases speak of.
fn seeded(hint: &str) -> Database<'static> {
    let database = prepared(hint);
    database
        .superuser()
        .batch_execute(&case("seed.sql"))
        .unwrap();
    database
}

fn uploads(name: &str) -> Vec<Change> {
    case(name).lines().map(change).collect()
}

/// What came of each entry: `applied`, or a SQLSTATE and the constraint.
fn told(outcomes: &[Outcome]) -> Vec<String> {
    let one = |outcome: &Outcome| match outcome {
        Invalid(violation) => match &violation.object {
            Some(object) => format!("{} {object}", violation.code),
            None => violation.code.clone(),
        },
        other => other.to_string(),
    };
    outcomes.iter().map(one).collect()
}

/// The rows as they were, for the next way of writing.
const EMPTY: &str = "truncate people.teams, public.lists, public.feedback cascade";

/// Writes uploads of Bob in every way, each in a database of its own that `prepare` has changed.
fn each(hint: &str, prepare: &str, changes: &[Change], wanted: &[&str], after: &str) {
    let (tables, rows) = prepare.split_once("-- rows").unwrap_or((prepare, ""));
    let database = seeded(hint);
    let mut owner = database.superuser();
    owner.batch_execute(tables).unwrap();
    for how in How::all() {
        let seed = case("seed.sql");
        owner
            .batch_execute(&format!("{EMPTY}; {seed}; {rows}"))
            .unwrap();
        let outcomes = committed(&database, how, BOB, "", changes, "")
            .unwrap_or_else(|error| panic!("{hint}, {how:?}: {error}"));
        assert_eq!(told(&outcomes), wanted, "{hint}, {how:?}");
        if !after.is_empty() {
            let row = owner.query_one(after, &[]).unwrap();
            assert!(row.get::<_, bool>(0), "{hint}, {how:?}: {after}");
        }
    }
}

#[test]
fn the_entry_that_postgres_does_not_take_is_the_one_that_is_blamed() {
    let conflict = "create function public.conflict() returns trigger language plpgsql as $$ begin
            raise exception 'taken' using errcode = 'PT409';
        end $$;
        create trigger conflict before insert on public.feedback for each row execute function public.conflict()";
    let cases: [(&str, &str, &[&str]); 7] = [
        ("custom_sqlstate", conflict, &["applied", "PT409"]),
        (
            "poison_default_place",
            "",
            &["23505 items_place", "applied"],
        ),
        (
            "poison_deferred",
            "",
            &["applied", "23505 items_place", "applied"],
        ),
        (
            "poison_fk",
            "",
            &["23503 lists_pinned_item_id_fkey", "applied"],
        ),
        ("poison_gin", "", &["54000"]),
        ("poison_index", "", &["applied", "54000"]),
        ("poison_kind", "", &["54000"]),
    ];
    for (name, prepare, wanted) in cases {
        each(
            name,
            prepare,
            &uploads(&format!("{name}.jsonl")),
            wanted,
            "",
        );
    }
}

#[test]
fn a_missing_grant_role_table_or_column_is_an_error_of_the_call() {
    let broken = [
        (
            "revoke usage on schema people from service_role, authenticated, public",
            "42501",
        ),
        (
            "revoke select, update on public.lists from service_role, authenticated;
             revoke select (id, name), update (name) on public.lists from service_role, authenticated",
            "42501",
        ),
        (
            "revoke all on function public.moved_on() from service_role, authenticated, public",
            "42501",
        ),
        ("alter table public.lists rename to gone", "42P01"),
        ("alter table public.lists rename name to gone", "42703"),
    ];
    for (broken, code) in broken {
        let database = seeded("misconfig");
        {
            let mut owner = database.superuser();
            // A function of the app's own that a trigger calls for whoever writes.
            owner
                .batch_execute(
                    "create function public.moved_on() returns int language sql as 'select 1';
                     create function public.moves_on() returns trigger language plpgsql as $$ begin
                         perform public.moved_on();
                         return new;
                     end $$;
                     create trigger moves_on before update on public.lists for each row execute function public.moves_on()",
                )
                .unwrap();
            owner.batch_execute(broken).unwrap();
        }
        // Policies ask through functions that act as their owner: no schema of another table is needed.
        let guarded_alone = broken.contains("usage on schema");
        for how in How::all().filter(|how| !guarded_alone || how.way == Way::Guarded) {
            let changes = uploads("misconfig.jsonl");
            let error = committed(&database, how, BOB, "", &changes, "").expect_err(broken);
            assert!(
                error.to_string().starts_with(code),
                "{broken}, {how:?}: {error}"
            );
            assert!(!error.retry());
        }
    }
}

#[test]
fn a_policy_or_a_trigger_that_says_no_refuses_the_entry() {
    let refuse = "create function public.refuse() returns trigger language plpgsql as $$ begin
            raise exception 'not yours' using errcode = 'insufficient_privilege';
        end $$;
        create trigger refuse before insert on public.feedback for each row execute function public.refuse()";
    each(
        "refused",
        refuse,
        &uploads("custom_sqlstate.jsonl"),
        &["applied", "refused"],
        "",
    );
    let stranger = change(&format!(
        r#"{{"op":"PUT","type":"items","id":"{DEAD}","data":{{"list_id":"a1111111-0000-4000-8000-000000000001","title":"a","place":7}}}}"#
    ));
    each("policy", "", &[stranger], &["refused"], "");
}

fn item(id: usize, list: &str, place: usize) -> Change {
    change(&format!(
        r#"{{"op":"PUT","type":"items","id":"{}","data":{{"list_id":"{list}","title":"a","place":{place}}}}}"#,
        item_id(id)
    ))
}

fn moved(id: &str, place: usize) -> Change {
    change(&format!(
        r#"{{"op":"PATCH","type":"items","id":"{id}","data":{{"place":{place}}}}}"#
    ))
}

fn item_id(nr: usize) -> String {
    format!("20000000-0000-4000-8000-{nr:012}")
}

fn list(nr: usize, pinned: &str) -> Change {
    change(&format!(
        r#"{{"op":"PUT","type":"lists","id":"{}","data":{{"name":"list {nr}","pinned_item_id":"{pinned}"}}}}"#,
        list_id(nr)
    ))
}

fn list_id(nr: usize) -> String {
    format!("30000000-0000-4000-8000-{nr:012}")
}

#[test]
fn rows_that_refer_to_each_other_are_written_beside_entries_to_blame() {
    let circle = [list(1, &item_id(1)), item(1, &list_id(1), 1)];
    each("circle", "", &circle, &["applied"; 2], "");
    // Two culprits, and what hangs on one of them; a second item of the list in the circle.
    let beside = [
        list(2, DEAD),
        list(1, &item_id(1)),
        item(3, &list_id(2), 1),
        item(2, &list_id(1), 2),
        item(1, &list_id(1), 1),
        list(3, DEAD),
    ];
    let culprit = "23503 lists_pinned_item_id_fkey";
    each(
        "circle_beside",
        "",
        &beside,
        &[culprit, "applied", "refused", "applied", "applied", culprit],
        "select count(*) = 1 from public.lists where id::text like '3000%' and pinned_item_id is not null",
    );
    // What a later entry sets right is right.
    let renamed = change(&format!(
        r#"{{"op":"PATCH","type":"lists","id":"{}","data":{{"pinned_item_id":null}}}}"#,
        list_id(2)
    ));
    each(
        "set_right",
        "",
        &[list(2, DEAD), list(3, DEAD), renamed],
        &["applied", culprit, "applied"],
        "",
    );
}

#[test]
fn values_are_swapped_beside_entries_to_blame() {
    let ids: Vec<String> = (1..=6).map(item_id).collect();
    let places: Vec<String> = (1..=6)
        .map(|nr| {
            format!(
                "('{}', '{LIST}', 'stored', '{BOB}', '2026-01-01', {nr})",
                item_id(nr)
            )
        })
        .collect();
    let stored = format!(
        "-- rows
         insert into public.items (id, list_id, title, created_by, edited_at, place) values {}",
        places.join(", ")
    );
    let swap = [moved(&ids[0], 2), moved(&ids[1], 1)];
    each("swap", &stored, &swap, &["applied"; 2], "");
    // Three in a circle, and three that want places which nobody leaves.
    let beside = [
        moved(&ids[3], 0),
        moved(&ids[0], 2),
        moved(&ids[1], 3),
        moved(&ids[4], 6),
        moved(&ids[2], 1),
        moved(&ids[5], 0),
    ];
    let taken = "23505 items_place";
    each(
        "rotation",
        &stored,
        &beside,
        &[taken, "applied", "applied", taken, "applied", taken],
        "select string_agg(right(id::text, 1), '' order by place) = '1312456' from public.items where list_id = 'b1111111-0000-4000-8000-000000000001'",
    );
    assert!(STORED.ends_with('1'));
}

#[test]
fn a_row_is_deleted_before_those_that_refer_to_it_where_the_check_comes_last() {
    let team = "22222222-0000-4000-8000-000000000002";
    let prepare = format!(
        "alter table public.item_labels drop constraint item_labels_of_label,
             add constraint item_labels_of_label foreign key (team_id, label_name)
             references public.labels (team_id, name) deferrable initially deferred;
         -- rows
         insert into public.labels (id, team_id, name) values ('{team}:a', '{team}', 'a'), ('{team}:b', '{team}', 'b');
         insert into public.item_labels (label_name, item_id, team_id) values ('a', '{STORED}', '{team}'), ('b', '{STORED}', '{team}')"
    );
    let delete = |table: &str, id: &str| {
        change(&format!(
            r#"{{"op":"DELETE","type":"{table}","id":"{id}"}}"#
        ))
    };
    let both = [
        delete("labels", &format!("{team}:b")),
        delete("labels", &format!("{team}:a")),
        delete("item_labels", &format!("61/{STORED}")),
    ];
    each(
        "parents_first",
        &prepare,
        &both,
        &["23503 item_labels_of_label", "applied", "applied"],
        "select count(*) = 1 from public.labels",
    );
}

#[test]
fn what_the_caller_left_open_is_an_error_of_the_call() {
    let database = seeded("left_open");
    for how in How::all() {
        let open = format!(
            "insert into public.items (id, list_id, title, created_by, edited_at, place)
             values ('{DEAD}', '{LIST}', 'two at one place', '{BOB}', '2026-01-01', 0)"
        );
        let changes = uploads("misconfig.jsonl");
        let error = committed(&database, how, BOB, &open, &changes, "").expect_err("it is open");
        assert!(error.to_string().starts_with("23505"), "{how:?}: {error}");
    }
}

#[test]
fn constraints_are_deferred_as_declared_after_the_call() {
    for more in [
        "",
        "alter table public.lists add constraint at_once unique (edited_on) deferrable initially immediate",
    ] {
        let database = seeded("as_declared");
        database.superuser().batch_execute(more).unwrap();
        for how in How::all() {
            // Wrong for a moment, and where it is declared so, at once.
            let mut last = format!(
                "update public.items set place = 7;
                 update public.items set place = case when id = '{STORED}' then 0 else 1 end, list_id = '{LIST}';"
            );
            if !more.is_empty() {
                last.push_str(
                    "do $$ begin
                        update public.lists set edited_on = 'x';
                        raise 'it was deferred';
                    exception when unique_violation then null;
                    end $$",
                );
            }
            for changes in ["misconfig", "poison_fk"] {
                let changes = uploads(&format!("{changes}.jsonl"));
                let outcomes = committed(&database, how, BOB, "", &changes, &last)
                    .unwrap_or_else(|error: RunError| panic!("{how:?}: {error}"));
                assert_eq!(outcomes.last(), Some(&Applied), "{how:?}");
            }
        }
    }
}
