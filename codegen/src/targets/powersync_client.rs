//! What all targets that declare PowerSync's client schema share: its tables, columns, indexes and options, in no language.
//!
//! Every client library sends the same schema to PowerSync's extension of SQLite, so each target prints this value in the
//! words of its library and decides nothing about it.

use super::{client_names, raw_tables, rust};
use crate::diagnostic::{Complaints, Diagnostic, Place, codes};
use crate::model::{self, ClientColumn, ClientTable, Expr, IndexSide, Model};
use std::collections::BTreeMap;
use synctable::SyncMode;
use synctable::facts::ColumnType;
use synctable::table::CLIENT_ID;

/// The schema of a device.
pub(super) struct Schema<'m> {
    pub(super) app: &'m str,
    /// What PowerSync's tables cannot have, each with the reason.
    pub(super) left_out: Vec<String>,
    /// Parents before their children.
    pub(super) tables: Vec<Table<'m>>,
    /// Those that are tables of SQLite, in the same order.
    pub(super) raw: Vec<raw_tables::RawTable<'m>>,
}

/// A table, which is a view on the device.
pub(super) struct Table<'m> {
    /// The name in sync streams and in uploads.
    pub(super) name: &'m str,
    /// The name of the view, where it is another one.
    pub(super) view_name: Option<&'m str>,
    pub(super) mode: Mode,
    /// All but the `id`, which every table has.
    pub(super) columns: Vec<Column<'m>>,
    pub(super) indexes: Vec<Index<'m>>,
    pub(super) track_previous: TrackPrevious<'m>,
    pub(super) track_metadata: bool,
    pub(super) ignore_empty_updates: bool,
}

/// Which way the rows of a table go.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Mode {
    /// As the sync config says, and into the upload queue.
    Synced,
    /// Into the upload queue alone; the table has no rows.
    InsertOnly,
    /// Nowhere.
    LocalOnly,
}

/// A column.
#[derive(Clone, Copy)]
pub(super) struct Column<'m> {
    pub(super) name: &'m str,
    pub(super) column_type: ColumnType,
    /// What to use in its place.
    pub(super) deprecated: Option<&'m str>,
}

/// An index: every column ascending.
pub(super) struct Index<'m> {
    pub(super) name: &'m str,
    pub(super) columns: Vec<Column<'m>>,
}

/// The previous values that an upload contains.
pub(super) enum TrackPrevious<'m> {
    Nothing,
    Everything,
    /// Of these columns.
    Columns(Vec<&'m str>),
}

/// Lowers what a device has to the tables of PowerSync's client.
pub(super) fn lower(model: &Model) -> Schema<'_> {
    let tables = model.client_tables();
    let mut left_out: Vec<String> = tables.iter().flat_map(what_is_left_out).collect();
    let raw = raw_tables::lower(model, &tables, &mut left_out);
    let views = tables
        .iter()
        .filter(|client| !client.table.client.raw && !is_lost(client.table));
    Schema {
        app: &model.app,
        tables: views.map(lower_table).collect(),
        raw,
        left_out,
    }
}

fn lower_table<'m>(client: &ClientTable<'m>) -> Table<'m> {
    let table = client.table;
    let columns = held(client).into_iter().map(|held| held.column);
    let indexes = wanted(table).filter_map(|index| {
        Some(Index {
            name: &index.name,
            columns: columns_of(table, index).ok()?,
        })
    });
    Table {
        name: &table.client_name,
        view_name: table.client.view_name.as_deref(),
        mode: match table.sync {
            SyncMode::Local => Mode::LocalOnly,
            SyncMode::Up => Mode::InsertOnly,
            SyncMode::Both | SyncMode::Down | SyncMode::None => Mode::Synced,
        },
        columns: columns
            .filter(|column| !is_id(column))
            .map(lower_column)
            .collect(),
        indexes: indexes.collect(),
        track_previous: track_previous(client),
        track_metadata: table.client.track_metadata,
        ignore_empty_updates: table.client.ignore_empty_updates,
    }
}

fn lower_column(column: &model::Column) -> Column<'_> {
    Column {
        name: &column.client_name,
        column_type: column.kind.column_type(),
        deprecated: column.deprecated.as_deref(),
    }
}

