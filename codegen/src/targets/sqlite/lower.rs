//! Decides what stands in the device's database.

use super::names::{client_columns, has_text_id, is_text_id};
use super::{local, view};
use crate::catalog::sqlite;
use crate::diagnostic::{Complaints, Diagnostic, Place, codes};
use crate::expr::print::{self, PrintContext, Unsayable};
use crate::expr::{Known, Row};
use crate::model::{
    Column, Expr, Index, IndexPart, IndexSide, Model, Table, View, ViewBody, parents_first,
};
use crate::targets::needed::needed_first;
use std::collections::BTreeSet;
use synctable::facts::ColumnType;
use synctable::statement::WRITERS;
use synctable::table::CLIENT_ID;
use synctable::{Database, SyncMode};

/// The schema, and where each of its statements is declared, in their order.
pub(super) struct Lowered {
    pub(super) schema: view::Schema,
    pub(super) places: Vec<Place>,
}

/// How many tables SQLite is asked about at once.
///
/// It reads its whole schema again for every statement that changes it, so one database of all tables would cost their square.
const AT_ONCE: usize = 50;

impl Lowered {
    /// The statements that SQLite may refuse, in parts that stand alone: groups of tables, and last the views with the tables
    /// they read.
    ///
    /// `plain` are the tables that it takes in any case.
    pub(super) fn parts(
        self,
        read_by_views: &BTreeSet<String>,
        plain: &BTreeSet<String>,
    ) -> Vec<Self> {
        let mut places = self.places.into_iter();
        let empty = || Self {
            schema: view::Schema {
                doc: Vec::new(),
                has_foreign_keys: false,
                version: None,
                tables: Vec::new(),
                views: Vec::new(),
                writers: None,
            },
            places: Vec::new(),
        };
        let (mut parts, mut part, mut last) = (Vec::new(), empty(), empty());
        for table in self.schema.tables {
            let of_table = places.by_ref().take(1 + table.indexes.len());
            let into = match read_by_views.contains(&table.name) {
                true => &mut last,
                false if plain.contains(&table.name) => {
                    of_table.for_each(drop);
                    continue;
                }
                false => &mut part,
            };
            into.places.extend(of_table);
            into.schema.tables.push(table);
            if part.schema.tables.len() == AT_ONCE {
                parts.push(std::mem::replace(&mut part, empty()));
            }
        }
        last.schema.views = self.schema.views;
        last.places.extend(places);
        parts.extend([part, last]);
        parts
    }
}

/// The tables, as they are printed, that some view of the device says it reads.
pub(super) fn read_by_views(model: &Model) -> BTreeSet<String> {
    client_views(model)
        .into_iter()
        .flat_map(|view| &view.depends_on)
        .filter_map(|name| model.tables.get(name))
        .map(|table| ident(&table.client_name))
        .collect()
}

/// The tables, as they are printed, of which SQLite refuses nothing: they hold no text of the declaration but names, which are
/// quoted and differ.
pub(super) fn plain(model: &Model) -> BTreeSet<String> {
    let is_plain = |index: &Index| {
        let is_column = |part: &IndexPart| matches!(part.expr, Expr::Column(_));
        index.predicate.is_none() && index.parts.iter().all(is_column)
    };
    let tables = client_tables(model).filter(|table| {
        let columns = client_columns(table);
        let names: BTreeSet<String> = columns
            .clone()
            .map(|column| column.client_name.to_ascii_lowercase())
            .collect();
        has_text_id(table)
            && names.len() == columns.clone().count()
            && names.len() <= PLAIN_COLUMNS
            && columns.clone().all(|column| column.generated.is_none())
            && client_indexes(table).all(is_plain)
    });
    tables.map(|table| ident(&table.client_name)).collect()
}

/// The columns of a table that SQLite takes in any case; its limit is 2,000.
const PLAIN_COLUMNS: usize = 500;

