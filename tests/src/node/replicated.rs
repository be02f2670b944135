//! What a device gets of the text that logical replication sends, by PowerSync's own conversion of rows.

use serde::Serialize;
use serde_json::json;
use synctable::Value;

use super::ask;

/// A column as it replicates.
#[derive(Debug, Clone, Serialize)]
pub struct ReplicatedColumn {
    /// Its name.
    pub name: String,
    /// Postgres' own short name of its type (`int8`, `_text`); of a domain or an enum, that of what is beneath it.
    #[serde(rename = "type")]
    pub kind: String,
}

/// The rows as SQLite holds them on a device, from their texts in replication.
///
/// # Panics
///
/// If PowerSync's conversion fails.
pub fn replicated(
    columns: &[ReplicatedColumn],
    rows: &[Vec<Option<String>>],
) -> Vec<Vec<Value<'static>>> {
    let rows: Vec<Vec<serde_json::Value>> = ask(&json!({
        "tool": "replicated",
        "columns": columns,
        "rows": rows,
    }));
    let all = rows.into_iter();
    all.map(|row| row.into_iter().map(value).collect())
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