/// The columns whose previous values PowerSync queues.
pub(super) fn track_previous<'m>(client: &ClientTable<'m>) -> TrackPrevious<'m> {
    let tracked = &client.table.client.track_previous;
    if tracked.is_empty() {
        return TrackPrevious::Nothing;
    }
    let columns = held(client).into_iter().map(|held| held.column);
    let (tracked, others): (Vec<_>, Vec<_>) = columns
        .filter(|column| !is_id(column) && !is_devices_own(client.table, column))
        .partition(|column| tracked.contains(&column.name));
    match (&tracked[..], &others[..]) {
        ([], _) => TrackPrevious::Nothing,
        (_, []) => TrackPrevious::Everything,
        (columns, _) => TrackPrevious::Columns(columns.iter().map(|c| &*c.client_name).collect()),
    }
}

/// The columns that a program has: what PowerSync's table can hold.
pub(super) fn held<'c, 'm>(client: &'c ClientTable<'m>) -> Vec<&'c ClientColumn<'m>> {
    let columns = client.columns.iter();
    columns
        .filter(|held| left_out(client.table, held.column).is_none())
        .collect()
}

/// Whether a column is the text id of a row, rather than beside it.
pub(super) fn is_id(column: &model::Column) -> bool {
    column.client_name == CLIENT_ID
}

/// Whether a column of a synced table is the device's alone.
pub(super) fn is_devices_own(table: &model::Table, column: &model::Column) -> bool {
    table.sync.on_server() && !column.direction.on_server()
}

/// The indexes that a device should have.
pub(super) fn wanted(table: &model::Table) -> impl Iterator<Item = &model::Index> {
    table.indexes.iter().filter(|index| match index.side {
        IndexSide::Client | IndexSide::Both => true,
        IndexSide::Server => table.sync == SyncMode::Local,
    })
}

/// The columns of an index, or why PowerSync cannot have the index, as a clause.
fn columns_of<'m>(
    table: &'m model::Table,
    index: &model::Index,
) -> Result<Vec<Column<'m>>, &'static str> {
    if table.sync == SyncMode::Up {
        return Err("PowerSync keeps no rows of a table with `sync: up`");
    }
    if index.predicate.is_some() {
        return Err("PowerSync has no partial indexes");
    }
    if !index.include.is_empty() {
        return Err("PowerSync has no indexes that include columns");
    }
    let parts = index.parts.iter().map(|part| {
        let Expr::Column(name) = &part.expr else {
            return Err("PowerSync has no indexes over expressions");
        };
        let column = &table.columns[name];
        if part.descending || part.nulls_first.is_some_and(|first| !first) {
            return Err("PowerSync has no descending indexes in all of its clients");
        }
        if is_id(column) {
            return Err("PowerSync has an index over `id` already");
        }
        match left_out(table, column) {
            Some(_) => Err("a column of it is left out"),
            None => Ok(lower_column(column)),
        }
    });
    parts.collect()
}

/// Why PowerSync's table cannot hold a column of the device, as a clause.
fn left_out(table: &model::Table, column: &model::Column) -> Option<&'static str> {
    if is_devices_own(table, column) && !table.client.raw {
        Some(
            "PowerSync would upload it, and remove it with the next row of the server; use a local table",
        )
    } else if !table.sync.on_server() && column.generated.is_some() {
        Some("PowerSync's tables compute no columns; use a view")
    } else {
        None
    }
}

/// A line for everything that is declared and not here.
fn what_is_left_out(client: &ClientTable<'_>) -> Vec<String> {
    let table = client.table;
    if is_lost(table) {
        let why = "PowerSync would remove its rows with the next checkpoint";
        return vec![format!("`{}`: {why}; plain SQLite has it", table.name)];
    }
    let columns = client.columns.iter().filter_map(|held| {
        let why = left_out(table, held.column)?;
        Some(format!("`{}.{}`: {why}", table.name, held.column.name))
    });
    let of_views = wanted(table).filter(|_| !table.client.raw);
    let indexes = of_views.filter_map(|index| {
        let why = columns_of(table, index).err()?;
        Some(format!("index `{}`: {why}", index.name))
    });
    columns.chain(indexes).collect()
}

