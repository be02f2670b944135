//! The bridge as a program, on a real Postgres: what devices upload, and what they are answered.

mod admin_page;
mod app;
mod auth;
mod checkpoints;
pub(crate) mod client;
mod dev;
mod devices;
mod documented;
mod embedded;
mod faults;
#[cfg(target_os = "linux")]
mod full_disk;
mod fuzzed;
mod hostile;
mod letters;
mod objects;
mod objects_clean;
mod once;
mod own_app;
mod page;
mod per_entry;
mod pooler;
mod program;
mod proxy;
mod relay;
mod service;
mod shapes;
mod storm;
mod tls;
mod uploads;
