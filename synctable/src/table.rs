//! What generated constants are made of: columns, tables and the registry of an app.
//!
//! Everything is constant data. A running program asks the registry instead of listing a table by
//! hand, and the derive names the typed [`Column`] constants.
//!
//! ```
//! use synctable::Registry;
//!
//! const _: () = synctable::abi::V1;
//!
//! pub mod lists {
//!     use std::marker::PhantomData;
//!     use synctable::*;
//!
//!     pub const ID: Column<String> =
//!         Column { def: &ColumnDef::new("id", Kind::TEXT), holds: PhantomData };
//!     pub const TITLE: Column<String> =
//!         Column { def: &ColumnDef::new("title", Kind::TEXT), holds: PhantomData };
//!     pub static TABLE: TableDef = TableDef {
//!         sync: SyncMode::Both,
//!         ..TableDef::new("lists", &[ID.def, TITLE.def], &[ID.def])
//!     };
//! }
//!
//! pub static REGISTRY: Registry = Registry {
//!     app: "tasks",
//!     fingerprint: "1:0123456789abcdef",
//!     tables: &[&lists::TABLE],
//!     enums: &[],
//!     insert_order: &[&[&lists::TABLE]],
//!     streams: &[],
//! };
//!
//! let table = REGISTRY.client_table("lists").unwrap();
//! assert_eq!(table.client_column("id").unwrap().kind.to_string(), "text");
//! assert_eq!(lists::ID.name(), "id");
//! ```

use crate::check::CheckDef;
use crate::facts::ColumnType;
use crate::id::{ClientId, Recipe};
use crate::kind::{Element, Kind, Name};
use crate::words::{
    ConflictRule, DeleteRule, Direction, EnumStorage, FkAction, Role, SyncMode, Uploaded,
};
use std::fmt;
use std::marker::PhantomData;

/// The name of the one text key that a row has on a device that shares it with the server.
///
/// It stands beside the columns of the key, except where one of them is called so on the client: that
/// column is the id itself.
pub const CLIENT_ID: &str = "id";

/// A column that holds values of the Rust type `T`; `Option` of it where the column is nullable.
pub struct Column<T> {
    /// Everything that is known about it.
    pub def: &'static ColumnDef,
    /// What it holds.
    pub holds: PhantomData<fn() -> T>,
}

/// The columns of a table, each in one place: its constant with its type and description, what the table consists of, and
/// what the derive knows.
///
/// ```
/// synctable::columns! {
///     "todos" as __tasks__todos;
///     ID: synctable::Uuid = new("id", synctable::Kind::UUID), both key;
///     /// What has to be done.
///     TITLE: Option<String> = new("title", synctable::Kind::TEXT).nullable(), both maybe;
/// }
/// assert_eq!(Table::COLUMNS[1].name, TITLE.name());
/// ```
///
/// Behind the name of the table stands that of a macro, which hands the columns to the derive: the macros of a crate share
/// one space of names.
/// A column begins with its constant, and `as` a field where that is called otherwise than the column.
/// `new`, `label` and `label_list` are those of [`ColumnDef`].
/// The last two words say who has the column (`both`, `device`, `server`), and how uploads carry it: always as the `key`;
/// as `needed` in a new row, or only there (`needed_once`); `maybe`, or `maybe_once`; or `never`.
#[macro_export]
macro_rules! columns {
    // The macro that is written in turn needs a dollar sign of its own.
    ($($given:tt)*) => { $crate::__columns! { ($) $($given)* } };
}

/// What [`columns!`] becomes, with a dollar sign at hand.
#[doc(hidden)]
#[macro_export]
macro_rules! __columns {
    (
        ($dollar:tt) $table:tt as $hand:ident;
        $(
            $(#[$about:meta])*
            $name:ident $(as $field:ident)?: $holds:ty =
                $make:ident($column:tt, $kind:expr $(,)?) $(.$how:ident($($what:tt)*))*, $side:ident $sent:ident;
        )*
    ) => {
        $(
            $(#[$about])*
            pub const $name: $crate::Column<$holds> = $crate::Column {
                def: &$crate::ColumnDef::$make($column, $kind)$(.$how($($what)*))*,
                holds: ::core::marker::PhantomData,
            };
        )*

        /// The table as a type: what the derive binds a struct to.
        pub enum Table {}

        #[allow(deprecated)]
        impl Table {
            /// The columns, in declared order.
            pub const COLUMNS: &'static [&'static $crate::ColumnDef] = &[$($name.def),*];
        }

        #[doc(hidden)]
        #[macro_export]
        macro_rules! $hand {
            ($dollar bind:path, $dollar($dollar row:tt)*) => {
                $dollar bind! { { $dollar($dollar row)* } $table
                    $($column $name $($field)? ($kind) ($holds) $side $sent,)*
                }
            };
        }
        #[doc(hidden)]
        #[allow(unused_imports)]
        pub use $hand as columns;
    };
}

impl<T> Column<T> {
    /// Its name on the server.
    pub const fn name(&self) -> &'static str {
        self.def.name
    }

    /// Its name on the device and in uploads.
    pub const fn client_name(&self) -> &'static str {
        self.def.client_name
    }
}

