//! What a statement holds of a table while it runs, and until its transaction ends.

use crate::catalog::Name;
use std::collections::BTreeMap;
use std::fmt;

/// How strongly a table is held, the weakest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum LockMode {
    /// `row share`: nobody waits but who drops or locks the table.
    RowShare,
    /// `row exclusive`: who changes the same rows waits.
    RowExclusive,
    /// `share update exclusive`: who reads and writes does not wait, another change of the schema does.
    ShareUpdateExclusive,
    /// `share`: who writes waits.
    Share,
    /// `share row exclusive`: who writes waits.
    ShareRowExclusive,
    /// `access exclusive`: who reads or writes waits.
    AccessExclusive,
}

impl LockMode {
    /// As Postgres names it, in `pg_locks`.
    #[must_use]
    pub const fn postgres(self) -> &'static str {
        match self {
            Self::RowShare => "RowShareLock",
            Self::RowExclusive => "RowExclusiveLock",
            Self::ShareUpdateExclusive => "ShareUpdateExclusiveLock",
            Self::Share => "ShareLock",
            Self::ShareRowExclusive => "ShareRowExclusiveLock",
            Self::AccessExclusive => "AccessExclusiveLock",
        }
    }

    /// Who waits.
    #[must_use]
    pub const fn waiting(self) -> &'static str {
        match self {
            Self::RowExclusive => "writers of the same rows wait",
            Self::RowShare | Self::ShareUpdateExclusive => "nobody waits",
            Self::Share | Self::ShareRowExclusive => "writers wait",
            Self::AccessExclusive => "readers and writers wait",
        }
    }
}

/// How long a statement takes, the shortest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Work {
    /// It changes the catalog alone.
    Instant,
    /// It reads every row.
    Scan,
    /// It reads every row and builds an index.
    Build,
    /// It updates rows, which replication sends.
    Update,
    /// It writes the table and its indexes anew, of which replication sends nothing.
    Rewrite,
}

impl Work {
    /// While what happens, in words; `of` says to which table where that is another one.
    fn during(self, of: &str) -> String {
        match self {
            Self::Instant => "for an instant".to_owned(),
            Self::Scan => format!("while every row{of} is read"),
            Self::Build => format!("while an index{of} is built"),
            Self::Update => format!("while rows{of} are updated"),
            Self::Rewrite => format!("while every row{of} is written anew"),
        }
    }
}

/// A lock on a table, by the name that it has afterwards, or had where it goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lock {
    /// The table or view.
    pub table: Name,
    /// How strongly it is held.
    pub mode: LockMode,
    /// For how long.
    pub work: Work,
}

impl Lock {
    pub(super) fn new(table: &Name, mode: LockMode, work: Work) -> Self {
        Self {
            table: table.clone(),
            mode,
            work,
        }
    }

    /// What is held in the end of all these, a lock for each table.
    #[must_use]
    pub fn together<'a>(locks: impl IntoIterator<Item = &'a Self>) -> Vec<Self> {
        let mut tables: BTreeMap<&Name, Self> = BTreeMap::new();
        for lock in locks {
            let held = tables.entry(&lock.table).or_insert_with(|| lock.clone());
            held.mode = held.mode.max(lock.mode);
            held.work = held.work.max(lock.work);
        }
        tables.into_values().collect()
    }
}

/// Who waits for a table of a file, and while what happens: a lock is held until its transaction ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wait {
    /// The table or view.
    pub table: Name,
    /// How strongly it is held.
    pub mode: LockMode,
    /// The longest that happens from then on.
    pub work: Work,
    /// The table to which that happens.
    pub of: Name,
}

impl Wait {
    /// The waits of statements in their order, each with its locks: for each table the strongest, and weaker ones that last
    /// longer.
    pub(super) fn all(statements: &[&[Lock]]) -> Vec<Self> {
        let mut longest: Option<(Work, &Name)> = None;
        let mut waits: BTreeMap<&Name, BTreeMap<LockMode, Self>> = BTreeMap::new();
        for locks in statements.iter().rev() {
            for lock in *locks {
                if longest.is_none_or(|(work, _)| work < lock.work) {
                    longest = Some((lock.work, &lock.table));
                }
            }
            for lock in *locks {
                let (work, of) = longest.unwrap_or((lock.work, &lock.table));
                let wait = Self {
                    table: lock.table.clone(),
                    mode: lock.mode,
                    work,
                    // Its own work comes first.
                    of: if work == lock.work { &lock.table } else { of }.clone(),
                };
                // An earlier statement holds it longer.
                waits
                    .entry(&lock.table)
                    .or_default()
                    .insert(lock.mode, wait);
            }
        }
        let mut all = Vec::new();
        for modes in waits.into_values() {
            let mut last: Option<Work> = None;
            for wait in modes.into_values().rev() {
                if last.is_none_or(|work| work < wait.work) {
                    last = Some(wait.work);
                    all.push(wait);
                }
            }
        }
        all
    }
}

impl fmt::Display for Wait {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (waiting, table) = (self.mode.waiting(), &self.table.name);
        let of = match self.of == self.table {
            true => String::new(),
            false => format!(" of `{}`", self.of.name),
        };
        write!(f, "`{table}`: {waiting}, {}", self.work.during(&of))
    }
}

impl fmt::Display for Lock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (waiting, during) = (self.mode.waiting(), self.work.during(""));
        write!(f, "`{}`: {waiting}, {during}", self.table.name)
    }
}
