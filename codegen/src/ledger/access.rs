//! What migrations do about access that no declaration asks for.

use super::Ledger;
use crate::diagnostic::{ACCESS_UNDECLARED, Diagnostic, Diagnostics};
use crate::model::Model;
use crate::targets::postgres::executed::undeclared;

impl Ledger {
    /// Complains about statements about access that no declaration asks for (`D049`): an error in what was generated, and
    /// a warning in what was written by hand.
    pub fn access(&self, cx: &mut Diagnostics) {
        let mut before: Option<&Model> = None;
        for (index, entry) in self.entries.iter().enumerate() {
            let mut later = self.entries[index..].iter();
            let after = later.find_map(|entry| entry.snapshot.as_ref());
            let after = after.filter(|_| !entry.by_hand).map(|one| &*one.model);
            let models: Vec<&Model> = before.into_iter().chain(after).collect();
            let path = entry.path();
            for statement in undeclared(&entry.sql, &models, entry.by_hand) {
                let message = format!("`{path}` contains `{statement}`");
                cx.push(match entry.by_hand {
                    false => Diagnostic::error(
                        ACCESS_UNDECLARED,
                        format!("{message}, which the declaration does not contain"),
                    )
                    .help("restore the migration from version control")
                    .help("write the statement in the declaration, under `sql`"),
                    true => Diagnostic::warning(ACCESS_UNDECLARED, message)
                        .note("the migration was written by hand: review who gets access"),
                });
            }
            before = after.or(before);
        }
    }
}
