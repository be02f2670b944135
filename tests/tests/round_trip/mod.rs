//! Values of every kind go all the way round and come back as they were: a Rust value, a device's SQLite, the JSON of an upload,
//! a typed change, Postgres, the text of logical replication, PowerSync's evaluation of the sync configuration, SQLite, and the
//! Rust value again.

mod values;

use rusqlite::Connection;
use serde_json::{Map, Value as Json, json};
use std::collections::{BTreeMap, BTreeSet};
use synctable::crud::{Edit, Entry, Release, Write};
use synctable::{ColumnDef, Declared, Kind, Scalar, SyncTable, Value, sqlite};
use synctable_codegen::model::sample_wide::wide;
use synctable_codegen::model::{Model, Rule, StreamTable};
use synctable_codegen::targets::{powersync, sqlite as client};
use tests::applied::applied;
use tests::generate::dice::Dice;
use tests::node::powersync::source_tables;
use tests::node::replicated::{ReplicatedColumn, replicated};
use tests::postgres::{OWNER, Slot, plain};
use ui::generated::tables::kinds;
use ui::mappers::{Change, KindsRow};

/// The wide sample, as a private Postgres can hold it: it has no `vector`, and a point is carried as its text too. Everybody reads it.
fn model() -> Model {
    let mut model = wide();
    model.postgres.roles.owner = OWNER.to_owned();
    let kinds = &mut model.tables["kinds"];
    kinds.columns["a_vector"].kind = Kind::Opaque("point".into());
    let access = kinds.access.get_or_insert_default();
    access
        .read
        .insert(model.postgres.roles.client.clone(), Rule::Public);
    model.streams["tasks"].tables = vec![StreamTable {
        table: "kinds".to_owned(),
        filter: None,
    }];
    model
}

/// A device's database.
fn device(model: &Model) -> Connection {
    let tree = (client::TARGET.emit)(model);
    let ddl = tree.get("schema.sql").expect("it is emitted");
    let connection = Connection::open_in_memory().expect("memory is at hand");
    connection.execute_batch(&ddl).expect("SQLite executes it");
    connection
}

/// Rows in which every column takes every boundary of its kind, and random values.
fn rows(count: usize) -> Vec<KindsRow> {
    let mut dice = Dice::new(20_260_131);
    (0..count)
        .map(|nth| {
            let values = KindsRow::COLUMNS.iter().map(|column| match column.name {
                "id" => Value::Integer(i64::try_from(nth).expect("few") - 7),
                _ => values::value(column, nth, &mut dice),
            });
            KindsRow::from_values(values).unwrap_or_else(|error| panic!("{error}"))
        })
        .collect()
}

/// What a device's queue holds after the row was inserted: every column that is not null, but the id; whole numbers now and then
/// with a point, as Node's drivers write them.
fn upload(connection: &Connection, row: &KindsRow, dice: &mut Dice) -> String {
    let id = row.client_id().expect("it has a key");
    let sql = "select * from kinds where id = ?";
    let mut statement = connection.prepare_cached(sql).expect("the table is there");
    let names: Vec<String> = statement.column_names().map(str::to_owned).collect();
    let data: Map<String, Json> = statement
        .query_row([&id], |found| {
            let members = names.iter().enumerate().filter(|(_, name)| *name != "id");
            members
                .map(|(index, name)| {
                    let value: Value<'static> = found.get(index)?;
                    let json = match value {
                        Value::Null => Json::Null,
                        Value::Integer(number)
                            if dice.chance(20) && number.unsigned_abs() < 1 << 53 =>
                        {
                            json!(number as f64)
                        }
                        Value::Integer(number) => json!(number),
                        Value::Real(number) => json!(number),
                        Value::Text(text) => json!(text),
                    };
                    Ok((name.clone(), json))
                })
                .collect()
        })
        .expect("the row is there");
    let data: Map<String, Json> = data
        .into_iter()
        .filter(|(_, json)| !json.is_null())
        .collect();
    json!({"op": "PUT", "type": "kinds", "id": id, "tx_id": 1, "data": data}).to_string()
}

fn decode(text: &str) -> Change {
    let entry = Entry::from_json(text).unwrap_or_else(|why| panic!("{why}: {text}"));
    Change::decode(&entry, &Release::CURRENT).unwrap_or_else(|refusal| panic!("{refusal}\n{text}"))
}

/// The row that a PUT tells, where the table has no column of the server's own.
fn row_of(write: &Write<'_>) -> KindsRow {
    let values = KindsRow::COLUMNS
        .iter()
        .map(|column| write.value(column).cloned().unwrap_or(Value::Null));
    KindsRow::from_values(values).unwrap_or_else(|error| panic!("{error}"))
}

/// Every column that differs, and how.
fn differences(went: &KindsRow, came: &KindsRow) -> Vec<String> {
    let pairs = went.to_values().into_iter().zip(came.to_values());
    KindsRow::COLUMNS
        .iter()
        .zip(pairs)
        .filter(|(_, (went, came))| went != came)
        .map(|(column, (went, came))| format!("{}: {went:?} became {came:?}", column.name))
        .collect()
}

#[test]
fn a_row_becomes_an_upload_and_a_typed_change_and_the_row_again() {
    let connection = device(&model());
    let mut dice = Dice::new(7);
    for row in rows(if tests::long() { 2_000 } else { 200 }) {
        sqlite::insert(&connection, &row).unwrap_or_else(|error| panic!("{error}: {row:?}"));
        let change = decode(&upload(&connection, &row, &mut dice));
        let came = row_of(&change.write());
        assert_eq!(came, row, "{:#?}", differences(&row, &came));
        let text = change.encode().to_json();
        assert_eq!(decode(&text), change, "{text}");
    }
}

