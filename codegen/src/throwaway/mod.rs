//! A Postgres that lives as long as this process: `bridge dev` serves an app from it, and `import` runs migrations in it.

#[cfg(unix)]
mod cluster;
#[cfg(not(unix))]
mod nowhere;

#[cfg(unix)]
pub use cluster::Cluster;
#[cfg(not(unix))]
pub use nowhere::Cluster;

/// What a Supabase project has of users and their tokens.
pub const SUPABASE: &str = include_str!("supabase.sql");

/// The rest of what a Supabase project has before its first migration: roles, schemas, storage, rights.
pub const PLATFORM: &str = include_str!("platform.sql");
