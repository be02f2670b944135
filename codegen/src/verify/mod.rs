//! A live system beside what is declared: a database, a device's database, a deployed sync config, a built client.
//!
//! Everything is read and nothing is changed.

mod client;
mod managed;
mod postgres;
mod sqlite;
mod sync_config;

pub use client::client;
pub use postgres::postgres;
pub use sqlite::sqlite;
pub use sync_config::sync_config;

use serde::Serialize;

/// What was found of one system.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Verified {
    /// Which system: `database`, `device`, `sync config` or `client`.
    pub system: &'static str,
    /// What it is, in one sentence.
    pub told: String,
    /// Every fact that differs, in the order of the names.
    pub differences: Vec<String>,
    /// What the system has although nobody declared it; the system may still be the same.
    pub not_managed: Vec<String>,
    /// What to do about the differences.
    pub advice: Vec<String>,
}

impl Verified {
    /// A system that is what is declared.
    fn same(system: &'static str, told: impl Into<String>) -> Self {
        Self {
            system,
            told: told.into(),
            ..Self::default()
        }
    }

    /// Whether it differs from what is declared.
    pub fn differs(&self) -> bool {
        !self.differences.is_empty()
    }
}
