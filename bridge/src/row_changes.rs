//! What devices that sync rows one by one send to `POST /api/sync`, said in the words of the protocol, and its answer in
//! theirs.
//!
//! `{changes: [{table, rowId, data, deleted, lastModifiedAt}], lastSyncAt}` pushes rows as they are on the device, in
//! one transaction, and asks what changed since. The names of columns are in camel case. A device keeps `syncedAt` and
//! sends it as `lastSyncAt`; it never looks into it, so it is the cursor.

use crate::protocol::{Answer, Length, Malformed, Transaction, Word};
use crate::pull::{Pulled, ROWS};
use crate::shapes::fitted;
use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use serde_json::{Map, Value, json};
use std::borrow::Cow;
use std::collections::BTreeMap;
use synctable::{Case, ClientId, ColumnDef, Registry, Role, TableDef, Timestamp};

/// Whether a body has this form.
#[derive(Deserialize)]
struct Named {
    changes: Option<IgnoredAny>,
}

/// How many rows are in it.
#[derive(Deserialize)]
struct Counted {
    changes: Length,
}

/// Members that are not known are passed over: what a device gets follows from the read rules.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Body {
    changes: Vec<Change>,
    last_sync_at: Option<String>,
    pull_cursor: Option<String>,
    page_size: Option<usize>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Change {
    table: String,
    row_id: String,
    #[serde(default)]
    data: Map<String, Value>,
    #[serde(default)]
    deleted: bool,
    last_modified_at: Option<String>,
}

/// The body of the protocol that a request means; `None` where it has the protocol's own form.
///
/// # Errors
/// It names `changes` and is not of this form, or holds more than `rows` rows.
pub(crate) fn translated(
    body: &[u8],
    rows: usize,
    registry: &'static Registry,
) -> Result<Option<Vec<u8>>, Malformed> {
    let named: Result<Named, _> = serde_json::from_slice(body);
    let Ok(Named { changes: Some(_) }) = named else {
        // What is wrong with it is told of the protocol's form.
        return Ok(None);
    };
    let told = |error: serde_json::Error| {
        Malformed::Form(format!("the body is not a request with `changes`: {error}"))
    };
    let Counted {
        changes: Length(many),
    } = serde_json::from_slice(body).map_err(told)?;
    if many > rows {
        return Err(Malformed::TooLarge(format!(
            "the request has {many} changes; the limit is {rows}"
        )));
    }
    let Body {
        changes,
        last_sync_at,
        pull_cursor,
        page_size,
    } = serde_json::from_slice(body).map_err(told)?;
    let crud: Vec<Value> = changes.into_iter().map(|one| one.entry(registry)).collect();
    let transactions = match crud.is_empty() {
        true => json!([]),
        false => json!([{ "crud": crud }]),
    };
    // A device of the server before this one has a time there, and gets everything anew.
    let since = last_sync_at.filter(|text| text.parse::<Timestamp>().is_err());
    let body = json!({
        "transactions": transactions,
        "cursor": pull_cursor.or(since),
        "limit": page_size.unwrap_or(ROWS),
    });
    Ok(Some(serde_json::to_vec(&body).expect("it is JSON")))
}

impl Change {
    fn entry(self, registry: &'static Registry) -> Value {
        let Change {
            table: name,
            row_id,
            data,
            deleted,
            last_modified_at,
        } = self;
        let Some(table) = registry.client_table(&name) else {
            return json!({"op": "PUT", "table": name, "id": row_id, "op_data": data});
        };
        let id = id(table, row_id);
        let edited = table
            .columns
            .iter()
            .find(|column| column.role == Some(Role::EditedAt) && column.on_client())
            .map(|column| column.client_name);
        if deleted {
            return match (edited, last_modified_at) {
                // It deletes what was not changed after it.
                (Some(edited), Some(time)) => json!({
                    "op": "DELETE", "table": name, "id": id, "previous_values": {edited: time},
                }),
                _ => json!({"op": "DELETE", "table": name, "id": id}),
            };
        }
        let mut values = Map::new();
        for (said, value) in data {
            match column(table, &said) {
                // A PUT leaves out nulls, and its row has the id already.
                _ if value.is_null() => {}
                Some(column) if table.is_client_id(column) => {}
                Some(column) => {
                    values.insert(column.client_name.to_owned(), fitted(column, value));
                }
                // The decoder says that there is no such column.
                None => {
                    values.insert(said, value);
                }
            }
        }
        if let (Some(edited), Some(time)) = (edited, last_modified_at) {
            values.entry(edited).or_insert(Value::String(time));
        }
        json!({"op": "PUT", "table": name, "id": id, "op_data": values})
    }
}

