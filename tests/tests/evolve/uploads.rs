//! Uploads that a client of the schema before has in its queue, after the migration: they decode and apply, or are refused as
//! `check` says.

use ::postgres::Transaction;
use synctable::crud::{Decoder, Entry, Op, Release, Sender};
use synctable::facts::ColumnType;
use synctable::{TableDef, Value};
use synctable_codegen::clients;
use synctable_codegen::diagnostic::{Complaints, Diagnostics};
use synctable_codegen::loaded::Loaded;
use synctable_codegen::model::{Clients, History, Literal, Model, Released, Table};
use tests::generate::dice::Dice;
use tests::postgres::plain;
use tests::universe::plain as json;
use tests::universe::values::value;

/// How many tables of a pair are written.
const TABLES: usize = 4;

/// How often a row is tried that the schema before takes.
const TRIES: usize = 3;

/// What became of the entries of a pair.
#[derive(Debug, Default)]
pub(crate) struct Counts {
    pub(crate) written: usize,
    pub(crate) refused: usize,
}

/// Entries that were taken before a migration, of one row each in the order of the queue.
pub(crate) struct Queue {
    rows: Vec<(&'static TableDef, Vec<Entry<'static>>)>,
}

impl Queue {
    /// Some entries of a model that its own decoder and its own tables take; the rows are as they were afterwards.
    pub(crate) fn of(transaction: &mut Transaction<'_>, model: &Model, dice: &mut Dice) -> Queue {
        let loaded = Loaded::of(model, &Clients::default());
        let decoder = loaded.decoder();
        let mut tables: Vec<&'static TableDef> =
            loaded.statements.iter().map(|one| one.table).collect();
        while tables.len() > TABLES {
            tables.swap_remove(dice.below(tables.len()));
        }
        let mut rows = Vec::new();
        for table in tables {
            for _ in 0..TRIES {
                let mut entries = row(table, &model.tables[table.name], model, dice);
                let taken = write(transaction, &decoder, &Release::CURRENT, &entries);
                entries.truncate(taken.iter().take_while(|one| one.is_ok()).count());
                if !entries.is_empty() {
                    rows.push((table, entries));
                    break;
                }
            }
        }
        Queue { rows }
    }

    /// Sends them to another model, whose tables the database has.
    pub(crate) fn send(
        &self,
        transaction: &mut Transaction<'_>,
        before: &Model,
        after: &Model,
        counts: &mut Counts,
    ) -> Result<(), String> {
        let history = History {
            models: vec![before.clone()],
            releases: vec![Released {
                name: "1.0.0".to_owned(),
                at: 0,
                ended: false,
            }],
        };
        let loaded = Loaded::of(after, &clients::clients(&history, after));
        let decoder = loaded.decoder();
        let release = loaded.releases.of("1.0.0");
        let told = told(&history, after);
        for (table, entries) in &self.rows {
            let names = [
                Some(table.client_name),
                now(before, after, table).map(|now| now.client_name.as_str()),
            ];
            let about = |name: &str| {
                let starts = [format!("`{name}`"), format!("`{name}.")];
                let about = |one: &&String| starts.iter().any(|start| one.contains(start));
                told.iter().any(|one| about(&one))
            };
            let is_told = names.into_iter().flatten().any(about);
            for (entry, became) in
                entries
                    .iter()
                    .zip(write(transaction, &decoder, &release, entries))
            {
                match became {
                    Ok(()) => counts.written += 1,
                    Err(_) if is_told => counts.refused += 1,
                    Err(why) => {
                        return Err(format!(
                            "an upload of the release before is refused, and `check` says nothing: {why}\n{entry:?}\n{told:#?}"
                        ));
                    }
                }
            }
        }
        Ok(())
    }
}

/// What `check` says of uploads of the release.
fn told(history: &History, after: &Model) -> Vec<String> {
    let mut complaints = Complaints::new();
    clients::check(history, after, &mut complaints);
    let mut cx = Diagnostics::new();
    complaints.resolve(|_| None, &mut cx);
    let found = cx.into_sorted().into_iter();
    found.map(|one| one.message).collect()
}

/// The table as it is called now.
fn now<'m>(before: &Model, after: &'m Model, table: &TableDef) -> Option<&'m Table> {
    let declared = &before.tables[table.name];
    let mut tables = after.tables.values();
    tables.find(|one| one.was.as_deref() == Some(&declared.name) || one.name == declared.name)
}

/// A new row, a change of it, and its end.
fn row(
    table: &'static TableDef,
    declared: &Table,
    model: &Model,
    dice: &mut Dice,
) -> Vec<Entry<'static>> {
    let mut random = |name: &str| {
        let column = &declared.columns[name];
        match column.nullable && dice.chance(20) {
            true => Value::Null,
            false => sent(&value(model, &column.kind, dice), table, name),
        }
    };
    let key: Vec<String> = table
        .key
        .iter()
        .map(|column| match random(column.name) {
            Value::Text(text) => text.into_owned(),
            Value::Integer(number) => number.to_string(),
            other => format!("{other:?}"),
        })
        .collect();
    let parts: Vec<&str> = key.iter().map(String::as_str).collect();
    let id = table.id.compose(&parts);
    let columns: Vec<_> = table
        .columns
        .iter()
        .filter(|column| column.uploads() && !table.key.iter().any(|key| key.name == column.name))
        .collect();
    let entry = |op| Entry::new(op, table.client_name, id.clone());
    let mut put = entry(Op::Put);
    let mut changes = Vec::new();
    for column in &columns {
        put = put.with(column.client_name, random(column.name));
        changes.push(entry(Op::Patch).with(column.client_name, random(column.name)));
    }
    let mut entries = vec![put];
    if !changes.is_empty() {
        let at = dice.below(changes.len());
        entries.push(changes.swap_remove(at));
    }
    entries.push(entry(Op::Delete));
    entries
}

/// A value as a device's queue has it.
fn sent(value: &Literal, table: &TableDef, name: &str) -> Value<'static> {
    let mut columns = table.columns.iter();
    let column = columns
        .find(|column| column.name == name)
        .expect("it is declared");
    match value {
        Literal::Null => Value::Null,
        Literal::Bool(truth) => Value::Integer((*truth).into()),
        Literal::Int(number) => Value::Integer(*number),
        Literal::Decimal(text) => match column.kind.column_type() {
            ColumnType::Real => Value::Real(text.parse().expect("a number")),
            _ => Value::Text(text.clone().into()),
        },
        Literal::Text(text) | Literal::Json(text) => Value::Text(text.clone().into()),
        Literal::List(_) => Value::Text(json(value).to_string().into()),
    }
}

/// Decodes and writes entries one after the other, as far as they are taken; nothing of it stays.
///
/// Foreign keys and triggers are off: what they say is a matter of other rows.
fn write(
    transaction: &mut Transaction<'_>,
    decoder: &Decoder,
    release: &Release,
    entries: &[Entry<'_>],
) -> Vec<Result<(), String>> {
    let mut outer = transaction.transaction().expect("a savepoint");
    outer
        .batch_execute("set local session_replication_role = replica")
        .expect("a superuser may");
    let results = entries.iter().map(|entry| {
        let change = decoder
            .decode_from(entry, &Sender::of(release))
            .map_err(|refusal| refusal.to_string())?;
        let mut inner = outer.transaction().expect("a savepoint");
        plain::write(&mut inner, &change.write()).map_err(|error| format!("{error:?}"))?;
        inner.commit().expect("it ends");
        Ok(())
    });
    results.collect()
    // Dropped, the outer one is rolled back.
}
