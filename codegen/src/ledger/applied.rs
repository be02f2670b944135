//! Which entries a database has executed, as the tables of the runners tell it.

use super::{Entry, Ledger, LiveSeeds, at, live_seeds};
use crate::catalog::postgres::{Reading, read_in};
use crate::catalog::{self, Difference};
use crate::model::Model;
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
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Applied {
    /// Whose table says it; `None` where it is known from the database's own catalog.
    pub runner: Option<Runner>,
    /// The state of each entry; none where it is not known.
    pub states: Vec<State>,
    /// Versions in the runner's table that are not in the ledger.
    pub unknown: Vec<String>,
    /// Where there is no runner, and no snapshot fits: how the database differs from the newest one.
    pub differences: Vec<Difference>,
    /// How rows differ from the seeds of the newest generated entry that has run.
    pub seeds: LiveSeeds,
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
        Some(mut applied) => {
            applied.seeds = seeds_of_newest(transaction, ledger, &applied.states)?;
            Ok(applied)
        }
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
            ..Applied::default()
        }));
    }
    Ok(None)
}

/// The newest entry whose snapshot is what the database has was executed, and those before it; none where it has
/// neither a table nor a type of the newest one.
///
/// Entries that only change seeds leave the same catalog: of those, the newest one whose seeds the rows fit best.
fn by_catalog(transaction: &mut Transaction<'_>, ledger: &Ledger) -> Result<Applied, Error> {
    let mut newest: Option<Vec<Difference>> = None;
    let mut fits: Option<(usize, LiveSeeds)> = None;
    for (index, entry) in ledger.entries.iter().enumerate().rev() {
        let Some(snapshot) = &entry.snapshot else {
            continue;
        };
        let model = &snapshot.model;
        let found = read_in(transaction, &Reading::of(model))?;
        let wanted = catalog::lower(model);
        if newest.is_none() && fits.is_none() && !wanted.shares_with(&found) {
            return Ok(Applied {
                states: vec![State::Pending; ledger.entries.len()],
                ..Applied::default()
            });
        }
        let differences = catalog::without_written(model, catalog::difference(&wanted, &found));
        if differences.is_empty() {
            let seeds = live_seeds(transaction, model, &found)?;
            let rows = seeds.rows().count();
            if fits
                .as_ref()
                .is_none_or(|(_, fit)| rows < fit.rows().count())
            {
                fits = Some((index, seeds));
            }
            if rows == 0 {
                break;
            }
        } else if fits.is_some() {
            break;
        } else {
            newest.get_or_insert(differences);
        }
    }
    let Some((index, seeds)) = fits else {
        return Ok(Applied {
            differences: newest.unwrap_or_default(),
            ..Applied::default()
        });
    };
    let later = ledger.entries[index + 1..].iter();
    let by_hand = later.take_while(|entry| entry.snapshot.is_none()).count();
    let state = |place: usize| match place.checked_sub(index + 1) {
        None => State::Applied,
        Some(after) if after < by_hand => State::Unknown,
        Some(_) => State::Pending,
    };
    Ok(Applied {
        states: (0..ledger.entries.len()).map(state).collect(),
        seeds,
        ..Applied::default()
    })
}

/// The live rows beside the seeds of the newest generated entry that has run.
fn seeds_of_newest(
    transaction: &mut Transaction<'_>,
    ledger: &Ledger,
    states: &[State],
) -> Result<LiveSeeds, Error> {
    let ran = ledger.entries.iter().zip(states).rev();
    let mut ran = ran.filter(|(_, state)| matches!(state, State::Applied | State::Otherwise));
    let newest = ran.find_map(|(entry, _)| entry.snapshot.as_ref());
    let has_seeds = |model: &Model| model.tables.values().any(|table| !table.seeds.is_empty());
    match newest.map(|snapshot| &*snapshot.model) {
        Some(model) if has_seeds(model) => {
            let found = read_in(transaction, &Reading::of(model))?;
            live_seeds(transaction, model, &found)
        }
        _ => Ok(LiveSeeds::default()),
    }
}
