//! The constants and row structs of powergit, generated from its declaration.

pub mod generated;
pub mod mappers;
