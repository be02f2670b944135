//! The constants and row structs of taskly, generated from its declaration.

pub mod generated;
pub mod mappers;
