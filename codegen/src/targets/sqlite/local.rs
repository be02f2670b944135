//! A table of the device alone: everything that is declared stands on it.

use super::lower::{Device, cannot_say, column_type, ident};
use super::names::client_columns;
use super::verify;
use crate::diagnostic::{Complaints, Place};
use crate::expr::Row;
use crate::expr::print::{self, Hooks, PrintContext};
use crate::model::{
    Check, CheckBody, Column, DefaultValue, Expr, ForeignKey, Literal, Model, Table, Unique,
    UniquePart,
};
use synctable::{Database, Kind, Scalar, SyncMode, derived_name};

/// The foreign keys that SQLite enforces: those between tables that the device alone has.
///
/// Rows that are shared with the server come and go as the server says; a reference to them only orders.
pub(super) fn foreign_keys<'a>(
    model: &'a Model,
    table: &'a Table,
) -> impl Iterator<Item = (&'a ForeignKey, &'a Table)> {
    table
        .foreign_keys
        .iter()
        .filter(|_| is_of_device(table))
        .filter_map(|key| Some((key, model.tables.get(&key.table)?)))
        .filter(|(_, parent)| is_of_device(parent))
}

/// Whether the device alone has a table.
pub(super) fn is_of_device(table: &Table) -> bool {
    table.sync == SyncMode::Local
}

/// The columns and the constraints.
pub(super) fn lines(device: &Device<'_>, cx: &mut Complaints) -> Vec<String> {
    let table = device.table;
    let mut lines = Vec::new();
    for column in client_columns(table) {
        lines.push(column_line(device, column, cx));
    }
    if table.key.len() > 1 {
        lines.push(format!("PRIMARY KEY ({})", columns(table, &table.key)));
    }
    for unique in &table.uniques {
        lines.extend(unique_line(table, unique, cx));
    }
    for (key, parent) in foreign_keys(device.model, table) {
        lines.push(foreign_key_line(table, key, parent));
    }
    for column in client_columns(table) {
        lines.extend(kind_line(device, column, cx));
    }
    for check in &table.checks {
        let place = place_of_check(table, check);
        let text = match &check.body {
            CheckBody::Expr(expr) => {
                device.print(expr, &device.context(), &place, "a check of the device", cx)
            }
            CheckBody::Sql { sqlite, .. } => sqlite.clone(),
        };
        lines.extend(text.map(|text| constraint(&check.name, &text)));
    }
    lines
}

fn column_line(device: &Device<'_>, column: &Column, cx: &mut Complaints) -> String {
    let table = device.table;
    let mut line = format!("{} {}", ident(&column.client_name), column_type(column));
    if !column.nullable {
        line += " NOT NULL";
    }
    if table.key == [column.name.as_str()] {
        line += " PRIMARY KEY";
    }
    if let Some(text) = default_value(device, column, cx) {
        line += &format!(" DEFAULT {text}");
    }
    line + &device.generated(column, cx)
}

/// The default of a column, as an expression that may stand anywhere.
pub(super) fn default_value(
    device: &Device<'_>,
    column: &Column,
    cx: &mut Complaints,
) -> Option<String> {
    let place = Place::table(&device.table.name)
        .column(&column.name)
        .key("default");
    match column.default.as_ref()? {
        DefaultValue::Expr(Expr::Literal(literal)) => Some(constant(literal, &column.kind)),
        DefaultValue::Expr(expr) => {
            let context = device.context().of_kind(&column.kind);
            let text = device.print(expr, &context, &place, "a default of the device", cx)?;
            Some(format!("({text})"))
        }
        DefaultValue::Sql(_) => {
            cx.push(
                place,
                cannot_say("a default written as Postgres SQL cannot run on the device")
                    .help("use a value or a call of the language"),
            );
            None
        }
    }
}

fn constant(literal: &Literal, kind: &Kind) -> String {
    print::constant(literal, kind, Database::Sqlite)
}

