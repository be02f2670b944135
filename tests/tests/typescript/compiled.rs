//! `tsc --strict` over what is generated of all four declarations, and over what its types promise.

use tests::node::typescript::tsc;

#[test]
fn every_app_compiles_strictly_and_its_types_say_what_is_declared() {
    tsc("tsconfig.json", &[]).unwrap_or_else(|said| panic!("{said}"));
}

#[test]
fn every_app_compiles_for_browsers_without_types_of_node() {
    tsc("tsconfig.browser.json", &[]).unwrap_or_else(|said| panic!("{said}"));
}
