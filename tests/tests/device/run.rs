//! Brings a database from one version to another, and holds what comes out against what was asked for.

use std::collections::BTreeMap;

use rusqlite::Connection;
use rusqlite::types::Value;
use synctable::device::{DeviceDatabase, DeviceStep};
use synctable_codegen::catalog::{self, difference};
use synctable_codegen::diagnostic::Complaints;
use synctable_codegen::model::{Database, History, Model, Released};
use synctable_codegen::targets::sqlite;

/// A history in which every model is a release: `1.0.0`, `2.0.0`, …
pub(crate) fn history(models: &[&Model]) -> History {
    let releases = (0..models.len()).map(|at| Released {
        name: format!("{}.0.0", at + 1),
        at,
        ended: false,
    });
    History {
        models: models.iter().map(|model| (*model).clone()).collect(),
        releases: releases.collect(),
    }
}

/// The database that a model declares after releases, and what is refused of the steps to it.
pub(crate) fn database(model: &Model, history: &History) -> (Database, Complaints) {
    let mut refused = Complaints::new();
    let database = sqlite::database(model, history, &mut refused);
    (database, refused)
}

/// A database as generated constants hold it, for as long as the test runs.
pub(crate) fn constant(database: &Database) -> DeviceDatabase {
    let leak = |text: &str| -> &'static str { text.to_owned().leak() };
    let steps: Vec<DeviceStep> = database
        .steps
        .iter()
        .map(|step| DeviceStep {
            from: step.from,
            references: step.references,
            sql: leak(&step.sql),
        })
        .collect();
    DeviceDatabase {
        version: database.version,
        schema: leak(&database.schema),
        steps: steps.leak(),
        queue: database.queue.as_deref().map(leak),
    }
}

/// The database of a first release.
pub(crate) fn made(model: &Model) -> Connection {
    let (database, refused) = database(model, &History::default());
    assert!(refused.is_empty());
    tests::sqlite::open_with(&database.schema)
        .unwrap_or_else(|error| panic!("{error}\n{}", database.schema))
}

/// Where a live database is not what a model asks for.
pub(crate) fn differences(connection: &Connection, model: &Model) -> Vec<String> {
    let found = catalog::sqlite::read(connection).expect("the catalog is readable");
    let mut differences = difference(&catalog::sqlite::lower(model), &found);
    // A table of the test's own.
    differences.retain(|one| one.path[0] != "table main.captured");
    differences.iter().map(ToString::to_string).collect()
}

/// The rows of every table of a device, by the names of the model, in the order of their rowids.
pub(crate) type Rows = BTreeMap<String, Vec<BTreeMap<String, Value>>>;

pub(crate) fn rows(connection: &Connection, model: &Model) -> Rows {
    let mut rows = Rows::new();
    let ident = |name: &str| format!("\"{}\"", name.replace('"', "\"\""));
    for table in model.tables.values().filter(|table| table.sync.on_client()) {
        let columns: Vec<_> = table
            .columns
            .values()
            .filter(|column| column.is_on_device())
            .collect();
        let names: Vec<String> = columns
            .iter()
            .map(|column| ident(&column.client_name))
            .collect();
        let names = match names.is_empty() {
            true => "NULL".to_owned(),
            false => names.join(", "),
        };
        let query = format!("SELECT {names} FROM {}", ident(&table.client_name));
        let mut statement = connection
            .prepare(&query)
            .unwrap_or_else(|error| panic!("{query}: {error}"));
        let found = statement.query_map([], |row| {
            let values = columns.iter().enumerate();
            values
                .map(|(at, column)| Ok((column.name.clone(), row.get(at)?)))
                .collect()
        });
        let mut found: Vec<BTreeMap<String, Value>> = found
            .expect("it is a query")
            .collect::<Result<_, _>>()
            .expect("values are read");
        found.sort_by_key(|row| format!("{row:?}"));
        rows.insert(table.name.clone(), found);
    }
    rows
}

/// Where rows that stay are not what they were: every value of a column that keeps its kind, under its new name.
pub(crate) fn lost(
    models: (&Model, &Model),
    history: &History,
    (old, new): (&Rows, &Rows),
) -> Vec<String> {
    let (before, after) = models;
    let names = history.names(0, None, after);
    let mut lost = Vec::new();
    for (table, had) in old {
        let Some(later) = names.table(table).and_then(|name| after.tables.get(name)) else {
            continue;
        };
        let was = &before.tables[table];
        if !later.sync.on_client() || later.sync.on_server() != was.sync.on_server() {
            continue;
        }
        let kept: Vec<(&str, &str)> = was
            .columns
            .values()
            .filter_map(|column| {
                let name = names.column(table, &column.name)?;
                let now = &later.columns[name];
                let is_same = now.kind.column_type() == column.kind.column_type()
                    && now.is_on_device()
                    && column.is_on_device()
                    && (now.nullable || !column.nullable || now.default.is_none())
                    && now.generated.is_none()
                    && column.generated.is_none();
                is_same.then_some((column.name.as_str(), name))
            })
            .collect();
        let values = |rows: &[BTreeMap<String, Value>], name: fn(&(&str, &str)) -> String| {
            let mut values: Vec<String> = rows
                .iter()
                .map(|row| {
                    let values = kept.iter().map(|pair| &row[&name(pair)]);
                    format!("{:?}", values.collect::<Vec<_>>())
                })
                .collect();
            values.sort();
            values
        };
        let had = values(had, |(was, _)| (*was).to_owned());
        let have = values(&new[&later.name], |(_, now)| (*now).to_owned());
        if had != have {
            lost.push(format!("{table}: {have:?} instead of {had:?}"));
        }
    }
    lost
}
