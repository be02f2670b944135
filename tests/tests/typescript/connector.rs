//! The connector on a real PowerSync database, against a server that follows a script.

use tests::node::typescript::{program, run};

#[test]
fn the_connector_loses_nothing_and_completes_nothing_too_early() {
    run(&mut program("connector")).unwrap_or_else(|said| panic!("{said}"));
}
