//! The workspace's own declaration and the constants generated from it.

#[rustfmt::skip]
pub mod generated;
#[rustfmt::skip]
pub mod mappers;
