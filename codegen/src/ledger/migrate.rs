//! Writes an entry: the first one makes everything from nothing, each other one leads on from the one before it.

use super::{Entry, Ledger, Snapshot, at, folder};
use crate::diagnostic::{
    AT_REFUSED, Complaints, Diagnostic, ENTRY_NAME, LEDGER_STARTED, REWRITE_REFUSED,
};
use crate::hash::hash;
use crate::model::Model;
use crate::targets::postgres::executed::Executed;
use crate::targets::postgres::{self, evolve};
use crate::tree::Tree;

/// What is asked of `migrate`.
#[derive(Clone, Copy, Debug)]
pub enum Migration<'a> {
    /// A new entry.
    New {
        /// Its name: lower-case letters, digits and `_`.
        name: &'a str,
        /// Its place in the order, 14 digits, after that of the newest entry.
        at: &'a str,
    },
    /// The newest entry, written anew from the one before it; it keeps its name and place.
    Rewrite,
}

/// What `migrate` wants to write.
#[derive(Debug, Default)]
pub struct Migrated {
    /// The files, by path relative to the ledger's folder; none where nothing changes.
    pub files: Tree<'static>,
    /// What changes, one line each.
    pub changes: Vec<String>,
}

/// Why nothing is written.
#[derive(Debug)]
#[must_use = "the refusal has to be shown"]
pub enum Refused {
    /// What was asked for cannot be done.
    Asked(Diagnostic),
    /// What is declared cannot be done.
    Declared(Complaints),
}

impl From<Diagnostic> for Refused {
    fn from(diagnostic: Diagnostic) -> Self {
        Self::Asked(diagnostic)
    }
}

/// The files of the entry; `allowed` names tables and columns that may go with their data.
///
/// Where an enum gets labels and something else changes too, the labels have an entry of their own in front of the other:
/// Postgres uses no label in the transaction that adds it.
///
/// # Errors
///
/// A name (`D018`) or a place in the order (`D017`) that an entry cannot have; a rewrite where there is nothing to write
/// anew (`D016`) or that takes two entries (`D025`); what is refused of the declaration (`D019` to `D024`, `D026`).
pub fn migrate(
    ledger: &Ledger,
    model: &Model,
    migration: Migration<'_>,
    allowed: &[String],
) -> Result<Migrated, Refused> {
    match (migration, ledger.entries.as_slice()) {
        (Migration::New { name, at }, []) => {
            named(name)?;
            placed(at)?;
            first(model, at, name, allowed)
        }
        (Migration::New { name, at }, [.., newest]) => {
            named(name)?;
            placed(at)?;
            if at <= newest.at.as_str() {
                return Err(Refused::Asked(not_later(at, newest)));
            }
            next(newest, &ledger.executed(), model, at, name, allowed)
        }
        (Migration::Rewrite, [earlier @ .., newest]) => {
            let so_far = Ledger {
                entries: earlier.to_vec(),
            };
            let Some(before) = earlier.last() else {
                return first(model, &newest.at, &newest.name, allowed);
            };
            let executed = so_far.executed();
            let migrated = next(before, &executed, model, &newest.at, &newest.name, allowed)?;
            match migrated.files.get(&newest.path()) {
                None if !migrated.files.is_empty() => Err(Refused::Asked(in_two(newest))),
                _ => Ok(migrated),
            }
        }
        (Migration::Rewrite, []) => Err(Refused::Asked(
            Diagnostic::error(LEDGER_STARTED, "there is no entry to write anew")
                .help("run `codegen migrate --name init`"),
        )),
    }
}

/// The entry that makes everything.
fn first(model: &Model, at: &str, name: &str, allowed: &[String]) -> Result<Migrated, Refused> {
    if !allowed.is_empty() {
        let nothing = evolve::evolve(model, model, allowed);
        return Err(Refused::Declared(nothing.refused));
    }
    let mut migrated = Migrated {
        changes: vec!["make everything from nothing".to_owned()],
        ..Migrated::default()
    };
    migrated.entry(None, postgres::parsed_baseline(model)?, model, at, name);
    Ok(migrated)
}

/// The entry that leads from another one to the model.
fn next(
    before: &Entry,
    executed: &Executed,
    model: &Model,
    at: &str,
    name: &str,
    allowed: &[String],
) -> Result<Migrated, Refused> {
    let so_far = &before.snapshot.model;
    let whole = evolve::evolve_executed(so_far, executed, model, allowed);
    if !whole.refused.is_empty() {
        return Err(Refused::Declared(whole.refused));
    }
    let mut migrated = Migrated {
        changes: whole.told(),
        ..Migrated::default()
    };
    if whole.changes.is_empty() {
        return Ok(migrated);
    }
    match evolve::with_labels(so_far, model, &whole.changes) {
        None => {
            let parent = Some(before.hash.as_str());
            migrated.entry(parent, whole.parsed_sql()?, model, at, name);
        }
        Some(between) => {
            let Some(later) = at::after(at) else {
                return Err(Refused::Asked(no_place(at)));
            };
            let labels = evolve::evolve(so_far, &between, &[]).parsed_sql()?;
            let parent = Some(before.hash.as_str());
            let parent = migrated.entry(parent, labels, &between, at, &format!("{name}_labels"));
            let rest = evolve::evolve_executed(&between, executed, model, allowed);
            let rest = rest.parsed_sql()?;
            migrated.entry(Some(&parent), rest, model, &later, name);
        }
    }
    Ok(migrated)
}

impl Migrated {
    /// Adds the files of one entry; what comes back is the hash of its snapshot.
    fn entry(
        &mut self,
        parent: Option<&str>,
        sql: String,
        model: &Model,
        at: &str,
        name: &str,
    ) -> String {
        let snapshot = Snapshot::new(parent, &sql, model).write();
        let own = hash(&snapshot);
        self.files.insert(folder::entry_path(at, name), sql);
        self.files.insert(folder::snapshot_path(at), snapshot);
        own
    }
}

fn named(name: &str) -> Result<(), Diagnostic> {
    let good = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
    if !name.is_empty() && name.len() <= 100 && name.bytes().all(good) {
        return Ok(());
    }
    Err(Diagnostic::error(
        ENTRY_NAME,
        format!("`{name}` is not a valid migration name"),
    )
    .help("use up to 100 lower-case letters, digits and `_`, such as `add_tags`"))
}

fn placed(at: &str) -> Result<(), Diagnostic> {
    if at.len() == 14 && at.bytes().all(|byte| byte.is_ascii_digit()) {
        return Ok(());
    }
    Err(no_place(at))
}

fn no_place(at: &str) -> Diagnostic {
    Diagnostic::error(
        AT_REFUSED,
        format!("`{at}` is not a 14-digit migration timestamp"),
    )
    .help("write 14 digits, year to second, such as `20261201090000`")
}

fn in_two(newest: &Entry) -> Diagnostic {
    Diagnostic::error(
        REWRITE_REFUSED,
        format!(
            "`{}` cannot be written anew: new labels need an entry of their own in front of it",
            newest.path()
        ),
    )
    .help("delete it with its snapshot, and run `codegen migrate --name …`")
}

fn not_later(at: &str, newest: &Entry) -> Diagnostic {
    Diagnostic::error(
        AT_REFUSED,
        format!(
            "`{at}` is not later than the newest migration, `{}`",
            newest.path()
        ),
    )
    .help("choose a later time, or leave `--at` out")
}