/// The rows of a request that the server did not take as they were sent, by their tables: the device gets them as they
/// are.
pub(crate) fn not_taken(
    transactions: &[Transaction<'_>],
    results: &[Answer],
    registry: &'static Registry,
) -> BTreeMap<String, Vec<String>> {
    let mut rows: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (transaction, result) in transactions.iter().zip(results) {
        for (place, (entry, _)) in transaction.entries.iter().enumerate() {
            let is_taken = match result {
                Answer::Success { outcomes } => outcomes
                    .get(place)
                    .is_none_or(|word| matches!(word, Word::Applied | Word::Same)),
                _ => false,
            };
            if !is_taken && registry.client_table(&entry.table).is_some() {
                let ids = rows.entry(entry.table.clone().into_owned()).or_default();
                ids.push(entry.id.clone().into_owned());
            }
        }
    }
    rows
}

/// The answer to a device that pushes rows one by one.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Reply {
    changes: Vec<Sent>,
    synced_at: String,
    sync_started_at: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_cursor: Option<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Sent {
    table: String,
    row_id: String,
    data: BTreeMap<String, Box<RawValue>>,
    deleted: bool,
    last_modified_at: Option<Box<RawValue>>,
}

impl Reply {
    /// What changed, row by row.
    pub(crate) fn of(pulled: Pulled, registry: &'static Registry) -> Self {
        let mut changes = Vec::new();
        for of in pulled.tables {
            let Some(table) = registry.client_table(&of.table) else {
                continue;
            };
            changes.extend(of.rows.iter().map(|row| Sent::row(table, row)));
            changes.extend(of.gone.iter().map(|id| Sent::gone(table, id)));
        }
        Reply {
            changes,
            next_cursor: pulled.more.then(|| pulled.cursor.clone()),
            sync_started_at: pulled.cursor.clone(),
            synced_at: pulled.cursor,
        }
    }
}

impl Sent {
    fn row(table: &TableDef, row: &RawValue) -> Self {
        let members: BTreeMap<Cow<'_, str>, &RawValue> =
            serde_json::from_str(row.get()).expect("a row is an object");
        let id = members.get("id").map(|id| serde_json::from_str(id.get()));
        let id: String = id.and_then(Result::ok).expect("a row has an id");
        let edited = table.columns.iter();
        let edited = edited
            .copied()
            .find(|column| column.role == Some(Role::EditedAt));
        let of = |column: &ColumnDef| {
            members
                .get(column.client_name)
                .map(|value| (*value).to_owned())
        };
        let columns = table.columns.iter();
        let data = columns.filter_map(|column| Some((camel(column), of(column)?)));
        Sent {
            table: table.client_name.to_owned(),
            row_id: row_id(table, &id),
            data: data.collect(),
            deleted: false,
            last_modified_at: edited.and_then(of),
        }
    }

    /// A row that is gone is told by its key.
    fn gone(table: &TableDef, id: &str) -> Self {
        let texts = table.id.split(id).unwrap_or_default();
        let key = table.id.columns().zip(texts);
        let data = key.map(|(column, text)| {
            let text = serde_json::value::to_raw_value(&text).expect("a text has a form");
            (camel(column), text)
        });
        Sent {
            table: table.client_name.to_owned(),
            row_id: row_id(table, id),
            data: data.collect(),
            deleted: true,
            last_modified_at: None,
        }
    }
}

/// The name of a column in a row that is sent.
fn camel(column: &ColumnDef) -> String {
    Case::Camel.of(column.client_name)
}

/// The column that a member of a row names.
fn column(table: &'static TableDef, said: &str) -> Option<&'static ColumnDef> {
    table.client_column(said).or_else(|| {
        let mut columns = table.columns.iter().copied();
        columns.find(|column| column.on_client() && camel(column) == said)
    })
}

/// The id of a row: the text itself, or put together of the columns of its key, which are in an object.
fn id(table: &'static TableDef, said: String) -> String {
    let ClientId::Composed { .. } = table.id else {
        return said;
    };
    let Ok(members) = serde_json::from_str::<Map<String, Value>>(&said) else {
        return said;
    };
    let text = |column: &ColumnDef| {
        let names = [column.name, column.client_name].map(str::to_owned);
        let names = names.into_iter().chain([camel(column)]);
        let value = names.filter_map(|name| members.get(&name)).next()?;
        Some(match value {
            Value::String(text) => text.clone(),
            other => other.to_string(),
        })
    };
    let key: Option<Vec<String>> = table.id.columns().map(text).collect();
    match key {
        Some(key) => {
            let key: Vec<&str> = key.iter().map(String::as_str).collect();
            table.id.compose(&key)
        }
        // The decoder says which part is missing.
        None => said,
    }
}

/// The form in which a device knows the id of a row: see [`id`].
fn row_id(table: &TableDef, id: &str) -> String {
    let ClientId::Composed { .. } = table.id else {
        return id.to_owned();
    };
    let texts = table.id.split(id).unwrap_or_default();
    let names = table
        .id
        .columns()
        .map(|column| column.client_name.to_owned());
    let members: Map<String, Value> = names.zip(texts.into_iter().map(Value::String)).collect();
    Value::Object(members).to_string()
}