impl<T> Clone for Column<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Column<T> {}

impl<T> fmt::Debug for Column<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Column").field(&self.def.name).finish()
    }
}

/// Everything that running programs need to know about a column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ColumnDef {
    /// Its name on the server.
    pub name: &'static str,
    /// Its name on the device and in uploads.
    pub client_name: &'static str,
    /// What it holds.
    pub kind: Kind,
    /// The enum of its labels, where it or its elements are labels.
    pub labels: Option<&'static EnumDef>,
    /// Whether null is a value.
    pub nullable: bool,
    /// Whether Postgres fills in a value where an insert names none.
    pub has_default: bool,
    /// Whether it is computed from other columns.
    pub generated: bool,
    /// Whether a client may set it in a new row and never change it.
    pub immutable: bool,
    /// Whether no client may ever read it.
    pub secret: bool,
    /// Who writes it and where it exists.
    pub direction: Direction,
    /// What happens where an upload carries it though the server fills it.
    pub uploaded: Uploaded,
    /// What conflict and delete rules use it for.
    pub role: Option<Role>,
}

impl ColumnDef {
    /// A column that both sides have and write, never null, called alike everywhere.
    ///
    /// ```
    /// use synctable::{ColumnDef, Kind, Scalar};
    /// const NOTE: ColumnDef = ColumnDef::new("note", Kind::Scalar(Scalar::Text)).nullable();
    /// assert!(NOTE.nullable && NOTE.uploads());
    /// ```
    pub const fn new(name: &'static str, kind: Kind) -> Self {
        ColumnDef {
            name,
            client_name: name,
            kind,
            labels: None,
            nullable: false,
            has_default: false,
            generated: false,
            immutable: false,
            secret: false,
            direction: Direction::Both,
            uploaded: Uploaded::Refused,
            role: None,
        }
    }

    /// The same of a column that holds a label of an enum.
    pub const fn label(name: &'static str, labels: &'static EnumDef) -> Self {
        let kind = Kind::Enum {
            name: Name::Borrowed(labels.name),
            storage: labels.storage,
        };
        ColumnDef::new(name, kind).labels(labels)
    }

    /// The same of a column that holds a list of labels.
    pub const fn label_list(name: &'static str, labels: &'static EnumDef) -> Self {
        let element = Element::Enum {
            name: Name::Borrowed(labels.name),
            storage: labels.storage,
        };
        ColumnDef::new(name, Kind::List(element)).labels(labels)
    }

    /// With another name on the device and in uploads.
    #[must_use]
    pub const fn client_name(mut self, name: &'static str) -> Self {
        self.client_name = name;
        self
    }

    /// With the enum of its labels.
    #[must_use]
    pub const fn labels(mut self, labels: &'static EnumDef) -> Self {
        self.labels = Some(labels);
        self
    }

    /// With null as a value.
    #[must_use]
    pub const fn nullable(mut self) -> Self {
        self.nullable = true;
        self
    }

    /// With a value that Postgres fills in.
    #[must_use]
    pub const fn with_default(mut self) -> Self {
        self.has_default = true;
        self
    }

    /// Computed from other columns.
    #[must_use]
    pub const fn generated(mut self) -> Self {
        self.generated = true;
        self
    }

    /// Never changed by a client once it is set.
    #[must_use]
    pub const fn immutable(mut self) -> Self {
        self.immutable = true;
        self
    }

    /// Never read by a client.
    #[must_use]
    pub const fn secret(mut self) -> Self {
        self.secret = true;
        self
    }

    /// With another direction.
    #[must_use]
    pub const fn direction(mut self, direction: Direction) -> Self {
        self.direction = direction;
        self
    }

    /// With what happens where an upload carries it.
    #[must_use]
    pub const fn uploaded(mut self, uploaded: Uploaded) -> Self {
        self.uploaded = uploaded;
        self
    }

    /// With a role.
    #[must_use]
    pub const fn role(mut self, role: Role) -> Self {
        self.role = Some(role);
        self
    }

