//! The workspace's own declaration and the constants generated from it.

pub mod generated;
pub mod mappers;
