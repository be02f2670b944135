//! An entry of an upload queue of any bytes.
#![no_main]

mod reads;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| reads::entry(bytes));
