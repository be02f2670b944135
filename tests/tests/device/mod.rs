//! Devices with plain SQLite: steps from the database of every release to the one that is declared, on a real SQLite.

mod cases;
mod random;
mod run;
mod runner;
