//! The targets: pure functions from a checked model to files.
//!
//! A target knows the model and its own templates.
//! It never sees the declaration, reads no file, and imports no other target.

pub mod bridge;
mod client_names;
pub mod client_schema;
pub mod constants;
pub mod dart;
pub mod docs;
pub mod dotnet;
pub mod drizzle;
mod ecmascript;
pub mod kotlin;
pub mod mappers;
mod needed;
pub mod openapi;
pub mod postgres;
mod postgres_sql;
pub mod powersync;
mod powersync_client;
pub mod powersync_rust;
mod raw_tables;
mod row_facts;
mod rust;
pub mod sqlite;
pub mod swift;
pub mod typescript;

use crate::diagnostic::Complaints;
use crate::map::IndexMap;
use crate::model::{AskedBucket, Clients, Database, History, Model, Pulled};
use crate::tree::Tree;
use synctable::statement::StatementSet;

/// One kind of copy that an app can ask for.
#[derive(Clone, Copy, Debug)]
pub struct Target {
    /// Its name under `targets:`.
    pub name: &'static str,
    /// Whether its folder mirrors the model or holds history.
    pub temper: Temper,
    /// Complains about what this target cannot say, each complaint at its place.
    pub admit: fn(&Model, &mut Complaints),
    /// The files, by path relative to the target's folder.
    ///
    /// Called only with a model that `admit` had no error for.
    pub emit: fn(&Model) -> Tree<'_>,
    /// The same of a target whose files also depend on the releases of the app.
    pub beside: Option<for<'m> fn(&'m Model, &Beside) -> Tree<'m>>,
}

impl Target {
    /// The files, by path relative to the target's folder.
    pub fn tree<'m>(&self, model: &'m Model, beside: &Beside) -> Tree<'m> {
        match self.beside {
            Some(emit) => emit(model, beside),
            None => (self.emit)(model),
        }
    }
}

/// What targets know besides the model.
#[derive(Clone, Debug, Default)]
pub struct Beside {
    /// The releases of the app.
    pub history: History,
    /// The database of devices with plain SQLite, where there are such.
    pub database: Option<Database>,
    /// The folder of the database's files as the constants see it, where the declaration has both: `../../generated/sqlite`.
    pub database_folder: Option<String>,
    /// The releases that clients still run, and what is different for them.
    pub clients: Clients,
    /// What devices pull, where they do.
    pub pulled: Option<Pulled>,
    /// What a bridge asks before it signs URLs of objects, for each bucket.
    pub buckets: Vec<AskedBucket>,
    /// The statements that apply uploads, by their tables, where a worker is wanted.
    pub statements: Option<IndexMap<String, StatementSet>>,
}

/// What a target's folder is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Temper {
    /// The folder equals what the target emits; other files are strays.
    Mirror,
    /// The folder holds entries that are only ever appended to, by `migrate`; what the target emits stands beside them.
    Ledger,
}

/// Every target there is, in the order of the documentation.
#[rustfmt::skip]
pub const TARGETS: &[Target] = &[
    constants::TARGET,
    mappers::TARGET,
    postgres::TARGET,
    sqlite::TARGET,
    powersync::TARGET,
    bridge::TARGET,
    openapi::TARGET,
    typescript::TARGET,
    drizzle::TARGET,
    client_schema::TARGET,
    dart::TARGET,
    kotlin::TARGET,
    swift::TARGET,
    dotnet::TARGET,
    powersync_rust::TARGET,
    docs::TARGET,
];
