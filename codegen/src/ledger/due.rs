//! Whether a migration is due: Postgres would look different than the newest entry leaves it.

use super::Ledger;
use crate::diagnostic::{Diagnostic, Diagnostics, MIGRATION_DUE};
use crate::model::Model;
use crate::targets::postgres::evolve::evolve;

/// How many changes are listed before the rest is only counted.
const LISTED: usize = 20;

/// Says that a migration is due (`D010`), and why; `None` where the newest entry leads to this model.
///
/// Compared is what Postgres sees: tables and all that belongs to them, and hand-written SQL.
/// A stream, a name on the device or a doc that is no comment asks for no migration.
pub fn due(ledger: &Ledger, model: &Model) -> Option<Diagnostic> {
    let Some(newest) = ledger.newest() else {
        return Some(
            Diagnostic::error(MIGRATION_DUE, "the first migration is due")
                .help("run `codegen migrate --name init`"),
        );
    };
    let before = &newest.snapshot.model;
    if model == before {
        return None;
    }
    let evolution = evolve(before, model, &[]);
    let changes = evolution.told();
    let is_same = evolution.changes.is_empty();
    let mut refused = Diagnostics::new();
    evolution.refused.resolve(|_| None, &mut refused);
    let refused = refused.into_sorted();
    if is_same && refused.is_empty() {
        return None;
    }
    let mut diagnostic = Diagnostic::error(
        MIGRATION_DUE,
        format!(
            "a migration is due: the schema after `{}` differs from the declaration",
            newest.path()
        ),
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
    Some(diagnostic.help("run `codegen migrate --name …`, which says what it needs to know"))
}
