//! The facts about Postgres and SQLite, completed with what they are unless declared.

use super::Resolver;
use crate::declaration::{Declaration, Name};
use crate::diagnostic::{Diagnostic, Diagnostics, codes};
use crate::map::{IndexMap, IndexSet};
use crate::model::{
    Auth, CheckpointEvent, Connection, DomainDef, EnumDef, Postgres, Roles, Sqlite, Table, View,
};
use synctable::Scalar;

/// The declared facts, with the defaults of `docs/language.md`.
pub(super) fn resolve(declaration: &Declaration, cx: &mut Diagnostics) -> Postgres {
    let declared = &declaration.postgres;
    let name = |name: &Option<Name>, default: &str| {
        name.as_ref()
            .map_or_else(|| default.to_owned(), |name| name.value.clone())
    };
    let optional = |name: &Option<Name>| name.as_ref().map(|name| name.value.clone());
    let schema = name(&declared.schema, "public");
    Postgres {
        schemas: vec![schema.clone()],
        schema,
        auth: declared
            .auth
            .as_ref()
            .map_or(Auth::Supabase, |auth| auth.value),
        user_id: declared
            .user_id
            .as_ref()
            .map_or(Scalar::Uuid, |kind| kind.value),
        roles: Roles {
            client: name(&declared.roles.client, "authenticated"),
            anonymous: optional(&declared.roles.anonymous),
            owner: name(&declared.roles.owner, "postgres"),
            replication: name(&declared.roles.replication, "powersync_role"),
            service: optional(&declared.roles.service),
            bridge: optional(&declared.roles.bridge),
        },
        owner_bypasses_rls: declared.owner_bypasses_rls.is_some(),
        keep_temp: declared.keep_temp.is_some(),
        publication: name(&declared.publication, "powersync"),
        publishes_all: declared.publishes_all.is_some(),
        connections: declared
            .connections
            .as_ref()
            .map_or_else(Connection::all, |list| list.value.clone()),
        custom_checkpoints: checkpoints(declaration, cx),
    }
}

/// The events of write checkpoints; without the bridge, nobody makes any.
fn checkpoints(declaration: &Declaration, cx: &mut Diagnostics) -> Vec<CheckpointEvent> {
    let Some(events) = &declaration.postgres.custom_checkpoints else {
        return Vec::new();
    };
    if declaration.postgres.roles.bridge.is_none() {
        cx.push(
            Diagnostic::error(
                codes::CHECKPOINTS_WITHOUT_ROLE,
                "`custom_checkpoints` needs a role for the bridge, which is not declared",
            )
            .at(events.span)
            .help("add `bridge: bridge_role` to `postgres.roles`, or remove `custom_checkpoints`"),
        );
    }
    events.value.clone()
}

/// What devices with plain SQLite have; a queue that no target writes is refused.
pub(super) fn sqlite(declaration: &Declaration, cx: &mut Diagnostics) -> Sqlite {
    let queue = declaration.sqlite.queue;
    if let Some(span) = queue
        && !declaration.targets.contains_key("sqlite")
    {
        cx.push(
            Diagnostic::error(
                codes::QUEUE_WITHOUT_TARGET,
                "`queue` needs the target `sqlite`, which is not declared",
            )
            .at(span)
            .help("add `sqlite` with its folder to `targets`, or remove `queue`"),
        );
    }
    Sqlite {
        queue: queue.is_some(),
    }
}

impl Resolver<'_, '_> {
    /// The tables that mappers are wanted for, where the target names some.
    pub(super) fn mapped(&mut self) -> Option<IndexSet<String>> {
        // Only the target of the mappers takes the key.
        let targets = self.declaration.targets.values();
        let names = &targets
            .filter_map(|target| target.tables.as_ref())
            .next()?
            .value;
        let tables = &self.declaration.tables;
        for name in names
            .iter()
            .filter(|name| !tables.contains_key(&name.value))
        {
            let known = tables.keys().map(String::as_str);
            self.unknown(codes::UNKNOWN_TABLE, "table", name, known);
        }
        Some(names.iter().map(|name| name.value.clone()).collect())
    }
}

/// Every schema that holds a declared object: the default one, then in order of first use.
pub(super) fn schemas(
    postgres: &Postgres,
    enums: &IndexMap<String, EnumDef>,
    domains: &IndexMap<String, DomainDef>,
    tables: &IndexMap<String, Table>,
    views: &IndexMap<String, View>,
) -> Vec<String> {
    let mut schemas: IndexSet<&str> = IndexSet::from_iter([postgres.schema.as_str()]);
    schemas.extend(enums.values().map(|def| def.schema.as_str()));
    schemas.extend(domains.values().map(|def| def.schema.as_str()));
    schemas.extend(tables.values().map(|table| table.schema.as_str()));
    schemas.extend(views.values().map(|view| view.schema.as_str()));
    schemas.into_iter().map(str::to_owned).collect()
}
