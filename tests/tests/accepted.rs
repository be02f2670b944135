//! Nothing is accepted of a device that Postgres then refuses for a reason that the declaration knows, and no check is said to fail
//! that Postgres lets pass.
//!
//! Entries are the corpus of the fuzz target with values exchanged for odd ones.
//! Foreign keys are dropped, and every entry meets an empty table or the one row that it changes.

use std::collections::BTreeMap;
use std::fs;

use postgres::error::SqlState;
use postgres::{Client, Transaction};
use schema::mappers::Change;
use serde_json::{Value as Json, json};
use synctable::crud::{Code, Entry, Op, Refusal, Release};
use synctable::{SyncMode, TableDef};
use tests::applied::{applied, model_of};
use tests::cases::workspace;
use tests::generate::dice::Dice;
use tests::postgres::{Database, act_as, plain};

/// Who writes: the columns that the server fills with the caller have a value.
const CALLER: &str = r#"{"sub": "0192f0c1-7a3b-7cde-8f01-23456789abcf"}"#;

fn seeds() -> Vec<Json> {
    let folder = workspace().join("fuzz/corpus/entry");
    let mut files: Vec<_> = fs::read_dir(folder)
        .expect("the corpus is there")
        .map(|file| file.expect("it was listed").path())
        .collect();
    files.sort();
    files
        .iter()
        .map(|path| {
            let text = fs::read_to_string(path).expect("it can be read");
            serde_json::from_str(&text).expect("the corpus is JSON")
        })
        .collect()
}

/// Values that are right for some column and wrong for another.
fn odd() -> Vec<Json> {
    let mut all = vec![
        json!(null),
        json!(0),
        json!(1),
        json!(-1),
        json!(5),
        json!(101),
        json!(32_767),
        json!(32_768),
        json!(2_147_483_648_i64),
        json!(i64::MIN),
        json!(7.0),
        json!(-0.0),
        json!(0.5),
        json!(1e300),
        json!(3.5e38),
        json!(1e-46),
    ];
    let texts = [
        "",
        " ",
        "x",
        "late",
        "Late ",
        "é",
        "archived",
        "small",
        "owner",
        "-1",
        "0",
        "0.000",
        "12345678.91",
        "1234.567",
        "0.001",
        "1e3",
        "NaN",
        "infinity",
        "{}",
        "[]",
        "null",
        "\"x\"",
        "[1]",
        "[\"\"]",
        "[null]",
        "[\"archived\"]",
        "[\"#2f6fed\"]",
        "[\"#2F6FED\"]",
        "{\"a\": \"\\u0000\"}",
        "{\"a\": 1e999}",
        "#2f6fed",
        "#2F6FED",
        "red",
        "0001-01-01",
        "9999-12-31",
        "2026-02-29",
        "10000-01-01",
        "2026-01-31T24:00:00Z",
        "2026-01-31T13:47:00Z",
        "2026-01-31 13:47:00.1234567+02",
        "9999-12-31T23:59:59-01",
        "2026-01-31T13:47:00",
        "23:59:60",
        "24:00:00",
        "15:47",
        "2026-01-31 13:47",
        "2026-01-31T15:47:00.000 +02:00",
        "2026-01-31T15:47:00.123456789+02:00[Europe/Berlin]",
        "7",
        "7.0",
        "9007199254740993",
        "1e400",
        "[7]",
        "[0.001, 1e-9]",
        "1 day",
        "-00:00:01",
        "1 century",
        "0192f0c1-7a3b-7cde-8f01-23456789abcd",
        "0192F0C1-7a3b-7cde-8f01-23456789abcd",
        "00ff",
        "0",
        "\\x00",
        "a\u{0}b",
        "\u{1f600}",
        "anna_1",
        "An",
    ];
    all.extend(texts.map(|text| json!(text)));
    all.extend([80, 81, 200, 201, 500, 501].map(|count| json!("é".repeat(count))));
    let tags = |count: usize| json!(json!(vec!["t"; count]).to_string());
    all.extend([tags(20), tags(21)]);
    all
}

fn mutated(dice: &mut Dice, seeds: &[Json], odd: &[Json]) -> Json {
    let mut entry = dice.pick(seeds).clone();
    let members = ["data", "op_data"]
        .into_iter()
        .find(|name| entry[name].is_object());
    let Some(data) = members.and_then(|name| entry[name].as_object_mut()) else {
        return entry;
    };
    for _ in 0..dice.between(1, 3) {
        let names: Vec<String> = data.keys().cloned().collect();
        if names.is_empty() {
            break;
        }
        let name = dice.pick(&names);
        match dice.chance(10) {
            true => data.remove(name),
            false => data.insert(name.clone(), dice.pick(odd).clone()),
        };
    }
    entry
}

/// Why Postgres may refuse what was accepted: a check that Rust cannot evaluate, what is unique, a column that is not the device's.
fn may_refuse(table: &TableDef, error: &postgres::Error) -> bool {
    let Some(told) = error.as_db_error() else {
        return false;
    };
    if *told.code() == SqlState::CHECK_VIOLATION {
        // Postgres names the check of a domain by the domain; a list's elements are among those.
        let name = told.constraint().unwrap_or_default();
        let known = table.checks.iter().find(|check| check.name == name);
        return known.is_none_or(|check| check.term.is_none());
    }
    if *told.code() == SqlState::NOT_NULL_VIOLATION {
        let column = told.column().and_then(|name| table.column(name));
        return column.is_some_and(|column| !column.uploads());
    }
    [SqlState::UNIQUE_VIOLATION, SqlState::EXCLUSION_VIOLATION].contains(told.code())
}

