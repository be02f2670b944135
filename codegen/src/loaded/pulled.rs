//! What devices pull.

use super::{leak, list, text};
use crate::model::Model;
use crate::targets::postgres::pull::pulled;
use synctable::Registry;
use synctable::pull::{Pull, PullRole, PullTable};

/// The statements; `None` where devices pull nothing.
pub(super) fn pull(model: &Model, registry: &'static Registry) -> Option<&'static Pull> {
    let pulled = pulled(model)?.pulled;
    let tables = pulled.tables.into_iter().map(|one| {
        let table = registry.table(&one.table).expect("it is in the registry");
        PullTable {
            table,
            key: list(one.types.iter().map(|of| text(of))),
        }
    });
    let roles = pulled.roles.into_iter().map(|role| PullRole {
        name: role.name.into(),
        state: role.state.into(),
        tables: role
            .tables
            .into_iter()
            .map(|(table, inputs)| (table, list(inputs)))
            .collect(),
    });
    Some(leak(Pull {
        version: pulled.version.into(),
        bridge: pulled.bridge.into(),
        tables: tables.collect(),
        roles: roles.collect(),
    }))
}
