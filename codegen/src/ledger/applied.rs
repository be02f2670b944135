//! Which entries a database has executed, as the tables of the runners tell it.

use super::{Entry, Ledger, at};
use crate::catalog::{self, Difference};
use crate::targets::postgres::executed::is_same_text;
use ::postgres::{Error, Transaction};
use sha2::{Digest, Sha384};

/// A program that applies migrations and keeps a table of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Runner {
    /// The Supabase CLI.
    Supabase,
    /// sqlx.
    Sqlx,
    /// refinery.
    Refinery,
}

/// What a database says of one entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// It was not executed.
    Pending,
    /// It was executed.
    Applied,
    /// Another text was executed under its name.
    Otherwise,
    /// It stopped half-way.
    Failed,
    /// It was written by hand, and a catalog does not show whether it was executed.
    Unknown,
}

/// What a database says of a ledger.
#[derive(Clone, Debug, PartialEq)]
pub struct Applied {
    /// Whose table says it; `None` where it is known from the database's own catalog.
    pub runner: Option<Runner>,
    /// The state of each entry; none where it is not known.
    pub states: Vec<State>,
    /// Versions in the runner's table that are not in the ledger.
    pub unknown: Vec<String>,
    /// Where there is no runner, and no snapshot fits: how the database differs from the newest one.
    pub differences: Vec<Difference>,
}

/// A row of a runner's table.
struct Row {
    version: String,
    failed: bool,
    text: Text,
}

/// What a runner keeps of a text.
enum Text {
    Unknown,
    Statements(Vec<String>),
    Sha384(Vec<u8>),
}

impl Runner {
    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Supabase => "the Supabase CLI",
            Self::Sqlx => "sqlx",
            Self::Refinery => "refinery",
        }
    }

    /// Its table, with columns by which it is told from another one of this name.
    fn table(self) -> (&'static str, &'static [&'static str]) {
        match self {
            Self::Supabase => (
                "supabase_migrations.schema_migrations",
                &["version", "statements"],
            ),
            Self::Sqlx => ("_sqlx_migrations", &["version", "success", "checksum"]),
            Self::Refinery => ("refinery_schema_history", &["version", "checksum"]),
        }
    }

    fn is_used(self, transaction: &mut Transaction<'_>) -> Result<bool, Error> {
        let (table, columns) = self.table();
        let columns: Vec<&str> = columns.to_vec();
        let found = transaction.query_one(
            "select pg_catalog.count(*) from pg_catalog.pg_attribute \
             where attrelid = pg_catalog.to_regclass($1) and attname::text = any($2) and not attisdropped",
            &[&table, &columns],
        )?;
        Ok(usize::try_from(found.get::<_, i64>(0)) == Ok(columns.len()))
    }

    fn rows(self, transaction: &mut Transaction<'_>) -> Result<Vec<Row>, Error> {
        let query = match self {
            Self::Supabase => {
                "select version::text, false, statements, null::bytea from supabase_migrations.schema_migrations"
            }
            Self::Sqlx => {
                "select version::text, not success, null::text[], checksum from _sqlx_migrations"
            }
            Self::Refinery => {
                "select version::text, false, null::text[], null::bytea from refinery_schema_history"
            }
        };
        let rows = transaction.query(query, &[])?;
        let rows = rows.iter().map(|row| Row {
            version: row.get(0),
            failed: row.get(1),
            text: match (
                row.get::<_, Option<Vec<Option<String>>>>(2),
                row.get::<_, Option<Vec<u8>>>(3),
            ) {
                (Some(statements), _) => {
                    Text::Statements(statements.into_iter().flatten().collect())
                }
                (None, Some(hash)) => Text::Sha384(hash),
                (None, None) => Text::Unknown,
            },
        });
        Ok(rows.collect())
    }
}

