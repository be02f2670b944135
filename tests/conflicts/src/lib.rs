//! A table for every way to decide conflicts and deletions, generated while this package is built.

/// The constants.
#[allow(missing_docs, reason = "their documentation was cut off to be included")]
#[rustfmt::skip]
pub mod generated {
    include!(concat!(env!("OUT_DIR"), "/app/src/generated/mod.rs"));
}

/// The changes, and the statements that write them.
#[allow(missing_docs, reason = "their documentation was cut off to be included")]
#[rustfmt::skip]
pub mod mappers {
    include!(concat!(env!("OUT_DIR"), "/app/src/mappers/mod.rs"));
}

/// The folder of the declaration.
pub const DECLARATION: &str = concat!(env!("OUT_DIR"), "/app/schema");

/// The DDL of a device.
pub const SQLITE: &str = include_str!(concat!(env!("OUT_DIR"), "/app/sqlite/schema.sql"));
