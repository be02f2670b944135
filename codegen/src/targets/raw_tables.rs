//! What all targets that declare raw tables share: tables of SQLite that PowerSync syncs, in no language.
//!
//! PowerSync's extension works out how it writes the rows that arrive, and makes the triggers that queue the device's own
//! writes. The table and its indexes are ours.

use super::powersync_client::{self, TrackPrevious};
use crate::diagnostic::{Complaints, Diagnostic, Place, codes};
use crate::expr::{Known, Row, print};
use crate::model::{
    ClientTable, Column, DefaultValue, Expr, Index, IndexPart, Model, Table, Uploads,
};
use serde_json::json;
use synctable::Database;
use synctable::table::CLIENT_ID;

/// The statements that may be queued.
pub(super) const STATEMENTS: [&str; 3] = ["INSERT", "UPDATE", "DELETE"];

/// A table of SQLite that PowerSync syncs.
pub(super) struct RawTable<'m> {
    /// The name in SQLite, in sync streams and in uploads.
    pub(super) name: &'m str,
    /// The `id` first; no column refuses what the server sends.
    pub(super) columns: Vec<RawColumn<'m>>,
    pub(super) indexes: Vec<RawIndex<'m>>,
    pub(super) track_previous: TrackPrevious<'m>,
    pub(super) ignore_empty_updates: bool,
    /// Whether the server sends rows of it; where it does not, a checkpoint must not look for them.
    pub(super) is_received: bool,
    /// The statements whose rows are queued.
    pub(super) queued: Vec<&'static str>,
}

/// A column.
pub(super) struct RawColumn<'m> {
    pub(super) name: &'m str,
    /// Its type and default in SQL.
    pub(super) definition: String,
    /// What to use in its place.
    pub(super) deprecated: Option<&'m str>,
    /// Whether the server has it, too.
    pub(super) is_synced: bool,
}

/// An index.
pub(super) struct RawIndex<'m> {
    pub(super) name: &'m str,
    /// What follows `CREATE INDEX name`.
    pub(super) on: String,
}

/// Lowers the raw tables; the indexes that SQLite cannot have are told.
pub(super) fn lower<'m>(
    model: &'m Model,
    tables: &[ClientTable<'m>],
    left_out: &mut Vec<String>,
) -> Vec<RawTable<'m>> {
    let raw: Vec<_> = tables.iter().filter(|one| one.table.client.raw).collect();
    if raw.is_empty() {
        return Vec::new();
    }
    let known = Known::of(model);
    let raw = raw.into_iter().map(|client| {
        let table = client.table;
        let row = &known.tables[&table.name];
        let indexes = powersync_client::wanted(table);
        RawTable {
            name: &table.client_name,
            columns: columns(client),
            indexes: indexes
                .filter_map(|index| match index_on(table, index, &known, row) {
                    Ok(on) => Some(RawIndex {
                        name: &index.name,
                        on,
                    }),
                    Err(why) => {
                        left_out.push(format!("index `{}`: {why}", index.name));
                        None
                    }
                })
                .collect(),
            track_previous: powersync_client::track_previous(client),
            ignore_empty_updates: table.client.ignore_empty_updates,
            is_received: table.sync.downloads(),
            queued: queued(table),
        }
    });
    raw.collect()
}

/// What the server would refuse of a row that it sends comes back with the next checkpoint; of others it never does.
fn queued(table: &Table) -> Vec<&'static str> {
    let carried = match table.sync.downloads() {
        true => Uploads::ALL,
        false => table.carried_up(),
    };
    let is_queued = [carried.put, carried.patch, carried.delete];
    let events = STATEMENTS.into_iter().zip(is_queued);
    events
        .filter(|(_, is_queued)| *is_queued)
        .map(|(event, _)| event)
        .collect()
}

