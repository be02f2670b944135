//! The upload queue of plain SQLite: every local write is one entry for each row, and nothing else is one.

mod app;
mod apps;
mod killed;
mod random;
mod references;
mod typescript;
mod up;
mod uploads;
mod writes;
