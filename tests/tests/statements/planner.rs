//! What the planner joins, what it leaves apart, and what it turns around.

use crate::statements::world::{ANN, change};
use schema::mappers::{Change, statements};
use synctable::Value;
use synctable::crud::{Op, Write};
use synctable::plan::{MOST, plan};

const TEAM: &str = "10000000-0000-4000-8000-000000000001";
const LIST: &str = "20000000-0000-4000-8000-000000000001";
const OTHER: &str = "20000000-0000-4000-8000-000000000002";
const ITEM: &str = "30000000-0000-4000-8000-000000000001";
const CHILD: &str = "30000000-0000-4000-8000-000000000002";

fn upload(op: &str, table: &str, id: &str, data: &str) -> Change {
    let data = match op {
        "DELETE" => String::new(),
        _ => format!(", \"op_data\": {{{data}}}"),
    };
    change(&format!(
        "{{\"op\": {op:?}, \"table\": {table:?}, \"id\": {id:?}{data}}}"
    ))
}

fn list(op: &str, id: &str) -> Change {
    upload(op, "lists", id, "\"name\": \"a\"")
}

fn item(op: &str, id: &str, list: &str, more: &str) -> Change {
    upload(
        op,
        "items",
        id,
        &format!("\"list_id\": {list:?}, \"title\": \"a\", \"place\": 1{more}"),
    )
}

fn timing(op: &str, nr: usize) -> Change {
    let id = format!("40000000-0000-4000-8000-{nr:012}");
    let data =
        format!("\"item_id\": {ITEM:?}, \"hours\": \"1.000\", \"worked_on\": \"2026-01-01\"");
    upload(op, "timings", &id, &data)
}

/// The places of the changes, step by step.
fn steps(changes: &[Change]) -> Vec<Vec<usize>> {
    let writes: Vec<_> = changes.iter().map(Change::write).collect();
    let planned = plan(statements::ALL, &writes);
    assert_eq!(planned.unknown, Vec::<usize>::new());
    planned.steps.into_iter().map(|step| step.entries).collect()
}

#[test]
fn rows_of_one_table_share_a_statement() {
    let changes = [timing("PUT", 1), timing("PUT", 2), timing("PUT", 3)];
    assert_eq!(steps(&changes), [vec![0, 1, 2]]);
    let changes = [timing("DELETE", 1), timing("DELETE", 2)];
    assert_eq!(steps(&changes), [vec![0, 1]]);
    // A tombstone changes nothing that a rule looks at in other rows of the table.
    let changes = [
        item("DELETE", ITEM, LIST, ""),
        item("DELETE", CHILD, LIST, ""),
    ];
    assert_eq!(steps(&changes), [vec![0, 1]]);
    // An upsert may find one row by two ids, a DELETE does not.
    let gone = |nr: usize| {
        upload(
            "DELETE",
            "presence",
            &format!("50000000-0000-4000-8000-{nr:012}"),
            "",
        )
    };
    assert_eq!(steps(&[gone(1), gone(2), gone(1)]), [vec![0, 1], vec![2]]);
}

#[test]
fn puts_that_give_different_columns_share_a_statement() {
    let given = upload("PUT", "lists", OTHER, "\"name\": \"b\", \"is_public\": 1");
    assert_eq!(steps(&[list("PUT", LIST), given]), [[0, 1]]);
}

#[test]
fn the_order_of_one_row_is_kept() {
    let changes = [
        timing("PUT", 1),
        timing("DELETE", 1),
        timing("PUT", 1),
        timing("PUT", 2),
    ];
    assert_eq!(steps(&changes), [vec![0], vec![1], vec![2, 3]]);
}

#[test]
fn what_decides_over_a_row_stays_where_it_is() {
    // The second list may only be in the team once that is there.
    let team = upload("PUT", "teams", TEAM, "\"name\": \"a\"");
    let shared = upload(
        "PUT",
        "lists",
        OTHER,
        &format!("\"name\": \"b\", \"team_id\": {TEAM:?}"),
    );
    assert_eq!(steps(&[list("PUT", LIST), team, shared]), [[0], [1], [2]]);
    // What nothing hangs on is passed by.
    let handle = upload("PUT", "profiles", ANN, "\"handle\": \"ann\"");
    assert_eq!(
        steps(&[timing("PUT", 1), handle, timing("PUT", 2)]),
        [vec![0, 2], vec![1]]
    );
}

