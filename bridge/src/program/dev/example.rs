//! An entry that shows what an upload looks like: a new row of a table that needs no other one.

use crate::app::App;
use crate::retry::seed;
use serde_json::{Map, Value, json};
use synctable::crud::{Entry, Release, Sender};
use synctable::facts::ColumnType;
use synctable::{Kind, Scalar};
use synctable_codegen::model::{Column, InPut, Model, OnServer, Table};

/// Makes entries with ids of their own, of the first table whose entry the decoder takes.
pub(super) fn of(model: &Model, app: &App, user: &str) -> Option<impl Fn(u64) -> Value + use<>> {
    let tables = model.client_tables();
    let mut tables = tables.iter().filter(|client| client.writes.put);
    let found = tables.find_map(|client| {
        let (table, entry) = (client.table, entry(model, client.table)?);
        let texts = texts(table);
        let text = numbered(&entry, &texts, seed()).to_string();
        let sender = Sender::of(&Release::CURRENT).user(user);
        let read = Entry::from_json(&text).ok()?;
        let is_taken = table.recipe.is_none() && app.changes.decode_from(&read, &sender).is_ok();
        is_taken.then_some((entry, texts))
    })?;
    Some(move |number| numbered(&found.0, &found.1, number))
}

/// The columns that take any text, and may have to be unique.
fn texts(table: &Table) -> Vec<String> {
    let columns = table.columns.values();
    let free = columns.filter(|column| match column.kind {
        Kind::Scalar(Scalar::Text) => true,
        Kind::Scalar(Scalar::Varchar(length)) => length >= 20,
        _ => false,
    });
    free.map(|column| column.client_name.clone()).collect()
}

/// With an id of its own, and texts of its own.
fn numbered(entry: &Value, texts: &[String], number: u64) -> Value {
    let mut entry = entry.clone();
    for name in texts {
        if let Some(Value::String(text)) = entry["op_data"].get_mut(name) {
            *text = format!("{text} {:04x}", number & 0xffff);
        }
    }
    let (high, low) = (seed(), number);
    entry["id"] = json!(format!(
        "{:08x}-{:04x}-4{:03x}-8{:03x}-{:012x}",
        high >> 32,
        high >> 16 & 0xffff,
        high & 0xfff,
        low >> 48 & 0xfff,
        low & 0xffff_ffff_ffff
    ));
    entry
}

/// A PUT with what it has to say; nothing where that refers to another row.
fn entry(model: &Model, table: &Table) -> Option<Value> {
    let mut data = Map::new();
    for column in table.columns.values() {
        if table.key.contains(&column.name) || table.in_put(column) != InPut::Required {
            continue;
        }
        let mut keys = table.foreign_keys.iter();
        let refers = keys
            .any(|key| key.columns.contains(&column.name) && key.on_server != OnServer::Unchecked);
        if refers {
            return None;
        }
        data.insert(column.client_name.clone(), value(model, column)?);
    }
    Some(json!({"op": "PUT", "table": table.client_name, "id": "", "op_data": data}))
}

/// A value that the column takes, as far as its kind says.
fn value(model: &Model, column: &Column) -> Option<Value> {
    Some(match &column.kind {
        Kind::Enum { name, .. } => {
            let declared = &model.enums[name.as_ref()];
            let mut labels = declared.labels.iter();
            json!(labels.find(|label| !declared.retired.contains(label))?)
        }
        Kind::List(_) => json!("[]"),
        Kind::Opaque(_) => return None,
        kind @ (Kind::Scalar(scalar) | Kind::Domain { base: scalar, .. }) => {
            match kind.column_type() {
                ColumnType::Integer => json!(1),
                ColumnType::Real => json!(1.5),
                ColumnType::Text if *scalar == Scalar::Uuid => return None,
                ColumnType::Text => json!(scalar.facts().example),
            }
        }
    })
}
