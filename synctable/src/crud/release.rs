//! What each release of an app knows, so that a PUT tells "left out" from "never heard of", and by which names.

use crate::table::{ColumnDef, TableDef};

/// The releases of an app that devices may still run, and what is different for them.
///
/// The `constants` target writes it from the releases of the ledger, as `generated::releases::RELEASES`.
///
/// ```
/// use synctable::crud::{Added, Releases};
/// const RELEASES: Releases = Releases {
///     versions: &["1.0.0", "1.1.0"],
///     added: &[Added { table: "items", column: "rank", since: Some("1.1.0") }],
///     ..Releases::NONE
/// };
/// assert_eq!(RELEASES.of("1.1.0").version(), "1.1.0");
/// assert_eq!(RELEASES.of("what?").version(), "1.0.0");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Releases {
    /// The name of each release that is still in use, the oldest first.
    pub versions: &'static [&'static str],
    /// The fingerprint of each of them, in the same order; a device may send either.
    pub fingerprints: &'static [&'static str],
    /// The fingerprint of what is declared now.
    pub current: &'static str,
    /// The columns that the oldest does not know.
    pub added: &'static [Added],
    /// The columns that some know by another name.
    pub renamed: &'static [Renamed],
}

/// A column that came with a release.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Added {
    /// Its table on the server.
    pub table: &'static str,
    /// Its name on the server.
    pub column: &'static str,
    /// The first release that knows it: one of the versions; `None` where none of them does.
    pub since: Option<&'static str>,
}

/// A column that releases know by another name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Renamed {
    /// Its table on the server.
    pub table: &'static str,
    /// Its name on the server.
    pub column: &'static str,
    /// Its name on devices of these releases.
    pub was: &'static str,
    /// The releases: some of the versions.
    pub releases: &'static [&'static str],
}

impl Releases {
    /// No release is in use.
    pub const NONE: Releases = Releases {
        versions: &[],
        fingerprints: &[],
        current: "",
        added: &[],
        renamed: &[],
    };

    /// The release of a version or a fingerprint; of one that is not listed, the oldest.
    ///
    /// Whoever might be old is taken to know little, so that nothing is lost: a column that it leaves out is kept.
    pub fn of(&self, version: &str) -> Release {
        let place = |all: &[&str]| all.iter().position(|known| *known == version);
        if self.versions.is_empty() || (!self.current.is_empty() && version == self.current) {
            return Release::CURRENT;
        }
        Release {
            versions: self.versions,
            added: self.added,
            renamed: self.renamed,
            index: place(self.versions)
                .or_else(|| place(self.fingerprints))
                .unwrap_or(0),
        }
    }
}

/// What the device that sent an entry was built with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Release {
    versions: &'static [&'static str],
    added: &'static [Added],
    renamed: &'static [Renamed],
    index: usize,
}

impl Release {
    /// One that knows every column: the device was built from the same declaration.
    pub const CURRENT: Release = Release {
        versions: &[],
        added: &[],
        renamed: &[],
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
            let mut versions = self.versions.iter();
            let since = versions.position(|known| Some(*known) == added.since);
            since.is_some_and(|since| since <= self.index)
        })
    }

    /// The name that a column has on devices now, by the one that it has in this release.
    #[inline]
    pub(super) fn name_now<'n>(&self, table: &TableDef, name: &'n str) -> &'n str {
        match self.renamed.is_empty() {
            true => name,
            false => self.renamed_now(table, name).unwrap_or(name),
        }
    }

    #[cold]
    fn renamed_now(&self, table: &TableDef, name: &str) -> Option<&'static str> {
        let version = self.version();
        let mut renamed = self.renamed.iter();
        let renamed = renamed.find(|one| {
            one.table == table.name && one.was == name && one.releases.contains(&version)
        })?;
        let mut columns = table.columns.iter();
        let column = columns.find(|column| column.name == renamed.column)?;
        Some(column.client_name)
    }
}
