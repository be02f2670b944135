//! What servers and sync configs know of the releases that clients still run.

use serde::{Deserialize, Serialize};

/// The releases that are in use, the oldest first, and what is different for them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Clients {
    /// Their names.
    pub versions: Vec<String>,
    /// Their fingerprints, in the same order.
    pub fingerprints: Vec<String>,
    /// Columns that the oldest of them does not know.
    pub added: Vec<AddedColumn>,
    /// Columns that some of them know by another name.
    pub renamed: Vec<RenamedColumn>,
}

/// A column that came with a release.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AddedColumn {
    /// Its table.
    pub table: String,
    /// Its name.
    pub column: String,
    /// The first release that knows it; `None` where none of them does.
    pub since: Option<String>,
}

/// A column that releases know by another name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RenamedColumn {
    /// Its table.
    pub table: String,
    /// Its name.
    pub column: String,
    /// Its name on devices of these releases.
    pub was: String,
    /// The releases.
    pub releases: Vec<String>,
}

impl Clients {
    /// The other names of a column on devices, each once.
    pub fn aliases<'c>(&'c self, table: &str, column: &str) -> Vec<&'c str> {
        let renamed = self.renamed.iter();
        let mut names: Vec<&str> = renamed
            .filter(|one| one.table == table && one.column == column)
            .map(|one| one.was.as_str())
            .collect();
        names.dedup();
        names
    }
}