/// A unique as a constraint; `None` where it is an index, or where SQLite cannot say it.
fn unique_line(table: &Table, unique: &Unique, cx: &mut Complaints) -> Option<String> {
    let why = if unique.nulls_not_distinct {
        "SQLite treats every NULL as different"
    } else if unique.deferrable {
        "SQLite always checks a unique at once, not at the end of the transaction"
    } else {
        let names = unique.columns().filter(|_| unique.is_constraint())?;
        return Some(format!(
            "CONSTRAINT {} UNIQUE ({})",
            ident(&unique.name),
            columns(table, names)
        ));
    };
    cx.push(place_of_unique(table, unique), cannot_say(why));
    None
}

/// A unique that covers only some rows or an expression, as the statement of its index.
pub(super) fn unique_index(
    device: &Device<'_>,
    unique: &Unique,
    cx: &mut Complaints,
) -> Option<(Place, String)> {
    let table = device.table;
    if table.sync != SyncMode::Local || unique.is_constraint() {
        return None;
    }
    let place = place_of_unique(table, unique);
    let what = "a unique of the device";
    let mut parts = Vec::new();
    for part in &unique.parts {
        parts.push(match part {
            UniquePart::Column(name) => columns(table, [name.as_str()]),
            UniquePart::Expr(expr) => device.print(expr, &device.context(), &place, what, cx)?,
        });
    }
    let filter = match &unique.predicate {
        Some(predicate) => {
            let text = device.print(predicate, &device.context(), &place, what, cx)?;
            format!(" WHERE {text}")
        }
        None => String::new(),
    };
    let sql = format!(
        "CREATE UNIQUE INDEX {} ON {} ({}){filter}",
        ident(&unique.name),
        ident(&table.client_name),
        parts.join(", ")
    );
    Some((place, sql))
}

fn place_of_unique(table: &Table, unique: &Unique) -> Place {
    place_of(table, &unique.name, UNIQUES)
}

/// A check that is written for SQLite is one condition over the row, which SQLite reads.
pub(super) fn written_checks_are_read(model: &crate::model::Model, cx: &mut Complaints) {
    let tables = model.tables.values();
    for table in tables.filter(|table| table.sync == SyncMode::Local) {
        for check in &table.checks {
            if let CheckBody::Sql {
                sqlite: Some(text), ..
            } = &check.body
            {
                let columns: Vec<String> = client_columns(table)
                    .map(|column| ident(&column.client_name))
                    .collect();
                let place = place_of_check(table, check).key("sqlite");
                verify::is_condition(text, &columns, &place, cx);
            }
        }
    }
}

fn place_of_check(table: &Table, check: &Check) -> Place {
    place_of(table, &check.name, CHECKS)
}

