//! What a database is, as its own catalog would tell it: one type for what a model asks for and for what is there.
//!
//! [`lower`] makes a catalog of a [`Model`](crate::model::Model), the readers make one of a live database, and
//! [`difference`] lists what is not the same.
//! A reader never sees our DDL: it asks the database's own tables, so that it can prove what the DDL did.
//!
//! Maps keep the declared order for those who print, and compare without it.

mod adopted;
mod body;
mod caller;
mod changed;
mod copied;
mod deletion;
mod difference;
mod fact;
mod grants;
mod helper;
mod lower;
mod moved;
mod policies;
pub mod postgres;
mod publication;
mod sent;
mod sets;
pub mod sqlite;
mod stock;
mod storage;
mod touch;
pub(crate) mod writers;
mod written;

pub use adopted::adopted;
pub use body::Body;
pub(crate) use caller::{ClaimFunction, claim, claim_at_path, token, user_id};
pub(crate) use changed::NUMBER_OF_CHANGE;
pub use deletion::Decision;
pub use difference::{Difference, difference};
pub use grants::callers;
pub(crate) use grants::{bypassing, changes, of_table as grants_of_table, revoked, users};
pub use helper::{Call, Helper};
pub(crate) use lower::{
    SEARCH_PATH, extensions, labels, name_of, outline, own_functions, required, server_columns,
    server_tables, sql_type, stored, tables,
};
pub use lower::{caller, lower, private_schema};
pub(crate) use policies::both;
pub use publication::published;
pub use sets::{Caller, SetFunction, Sets};
pub(crate) use storage::speaks_of_others;
pub use storage::{Folders, InBucket, policies_of_bucket};
pub(crate) use touch::{Touch, edited_at, instant_of, now_of, past};
pub use written::without_written;

use crate::map::{IndexMap, IndexSet};
use crate::model::{Expr, Range};
use std::fmt;

/// Everything that is compared.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Catalog {
    /// Schemas by name.
    pub schemas: IndexMap<String, Schema>,
    /// Native enum types.
    pub enums: IndexMap<Name, EnumType>,
    /// Domains.
    pub domains: IndexMap<Name, Domain>,
    /// Tables.
    pub tables: IndexMap<Name, Table>,
    /// Views.
    pub views: IndexMap<Name, View>,
    /// Functions, by name; two of one name are one entry.
    pub functions: IndexMap<Name, Function>,
    /// The sets that policies look things up in; they stand behind some of the functions.
    pub sets: Sets,
    /// What triggers decide beside the policies; each has its function.
    pub decisions: Vec<Decision>,
    /// Functions that triggers call for what the declaration says of columns.
    pub helpers: Vec<Helper>,
    /// The tables of publications by the publications' names.
    pub publications: IndexMap<String, IndexSet<Name>>,
    /// Whether each of them is for all tables.
    pub publishes_all: IndexMap<String, bool>,
    /// Whether roles bypass row-level security, by the names of those for which it matters.
    pub bypasses: IndexMap<String, bool>,
    /// Whether roles may make temporary objects in the database, by the names of those for which it matters.
    pub temporary: IndexMap<String, bool>,
    /// What guards the objects of storage buckets, where there are such.
    pub storage: Option<Storage>,
}

impl Catalog {
    /// Whether the other one has a table, a view or a type of the same name.
    pub fn shares_with(&self, other: &Self) -> bool {
        let mut tables = self.tables.keys();
        let mut views = self.views.keys();
        let mut enums = self.enums.keys();
        let mut domains = self.domains.keys();
        tables.any(|name| other.tables.contains_key(name))
            || views.any(|name| other.views.contains_key(name))
            || enums.any(|name| other.enums.contains_key(name))
            || domains.any(|name| other.domains.contains_key(name))
    }
}

/// A name in a schema; SQLite has one schema, `main`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Name {
    /// The schema.
    pub schema: String,
    /// The name in it.
    pub name: String,
}

impl Name {
    /// A name in a schema.
    pub fn new(schema: impl Into<String>, name: impl Into<String>) -> Self {
        Self {
            schema: schema.into(),
            name: name.into(),
        }
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.schema, self.name)
    }
}

/// A schema.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Schema {
    /// The roles that may look into it, of those that are compared.
    pub usage: IndexSet<String>,
}

/// A native enum type.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EnumType {
    /// Its labels in order.
    pub labels: Vec<String>,
    /// Its comment.
    pub comment: Option<String>,
}

/// A domain.
#[derive(Clone, Debug, PartialEq)]
pub struct Domain {
    /// The type underneath.
    pub base: String,
    /// Its checks by name; they speak of `value`.
    pub checks: IndexMap<String, Formula>,
    /// Its comment.
    pub comment: Option<String>,
}

/// An expression: as understood, or as the text of a dialect where it is none of ours.
#[derive(Clone, Debug, PartialEq)]
pub enum Formula {
    /// One of ours.
    Expr(Expr),
    /// Text.
    Sql(String),
}

impl Formula {
    /// The columns that it uses; of text they are not known.
    pub(crate) fn columns(&self) -> Vec<&str> {
        match self {
            Self::Expr(expr) => expr.columns(),
            Self::Sql(_) => Vec::new(),
        }
    }
}

