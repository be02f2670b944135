//! The database of a device with plain SQLite, as generated code writes it.

/// A device's database, and what leads to it from earlier versions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DeviceDatabase {
    /// What `PRAGMA user_version` says of it.
    pub version: u32,
    /// The statements that make it from nothing.
    pub schema: &'static str,
    /// The steps from every version that may still be in use, in order.
    pub steps: &'static [DeviceStep],
    /// The upload queue and the triggers that fill it, where the app declares them; they may run again.
    pub queue: Option<&'static str>,
}

/// What leads from one version of a device's database to the next.
///
/// The statements run in one transaction, on a connection that does not enforce foreign keys; `synctable::sqlite::upgrade`
/// does so. They put the triggers of tables that are made anew into `temp.synctable_triggers (sql)`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DeviceStep {
    /// The version from which it leads on, by one.
    pub from: u32,
    /// Whether foreign keys have to be checked at its end.
    pub references: bool,
    /// The statements.
    pub sql: &'static str,
}
