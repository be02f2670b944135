//! The vocabulary that every generated line is written against.
