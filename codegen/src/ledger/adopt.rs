//! The first entry of a ledger whose database was there before it.

use super::Ledger;
use super::migrate::{Draft, Migrated, placed};
use crate::diagnostic::Diagnostic;
use crate::model::Model;
use crate::targets::postgres;
use std::sync::Arc;

/// The name of the entry.
const NAME: &str = "adopted";

/// The files of a ledger whose first entry is what an adopted database has: nothing is run on that, and an empty database
/// gets the same.
///
/// # Errors
///
/// A place in the order that an entry cannot have (`D017`), and a mistake in a printer of ours (`E009`).
pub fn adopt(model: &Model, at: &str) -> Result<Migrated, Diagnostic> {
    placed(at)?;
    let sql = postgres::parsed_baseline(model)?;
    let mut draft = Draft::on(&Ledger::default());
    draft.generated(sql, Arc::new(model.clone()), at, NAME);
    Ok(draft.finish())
}
