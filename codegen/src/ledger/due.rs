//! Whether a migration is due: Postgres would look different than the newest entry leaves it.

use super::Ledger;
use crate::catalog::{Catalog, Difference, difference, lower};
use crate::diagnostic::{Diagnostic, MIGRATION_DUE};
use crate::model::Model;
use indexmap::IndexMap;

/// How many differences are listed before the rest is only counted.
const LISTED: usize = 10;

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
    let migrated = |model: &Model| Catalog {
        // What `storage.sql` and `setup.sql` say is no migration's.
        storage: None,
        bypasses: IndexMap::new(),
        temporary: IndexMap::new(),
        ..lower(model)
    };
    let mut changes = difference(&migrated(model), &migrated(before));
    changes.extend(written(model, before));
    if changes.is_empty() {
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
        diagnostic = diagnostic.note(change.to_string());
    }
    if changes.len() > LISTED {
        diagnostic = diagnostic.note(format!("and {} more", changes.len() - LISTED));
    }
    Some(match ledger.entries.as_slice() {
        [_] => {
            diagnostic.help("run `codegen migrate --rewrite`, if no database has to keep its rows")
        }
        _ => diagnostic.help("run `codegen migrate --name …`"),
    })
}

/// What no catalog shows as it was written: hand-written SQL and the text of views.
fn written(model: &Model, before: &Model) -> Vec<Difference> {
    let mut texts: Vec<Difference> = Vec::new();
    let names = model.sql.keys().chain(
        before
            .sql
            .keys()
            .filter(|name| !model.sql.contains_key(*name)),
    );
    for name in names {
        let text = |model: &Model| model.sql.get(name).map(|sql| sql.up.trim().to_owned());
        if text(model) != text(before) {
            texts.push(changed(
                "sql",
                name,
                text(model).is_some(),
                text(before).is_some(),
            ));
        }
    }
    for (name, view) in &model.views {
        let old = before.views.get(name);
        if old.is_some_and(|old| old.body != view.body) {
            texts.push(changed("view", name, true, true));
        }
    }
    texts
}

fn changed(what: &str, name: &str, now: bool, then: bool) -> Difference {
    Difference {
        path: vec![format!("{what} {name}")],
        wanted: now.then(|| "the declared text".to_owned()),
        found: then.then(|| "another text".to_owned()),
    }
}
