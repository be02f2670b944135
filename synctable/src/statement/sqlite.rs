//! Runs statements on a device's SQLite through `rusqlite`.

mod rules;
mod writer;

use super::bind::{previous, version};
use super::{Outcome, Statements, Violation};
use crate::crud::{Op, Write};
use crate::exact::Timestamp;
use crate::table::ColumnDef;
use crate::value::Value;
use rules::{Param, Statement, Zone};
use rusqlite::{Connection, ErrorCode, params_from_iter};
use writer::Writer;

/// Writes one change by the conflict rule of its table, received at `now` from a client.
///
/// A write never loses against earlier ones of the same client; a client that is not known is a different one each time.
/// A change of several columns is one statement; the caller holds the transaction, which also keeps together the row and
/// who wrote it.
///
/// # Errors
/// What SQLite refuses for a reason that the change is not to blame for.
pub fn apply(
    connection: &Connection,
    tables: &[&Statements],
    write: &Write<'_>,
    now: Timestamp,
    client: Option<&str>,
) -> rusqlite::Result<Outcome> {
    let statements = tables.iter().find(|one| *one.table == *write.table);
    let Some(statements) = statements.filter(|one| one.set.takes(write.op)) else {
        return Ok(Outcome::Refused);
    };
    if write.says_nothing() {
        return Ok(Outcome::Same);
    }
    let writer = Writer::of(statements, write);
    let stood = match &writer {
        Some(writer) if client.is_some() => Some(writer.stamp(connection)?),
        _ => None,
    };
    let takes_changes = statements.set.takes(Op::Patch);
    let rules::Statements {
        decide,
        write: writes,
    } = &*rules::Statements::of(write.table, write.op, takes_changes);
    let bound = |statement: &Statement| params_from_iter(bind(statement, write, now, client));
    let mut prepared = connection.prepare_cached(&decide.text)?;
    let word: String = prepared.query_row(bound(decide), |row| row.get(0))?;
    let outcome = Outcome::parse(&word).expect("it answers with an outcome");
    if outcome != Outcome::Applied {
        return Ok(outcome);
    }
    let mut prepared = connection.prepare_cached(&writes.text)?;
    match prepared.execute(bound(writes)) {
        Ok(_) => {
            if let Some(writer) = &writer {
                writer.note(connection, client.zip(stood))?;
            }
            Ok(outcome)
        }
        Err(rusqlite::Error::SqliteFailure(error, message))
            if matches!(
                error.code,
                ErrorCode::ConstraintViolation | ErrorCode::TypeMismatch
            ) =>
        {
            Ok(Outcome::Invalid(Violation {
                code: error.extended_code.to_string(),
                object: None,
                message: message.unwrap_or_else(|| error.to_string()),
            }))
        }
        Err(error) => Err(error),
    }
}

fn bind<'w>(
    statement: &Statement,
    write: &'w Write<'_>,
    now: Timestamp,
    client: Option<&'w str>,
) -> Vec<Value<'w>> {
    let one = |param: &Param| match param {
        Param::Client => client.map_or(Value::Null, |client| Value::Text(client.into())),
        Param::Id => Value::Text(write.id().into()),
        Param::Now(zone) => Value::Text(text(now, *zone).into()),
        Param::Horizon(zone) => Value::Text(text(horizon(now), *zone).into()),
        Param::Gives(columns) => mask(columns, |column| write.value(column).is_some()),
        Param::Saw(columns) => mask(columns, |column| previous(write, column).is_some()),
        Param::Given(column) => told(write.value(column)),
        Param::Seen(column) => told(previous(write, column)),
        Param::Version(column) => told(version(write, column)),
    };
    statement.params.iter().map(one).collect()
}

/// The canonical text of a time.
fn text(time: Timestamp, zone: Zone) -> String {
    let mut text = time.to_string();
    if zone == Zone::Unwritten {
        text.pop();
    }
    text
}

/// A number with a bit for each column.
fn mask(columns: &[&ColumnDef], is_set: impl Fn(&ColumnDef) -> bool) -> Value<'static> {
    let bit = |(index, column): (usize, &&ColumnDef)| i64::from(is_set(column)) << index;
    Value::Integer(columns.iter().enumerate().map(bit).sum())
}

fn told<'w>(value: Option<&'w Value<'_>>) -> Value<'w> {
    match value {
        None | Some(Value::Null) => Value::Null,
        Some(Value::Integer(number)) => Value::Integer(*number),
        Some(Value::Real(number)) => Value::Real(*number),
        Some(Value::Text(text)) => Value::Text(text.as_ref().into()),
    }
}

/// The latest time that an edit may have: five minutes from now.
fn horizon(now: Timestamp) -> Timestamp {
    const AHEAD: i64 = 5 * 60 * 1_000_000;
    Timestamp::from_micros(now.micros() + AHEAD).unwrap_or(now)
}
