//! Reads the YAML files of a declaration into one spanned tree per file.
//!
//! This module knows YAML and places, not tables. A decoder walks the tree with the typed accessors of [`Node`],
//! which report what they refuse; nothing here stops at the first mistake unless the text itself ends there.

mod access;
mod alignment;
mod load;
mod node;
mod yaml;

pub use crate::diagnostic::{FileId, Sources, Span};
pub use alignment::locate;
pub use load::{OUTPUT_MARKER, SourceFile, load};
pub(crate) use load::{is_declaration, list};
pub use node::{Key, Node, Style, Value};
pub use yaml::parse;
