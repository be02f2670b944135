//! Devices with plain SQLite: steps from the database of every release to the one that is declared, on a real SQLite.

mod cases;
#[allow(
    dead_code,
    reason = "its tables and rows are for Postgres; changes that need them find none here"
)]
#[path = "../evolve/corner.rs"]
mod corner;
#[path = "../evolve/mutate.rs"]
mod mutate;
mod random;
mod run;
mod runner;
