//! A throw-away Postgres: one private cluster per test process, a fresh database per test.
//!
//! ```no_run
//! use tests::postgres::Cluster;
//!
//! let database = Cluster::shared().database("lists");
//! database.apply("create table lists (id uuid primary key, owner_id uuid)").unwrap();
//! let rows = database.as_user(r#"{"sub": "00000000-0000-4000-8000-000000000001"}"#, |caller| {
//!     caller.query("select auth.uid()", &[]).unwrap()
//! });
//! assert_eq!(rows.len(), 1);
//! ```

mod binaries;
mod cluster;
mod database;
mod disk;
pub mod plain;
mod refusal;
mod replication;
mod unreachable;

pub use binaries::{Binaries, become_unprivileged, find as find_binaries};
pub use cluster::Cluster;
pub use database::{CLIENT, Database, OWNER, act_as};
pub use refusal::{Refusal, refused};
pub use replication::Slot;
pub use unreachable::unreachable;