/// Lowers the model; what SQLite cannot say is left out and complained about.
pub(super) fn lower(model: &Model, cx: &mut Complaints) -> Lowered {
    let known = Known::of(model);
    let mut places = Vec::new();
    let mut tables = Vec::new();
    // Parents first, though SQLite does not insist: a reader does.
    let ordered = parents_first(model);
    for table in ordered
        .into_iter()
        .flatten()
        .filter(|table| table.sync.on_client())
    {
        places.push(Place::table(&table.name));
        let row = &known.tables[&table.name];
        let device = Device {
            model,
            table,
            known: &known,
            row,
        };
        let mut indexes = Vec::new();
        let uniques = table
            .uniques
            .iter()
            .filter_map(|unique| local::unique_index(&device, unique, cx))
            .collect::<Vec<_>>();
        let plain = client_indexes(table).filter_map(|index| device.index(index, cx));
        for (place, sql) in uniques.into_iter().chain(plain) {
            places.push(place);
            indexes.push(sql);
        }
        tables.push(view::Table {
            doc: comment(table.doc.as_deref().unwrap_or_default()),
            name: ident(&table.client_name),
            lines: device.lines(cx),
            indexes,
        });
    }
    let mut views = Vec::new();
    for declared in client_views(model) {
        let place = Place::new(["views", declared.name.as_str()]);
        if let Some(query) = query(model, &known, declared, &place, cx) {
            places.push(match declared.body {
                ViewBody::Sql { .. } => place.key("sqlite"),
                ViewBody::Columns { .. } => place,
            });
            views.push(view::View {
                doc: comment(declared.doc.as_deref().unwrap_or_default()),
                name: ident(&declared.name),
                query,
            });
        }
    }
    let fallback = format!("The device's tables of {}.", model.app);
    Lowered {
        schema: view::Schema {
            doc: comment(model.doc.as_deref().unwrap_or(&fallback)),
            has_foreign_keys: client_tables(model)
                .any(|table| local::foreign_keys(model, table).next().is_some()),
            version: None,
            tables,
            views,
            writers: None,
        },
        places,
    }
}

/// The table that keeps who wrote a row last, if statements ask it of some table.
pub(super) fn writers(model: &Model) -> Option<view::Writers> {
    if !sqlite::keeps_writers(model) {
        return None;
    }
    let column = |(name, sql_type, nullable): &(&str, &str, bool)| {
        let not_null = if *nullable { "" } else { " NOT NULL" };
        format!("{name} {sql_type}{not_null}")
    };
    let columns = sqlite::WRITERS_COLUMNS.iter().map(column);
    let key = format!("PRIMARY KEY ({})", sqlite::WRITERS_KEY.join(", "));
    Some(view::Writers {
        name: WRITERS,
        lines: columns.chain([key]).collect(),
    })
}

/// The tables that a device has.
pub(super) fn client_tables(model: &Model) -> impl Iterator<Item = &Table> {
    model.tables.values().filter(|table| table.sync.on_client())
}

/// The indexes that a device has of a table; all of a table that the device alone has.
pub(super) fn client_indexes(table: &Table) -> impl Iterator<Item = &Index> {
    table.indexes.iter().filter(|index| match index.side {
        IndexSide::Client | IndexSide::Both => true,
        IndexSide::Server => table.sync == SyncMode::Local,
    })
}

/// The views that a device has: those with a text for SQLite, and those computed from a table that it has.
pub(super) fn client_views(model: &Model) -> Vec<&View> {
    let mut views = needed_first(&model.views, |view| &view.depends_on);
    views.retain(|view| match &view.body {
        ViewBody::Columns { table, .. } => model.tables[table].sync.on_client(),
        ViewBody::Sql { sqlite, .. } => sqlite.is_some(),
    });
    views
}

/// Where an index is declared: under its name without the table's.
pub(super) fn place_of_index(table: &Table, index: &Index) -> Place {
    Place::entry(&table.name, "indexes", &index.name)
}

