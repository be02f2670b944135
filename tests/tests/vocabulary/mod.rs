//! The vocabulary, held against the databases that it speaks of.

mod document;
mod identifiers;
mod kinds;
mod numbers;
mod random;
mod times;
mod values;
