//! Tables, their keys and constraints, and the named kinds they use.

use super::{Access, ClientId, Column, Columns, Exclusion, Expr, Recipe, Seed, Uploads};
use crate::map::IndexMap;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use synctable::{
    ConflictRule, DeleteRule, EnumStorage, FkAction, Role, Scalar, SyncMode, derived_name,
};

/// One table, on the server, on the device, or on both.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Table {
    /// Its declared name: the name in Postgres, unique over all schemas of the app.
    pub name: String,
    /// Its Postgres schema.
    pub schema: String,
    /// Its name on the device and in uploads.
    pub client_name: String,
    /// Its name before the last released migration, where it was renamed.
    pub was: Option<String>,
    /// What one row is.
    pub doc: Option<String>,
    /// Which way its rows travel.
    #[serde(with = "super::wire::words")]
    #[schemars(with = "super::wire::WordOf<SyncMode>")]
    pub sync: SyncMode,
    /// What devices upload where rows only leave them (`sync: up`).
    #[serde(
        default = "Uploads::inserts",
        skip_serializing_if = "Uploads::is_inserts"
    )]
    pub up: Uploads,
    /// Its columns, in declared order.
    #[schemars(with = "IndexMap<String, Column>")]
    pub columns: Columns,
    /// The columns of its primary key; never empty, never nullable.
    pub key: Vec<String>,
    /// The own name of its primary key in Postgres, where it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key_name: Option<String>,
    /// How the client's single text id is made of the key, and taken apart again.
    pub id: ClientId,
    /// How a new row gets its id; `None` where the client chooses freely (a random uuid, a text).
    pub recipe: Option<Recipe>,
    /// Unique constraints and unique indexes.
    pub uniques: Vec<Unique>,
    /// Foreign keys, those of single columns included.
    pub foreign_keys: Vec<ForeignKey>,
    /// Exclusion constraints.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub exclusions: Vec<Exclusion>,
    /// Other indexes.
    pub indexes: Vec<Index>,
    /// Checks, those of single columns included.
    pub checks: Vec<Check>,
    /// Who may do what; `None` only for tables that no client touches.
    pub access: Option<Access>,
    /// What happens when two devices changed one row.
    #[serde(with = "super::wire::words")]
    #[schemars(with = "super::wire::WordOf<ConflictRule>")]
    pub conflict: ConflictRule,
    /// What a client's DELETE does.
    #[serde(with = "super::wire::words")]
    #[schemars(with = "super::wire::WordOf<DeleteRule>")]
    pub delete: DeleteRule,
    /// Columns of the conflict target of an upsert; the key unless declared otherwise.
    pub upsert_on: Vec<String>,
    /// Options of PowerSync's client table.
    pub client: ClientOptions,
    /// Rows that are shipped with the schema.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub seeds: Vec<Seed>,
}

impl Table {
    /// The name of its primary key in Postgres: its own, or `<table>_pkey`.
    pub fn key_name(&self) -> String {
        self.key_name
            .clone()
            .unwrap_or_else(|| derived_name(&[&self.name], "pkey"))
    }

    /// The column that holds `role`, if the table has one.
    pub fn role(&self, role: Role) -> Option<&Column> {
        self.columns
            .values()
            .find(|column| column.role == Some(role))
    }
}

/// A named set of labels.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct EnumDef {
    /// Its name, and that of the Postgres type where it is native.
    pub name: String,
    /// The schema of the native type.
    pub schema: String,
    /// Its name before the last released migration.
    pub was: Option<String>,
    /// What it tells.
    pub doc: Option<String>,
    /// The labels in order; the wire carries exactly these.
    pub labels: Vec<String>,
    /// Labels that are kept for old rows but that no client may write any more.
    pub retired: Vec<String>,
    /// Labels that were there before the last released migration, each with the one that takes its place in rows.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub replaced: IndexMap<String, String>,
    /// A Postgres enum type, or text with a check.
    #[serde(with = "super::wire::words")]
    #[schemars(with = "super::wire::WordOf<EnumStorage>")]
    pub storage: EnumStorage,
}

/// A named kind with a check over `value`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct DomainDef {
    /// Its name, and that of the Postgres domain.
    pub name: String,
    /// The schema of the Postgres domain.
    pub schema: String,
    /// Its name before the last released migration.
    pub was: Option<String>,
    /// What it tells.
    pub doc: Option<String>,
    /// The kind underneath.
    #[serde(with = "super::wire::scalar")]
    #[schemars(with = "String")]
    pub base: Scalar,
    /// What a value must satisfy; the column `value` stands for it.
    pub check: Option<CheckBody>,
}

