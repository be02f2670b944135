//! Who is granted what: the declared access, as privileges on schemas, tables and columns.

use super::Grant;
use crate::map::{IndexMap, IndexSet};
use crate::model::{Access, Auth, Column, Model, Table};
use synctable::{DeleteRule, Role};

/// Every privilege on a table that Postgres 15 knows.
const EVERYTHING: [&str; 7] = [
    "select",
    "insert",
    "update",
    "delete",
    "truncate",
    "references",
    "trigger",
];

/// The roles that lose every right on a new object before it is granted anew.
///
/// Supabase gives its API roles every right on whatever is created, declared or not.
pub(crate) fn revoked(model: &Model) -> IndexSet<String> {
    let roles = &model.postgres.roles;
    let mut names = IndexSet::from_iter(["public".to_owned(), roles.client.clone()]);
    names.extend(roles.anonymous.clone());
    if model.postgres.auth == Auth::Supabase {
        names.extend(["anon".to_owned(), "authenticated".to_owned()]);
    }
    names.extend(callers(model));
    names
}

/// The roles that act for a caller: the client role, the anonymous role, and others that access rules name.
pub fn callers(model: &Model) -> IndexSet<String> {
    let roles = &model.postgres.roles;
    let mut callers = vec![&roles.client];
    let tables = model.tables.values();
    let named = tables
        .filter_map(|table| table.access.as_ref())
        .flat_map(named);
    // A few names, each named by thousands of rules: comparing is faster than hashing.
    for role in roles.anonymous.iter().chain(named) {
        if !callers.contains(&role) {
            callers.push(role);
        }
    }
    callers.into_iter().cloned().collect()
}

/// The roles that the rules of one policy name, in the order of their first mention.
pub(super) fn roles(access: &Access) -> IndexSet<&String> {
    named(access).collect()
}

/// The same, each as often as it is named.
fn named(access: &Access) -> impl Iterator<Item = &String> {
    let reads = access.read.keys().chain(access.insert.keys());
    let writes = access.update.keys().chain(access.delete.keys());
    reads.chain(writes)
}

/// The roles that use the schemas of the app: callers, the service, the role that replicates.
pub(crate) fn users(model: &Model) -> IndexSet<String> {
    let mut users = callers(model);
    users.extend(model.postgres.roles.service.clone());
    users.insert(model.postgres.roles.replication.clone());
    users
}

/// The roles that policies must not bind: who replicates, the service, and the owner where they are forced on it.
pub(crate) fn bypassing(model: &Model) -> IndexSet<String> {
    let roles = &model.postgres.roles;
    let mut names = IndexSet::from_iter([roles.replication.clone()]);
    names.extend(roles.service.clone());
    if model.postgres.owner_bypasses_rls {
        names.insert(roles.owner.clone());
    }
    names
}

/// Whether each role bypasses row-level security, of those for which it matters: callers must not.
pub(super) fn bypasses(model: &Model) -> IndexMap<String, bool> {
    let callers = callers(model).into_iter().map(|role| (role, false));
    let bypassing = bypassing(model).into_iter().map(|role| (role, true));
    callers.chain(bypassing).collect()
}

/// Whether each caller may make temporary objects: none but the service may, unless everybody does.
pub(super) fn temporary(model: &Model) -> IndexMap<String, bool> {
    let trusted = |role: &String| model.postgres.roles.service.as_ref() == Some(role);
    let callers = callers(model).into_iter().filter(|role| !trusted(role));
    match model.postgres.keep_temp {
        true => IndexMap::default(),
        false => callers.map(|role| (role, false)).collect(),
    }
}