impl Row {
    fn state(&self, entry: &Entry) -> State {
        let same = match &self.text {
            Text::Unknown => true,
            Text::Statements(statements) => is_same_text(&statements.join(";\n"), &entry.sql),
            // Version control may change the ends of lines.
            Text::Sha384(hash) => {
                let unix = entry.sql.replace("\r\n", "\n");
                let windows = unix.replace('\n', "\r\n");
                let texts = [entry.sql.as_str(), &unix, &windows];
                texts
                    .iter()
                    .any(|text| *Sha384::digest(text.as_bytes()) == **hash)
            }
        };
        match (self.failed, same) {
            (true, _) => State::Failed,
            (false, true) => State::Applied,
            (false, false) => State::Otherwise,
        }
    }
}

/// What a database says of a ledger: the table of the first runner that has one, or else its catalog beside the snapshots.
///
/// # Errors
///
/// What the connection or the server refuses.
pub fn applied(transaction: &mut Transaction<'_>, ledger: &Ledger) -> Result<Applied, Error> {
    match applied_by_runner(transaction, ledger)? {
        Some(applied) => Ok(applied),
        None => by_catalog(transaction, ledger),
    }
}

/// What the table of the first runner that has one says of a ledger; `None` where no runner has a table.
///
/// # Errors
///
/// What the connection or the server refuses.
pub fn applied_by_runner(
    transaction: &mut Transaction<'_>,
    ledger: &Ledger,
) -> Result<Option<Applied>, Error> {
    for runner in [Runner::Supabase, Runner::Sqlx, Runner::Refinery] {
        if !runner.is_used(transaction)? {
            continue;
        }
        let mut rows = runner.rows(transaction)?;
        let mut states = Vec::new();
        for entry in &ledger.entries {
            let of_entry = |row: &Row| at::order(&row.version, &entry.at).is_eq();
            states.push(match rows.iter().position(of_entry) {
                Some(place) => rows.swap_remove(place).state(entry),
                None => State::Pending,
            });
        }
        let mut unknown: Vec<String> = rows.into_iter().map(|row| row.version).collect();
        unknown.sort_by(|one, other| at::order(one, other));
        return Ok(Some(Applied {
            runner: Some(runner),
            states,
            unknown,
            differences: Vec::new(),
        }));
    }
    Ok(None)
}

/// The newest entry whose snapshot is what the database has was executed, and those before it; none where it has
/// neither a table nor a type of the newest one.
fn by_catalog(transaction: &mut Transaction<'_>, ledger: &Ledger) -> Result<Applied, Error> {
    let mut newest: Option<Vec<Difference>> = None;
    for (index, entry) in ledger.entries.iter().enumerate().rev() {
        let Some(snapshot) = &entry.snapshot else {
            continue;
        };
        let model = &snapshot.model;
        let found =
            catalog::postgres::read_in(transaction, &catalog::postgres::Reading::of(model))?;
        let wanted = catalog::lower(model);
        if newest.is_none() && !wanted.shares_with(&found) {
            return Ok(Applied {
                runner: None,
                states: vec![State::Pending; ledger.entries.len()],
                unknown: Vec::new(),
                differences: Vec::new(),
            });
        }
        let differences = catalog::without_written(model, catalog::difference(&wanted, &found));
        if differences.is_empty() {
            let later = ledger.entries[index + 1..].iter();
            let by_hand = later.take_while(|entry| entry.snapshot.is_none()).count();
            let state = |place: usize| match place.checked_sub(index + 1) {
                None => State::Applied,
                Some(after) if after < by_hand => State::Unknown,
                Some(_) => State::Pending,
            };
            return Ok(Applied {
                runner: None,
                states: (0..ledger.entries.len()).map(state).collect(),
                unknown: Vec::new(),
                differences: Vec::new(),
            });
        }
        newest.get_or_insert(differences);
    }
    Ok(Applied {
        runner: None,
        states: Vec::new(),
        unknown: Vec::new(),
        differences: newest.unwrap_or_default(),
    })
}
