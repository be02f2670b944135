//! What stands beside tables, as declared: named kinds, scopes, externals, views, SQL, buckets.

use super::{Access, CheckBody, Flag, Name, Snippet, Spanned};
use crate::map::IndexMap;
use crate::model::SqlPhase;
use synctable::{EnumStorage, KindSyntax};

/// A named set of labels; `name: [a, b]` is `name: {labels: [a, b]}`.
#[derive(Clone, Debug, PartialEq)]
pub struct EnumDef {
    /// Its name.
    pub name: Name,
    /// `labels`, each once; empty only after an error.
    pub labels: Vec<Name>,
    /// `storage`; `native` unless declared.
    pub storage: Option<Spanned<EnumStorage>>,
    /// `retired`.
    pub retired: Vec<Name>,
    /// `replaced`: labels that are gone, each with the one that takes its place.
    pub replaced: Vec<(Name, Name)>,
    /// `schema`.
    pub schema: Option<Name>,
    /// `was`.
    pub was: Option<Name>,
    /// `doc`.
    pub doc: Option<Spanned<String>>,
}

/// A named kind with a check.
#[derive(Clone, Debug, PartialEq)]
pub struct DomainDef {
    /// Its name.
    pub name: Name,
    /// `kind`; always there unless an error says otherwise.
    pub kind: Option<Spanned<KindSyntax>>,
    /// `check`.
    pub check: Option<CheckBody>,
    /// `schema`.
    pub schema: Option<Name>,
    /// `was`.
    pub was: Option<Name>,
    /// `doc`.
    pub doc: Option<Spanned<String>>,
}

/// A named set for access rules.
#[derive(Clone, Debug, PartialEq)]
pub struct Scope {
    /// Its name.
    pub name: Name,
    /// `select column from table where …`.
    pub select: Snippet,
    /// `expect`: how many values a caller has of it, at most.
    pub expect: Option<Spanned<u32>>,
}

/// A table that exists elsewhere.
#[derive(Clone, Debug, PartialEq)]
pub struct External {
    /// `schema.table`.
    pub name: Name,
    /// Its Postgres schema.
    pub schema: String,
    /// Its name in that schema.
    pub table: String,
    /// Its columns.
    pub columns: IndexMap<String, ExternalColumn>,
}

/// A column of an external table.
#[derive(Clone, Debug, PartialEq)]
pub struct ExternalColumn {
    /// Its name.
    pub name: Name,
    /// Its kind; always there unless an error says otherwise.
    pub kind: Option<Spanned<KindSyntax>>,
}

/// A view.
#[derive(Clone, Debug, PartialEq)]
pub struct View {
    /// Its name.
    pub name: Name,
    /// `doc`.
    pub doc: Option<Spanned<String>>,
    /// `schema`.
    pub schema: Option<Name>,
    /// Its text; always there unless an error says otherwise.
    pub body: Option<ViewBody>,
    /// `security_invoker`; true unless declared.
    pub security_invoker: Option<Spanned<bool>>,
}

/// Where a view's text comes from.
#[derive(Clone, Debug, PartialEq)]
pub enum ViewBody {
    /// `from`, `columns`, `where`.
    Columns {
        /// The table.
        from: Name,
        /// Output columns, by name.
        columns: IndexMap<String, ViewColumn>,
        /// `where`.
        filter: Option<Snippet>,
    },
    /// `reads` and a text by dialect; at least one text.
    Sql {
        /// Tables and views it reads.
        reads: Vec<Name>,
        /// `postgres`.
        postgres: Option<Snippet>,
        /// `sqlite`.
        sqlite: Option<Snippet>,
    },
}

/// An output column of a view.
#[derive(Clone, Debug, PartialEq)]
pub struct ViewColumn {
    /// Its name.
    pub name: Name,
    /// What it shows.
    pub expr: Snippet,
}

/// Hand-written Postgres SQL.
#[derive(Clone, Debug, PartialEq)]
pub struct SqlObject {
    /// Its name.
    pub name: Name,
    /// `doc`.
    pub doc: Option<Spanned<String>>,
    /// `phase`; after the tables unless declared.
    pub phase: Option<Spanned<SqlPhase>>,
    /// `needs`: tables, `table.column`, enums, domains, views, other SQL.
    pub needs: Vec<Name>,
    /// `up`; always there unless an error says otherwise.
    pub up: Option<Snippet>,
    /// `down`.
    pub down: Option<Snippet>,
}

/// A storage bucket.
#[derive(Clone, Debug, PartialEq)]
pub struct StorageBucket {
    /// Its id.
    pub name: Name,
    /// `doc`.
    pub doc: Option<Spanned<String>>,
    /// `public: true`.
    pub public: Flag,
    /// `path`: folder names, outermost first, each once.
    pub path: Vec<Name>,
    /// `access`.
    pub access: Option<Access>,
    /// `references`: `table.column`, each once.
    pub references: Vec<Name>,
}
