//! The server that applies what devices upload to Postgres, for any declaration.
//!
//! [`Bridge`] is the core and knows no HTTP: it applies transactions of a caller and answers each.
//! [`http`] serves it under PowerSync's write protocol, with [`auth`] in front of it.
//! The program `bridge` (feature `serve`) loads a declaration and serves it; a Rust app gives its generated constants and
//! its own `Change` instead, with [`App`] and [`Changes`], which also has what it does before, in and after a transaction.

pub mod app;
mod applied;
mod apply;
mod at_once;
pub mod auth;
mod certificates;
mod checkpoints;
pub mod config;
pub mod database;
pub mod dead_letters;
mod health;
pub mod http;
mod limits;
mod metrics;
pub mod objects;
mod outgoing;
#[cfg(feature = "serve")]
mod program;
pub mod protocol;
pub mod pull;
mod retry;
mod row_changes;
mod shapes;

pub use app::{App, Changes, Halted, Rejected};
pub use apply::{Bridge, Call};
pub use auth::{Authenticator, Caller};
pub use config::Config;
#[cfg(feature = "serve")]
pub use program::main;
