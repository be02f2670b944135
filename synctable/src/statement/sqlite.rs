//! Runs statements on a device's SQLite through `rusqlite`.

mod writer;

use super::bind::{gives, previous, saw, version};
use super::{Connection as Runs, Outcome, Param, Sql, Statements, Violation};
use crate::crud::Write;
use crate::exact::Timestamp;
use crate::value::Value;
use rusqlite::{Connection, ErrorCode, OptionalExtension, params_from_iter};
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
    let statement = statements.and_then(|one| Some((one, one.sqlite.of(write.op)?)));
    let Some((statements, statement)) = statement else {
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
    let mut prepared = connection.prepare_cached(&statement.write.text(Runs::Device))?;
    let bound = bind(&statement.write, write, now, client).take(prepared.parameter_count());
    let written = prepared.execute(params_from_iter(bound));
    match written {
        Ok(0) => {}
        Ok(_) => {
            if let Some(writer) = &writer {
                writer.note(connection, client.zip(stood))?;
            }
            return Ok(Outcome::Applied);
        }
        Err(rusqlite::Error::SqliteFailure(error, message))
            if matches!(
                error.code,
                ErrorCode::ConstraintViolation | ErrorCode::TypeMismatch
            ) =>
        {
            return Ok(Outcome::Invalid(Violation {
                code: error.extended_code.to_string(),
                object: None,
                message: message.unwrap_or_else(|| error.to_string()),
            }));
        }
        Err(error) => return Err(error),
    }
    let verdict = &statement.verdict;
    let mut prepared = connection.prepare_cached(&verdict.text(Runs::Device))?;
    let bound = bind(verdict, write, now, client).take(prepared.parameter_count());
    let word: Option<String> = prepared
        .query_row(params_from_iter(bound), |row| row.get(0))
        .optional()?;
    let outcome = word.as_deref().and_then(Outcome::parse);
    Ok(outcome.expect("a verdict is an outcome"))
}

fn bind<'w>(
    sql: &Sql,
    write: &'w Write<'_>,
    now: Timestamp,
    client: Option<&'w str>,
) -> impl Iterator<Item = Value<'w>> {
    let one = move |param: &Param| match param {
        Param::Client => client.map_or(Value::Null, |client| Value::Text(client.into())),
        Param::Id => Value::Text(write.id().into()),
        Param::Now => Value::Text(now.to_string().into()),
        Param::Horizon => Value::Text(horizon(now).to_string().into()),
        Param::Gives(columns) | Param::Given(columns) => Value::Text(gives(write, columns).into()),
        Param::Seen(columns) => Value::Text(saw(write, columns).into()),
        Param::Column(column) => told(write.value(column)),
        Param::Previous(column) => told(previous(write, column)),
        Param::Version(column) => told(version(write, column)),
        Param::User | Param::Claims => {
            unreachable!("statements of SQLite have no such parameter")
        }
    };
    sql.params.iter().map(one)
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
