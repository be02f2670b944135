//! A declaration as it was written: types that mirror the YAML, every name and value with its place.
//!
//! Nothing here is looked up, completed or judged beyond the shape of the YAML; `check` does that and makes the `Model`.
//! What the decoder could not read is reported by it and left out (`None`, or missing from its map), so that
//! `check` goes on with the rest and stays silent about the hole.

mod access;
mod column;
mod decode;
mod json_schema;
mod keys;
mod object;
mod origins;
mod settings;
mod spanned;
mod stream;
mod table;

pub use access::{Access, RoleRule, RoleRules, Rule, UpdateRule, UpdateRules};
pub use column::{Backfill, Column, Generated, Server, Side, Value};
pub use decode::decode;
pub(crate) use decode::decode_part;
pub use json_schema::json_schema;
#[cfg(test)]
pub(crate) use keys::TARGETS as TARGET_NAMES;
pub(crate) use keys::{FILE, KeySpec, Section, Shape};
pub use object::{
    DomainDef, EnumDef, External, ExternalColumn, Scope, SqlObject, StorageBucket, View, ViewBody,
    ViewColumn,
};
pub use origins::Origins;
pub use settings::{Postgres, Roles, Sqlite, Target};
pub use spanned::{Flag, Name, Snippet, Spanned};
pub use stream::{Param, Stream, StreamTable};
pub use table::{
    Check, CheckBody, ClientOptions, Exclusion, ExclusionElement, ExclusionPart, ForeignKey,
    ForeignKeyOptions, Id, IdForm, Index, IndexPart, Key, NullsOrder, Part, RecipeColumn,
    RecipePart, Reference, Seed, SeedValue, Table, TrackPrevious, Unique,
};

use crate::map::IndexMap;

/// All files of one declaration, joined: sections in the order of the files, names in declared order.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Declaration {
    /// `app`: a snake case word; always there unless an error says otherwise.
    pub app: Option<Name>,
    /// `doc`.
    pub doc: Option<Spanned<String>>,
    /// `postgres`; empty where it is not declared.
    pub postgres: Postgres,
    /// `sqlite`; empty where it is not declared.
    pub sqlite: Sqlite,
    /// `targets`, by target name.
    pub targets: IndexMap<String, Target>,
    /// `enums`.
    pub enums: IndexMap<String, EnumDef>,
    /// `domains`.
    pub domains: IndexMap<String, DomainDef>,
    /// `scopes`.
    pub scopes: IndexMap<String, Scope>,
    /// `externals`, by schema-qualified name (`auth.users`).
    pub externals: IndexMap<String, External>,
    /// `tables`.
    pub tables: IndexMap<String, Table>,
    /// `views`.
    pub views: IndexMap<String, View>,
    /// `sql`.
    pub sql: IndexMap<String, SqlObject>,
    /// `streams`.
    pub streams: IndexMap<String, Stream>,
    /// `storage`.
    pub storage: IndexMap<String, StorageBucket>,
}
