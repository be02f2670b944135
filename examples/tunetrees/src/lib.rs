//! The constants and row structs of tunetrees, generated from its declaration.

#[rustfmt::skip]
pub mod generated;
#[rustfmt::skip]
pub mod mappers;
