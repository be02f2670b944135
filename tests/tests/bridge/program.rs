//! The program: health, metrics, logs, its commands, and its end.

use std::process::Command;

use serde_json::json;
use tests::cases::workspace;

use crate::bridge::app::{ANN, Access, Bridge, PHONE, SECRET, database, statuses};
use crate::bridge::uploads::list;

const LIST: &str = "10000000-0000-4000-8000-000000000001";

/// What a command prints, and its exit code.
fn run(url: &str, arguments: &[&str]) -> (i32, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_bridge-as-tested"))
        .args(arguments)
        .arg("--schema")
        .arg(workspace().join("schema"))
        .env("BRIDGE_DATABASE_URL", url)
        .env("BRIDGE_JWT_SECRET", SECRET)
        .env("BRIDGE_JWT_AUDIENCE", "authenticated")
        .output()
        .expect("it starts");
    let text = [output.stdout, output.stderr].concat();
    (
        output.status.code().unwrap_or(-1),
        String::from_utf8_lossy(&text).into_owned(),
    )
}

#[test]
fn health_and_check_tell_what_is_wrong_and_what_to_do() {
    let database = database("bridge_health");
    let url = database.login_url("bridge_role");
    let bridge = Bridge::start(&url, Access::RowSecurity, "");
    assert_eq!(bridge.get("/health/live").status, 200);
    assert_eq!(bridge.get("/health/ready").status, 200);
    assert_eq!(
        run(&url, &["check"]),
        (0, "the bridge can take uploads\n".to_owned())
    );
    // The superuser is bound by nothing.
    let (code, text) = run(&database.url(None), &["check"]);
    assert!(
        code == 5 && text.contains("bypasses row-level security"),
        "{code}: {text}"
    );
    let mut superuser = database.superuser();
    let mut execute = |sql: &str| {
        superuser
            .batch_execute(sql)
            .unwrap_or_else(|error| panic!("{error}"))
    };
    // Another declaration than the one that the bridge knows.
    execute(
        "create or replace function tasks_bridge.fingerprint() returns text language sql return '1:other'",
    );
    let reply = bridge.get("/health/ready");
    assert_eq!(reply.status, 503);
    assert!(reply.body.contains("1:other"), "{reply:?}");
    assert_eq!(run(&url, &["check"]).0, 5);
    // A right is missing: nothing is lost, the device waits, and whoever looks is told.
    execute("revoke all on tasks_bridge.applied from bridge_role");
    let upload = json!([{"transaction_id": 1, "crud": [list(LIST, "Groceries")]}]);
    let reply = bridge.upload(ANN, PHONE, upload.clone());
    assert_eq!(statuses(&reply), ["retryable_error"]);
    let wait = reply.json()["results"][0]["retry_after_ms"].as_u64();
    assert!(wait.is_some_and(|wait| wait >= 30_000), "{reply:?}");
    assert!(bridge.get("/health/ready").body.contains("42501"));
    execute("grant all on tasks_bridge.applied to bridge_role");
    assert_eq!(statuses(&bridge.upload(ANN, PHONE, upload)), ["success"]);
    let (code, text) = run("postgres://nobody@127.0.0.1:1/x", &["check"]);
    assert!(
        code == 5 && text.contains("no connection can be opened"),
        "{code}: {text}"
    );
}

#[test]
fn metrics_count_what_happens() {
    let database = database("bridge_metrics");
    let bridge = Bridge::start(&database.login_url("bridge_role"), Access::RowSecurity, "");
    let first = json!([{"transaction_id": 1, "crud": [list(LIST, "Groceries")]}]);
    bridge.upload(ANN, PHONE, first.clone());
    bridge.upload(ANN, PHONE, first);
    bridge.upload(
        ANN,
        PHONE,
        json!([{"transaction_id": 2, "crud": [list("x", "y")]}]),
    );
    let metrics = bridge.get("/metrics").body;
    for line in [
        r#"bridge_entries_total{table="lists",outcome="applied"} 1"#,
        "bridge_repeated_total 1",
        r#"bridge_dead_letters_total{code="id"} 1"#,
        "bridge_dead_letters_open 1",
        r#"bridge_transactions_total{status="success"} 2"#,
        r#"bridge_transactions_total{status="fatal_error"} 1"#,
        r#"bridge_requests_total{status="200"} 3"#,
        "bridge_connections_waiting 0",
        "bridge_request_seconds_bucket{le=",
    ] {
        assert!(metrics.contains(line), "{line} in\n{metrics}");
    }
    assert!(!metrics.contains("Groceries") && !metrics.contains(ANN));
}