/// A name as an identifier of SQLite.
pub(super) fn ident(name: &str) -> String {
    Database::Sqlite.ident(name).into_owned()
}

fn comment(doc: &str) -> Vec<String> {
    doc.trim()
        .lines()
        .map(|line| line.trim().to_owned())
        .collect()
}

/// A table on the device, with what its expressions are printed with.
pub(super) struct Device<'a> {
    pub(super) model: &'a Model,
    pub(super) table: &'a Table,
    pub(super) known: &'a Known,
    pub(super) row: &'a Row,
}

impl Device<'_> {
    /// The columns and the constraints.
    fn lines(&self, cx: &mut Complaints) -> Vec<String> {
        if !has_text_id(self.table) {
            return local::lines(self, cx);
        }
        let mut lines = Vec::new();
        if !client_columns(self.table).any(|column| is_text_id(self.table, column)) {
            lines.push(format!("{CLIENT_ID} TEXT NOT NULL PRIMARY KEY"));
        }
        for column in client_columns(self.table) {
            let name = ident(&column.client_name);
            if is_text_id(self.table, column) {
                lines.push(format!("{name} TEXT NOT NULL PRIMARY KEY"));
                continue;
            }
            let generated = self.generated(column, cx);
            lines.push(format!("{name} {}{generated}", column_type(column)));
        }
        lines
    }

    /// ` GENERATED ALWAYS AS (…)` of a computed column, which no side sends.
    pub(super) fn generated(&self, column: &Column, cx: &mut Complaints) -> String {
        let Some(generated) = &column.generated else {
            return String::new();
        };
        let place = Place::table(&self.table.name)
            .column(&column.name)
            .key("generated");
        let cxt = self.context().of_kind(&column.kind);
        match self.print(&generated.expr, &cxt, &place, "a generated column", cx) {
            Some(text) => format!(" GENERATED ALWAYS AS ({text}) VIRTUAL"),
            None => String::new(),
        }
    }

    /// An index as a statement; `None` where SQLite cannot say it.
    fn index(&self, index: &Index, cx: &mut Complaints) -> Option<(Place, String)> {
        let place = place_of_index(self.table, index);
        if index.method != "btree" {
            cx.push(
                place,
                cannot_say(format!(
                    "SQLite does not support the index method `{}`",
                    index.method
                ))
                .help("declare it with `side: server`"),
            );
            return None;
        }
        if !index.include.is_empty() {
            cx.push(
                place,
                cannot_say("an index of SQLite cannot include columns")
                    .help("declare it with `side: server`, and a second one with `side: client` for the device"),
            );
            return None;
        }
        let parts: Option<Vec<String>> = index
            .parts
            .iter()
            .map(|part| self.index_part(part, &place, cx))
            .collect();
        let filter = match &index.predicate {
            Some(predicate) => {
                let text = self.print(
                    predicate,
                    &self.context(),
                    &place,
                    "an index of the device",
                    cx,
                )?;
                format!(" WHERE {text}")
            }
            None => String::new(),
        };
        let sql = format!(
            "CREATE INDEX {} ON {} ({}){filter}",
            ident(&index.name),
            ident(&self.table.client_name),
            parts?.join(", ")
        );
        Some((place, sql))
    }

    fn index_part(&self, part: &IndexPart, place: &Place, cx: &mut Complaints) -> Option<String> {
        let text = self.print(
            &part.expr,
            &self.context(),
            place,
            "an index of the device",
            cx,
        )?;
        // NULL is the smallest of all values in SQLite, and an index cannot say otherwise.
        if part
            .nulls_first
            .is_some_and(|first| first == part.descending)
        {
            let end = if part.descending { "first" } else { "last" };
            cx.push(
                place.clone(),
                cannot_say(format!("SQLite cannot sort NULLs {end} in this index"))
                    .help("declare one index with `side: server`, and one without `nulls` with `side: client`"),
            );
            return None;
        }
        Some(if part.descending {
            format!("{text} DESC")
        } else {
            text
        })
    }

    /// Declared expressions over this table's row, with the names of the device.
    pub(super) fn context(&self) -> PrintContext<'_> {
        PrintContext::new(self.known, self.row).client()
    }

    /// The expression, or a complaint at its place.
    pub(super) fn print(
        &self,
        expr: &Expr,
        context: &PrintContext<'_>,
        place: &Place,
        what: &str,
        cx: &mut Complaints,
    ) -> Option<String> {
        on_device(self.table, expr, place, what, cx)?;
        sayable(print::sqlite(expr, context), place, cx)
    }
}

