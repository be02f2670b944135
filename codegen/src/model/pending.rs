//! What a migration of several files leaves to the files that follow.

use super::Adopted;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// Names by the declared name of their table.
pub type ByTable = BTreeMap<String, BTreeSet<String>>;

/// What the database does not hold yet, though the model says so: files of the same migration follow that make it true.
///
/// A declaration has nothing pending, and neither has the last file of a migration.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Pending {
    /// Whether other files of the same migration follow.
    pub follows: bool,
    /// Uniques and indexes that are not built.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub unbuilt: ByTable,
    /// Unique constraints of which only the index is there.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub unattached: ByTable,
    /// Foreign keys and checks that only new rows are compared with.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub unvalidated: ByTable,
    /// Required columns that may still hold NULL.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub optional: ByTable,
    /// New ones of them, whose default would fill them with something else.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub without_default: ByTable,
    /// Columns for which rows have to be sent to devices again.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub untouched: ByTable,
    /// Optional ones that a check keeps new rows from leaving NULL; `unvalidated` says whether it was proven.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub guarded: ByTable,
    /// Columns that were filled: rows that came meanwhile without a value are filled before all of them are checked.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub unsettled: ByTable,
    /// Labels, by enum, that rows hold and checks permit until others take their place.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub unreplaced: ByTable,
    /// Labels, by enum, that no new row may hold, and that rows which came meanwhile may hold.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub narrowed: ByTable,
    /// What the database has in the place of what is generated, where it was there before its declaration.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub adopted: Option<Adopted>,
}

impl Pending {
    /// Whether the model says what the database holds.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// Whether a name of a table is among them.
pub fn holds(names: &ByTable, table: &str, name: &str) -> bool {
    names.get(table).is_some_and(|names| names.contains(name))
}