#[test]
fn dead_letters_are_listed_shown_replayed_and_discarded_by_the_program() {
    let database = database("bridge_commands");
    let url = database.login_url("bridge_role");
    let bridge = Bridge::start(&url, Access::RowSecurity, "");
    for (number, id) in [(1, LIST), (2, "10000000-0000-4000-8000-000000000002")] {
        let wrong = json!([{"transaction_id": number, "crud": [list(id, "")]}]);
        assert_eq!(statuses(&bridge.upload(ANN, PHONE, wrong)), ["fatal_error"]);
    }
    let run_letters = |action: &[&str]| {
        let schema = workspace().join("schema");
        let mut all = vec!["dead-letters", "--schema", schema.to_str().expect("a path")];
        all.extend(action);
        let output = Command::new(env!("CARGO_BIN_EXE_bridge-as-tested"))
            .args(all)
            .env("BRIDGE_DATABASE_URL", &url)
            .output()
            .expect("it starts");
        let text = [output.stdout, output.stderr].concat();
        (
            output.status.code().unwrap_or(-1),
            String::from_utf8_lossy(&text).into_owned(),
        )
    };
    let (code, text) = run_letters(&["list"]);
    assert_eq!((code, text.lines().count()), (0, 2), "{text}");
    let (code, text) = run_letters(&["show", "1"]);
    assert!(code == 0 && text.contains("\"failed_entry\": 0"), "{text}");
    assert_eq!(run_letters(&["replay", "1"]).0, 5);
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("entries.json");
    std::fs::write(&file, json!([list(LIST, "Groceries")]).to_string()).expect("it is written");
    let amended = ["replay", "1", "--entries", file.to_str().expect("a path")];
    assert_eq!(run_letters(&amended), (0, "replayed 1\n".to_owned()));
    assert_eq!(
        run_letters(&["discard", "2"]),
        (0, "discarded 2\n".to_owned())
    );
    assert_eq!(run_letters(&["list"]), (0, String::new()));
    assert_eq!(run_letters(&["discard", "2"]).0, 1);
}

#[test]
fn one_file_is_served_as_its_declaration_is() {
    let database = database("bridge_program");
    let url = database.login_url("bridge_role");
    let file = workspace().join("schema/generated/bridge/bridge.json");
    let bridge = Bridge::start_for(&file, &url, Access::Guarded);
    let upload = json!([
        {"transaction_id": 1, "crud": [list(LIST, "Groceries")]},
        {"transaction_id": 2, "crud": [list(LIST, "")]},
    ]);
    let reply = bridge.upload(ANN, PHONE, upload);
    assert_eq!(statuses(&reply), ["success", "fatal_error"]);
    assert_eq!(bridge.get("/health/ready").status, 200);
}

#[test]
fn a_file_of_another_format_is_told_so() {
    let text = std::fs::read_to_string(workspace().join("schema/generated/bridge/bridge.json"));
    let text = text.expect("it is generated");
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("bridge.json");
    let told = |text: &str| {
        std::fs::write(&file, text).expect("it is written");
        let output = Command::new(env!("CARGO_BIN_EXE_bridge-as-tested"))
            .args(["serve", "--program"])
            .arg(&file)
            .env("BRIDGE_DATABASE_URL", "postgres://nobody@127.0.0.1:1/x")
            .env("BRIDGE_JWT_SECRET", SECRET)
            .output()
            .expect("it starts");
        assert_eq!(output.status.code(), Some(1));
        String::from_utf8_lossy(&output.stderr).into_owned()
    };
    for (text, part) in [
        (
            text.replacen("\"format\": 1", "\"format\": 2, \"more\": 3", 1),
            "it has format 2, and this bridge reads format 1",
        ),
        (
            text.replacen("\"fingerprint\": \"", "\"fingerprint\": \"x", 1),
            "run `codegen generate` again",
        ),
        (
            text.replacen("\"clients\"", "\"customers\"", 1),
            "unknown field `customers`",
        ),
        ("[]".to_owned(), "it is not a program of the bridge"),
    ] {
        let said = told(&text);
        assert!(said.contains(part), "{part}: {said}");
    }
}
