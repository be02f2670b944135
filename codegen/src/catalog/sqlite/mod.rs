//! The catalog of a device's SQLite: what a model asks for, and what a database tells.
//!
//! SQLite keeps the text of every statement and no tree, so that expressions are compared as text.
//! What a kind itself asks for on a table of the device alone is one check by column, compared by its name.

mod lower;
mod read;
mod text;

pub use lower::lower;
pub(crate) use lower::{WRITERS_COLUMNS, WRITERS_KEY, keeps_writers};
pub use read::read;

/// The one schema.
const MAIN: &str = "main";

/// How a check is told that stands for a column's kind.
const OF_KIND: &str = "what the kind asks for";
