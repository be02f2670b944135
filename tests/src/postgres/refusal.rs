//! What Postgres says when it refuses SQL, in a form that a test can print and compare.

use std::fmt;

use ::postgres::GenericClient;
use ::postgres::error::{Error, ErrorPosition};

/// Postgres' answer to SQL it does not accept.
///
/// Prints code, message, detail, hint and the line it stands at; `Debug` prints the same, for `unwrap`.
#[derive(Clone, PartialEq, Eq)]
pub struct Refusal {
    /// SQLSTATE, for instance `42501` for insufficient privilege; empty when the connection itself failed.
    pub code: String,
    /// The primary message.
    pub message: String,
    /// Table, column or constraint the server names, whichever is the most exact.
    pub object: Option<String>,
    context: String,
}

impl Refusal {
    /// Reads what `error` says about `sql`, the text that was sent.
    pub fn new(error: &Error, sql: &str) -> Refusal {
        let Some(db) = error.as_db_error() else {
            return Refusal {
                code: String::new(),
                message: format!("{error:?}"),
                object: None,
                context: String::new(),
            };
        };
        let mut context = String::new();
        for (title, text) in [
            ("detail", db.detail()),
            ("hint", db.hint()),
            ("where", db.where_()),
        ] {
            if let Some(text) = text {
                context += &format!("\n  {title}: {text}");
            }
        }
        if let Some(ErrorPosition::Original(position)) = db.position() {
            // The position counts characters from one.
            let before = sql.chars().take(*position as usize - 1);
            let number = before.filter(|c| *c == '\n').count();
            if let Some(line) = sql.lines().nth(number) {
                context += &format!("\n  line {}: {}", number + 1, line.trim());
            }
        }
        Refusal {
            code: db.code().code().to_owned(),
            message: db.message().to_owned(),
            object: [db.constraint(), db.column(), db.table()]
                .into_iter()
                .flatten()
                .next()
                .map(str::to_owned),
            context,
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}{}", self.code, self.message, self.context)
    }
}

impl fmt::Debug for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl std::error::Error for Refusal {}

/// Executes SQL that must be refused and returns the refusal.
///
/// It runs in a transaction (or savepoint) of its own that is rolled back, so `client` stays usable.
///
/// # Panics
///
/// If Postgres accepts it.
pub fn refused(client: &mut impl GenericClient, sql: &str) -> Refusal {
    let mut attempt = client
        .transaction()
        .unwrap_or_else(|error| panic!("begin: {}", Refusal::new(&error, "")));
    match attempt.batch_execute(sql) {
        Ok(()) => panic!("Postgres accepted what it must refuse:\n{sql}"),
        Err(error) => Refusal::new(&error, sql),
    }
}