fn columns<'m>(client: &ClientTable<'m>) -> Vec<RawColumn<'m>> {
    let id = RawColumn {
        name: CLIENT_ID,
        definition: "TEXT NOT NULL PRIMARY KEY".to_owned(),
        deprecated: None,
        is_synced: true,
    };
    let held = powersync_client::held(client).into_iter();
    let others = held.map(|held| held.column);
    let others = others
        .filter(|column| !powersync_client::is_id(column))
        .map(|column| {
            let is_synced = !powersync_client::is_devices_own(client.table, column);
            RawColumn {
                name: &column.client_name,
                definition: definition(column, is_synced),
                deprecated: column.deprecated.as_deref(),
                is_synced,
            }
        });
    [id].into_iter().chain(others).collect()
}

/// A row that arrives does not name what is the device's own, so SQLite fills it in.
fn definition(column: &Column, is_synced: bool) -> String {
    let sql_type = column.kind.column_type().sql();
    let default = column.client_default.as_ref().or(column.default.as_ref());
    match default {
        Some(DefaultValue::Expr(Expr::Literal(value))) if !is_synced => {
            let value = print::constant(value, &column.kind, Database::Sqlite);
            format!("{sql_type} DEFAULT {value}")
        }
        _ => sql_type.to_owned(),
    }
}

/// `ON table (…)`, or why SQLite cannot have the index, as a clause.
fn index_on(table: &Table, index: &Index, known: &Known, row: &Row) -> Result<String, String> {
    if index.method != "btree" {
        return Err(format!("SQLite has no index method `{}`", index.method));
    }
    if !index.include.is_empty() {
        return Err("SQLite has no indexes that include columns".to_owned());
    }
    let context = print::PrintContext::new(known, row).client();
    let sql = |expr: &Expr| {
        let mut columns = expr.columns().into_iter();
        if columns.any(|name| !table.columns[name].is_on_device()) {
            return Err("a column of it is not on devices".to_owned());
        }
        print::sqlite(expr, &context).map_err(|why| why.reason)
    };
    let part = |part: &IndexPart| {
        // NULL is the smallest of all values in SQLite.
        if part.nulls_first == Some(part.descending) {
            return Err("SQLite cannot sort NULLs in this way".to_owned());
        }
        let text = sql(&part.expr)?;
        Ok(if part.descending {
            format!("{text} DESC")
        } else {
            text
        })
    };
    let parts: Result<Vec<String>, String> = index.parts.iter().map(part).collect();
    let filter = match &index.predicate {
        Some(predicate) => format!(" WHERE {}", sql(predicate)?),
        None => String::new(),
    };
    Ok(format!(
        "ON {} ({}){filter}",
        ident(&table.client_name),
        parts?.join(", ")
    ))
}

/// A name as an identifier of SQLite.
pub(super) fn ident(name: &str) -> String {
    Database::Sqlite.ident(name).into_owned()
}

