//! Runs one change on a real Postgres, as the owner, and holds what comes out against what was asked for.

use std::collections::BTreeMap;

use ::postgres::GenericClient;
use synctable::{Element, Kind, Scalar};
use synctable_codegen::catalog::{self, difference};
use synctable_codegen::diagnostic::Diagnostics;
use synctable_codegen::ledger::{self, Choices, Files, Ledger, Migrated, Migration, Refused};
use synctable_codegen::model::{Literal, Model, Table};
use synctable_codegen::targets::postgres::{self as target, evolve};

/// A ledger whose only entry makes everything that a model asks for.
pub(crate) fn started(model: &Model) -> (Files, Ledger) {
    let new = Migration::New {
        name: "init",
        at: "20260101000000",
    };
    let migrated = ledger::migrate(&Ledger::default(), model, new, &Choices::default());
    let files = files(&migrated.expect("an empty ledger takes its first entry"));
    let ledger = read(files.clone());
    (files, ledger)
}

/// The next entries of a ledger.
pub(crate) fn next(
    ledger: &Ledger,
    after: &Model,
    allowed: &[String],
    files: evolve::Files,
) -> Result<Migrated, Refused> {
    next_at(ledger, after, allowed, files, "20260202000000")
}

/// The same at another place.
pub(crate) fn next_at(
    ledger: &Ledger,
    after: &Model,
    allowed: &[String],
    files: evolve::Files,
    at: &str,
) -> Result<Migrated, Refused> {
    let new = Migration::New { name: "change", at };
    let choices = Choices {
        allow_drop: allowed.to_vec(),
        files,
    };
    ledger::migrate(ledger, after, new, &choices)
}

pub(crate) fn files(migrated: &Migrated) -> Files {
    let files = migrated.files.iter();
    files
        .map(|(path, text)| (path.to_owned(), text.into_owned()))
        .collect()
}

pub(crate) fn read(files: Files) -> Ledger {
    let mut cx = Diagnostics::new();
    let ledger = Ledger::read(files, &mut cx);
    let found = cx.into_sorted();
    assert!(found.is_empty(), "{found:#?}");
    ledger
}

/// The SQL of entries, one after the other.
pub(crate) fn sql(files: &Files) -> Vec<&str> {
    let sql = files.iter().filter(|(path, _)| path.ends_with(".sql"));
    sql.map(|(_, text)| text.as_str()).collect()
}

pub(crate) fn setup(model: &Model) -> String {
    let tree = (target::TARGET.emit)(model);
    tree.get("setup.sql")
        .expect("setup stands beside the ledger")
        .into_owned()
}

/// What the live catalog has otherwise than the model asks, but for what hand-written SQL makes.
pub(crate) fn differences(
    transaction: &mut ::postgres::Transaction<'_>,
    model: &Model,
) -> Vec<String> {
    let reading = catalog::postgres::Reading::of(model);
    let found = catalog::postgres::read_in(transaction, &reading).expect("it is readable");
    catalog::without_written(model, difference(&catalog::lower(model), &found))
        .iter()
        .map(ToString::to_string)
        .collect()
}

/// The seeds that a database has not as they are declared, and counted keys of which a seed has the next one.
pub(crate) fn unseeded(
    transaction: &mut ::postgres::Transaction<'_>,
    model: &Model,
    rows: &Rows,
) -> Vec<String> {
    let mut wrong = Vec::new();
    for table in model
        .tables
        .values()
        .filter(|table| !table.seeds.is_empty())
    {
        for seed in &table.seeds {
            let has = |row: &BTreeMap<String, Option<String>>, column: &String| {
                let Some(wanted) = printed(seed.get(column), &table.columns[column].kind) else {
                    return true;
                };
                row[column].as_ref() == Some(&wanted)
            };
            let mut found = rows[&table.name].iter();
            let found = found.find(|row| table.key.iter().all(|column| has(row, column)));
            let name = format!("the seed `{}` of `{}`", seed.name(table), table.name);
            let Some(row) = found else {
                wrong.push(format!("{name} is missing"));
                continue;
            };
            let differing = seed.0.keys().filter(|column| !has(row, column));
            wrong.extend(differing.map(|column| format!("{name} differs in `{column}`")));
        }
        let key = &table.columns[&table.key[0]];
        if table.key.len() == 1 && key.identity && is_next_taken(transaction, table) {
            wrong.push(format!("a seed has the next key of `{}`", table.name));
        }
    }
    wrong
}

/// A value as Postgres prints it, where that is plain.
fn printed(value: Option<&Literal>, kind: &Kind) -> Option<String> {
    let is_text = matches!(kind, Kind::Scalar(Scalar::Text | Scalar::Uuid));
    match value? {
        Literal::Int(number) => Some(number.to_string()),
        Literal::Bool(truth) => Some(truth.to_string()),
        Literal::Text(text) if is_text => Some(text.clone()),
        _ => None,
    }
}

/// Whether a seed has the number that Postgres counts to next.
fn is_next_taken(transaction: &mut ::postgres::Transaction<'_>, table: &Table) -> bool {
    let ident = |name: &str| format!("\"{}\"", name.replace('"', "\"\""));
    let of = format!("{}.{}", ident(&table.schema), ident(&table.name));
    let key = &table.key[0];
    let next = format!("select nextval(pg_get_serial_sequence('{of}', '{key}'))");
    let mut savepoint = transaction.transaction().expect("it begins");
    let row = savepoint.query_one(&next, &[]);
    let next: i64 = row
        .unwrap_or_else(|error| panic!("{next}: {error:?}"))
        .get(0);
    savepoint.rollback().expect("it ends");
    let mut seeds = table.seeds.iter();
    seeds.any(|seed| seed.get(key) == Some(&Literal::Int(next)))
}