/// Every grant on a table, callers first.
///
/// A command is granted to a caller where the access rules speak of it for the role: which rows is for the policies
/// to say. No secret column is readable, and a column of the server's is writable where its declaration lets uploads
/// carry it. A trigger sees to it that the key and immutable columns are set once: a stock connector's upsert names them,
/// with the values that they have.
pub(crate) fn of_table(
    model: &Model,
    callers: &IndexSet<String>,
    table: &Table,
    published: bool,
) -> IndexMap<String, Grant> {
    let roles = &model.postgres.roles;
    let mut grants: IndexMap<String, Grant> = callers
        .iter()
        .map(|role| (role.clone(), of_caller(table, role)))
        .collect();
    if let Some(service) = &roles.service {
        grants.insert(service.clone(), whole(&EVERYTHING));
    }
    if published {
        let replication = grants.entry(roles.replication.clone()).or_default();
        replication.table.insert("select".to_owned());
    }
    grants.retain(|_, grant| *grant != Grant::default());
    grants
}

/// Grants on a view: whoever reads it must be able to read what it reads, so a caller may where its own policies apply.
pub(super) fn of_view(
    model: &Model,
    callers: &IndexSet<String>,
    security_invoker: bool,
) -> IndexMap<String, Grant> {
    let mut grants = IndexMap::default();
    if security_invoker {
        grants.extend(
            callers
                .iter()
                .map(|role| (role.clone(), whole(&["select"]))),
        );
    }
    if let Some(service) = &model.postgres.roles.service {
        grants.insert(service.clone(), whole(&EVERYTHING));
    }
    grants
}

fn whole(privileges: &[&str]) -> Grant {
    Grant {
        table: privileges.iter().map(|one| (*one).to_owned()).collect(),
        columns: IndexMap::default(),
    }
}

fn of_caller(table: &Table, role: &str) -> Grant {
    let mut grant = Grant::default();
    let Some(access) = &table.access else {
        return grant;
    };
    if access.read.contains_key(role) {
        grant_columns(&mut grant, "select", table, |column| !column.secret);
    }
    if access.insert.contains_key(role) {
        grant_columns(&mut grant, "insert", table, Column::may_be_sent);
    }
    let upserts = upserts(access, role);
    grant_columns(&mut grant, "update", table, |column| {
        let is_set_once = column.immutable || table.key.contains(&column.name);
        let names = upserts || (access.update.contains_key(role) && !is_set_once);
        changes(table, role, column) || (names && column.may_be_sent())
    });
    let deletes = match table.delete {
        DeleteRule::Hard => access.delete.contains_key(role),
        DeleteRule::Soft => buries(table, access, role),
        DeleteRule::Denied => false,
    };
    if deletes {
        grant.table.insert("delete".to_owned());
    }
    grant
}

/// Whether the role may write `insert … on conflict do update`, which stock connectors do, with every column in it.
///
/// Postgres asks for the right to update each column that such a statement sets, whether it finds a row or not, and reads
/// the key.
pub(super) fn upserts(access: &Access, role: &str) -> bool {
    access.read.contains_key(role) && access.insert.contains_key(role)
}

/// Whether a DELETE of the role sets tombstones.
pub(super) fn buries(table: &Table, access: &Access, role: &str) -> bool {
    table.delete == DeleteRule::Soft
        && access.read.contains_key(role)
        && access.delete.contains_key(role)
}

/// Whether the role may give the column of a row that is there another value.
pub(crate) fn changes(table: &Table, role: &str, column: &Column) -> bool {
    let Some(access) = &table.access else {
        return false;
    };
    let may_change = column.uploads() && !column.immutable && !table.key.contains(&column.name);
    let by_deletion = || {
        table.delete == DeleteRule::Soft
            && access.delete.contains_key(role)
            && matches!(
                column.role,
                Some(Role::Tombstone | Role::EditedAt | Role::Device | Role::Version)
            )
    };
    may_change && (access.update.contains_key(role) || by_deletion())
}

/// Grants on the whole table where no column is left out, else by column.
fn grant_columns(
    grant: &mut Grant,
    privilege: &str,
    table: &Table,
    wanted: impl Fn(&Column) -> bool,
) {
    let all = super::lower::server_columns(table);
    let (granted, left_out): (Vec<&Column>, Vec<&Column>) = all.partition(|column| wanted(column));
    if left_out.is_empty() {
        grant.table.insert(privilege.to_owned());
    } else if !granted.is_empty() {
        let names = granted.iter().map(|column| column.name.clone()).collect();
        grant.columns.insert(privilege.to_owned(), names);
    }
}