#[test]
fn a_row_comes_before_those_that_refer_to_it() {
    let changes = [item("PUT", ITEM, LIST, ""), list("PUT", LIST)];
    assert_eq!(steps(&changes), [[1], [0]]);
    // An item and its list refer to each other, one of them checked at the end: the other decides.
    let pins = upload(
        "PUT",
        "lists",
        LIST,
        &format!("\"name\": \"a\", \"pinned_item_id\": {ITEM:?}"),
    );
    let changes = [item("PUT", ITEM, LIST, ""), pins];
    assert_eq!(steps(&changes), [[1], [0]]);
    let parent = format!(", \"parent_id\": {ITEM:?}");
    let changes = [
        item("PUT", CHILD, LIST, &parent),
        item("PUT", ITEM, LIST, ""),
    ];
    assert_eq!(steps(&changes), [[1], [0]], "nor do they share a statement");
    // A row that is there already is not made by the PUT that changes it.
    let changes = [
        list("PATCH", LIST),
        item("PUT", ITEM, LIST, ""),
        list("PUT", LIST),
    ];
    assert_eq!(steps(&changes), [[0], [1], [2]]);
}

#[test]
fn a_row_is_deleted_after_those_that_refer_to_it() {
    // No device deletes teams here, but the plan knows how.
    let label = |nr: usize| upload("DELETE", "labels", &format!("{TEAM}:{nr}"), "");
    let changes = [label(0), label(1), label(2), label(3)];
    let mut writes: Vec<_> = changes.iter().map(Change::write).collect();
    let team = |nr: usize| {
        let id = format!("10000000-0000-4000-8000-{nr:012}");
        let put = upload("PUT", "teams", &id, "\"name\": \"a\"");
        let write = put.write();
        Write {
            op: Op::Delete,
            key: write.key.into_iter().map(Value::into_owned).collect(),
            values: Vec::new(),
            table: write.table,
            previous: None,
        }
    };
    writes.insert(1, team(1));
    writes.insert(3, team(2));
    writes.push(team(3));
    // label, team, label, team, labels, team: each label goes before the teams that came before it.
    let planned = plan(statements::ALL, &writes);
    let steps: Vec<Vec<usize>> = planned.steps.into_iter().map(|one| one.entries).collect();
    assert_eq!(steps, [vec![0, 2, 4, 5], vec![1, 3, 6]]);
}

#[test]
fn a_hundred_thousand_entries_are_planned() {
    // In a plan that looks back through all that came before, this takes hours.
    const MANY: usize = 100_000;
    let labels = upload("DELETE", "labels", &format!("{TEAM}:a"), "");
    let timings = timing("DELETE", 1);
    let lists = list("PUT", LIST);
    let items = item("PUT", ITEM, LIST, "");
    let templates = [
        labels.write(),
        timings.write(),
        lists.write(),
        items.write(),
    ];
    let of = |pick: &dyn Fn(usize) -> usize| -> Vec<Write<'_>> {
        (0..MANY)
            .map(|nr| {
                let mut write = templates[pick(nr)].clone();
                write.key = vec![Value::Text(format!("{nr}").into())];
                write
            })
            .collect()
    };
    for kind in 0..4 {
        let planned = plan(statements::ALL, &of(&|_| kind));
        assert_eq!(planned.steps.len(), MANY / MOST, "{kind}");
    }
    let planned = plan(statements::ALL, &of(&|nr| nr % 4));
    let entries: usize = planned.steps.iter().map(|step| step.entries.len()).sum();
    assert_eq!(entries, MANY);
}

#[test]
fn a_circle_stays_as_it_came() {
    let refers = |to: &str| format!(", \"parent_id\": {to:?}");
    let changes = [
        item("PUT", ITEM, LIST, &refers(CHILD)),
        item("PUT", CHILD, LIST, &refers(ITEM)),
    ];
    let steps = steps(&changes);
    assert_eq!(steps.len(), 2, "{steps:?}");
}

#[test]
fn what_a_rule_looks_up_in_other_rows_of_the_table_is_changed_alone() {
    let moved = |id: &str| upload("PATCH", "items", id, &format!("\"list_id\": {OTHER:?}"));
    let named = |id: &str| upload("PATCH", "items", id, "\"title\": \"b\"");
    assert_eq!(steps(&[moved(ITEM), moved(CHILD)]), [[0], [1]]);
    assert_eq!(steps(&[moved(ITEM), named(CHILD)]), [[0], [1]]);
    assert_eq!(steps(&[named(ITEM), named(CHILD)]), [vec![0, 1]]);
}

#[test]
fn changes_of_unique_columns_are_written_one_by_one() {
    let rename = |id: &str| upload("PATCH", "lists", id, "\"name\": \"b\"");
    assert_eq!(steps(&[rename(LIST), rename(OTHER)]), [[0], [1]]);
    let show = |id: &str| upload("PATCH", "lists", id, "\"is_public\": 1");
    assert_eq!(steps(&[show(LIST), show(OTHER)]), [vec![0, 1]]);
}

#[test]
fn rows_that_an_upsert_may_take_for_one_do_not_share_a_statement() {
    let put = |nr: usize, device: &str| {
        let id = format!("50000000-0000-4000-8000-{nr:012}");
        upload("PUT", "presence", &id, &format!("\"device\": {device:?}"))
    };
    assert_eq!(
        steps(&[put(1, "a"), put(2, "a"), put(3, "b")]),
        [vec![0], vec![1, 2]]
    );
}
