//! Writes an entry: the first one makes everything from nothing, each other one leads on from the one before it.

use super::sum::{self, Kind, Line};
use super::{Entry, Ledger, Snapshot, at, folder};
use crate::diagnostic::{
    AT_REFUSED, Complaints, Diagnostic, ENTRY_NAME, LEDGER_STARTED, REWRITE_REFUSED,
};
use crate::entry_names::{REFINERY, SUM};
use crate::model::Model;
use crate::targets::postgres::{self, evolve};
use crate::tree::Tree;
use std::sync::Arc;

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
    /// A new entry that somebody writes by hand.
    Empty {
        /// Its name.
        name: &'a str,
        /// Its place in the order.
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

/// The name of a new entry whose file has the form that refinery reads: `V20260131120000__init.sql`.
///
/// Where the newest entry has that form, every new one gets it.
///
/// # Errors
///
/// A name that no entry can have (`D018`).
pub fn for_refinery(name: &str) -> Result<String, Diagnostic> {
    named(name)?;
    Ok(format!("{REFINERY}{name}"))
}

/// Whether an entry of this name has a file for refinery, which puts each file into a transaction.
fn is_for_refinery(name: &str) -> bool {
    name.starts_with(REFINERY)
}

/// The name of a new entry, named like those before it.
fn alike(ledger: &Ledger, name: &str) -> Result<String, Diagnostic> {
    let before = ledger.newest().map(|entry| is_for_refinery(&entry.name));
    match (before, is_for_refinery(name)) {
        (Some(false), true) => Err(Diagnostic::error(
            ENTRY_NAME,
            "`--names refinery` asks for other names than the migrations of this ledger have",
        )
        .help("remove it: new migrations are named like those before them")),
        (Some(true), false) => Ok(format!("{REFINERY}{name}")),
        _ => Ok(name.to_owned()),
    }
}

/// What `migrate` wants to write.
#[derive(Debug, Default)]
pub struct Migrated {
    /// The files, by path relative to the ledger's folder; none where nothing changes.
    pub files: Tree<'static>,
    /// Files that go, by path.
    pub removed: Vec<String>,
    /// What changes, one line each.
    pub changes: Vec<String>,
    /// What each file does that leads on from an entry, in their order.
    pub plan: Vec<evolve::FilePlan>,
    /// The model from which they lead on, where there is one.
    pub before: Option<Arc<Model>>,
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

/// The files of the entry, and the sum file with their lines: more than one where a single transaction cannot do it, or
/// would hold strong locks for long.
///
/// # Errors
///
/// A name (`D018`) or a place in the order (`D017`) that an entry cannot have; a rewrite where there is nothing to write
/// anew (`D016`) or that is of one written by hand (`D025`); what is refused of the declaration (`D019` to
/// `D024`, `D026`).
pub fn migrate(
    ledger: &Ledger,
    model: &Model,
    migration: Migration<'_>,
    choices: &Choices,
) -> Result<Migrated, Refused> {
    match migration {
        Migration::New { name, at } => {
            new(ledger, name, at)?;
            let name = alike(ledger, name)?;
            let mut draft = Draft::on(ledger);
            draft.lead(model, at, &name, choices)?;
            Ok(draft.finish())
        }
        Migration::Empty { name, at } => {
            new(ledger, name, at)?;
            let text = to_write(
                name.trim_start_matches(REFINERY),
                ledger.newest().map(Entry::path).as_deref(),
            );
            let name = alike(ledger, name)?;
            let mut draft = Draft::on(ledger);
            draft.by_hand(&text, at, &name);
            Ok(draft.finish())
        }
        Migration::Rewrite => {
            let Some((earlier, of_newest @ [first, ..])) = ledger.without_newest() else {
                return Err(Refused::Asked(
                    Diagnostic::error(LEDGER_STARTED, "there is no entry to write anew")
                        .help("run `codegen migrate --name init`"),
                ));
            };
            if first.by_hand {
                return Err(Refused::Asked(is_by_hand(first)));
            }
            let mut draft = Draft::on(&earlier);
            let names: Vec<&str> = of_newest.iter().map(|entry| entry.name.as_str()).collect();
            draft.lead(model, &first.at, name_of(&names), choices)?;
            let mut migrated = draft.finish();
            let old = of_newest.iter();
            let old = old.flat_map(|entry| [entry.path(), folder::snapshot_path(&entry.at)]);
            let is_gone = |path: &String| migrated.files.get(path).is_none();
            if !migrated.files.is_empty() {
                migrated.removed = old.filter(is_gone).collect();
            }
            Ok(migrated)
        }
    }
}

fn new(ledger: &Ledger, name: &str, at: &str) -> Result<(), Diagnostic> {
    named(name.strip_prefix(REFINERY).unwrap_or(name))?;
    placed(at)?;
    match ledger.newest() {
        Some(newest) if !at::is_later(at, &newest.at) => Err(not_later(at, newest)),
        _ => Ok(()),
    }
}

/// A ledger with the entries that are being added to it.
pub(super) struct Draft {
    ledger: Ledger,
    migrated: Migrated,
}

impl Draft {
    pub(super) fn on(ledger: &Ledger) -> Self {
        Self {
            ledger: ledger.clone(),
            migrated: Migrated::default(),
        }
    }

    /// The ledger so far.
    pub(super) fn ledger(&self) -> &Ledger {
        &self.ledger
    }

    /// The newest entry that was generated.
    fn after(&self) -> Option<String> {
        let mut entries = self.ledger.entries.iter().rev();
        entries.find(|entry| !entry.by_hand).map(Entry::path)
    }

    /// Adds the entries that lead to the model; none where nothing changes.
    pub(super) fn lead(
        &mut self,
        model: &Model,
        at: &str,
        name: &str,
        choices: &Choices,
    ) -> Result<(), Refused> {
        let so_far = self.ledger.newest_snapshot();
        match so_far.map(|snapshot| Arc::clone(&snapshot.model)) {
            None => self.first(model, at, name, choices),
            Some(so_far) => self.next(so_far, model, at, name, choices),
        }
    }

    /// The entry that makes everything.
    fn first(
        &mut self,
        model: &Model,
        at: &str,
        name: &str,
        choices: &Choices,
    ) -> Result<(), Refused> {
        let allowed = &choices.allow_drop;
        if !allowed.is_empty() {
            let nothing = evolve::evolve(model, model, allowed);
            return Err(Refused::Declared(nothing.refused));
        }
        self.migrated
            .changes
            .push("make everything from nothing".to_owned());
        let sql = postgres::parsed_baseline(model)?;
        self.generated(sql, Arc::new(model.clone()), at, name);
        Ok(())
    }

    /// The entry that leads from one model to the next.
    fn next(
        &mut self,
        so_far: Arc<Model>,
        model: &Model,
        at: &str,
        name: &str,
        choices: &Choices,
    ) -> Result<(), Refused> {
        let executed = || self.ledger.executed();
        let allowed = &choices.allow_drop;
        let (whole, executed) = evolve::evolve_executed(&so_far, executed, model, allowed);
        if !whole.refused.is_empty() {
            return Err(Refused::Declared(whole.refused));
        }
        self.migrated.before = Some(Arc::clone(&so_far));
        self.migrated.changes.extend(whole.told());
        if whole.changes.is_empty() {
            return Ok(());
        }
        let mut place = Some(at.to_owned());
        // The first file writes anew what an older version wrote otherwise.
        let mut older = Some(executed);
        let files = match is_for_refinery(name) {
            true => evolve::Files::One,
            false => choices.files,
        };
        let changes = whole.changes.clone();
        let legs = whole.legs(&so_far, model, files);
        // One file that does everything has been worked out above.
        let is_whole = |leg: &evolve::Leg| leg.suffix.is_empty() && leg.model == *model;
        let mut known = (legs.len() == 1 && legs.iter().all(is_whole)).then_some(whole);
        let mut from = so_far;
        for leg in legs {
            let Some(this) = place else {
                return Err(Refused::Asked(no_place(at)));
            };
            // What goes, goes in the file that has the migration's own name.
            let (allowed, executed): (&[String], _) = match leg.suffix.as_str() {
                "" => (&choices.allow_drop, older.take()),
                _ => (&[], None),
            };
            let executed = executed.as_ref();
            let lead = || {
                let model = &leg.model;
                evolve::lead(&from, executed, model, allowed, leg.run, &changes)
            };
            let evolution = known.take().unwrap_or_else(lead);
            if evolution.changes.is_empty() {
                // What an older version left out is of a later file.
                if executed.is_some() {
                    from = Arc::new(leg.model);
                }
                place = Some(this);
                continue;
            }
            let sql = evolution.parsed_sql()?;
            let name = format!("{name}{}", leg.suffix);
            let plan = evolution.plan(&folder::entry_path(&this, &name));
            self.migrated.plan.push(plan);
            from = Arc::new(leg.model);
            self.generated(sql, Arc::clone(&from), &this, &name);
            place = at::after(&this);
        }
        Ok(())
    }

    /// Adds a generated entry with its snapshot.
    pub(super) fn generated(&mut self, sql: String, model: Arc<Model>, at: &str, name: &str) {
        let after = self.after();
        let before = after.as_ref();
        let before = before.and_then(|path| self.ledger.snapshot_of(path));
        let (snapshot, text) = Snapshot::write(after, before, model);
        let path = folder::entry_path(at, name);
        let beside = folder::snapshot_path(at);
        self.ledger.lines.extend([
            Line::new(path.clone(), Kind::Generated, &sql),
            Line::new(beside.clone(), Kind::Snapshot, &text),
        ]);
        self.ledger.entries.push(Entry {
            at: at.to_owned(),
            name: name.to_owned(),
            sql: sql.clone(),
            by_hand: false,
            snapshot: Some(snapshot),
        });
        self.migrated.files.insert(path, sql);
        self.migrated.files.insert(beside, text);
    }

    /// Adds an entry that was written by hand.
    pub(super) fn by_hand(&mut self, sql: &str, at: &str, name: &str) {
        self.ledger.add_by_hand(at, name, sql);
        self.migrated
            .files
            .insert(folder::entry_path(at, name), sql.to_owned());
    }

    /// What has to be written; nothing where no entry was added.
    pub(super) fn finish(self) -> Migrated {
        match self.migrated.files.is_empty() {
            true => self.migrated,
            false => self.rewritten(),
        }
    }

    /// What has to be written, and the sum file in any case.
    pub(super) fn rewritten(mut self) -> Migrated {
        let sum = sum::write(&self.ledger.lines);
        self.migrated.files.insert(SUM, sum);
        self.migrated
    }
}

/// What a new entry says to whoever writes it.
fn to_write(name: &str, after: Option<&str>) -> String {
    let after = after.map_or_else(String::new, |after| format!(", after `{after}`"));
    format!(
        "-- {name}: written by hand
--
-- Write the statements below. The owner runs them once, in one transaction{after}.
-- Fill or repair rows here, and change the schema in the declaration.
-- Devices download every row again that an UPDATE touches; `edited_at` stays as it is.
-- When the text is ready, `codegen migrate --seal` records it.

set local lock_timeout = '5s';
"
    )
}

/// The name of a migration whose entries have these names: what they begin with.
pub(super) fn name_of<'a>(entries: &[&'a str]) -> &'a str {
    let first = entries.first().copied().unwrap_or_default();
    let is_shared = |name: &&str| {
        entries.iter().all(|entry| {
            let rest = entry.strip_prefix(name);
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('_'))
        })
    };
    let ends: Vec<&str> = first
        .match_indices('_')
        .map(|(at, _)| &first[..at])
        .collect();
    let mut names = std::iter::once(first).chain(ends.into_iter().rev());
    names.find(is_shared).unwrap_or(first)
}

fn named(name: &str) -> Result<(), Diagnostic> {
    let good = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
    let is_name = !name.is_empty() && !name.starts_with(REFINERY);
    if is_name && name.len() <= 100 && name.bytes().all(good) {
        return Ok(());
    }
    Err(Diagnostic::error(
        ENTRY_NAME,
        format!("`{name}` is not a valid migration name"),
    )
    .help("use up to 100 lower-case letters, digits and `_`, such as `add_tags`"))
}

pub(super) fn placed(at: &str) -> Result<(), Diagnostic> {
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

fn is_by_hand(newest: &Entry) -> Diagnostic {
    Diagnostic::error(
        REWRITE_REFUSED,
        format!("`{}` was written by hand", newest.path()),
    )
    .help("edit it, and run `codegen migrate --seal`")
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
