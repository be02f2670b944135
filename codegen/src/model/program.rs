//! What a program on a device sees of an app, in no language: which columns there are, what an entry says of each, and who
//! fills a new row in.
//!
//! Every target that writes types or schemas for programs reads these answers, so that no two languages disagree.

use super::{Column, DefaultValue, Model, Table, Uploads, parents_first};
use synctable::{Kind, Role, Scalar, SyncMode, Uploaded};

/// Whether a PUT contains a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InPut {
    /// Always, with a value.
    Required,
    /// Unless the app leaves it to the server, which has a default.
    Defaulted,
    /// Unless it is null: absent and null are the same.
    Nullable,
    /// The server fills it in, and compares a value that is sent.
    Verified,
    /// The server fills it in, and does not read a value that is sent.
    Ignored,
    /// A PUT that contains it is refused.
    Never,
}

impl InPut {
    /// Whether the upload types have the column.
    pub fn is_sent(self) -> bool {
        !matches!(self, Self::Ignored | Self::Never)
    }

    /// Whether a PUT may leave the column out.
    pub fn may_be_absent(self) -> bool {
        self != Self::Required
    }
}

/// Whether a PATCH contains a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InPatch {
    /// It names the row: the id says it, and nothing changes it.
    Key,
    /// If it changes.
    Changed,
    /// The server fills it in, and compares a value that is sent.
    Verified,
    /// The server fills it in, and does not read a value that is sent.
    Ignored,
    /// It is set by a PUT and never changed.
    Once,
    /// A device never writes it.
    Never,
}

impl InPatch {
    /// Whether the upload types have the column.
    pub fn is_sent(self) -> bool {
        matches!(self, Self::Key | Self::Changed | Self::Verified)
    }
}

/// Who fills in a column of a row that a device adds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Filled<'m> {
    /// The app, always.
    App,
    /// The app, or else nobody: it stays null.
    AppOrNull,
    /// The app, or else the server, later.
    AppOrServer,
    /// The app, or else the device with this value.
    Default(&'m DefaultValue),
    /// The device's clock: the role `edited_at`.
    Clock,
    /// The device's own name: the role `device`.
    Device,
    /// The caller's id, which the server verifies.
    Caller,
    /// The recipe of the table.
    Recipe,
    /// The server, later.
    Server,
}

/// How SQLite stores a value that JSON has in another form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StoredAs {
    /// 0 or 1, for false and true.
    Boolean,
    /// The text of the JSON.
    Json,
}

/// A column that a device has.
#[derive(Clone, Copy, Debug)]
pub struct ClientColumn<'m> {
    /// The column.
    pub column: &'m Column,
    /// Whether it is part of the key.
    pub is_key: bool,
    table: &'m Table,
}

impl<'m> ClientColumn<'m> {
    /// Whether a PUT contains it.
    pub fn in_put(&self) -> InPut {
        self.table.in_put(self.column)
    }

    /// Whether a PATCH contains it.
    pub fn in_patch(&self) -> InPatch {
        self.table.in_patch(self.column)
    }

    /// Who fills it in.
    pub fn filled(&self) -> Filled<'m> {
        self.table.filled(self.column)
    }

    /// Whether a row on the device may have no value, though the column is never null.
    pub fn may_lack(&self) -> bool {
        self.table.may_lack(self.column)
    }
}

/// A table that a device has.
#[derive(Clone, Debug)]
pub struct ClientTable<'m> {
    /// The table.
    pub table: &'m Table,
    /// Its columns on the device, in declared order.
    pub columns: Vec<ClientColumn<'m>>,
    /// What a program on the device may do to its rows: what devices upload, and anything where the rows never leave.
    pub writes: Uploads,
}

impl Model {
    /// The tables that a device has, parents before children.
    pub fn client_tables(&self) -> Vec<ClientTable<'_>> {
        let ordered = parents_first(self).into_iter().flatten();
        let on_device = ordered.filter(|table| table.sync.on_client());
        on_device.map(|table| self.client_table(table)).collect()
    }

    /// A table as a device has it.
    pub fn client_table<'m>(&self, table: &'m Table) -> ClientTable<'m> {
        let writes = match table.sync {
            SyncMode::Local => Uploads::ALL,
            SyncMode::Both | SyncMode::Up | SyncMode::Down | SyncMode::None => self.uploads(table),
        };
        let columns = table.columns.values();
        let on_device = columns.filter(|column| column.is_on_device());
        ClientTable {
            table,
            columns: on_device
                .map(|column| table.client_column(column))
                .collect(),
            writes,
        }
    }
}

impl Table {
    /// A column as a program sees it.
    pub fn client_column<'m>(&'m self, column: &'m Column) -> ClientColumn<'m> {
        ClientColumn {
            column,
            is_key: self.key.contains(&column.name),
            table: self,
        }
    }

    /// Whether a PUT contains a column.
    pub fn in_put(&self, column: &Column) -> InPut {
        if self.key.contains(&column.name) {
            InPut::Required
        } else if column.is_verified() {
            InPut::Verified
        } else if column.uploaded == Uploaded::Ignored {
            InPut::Ignored
        } else if !column.uploads() {
            InPut::Never
        } else if column.nullable {
            InPut::Nullable
        } else if column.default.is_some() {
            InPut::Defaulted
        } else {
            InPut::Required
        }
    }

