//! Writes an entry: so far the first one, which makes everything from nothing.

use super::{Ledger, Snapshot, folder};
use crate::diagnostic::{AT_REFUSED, Diagnostic, ENTRY_NAME, LEDGER_STARTED};
use crate::model::Model;
use crate::targets::postgres;
use crate::tree::Tree;

/// Where the first entry stands in the order, unless somebody says otherwise; no clock is asked.
pub const FIRST_AT: &str = "20200101000000";

/// What is asked of `migrate`.
#[derive(Clone, Copy, Debug)]
pub enum Migration<'a> {
    /// A new entry.
    New {
        /// Its name: lower-case letters, digits and `_`.
        name: &'a str,
        /// Its place in the order, 14 digits; the newest plus one where absent.
        at: Option<&'a str>,
    },
    /// The only entry, written anew from the model.
    Rewrite,
}

/// The files of the entry, by path relative to the ledger's folder.
///
/// # Errors
///
/// A name (`D018`) or a place in the order (`D017`) that an entry cannot have; an entry after the first (`D016`), which
/// this version does not write; a rewrite of anything but the only entry (`D016`).
pub fn migrate(
    ledger: &Ledger,
    model: &Model,
    migration: Migration<'_>,
) -> Result<Tree<'static>, Diagnostic> {
    match (migration, ledger.entries.as_slice()) {
        (Migration::New { name, at }, []) => {
            let at = at.unwrap_or(FIRST_AT);
            named(name)?;
            placed(at)?;
            first(model, at, name)
        }
        (Migration::New { .. }, [.., newest]) => Err(Diagnostic::error(
            LEDGER_STARTED,
            format!(
                "the ledger already has the entry `{}`, and this version can only write the first entry",
                newest.path()
            ),
        )
        .help("if no database has to keep its rows, rewrite that entry: `codegen migrate --rewrite`")),
        (Migration::Rewrite, [only]) => first(model, &only.at, &only.name),
        (Migration::Rewrite, []) => Err(Diagnostic::error(
            LEDGER_STARTED,
            "the ledger has no entry to rewrite",
        )
        .help("run `codegen migrate --name init`")),
        (Migration::Rewrite, [.., newest]) => Err(Diagnostic::error(
            LEDGER_STARTED,
            format!(
                "`{}` continues other entries, and this version can only rewrite the first entry",
                newest.path()
            ),
        )
        .help("restore the ledger from version control")),
    }
}

fn first(model: &Model, at: &str, name: &str) -> Result<Tree<'static>, Diagnostic> {
    let sql = postgres::parsed_baseline(model)?;
    let snapshot = Snapshot::new(None, &sql, model).write();
    let mut tree = Tree::new();
    tree.insert(folder::entry_path(at, name), sql);
    tree.insert(folder::snapshot_path(at), snapshot);
    Ok(tree)
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
    Err(Diagnostic::error(
        AT_REFUSED,
        format!("`{at}` is not a 14-digit migration timestamp"),
    )
    .help("write 14 digits, year to second, such as `20261201090000`"))
}
