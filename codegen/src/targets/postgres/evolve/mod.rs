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

mod cast;
mod change;
mod compare;
mod config;
mod effect;
mod lock;
mod path;
mod print;
mod refuse;
mod remade;
mod remembered;
mod renames;
mod rows;
mod seeds;
mod side;
mod told;

pub use change::{
    Change, ColumnChange, Commented, Fate, Object, PartChange, PartKind, RowsChange, SeedsChange,
    TypeChange,
};
pub use effect::{Rollout, Sync};
pub use lock::{Lock, LockMode, Wait, Work};
pub use path::{Files, Leg};
pub use print::Run;
pub use told::{ChangePlan, FilePlan, LockPlan};

use super::executed::Executed;
use super::sql::qualified;
use super::verify;
use crate::catalog::{Catalog, Name};
use crate::diagnostic::{Complaints, Diagnostic};
use crate::model::Model;
use crate::parallel;
use print::Statement;
use renames::Renames;
use side::Side;
use std::collections::BTreeSet;

/// What leads from one schema to the next.
#[derive(Debug)]
#[must_use = "the complaints have to be placed"]
pub struct Evolution {
    /// What changes.
    pub changes: Vec<Change>,
    /// What is refused.
    pub refused: Complaints,
    /// When each change can be rolled out, and what the sync service does because of it.
    pub effects: Vec<Effect>,
    /// The statements; none where something is refused.
    statements: Vec<Statement>,
    run: Run,
    app: String,
    /// The catalog afterwards.
    lowered: Catalog,
}

/// What a change means for devices.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Effect {
    /// When it can be rolled out.
    pub rollout: Rollout,
    /// What the sync service does, where it does anything.
    pub sync: Option<Sync>,
}

/// How long a statement waits for a lock before the migration is given up, with nothing changed.
///
/// One that waits for a lock on a table already stops everybody who comes after it.
const LOCK_TIMEOUT: &str = "5s";

/// What leads from the schema of one model to that of another; `allowed` names tables (`notes`) and columns (`notes.title`)
/// that may go with their data.
pub fn evolve(before: &Model, after: &Model, allowed: &[String]) -> Evolution {
    lead(before, None, after, allowed, Run::Together, &[])
}

/// The same as a file that runs in a certain way; `whole` are all changes of its migration, where it has several files.
pub fn evolve_by(
    before: &Model,
    after: &Model,
    allowed: &[String],
    run: Run,
    whole: &[Change],
) -> Evolution {
    lead(before, None, after, allowed, run, whole)
}

/// The same from what migrations executed, which an older version of this program may have written otherwise.
///
/// Both models are lowered while `executed` reads the migrations.
pub fn evolve_executed(
    before: &Model,
    executed: impl FnOnce() -> Executed + Send,
    after: &Model,
    allowed: &[String],
) -> (Evolution, Executed) {
    let (executed, sides) = parallel::both(executed, || Sides::new(before, after));
    let evolution = sides.lead(Some(&executed), allowed, Run::Together, &[]);
    (evolution, executed)
}

/// Whether this version writes something otherwise than the migrations that led to this model.
pub fn is_written_otherwise(model: &Model, executed: impl FnOnce() -> Executed + Send) -> bool {
    Side::differs(model, executed)
}

/// The tables, columns and seeds that go from one schema to the next, as flags name them.
pub(crate) fn dropped(before: &Model, after: &Model) -> Vec<String> {
    let changes = evolve(before, after, &[]).changes;
    let names = changes.into_iter().flat_map(|change| match change {
        Change::DropTable(name) => vec![name.name],
        Change::Column {
            table,
            column,
            change: ColumnChange::Drop | ColumnChange::Compute,
        } => vec![format!("{}.{column}", table.name)],
        Change::Seeds {
            table,
            names,
            change: SeedsChange::Remove,
        } => {
            let seeds = names.iter();
            seeds.map(|seed| format!("{}:{seed}", table.name)).collect()
        }
        _ => Vec::new(),
    });
    names.collect()
}

pub(crate) fn lead(
    before: &Model,
    executed: Option<&Executed>,
    after: &Model,
    allowed: &[String],
    run: Run,
    whole: &[Change],
) -> Evolution {
    Sides::new(before, after).lead(executed, allowed, run, whole)
}

/// Two schemas, lowered.
struct Sides<'m> {
    before: Side<'m>,
    after: Side<'m>,
}

impl<'m> Sides<'m> {
    fn new(before: &'m Model, after: &'m Model) -> Self {
        let (before, after) = parallel::both(|| Side::new(before), || Side::new(after));
        Self { before, after }
    }