    /// Whether a PATCH contains a column.
    pub fn in_patch(&self, column: &Column) -> InPatch {
        if self.key.contains(&column.name) {
            InPatch::Key
        } else if column.is_verified() {
            InPatch::Verified
        } else if column.uploaded == Uploaded::Ignored {
            InPatch::Ignored
        } else if !column.uploads() {
            InPatch::Never
        } else if column.immutable {
            InPatch::Once
        } else {
            InPatch::Changed
        }
    }

    /// Who fills in a column of a row that a device adds.
    pub fn filled<'m>(&'m self, column: &'m Column) -> Filled<'m> {
        let by_recipe = self.recipe.is_some() && self.key == [column.name.as_str()];
        if by_recipe {
            Filled::Recipe
        } else if let Some(default) = &column.client_default {
            Filled::Default(default)
        } else if column.is_verified() && column.is_filled_with_caller() {
            Filled::Caller
        } else if !column.uploads() {
            Filled::Server
        } else if column.role == Some(Role::EditedAt) {
            Filled::Clock
        } else if column.role == Some(Role::Device) {
            Filled::Device
        } else if column.nullable {
            Filled::AppOrNull
        } else if column.default.is_some() {
            Filled::AppOrServer
        } else {
            Filled::App
        }
    }
}

impl Column {
    /// Whether a device has it: never what is secret.
    pub fn is_on_device(&self) -> bool {
        self.direction.on_client() && !self.secret
    }

    /// How SQLite stores it, where JSON has another form.
    pub fn stored_as(&self) -> Option<StoredAs> {
        match &self.kind {
            Kind::List(_) => Some(StoredAs::Json),
            Kind::Scalar(scalar) | Kind::Domain { base: scalar, .. } => match scalar {
                Scalar::Bool => Some(StoredAs::Boolean),
                Scalar::Json => Some(StoredAs::Json),
                _ => None,
            },
            Kind::Enum { .. } | Kind::Opaque(_) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Expr, Literal, sample};
    use synctable::Direction;

    fn lists() -> Table {
        sample::model().tables["lists"].clone()
    }

    #[test]
    fn a_column_is_in_an_upload_as_its_declaration_says() {
        type Change = fn(&mut Column);
        let cases: [(Change, InPut, InPatch); 7] = [
            (|_| {}, InPut::Required, InPatch::Changed),
            (|c| c.nullable = true, InPut::Nullable, InPatch::Changed),
            (
                |c| c.default = Some(DefaultValue::Expr(Expr::Literal(Literal::Text("x".into())))),
                InPut::Defaulted,
                InPatch::Changed,
            ),
            (|c| c.immutable = true, InPut::Required, InPatch::Once),
            (
                |c| c.direction = Direction::ServerOwned,
                InPut::Never,
                InPatch::Never,
            ),
            (
                |c| {
                    c.direction = Direction::ServerOwned;
                    c.uploaded = Uploaded::Verified;
                },
                InPut::Verified,
                InPatch::Verified,
            ),
            (
                |c| {
                    c.direction = Direction::ServerOwned;
                    c.uploaded = Uploaded::Ignored;
                },
                InPut::Ignored,
                InPatch::Ignored,
            ),
        ];
        for (change, in_put, in_patch) in cases {
            let mut lists = lists();
            change(&mut lists.columns["title"]);
            let title = &lists.columns["title"];
            assert_eq!(lists.in_put(title), in_put);
            assert_eq!(lists.in_patch(title), in_patch);
        }
        let lists = lists();
        let id = &lists.columns["id"];
        assert_eq!(lists.in_put(id), InPut::Required);
        assert_eq!(lists.in_patch(id), InPatch::Key);
    }

    #[test]
    fn a_new_row_is_filled_in_by_whoever_knows() {
        type Change = fn(&mut Column);
        let default = || DefaultValue::Expr(Expr::UserId);
        let cases: [(Change, Filled<'_>); 6] = [
            (|_| {}, Filled::App),
            (|c| c.nullable = true, Filled::AppOrNull),
            (|c| c.role = Some(Role::EditedAt), Filled::Clock),
            (|c| c.role = Some(Role::Device), Filled::Device),
            (|c| c.direction = Direction::ServerOwned, Filled::Server),
            (
                |c| {
                    c.direction = Direction::ServerOwned;
                    c.uploaded = Uploaded::Verified;
                    c.default = Some(DefaultValue::Expr(Expr::UserId));
                },
                Filled::Caller,
            ),
        ];
        for (change, filled) in cases {
            let mut lists = lists();
            change(&mut lists.columns["title"]);
            assert_eq!(lists.filled(&lists.columns["title"]), filled);
        }
        let mut lists = lists();
        lists.columns["title"].client_default = Some(default());
        assert_eq!(
            lists.filled(&lists.columns["title"]),
            Filled::Default(&default())
        );
    }

    #[test]
    fn a_program_may_do_anything_to_rows_that_never_leave_the_device() {
        let mut model = sample::model();
        model.tables["lists"].sync = SyncMode::Local;
        model.tables["lists"].access = None;
        let writes = model.client_table(&model.tables["lists"]).writes;
        assert!(writes.put && writes.patch && writes.delete);
        model.tables["lists"].sync = SyncMode::None;
        let names: Vec<&str> = model
            .client_tables()
            .iter()
            .map(|client| client.table.name.as_str())
            .collect();
        assert!(!names.contains(&"lists"), "{names:?}");
    }
}
