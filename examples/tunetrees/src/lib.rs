//! The constants and row structs of tunetrees, generated from its declaration.

pub mod generated;
pub mod mappers;
