//! What an adopted database has in the place of what is generated, until the next migration.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// What a database has that was there before its declaration: its own policies and rights, and none of the generated functions
/// and triggers.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Adopted {
    /// The tables, by their declared names.
    pub tables: BTreeMap<String, AdoptedTable>,
    /// The rights on views, by their declared names, then by role.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub views: BTreeMap<String, BTreeMap<String, AdoptedRights>>,
    /// The roles that may look into each schema.
    pub usage: BTreeMap<String, BTreeSet<String>>,
    /// Whether roles bypass row-level security, by the names of those that are there.
    pub bypasses: BTreeMap<String, bool>,
    /// Whether callers may make temporary objects.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub temporary: BTreeMap<String, bool>,
    /// The declared names of the published tables.
    pub published: BTreeSet<String>,
}

/// What one table has.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct AdoptedTable {
    /// Whether row-level security is on.
    pub is_secured: bool,
    /// Whether it binds the owner, too.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub is_forced: bool,
    /// Its policies by name, word for word.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub policies: BTreeMap<String, AdoptedPolicy>,
    /// The rights by role.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub rights: BTreeMap<String, AdoptedRights>,
    /// The defaults that ask for the caller in another way than generated ones, by column.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub defaults: BTreeMap<String, String>,
}

/// A policy, with its conditions as Postgres prints them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct AdoptedPolicy {
    /// The command: `select`, `insert`, `update`, `delete` or `all`.
    pub command: String,
    /// For whom.
    pub roles: BTreeSet<String>,
    /// Which rows the command sees.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub using: Option<String>,
    /// Which rows it may leave behind.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub check: Option<String>,
}

/// The rights of a role on a table or a view.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct AdoptedRights {
    /// On all of it.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub all: BTreeSet<String>,
    /// On columns, by privilege.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub columns: BTreeMap<String, BTreeSet<String>>,
}