/// What Postgres says of the change alone, in an empty table or to the row that the seed inserted.
fn tried(
    transaction: &mut Transaction<'_>,
    before: Option<&Change>,
    change: &Change,
) -> Result<(), postgres::Error> {
    let mut inner = transaction.transaction().expect("a savepoint");
    if let Some(before) = before {
        plain::write(&mut inner, &before.write())
            .unwrap_or_else(|error| panic!("{error:?}: {before:?}"));
    }
    plain::write(&mut inner, &change.write()).map(drop)
    // Dropped, it is rolled back.
}

fn decode(entry: &Json) -> Result<Change, Refusal> {
    let text = entry.to_string();
    let entry = Entry::from_json(&text).unwrap_or_else(|why| panic!("{why}: {text}"));
    Change::decode(&entry, &Release::CURRENT)
}

fn prepared() -> (Database<'static>, Client) {
    let model = model_of(&workspace().join("schema"));
    let database = applied("accepted", &model);
    database.drop_foreign_keys();
    let client = database.superuser();
    (database, client)
}

#[test]
fn what_is_accepted_is_what_postgres_takes() {
    let rounds = if tests::long() { 50_000 } else { 2_000 };
    let (seeds, odd) = (seeds(), odd());
    let rows: BTreeMap<&str, Change> = seeds
        .iter()
        .filter(|seed| seed["op"] == "PUT")
        .filter_map(|seed| decode(seed).ok())
        .map(|change| (change.write().table.name, change))
        .collect();
    let mut dice = Dice::new(20_260_201);
    let (_database, mut client) = prepared();
    let mut transaction = client.transaction().expect("no other is open");
    transaction
        .execute(
            "select set_config('request.jwt.claims', $1, true)",
            &[&CALLER],
        )
        .expect("every server has settings");
    let (mut accepted, mut refused) = (0, 0);
    for _ in 0..rounds {
        let entry = mutated(&mut dice, &seeds, &odd);
        match decode(&entry) {
            Ok(change) => {
                accepted += 1;
                let table = change.write().table;
                let before = match change.write().op {
                    Op::Put => None,
                    Op::Patch | Op::Delete => rows.get(table.name),
                };
                if let Err(error) = tried(&mut transaction, before, &change) {
                    assert!(may_refuse(table, &error), "{error:?}\n{entry}");
                }
            }
            Err(refusal) => {
                refused += 1;
                let checks = refusal
                    .mistakes
                    .iter()
                    .all(|mistake| mistake.code == Code::Check);
                if checks {
                    fails_in_postgres(&mut transaction, &entry, &refusal, &rows);
                }
            }
        }
    }
    println!("{accepted} accepted, {refused} refused");
    assert!(
        accepted > rounds / 5 && refused > rounds / 5,
        "{accepted}, {refused}"
    );
}

/// An entry that is refused for its checks alone: the same values, read by a table without checks, are refused by Postgres.
fn fails_in_postgres(
    transaction: &mut Transaction<'_>,
    entry: &Json,
    refusal: &Refusal,
    rows: &BTreeMap<&str, Change>,
) {
    let table = schema::generated::REGISTRY
        .client_table(&refusal.table)
        .expect("a check is one of a table");
    assert_ne!(table.sync, SyncMode::Local);
    let mut inner = transaction.transaction().expect("a savepoint");
    if refusal.op == Op::Patch {
        plain::write(&mut inner, &rows[table.name].write()).expect("the seed is right");
    }
    let data = if entry["data"].is_object() {
        &entry["data"]
    } else {
        &entry["op_data"]
    };
    let members = data.as_object().expect("an object");
    let mut columns = vec![];
    for (name, value) in members.iter().filter(|(_, value)| !value.is_null()) {
        let column = table.client_column(name).expect("it is known");
        let value = match value {
            Json::String(text) => synctable::Value::Text(text.clone().into()),
            Json::Number(number) => match number.as_i64() {
                Some(whole) => synctable::Value::Integer(whole),
                None => synctable::Value::Real(number.as_f64().expect("a number")),
            },
            other => panic!("{other} is nothing that SQLite holds"),
        };
        let value = column.canonical(value).expect("only checks fail");
        columns.push((column, value));
    }
    let key = table.id.split(&refusal.id).expect("only checks fail");
    let is_key =
        |column: &synctable::ColumnDef| table.key.iter().any(|key| key.name == column.name);
    columns.retain(|(column, _)| !is_key(column));
    let write = synctable::crud::Write {
        op: refusal.op,
        table,
        key: key
            .into_iter()
            .map(|text| synctable::Value::Text(text.into()))
            .collect(),
        values: columns,
        previous: None,
    };
    let error = plain::write(&mut inner, &write).expect_err(&format!("{refusal}\n{entry}"));
    assert_eq!(
        error.code(),
        Some(&SqlState::CHECK_VIOLATION),
        "{error:?}\n{refusal}"
    );
}

#[test]
fn what_is_refused_without_a_reason_would_be_seen() {
    // The oracle above can say no: Postgres refuses what no check lets pass.
    let (_database, mut client) = prepared();
    let mut transaction = client.transaction().expect("no other is open");
    act_as(&mut transaction, "postgres", CALLER);
    let error = transaction
        .execute(
            "insert into public.lists (id, name) values (gen_random_uuid(), '')",
            &[],
        )
        .expect_err("a list has a name");
    let lists = schema::generated::tables::LISTS;
    assert!(!may_refuse(lists, &error), "{error:?}");
}
