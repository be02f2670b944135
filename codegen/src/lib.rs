//! Reads a declaration, checks it, and writes every copy of it.
