//! What stands beside tables: views, hand-written SQL, storage buckets.

use super::{Access, Expr};
use crate::map::IndexMap;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A view, in one dialect or in both.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct View {
    /// Its name.
    pub name: String,
    /// Its Postgres schema.
    pub schema: String,
    /// What one row is.
    pub doc: Option<String>,
    /// Its text.
    pub body: ViewBody,
    /// Declared tables and views it reads; they are created before it.
    pub depends_on: Vec<String>,
    /// Whether Postgres applies the policies of the caller (`security_invoker`); true unless declared.
    pub security_invoker: bool,
}

/// Where a view's text comes from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ViewBody {
    /// Columns computed from the rows of one table, the same in both dialects.
    Columns {
        /// The declared table.
        table: String,
        /// Output columns by name.
        columns: IndexMap<String, Expr>,
        /// Which rows; all where absent.
        filter: Option<Expr>,
    },
    /// The text of the query, by dialect; no view in a dialect without text.
    Sql {
        /// Postgres text.
        postgres: Option<String>,
        /// SQLite text.
        sqlite: Option<String>,
    },
}

/// Hand-written Postgres SQL that is carried along.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SqlObject {
    /// A name of its own.
    pub name: String,
    /// What it is for.
    pub doc: Option<String>,
    /// When it runs.
    pub phase: SqlPhase,
    /// The text, run as it is.
    pub up: String,
    /// The text that takes it back, where there is one.
    pub down: Option<String>,
    /// Declared tables, columns (`table.column`), enums, domains, other SQL that it needs; they come before it.
    pub depends_on: Vec<String>,
}

/// When hand-written SQL runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum SqlPhase {
    /// Before the first table: extensions, functions that checks call.
    BeforeTables,
    /// After the last policy: triggers, functions over tables.
    AfterTables,
}

/// A storage bucket with policies on its objects.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct StorageBucket {
    /// Its id.
    pub name: String,
    /// What it holds.
    pub doc: Option<String>,
    /// Whether anybody may fetch an object by its address.
    pub public: bool,
    /// The names of the folders of an object's path, outermost first; rules speak of them as text columns.
    pub path: Vec<String>,
    /// Who may do what with an object.
    pub access: Access,
    /// The columns whose values are paths of its objects; an object that none of them names is an orphan.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub references: Vec<ObjectReference>,
}

/// A column that contains paths of a bucket's objects.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ObjectReference {
    /// The table.
    pub table: String,
    /// The column, which is text.
    pub column: String,
}
