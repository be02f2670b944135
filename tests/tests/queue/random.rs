//! Random statements: what is queued is what is different in the rows, computed without the triggers.

use std::collections::BTreeMap;

use rusqlite::Connection;
use rusqlite::types::Value;
use synctable::sqlite::queue;
use tests::generate::dice::Dice;

use crate::queue::app::{Entry, Row, device, entries, rows};

/// The columns of a table that entries carry, and those that none does.
const SENT: [(&str, &[&str]); 2] = [
    (
        "lists",
        &["kind", "title", "weight", "count", "state", "edited_at"],
    ),
    ("plain", &["order", "b"]),
];

fn sent(table: &str) -> &'static [&'static str] {
    SENT.iter()
        .find(|(name, _)| *name == table)
        .expect("a table")
        .1
}

/// A value as an entry has it.
fn json(value: &Value) -> serde_json::Value {
    match value {
        Value::Null => serde_json::Value::Null,
        Value::Integer(number) => (*number).into(),
        Value::Real(number) => (*number).into(),
        Value::Text(text) => text.as_str().into(),
        Value::Blob(_) => panic!("no column holds one"),
    }
}

/// What was written of a row, by table and id: the operation and its data.
type Written = BTreeMap<(String, String), (String, BTreeMap<String, serde_json::Value>)>;

type State = BTreeMap<&'static str, BTreeMap<String, Row>>;

fn state(device: &Connection) -> State {
    SENT.iter()
        .map(|(table, _)| (*table, rows(device, table)))
        .collect()
}

/// What is different, row by row; `replaced` are the ids that a REPLACE named.
fn difference(before: &State, after: &State, replaced: &[(&str, String)]) -> Written {
    let mut written = Written::new();
    for (table, _) in SENT {
        let (old, new) = (&before[table], &after[table]);
        for id in old.keys().filter(|id| !new.contains_key(*id)) {
            written.insert(
                (table.to_owned(), id.clone()),
                ("DELETE".to_owned(), BTreeMap::new()),
            );
        }
        for (id, row) in new {
            let columns = sent(table).iter().map(|name| (*name, &row[*name]));
            let is_put = replaced.iter().any(|(of, one)| *of == table && one == id);
            let (op, data): (_, BTreeMap<_, _>) = match old.get(id).filter(|_| !is_put) {
                None => (
                    "PUT",
                    columns
                        .filter(|(_, value)| **value != Value::Null)
                        .map(|(name, value)| (name.to_owned(), json(value)))
                        .collect(),
                ),
                Some(old) => (
                    "PATCH",
                    columns
                        .filter(|(name, value)| old[*name] != **value)
                        .map(|(name, value)| (name.to_owned(), json(value)))
                        .collect(),
                ),
            };
            let mut data = data;
            if table == "lists" && op == "PATCH" && !data.is_empty() {
                // Two changes within a millisecond have one time, and each says it.
                data.insert("edited_at".to_owned(), json(&row["edited_at"]));
            }
            if is_put || op == "PUT" || !data.is_empty() {
                written.insert((table.to_owned(), id.clone()), (op.to_owned(), data));
            }
        }
    }
    written
}

