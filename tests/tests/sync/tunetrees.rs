//! A device of tunetrees, made of what is generated for it, syncs every table that devices write.

use std::borrow::Cow;
use std::collections::HashMap;

use synctable::crud::Op;
use synctable::{ColumnDef, Kind, Role, Scalar, TableDef, Value};
use tests::cases::workspace;
use tunetrees::generated::database::DATABASE;
use tunetrees::generated::pull::PULL;
use tunetrees::generated::{REGISTRY, releases::RELEASES};
use tunetrees::mappers::statements::ALL;

use crate::sync::served::BOTH;
use crate::sync::world::{ANN, Constants, World};

const CONSTANTS: Constants = Constants {
    registry: &REGISTRY,
    releases: RELEASES,
    statements: ALL,
    pull: &PULL,
    database: &DATABASE,
};

/// Columns that a check asks for beside those that are required.
const ALSO: [(&str, &str); 1] = [("setlist_item", "tune_ref")];

/// A tune of everybody's.
const PUBLIC: &str = "00000099-0000-4000-8000-000000000001";

/// The rows that are there: the values of each table's row by its columns.
type Rows = HashMap<&'static str, HashMap<&'static str, Value<'static>>>;

/// A value of a column that no other row refers to.
fn value(column: &ColumnDef, number: usize) -> Value<'static> {
    if let Some(labels) = column.labels {
        return Value::Text(labels.labels[0].into());
    }
    let text = |text: String| Value::Text(text.into());
    match column.kind.carrier() {
        Some(Scalar::Uuid) => text(format!("{number:08x}-0000-4000-8000-000000000001")),
        Some(Scalar::Timestamptz) => text("2026-01-02T03:04:05.678901Z".to_owned()),
        Some(Scalar::Bool | Scalar::Int | Scalar::Smallint | Scalar::Bigint) => Value::Integer(1),
        Some(Scalar::Real | Scalar::Double) => Value::Real(1.5),
        _ => text(format!("the text {number} of \"{}\"", column.name)),
    }
}

/// What a new row of a table has.
fn row(
    table: &'static TableDef,
    number: usize,
    rows: &Rows,
) -> HashMap<&'static str, Value<'static>> {
    let mut row = HashMap::new();
    for column in table.columns.iter().filter(|column| column.uploads()) {
        let is_key = table.key.iter().any(|key| key.name == column.name);
        let is_asked =
            column.role == Some(Role::Owner) || ALSO.contains(&(table.name, column.name));
        let is_needed = !column.nullable && (!column.has_default || is_key);
        if !is_needed && !is_asked {
            continue;
        }
        let mut keys = table.foreign_keys.iter();
        let parent = keys.find(|key| key.columns[0].name == column.name);
        let found = match parent {
            // Of the catalogue, which devices only read.
            Some(key) if ["genre", "tune_type"].contains(&key.table) => Value::Text("reel".into()),
            Some(key) if table.name == "setlist_item" && key.table == "tune" => {
                Value::Text(PUBLIC.into())
            }
            Some(key) => match rows.get(key.table) {
                Some(parent) => parent[key.references[0]].clone(),
                None => Value::Text(ANN.into()),
            },
            None if table.name == "user_profile" && is_key => Value::Text(ANN.into()),
            None if column.role == Some(Role::Owner) || column.name == "owner_user_ref" => {
                Value::Text(ANN.into())
            }
            None => value(column, number),
        };
        row.insert(column.name, found);
    }
    if let Some(recipe) = &table.recipe {
        let id = recipe.id(|part| {
            let value = row.get(part.column.name)?;
            Some(Cow::Owned(value.key_text()?.into_owned()))
        });
        let id = id.expect("the parts of the recipe are there");
        row.insert(table.key[0].name, Value::Text(id.into()));
    }
    row
}

fn literal(value: &Value<'_>) -> String {
    match value {
        Value::Null => "NULL".to_owned(),
        Value::Integer(number) => number.to_string(),
        Value::Real(number) => format!("{number:?}"),
        Value::Text(text) => format!("'{}'", text.replace('\'', "''")),
    }
}

fn id(table: &TableDef, row: &HashMap<&str, Value<'_>>) -> String {
    let key: Vec<String> = table
        .key
        .iter()
        .map(|part| row[part.name].key_text().expect("a key").into_owned())
        .collect();
    let key: Vec<&str> = key.iter().map(String::as_str).collect();
    table.id.compose(&key)
}

fn insert(table: &TableDef, row: &HashMap<&str, Value<'_>>) -> String {
    let mut columns = vec!["\"id\"".to_owned()];
    let mut values = vec![literal(&Value::Text(id(table, row).into()))];
    for column in table.columns.iter().filter(|one| !table.is_client_id(one)) {
        if let Some(value) = row.get(column.name) {
            columns.push(format!("\"{}\"", column.client_name));
            values.push(literal(value));
        }
    }
    let (columns, values) = (columns.join(", "), values.join(", "));
    format!(
        "INSERT INTO \"{}\" ({columns}) VALUES ({values})",
        table.client_name
    )
}

