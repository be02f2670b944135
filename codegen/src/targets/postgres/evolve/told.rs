//! A file of a migration in words and in values, for whoever looks at it before it runs.

use super::print::Run;
use super::{Evolution, Lock, Rollout};
use serde::Serialize;

/// What a file does, whom it stops, and what devices get of it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct FilePlan {
    /// The file.
    pub file: String,
    /// Whether it runs in one transaction.
    pub transaction: bool,
    /// When it can be rolled out.
    pub rollout: Rollout,
    /// What changes.
    pub changes: Vec<ChangePlan>,
    /// Who waits for which table, and while what happens.
    pub waits: Vec<String>,
    /// What the sync service does.
    pub sync: Vec<String>,
}

/// One change.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ChangePlan {
    /// In words.
    pub change: String,
    /// When it can be rolled out.
    pub rollout: Rollout,
    /// What it locks.
    pub locks: Vec<LockPlan>,
    /// What the sync service does because of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sync: Option<String>,
}

/// One lock.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct LockPlan {
    /// The table, `schema.name`.
    pub table: String,
    /// As Postgres names it, in `pg_locks`.
    pub mode: &'static str,
    /// Who waits, and while what happens.
    pub text: String,
}

impl Evolution {
    /// What is told of the file of this name.
    #[must_use]
    pub fn plan(&self, file: &str) -> FilePlan {
        let told = self.is_told();
        let changes: Vec<ChangePlan> = self
            .changes
            .iter()
            .enumerate()
            .filter(|(_, change)| told(change))
            .map(|(index, change)| ChangePlan {
                change: change.to_string(),
                rollout: self.effects[index].rollout,
                locks: self.locks_of(index).iter().map(lock).collect(),
                sync: self.effects[index].sync.as_ref().map(ToString::to_string),
            })
            .collect();
        FilePlan {
            file: file.to_owned(),
            transaction: self.run == Run::Together,
            rollout: self.rollout(),
            changes,
            waits: self.waits().iter().map(ToString::to_string).collect(),
            sync: self.sync().iter().map(ToString::to_string).collect(),
        }
    }

    /// When the whole file can be rolled out.
    #[must_use]
    pub fn rollout(&self) -> Rollout {
        let effects = self.effects.iter().map(|effect| effect.rollout);
        effects.max().unwrap_or(Rollout::Expand)
    }
}

fn lock(lock: &Lock) -> LockPlan {
    LockPlan {
        table: format!("{}.{}", lock.table.schema, lock.table.name),
        mode: lock.mode.postgres(),
        text: lock.to_string(),
    }
}
