//! New rows, statements and rows that are read, without a database.

use tests::node::typescript::{program, run};

#[test]
fn rows_are_filled_in_by_the_declaration_and_refused_with_every_mistake() {
    run(&mut program("rows")).unwrap_or_else(|said| panic!("{said}"));
}
