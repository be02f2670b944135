//! Expressions, held against the databases that evaluate them.

mod generator;
mod meaning;
mod policies;
mod random;
mod round_trip;
mod table;
mod world;
