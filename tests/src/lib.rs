//! Cases and executions against the systems that consume what is generated.
//!
//! The harness that every integration test shares: a throw-away Postgres ([`postgres`]), SQLite in memory
//! ([`sqlite`]), the consumers that live in Node ([`node`]), case folders ([`cases`]), pages that readers follow ([`pages`]), certificates ([`certificates`]), a commit whose answer is lost ([`lost_answer`]), workspaces beside this one ([`beside`]), random declarations
//! ([`generate`]) and their random changes ([`change`]), random rows and callers ([`universe`]) and everybody's answer about them ([`oracle`]).
//! It knows SQL text, YAML text and folders, and nothing of how they were generated; only what was covered ([`generate`]),
//! what was applied ([`applied`]), random changes, random rows and the oracle look into models.
//! It panics instead of returning errors of its own: a test has nothing better to do with them.

pub mod applied;
pub mod beside;
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

use std::ops::RangeInclusive;

/// The seeds that a test of random input is asked to run alone: `SYNCTABLE_SEED=7`, or `SYNCTABLE_SEED=1-200`.
///
/// # Panics
///
/// If the variable holds something else.
pub fn seeds() -> Option<RangeInclusive<u64>> {
    let seeds = std::env::var("SYNCTABLE_SEED").ok()?;
    let number = |text: &str| -> u64 { text.parse().expect("a seed is a number") };
    let (first, last) = seeds.split_once('-').unwrap_or((&seeds, &seeds));
    Some(number(first)..=number(last))
}

/// Whether the long modes are asked for (`./test.sh --long`, which sets `SYNCTABLE_LONG`).
///
/// A long mode runs the same test over more cases; it never tests something else.
pub fn long() -> bool {
    std::env::var_os("SYNCTABLE_LONG").is_some_and(|value| !value.is_empty() && value != "0")
}