/// A table.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Table {
    /// Its columns.
    pub columns: IndexMap<String, Column>,
    /// Its primary key.
    pub key: Option<Key>,
    /// Unique constraints and unique indexes by name.
    pub uniques: IndexMap<String, Unique>,
    /// Exclusion constraints by name.
    pub exclusions: IndexMap<String, Exclusion>,
    /// Foreign keys by name.
    pub foreign_keys: IndexMap<String, ForeignKey>,
    /// Indexes that enforce nothing, by name.
    pub indexes: IndexMap<String, Index>,
    /// Checks by name.
    pub checks: IndexMap<String, Check>,
    /// Triggers by name.
    pub triggers: IndexMap<String, Trigger>,
    /// Row-level security.
    pub rls: Rls,
    /// Policies by name.
    pub policies: IndexMap<String, Policy>,
    /// What roles may do, of those roles that are compared.
    pub grants: IndexMap<String, Grant>,
    /// Whether SQLite enforces the types of its columns; never said of Postgres, which always does.
    pub strict: bool,
    /// What a replicated UPDATE or DELETE identifies its row by.
    pub replica_identity: ReplicaIdentity,
    /// Its comment.
    pub comment: Option<String>,
}

impl Table {
    /// Whether an index of all rows starts with one of these columns.
    pub(crate) fn finds(&self, columns: &[String]) -> bool {
        let is_one = |formula: &Formula| match formula {
            Formula::Expr(Expr::Column(name)) => columns.contains(name),
            Formula::Expr(_) | Formula::Sql(_) => false,
        };
        let starts = |parts: &[Part]| parts.first().is_some_and(|part| is_one(&part.formula));
        let key = self.key.as_ref().and_then(|key| key.columns.first());
        let mut uniques = self.uniques.values();
        let mut indexes = self.indexes.values();
        key.is_some_and(|name| columns.contains(name))
            || uniques.any(|unique| unique.predicate.is_none() && starts(&unique.parts))
            || indexes.any(|index| index.predicate.is_none() && starts(&index.parts))
    }
}

/// A column.
#[derive(Clone, Debug, PartialEq)]
pub struct Column {
    /// Its type as this crate spells it: `timestamptz`, `numeric(10,2)`, `public.item_status`, `text[]`.
    pub sql_type: String,
    /// Whether NULL is a value.
    pub nullable: bool,
    /// What stands where an INSERT names no value.
    pub default: Option<Formula>,
    /// Whether it counts up (`generated always as identity`).
    pub identity: bool,
    /// What it is computed from (`generated always as … stored`).
    pub generated: Option<Formula>,
    /// Its comment.
    pub comment: Option<String>,
}

/// When a constraint is checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Deferral {
    /// With each statement.
    Never,
    /// With each statement, unless the transaction asks for the end (`deferrable initially immediate`); no declared one is.
    OnDemand,
    /// At the end of the transaction (`deferrable initially deferred`).
    Always,
}

impl Deferral {
    /// That of a declared constraint.
    #[must_use]
    pub fn declared(deferrable: bool) -> Self {
        match deferrable {
            true => Self::Always,
            false => Self::Never,
        }
    }

    /// How a difference names it.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Never => "false",
            Self::OnDemand => "on demand",
            Self::Always => "true",
        }
    }
}

/// A primary key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Key {
    /// Its constraint's name.
    pub name: String,
    /// Its columns in order.
    pub columns: Vec<String>,
    /// When it is checked; a declared one with each statement.
    pub deferral: Deferral,
}

/// A unique constraint or a unique index.
#[derive(Clone, Debug, PartialEq)]
pub struct Unique {
    /// A constraint, else an index.
    pub constraint: bool,
    /// What is unique together.
    pub parts: Vec<Part>,
    /// Only rows that satisfy this.
    pub predicate: Option<Formula>,
    /// Whether two NULLs count as equal.
    pub nulls_not_distinct: bool,
    /// When it is checked.
    pub deferral: Deferral,
    /// Columns that its index stores beside its parts; a declared unique has none.
    pub include: Vec<String>,
}

/// An exclusion constraint.
#[derive(Clone, Debug, PartialEq)]
pub struct Exclusion {
    /// The access method of its index.
    pub method: String,
    /// What two rows are compared by.
    pub elements: Vec<Excluded>,
    /// Only rows that satisfy this.
    pub predicate: Option<Formula>,
    /// When it is checked.
    pub deferral: Deferral,
}

/// An element of an exclusion constraint.
#[derive(Clone, Debug, PartialEq)]
pub struct Excluded {
    /// The value of a row.
    pub value: ExcludedValue,
    /// The name of the operator between the values of two rows.
    pub operator: String,
}

/// The value of a row in an exclusion constraint.
#[derive(Clone, Debug, PartialEq)]
pub enum ExcludedValue {
    /// A column or an expression.
    Formula(Formula),
    /// What is between two columns.
    Range(Range),
}

