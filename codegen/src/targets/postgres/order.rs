//! The order of views and of hand-written SQL: what is needed comes first, else as declared.

use crate::model::{Model, SqlObject, SqlPhase, View};
use crate::targets::needed::needed_first;
use std::collections::BTreeSet;

/// Views, each after those it reads.
pub(super) fn views(model: &Model) -> Vec<&View> {
    needed_first(&model.views, |view| &view.depends_on)
}

/// Hand-written SQL that runs before the first table: what no domain has to stand for yet, and the rest.
pub(super) fn before_tables(model: &Model) -> (Vec<&SqlObject>, Vec<&SqlObject>) {
    let mut after_domains: BTreeSet<&str> = BTreeSet::new();
    let ordered = needed_first(&model.sql, |sql| &sql.depends_on);
    let early = ordered
        .into_iter()
        .filter(|sql| sql.phase == SqlPhase::BeforeTables);
    early.partition(|sql| {
        let needs_domain = sql
            .depends_on
            .iter()
            .any(|name| model.domains.contains_key(name) || after_domains.contains(name.as_str()));
        if needs_domain {
            after_domains.insert(&sql.name);
        }
        !needs_domain
    })
}

/// Hand-written SQL that runs after everything else.
pub(super) fn after_tables(model: &Model) -> Vec<&SqlObject> {
    let mut ordered = needed_first(&model.sql, |sql| &sql.depends_on);
    ordered.retain(|sql| sql.phase == SqlPhase::AfterTables);
    ordered
}