impl Schema<'_> {
    /// What the file of every language starts with, as lines of `//` comments.
    pub(super) fn head(&self) -> String {
        let app = self.app;
        let mut lines = vec![format!(
            "The tables of {app} as PowerSync's client declares them."
        )];
        if !self.left_out.is_empty() {
            lines.extend([String::new(), "Left out:".to_owned()]);
            lines.extend(self.left_out.iter().map(|line| format!("- {line}")));
        }
        lines.extend([
            String::new(),
            "Generated by `codegen generate`; edits are overwritten.".to_owned(),
        ]);
        let lines = lines.iter().map(|line| format!("// {line}"));
        let lines: Vec<String> = lines.map(|line| line.trim_end().to_owned()).collect();
        lines.join("\n")
    }
}

impl Column<'_> {
    /// A comment above a deprecated column, as whole lines with so many blanks in front.
    pub(super) fn mark(&self, indent: usize) -> String {
        deprecated(self.deprecated, indent)
    }
}

/// A comment that says what to use instead, as whole lines with so many blanks in front.
pub(super) fn deprecated(why: Option<&str>, indent: usize) -> String {
    let Some(why) = why else {
        return String::new();
    };
    // Two more signs end a line in C#.
    let why = why.replace(['\u{2028}', '\u{2029}'], " ");
    let lines = rust::doc_lines(&format!("Deprecated: {why}"));
    let blanks = " ".repeat(indent);
    lines
        .iter()
        .map(|line| format!("{blanks}//{line}\n"))
        .collect()
}

/// Whether the next checkpoint would remove rows of an ordinary table: the server never sends what devices keep changing.
fn is_lost(table: &model::Table) -> bool {
    table.changes_go_up_only() && !table.client.raw
}

/// Complains about what PowerSync's client refuses when it opens a database, and about rows that it would lose.
pub(super) fn admit(model: &Model, cx: &mut Complaints) {
    for table in model.tables.values().filter(|table| is_lost(table)) {
        let message = format!(
            "PowerSync would remove the rows of `{}` that were changed, because the server does not send them",
            table.name
        );
        let refused = Diagnostic::error(codes::UP_CHANGES, message)
            .help("declare a raw table, in which they stay: `client: {raw: true}`")
            .help("or let devices only insert rows: `sync: up`")
            .help("or let the server send them, too: `sync: both`");
        cx.push(Place::table(&table.name).key("sync").key("up"), refused);
    }
    admit_tables(model, cx);
}

/// Complains about what PowerSync's client refuses when it opens a database.
pub(super) fn admit_tables(model: &Model, cx: &mut Complaints) {
    client_names::admit(model, cx);
    raw_tables::admit(model, cx);
    let mut views: BTreeMap<String, Place> = BTreeMap::new();
    for client in model.client_tables() {
        let table = client.table;
        let options = Place::table(&table.name).key("client");
        let tracked = [
            (table.client.track_metadata, "track_metadata"),
            (!table.client.track_previous.is_empty(), "track_previous"),
        ];
        for (_, key) in tracked.iter().filter(|(is_set, _)| *is_set) {
            if table.sync == SyncMode::Local {
                cx.push(
                    options.clone().key(*key),
                    refused(format!(
                        "`{}` is never uploaded, so it cannot have `{key}`",
                        table.name
                    ))
                    .help(format!("remove `{key}`")),
                );
            }
        }
        let (view, place) = match &table.client.view_name {
            Some(view) => (view, options.key("view_name")),
            None => (&table.client_name, Place::table(&table.name)),
        };
        match views.get(&view.to_lowercase()) {
            Some(other) => cx.push_with_label(
                place,
                refused(format!("two tables of the device would be named `{view}`"))
                    .help("give one of them another `view_name`"),
                other.clone(),
                "the other one",
            ),
            None => {
                views.insert(view.to_lowercase(), place);
            }
        }
    }
}

fn refused(message: String) -> Diagnostic {
    Diagnostic::error(codes::CLIENT_TABLE, message)
}