    /// Whether a client writes it by uploads.
    pub const fn uploads(&self) -> bool {
        self.direction.uploads() && !self.generated && !self.secret
    }

    /// Whether the server fills it and holds what an upload says of it against that.
    pub const fn is_verified(&self) -> bool {
        matches!(self.uploaded, Uploaded::Verified)
    }

    /// Whether a client's table has it.
    pub const fn on_client(&self) -> bool {
        self.direction.on_client() && !self.secret
    }

    /// Whether the server's table has it.
    pub const fn on_server(&self) -> bool {
        self.direction.on_server()
    }
}

/// A declared enum.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EnumDef {
    /// Its declared name.
    pub name: &'static str,
    /// The schema of its Postgres type.
    pub schema: &'static str,
    /// How Postgres stores it.
    pub storage: EnumStorage,
    /// All labels, in order.
    pub labels: &'static [&'static str],
    /// Those that stay valid in stored rows and that no client may write.
    pub retired: &'static [&'static str],
}

impl EnumDef {
    /// Whether a client may write the label.
    pub fn is_writable(&self, label: &str) -> bool {
        self.labels.contains(&label) && !self.retired.contains(&label)
    }
}

/// Everything that running programs need to know about a table.
#[derive(Clone, Copy, Debug)]
pub struct TableDef {
    /// Its name on the server.
    pub name: &'static str,
    /// Its Postgres schema.
    pub schema: &'static str,
    /// Its name on the device and in uploads.
    pub client_name: &'static str,
    /// Which way its rows travel.
    pub sync: SyncMode,
    /// Its columns, in declared order.
    pub columns: &'static [&'static ColumnDef],
    /// Its primary key.
    pub key: &'static [&'static ColumnDef],
    /// How the client's id is made of the key.
    pub id: ClientId,
    /// How a new row gets its id; `None` where the client chooses freely.
    pub recipe: Option<Recipe>,
    /// The columns that an upsert meets an existing row by.
    pub upsert_on: &'static [&'static ColumnDef],
    /// What must be unique besides the key.
    pub uniques: &'static [UniqueDef],
    /// What its rows refer to.
    pub foreign_keys: &'static [ForeignKeyDef],
    /// What its rows satisfy, with the domains of its columns.
    pub checks: &'static [CheckDef],
    /// Which write wins when two devices wrote one row.
    pub conflict: ConflictRule,
    /// What a client's delete does.
    pub delete: DeleteRule,
    /// The options of PowerSync's client table.
    pub client: ClientOptions,
}

impl TableDef {
    /// A table of these columns with this key in the schema `public`, called alike everywhere, that no device writes.
    ///
    /// The id on the device is the first column of the key, and an upsert meets a row by the key.
    /// Whatever differs is said beside it: `TableDef { sync: SyncMode::Both, ..TableDef::new(…) }`.
    ///
    /// # Panics
    /// While it is compiled, if the key has no column.
    pub const fn new(
        name: &'static str,
        columns: &'static [&'static ColumnDef],
        key: &'static [&'static ColumnDef],
    ) -> Self {
        TableDef {
            name,
            schema: "public",
            client_name: name,
            sync: SyncMode::Down,
            columns,
            key,
            id: ClientId::Column(key[0]),
            recipe: None,
            upsert_on: key,
            uniques: &[],
            foreign_keys: &[],
            checks: &[],
            conflict: ConflictRule::ServerWins,
            delete: DeleteRule::Denied,
            client: ClientOptions::NONE,
        }
    }

    /// The column of a name on the server.
    pub fn column(&self, name: &str) -> Option<&'static ColumnDef> {
        self.columns
            .iter()
            .copied()
            .find(|column| column.name == name)
    }

    /// The column of a name on the device, among those that the device has.
    pub fn client_column(&self, name: &str) -> Option<&'static ColumnDef> {
        self.columns
            .iter()
            .copied()
            .find(|column| column.client_name == name && column.on_client())
    }

    /// Whether a column is the text `id` that every row has on a device that shares it with the server.
    pub fn is_client_id(&self, column: &ColumnDef) -> bool {
        self.sync.on_server() && self.sync.on_client() && column.client_name == CLIENT_ID
    }

    /// How a device's SQLite stores a column: by its kind, and the text `id` as text.
    pub fn client_type(&self, column: &ColumnDef) -> ColumnType {
        if self.is_client_id(column) {
            ColumnType::Text
        } else {
            column.kind.column_type()
        }
    }

    /// The column of a role.
    pub fn role(&self, role: Role) -> Option<&'static ColumnDef> {
        self.columns
            .iter()
            .copied()
            .find(|column| column.role == Some(role))
    }
}

