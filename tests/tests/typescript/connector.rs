//! The connector on a real PowerSync database, against a server that follows a script.

use std::process::{Command, Stdio};
use std::thread;
use std::time::Duration;

use tempfile::TempDir;
use tests::node::typescript::{program, program_with, run};

#[test]
fn the_connector_loses_nothing_and_completes_nothing_too_early() {
    run(&mut program("connector")).unwrap_or_else(|said| panic!("{said}"));
}

/// What could be wrong in the connector, as text of the compiled file and what stands there instead.
const SLIPS: &[(&str, &str)] = &[
    // Completes nothing; the first transaction alone.
    ("return transaction.complete();", "return;"),
    ("if (end === last) {", "if (end <= last) {"),
    // Completes what the server did not apply.
    (
        "throw new UploadError('the server has not tried this transaction');",
        "return;",
    ),
    (
        "throw new UploadError(result.message, result.retryAfterMs);",
        "return;",
    ),
    (
        "if (failure.kind !== 'rejected' && verdict !== 'discard')",
        "if (false)",
    ),
    // Believes an answer of another form.
    ("list.length !== count", "false"),
    (
        "throw new UploadError('the server answered a result of another form');",
        "return { status: 'success' };",
    ),
    // Asks for no new token, or goes on without a session.
    ("[false, true]", "[false, false]"),
    ("if (session === null)", "if (false)"),
    // Splits a transaction.
    (
        "queued.tx_id === null || current.id !== queued.tx_id",
        "true",
    ),
    // Rounds numbers.
    (
        "`\"op_data\":${data}`",
        "`\"op_data\":${JSON.stringify(JSON.parse(data))}`",
    ),
    // Asks again though the user has to decide.
    ("this.#held = transaction.last;", ""),
];

/// Whether a program ends within a minute, and says that all is well: some slips ask for ever.
fn ends_well(program: &mut Command) -> bool {
    program.stdout(Stdio::null()).stderr(Stdio::null());
    let mut running = program.spawn().expect("Node runs");
    for _ in 0..1200 {
        if let Some(status) = running.try_wait().expect("it can be asked") {
            return status.success();
        }
        thread::sleep(Duration::from_millis(50));
    }
    running.kill().expect("it runs still");
    running.wait().expect("it ends");
    false
}

#[test]
fn a_slip_in_the_connector_is_seen() {
    let file = "schema/generated/typescript/runtime/connector.js";
    let unseen = |slips: &[(&'static str, &'static str)]| -> Vec<String> {
        let slips = slips.iter().filter(|slip| {
            let folder = TempDir::new().expect("a folder can be made");
            let mut program = program_with("connector", folder.path(), file, **slip);
            ends_well(program.arg("first"))
        });
        slips
            .map(|(from, to)| format!("`{from}` as `{to}`"))
            .collect()
    };
    let (one, other) = SLIPS.split_at(SLIPS.len() / 2);
    let unseen: Vec<String> = thread::scope(|scope| {
        let other = scope.spawn(|| unseen(other));
        let one = unseen(one);
        one.into_iter()
            .chain(other.join().expect("it ends"))
            .collect()
    });
    assert!(unseen.is_empty(), "{}", unseen.join("\n"));
}