impl Exclusion {
    /// The columns that it uses, as far as they are known.
    pub(crate) fn columns(&self) -> Vec<&str> {
        let values = self.elements.iter().flat_map(|one| match &one.value {
            ExcludedValue::Formula(formula) => formula.columns(),
            ExcludedValue::Range(range) => vec![range.from.as_str(), range.to.as_str()],
        });
        let predicate = self.predicate.iter().flat_map(Formula::columns);
        values.chain(predicate).collect()
    }
}

/// An index.
#[derive(Clone, Debug, PartialEq)]
pub struct Index {
    /// The access method.
    pub method: String,
    /// What it sorts by.
    pub parts: Vec<Part>,
    /// Only rows that satisfy this.
    pub predicate: Option<Formula>,
    /// Columns that it stores beside its parts.
    pub include: Vec<String>,
}

/// One part of an index.
#[derive(Clone, Debug, PartialEq)]
pub struct Part {
    /// A column or an expression.
    pub formula: Formula,
    /// Whether it sorts downwards.
    pub descending: bool,
    /// Whether NULLs come first.
    pub nulls_first: bool,
}

/// A foreign key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ForeignKey {
    /// The columns here.
    pub columns: Vec<String>,
    /// The table there.
    pub table: Name,
    /// The columns there.
    pub references: Vec<String>,
    /// `NO ACTION` and its kin, when the row there is deleted.
    pub on_delete: &'static str,
    /// The same, when its key changes.
    pub on_update: &'static str,
    /// When it is checked.
    pub deferral: Deferral,
    /// Whether rows that were there before satisfy it, too.
    pub validated: bool,
}

/// A check.
#[derive(Clone, Debug, PartialEq)]
pub struct Check {
    /// What a row must satisfy.
    pub formula: Formula,
    /// Whether rows that were there before satisfy it, too.
    pub validated: bool,
}

/// A trigger.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trigger {
    /// When it fires: `before insert or update`, `before update of edited_at`.
    pub when: String,
    /// Its condition, as Postgres prints it, without blanks.
    pub condition: Option<String>,
    /// The function it calls.
    pub function: Name,
}

/// A policy of row-level security.
#[derive(Clone, Debug, PartialEq)]
pub struct Policy {
    /// The command: `select`, `insert`, `update`, `delete` or `all`.
    pub command: String,
    /// Whether it adds to what other policies grant, as opposed to taking away from it.
    pub permissive: bool,
    /// For whom, `public` for everybody.
    pub roles: IndexSet<String>,
    /// Which rows the command sees.
    pub using: Option<Formula>,
    /// Which rows it may leave behind.
    pub check: Option<Formula>,
}

/// Storage buckets and who reaches their objects; the tables themselves are the platform's.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Storage {
    /// Whether everybody downloads the objects of a bucket without any policy being asked, by the buckets' names.
    pub buckets: IndexMap<String, bool>,
    /// Row-level security of `storage.objects`; never said to be forced.
    pub rls: Rls,
    /// Its policies by name, but for those that speak of other buckets alone.
    pub policies: IndexMap<String, Policy>,
}

/// A function.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Function {
    /// What comes back: `uuid`, `setof uuid`, `trigger`.
    pub returns: String,
    /// `immutable`, `stable` or `volatile`.
    pub volatility: String,
    /// Whether it runs with the rights of its owner.
    pub security_definer: bool,
    /// Whether parallel workers may call it.
    pub parallel_safe: bool,
    /// The settings that it runs under: `search_path=pg_catalog, pg_temp`.
    pub settings: Vec<String>,
    /// What it does; `None` where nothing is said of it.
    pub body: Option<Body>,
    /// Who may call it, of the roles that are compared, `public` for everybody.
    pub execute: IndexSet<String>,
}

/// Whether row-level security is on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Rls {
    /// Off.
    #[default]
    Off,
    /// On for all but the owner.
    Enabled,
    /// On for the owner, too.
    Forced,
}

/// What a replicated UPDATE or DELETE identifies its row by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ReplicaIdentity {
    /// The primary key.
    #[default]
    Default,
    /// An index.
    Index,
    /// The whole row.
    Full,
    /// Nothing.
    Nothing,
}

/// What one role may do with one table.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Grant {
    /// Privileges on the whole table: `select`, `insert`…
    pub table: IndexSet<String>,
    /// Privileges on columns.
    pub columns: IndexMap<String, IndexSet<String>>,
}

/// The query of a view over the rows of one table.
#[derive(Clone, Debug, PartialEq)]
pub struct Query {
    /// What each column is.
    pub columns: IndexMap<String, Formula>,
    /// The table, qualified and quoted where it has to be.
    pub table: String,
    /// Which rows; all where absent.
    pub filter: Option<Formula>,
}

/// A view.
#[derive(Clone, Debug, PartialEq)]
pub struct View {
    /// Its columns in order.
    pub columns: Option<Vec<String>>,
    /// Its query, where it is known and reads one table.
    pub query: Option<Query>,
    /// Whether the caller's policies apply.
    pub security_invoker: bool,
    /// What roles may do, of those roles that are compared.
    pub grants: IndexMap<String, Grant>,
    /// Its comment.
    pub comment: Option<String>,
}
