//! The mark by which generated Rust and this package recognise each other.

/// The shape of the generated constants, version 1.
///
/// Generated Rust says `const _: () = synctable::abi::V1;`. When the shape changes so that older
/// generated code would mean something else, the mark is replaced by `V2`, and that code stops
/// compiling at this line instead of somewhere in the middle.
pub const V1: () = ();
