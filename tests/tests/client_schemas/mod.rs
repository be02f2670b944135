//! PowerSync's schema in every language: the extension of SQLite takes it, PowerSync's own library sends the same, and each
//! language's file declares the same tables, columns, types, indexes and options.

mod apps;
mod code;
mod dart;
mod grammars;
mod kotlin;
mod node;
mod rust;
mod tables;