/// Every kind goes along, alone, where it may be null, and in a list where one can hold it.
#[test]
fn the_table_of_the_round_trip_has_every_kind() {
    let of = |kind: &Kind| kind.carrier().map(Scalar::word);
    let table = kinds::Table::DEF;
    let with = |nullable: bool| -> BTreeSet<&str> {
        let columns = table.columns.iter();
        let columns = columns.filter(|column| column.nullable == nullable);
        columns.filter_map(|column| of(&column.kind)).collect()
    };
    let every: BTreeSet<&str> = Scalar::EXAMPLES
        .iter()
        .map(|scalar| scalar.word())
        .collect();
    assert!(with(false).is_superset(&every), "{:?}", with(false));
    assert!(with(true).is_superset(&every), "{:?}", with(true));
    let lists: BTreeSet<&str> = table
        .columns
        .iter()
        .filter_map(|column| match &column.kind {
            Kind::List(element) => Some(element.carrier().word()),
            _ => None,
        })
        .collect();
    for scalar in Scalar::EXAMPLES {
        assert_eq!(
            scalar.in_lists().is_ok(),
            lists.contains(scalar.word()),
            "{scalar}"
        );
    }
}

#[test]
fn every_value_comes_back_from_postgres_and_powersync_as_it_went() {
    // A row has 61 values: in the long mode more than 100,000.
    let rows = rows(if tests::long() { 1_650 } else { 150 });
    let model = model();
    let there = device(&model);
    let database = applied("round_trip", &model);
    let mut client = database.superuser();
    let table = kinds::Table::DEF;
    let slot = Slot::begin(&mut client, &format!("{}.{}", table.schema, table.name));
    let mut dice = Dice::new(8);
    for row in &rows {
        sqlite::insert(&there, row).unwrap_or_else(|error| panic!("{error}: {row:?}"));
        let change = decode(&upload(&there, row, &mut dice));
        insert(&mut client, &change);
    }

    let columns = columns_in(&mut client, table.columns);
    let texts = slot.end(&mut client);
    assert_eq!(texts.len(), rows.len(), "every row replicates");
    let source = source_tables(&mut client, &[table.schema]);
    let tree = (powersync::TARGET.emit)(&model);
    for dialect in ["sync-config.yaml", "sync-rules.yaml"] {
        let yaml = tree.get(dialect).expect("it is emitted");
        let back = device(&model);
        let (mut values, mut found) = (0, Vec::new());
        for (went, synced) in rows
            .iter()
            .zip(replicated(&yaml, &source, table, &columns, &texts))
        {
            receive(&back, synced);
            let id = went.client_id().expect("it has a key");
            let came: Option<KindsRow> =
                sqlite::get(&back, &id).unwrap_or_else(|error| panic!("{error}"));
            let came = came.expect("it was received");
            values += KindsRow::COLUMNS.len();
            if came != *went {
                found.extend(differences(went, &came));
            }
        }
        println!("{dialect}: {values} values, {} differences", found.len());
        assert!(
            found.is_empty(),
            "{dialect}: of {values} values:\n{}",
            found.join("\n")
        );
    }
}

/// What the streams ask of bytes: null, none, and some.
#[test]
fn bytes_are_null_and_empty_among_the_values_that_go_round() {
    let rows = rows(150);
    let cover = |row: &KindsRow| row.a_bytes_or_null.as_ref().map(Vec::len);
    for expected in [None, Some(0)] {
        assert!(
            rows.iter().any(|row| cover(row) == expected),
            "{expected:?}"
        );
    }
}

fn insert(client: &mut postgres::Client, change: &Change) {
    assert!(matches!(change, Change::Kinds(Edit::Put(_))));
    plain::write(client, &change.write()).unwrap_or_else(|error| panic!("{error:?}: {change:?}"));
}

/// The columns as they replicate: Postgres' own names of their types, and of what is beneath a domain or an enum.
fn columns_in(client: &mut postgres::Client, columns: &[&ColumnDef]) -> Vec<ReplicatedColumn> {
    let sql = "
        select a.attname::text,
               coalesce(beneath.typname, case t.typtype when 'e' then 'text' else t.typname end)::text
        from pg_attribute a
        join pg_type t on t.oid = a.atttypid
        left join pg_type beneath on beneath.oid = t.typbasetype
        where a.attrelid = 'kinds'::regclass and a.attnum > 0 and not a.attisdropped
        order by a.attnum";
    client
        .batch_execute(&format!("set search_path = {}", kinds::Table::DEF.schema))
        .expect("the schema is there");
    let found: Vec<ReplicatedColumn> = client
        .query(sql, &[])
        .expect("the catalog is there")
        .iter()
        .map(|row| ReplicatedColumn {
            name: row.get(0),
            kind: row.get(1),
        })
        .collect();
    let names: Vec<&str> = found.iter().map(|column| column.name.as_str()).collect();
    let declared: Vec<&str> = columns.iter().map(|column| column.name).collect();
    assert_eq!(names, declared);
    found
}

/// A synced row on another device.
fn receive(connection: &Connection, synced: BTreeMap<String, Value<'static>>) {
    let names: Vec<String> = synced.keys().map(|name| format!("\"{name}\"")).collect();
    let places = vec!["?"; names.len()].join(", ");
    connection
        .prepare_cached(&format!(
            "insert into kinds ({}) values ({places})",
            names.join(", ")
        ))
        .expect("the table is there")
        .execute(rusqlite::params_from_iter(synced.into_values()))
        .unwrap_or_else(|error| panic!("{error}"));
}
