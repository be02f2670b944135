//! What a side computes, enforces or looks up, that side has.

use super::places;
use crate::diagnostic::{Complaints, Diagnostic, Place, codes};
use crate::model::{CheckBody, Expr, IndexSide, Model, Select, Table, UniquePart, ViewBody};
use synctable::{Direction, SyncMode};

/// Constraints, indexes, views and generated columns of the server speak of columns that Postgres has.
///
/// A column that is `on: client` is in no table of the server, so that the migration would fail there.
pub(super) fn server_has_its_columns(model: &Model, cx: &mut Complaints) {
    for table in model.tables.values().filter(|table| table.sync.on_server()) {
        let mut absent = Absent { table, cx };
        for unique in &table.uniques {
            let parts = unique.parts.iter().flat_map(|part| match part {
                UniquePart::Column(name) => vec![name.as_str()],
                UniquePart::Expr(expr) => expr.columns(),
            });
            let columns: Vec<&str> = parts.chain(of(unique.predicate.as_ref())).collect();
            absent.report(places::unique(table, unique), "a unique", columns);
        }
        for exclusion in &table.exclusions {
            let place = Place::entry(&table.name, "exclude", &exclusion.name);
            absent.report(place, "an exclusion constraint", exclusion.columns());
        }
        for key in &table.foreign_keys {
            let columns = key.columns.iter().map(String::as_str);
            absent.report(
                places::foreign_key(table, key, "references"),
                "a foreign key",
                columns,
            );
        }
        for check in &table.checks {
            if let CheckBody::Expr(expr) = &check.body {
                absent.report(places::check(table, check), "a check", expr.columns());
            }
        }
        for index in table
            .indexes
            .iter()
            .filter(|index| index.side != IndexSide::Client)
        {
            let parts = index.parts.iter().flat_map(|part| part.expr.columns());
            let include = index.include.iter().map(String::as_str);
            let columns: Vec<&str> = parts
                .chain(of(index.predicate.as_ref()))
                .chain(include)
                .collect();
            absent.report(
                places::index(table, index),
                "an index of the server",
                columns,
            );
        }
        for column in table.columns.values() {
            if let (Some(generated), true) =
                (&column.generated, column.direction != Direction::ClientOnly)
            {
                let place = Place::table(&table.name)
                    .column(&column.name)
                    .key("generated");
                absent.report(
                    place,
                    "a generated column of both sides",
                    generated.expr.columns(),
                );
            }
        }
    }
    for view in model.views.values() {
        let ViewBody::Columns {
            table,
            columns,
            filter,
        } = &view.body
        else {
            continue;
        };
        let Some(table) = model
            .tables
            .get(table)
            .filter(|table| table.sync.on_server())
        else {
            continue;
        };
        let place = Place::new(["views", &view.name]);
        let mut absent = Absent { table, cx };
        for (name, expr) in columns {
            absent.report(
                place.clone().key("columns").key(name),
                "a view of both sides",
                expr.columns(),
            );
        }
        absent.report(
            place.key("where"),
            "a view of both sides",
            of(filter.as_ref()),
        );
    }
}

fn of(expr: Option<&Expr>) -> Vec<&str> {
    expr.map(Expr::columns).unwrap_or_default()
}

struct Absent<'a> {
    table: &'a Table,
    cx: &'a mut Complaints,
}

impl Absent<'_> {
    fn report<'n>(&mut self, place: Place, what: &str, columns: impl IntoIterator<Item = &'n str>) {
        let on_device = |name: &&str| {
            let column = self.table.columns.get(*name);
            column.is_some_and(|column| column.direction == Direction::ClientOnly)
        };
        let Some(name) = columns.into_iter().find(on_device) else {
            return;
        };
        let way_out = what
            .contains("index")
            .then(|| "add `side: client` if the index is for devices".to_owned());
        self.cx.push_with_label(
            place,
            Diagnostic::error(
                codes::ABSENT_ON_SERVER,
                format!("{what} uses `{name}`, which does not exist in Postgres"),
            )
            .help("remove `on: client` from the column, or remove the column here")
            .help_maybe(way_out),
            Place::table(&self.table.name).column(name).key("on"),
            "on the device only",
        );
    }
}

/// A scope, and a set in a rule of the server, reads tables of the server.
pub(super) fn sets_are_on_the_server(model: &Model, cx: &mut Complaints) {
    let mut read = |select: &Select, place: Place| {
        let local = model.tables.get(&select.table);
        if local.is_some_and(|table| table.sync == SyncMode::Local) {
            cx.push_with_label(
                place,
                Diagnostic::error(
                    codes::ABSENT_ON_SERVER,
                    format!(
                        "this reads `{}`, which never leaves the device",
                        select.table
                    ),
                )
                .help("read a table that exists in Postgres: rules are enforced on the server"),
                Place::table(&select.table).key("sync"),
                "on the device only",
            );
        }
    };
    for (name, scope) in &model.scopes {
        read(scope, Place::new(["scopes", name]));
    }
    for table in model.tables.values() {
        for (command, select) in table.access.iter().flat_map(super::privilege::selects) {
            read(select, Place::table(&table.name).key("access").key(command));
        }
    }
}

/// Hand-written SQL runs in Postgres, so what it needs is there.
pub(super) fn sql_needs_what_postgres_has(model: &Model, cx: &mut Complaints) {
    for sql in model.sql.values() {
        for need in &sql.depends_on {
            let (table, column) = need.split_once('.').unwrap_or((need, ""));
            let Some(table) = model.tables.get(table) else {
                continue;
            };
            let absent = !table.sync.on_server()
                || table
                    .columns
                    .get(column)
                    .is_some_and(|column| column.direction == Direction::ClientOnly);
            if absent {
                cx.push(
                    Place::new(["sql", &sql.name, "needs", need]),
                    Diagnostic::error(
                        codes::ABSENT_ON_SERVER,
                        format!(
                            "`{}` needs `{need}`, which does not exist in Postgres",
                            sql.name
                        ),
                    )
                    .help("remove it: hand-written SQL runs on the server"),
                );
            }
        }
    }
}