/// A table that exists elsewhere.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct External {
    /// Its Postgres schema.
    pub schema: String,
    /// Its name in that schema.
    pub name: String,
    /// The columns that may be referenced, with their kinds.
    #[serde(with = "super::wire::kind_map")]
    #[schemars(with = "IndexMap<String, super::wire::KindRepr>")]
    pub columns: IndexMap<String, synctable::Kind>,
}

/// A unique constraint, or a unique index where it is partial or has expressions.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Unique {
    /// Its name in Postgres.
    pub name: String,
    /// What must be unique together.
    pub parts: Vec<UniquePart>,
    /// Only rows that satisfy this.
    pub predicate: Option<Expr>,
    /// Whether two NULLs count as equal.
    pub nulls_not_distinct: bool,
    /// Whether it may be violated inside a transaction (`deferrable initially deferred`).
    pub deferrable: bool,
    /// Whether the second of two devices that made the same is refused, in so many words (`clash: reject`).
    pub clash_is_refused: bool,
}

impl Unique {
    /// Whether Postgres can hold it as a constraint; otherwise it is a unique index.
    pub fn is_constraint(&self) -> bool {
        self.predicate.is_none() && self.columns().is_some()
    }

    /// Its columns, where every part is one.
    pub fn columns(&self) -> Option<Vec<&str>> {
        self.parts
            .iter()
            .map(|part| match part {
                UniquePart::Column(name) => Some(name.as_str()),
                UniquePart::Expr(_) => None,
            })
            .collect()
    }
}

/// A column or an expression that a unique covers.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum UniquePart {
    /// A column.
    Column(String),
    /// An expression over the row's columns.
    Expr(Expr),
}

/// A foreign key to a declared table or to an external one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ForeignKey {
    /// Its name in Postgres.
    pub name: String,
    /// The columns here.
    pub columns: Vec<String>,
    /// The table there: a declared name, or an external's qualified name.
    pub table: String,
    /// The columns there, one for each here.
    pub references: Vec<String>,
    /// What the server does to these rows when the row there is deleted.
    #[serde(with = "super::wire::words")]
    #[schemars(with = "super::wire::WordOf<FkAction>")]
    pub on_delete: FkAction,
    /// What the server does when the key there changes.
    #[serde(with = "super::wire::words")]
    #[schemars(with = "super::wire::WordOf<FkAction>")]
    pub on_update: FkAction,
    /// Whether it is checked at the end of the transaction (`deferrable initially deferred`).
    pub deferrable: bool,
    /// Whether Postgres enforces it; `Unchecked` only documents and orders (`enforced: false`).
    pub on_server: OnServer,
}

/// How far Postgres enforces a constraint.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum OnServer {
    /// For every row.
    Enforced,
    /// For new rows only (`not valid`).
    NotValid,
    /// Not at all; the fact is used for order and documents only.
    Unchecked,
}

/// An index that enforces nothing.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Index {
    /// Its name on the server; the same on the client.
    pub name: String,
    /// What it sorts by.
    pub parts: Vec<IndexPart>,
    /// Only rows that satisfy this.
    pub predicate: Option<Expr>,
    /// Columns that Postgres stores beside its parts.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub include: Vec<String>,
    /// Postgres access method; `btree` unless declared.
    pub method: String,
    /// Where it stands.
    pub side: IndexSide,
}

/// Where an index stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum IndexSide {
    /// In Postgres only.
    Server,
    /// On the device only.
    Client,
    /// On both.
    Both,
}

/// One sort key of an index.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct IndexPart {
    /// A column reference or another expression.
    pub expr: Expr,
    /// Whether it sorts downwards.
    pub descending: bool,
    /// Where NULLs stand, where declared: first or last.
    pub nulls_first: Option<bool>,
}

/// A named check.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Check {
    /// Its name in Postgres.
    pub name: String,
    /// What a row must satisfy.
    pub body: CheckBody,
    /// How far Postgres enforces it: `Enforced` or `NotValid`.
    pub on_server: OnServer,
}

/// A check as one expression for all dialects, or openly one text for each.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum CheckBody {
    /// One expression, printed for every dialect.
    Expr(Expr),
    /// SQL by dialect; a dialect without text is not checked there.
    Sql {
        /// Postgres text.
        postgres: Option<String>,
        /// SQLite text.
        sqlite: Option<String>,
    },
}

/// Options of PowerSync's client table.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ClientOptions {
    /// Keep a `_metadata` column.
    pub track_metadata: bool,
    /// Columns whose previous values travel with an upload; empty means off.
    pub track_previous: Vec<String>,
    /// Do not queue updates that change nothing.
    pub ignore_empty_updates: bool,
    /// The name of the client's view, where it differs from the client name.
    pub view_name: Option<String>,
    /// A table of SQLite instead of a view over PowerSync's own.
    #[serde(default)]
    pub raw: bool,
}
