//! Whether a migration is due: Postgres would look different than the newest entry leaves it.

use super::Ledger;
use crate::diagnostic::{Diagnostic, Diagnostics, MIGRATION_DUE};
use crate::model::Model;
use crate::targets::postgres::evolve::{evolve, evolve_executed, is_written_otherwise};

/// How many changes are listed before the rest is only counted.
const LISTED: usize = 20;

/// Whether a model is that of an adopted database, which keeps what it has until something changes.
pub(crate) fn is_adopted(newest: &Model, model: &Model) -> bool {
    newest.pending.adopted.is_some() && {
        let mut declared = newest.clone();
        declared.pending.adopted = None;
        declared == *model
    }
}

/// Says that a migration is due (`D010`), and why; `None` where the newest entry leads to this model.
///
/// Compared is what Postgres sees: tables and all that belongs to them, and hand-written SQL.
/// A stream, a name on the device or a doc that is no comment asks for no migration.
pub fn due(ledger: &Ledger, model: &Model) -> Option<Diagnostic> {
    let (Some(newest), Some(before)) = (ledger.newest(), ledger.model()) else {
        return Some(
            Diagnostic::error(MIGRATION_DUE, "the first migration is due")
                .help("run `codegen migrate --name init`"),
        );
    };
    if is_adopted(before, model) {
        return None;
    }
    let executed = || ledger.executed();
    if model == before && !is_written_otherwise(model, executed) {
        return None;
    }
    let (evolution, _) = evolve_executed(before, executed, model, &[]);
    let changes = evolution.told();
    let is_same = evolution.changes.is_empty();
    let mut refused = Diagnostics::new();
    evolution.refused.resolve(|_| None, &mut refused);
    let refused = refused.into_sorted();
    if is_same && refused.is_empty() {
        return None;
    }
    let declared = evolve(before, model, &[]);
    let is_same_schema = declared.changes.is_empty() && declared.refused.is_empty();
    let path = newest.path();
    let mut diagnostic = Diagnostic::error(
        MIGRATION_DUE,
        match is_same_schema {
            false => {
                format!(
                    "a migration is due: the schema after `{path}` differs from the declaration"
                )
            }
            true => format!(
                "a migration is due: this version of `codegen` writes other SQL than the migrations up to `{path}` executed"
            ),
        },
    );
    for change in changes.iter().take(LISTED) {
        diagnostic = diagnostic.note(change);
    }
    if changes.len() > LISTED {
        diagnostic = diagnostic.note(format!("and {} more", changes.len() - LISTED));
    }
    for one in &refused {
        diagnostic = diagnostic.note(format!("{}: {}", one.code, one.message));
    }
    if is_same_schema {
        diagnostic = diagnostic
            .note("if you did not update `codegen`, somebody may have edited a migration");
    }
    Some(diagnostic.help("run `codegen migrate --name …`, which says what it needs to know"))
}
