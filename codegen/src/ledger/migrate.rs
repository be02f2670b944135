//! Writes an entry: the first one makes everything from nothing, each other one leads on from the one before it.

use super::{Entry, Ledger, Snapshot, at, folder};
use crate::diagnostic::{AT_REFUSED, Complaints, Diagnostic, ENTRY_NAME, LEDGER_STARTED};
use crate::hash::hash;
use crate::model::Model;
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

/// What whoever asks has decided.
#[derive(Clone, Debug, Default)]
pub struct Choices {
    /// Tables (`notes`) and columns (`notes.title`) that may go with their data.
    pub allow_drop: Vec<String>,
    /// How many files the migration may have.
    pub files: evolve::Files,
}

/// What `migrate` wants to write.
#[derive(Debug, Default)]
pub struct Migrated {
    /// The files, by path relative to the ledger's folder; none where nothing changes.
    pub files: Tree<'static>,
    /// Files of the entry as it was, which the new one does not have.
    pub removed: Vec<String>,
    /// What changes, one line each.
    pub changes: Vec<String>,
    /// What each file does that leads on from an entry, in their order.
    pub plan: Vec<evolve::FilePlan>,
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

/// The files of the entry: more than one where a single transaction cannot do it, or would hold strong locks for long.
///
/// # Errors
///
/// A name (`D018`) or a place in the order (`D017`) that an entry cannot have; a rewrite where there is nothing to write
/// anew (`D016`); what is refused of the declaration (`D019` to `D024`, `D026`).
pub fn migrate(
    ledger: &Ledger,
    model: &Model,
    migration: Migration<'_>,
    choices: &Choices,
) -> Result<Migrated, Refused> {
    match (migration, ledger.entries.as_slice()) {
        (Migration::New { name, at }, []) => {
            named(name)?;
            placed(at)?;
            first(model, at, name, choices)
        }
        (Migration::New { name, at }, [.., newest]) => {
            named(name)?;
            placed(at)?;
            if at <= newest.at.as_str() {
                return Err(Refused::Asked(not_later(at, newest)));
            }
            next(newest, model, at, name, choices)
        }
        (Migration::Rewrite, [_, ..]) => {
            let (earlier, newest) = ledger.entries.split_at(ledger.start_of_newest());
            let (at, name) = (&newest[0].at, name_of(newest));
            let mut migrated = match earlier.last() {
                None => first(model, at, name, choices)?,
                Some(before) => next(before, model, at, name, choices)?,
            };
            let old = newest.iter();
            let old = old.flat_map(|entry| [entry.path(), folder::snapshot_path(&entry.at)]);
            let is_gone = |path: &String| migrated.files.get(path).is_none();
            migrated.removed = old.filter(is_gone).collect();
            Ok(migrated)
        }
        (Migration::Rewrite, []) => Err(Refused::Asked(
            Diagnostic::error(LEDGER_STARTED, "there is no entry to write anew")
                .help("run `codegen migrate --name init`"),
        )),
    }
}

/// The entry that makes everything.
fn first(model: &Model, at: &str, name: &str, choices: &Choices) -> Result<Migrated, Refused> {
    let allowed = &choices.allow_drop;
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
    model: &Model,
    at: &str,
    name: &str,
    choices: &Choices,
) -> Result<Migrated, Refused> {
    let so_far = &before.snapshot.model;
    let whole = evolve::evolve(so_far, model, &choices.allow_drop);
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
    let mut place = Some(at.to_owned());
    let mut from = so_far.clone();
    let mut parent = before.hash.clone();
    for leg in evolve::legs(so_far, model, &whole.changes, choices.files) {
        let Some(this) = place else {
            return Err(Refused::Asked(no_place(at)));
        };
        // What goes, goes in the file that has the migration's own name.
        let allowed: &[String] = match leg.suffix.as_str() {
            "" => &choices.allow_drop,
            _ => &[],
        };
        let evolution = evolve::evolve_by(&from, &leg.model, allowed, leg.run, &whole.changes);
        if evolution.changes.is_empty() {
            place = Some(this);
            continue;
        }
        let sql = evolution.parsed_sql()?;
        let name = format!("{name}{}", leg.suffix);
        let plan = evolution.plan(&folder::entry_path(&this, &name));
        migrated.plan.push(plan);
        parent = migrated.entry(Some(&parent), sql, &leg.model, &this, &name);
        place = at::after(&this);
        from = leg.model;
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

/// The name of a migration of these entries: what their names begin with.
fn name_of(entries: &[Entry]) -> &str {
    let first = &entries[0].name;
    let is_shared = |name: &&str| {
        entries.iter().all(|entry| {
            let rest = entry.name.strip_prefix(name);
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('_'))
        })
    };
    let ends = first.match_indices('_').map(|(at, _)| &first[..at]);
    let shorter: Vec<&str> = ends.collect();
    let mut names = std::iter::once(first.as_str()).chain(shorter.into_iter().rev());
    names.find(is_shared).unwrap_or(first)
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
