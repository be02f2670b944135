//! What a policy means: which rows a role may read, and which writes it may make.

use super::evaluate::Asker;
use super::tombstone;
use crate::universe::Row;
use synctable::{DeleteRule, Role};
use synctable_codegen::model::{Access, Rule, Table};

/// A write of one row, with the row as it stands and as it would be.
#[derive(Clone, Debug, PartialEq)]
pub enum Write {
    /// A new row.
    Insert {
        /// The row with its defaults.
        new: Row,
    },
    /// A change, of the tombstone too.
    Update {
        /// The row as it stands.
        old: Row,
        /// The row as it would be.
        new: Row,
    },
    /// The row is removed.
    Delete {
        /// The row as it stands.
        old: Row,
    },
    /// `insert … on conflict … do update`.
    Upsert {
        /// The row as an INSERT would make it.
        proposed: Row,
        /// The row that stands in its place, and what it would become.
        merged: Option<(Row, Row)>,
    },
}

/// The policy of one table for one role.
pub struct Policy<'a> {
    table: &'a Table,
    access: Option<&'a Access>,
    role: &'a str,
    asker: &'a Asker<'a>,
}

impl<'a> Policy<'a> {
    /// The policy of the table for a role, as a caller of that role meets it.
    #[must_use]
    pub fn new(table: &'a Table, role: &'a str, asker: &'a Asker<'a>) -> Self {
        Self {
            table,
            access: table.access.as_ref(),
            role,
            asker,
        }
    }

    /// Whether the caller may see the row; a tombstoned one like any other.
    #[must_use]
    pub fn reads(&self, row: &Row) -> bool {
        self.grants(
            self.access.and_then(|access| access.read.get(self.role)),
            row,
        )
    }

    /// Whether the caller may make the write.
    #[must_use]
    pub fn allows(&self, write: &Write) -> bool {
        match write {
            Write::Insert { new } => self.inserts(new),
            Write::Update { old, new } => self.changes(old, new),
            Write::Delete { old } => self.table.delete == DeleteRule::Hard && self.removes(old),
            Write::Upsert { proposed, merged } => {
                self.inserts(proposed)
                    && merged
                        .as_ref()
                        .is_none_or(|(old, new)| self.changes(old, new))
            }
        }
    }

    fn inserts(&self, new: &Row) -> bool {
        let Some(access) = self.access else {
            return false;
        };
        // Who reads nothing at all, as of a table that is only sent up, need not read what he sends.
        let readable = !access.read.contains_key(self.role) || self.reads(new);
        readable && self.grants(access.insert.get(self.role), new)
    }

    fn removes(&self, old: &Row) -> bool {
        let rule = self.access.and_then(|access| access.delete.get(self.role));
        self.reads(old) && self.grants(rule, old)
    }

    fn changes(&self, old: &Row, new: &Row) -> bool {
        match self.is_tombstoned(old, new) {
            false => self.updates(old, new),
            true => {
                self.removes(old) && (self.is_only_tombstoned(old, new) || self.updates(old, new))
            }
        }
    }

    fn updates(&self, old: &Row, new: &Row) -> bool {
        let Some(rule) = self.access.and_then(|access| access.update.get(self.role)) else {
            return false;
        };
        self.reads(old)
            && self.grants(Some(&rule.before), old)
            && self.grants(Some(&rule.after), new)
            && self.reads(new)
    }

    /// Whether the write is the soft deletion of the row, whatever else it does.
    fn is_tombstoned(&self, old: &Row, new: &Row) -> bool {
        self.table.delete == DeleteRule::Soft
            && self.table.role(Role::Tombstone).is_some_and(|column| {
                tombstone::lives(column, old) && !tombstone::lives(column, new)
            })
    }

    /// Whether the client changes nothing beside the tombstone but when, where and for which time it was written.
    fn is_only_tombstoned(&self, old: &Row, new: &Row) -> bool {
        let beside = [Role::Tombstone, Role::EditedAt, Role::Device, Role::Version];
        let mut others = self
            .table
            .columns
            .values()
            .filter(|column| column.direction.uploads())
            .filter(|column| !column.role.is_some_and(|role| beside.contains(&role)));
        others.all(|column| old.get(&column.name) == new.get(&column.name))
    }

    fn grants(&self, rule: Option<&Rule>, row: &Row) -> bool {
        match rule {
            None => false,
            Some(Rule::Public) => true,
            Some(Rule::When(condition)) => self.asker.holds(&self.table.name, row, condition),
        }
    }
}
