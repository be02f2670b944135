//! The checked meaning of a declaration: what every target reads, and nothing of how it was written.
//!
//! A [`Model`] is a plain value with honest equality.
//! It knows no file, no position and no target; names in it are resolved and unique in their room.
//! Only `check` builds one, so whoever holds a `Model` holds a valid one.

mod access;
mod adopted;
mod asked;
mod clients;
mod column;
mod columns;
mod conflict;
mod database;
mod exclusion;
mod expr;
mod fingerprint;
mod history;
mod id;
mod object;
mod order;
pub mod pending;
mod program;
mod pulled;
#[doc(hidden)]
pub mod sample;
#[doc(hidden)]
pub mod sample_wide;
mod scopes;
mod seed;
mod settings;
mod stock;
mod stream;
mod table;
mod uploads;
mod walk;
mod wire;

pub use access::{Access, RoleRules, Rule, UpdateRule};
pub use adopted::{Adopted, AdoptedPolicy, AdoptedRights, AdoptedTable};
pub use asked::{AskedBucket, AskedRole};
pub use clients::{AddedColumn, Clients, RenamedColumn};
pub use column::{Column, Copied, DefaultValue, Generated};
pub use columns::Columns;
pub use conflict::Arbiter;
pub use database::{Database, Step};
pub use exclusion::{
    Exclusion, ExclusionElement, ExclusionMethod, ExclusionOperator, ExclusionPart, Range,
    RangeBounds, RangeKind,
};
pub use expr::{ArithOp, CompareOp, Expr, Function, IsTest, Literal, Select, Set};
pub use fingerprint::fingerprint;
pub use history::{History, Names, Released};
pub use id::{ClientId, IdEncoding, IdPart, Recipe, RecipePart};
pub use object::{ObjectReference, SqlObject, SqlPhase, StorageBucket, View, ViewBody};
pub use order::parents_first;
pub use pending::Pending;
pub use program::{ClientColumn, ClientTable, Filled, InPatch, InPut, StoredAs};
pub use pulled::{Pulled, PulledRole, PulledTable};
pub use seed::Seed;
pub use settings::{Auth, CheckpointEvent, Connection, Postgres, Roles, Sqlite};
pub use stock::NotStock;
pub use stream::{Stream, StreamTable};
pub use table::{
    Check, CheckBody, ClientOptions, DomainDef, EnumDef, External, ForeignKey, Index, IndexPart,
    IndexSide, OnServer, Table, Unique, UniquePart,
};
pub use uploads::Uploads;

use crate::map::{IndexMap, IndexSet};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The format number of a serialised [`Model`], in snapshots and in `show model --format json`.
pub const FORMAT: u32 = 1;

/// The JSON Schema (draft 2020-12) of what `show model` prints: `{"format": 1, "model": …}`.
pub fn json_schema() -> serde_json::Value {
    #[derive(JsonSchema)]
    #[schemars(title = "A checked model of synctable", deny_unknown_fields)]
    struct Document {
        /// The format number; a reader refuses one that it does not know.
        #[schemars(extend("const" = FORMAT))]
        #[expect(dead_code, reason = "only its shape counts")]
        format: u32,
        /// The model.
        #[expect(dead_code, reason = "only its shape counts")]
        model: Model,
    }
    schemars::schema_for!(Document).to_value()
}

/// One app's tables and everything that is generated from them.
///
/// Order is the declared order everywhere; it is part of equality and of the output.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Model {
    /// The app's name, a snake case word.
    pub app: String,
    /// What the app is, for generated documents.
    pub doc: Option<String>,
    /// Facts about the Postgres side.
    pub postgres: Postgres,
    /// What devices with plain SQLite have beside their tables.
    #[serde(default, skip_serializing_if = "Sqlite::is_default")]
    pub sqlite: Sqlite,
    /// Named sets of labels.
    pub enums: IndexMap<String, EnumDef>,
    /// Named kinds with a check.
    pub domains: IndexMap<String, DomainDef>,
    /// Named sets, usable in every access rule.
    pub scopes: IndexMap<String, Select>,
    /// How many values a caller has of a scope, at most, where that is declared; the bucket budget counts with it.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub expected: IndexMap<String, u32>,
    /// Tables that exist elsewhere and may be referenced, by qualified name (`auth.users`).
    pub externals: IndexMap<String, External>,
    /// The tables, by declared name, which is unique over all schemas.
    pub tables: IndexMap<String, Table>,
    /// Views of both dialects.
    pub views: IndexMap<String, View>,
    /// Hand-written SQL.
    pub sql: IndexMap<String, SqlObject>,
    /// What is synced beyond the automatic stream of each table.
    pub streams: IndexMap<String, Stream>,
    /// Storage buckets with policies on their objects' paths.
    pub storage: IndexMap<String, StorageBucket>,
    /// What other files of a migration still have to do; only snapshots of the ledger have any.
    #[serde(default, skip_serializing_if = "Pending::is_empty")]
    pub pending: Pending,
    /// The tables that Rust mappers are wanted for, where not all are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mapped: Option<IndexSet<String>>,
    /// Whether TypeScript gets the worker that syncs devices.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub worker: bool,
}

impl Model {
    /// Whether a bridge signs URLs of objects.
    pub fn signs_objects(&self) -> bool {
        self.postgres.roles.bridge.is_some() && !self.storage.is_empty()
    }

    /// Everything but the tables, which are nearly all of it.
    pub(crate) fn without_tables(&self) -> Self {
        Self {
            app: self.app.clone(),
            doc: self.doc.clone(),
            postgres: self.postgres.clone(),
            sqlite: self.sqlite,
            enums: self.enums.clone(),
            domains: self.domains.clone(),
            scopes: self.scopes.clone(),
            expected: self.expected.clone(),
            externals: self.externals.clone(),
            tables: IndexMap::default(),
            views: self.views.clone(),
            sql: self.sql.clone(),
            streams: self.streams.clone(),
            storage: self.storage.clone(),
            pending: self.pending.clone(),
            mapped: self.mapped.clone(),
            worker: self.worker,
        }
    }
}
