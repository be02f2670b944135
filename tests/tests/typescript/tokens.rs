//! Whom the worker believes.

use tests::node::typescript::{program, program_with, run};

#[test]
fn the_worker_believes_right_tokens_alone() {
    run(&mut program("tokens")).unwrap_or_else(|said| panic!("{said}"));
}

/// What could be wrong in the worker, as text of the compiled file and what stands there instead.
const SLIPS: &[(&str, &str)] = &[
    ("redirect: 'manual'", "redirect: 'follow'"),
    ("if (end < now - skew) {", "if (false) {"),
    ("start > now + skew", "false"),
    ("!this.#roles.includes(role)", "false"),
    ("header['crit'] !== undefined", "false"),
    ("algorithmsOf(issuer).includes(word) ?", "true ?"),
];

#[test]
fn a_slip_is_noticed() {
    for slip in SLIPS {
        let folder = tempfile::tempdir().expect("a folder can be made");
        let file = "schema/generated/typescript/runtime/worker/tokens.js";
        let ran = run(&mut program_with("tokens", folder.path(), file, *slip));
        assert!(ran.is_err(), "{slip:?} is not noticed");
    }
}