/// Where constraints of one sort are declared: their section, their key at a column, and how their names end.
pub(super) type Sort = (&'static str, &'static str, &'static str);

pub(super) const UNIQUES: Sort = ("uniques", "unique", "key");
pub(super) const CHECKS: Sort = ("checks", "check", "check");
pub(super) const FOREIGN_KEYS: Sort = ("foreign_keys", "references", "fkey");

/// Where a constraint is declared: at the column that its name derives from, else under its own name.
pub(super) fn place_of(table: &Table, name: &str, (section, key, suffix): Sort) -> Place {
    let column = table
        .columns
        .keys()
        .find(|column| derived_name(&[&table.name, column], suffix) == name);
    match column {
        Some(column) => Place::table(&table.name).column(column).key(key),
        None => Place::entry(&table.name, section, name),
    }
}

fn foreign_key_line(table: &Table, key: &ForeignKey, parent: &Table) -> String {
    let deferred = if key.deferrable {
        " DEFERRABLE INITIALLY DEFERRED"
    } else {
        ""
    };
    format!(
        "CONSTRAINT {} FOREIGN KEY ({}) REFERENCES {} ({}) ON DELETE {} ON UPDATE {}{deferred}",
        ident(&key.name),
        columns(table, &key.columns),
        ident(&parent.client_name),
        columns(parent, &key.references),
        key.on_delete.sql(),
        key.on_update.sql(),
    )
}

/// What the kind itself asks for and SQLite's own type does not.
fn kind_line(device: &Device<'_>, column: &Column, cx: &mut Complaints) -> Option<String> {
    let name = ident(&column.client_name);
    let mut conditions = Vec::new();
    match &column.kind {
        Kind::Scalar(scalar) => conditions.extend(scalar_condition(*scalar, &name)),
        Kind::Enum { name: of, .. } => {
            let labels: Vec<_> = device.model.enums[&**of]
                .labels
                .iter()
                .map(|label| Database::Sqlite.literal(label))
                .collect();
            conditions.push(format!("{name} IN ({})", labels.join(", ")));
        }
        Kind::Domain { name: of, base } => {
            conditions.extend(scalar_condition(*base, &name));
            conditions.extend(domain_condition(device, of, *base, column, cx));
        }
        Kind::List(_) => conditions.push(format!(
            "CASE WHEN json_valid({name}) THEN json_type({name}) = 'array' ELSE 0 END"
        )),
        Kind::Opaque(_) => {}
    }
    if conditions.is_empty() {
        return None;
    }
    let constraint_name = derived_name(&[&device.table.name, &column.name], "kind");
    let condition = match column.nullable {
        // A condition that is NULL passes, but `CASE` and `json_valid` of NULL are not all NULL.
        true => format!("{name} IS NULL OR ({})", conditions.join(" AND ")),
        false => conditions.join(" AND "),
    };
    Some(constraint(&constraint_name, &condition))
}

fn scalar_condition(scalar: Scalar, name: &str) -> Option<String> {
    match scalar {
        Scalar::Bool => Some(format!("{name} IN (0, 1)")),
        Scalar::Smallint | Scalar::Int => {
            let (low, high) = scalar.integer_range().expect("it holds whole numbers");
            Some(format!("{name} BETWEEN {low} AND {high}"))
        }
        Scalar::Varchar(length) => Some(format!("length({name}) <= {length}")),
        Scalar::Json => Some(format!("json_valid({name})")),
        Scalar::Bigint
        | Scalar::Uuid
        | Scalar::Text
        | Scalar::Real
        | Scalar::Double
        | Scalar::Decimal { .. }
        | Scalar::Date
        | Scalar::Time
        | Scalar::Timestamp
        | Scalar::Timestamptz
        | Scalar::Interval
        | Scalar::Bytes => None,
    }
}

/// The domain's check, with the column in the place of `value`.
fn domain_condition(
    device: &Device<'_>,
    domain: &str,
    base: Scalar,
    column: &Column,
    cx: &mut Complaints,
) -> Option<String> {
    /// The column that `value` stands for.
    struct Value(String);

    impl Hooks for Value {
        fn column(&self, name: &str) -> Option<String> {
            (name == "value").then(|| self.0.clone())
        }
    }

    let place = Place::new(["domains", domain, "check"]);
    match device.model.domains[domain].check.as_ref()? {
        CheckBody::Sql { sqlite, .. } => {
            if sqlite.is_some() {
                cx.push(
                    place,
                    cannot_say(
                        "the SQL check of a domain uses `value`, which SQLite does not have",
                    )
                    .help("write it as one expression, or as a check of the column"),
                );
            }
            None
        }
        CheckBody::Expr(expr) => {
            let row = Row::value(base);
            let hooks = Value(ident(&column.client_name));
            let context = PrintContext {
                hooks: &hooks,
                ..PrintContext::new(device.known, &row)
            };
            match print::sqlite(expr, &context) {
                Ok(text) => Some(format!("({text})")),
                Err(error) => {
                    cx.push(place, cannot_say(error.reason));
                    None
                }
            }
        }
    }
}

fn constraint(name: &str, condition: &str) -> String {
    format!("CONSTRAINT {} CHECK ({condition})", ident(name))
}

/// The client names of columns, as a list.
fn columns(table: &Table, names: impl IntoIterator<Item: AsRef<str>>) -> String {
    let names: Vec<_> = names
        .into_iter()
        .map(|name| ident(&table.columns[name.as_ref()].client_name))
        .collect();
    names.join(", ")
}
