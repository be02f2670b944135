//! SQLite is asked whether it takes what was printed.

use crate::diagnostic::{Complaints, Diagnostic, Place, codes};
use rusqlite::fallible_iterator::FallibleIterator as _;
use rusqlite::{Batch, Connection};

/// Runs the statements in an empty database; `places` says where each is declared, in their order.
///
/// Views are read once: SQLite creates a view without looking at what it reads.
pub(super) fn executes(sql: &str, places: &[Place], cx: &mut Complaints) {
    let connection = Connection::open_in_memory().expect("memory is at hand");
    let mut batch = Batch::new(&connection, sql);
    for place in places {
        let ran = match batch.next() {
            Ok(Some(mut statement)) => statement.execute([]).map(|_| ()),
            Ok(None) => {
                cx.push(place.clone(), uneven());
                return;
            }
            Err(error) => Err(error),
        };
        if let Err(error) = ran.and_then(|()| reads(&connection, place)) {
            cx.push(place.clone(), refusal(&error));
            return;
        }
    }
    if !matches!(batch.next(), Ok(None))
        && let Some(last) = places.last()
    {
        cx.push(last.clone(), uneven());
    }
}

/// Reads a text as a condition over these columns.
pub(super) fn is_condition(text: &str, columns: &[String], place: &Place, cx: &mut Complaints) {
    let connection = Connection::open_in_memory().expect("memory is at hand");
    let row: Vec<String> = columns
        .iter()
        .map(|column| format!("NULL AS {column}"))
        .collect();
    let row = row.join(", ");
    match connection.prepare(&format!("SELECT 1 FROM (SELECT {row}) WHERE (\n{text}\n)")) {
        Ok(statement) if statement.parameter_count() == 0 => {}
        Ok(_) => cx.push(
            place.clone(),
            Diagnostic::error(codes::SQLITE_REFUSES, "a check cannot contain parameters")
                .help("write constants, and names of columns"),
        ),
        Err(error) => cx.push(place.clone(), refusal(&error)),
    }
}

/// Text of a declaration began or ended a statement.
fn uneven() -> Diagnostic {
    Diagnostic::error(
        codes::SQLITE_REFUSES,
        "SQLite reads other statements from here on",
    )
    .help("remove everything that starts or ends a statement or a comment")
}

/// Prepares a query of the view that was just created, if it was one.
fn reads(connection: &Connection, place: &Place) -> rusqlite::Result<()> {
    match place.keys() {
        [section, view, ..] if section == "views" => connection
            .prepare(&format!("SELECT * FROM {}", synctable::ident::quoted(view)))
            .map(|_| ()),
        _ => Ok(()),
    }
}

fn refusal(error: &rusqlite::Error) -> Diagnostic {
    let message = match error {
        rusqlite::Error::SqlInputError { msg, .. } => msg.clone(),
        rusqlite::Error::SqliteFailure(_, Some(msg)) => msg.clone(),
        other => other.to_string(),
    };
    Diagnostic::error(
        codes::SQLITE_REFUSES,
        format!("SQLite refuses this: {message}"),
    )
    .help("use the names of the device, and SQL that SQLite 3.38 supports")
}
