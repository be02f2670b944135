//! Compile-pass and compile-fail cases of the derive.
