//! What a device gets of the text that logical replication sends, by PowerSync's own conversion and evaluation.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::json;
use synctable::{TableDef, Value};

use super::ask;
use super::powersync::SourceTable;

/// A column as it replicates.
#[derive(Debug, Clone, Serialize)]
pub struct ReplicatedColumn {
    /// Its name.
    pub name: String,
    /// Postgres' own short name of its type (`int8`, `_text`); of a domain or an enum, that of what is beneath it.
    #[serde(rename = "type")]
    pub kind: String,
}

/// The rows of a table as SQLite holds them on a device, by the device's names of their columns, from their texts in replication.
///
/// # Panics
///
/// If PowerSync refuses the configuration, or the configuration does not bring a row.
pub fn replicated(
    yaml: &str,
    source: &[SourceTable],
    table: &TableDef,
    columns: &[ReplicatedColumn],
    rows: &[Vec<Option<String>>],
) -> Vec<BTreeMap<String, Value<'static>>> {
    let rows: Vec<BTreeMap<String, serde_json::Value>> = ask(&json!({
        "tool": "replicated",
        "yaml": yaml,
        "schema": source,
        "table": {"schema": table.schema, "name": table.name},
        "columns": columns,
        "rows": rows,
    }));
    let all = rows.into_iter();
    all.map(|row| {
        let values = row.into_iter();
        values.map(|(name, told)| (name, value(told))).collect()
    })
    .collect()
}

fn value(told: serde_json::Value) -> Value<'static> {
    let text = |value: &serde_json::Value| value.as_str().expect("text").to_owned();
    match (told[0].as_str(), &told[1]) {
        (Some("n"), _) => Value::Null,
        (Some("i"), number) => Value::Integer(text(number).parse().expect("a whole number")),
        (Some("r"), number) => Value::Real(number.as_f64().expect("a number")),
        (Some("t"), content) => Value::Text(text(content).into()),
        _ => panic!("{told} is no value"),
    }
}
