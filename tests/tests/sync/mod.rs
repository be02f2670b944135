//! Devices with plain SQLite sync through the bridge, on a real Postgres: they push what they wrote, and pull what others
//! wrote.

mod again;
mod browser;
mod concurrent;
mod decided;
mod declared;
mod documented;
mod edge;
mod figures;
mod history;
mod killed;
mod restored;
mod row_changes;
mod served;
mod simulation;
mod slice;
mod tunetrees;
mod typescript;
mod views;
mod world;
