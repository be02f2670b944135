//! The constants and row structs of powergit, generated from its declaration.

#[rustfmt::skip]
pub mod generated;
#[rustfmt::skip]
pub mod mappers;
