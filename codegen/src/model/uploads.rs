//! Which changes of a table devices may upload: decided here for the structs, for the statements, and for whoever asks.

use super::{Column, Model, Table};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use synctable::{Role, SyncMode};

/// What devices may do to the rows of a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Uploads {
    /// Insert one, or send one as it now is.
    pub put: bool,
    /// Change some columns of one.
    pub patch: bool,
    /// Delete one.
    pub delete: bool,
}

impl Uploads {
    /// Nothing.
    pub const NONE: Self = Self {
        put: false,
        patch: false,
        delete: false,
    };
    /// Everything.
    pub const ALL: Self = Self {
        put: true,
        patch: true,
        delete: true,
    };

    /// `sync: up`: devices insert rows and keep what they do with them afterwards.
    #[must_use]
    pub const fn inserts() -> Self {
        Self {
            put: true,
            ..Self::NONE
        }
    }

    /// Whether devices may only insert rows, which is what `sync: up` alone means.
    #[must_use]
    pub fn is_inserts(&self) -> bool {
        *self == Self::inserts()
    }
}

impl Model {
    /// What devices may do to the rows of a table: what its way of travelling and its rules allow and the policy has a rule
    /// for.
    pub fn uploads(&self, table: &Table) -> Uploads {
        let client = &self.postgres.roles.client;
        let inserts = table.has_rule(client, |access| &access.insert);
        let mut columns = table.columns.values();
        Uploads {
            put: table.carried_up().put && inserts,
            patch: table.takes_changes(client) && columns.any(|column| table.may_change(column)),
            delete: table.takes_deletions(client),
        }
    }
}

impl Table {
    /// The changes that the table's way of travelling brings from devices, whoever may make them.
    pub fn carried_up(&self) -> Uploads {
        match self.sync {
            SyncMode::Both => Uploads::ALL,
            SyncMode::Up => self.up,
            SyncMode::Down | SyncMode::Local | SyncMode::None => Uploads::NONE,
        }
    }

    /// Whether rows only leave devices, and devices go on changing those that they sent.
    pub fn changes_go_up_only(&self) -> bool {
        self.sync == SyncMode::Up && !self.up.is_inserts()
    }

    /// Whether a device may give the column of a row that is there another value.
    pub fn may_change(&self, column: &Column) -> bool {
        let counts_writes = column.role == Some(Role::Version);
        column.uploads() && !column.immutable && !counts_writes && !self.key.contains(&column.name)
    }

    /// Whether a row on a device may have no value in a column that is never null: the server has not filled it in yet, or
    /// the row came from the server and the column is the device's alone.
    pub fn may_lack(&self, column: &Column) -> bool {
        let on_server = column.direction.on_server();
        let fills = !column.uploads() || column.default.is_some();
        let is_awaited = self.sync.uploads() && on_server && fills;
        let is_devices_own = self.sync.on_server() && !on_server;
        !column.nullable && !self.key.contains(&column.name) && (is_awaited || is_devices_own)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Access, sample};
    use synctable::{Direction, SyncMode};

    #[test]
    fn what_no_rule_allows_is_not_uploaded() {
        let mut model = sample::model();
        let all = Uploads {
            put: true,
            patch: true,
            delete: true,
        };
        assert_eq!(model.uploads(&model.tables["lists"]), all);
        type Forget = fn(&mut Access);
        let forget: [(Forget, Uploads); 3] = [
            (
                |access| access.insert.clear(),
                Uploads { put: false, ..all },
            ),
            (
                |access| access.update.clear(),
                Uploads {
                    patch: false,
                    ..all
                },
            ),
            (
                |access| access.delete.clear(),
                Uploads {
                    delete: false,
                    ..all
                },
            ),
        ];
        for (forget, expected) in forget {
            let mut table = model.tables["lists"].clone();
            forget(table.access.as_mut().expect("it has a policy"));
            assert_eq!(model.uploads(&table), expected);
        }
        let lists = &mut model.tables["lists"];
        let columns = lists.columns.values_mut();
        columns.for_each(|column| column.immutable = true);
        let only_keys = Uploads {
            patch: false,
            ..all
        };
        assert_eq!(model.uploads(&model.tables["lists"]), only_keys);
        model.tables["lists"].access = None;
        let none = model.uploads(&model.tables["lists"]);
        assert!(!none.put && !none.patch && !none.delete);
    }

    #[test]
    fn a_device_may_lack_what_the_server_fills_in() {
        let mut lists = sample::model().tables["lists"].clone();
        let lacking = |table: &Table| -> Vec<String> {
            let columns = table.columns.values();
            let lacking = columns.filter(|column| table.may_lack(column));
            lacking.map(|column| column.name.clone()).collect()
        };
        let before = lacking(&lists);
        assert!(!before.contains(&"title".to_owned()) && !before.contains(&"id".to_owned()));
        lists.columns["title"].direction = Direction::ServerOwned;
        assert!(lacking(&lists).contains(&"title".to_owned()));
        lists.sync = SyncMode::Down;
        assert!(
            lacking(&lists).is_empty(),
            "its rows all come from the server"
        );
        lists.columns["title"].direction = Direction::ClientOnly;
        assert_eq!(lacking(&lists), ["title"]);
    }
}