impl RawTable<'_> {
    /// The columns that the server has, too, without the id.
    pub(super) fn synced(&self) -> impl Iterator<Item = &str> {
        let synced = self.columns.iter().filter(|column| column.is_synced);
        synced
            .map(|column| column.name)
            .filter(|name| *name != CLIENT_ID)
    }

    /// What the extension is told of the table.
    pub(super) fn wire(&self) -> serde_json::Map<String, serde_json::Value> {
        let mut wire = serde_json::Map::new();
        let mut add = |name: &str, value| wire.insert(name.to_owned(), value);
        add("name", json!(self.name));
        add("table_name", json!(self.name));
        add("synced_columns", self.synced().collect());
        add("local_only", json!(false));
        add("insert_only", json!(false));
        let include_old = match &self.track_previous {
            TrackPrevious::Nothing => json!(false),
            TrackPrevious::Everything => json!(true),
            TrackPrevious::Columns(names) => json!(names),
        };
        add("include_old", include_old);
        add("include_old_only_when_changed", json!(false));
        add("include_metadata", json!(false));
        add("ignore_empty_update", json!(self.ignore_empty_updates));
        wire
    }

    /// The name of the trigger that queues what a statement does.
    pub(super) fn trigger(&self, event: &str) -> String {
        format!("{}_{}", self.name, event.to_lowercase())
    }

    /// The statements whose rows are not queued, each with the trigger that refuses it.
    pub(super) fn refused(&self) -> impl Iterator<Item = (&'static str, String)> {
        let refused = STATEMENTS
            .into_iter()
            .filter(|event| !self.queued.contains(event));
        refused.map(|event| (event, self.refuses(event)))
    }

    /// The trigger that refuses a statement whose rows are not queued.
    pub(super) fn refuses(&self, event: &str) -> String {
        let verb = match event {
            "UPDATE" => "change",
            _ => "delete",
        };
        let why = format!("not_allowed: devices do not {verb} rows of {}", self.name);
        format!(
            "CREATE TRIGGER {} BEFORE {event} ON {} BEGIN SELECT RAISE(ABORT, {}); END",
            ident(&self.trigger(event)),
            ident(self.name),
            Database::Sqlite.literal(&why)
        )
    }

    /// `CREATE TABLE …`.
    pub(super) fn create_table(&self) -> String {
        let columns = self.columns.iter();
        let columns: Vec<String> = columns
            .map(|column| format!("  {} {}", ident(column.name), column.definition))
            .collect();
        let name = ident(self.name);
        format!(
            "CREATE TABLE IF NOT EXISTS {name} (\n{}\n)",
            columns.join(",\n")
        )
    }
}

/// Complains about options that a raw table cannot have.
pub(super) fn admit(model: &Model, cx: &mut Complaints) {
    for table in model.tables.values().filter(|table| table.client.raw) {
        let options = Place::table(&table.name).key("client");
        let name = &table.name;
        let mut refuse = |key: &str, message: String, help: &str| {
            let refused = Diagnostic::error(codes::CLIENT_TABLE, message).help(help);
            cx.push(options.clone().key(key), refused);
        };
        let is_filled = table.sync.downloads() || table.changes_go_up_only();
        if !is_filled {
            refuse(
                "raw",
                format!(
                    "`{name}` cannot be a raw table, because PowerSync does not fill tables with `sync: {}`",
                    table.sync.as_str()
                ),
                "remove `raw`",
            );
        }
        if table.client.view_name.is_some() {
            refuse(
                "view_name",
                format!("`{name}` is a raw table, so it has no view"),
                "remove `view_name`",
            );
        }
        if table.client.track_metadata {
            refuse(
                "track_metadata",
                format!("uploads of the raw table `{name}` cannot contain metadata"),
                "remove `track_metadata`, or `raw`",
            );
        }
    }
}

/// Complains about columns of the device alone that PowerSync would upload.
pub(super) fn admit_device_columns(model: &Model, cx: &mut Complaints) {
    for table in model.tables.values().filter(|table| !table.client.raw) {
        for column in table.columns.values() {
            if !powersync_client::is_devices_own(table, column) {
                continue;
            }
            let message = format!(
                "PowerSync would upload the device's column `{}`, and lose its value with the next sync",
                column.name
            );
            let refused = Diagnostic::error(codes::DEVICE_COLUMN, message)
                .help("move it to a table with `sync: local`")
                .help("to keep it here, declare the table with `client: {raw: true}`");
            let place = Place::table(&table.name).column(&column.name).key("on");
            cx.push(place, refused);
        }
    }
}

/// Complains about raw tables where a library does not support them, or we do not print them for it.
pub(super) fn refuse(model: &Model, target: &str, cx: &mut Complaints) {
    for table in model.tables.values().filter(|table| table.client.raw) {
        let message = format!("the target `{target}` does not support raw tables");
        let refused = Diagnostic::error(codes::RAW_TABLE, message)
            .help("remove `raw` from the table, or the target");
        cx.push(Place::table(&table.name).key("client").key("raw"), refused);
    }
}