/// A random statement, and the rows that it replaces.
pub(crate) fn statement(dice: &mut Dice) -> (String, Vec<(&'static str, String)>) {
    let id = |dice: &mut Dice| format!("{}", dice.below(5));
    let text = |dice: &mut Dice| ["'a'", "'b'", "'it''s'", "'\"\\ü'", "'😀'"][dice.below(5)];
    let number =
        |dice: &mut Dice| ["0", "1", "0.1", "-1e300", "9007199254740993", "NULL"][dice.below(6)];
    let whole = |dice: &mut Dice| ["0", "1", "-1", "9223372036854775807"][dice.below(4)];
    let label = |dice: &mut Dice| ["'open'", "'done'"][dice.below(2)];
    let time = |dice: &mut Dice| {
        [
            "NULL",
            "'2026-01-01T00:00:00.000000Z'",
            "'2027-01-01T00:00:00.000000Z'",
        ][dice.below(3)]
    };
    let a = "\"order\"";
    match dice.below(14) {
        0 | 1 => {
            let (id, title, weight, count, label, time) = (
                id(dice),
                text(dice),
                number(dice),
                whole(dice),
                label(dice),
                time(dice),
            );
            (
                format!(
                    "INSERT OR IGNORE INTO lists (id, title, weight, count, state, edited_at) VALUES ('{id}', {title}, {weight}, {count}, {label}, {time})"
                ),
                vec![],
            )
        }
        2 => {
            let (id, title, time) = (id(dice), text(dice), time(dice));
            (
                format!(
                    "REPLACE INTO lists (id, title, edited_at) VALUES ('{id}', {title}, {time})"
                ),
                vec![("lists", id)],
            )
        }
        3 => {
            let (title, id) = (text(dice), id(dice));
            (
                format!("UPDATE lists SET title = {title} WHERE id >= '{id}'"),
                vec![],
            )
        }
        4 => {
            let (weight, count, label, id) = (number(dice), whole(dice), label(dice), id(dice));
            (
                format!(
                    "UPDATE lists SET weight = {weight}, count = {count}, state = {label} WHERE id = '{id}'"
                ),
                vec![],
            )
        }
        5 => {
            let (title, time, id) = (text(dice), time(dice), id(dice));
            (
                format!("UPDATE lists SET title = {title}, edited_at = {time} WHERE id = '{id}'"),
                vec![],
            )
        }
        6 => {
            let (from, to) = (id(dice), id(dice));
            (
                format!("UPDATE OR IGNORE lists SET id = '{to}' WHERE id = '{from}'"),
                vec![],
            )
        }
        7 => {
            let (id, title) = (id(dice), text(dice));
            (
                format!(
                    "INSERT INTO lists (id, title) VALUES ('{id}', {title}) ON CONFLICT (id) DO UPDATE SET title = excluded.title, note = 'x'"
                ),
                vec![],
            )
        }
        8 => (
            format!("DELETE FROM lists WHERE id = '{}'", id(dice)),
            vec![],
        ),
        9 => {
            let (id, count, b) = (id(dice), dice.below(3), dice.below(4));
            // The other row with this value goes, too.
            (
                format!("REPLACE INTO plain (id, {a}, b) VALUES ('{id}', {count}, '{b}')"),
                vec![("plain", id)],
            )
        }
        10 => {
            let (count, id) = (dice.below(3), id(dice));
            (
                format!("UPDATE plain SET {a} = {count} WHERE id <= '{id}'"),
                vec![],
            )
        }
        11 => {
            let (b, id) = (dice.below(4), id(dice));
            (
                format!("UPDATE OR REPLACE plain SET b = '{b}' WHERE id = '{id}'"),
                vec![],
            )
        }
        12 => (
            format!("DELETE FROM plain WHERE id >= '{}'", id(dice)),
            vec![],
        ),
        _ => (
            "UPDATE lists SET title = title, note = 'y'; UPDATE plain SET b = b".to_owned(),
            vec![],
        ),
    }
}

/// What the server has after the entries: rows with what is sent.
fn replay(
    server: &mut BTreeMap<(String, String), BTreeMap<String, serde_json::Value>>,
    entry: &Entry,
) {
    let row = (entry.table.clone(), entry.id.clone());
    let data: BTreeMap<_, _> = entry.data.clone().into_iter().flatten().collect();
    match entry.op.as_str() {
        "PUT" => drop(server.insert(row, data)),
        "PATCH" => server.get_mut(&row).expect("it is there").extend(data),
        "DELETE" => drop(server.remove(&row).expect("it is there")),
        other => panic!("{other}"),
    }
    if let Some(row) = server.get_mut(&(entry.table.clone(), entry.id.clone())) {
        row.retain(|_, value| !value.is_null());
    }
}

#[test]
fn random_statements_queue_what_is_different_in_the_rows() {
    let statements = if tests::long() { 200_000 } else { 10_000 };
    let mut device = device();
    device
        .execute_batch("CREATE UNIQUE INDEX mine ON plain (b);
            CREATE TABLE seen (id TEXT);
            CREATE TRIGGER theirs AFTER UPDATE OF title ON lists BEGIN INSERT INTO seen VALUES (new.id); END")
        .expect("the app's own");
    let mut dice = Dice::new(16);
    let mut server = BTreeMap::new();
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for number in 0..statements {
        let before = state(&device);
        let (sql, replaced) = statement(&mut dice);
        // Each statement is a transaction of its own, some in a savepoint, and some are taken back.
        let taken_back = dice.below(10) == 0;
        let ran = queue::write(&mut device, |transaction| {
            transaction.execute_batch("SAVEPOINT one")?;
            transaction.execute_batch(&sql)?;
            if taken_back {
                transaction.execute_batch("ROLLBACK TO one")?;
            }
            transaction.execute_batch("RELEASE one")
        });
        let queued = entries(&device);
        let after = state(&device);
        if let Err(error) = ran {
            assert_eq!(
                (&queued, &after),
                (&vec![], &before),
                "{number}: {sql}: {error}"
            );
            *counts.entry("refused".to_owned()).or_default() += 1;
            continue;
        }
        let replaced = if taken_back { Vec::new() } else { replaced };
        let expected = difference(&before, &after, &replaced);
        let mut found = Written::new();
        for entry in &queued {
            let data = entry.data.clone().into_iter().flatten().collect();
            let written = found.insert(
                (entry.table.clone(), entry.id.clone()),
                (entry.op.clone(), data),
            );
            assert_eq!(
                written, None,
                "{number}: one entry for each row: {sql}\n{queued:#?}"
            );
            *counts.entry(entry.op.clone()).or_default() += 1;
            replay(&mut server, entry);
        }
        assert_eq!(found, expected, "{number}: {sql}");
        device
            .execute_batch("DELETE FROM synctable_queue")
            .expect("the queue");
    }
    for (table, _) in SENT {
        for (id, row) in rows(&device, table) {
            let there = &server[&(table.to_owned(), id)];
            let here: BTreeMap<String, serde_json::Value> = sent(table)
                .iter()
                .filter(|name| row[**name] != Value::Null)
                .map(|name| ((*name).to_owned(), json(&row[*name])))
                .collect();
            assert_eq!(there, &here);
        }
    }
    for (what, least) in [("PUT", 500), ("PATCH", 500), ("DELETE", 300)] {
        assert!(
            counts.get(what).is_some_and(|count| *count > least),
            "{counts:?}"
        );
    }
}