/// The type of a column's values.
pub(super) fn column_type(column: &Column) -> &'static str {
    match column.kind.column_type() {
        ColumnType::Text => "TEXT",
        ColumnType::Integer => "INTEGER",
        ColumnType::Real => "REAL",
    }
}

/// Complains about a column that the device does not have.
fn on_device(
    table: &Table,
    expr: &Expr,
    place: &Place,
    what: &str,
    cx: &mut Complaints,
) -> Option<()> {
    let absent = expr.columns().into_iter().find(|name| {
        table
            .columns
            .get(*name)
            .is_some_and(|column| !column.direction.on_client() || column.secret)
    });
    let Some(absent) = absent else {
        return Some(());
    };
    cx.push_with_label(
        place.clone(),
        Diagnostic::error(
            codes::NOT_ON_DEVICE,
            format!("{what} reads `{absent}`, which does not exist on devices"),
        )
        .help("sync the column to devices, or keep this on the server"),
        Place::table(&table.name).column(absent),
        "this column stays on the server",
    );
    None
}

fn sayable(
    printed: Result<String, Unsayable>,
    place: &Place,
    cx: &mut Complaints,
) -> Option<String> {
    match printed {
        Ok(text) => Some(text),
        Err(error) => {
            cx.push(
                place.clone(),
                cannot_say(error.reason)
                    .help("write a text for each database: `{postgres: …, sqlite: …}`"),
            );
            None
        }
    }
}

pub(super) fn cannot_say(reason: impl AsRef<str>) -> Diagnostic {
    Diagnostic::error(codes::SQLITE_CANNOT_SAY, reason)
}

/// The query of a view; `None` where SQLite cannot say it.
fn query(
    model: &Model,
    known: &Known,
    declared: &View,
    place: &Place,
    cx: &mut Complaints,
) -> Option<String> {
    let (table, columns, filter) = match &declared.body {
        ViewBody::Sql { sqlite, .. } => {
            let text = sqlite
                .as_deref()
                .expect("views without a text are not the device's");
            return Some(text.trim().trim_end_matches(';').trim_end().to_owned());
        }
        ViewBody::Columns {
            table,
            columns,
            filter,
        } => (&model.tables[table], columns, filter),
    };
    let row = &known.tables[&table.name];
    let context = PrintContext::new(known, row).client().with_subqueries();
    let mut outputs = Vec::new();
    for (name, expr) in columns {
        let place = place.clone().key("columns").key(name);
        on_device(table, expr, &place, "a view of the device", cx)?;
        let text = sayable(print::sqlite(expr, &context), &place, cx)?;
        let name = ident(name);
        outputs.push(if text == name {
            text
        } else {
            format!("{text} AS {name}")
        });
    }
    let filter = match filter {
        Some(filter) => {
            let place = place.clone().key("where");
            on_device(table, filter, &place, "a view of the device", cx)?;
            format!(
                "\nWHERE {}",
                sayable(print::sqlite(filter, &context), &place, cx)?
            )
        }
        None => String::new(),
    };
    Some(format!(
        "SELECT {}\nFROM {}{filter}",
        outputs.join(", "),
        ident(&table.client_name)
    ))
}
