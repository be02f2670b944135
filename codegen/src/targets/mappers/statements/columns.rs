//! Which columns of a table statements write, compare and look for.

use crate::model::{Arbiter, Column, DefaultValue, Expr, Model, Table};
use synctable::{DeleteRule, Role};

/// A table as its statements see it.
pub(super) struct Facts<'a> {
    pub(super) model: &'a Model,
    pub(super) table: &'a Table,
    /// What a new row brings: the key, then what devices upload.
    pub(super) put: Vec<&'a Column>,
    /// Those of them that an upload may leave out.
    pub(super) open: Vec<&'a Column>,
    /// What the server fills and an upload may say all the same: it is compared and never written.
    pub(super) told: Vec<&'a Column>,
    /// What a change may give a new value.
    pub(super) patch: Vec<&'a Column>,
    /// The key.
    pub(super) key: Vec<&'a Column>,
    /// The columns by which an upsert finds a row.
    pub(super) target: Vec<&'a Column>,
    pub(super) edited_at: Option<&'a Column>,
    pub(super) device: Option<&'a Column>,
    pub(super) tombstone: Option<&'a Column>,
    pub(super) version: Option<&'a Column>,
    /// What devices tell of the row before, other than its version.
    pub(super) tracked: Vec<&'a Column>,
}

impl<'a> Facts<'a> {
    pub(super) fn of(model: &'a Model, table: &'a Table) -> Self {
        let columns = || table.columns.values();
        let is_key = |column: &Column| table.key.contains(&column.name);
        let by_name = |names: &[String]| names.iter().map(|name| &table.columns[name]).collect();
        let role = |role: Role| table.on_server(role);
        let is_version = |column: &Column| column.role == Some(Role::Version);
        let put = || columns().filter(|column| is_key(column) || column.uploads());
        // Every release gives what a row cannot be without.
        let is_open =
            |column: &&Column| !is_key(column) && (column.nullable || column.default.is_some());
        Facts {
            model,
            table,
            put: put().collect(),
            open: put().filter(is_open).collect(),
            told: columns()
                .filter(|column| column.is_verified() && !is_key(column))
                .collect(),
            patch: columns()
                .filter(|column| {
                    column.uploads() && !is_key(column) && !column.immutable && !is_version(column)
                })
                .collect(),
            key: by_name(&table.key),
            target: by_name(&table.upsert_on),
            edited_at: role(Role::EditedAt),
            device: role(Role::Device),
            tombstone: role(Role::Tombstone),
            version: role(Role::Version),
            tracked: columns()
                .filter(|column| table.client.track_previous.contains(&column.name))
                .filter(|column| !is_version(column) && !is_key(column))
                .filter(|column| column.direction.on_server() && column.generated.is_none())
                .collect(),
        }
    }

    /// The role that devices write as.
    pub(super) fn client(&self) -> &'a str {
        &self.model.postgres.roles.client
    }

    /// Whether the client role reads the table at all.
    pub(super) fn reads(&self) -> bool {
        self.table.has_rule(self.client(), |access| &access.read)
    }

    /// Whether the table has a column that the client role may not read.
    pub(super) fn has_secrets(&self) -> bool {
        let mut columns = self.table.columns.values();
        columns.any(|column| column.secret && column.direction.on_server())
    }

    /// Whether a PUT may leave the column out.
    pub(super) fn is_open(&self, column: &Column) -> bool {
        self.open.iter().any(|open| open.name == column.name)
    }

    /// Whether a PATCH may give the column.
    pub(super) fn is_patched(&self, column: &Column) -> bool {
        self.patch.iter().any(|patch| patch.name == column.name)
    }

    /// Whether there is a PUT.
    pub(super) fn puts(&self) -> bool {
        self.model.uploads(self.table).put
    }

    /// Whether there is a PATCH.
    pub(super) fn patches(&self) -> bool {
        self.model.uploads(self.table).patch
    }

    /// Whether rows are changed at all.
    pub(super) fn changes(&self) -> bool {
        self.table.takes_changes(self.client())
    }

    /// Whether there is a DELETE.
    pub(super) fn deletes(&self) -> bool {
        self.table.takes_deletions(self.client())
    }

    /// The column whose setting is a deletion.
    pub(super) fn buried_by(&self) -> Option<&'a Column> {
        match self.table.delete {
            DeleteRule::Soft => self.tombstone,
            DeleteRule::Hard | DeleteRule::Denied => None,
        }
    }

    pub(super) fn arbiter(&self) -> Arbiter {
        self.table.arbiter()
    }

    /// Whether a PUT may come without any column: it then says no more than that there is a row of its id.
    pub(super) fn may_say_nothing(&self) -> bool {
        let given = self.put.len() - self.key.len();
        self.open.len() == given
    }

    pub(super) fn is_key(&self, column: &Column) -> bool {
        self.table.key.contains(&column.name)
    }

    pub(super) fn is_target(&self, column: &Column) -> bool {
        self.table.upsert_on.contains(&column.name)
    }

    /// What an upsert gives a row that it finds, beside its version.
    pub(super) fn replaced(&self) -> Vec<&'a Column> {
        let columns = self.patch.iter().copied();
        columns.filter(|column| !self.is_target(column)).collect()
    }

    /// What an upsert may not change, so that it must be the same in the row that it finds.
    pub(super) fn kept(&self) -> Vec<&'a Column> {
        let columns = self.put.iter().copied();
        columns
            .filter(|column| column.immutable && !self.is_key(column) && !self.is_target(column))
            .collect()
    }

    /// What is said of a PUT that finds another row than the same and changes nothing.
    pub(super) fn otherwise(&self) -> &'static str {
        // Where nothing changes a row that is there, the server's word stands if it has one, else nobody may.
        match self.upserts() || (self.changes() && self.arbiter() == Arbiter::Seen) {
            true => "stale",
            false => "refused",
        }
    }

    /// Whether an upsert changes a row that it finds.
    pub(super) fn upserts(&self) -> bool {
        self.changes() && (!self.replaced().is_empty() || self.version.is_some())
    }
}

/// Whether what the server fills in depends on who writes.
pub(super) fn asks_for_caller(column: &Column) -> bool {
    match &column.default {
        Some(DefaultValue::Expr(expr)) => {
            let mut asks = false;
            expr.visit(&mut |expr| asks |= matches!(expr, Expr::UserId | Expr::Claim(_)));
            asks
        }
        Some(DefaultValue::Sql(_)) | None => false,
    }
}
