//! Reads the catalog of a live Postgres, 15 to 18, with the same number of queries however many tables there are.
//!
//! What belongs to an extension is left out.
//! Version 18 keeps NOT NULL in `pg_constraint` as well; the columns tell it already, so those rows are not read.

mod formula;
mod queries;
mod read;
mod surroundings;
mod view;

pub(crate) use read::Rows;
pub use read::{Reading, read, read_in};
pub use surroundings::{Condition, Made, Surroundings, Texts, conditions, surroundings, texts};
