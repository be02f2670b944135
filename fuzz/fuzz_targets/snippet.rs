//! An expression of any bytes.
#![no_main]

mod reads;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| reads::snippet(bytes));
