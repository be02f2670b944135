//! Generated TypeScript: it compiles strictly, it reads and writes every value as Rust does, and its connector loses nothing.

mod compiled;
mod connector;
mod devices;
mod docs;
mod plan;
mod random;
mod raw_tables;
mod rows;
mod server;
mod tokens;
mod vectors;
