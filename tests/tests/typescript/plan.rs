//! Which changes the worker writes with one statement.

use tests::node::typescript::{program, program_with, run};

#[test]
fn the_worker_writes_what_decides_over_other_rows_alone() {
    run(&mut program("plan")).unwrap_or_else(|said| panic!("{said}"));
}

/// What could be wrong in the worker, as text of the compiled file and what stands there instead.
const SLIPS: &[(&str, &str)] = &[
    ("step.isAlone ||", ""),
    ("isDecisive(uploads.decisive, one) ||", ""),
    ("|| step.rows.has(rowOf(one))", ""),
];

#[test]
fn a_slip_is_noticed() {
    for slip in SLIPS {
        let folder = tempfile::tempdir().expect("a folder can be made");
        let file = "schema/generated/typescript/runtime/worker/plan.js";
        let ran = run(&mut program_with("plan", folder.path(), file, *slip));
        assert!(ran.is_err(), "{slip:?} is not noticed");
    }
}