/// The rows of every declared table, each value as text, ordered by themselves.
pub(crate) type Rows = BTreeMap<String, Vec<BTreeMap<String, Option<String>>>>;

pub(crate) fn rows(client: &mut impl GenericClient, model: &Model) -> Rows {
    let lowered = catalog::lower(model);
    let mut rows = Rows::new();
    for table in model.tables.values().filter(|table| table.sync.on_server()) {
        let name = catalog::Name::new(&table.schema, &table.name);
        let columns: Vec<&String> = lowered.tables[&name].columns.keys().collect();
        let ident = |name: &str| format!("\"{}\"", name.replace('"', "\"\""));
        let texts: Vec<String> = columns
            .iter()
            .map(|column| format!("{}::text", ident(column)))
            .collect();
        let keys: Vec<String> = table
            .key
            .iter()
            .map(|column| format!("{}::text", ident(column)))
            .collect();
        let query = format!(
            "select {} from {}.{} order by {}",
            texts.join(", "),
            ident(&table.schema),
            ident(&table.name),
            keys.join(", ")
        );
        let found = client
            .query(&query, &[])
            .unwrap_or_else(|error| panic!("{query}: {error:?}"));
        let found = found.iter().map(|row| {
            let values = columns.iter().enumerate();
            values
                .map(|(at, column)| ((*column).clone(), row.get(at)))
                .collect()
        });
        rows.insert(table.name.clone(), found.collect());
    }
    rows
}

/// Where rows that stay are not what they were: every value of a column that stays, under its new name.
pub(crate) fn lost(before: &Model, after: &Model, old: &Rows, new: &Rows) -> Vec<String> {
    let mut lost = Vec::new();
    for (name, rows) in new {
        let table = &after.tables[name];
        let origin = table.was.as_ref().filter(|was| old.contains_key(*was));
        let Some(had) = old.get(origin.unwrap_or(name)) else {
            continue;
        };
        let old_table = &before.tables[origin.unwrap_or(name)];
        // What is shipped with the schema comes, changes and goes with it.
        let of = |table: &Table| -> Vec<String> {
            let seeds = table.seeds.iter();
            seeds.map(|seed| seed.name(table)).collect()
        };
        let seeds = [of(old_table), of(table)].concat();
        let is_own = |table: &Table, row: &BTreeMap<String, Option<String>>| {
            let key = table.key.iter().filter_map(|column| row[column].clone());
            !seeds.contains(&key.collect::<Vec<_>>().join("/"))
        };
        let had: Vec<_> = had.iter().filter(|row| is_own(old_table, row)).collect();
        let rows: Vec<_> = rows.iter().filter(|row| is_own(table, row)).collect();
        if had.len() != rows.len() {
            lost.push(format!("{name}: {} rows of {}", rows.len(), had.len()));
            continue;
        }
        let was = |column: &str| -> String {
            let declared = &table.columns[column];
            let was = declared.was.as_ref();
            let was = was.filter(|was| old_table.columns.contains_key(*was));
            was.map_or_else(|| column.to_owned(), String::clone)
        };
        // By the key that they have afterwards.
        let key = |name: &dyn Fn(&str) -> String, row: &BTreeMap<String, Option<String>>| {
            let values = table
                .key
                .iter()
                .map(|column| row.get(&name(column)).cloned());
            values.collect::<Vec<_>>()
        };
        let (mut had, mut rows) = (had, rows);
        if old_table.key.len() != table.key.len()
            || table
                .key
                .iter()
                .any(|column| !old_table.key.contains(&was(column)))
        {
            had.sort_by_key(|row| key(&was, row));
            rows.sort_by_key(|row| key(&str::to_owned, row));
        }
        for (had, row) in had.into_iter().zip(rows) {
            for (column, value) in row {
                let declared = &table.columns[column];
                let was = declared.was.as_ref().filter(|was| had.contains_key(*was));
                let was = was.unwrap_or(column);
                let computed = declared.generated.is_some()
                    || old_table
                        .columns
                        .get(was)
                        .is_some_and(|one| one.generated.is_some());
                let Some(old) = had.get(was).filter(|_| !computed) else {
                    continue;
                };
                let is_filled = old.is_none() && declared.backfill.is_some();
                let is_cast =
                    declared.using.is_some() && declared.kind != old_table.columns[was].kind;
                if is_filled || is_cast {
                    continue;
                }
                let old = &with_labels(after, &declared.kind, old);
                if old != value {
                    lost.push(format!("{name}.{column}: {value:?} instead of {old:?}"));
                }
            }
        }
    }
    lost
}

/// A value with the labels that took the place of those that are gone.
fn with_labels(after: &Model, kind: &Kind, value: &Option<String>) -> Option<String> {
    let name = match kind {
        Kind::Enum { name, .. } | Kind::List(Element::Enum { name, .. }) => name,
        _ => return value.clone(),
    };
    let one = &after.enums[&**name];
    if one.replaced.is_empty() {
        return value.clone();
    }
    let label = |text: &str| match one.labels.iter().any(|label| label == text) {
        true => text.to_owned(),
        false => one
            .replaced
            .get(text)
            .map_or(text, String::as_str)
            .to_owned(),
    };
    let value = value.as_ref()?;
    Some(match kind {
        Kind::List(_) => {
            let inside = value.trim_start_matches('{').trim_end_matches('}');
            let labels = inside.split(',').map(|text| {
                let label = label(text.trim_matches('"'));
                match label.contains(' ') {
                    true => format!("\"{label}\""),
                    false => label,
                }
            });
            let labels: Vec<String> = labels.collect();
            format!("{{{}}}", labels.join(","))
        }
        _ => label(value),
    })
}
