//! From one schema to the next: what changes, what is refused, and the SQL that does it.
//!
//! Two models are lowered, and what differs between them is decided as a list of [`Change`]s; everything that is told or
//! printed is made of these.
//!
//! ```text
//! model so far ─┐           ┌─ renames (`was`)
//!               ├─ Side ─ compare ─▶ Change… ─┬─ refuse: what would lose data, or guess
//! model now ────┘                             └─ print: statements, each with its step
//! ```

mod change;
mod compare;
mod print;
mod refuse;
mod renames;
mod side;

pub use change::{Change, ColumnChange, Commented, Fate, Object, PartChange, PartKind, TypeChange};

use super::executed::Executed;
use super::sql::qualified;
use super::verify;
use crate::diagnostic::{Complaints, Diagnostic};
use crate::model::{EnumDef, Model};
use renames::Renames;
use side::Side;
use std::collections::BTreeSet;
use synctable::EnumStorage;

/// What leads from one schema to the next.
#[derive(Debug)]
#[must_use = "the complaints have to be placed"]
pub struct Evolution {
    /// What changes.
    pub changes: Vec<Change>,
    /// What is refused.
    pub refused: Complaints,
    /// The statements; none where something is refused.
    statements: String,
    app: String,
}

/// How long a statement waits for a lock before the migration is given up, with nothing changed.
///
/// One that waits for a lock on a table already stops everybody who comes after it.
const LOCK_TIMEOUT: &str = "5s";

/// What leads from the schema of one model to that of another; `allowed` names tables (`notes`) and columns (`notes.title`)
/// that may go with their data.
pub fn evolve(before: &Model, after: &Model, allowed: &[String]) -> Evolution {
    lead(before, None, after, allowed)
}

/// The same from what migrations executed, which an older version of this program may have written otherwise.
pub fn evolve_executed(
    before: &Model,
    executed: &Executed,
    after: &Model,
    allowed: &[String],
) -> Evolution {
    lead(before, Some(executed), after, allowed)
}

/// Whether this version writes something otherwise than the migrations that led to this model.
pub fn is_written_otherwise(model: &Model, executed: &Executed) -> bool {
    Side::new(model).remember(executed)
}

/// The tables and columns that go from one schema to the next, as flags name them.
pub(crate) fn dropped(before: &Model, after: &Model) -> Vec<String> {
    let changes = evolve(before, after, &[]).changes;
    let names = changes.into_iter().filter_map(|change| match change {
        Change::DropTable(name) => Some(name.name),
        Change::Column {
            table,
            column,
            change: ColumnChange::Drop,
        } => Some(format!("{}.{column}", table.name)),
        _ => None,
    });
    names.collect()
}

fn lead(
    before: &Model,
    executed: Option<&Executed>,
    after: &Model,
    allowed: &[String],
) -> Evolution {
    let mut refused = Complaints::new();
    let renames = Renames::of(before, after, &mut refused);
    let (mut before, after) = (Side::new(before), Side::new(after));
    if let Some(executed) = executed {
        before.remember(executed);
    }
    let changes = compare::compare(&before, &after, &renames);
    // What follows from a name that means nothing is not reported as another mistake.
    if refused.is_empty() {
        refuse::refuse(&before, &after, &renames, &changes, allowed, &mut refused);
    }
    let statements = match refused.is_empty() {
        true => print::statements(&before, &after, &changes),
        false => String::new(),
    };
    Evolution {
        changes,
        refused,
        statements,
        app: after.model.app.clone(),
    }
}

impl Evolution {
    /// The migration; ends with a newline.
    pub fn sql(&self) -> String {
        let mut text = format!("-- {}: what changes\n--\n", self.app);
        for change in self.told() {
            text += &format!("-- {}\n", one_line(&change));
        }
        text += "--\n-- The owner applies it, once, in one transaction.\n\n";
        text += &format!("set local lock_timeout = '{LOCK_TIMEOUT}';\n");
        text + &self.statements
    }

    /// What changes, in words, one line each.
    ///
    /// What is only made anew goes without saying, and so does what belongs to a table that comes, goes or gets another name.
    pub fn told(&self) -> Vec<String> {
        let whole: BTreeSet<String> = self
            .changes
            .iter()
            .flat_map(|change| match change {
                Change::AddTable(name) | Change::DropTable(name) => vec![qualified(name)],
                Change::RenameTable { from, to } => vec![qualified(from), qualified(to)],
                _ => Vec::new(),
            })
            .collect();
        let is_told = |change: &&Change| match change {
            Change::Object { object, fate } => {
                *fate != Fate::InTheWay
                    && !object.table().is_some_and(|table| whole.contains(table))
            }
            _ => true,
        };
        let told = self.changes.iter().filter(is_told);
        told.map(ToString::to_string).collect()
    }

    /// The migration, once a Postgres parser reads it.
    ///
    /// # Errors
    ///
    /// A mistake in a printer of ours (`E009`).
    pub(crate) fn parsed_sql(&self) -> Result<String, Diagnostic> {
        let text = self.sql();
        match verify::mistake(&text) {
            None => Ok(text),
            Some(mistake) => Err(mistake),
        }
    }
}

/// A name may hold a line break, and a comment ends with one.
fn one_line(text: &str) -> String {
    text.replace(['\n', '\r'], " ")
}

/// The model so far with the labels that its enums get, where there are any and something else changes too: Postgres uses no
/// label in the transaction that adds it.
pub(crate) fn with_labels(before: &Model, after: &Model, changes: &[Change]) -> Option<Model> {
    let is_label = |change: &Change| {
        matches!(
            change,
            Change::Type {
                change: TypeChange::AddLabel { .. },
                ..
            }
        )
    };
    if !changes.iter().any(is_label) || changes.iter().all(is_label) {
        return None;
    }
    let mut between = before.clone();
    for (name, new) in &after.enums {
        let was = new
            .was
            .as_ref()
            .filter(|was| between.enums.contains_key(*was));
        let native = |one: &EnumDef| one.storage == EnumStorage::Native;
        if let Some(old) = between.enums.get_mut(was.unwrap_or(name))
            && native(old)
            && native(new)
        {
            old.labels.clone_from(&new.labels);
        }
    }
    Some(between)
}