/// The same table: tables of one app differ in their names.
impl PartialEq for TableDef {
    fn eq(&self, other: &Self) -> bool {
        (self.schema, self.name) == (other.schema, other.name)
    }
}

impl Eq for TableDef {}

/// Something that must be unique besides the key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UniqueDef {
    /// Its name in Postgres, as errors report it.
    pub name: &'static str,
    /// Its columns; empty where it covers an expression.
    pub columns: &'static [&'static ColumnDef],
    /// Whether it covers only some rows, or an expression.
    pub partial: bool,
    /// Whether two nulls count as equal.
    pub nulls_not_distinct: bool,
}

impl UniqueDef {
    /// A constraint over these columns, in which nulls differ.
    pub const fn new(name: &'static str, columns: &'static [&'static ColumnDef]) -> Self {
        UniqueDef {
            name,
            columns,
            partial: false,
            nulls_not_distinct: false,
        }
    }

    /// Over some rows only, or over an expression.
    #[must_use]
    pub const fn partial(mut self) -> Self {
        self.partial = true;
        self
    }

    /// With nulls that count as equal.
    #[must_use]
    pub const fn nulls_not_distinct(mut self) -> Self {
        self.nulls_not_distinct = true;
        self
    }
}

/// A foreign key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ForeignKeyDef {
    /// Its name in Postgres, as errors report it.
    pub name: &'static str,
    /// The columns here.
    pub columns: &'static [&'static ColumnDef],
    /// The table there: a declared name, or the qualified name of one outside the declaration.
    pub table: &'static str,
    /// The columns there, one for each here.
    pub references: &'static [&'static str],
    /// What happens when the row there is deleted.
    pub on_delete: FkAction,
    /// What happens when the key there changes.
    pub on_update: FkAction,
    /// Whether it is checked at the end of the transaction.
    pub deferrable: bool,
    /// Whether Postgres enforces it; otherwise it only orders and documents.
    pub enforced: bool,
}

impl ForeignKeyDef {
    /// An enforced key that is checked at once and refuses to lose what it refers to.
    pub const fn new(
        name: &'static str,
        columns: &'static [&'static ColumnDef],
        table: &'static str,
        references: &'static [&'static str],
    ) -> Self {
        ForeignKeyDef {
            name,
            columns,
            table,
            references,
            on_delete: FkAction::NoAction,
            on_update: FkAction::NoAction,
            deferrable: false,
            enforced: true,
        }
    }

    /// With what happens when the row there is deleted.
    #[must_use]
    pub const fn on_delete(mut self, action: FkAction) -> Self {
        self.on_delete = action;
        self
    }

    /// With what happens when the key there changes.
    #[must_use]
    pub const fn on_update(mut self, action: FkAction) -> Self {
        self.on_update = action;
        self
    }

    /// Checked at the end of the transaction.
    #[must_use]
    pub const fn deferrable(mut self) -> Self {
        self.deferrable = true;
        self
    }

    /// Not enforced by Postgres: it only orders and documents.
    #[must_use]
    pub const fn not_enforced(mut self) -> Self {
        self.enforced = false;
        self
    }
}

/// The options of PowerSync's client table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClientOptions {
    /// Whether a `_metadata` column is kept.
    pub track_metadata: bool,
    /// The columns whose previous values travel with an upload.
    pub track_previous: &'static [&'static ColumnDef],
    /// Whether updates that change nothing stay out of the queue.
    pub ignore_empty_updates: bool,
    /// The name of the client's view, where it is not the client name.
    pub view_name: Option<&'static str>,
    /// Whether the device has a table of SQLite instead of a view.
    pub raw: bool,
}

impl ClientOptions {
    /// None of the options.
    pub const NONE: ClientOptions = ClientOptions {
        track_metadata: false,
        track_previous: &[],
        ignore_empty_updates: false,
        view_name: None,
        raw: false,
    };
}

/// A group of tables that a device subscribes to.
#[derive(Clone, Copy, Debug)]
pub struct StreamDef {
    /// Its name, literal: `orgs/{org_id}/repos/{repo_id}/refs` is one.
    pub name: &'static str,
    /// Whether every device subscribes when it connects.
    pub automatic: bool,
    /// 0 (first) to 3.
    pub priority: u8,
    /// What a subscription has to say.
    pub params: &'static [StreamParam],
    /// Its tables.
    pub tables: &'static [&'static TableDef],
}

/// A parameter of a stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StreamParam {
    /// Its name.
    pub name: &'static str,
    /// What it holds.
    pub kind: Kind,
}