/// A column that a device changes.
fn changed(table: &'static TableDef) -> &'static ColumnDef {
    let mut columns = table.columns.iter();
    let found = columns.find(|column| {
        let is_free = column.role.is_none() && column.labels.is_none() && !column.immutable;
        let is_key = table.key.iter().any(|key| key.name == column.name);
        let mut keys = table.foreign_keys.iter().flat_map(|key| key.columns);
        let refers = keys.any(|one| one.name == column.name);
        let is_simple = matches!(column.kind, Kind::Scalar(Scalar::Text | Scalar::Int));
        is_free && column.uploads() && !is_key && !refers && is_simple
    });
    found.unwrap_or_else(|| panic!("`{}` has a column that changes", table.name))
}

#[test]
fn tunetrees_syncs_every_table_that_devices_write_from_what_is_generated() {
    for kind in BOTH {
        let schema = workspace().join("examples/tunetrees/schema");
        let world = World::of_constants(kind, "sync_tunetrees", &schema, CONSTANTS);
        world.run(&format!(
            "insert into public.genre (id, name) values ('reel', 'Reel');
             insert into public.tune_type (id, name) values ('reel', 'Reel');
             insert into public.tune (id, title) values ('{PUBLIC}', 'The Silver Spear')"
        ));
        let [phone, tablet] = ["phone", "tablet"].map(|client| world.device(ANN, client));
        let agree = |what: &str| {
            let differs = || {
                let mut tables = PULL.tables.iter().map(|one| one.table.client_name);
                tables.any(|table| phone.rows(table) != tablet.rows(table))
            };
            // A row comes once every older transaction of the server has ended, those of other tests, too.
            for _ in 0..100 {
                world.sync(&phone);
                world.sync(&tablet);
                if !differs() {
                    break;
                }
                std::thread::sleep(std::time::Duration::from_millis(100));
            }
            let refused = "SELECT group_concat(code || ': ' || message || ' ' || crud) FROM synctable_dead_letters";
            assert_eq!(phone.text(refused), None, "{kind:?}, {what}");
            for table in ["synctable_queue", "synctable_again"] {
                assert_eq!(phone.count(table), 0, "{kind:?}, {what}: {table}");
            }
            for table in PULL.tables.iter().map(|one| one.table.client_name) {
                let [here, there] = [&phone, &tablet].map(|device| device.rows(table));
                assert_eq!(here, there, "{kind:?}, {what}: {table}");
            }
        };
        agree("nothing");
        let takes = |table: &TableDef, op| {
            let mut all = ALL.iter().filter(|one| one.table.name == table.name);
            all.any(|one| one.set.takes(op))
        };
        let tables = REGISTRY.insert_order.iter().copied().flatten().copied();
        let written: Vec<&'static TableDef> = tables.filter(|one| takes(one, Op::Put)).collect();
        assert_eq!(written.len(), ALL.len());
        let mut rows = Rows::new();
        for (number, table) in written.iter().enumerate() {
            let row = row(table, number + 1, &rows);
            phone.write(&insert(table, &row));
            rows.insert(table.name, row);
        }
        agree("inserted");
        for table in &written {
            let id = id(table, &rows[table.name]);
            assert!(
                tablet.rows(table.client_name).contains_key(&id),
                "{kind:?}: {}",
                table.name
            );
        }
        let mut count = 0;
        for table in written.iter().filter(|one| takes(one, Op::Patch)) {
            if table
                .columns
                .iter()
                .all(|one| one.immutable || !one.uploads() || one.role.is_some())
            {
                continue;
            }
            if ["user_genre_selection", "tag"].contains(&table.name) {
                continue;
            }
            let column = changed(table);
            let text = match column.kind {
                Kind::Scalar(Scalar::Text) => "'changed'",
                _ => "5",
            };
            let (name, id) = (column.client_name, id(table, &rows[table.name]));
            tablet.write(&format!(
                "UPDATE \"{}\" SET \"{name}\" = {text} WHERE id = '{id}'",
                table.client_name
            ));
            count += 1;
        }
        assert!(count > 15, "{count}");
        world.sync(&tablet);
        agree("changed");
        for table in written.iter().rev().filter(|one| takes(one, Op::Delete)) {
            let id = id(table, &rows[table.name]);
            phone.write(&format!(
                "DELETE FROM \"{}\" WHERE id = '{id}'",
                table.client_name
            ));
        }
        agree("deleted");
        assert_eq!(phone.count("tag") + phone.count("daily_practice_queue"), 0);
    }
}
