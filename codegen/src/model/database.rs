//! The database of a device with plain SQLite, and the steps that lead to it from earlier versions.

/// A device's database.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Database {
    /// What `PRAGMA user_version` says of it.
    pub version: u32,
    /// The statements that make it from nothing.
    pub schema: String,
    /// The steps from every version that may still be in use, in order.
    pub steps: Vec<Step>,
    /// The upload queue and the triggers that fill it, where they are declared.
    pub queue: Option<String>,
}

/// What leads from one version to the next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// The version from which it leads on, by one.
    pub from: u32,
    /// The release that has this version.
    pub release: String,
    /// What changes, one line each.
    pub changes: Vec<String>,
    /// The tables and views that are made anew; triggers on them are lost.
    pub anew: Vec<String>,
    /// Tables and columns of the device alone that go with what is in them: `drafts`, `drafts.note`.
    pub lost: Vec<String>,
    /// Whether foreign keys have to be checked at its end.
    pub references: bool,
    /// The statements, which run in one transaction while foreign keys are not enforced.
    pub sql: String,
}
