//! Cases and executions against the systems that consume what is generated.
//!
//! The harness that every integration test shares: a throw-away Postgres ([`postgres`]), SQLite in memory
//! ([`sqlite`]), the consumers that live in Node ([`node`]), case folders ([`cases`]), pages that readers follow ([`pages`]), certificates ([`certificates`]), a commit whose answer is lost ([`lost_answer`]), random declarations
//! ([`generate`]) and their random changes ([`change`]), random rows and callers ([`universe`]) and everybody's answer about them ([`oracle`]).
//! It knows SQL text, YAML text and folders, and nothing of how they were generated; only what was covered ([`generate`]),
//! what was applied ([`applied`]), random changes, random rows and the oracle look into models.
//! It panics instead of returning errors of its own: a test has nothing better to do with them.

pub mod applied;
pub mod binary;
pub mod cases;
pub mod certificates;
pub mod change;
pub mod generate;
pub mod lost_answer;
pub mod node;
pub mod oracle;
pub mod pages;
pub mod postgres;
pub mod recipes;
pub mod sqlite;
pub mod universe;

/// Whether the long modes are asked for (`./test.sh --long`, which sets `SYNCTABLE_LONG`).
///
/// A long mode runs the same test over more cases; it never tests something else.
pub fn long() -> bool {
    std::env::var_os("SYNCTABLE_LONG").is_some_and(|value| !value.is_empty() && value != "0")
}
