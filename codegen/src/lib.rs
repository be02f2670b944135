//! Reads a declaration, checks it, and writes every copy of it.

mod bounded;
pub mod catalog;
pub mod check;
pub mod cli;
pub mod clients;
pub mod declaration;
pub mod diagnostic;
mod entry_names;
pub mod exposure;
pub mod expr;
pub mod guard;
mod hash;
pub mod import;
pub mod ledger;
pub mod loaded;
pub mod lsp;
pub mod map;
pub mod model;
mod outputs;
mod parallel;
pub mod plan;
mod reach;
mod reading;
pub mod source;
mod statements;
pub mod targets;
pub mod throwaway;
pub mod tree;
pub mod verify;

pub use cli::main;
pub use outputs::{Refusal, generate, migrations, outputs, served};
pub use reach::Reach;
pub use reading::{Reading, read, read_texts, read_within};
