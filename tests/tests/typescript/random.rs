//! Random rows: what TypeScript encodes, Rust decodes and encodes, and TypeScript decodes, is the same row.

use std::io::Write as _;
use std::process::Stdio;

use schema::mappers::Change;
use synctable::crud::{Entry, Release};
use tests::node::typescript::{program, run};

const COUNT: usize = 10_000;

#[test]
fn ten_thousand_random_rows_go_to_rust_and_come_back() {
    let count = COUNT.to_string();
    let uploads = run(program("random").args(["write", &count]));
    let uploads = uploads.unwrap_or_else(|said| panic!("{said}"));
    let mut encoded = String::new();
    for line in uploads.lines() {
        let entry = Entry::from_json(line).unwrap_or_else(|error| panic!("{error}: {line}"));
        let change = Change::decode(&entry, &Release::CURRENT)
            .unwrap_or_else(|refusal| panic!("{refusal}: {line}"));
        encoded.push_str(&change.encode().to_json());
        encoded.push('\n');
    }
    let mut reader = program("random");
    reader.args(["read", &count]).stdin(Stdio::piped());
    reader.stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut reading = reader.spawn().expect("Node runs");
    let mut input = reading.stdin.take().expect("it is piped");
    // It stops to read where it finds a difference, which it tells itself.
    let _ = input.write_all(encoded.as_bytes());
    drop(input);
    let output = reading.wait_with_output().expect("Node ends");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
}
