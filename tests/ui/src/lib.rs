//! Compile-pass and compile-fail cases of the derive, over constants and rows as they are generated.
//!
//! A package of its own: trybuild builds the dependencies of the package it lives in once more.

#[rustfmt::skip]
pub mod generated;
#[rustfmt::skip]
pub mod mappers;
