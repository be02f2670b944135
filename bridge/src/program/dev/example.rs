//! An entry that shows what an upload looks like: a new row, of the first table of which the app takes one.

use super::told;
use crate::applied::quoted;
use crate::apply::{Bridge, not_taken};
use crate::auth::Caller;
use crate::database::Link;
use crate::retry::seed;
use serde_json::{Map, Value, json};
use std::borrow::Cow;
use synctable::crud::{Entry, Release, Sender};
use synctable::facts::ColumnType;

use synctable::table::TableDef;
use synctable::{ClientId, Kind, Role, Scalar};
use synctable_codegen::model::{Column, InPut, Model, OnServer, Table};
use tokio_postgres::Client;

/// What entries of a table are made of.
pub(super) struct Example {
    table: &'static TableDef,
    data: Map<String, Value>,
    /// The columns that take any text, and may have to be unique.
    texts: Vec<String>,
}

impl Example {
    /// An example of the first table of which the bridge takes a row of a caller.
    pub(super) async fn of(
        model: &Model,
        bridge: &Bridge,
        administrator: &Client,
        caller: &Caller,
    ) -> Result<Option<Self>, String> {
        let tables = model.client_tables();
        for client in tables.iter().filter(|client| client.writes.put) {
            let table = client.table;
            let found = bridge.app.registry.client_table(&table.client_name);
            let made = data(model, table, administrator, &caller.subject).await?;
            let (Some(def), Some(data)) = (found, made) else {
                continue;
            };
            let example = Example {
                table: def,
                data,
                texts: texts(table),
            };
            if bridge.would_take(caller, &example.entry(seed())).await {
                return Ok(Some(example));
            }
        }
        Ok(None)
    }

    /// An entry with an id of its own, and with texts of its own.
    pub(super) fn entry(&self, number: u64) -> Value {
        let mut data = self.data.clone();
        for name in &self.texts {
            if let Some(Value::String(text)) = data.get_mut(name) {
                *text = format!("{text}-{:06x}", number & 0xff_ffff);
            }
        }
        let id = self.id(&data, number);
        json!({"op": "PUT", "table": self.table.client_name, "id": id, "op_data": data})
    }

    fn id(&self, data: &Map<String, Value>, number: u64) -> String {
        let text = |name: &str| data.get(name).and_then(Value::as_str).map(Cow::Borrowed);
        let made = self
            .table
            .recipe
            .as_ref()
            .and_then(|recipe| recipe.id(|part| text(part.column.client_name)));
        let by_key = match &self.table.id {
            ClientId::Column(_) => None,
            composed @ ClientId::Composed { .. } => {
                let texts: Option<Vec<_>> = composed
                    .columns()
                    .map(|column| text(column.client_name))
                    .collect();
                texts.map(|texts| {
                    composed.compose(&texts.iter().map(Cow::as_ref).collect::<Vec<_>>())
                })
            }
        };
        made.or(by_key).unwrap_or_else(|| uuid(number))
    }
}

impl Bridge {
    /// Whether an entry of a caller would be applied; nothing of it is kept.
    async fn would_take(&self, caller: &Caller, entry: &Value) -> bool {
        let text = entry.to_string();
        let sender = Sender::of(&Release::CURRENT).user(&caller.subject);
        let (Ok(entry), Ok(mut link)) = (Entry::from_json(&text), self.link().await) else {
            return false;
        };
        let Ok(change) = self.app.changes.decode_from(&entry, &sender) else {
            return false;
        };
        let Link { client, writer, .. } = &mut *link;
        let Ok(mut under) = client.transaction().await else {
            return false;
        };
        // The transaction ends with the function, without a commit.
        let outcomes = self
            .write_as(&mut under, writer, caller, None, &[change.write()])
            .await;
        outcomes.is_ok_and(|outcomes| {
            outcomes
                .iter()
                .all(|outcome| not_taken(0, outcome).is_none())
        })
    }
}

/// A random uuid, of which a part is a number.
fn uuid(number: u64) -> String {
    let high = seed();
    format!(
        "{:08x}-{:04x}-4{:03x}-8{:03x}-{:012x}",
        high >> 32,
        high >> 16 & 0xffff,
        high & 0xfff,
        number >> 48 & 0xfff,
        number & 0xffff_ffff_ffff
    )
}

fn texts(table: &Table) -> Vec<String> {
    let columns = table
        .columns
        .values()
        .filter(|column| !is_reference(table, column));
    let free = columns.filter(|column| match &column.kind {
        Kind::Scalar(Scalar::Text)
        | Kind::Domain {
            base: Scalar::Text, ..
        } => true,
        Kind::Scalar(Scalar::Varchar(length)) => *length >= 20,
        _ => false,
    });
    free.map(|column| column.client_name.clone()).collect()
}

fn is_reference(table: &Table, column: &Column) -> bool {
    references(table, column).next().is_some()
}

/// The tables and columns that a column must refer to.
fn references<'m>(
    table: &'m Table,
    column: &'m Column,
) -> impl Iterator<Item = (&'m str, &'m str)> {
    let keys = table
        .foreign_keys
        .iter()
        .filter(|key| key.on_server != OnServer::Unchecked);
    keys.flat_map(|key| {
        let pairs = key.columns.iter().zip(&key.references);
        let own = pairs.filter(|(here, _)| **here == column.name);
        own.map(|(_, there)| (key.table.as_str(), there.as_str()))
    })
}

/// What a new row of a user has to say; nothing where it cannot be made up.
async fn data(
    model: &Model,
    table: &Table,
    administrator: &Client,
    user: &str,
) -> Result<Option<Map<String, Value>>, String> {
    let mut data = Map::new();
    for column in table.columns.values() {
        let is_users = column.role == Some(Role::Owner);
        let is_id = table.key.len() == 1 && table.key[0] == column.name;
        let is_said = match table.in_put(column) {
            InPut::Required => !is_id,
            InPut::Defaulted | InPut::Nullable => is_users,
            InPut::Verified | InPut::Ignored | InPut::Never => false,
        };
        if !is_said {
            continue;
        }
        let value = match references(table, column).next() {
            _ if is_users => Some(json!(user)),
            Some((there, referred)) => match model.tables.get(there) {
                Some(there) => first(administrator, there, referred).await?,
                // The users, of whom the app does not declare the table.
                None => Some(json!(user)),
            },
            None => value(model, column),
        };
        let Some(value) = value else {
            return Ok(None);
        };
        data.insert(column.client_name.clone(), value);
    }
    Ok(Some(data))
}

/// What a column of a table holds in some row, as a text.
async fn first(
    administrator: &Client,
    table: &Table,
    column: &str,
) -> Result<Option<Value>, String> {
    let sql = format!(
        "select {}::text from {}.{} order by 1 limit 1",
        quoted(column),
        quoted(&table.schema),
        quoted(&table.name)
    );
    let rows = administrator
        .query_typed(&sql, &[])
        .await
        .map_err(|error| told(&error))?;
    let found = rows.first().map(|row| row.try_get::<_, Option<String>>(0));
    let found = found.transpose().map_err(|error| told(&error))?;
    Ok(found.flatten().map(Value::String))
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
                // One word: many texts are names.
                ColumnType::Text if matches!(scalar, Scalar::Text | Scalar::Varchar(_)) => {
                    json!("example")
                }
                ColumnType::Text => json!(scalar.facts().example),
            }
        }
    })
}
