//! `bridge dev`: one command from a declaration to an uploaded row.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use postgres::{Client, NoTls};
use tests::cases::workspace;
use tests::postgres::find_binaries;

/// Runs what the page that it prints says.
fn serves(folder: &Path, table: &str) {
    let binaries = find_binaries().expect("the tests have Postgres");
    let mut child = Command::new(env!("CARGO_BIN_EXE_bridge-as-tested"))
        .args(["dev", "--listen", "127.0.0.1:0", "--seed", "3", "--schema"])
        .arg(folder)
        .env("SYNCTABLE_POSTGRES_BIN", &binaries.folder)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("it starts");
    let mut lines = BufReader::new(child.stdout.take().expect("it is piped")).lines();
    let (mut url, mut curl) = (String::new(), String::new());
    while curl.is_empty() {
        let line = lines.next().expect("it starts").expect("it is text");
        if let Some(found) = line.strip_prefix("Postgres   ") {
            url = found.to_owned();
        }
        assert_ne!(line, "In the app:", "no command is shown");
        if line.starts_with("curl ") {
            curl = line;
        }
    }
    let output = Command::new("sh")
        .args(["-c", &curl])
        .output()
        .expect("sh runs");
    let answer = String::from_utf8_lossy(&output.stdout).into_owned();
    assert_eq!(answer, r#"{"results":[{"status":"success"}]}"#, "{curl}");
    let mut client = Client::connect(&url, NoTls).expect("Postgres runs");
    let row = client.query_one(&format!("select count(*) from {table}"), &[]);
    assert_eq!(row.expect("it is there").get::<_, i64>(0), 4);
    drop(client);
    let folder = url
        .split("host=")
        .nth(1)
        .and_then(|rest| rest.split('&').next());
    let folder = std::path::PathBuf::from(folder.expect("a folder"));
    child.kill().expect("it runs");
    child.wait().expect("it ends");
    // Even so, Postgres ends and nothing of it is left.
    for _ in 0..100 {
        if !folder.exists() {
            return;
        }
        std::thread::sleep(Duration::from_millis(100));
    }
    panic!("{} is still there", folder.display());
}

#[test]
fn one_command_leads_to_an_uploaded_row() {
    serves(&workspace().join("schema"), "people.teams");
    for (app, table) in [
        ("powergit", "import_jobs"),
        ("taskly", "analytics_snapshots"),
        ("tunetrees", "instrument"),
    ] {
        let folder = format!("examples/{app}/schema");
        serves(&workspace().join(folder), &format!("public.{table}"));
    }
}

#[test]
fn a_declaration_without_a_bridge_can_be_tried_as_it_is() {
    let folder = tempfile::tempdir().expect("a folder");
    for entry in std::fs::read_dir(workspace().join("examples/taskly/schema")).expect("it is there")
    {
        let path = entry.expect("it can be read").path();
        let text = std::fs::read_to_string(&path).expect("it is text");
        let name = path.file_name().expect("a file has a name");
        let without = text.replace(", bridge: bridge_role", "");
        std::fs::write(folder.path().join(name), without).expect("it is written");
    }
    serves(folder.path(), "public.analytics_snapshots");
}
