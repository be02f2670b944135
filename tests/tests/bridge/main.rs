//! The bridge as a program, on a real Postgres: what devices upload, and what they are answered.

mod app;
mod client;
mod uploads;