    fn lead(
        self,
        executed: Option<&Executed>,
        allowed: &[String],
        run: Run,
        whole: &[Change],
    ) -> Evolution {
        let Self { mut before, after } = self;
        let mut refused = Complaints::new();
        let renames = Renames::of(before.model, after.model, &mut refused);
        if let Some(executed) = executed {
            before.remember(executed);
        }
        let changes = compare::compare(&before, &after, &renames);
        // What follows from a name that means nothing is not reported as another mistake.
        if refused.is_empty() {
            refuse::refuse(&before, &after, &renames, &changes, allowed, &mut refused);
        }
        let statements = match refused.is_empty() {
            true => print::statements(&before, &after, &renames, &changes, run),
            false => Vec::new(),
        };
        let migration = match whole {
            [] => &changes,
            whole => whole,
        };
        let effect = |change| Effect {
            rollout: effect::rollout(&after, migration, change),
            sync: effect::sync(&before, &after, change),
        };
        Evolution {
            effects: changes.iter().map(effect).collect(),
            changes,
            refused,
            statements,
            run,
            app: after.model.app.clone(),
            lowered: after.catalog,
        }
    }
}

impl Evolution {
    /// The files that lead from one model to the other, in order.
    pub(crate) fn legs(&self, before: &Model, after: &Model, files: Files) -> Vec<Leg> {
        path::legs(before, after, &self.lowered, &self.changes, files)
    }

    /// The migration; ends with a newline.
    pub fn sql(&self) -> String {
        // A runner finds this in the first line only.
        let mut text = match self.run {
            Run::Together => String::new(),
            Run::Alone => "-- no-transaction\n".to_owned(),
        };
        text += &format!("-- {}: what changes\n--\n", self.app);
        for change in self.told() {
            text += &format!("-- {}\n", one_line(&change));
        }
        let waits = self.waits();
        if !waits.is_empty() {
            text += "--\n-- Locks:\n";
            for wait in &waits {
                text += &format!("--   {}\n", one_line(&wait.to_string()));
            }
        }
        let sync = self.sync();
        if !sync.is_empty() {
            text += "--\n-- Sync:\n";
            for one in &sync {
                text += &format!("--   {}\n", one_line(&one.to_string()));
            }
        }
        text += "--\n";
        text += match self.run {
            Run::Together => "-- The owner applies it, once, in one transaction.\n\n",
            Run::Alone => "-- The owner applies it, once, outside of a transaction.\n",
        };
        for index in self.built_alone() {
            text += "-- If it stops half-way, Postgres keeps an index that it does not use. Drop that, and run this again:\n";
            text += &format!("--   drop index {};\n", one_line(&index));
        }
        if self.run == Run::Together {
            text += &format!("set local lock_timeout = '{LOCK_TIMEOUT}';\n");
        }
        text + &print::text(&self.statements)
    }

    /// The indexes that are built outside of a transaction.
    fn built_alone(&self) -> Vec<String> {
        let built = self.changes.iter().filter_map(|change| match change {
            Change::Part {
                table,
                name,
                change: PartChange::Add,
                ..
            } if self.run == Run::Alone => Some(qualified(&Name::new(&table.schema, name))),
            _ => None,
        });
        built.collect()
    }

    /// What the sync service does, each once.
    #[must_use]
    pub fn sync(&self) -> BTreeSet<&Sync> {
        let effects = self.effects.iter();
        effects.filter_map(|effect| effect.sync.as_ref()).collect()
    }

    /// Who waits while it runs, and how long.
    #[must_use]
    pub fn waits(&self) -> Vec<Wait> {
        let statements = self.statements.iter();
        let locks: Vec<&[Lock]> = statements.map(|one| one.locks.as_slice()).collect();
        Wait::all(&locks)
    }

    /// What is locked while it runs, by the names that tables have afterwards.
    #[must_use]
    pub fn locks(&self) -> Vec<Lock> {
        Lock::together(
            self.statements
                .iter()
                .flat_map(|statement| &statement.locks),
        )
    }

    /// What one of the changes locks.
    #[must_use]
    pub fn locks_of(&self, change: usize) -> Vec<Lock> {
        let statements = self.statements.iter();
        let of = statements.filter(|statement| statement.change == change);
        Lock::together(of.flat_map(|statement| &statement.locks))
    }

    /// What changes, in words, one line each.
    pub fn told(&self) -> Vec<String> {
        let is_told = self.is_told();
        let told = self.changes.iter().filter(|change| is_told(change));
        told.map(ToString::to_string).collect()
    }

    /// What is only made anew is not told, and neither is what belongs to a table that comes, goes or gets another name.
    fn is_told(&self) -> impl Fn(&Change) -> bool + use<> {
        let whole: BTreeSet<String> = self
            .changes
            .iter()
            .flat_map(|change| match change {
                Change::AddTable(name) | Change::DropTable(name) => vec![qualified(name)],
                Change::RenameTable { from, to } => vec![qualified(from), qualified(to)],
                _ => Vec::new(),
            })
            .collect();
        move |change| match change {
            Change::Object { object, fate } => {
                *fate != Fate::InTheWay
                    && !object.table().is_some_and(|table| whole.contains(table))
            }
            _ => true,
        }
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
