//! The sync rules or streams that an app has: what devices get today, in the draft of its declaration and beside its policies.
//!
//! ```text
//! YAML ─config─▶ queries ─words, query─▶ Delivered ┬─devices─▶ Draft: names on devices, streams
//!                                                  └─compare─▶ contradictions, each with its place and an example
//! ```

mod chosen;
mod compare;
mod config;
mod devices;
mod query;
mod truths;
mod witness;
mod words;

pub(super) use compare::Compared;
pub use config::SyncConfig;
pub(super) use query::Delivered;
