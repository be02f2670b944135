//! What devices pull.

use super::{leak, list};
use crate::model::Model;
use crate::targets::postgres::pull::pulled;
use synctable::Registry;
use synctable::pull::{Pull, PullRole, PullTable};

/// The statements; `None` where devices pull nothing.
pub(super) fn pull(model: &Model, registry: &'static Registry) -> Option<&'static Pull> {
    let pulled = pulled(model)?.pulled;
    let tables = pulled.tables.into_iter().map(|one| {
        let table = registry.table(&one.table).expect("it is in the registry");
        let column = |name: &str| {
            let mut columns = table.columns.iter().copied();
            columns.find(|column| column.name == name)
        };
        let columns = one.columns.iter();
        PullTable {
            table,
            columns: columns
                .map(|declared| column(declared).expect("it is in the registry"))
                .collect(),
            changed: one.changed.into(),
            changed_after: one.changed_after.into(),
            whole: one.whole.into(),
            whole_after: one.whole_after.into(),
            now: one.now.into(),
            gone: one.gone.into(),
        }
    });
    let roles = pulled.roles.into_iter().map(|role| PullRole {
        name: role.name.into(),
        state: role.state.into(),
        busy: role.busy.into(),
        tables: role
            .tables
            .into_iter()
            .map(|(table, inputs)| (table, list(inputs)))
            .collect(),
    });
    Some(leak(Pull {
        version: pulled.version.into(),
        tables: tables.collect(),
        roles: roles.collect(),
    }))
}