/// Everything that running programs need to know about an app.
#[derive(Clone, Copy, Debug)]
pub struct Registry {
    /// The app's name.
    pub app: &'static str,
    /// Changes exactly when a fact changes that matters on the wire.
    pub fingerprint: &'static str,
    /// All tables, in declared order.
    pub tables: &'static [&'static TableDef],
    /// All enums, in declared order.
    pub enums: &'static [&'static EnumDef],
    /// All tables so that parents come before children. The tables of one group refer to each other
    /// in a circle: their rows go in together, with the foreign keys deferred.
    pub insert_order: &'static [&'static [&'static TableDef]],
    /// All streams, in declared order.
    pub streams: &'static [&'static StreamDef],
}

impl Registry {
    /// The table of a name on the server.
    pub fn table(&self, name: &str) -> Option<&'static TableDef> {
        self.tables.iter().copied().find(|table| table.name == name)
    }

    /// The table of a name on the device, among those that the device has.
    pub fn client_table(&self, name: &str) -> Option<&'static TableDef> {
        self.tables
            .iter()
            .copied()
            .find(|table| table.client_name == name && table.sync.on_client())
    }

    /// The stream of a name.
    pub fn stream(&self, name: &str) -> Option<&'static StreamDef> {
        self.streams
            .iter()
            .copied()
            .find(|stream| stream.name == name)
    }

    /// The tables that a device has, so that children come before parents: the order in which a
    /// program empties them when its user signs out.
    pub fn wipe_order(&self) -> impl Iterator<Item = &'static TableDef> + use<> {
        self.insert_order
            .iter()
            .rev()
            .flat_map(|group| group.iter().rev())
            .copied()
            .filter(|table| table.sync.on_client())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kind::{Name, Scalar};

    static STATUS: EnumDef = EnumDef {
        name: "status",
        schema: "public",
        storage: EnumStorage::Native,
        labels: &["open", "done", "old"],
        retired: &["old"],
    };

    const ID: Column<String> = Column {
        def: &ColumnDef {
            name: "id",
            client_name: "id",
            kind: Kind::Scalar(Scalar::Text),
            labels: None,
            nullable: false,
            has_default: false,
            generated: false,
            immutable: true,
            secret: false,
            direction: Direction::Both,
            uploaded: Uploaded::Refused,
            role: None,
        },
        holds: PhantomData,
    };
    const STATE: Column<Option<String>> = Column {
        def: &ColumnDef {
            name: "state",
            client_name: "status",
            kind: Kind::Enum {
                name: Name::Borrowed("status"),
                storage: EnumStorage::Native,
            },
            labels: Some(&STATUS),
            nullable: true,
            has_default: false,
            generated: false,
            immutable: false,
            secret: true,
            direction: Direction::Both,
            uploaded: Uploaded::Refused,
            role: Some(Role::Version),
        },
        holds: PhantomData,
    };

    const fn table(name: &'static str, sync: SyncMode) -> TableDef {
        TableDef {
            name,
            schema: "public",
            client_name: name,
            sync,
            columns: &[ID.def, STATE.def],
            key: &[ID.def],
            id: ClientId::Column(ID.def),
            recipe: None,
            upsert_on: &[ID.def],
            uniques: &[],
            foreign_keys: &[],
            checks: &[],
            conflict: ConflictRule::LastUploadWins,
            delete: DeleteRule::Hard,
            client: ClientOptions::NONE,
        }
    }

    static A: TableDef = table("a", SyncMode::Both);
    static B: TableDef = table("b", SyncMode::None);
    static C: TableDef = table("c", SyncMode::Down);
    static REGISTRY: Registry = Registry {
        app: "test",
        fingerprint: "1:0",
        tables: &[&C, &B, &A],
        enums: &[&STATUS],
        insert_order: &[&[&A], &[&B, &C]],
        streams: &[],
    };

    #[test]
    fn devices_are_emptied_children_first() {
        let order: Vec<_> = REGISTRY.wipe_order().map(|table| table.name).collect();
        assert_eq!(order, ["c", "a"]);
    }

    #[test]
    fn a_device_sees_only_what_it_has() {
        assert!(REGISTRY.table("b").is_some());
        assert!(REGISTRY.client_table("b").is_none());
        assert!(A.column("state").is_some());
        assert!(A.client_column("status").is_none(), "it is secret");
        assert!(!STATE.def.uploads());
        assert_eq!(A.role(Role::Version), Some(STATE.def));
        assert_eq!(A.role(Role::Owner), None);
    }

    #[test]
    fn a_retired_label_is_not_written() {
        assert!(STATUS.is_writable("open"));
        assert!(!STATUS.is_writable("old"));
        assert!(!STATUS.is_writable("new"));
    }
}
