//! Devices with plain SQLite sync through the bridge, on a real Postgres: they push what they wrote, and pull what others
//! wrote.

#[path = "../bridge/client.rs"]
mod client;
mod concurrent;
mod documented;
mod figures;
mod history;
mod restored;
mod served;
mod simulation;
mod slice;
mod typescript;
mod views;
mod world;
