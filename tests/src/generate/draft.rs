//! A declaration in the making: its keys and values, and what the rest of it must know of them.

use serde_json::{Map, Value};
use std::cell::RefCell;
use synctable::{Kind, Scalar, SyncMode};

/// Where a column exists and who writes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Side {
    Both,
    ServerOwned,
    ServerOnly,
    ClientOnly,
}

/// A column and what was decided of it.
#[derive(Clone, Debug)]
pub(super) struct Column {
    pub(super) name: String,
    pub(super) kind: Kind,
    pub(super) nullable: bool,
    pub(super) side: Side,
    pub(super) key: bool,
    /// Computed by an expression; whether Postgres stores it.
    pub(super) generated: Option<bool>,
    /// A literal that a check must accept.
    pub(super) literal_default: bool,
    /// It has some default in Postgres.
    pub(super) defaulted: bool,
    /// A foreign key of its own: the table and column it refers to.
    pub(super) references: Option<(Target, String)>,
    pub(super) yaml: Map<String, Value>,
}

/// What a foreign key refers to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Target {
    /// A table, by its place in the draft.
    Table(usize),
    /// A table that exists elsewhere, by qualified name.
    External(String),
}

impl Column {
    pub(super) fn new(name: String, kind: Kind) -> Column {
        Column {
            name,
            kind,
            nullable: false,
            side: Side::Both,
            key: false,
            generated: None,
            literal_default: false,
            defaulted: false,
            references: None,
            yaml: Map::new(),
        }
    }

    pub(super) fn on_server(&self) -> bool {
        self.side != Side::ClientOnly
    }

    /// Whether a statement knows what a new row holds in it: hand-written SQL alone knows the others.
    pub(super) fn is_told(&self) -> bool {
        let filled = self.yaml.get("server").or(self.yaml.get("default"));
        let is_sql = filled.is_some_and(|value| value.get("sql").is_some());
        let is_counted = self.yaml.contains_key("identity");
        self.key || (!is_sql && !is_counted && (self.side == Side::Both || self.defaulted))
    }

    pub(super) fn on_client(&self) -> bool {
        self.side != Side::ServerOnly
    }

    /// Whether expressions that stand in both databases may read it.
    pub(super) fn on_both(&self) -> bool {
        self.on_server() && self.on_client() && self.generated.is_none()
    }

    pub(super) fn set(&mut self, key: &str, value: impl Into<Value>) {
        self.yaml.insert(key.to_owned(), value.into());
    }
}

/// A table and what was decided of it.
#[derive(Clone, Debug)]
pub(super) struct Table {
    pub(super) name: String,
    pub(super) sync: SyncMode,
    pub(super) columns: Vec<Column>,
    /// The columns of the key.
    pub(super) key: Vec<String>,
    /// Uniques that a foreign key may refer to, with their columns.
    pub(super) referable: Vec<Vec<String>>,
    /// Commands that clients have a rule for.
    pub(super) inserts: bool,
    pub(super) updates: bool,
    pub(super) deletes: bool,
    /// A client's delete removes rows.
    pub(super) hard: bool,
    /// What every write rule must hold, since a scope trusts it.
    pub(super) held: Option<String>,
    pub(super) yaml: Map<String, Value>,
}

impl Table {
    pub(super) fn column(&self, name: &str) -> Option<&Column> {
        self.columns.iter().find(|column| column.name == name)
    }

    pub(super) fn set(&mut self, key: &str, value: impl Into<Value>) {
        self.yaml.insert(key.to_owned(), value.into());
    }
}

impl Table {
    /// Adds an entry to a section of the table.
    pub(super) fn add(&mut self, section: &str, name: String, value: Value) {
        let entries = self
            .yaml
            .entry(section)
            .or_insert_with(|| Map::new().into());
        if let Value::Object(entries) = entries {
            entries.insert(name, value);
        }
    }
}

/// A declared enum.
#[derive(Clone, Debug)]
pub(super) struct Enum {
    pub(super) name: String,
    pub(super) kind: Kind,
    pub(super) labels: Vec<String>,
    pub(super) retired: Vec<String>,
}

/// A declared domain, with values that its check accepts.
#[derive(Clone, Debug)]
pub(super) struct Domain {
    pub(super) name: String,
    pub(super) kind: Kind,
    pub(super) samples: Vec<Value>,
    /// Its check can be said in SQLite too.
    pub(super) on_device: bool,
}

/// A named set: the kind of what it holds.
#[derive(Clone, Debug)]
pub(super) struct Scope {
    pub(super) name: String,
    pub(super) kind: Kind,
}

/// Everything that was decided so far.
#[derive(Clone, Debug)]
pub(super) struct Draft {
    pub(super) schema: String,
    pub(super) schemas: Vec<String>,
    pub(super) user_id: Scalar,
    pub(super) supabase: bool,
    pub(super) anonymous: bool,
    pub(super) service: bool,
    /// Whether statements are generated that decide themselves.
    pub(super) guarded: bool,
    pub(super) enums: Vec<Enum>,
    pub(super) domains: Vec<Domain>,
    pub(super) externals: Vec<(String, String, Kind)>,
    pub(super) scopes: Vec<Scope>,
    pub(super) tables: Vec<Table>,
    /// What rules compose of columns, and of which.
    pub(super) composed: RefCell<Vec<(Vec<Column>, String)>>,
}
