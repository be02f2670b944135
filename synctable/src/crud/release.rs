//! What each release of an app knows, so that a PUT tells "left out" from "never heard of".

use crate::table::{ColumnDef, TableDef};

/// The releases of an app that devices may still run, and the columns that came after the first of them.
///
/// ```
/// use synctable::crud::{Added, Releases};
/// const RELEASES: Releases = Releases {
///     versions: &["1.0.0", "1.1.0"],
///     added: &[Added { table: "items", column: "rank", since: "1.1.0" }],
/// };
/// assert_eq!(RELEASES.of("1.1.0").version(), "1.1.0");
/// assert_eq!(RELEASES.of("what?").version(), "1.0.0");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Releases {
    /// Version or fingerprint of each release that is still supported, the oldest first.
    pub versions: &'static [&'static str],
    /// The columns that the oldest does not know.
    pub added: &'static [Added],
}

/// A column that came with a release.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Added {
    /// Its table on the server.
    pub table: &'static str,
    /// Its name on the server.
    pub column: &'static str,
    /// The first release that knows it: one of the versions.
    pub since: &'static str,
}

impl Releases {
    /// The release of a version; of one that is not listed, the oldest.
    ///
    /// Whoever might be old is taken to know little, so that nothing is lost: a column that it leaves out is kept.
    pub fn of(&self, version: &str) -> Release {
        Release {
            versions: self.versions,
            added: self.added,
            index: self.index(version).unwrap_or(0),
        }
    }

    fn index(&self, version: &str) -> Option<usize> {
        self.versions.iter().position(|known| *known == version)
    }
}

/// What the device that sent an entry was built with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Release {
    versions: &'static [&'static str],
    added: &'static [Added],
    index: usize,
}

impl Release {
    /// One that knows every column: the device was built from the same declaration.
    pub const CURRENT: Release = Release {
        versions: &[],
        added: &[],
        index: 0,
    };

    /// Its version; empty for [`CURRENT`](Self::CURRENT).
    pub fn version(&self) -> &'static str {
        self.versions.get(self.index).copied().unwrap_or_default()
    }

    /// Whether it knows a column.
    pub fn knows(&self, table: &TableDef, column: &ColumnDef) -> bool {
        let added = self
            .added
            .iter()
            .find(|added| added.column == column.name && added.table == table.name);
        added.is_none_or(|added| {
            let since = self.versions.iter().position(|known| *known == added.since);
            since.is_some_and(|since| since <= self.index)
        })
    }
}
