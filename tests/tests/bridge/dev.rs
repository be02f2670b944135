//! `bridge dev`: one command from a declaration to an uploaded row.

use std::io::{BufRead, BufReader, Lines};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::Duration;

use postgres::{Client, NoTls};
use tempfile::TempDir;
use tests::binary::codegen;
use tests::cases::workspace;
use tests::postgres::find_binaries;

/// `bridge dev` as it runs.
struct Dev {
    child: Child,
    /// The URL of its Postgres.
    url: String,
    /// The command that it shows.
    curl: String,
    /// What it prints goes somewhere until it ends.
    _lines: Lines<BufReader<ChildStdout>>,
}

impl Dev {
    /// Starts it with three rows, and reads what it prints.
    fn start(folder: &Path, arguments: &[&str]) -> Dev {
        let mut child = command(folder, arguments)
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
        Dev {
            child,
            url,
            curl,
            _lines: lines,
        }
    }

    /// What a statement finds.
    fn count(&self, sql: &str) -> i64 {
        let mut client = Client::connect(&self.url, NoTls).expect("Postgres runs");
        client.query_one(sql, &[]).expect("it is there").get(0)
    }

    /// Kills it: even so, Postgres ends and nothing of it is left.
    fn end(mut self) {
        let folder = self.url.split("host=").nth(1);
        let folder = folder.and_then(|rest| rest.split('&').next());
        let folder = std::path::PathBuf::from(folder.expect("a folder"));
        self.child.kill().expect("it runs");
        self.child.wait().expect("it ends");
        for _ in 0..100 {
            if !folder.exists() {
                return;
            }
            std::thread::sleep(Duration::from_millis(100));
        }
        panic!("{} is still there", folder.display());
    }
}

fn command(folder: &Path, arguments: &[&str]) -> Command {
    let binaries = find_binaries().expect("the tests have Postgres");
    let mut command = Command::new(env!("CARGO_BIN_EXE_bridge-as-tested"));
    command
        .args(["dev", "--listen", "127.0.0.1:0", "--seed", "3", "--schema"])
        .arg(folder)
        .args(arguments)
        .env("SYNCTABLE_POSTGRES_BIN", &binaries.folder);
    command
}

/// Runs the command that it shows.
fn serves(folder: &Path, table: &str) {
    let dev = Dev::start(folder, &[]);
    let output = Command::new("sh")
        .args(["-c", &dev.curl])
        .output()
        .expect("sh runs");
    let answer = String::from_utf8_lossy(&output.stdout).into_owned();
    let success = r#"{"results":[{"status":"success"}]}"#;
    assert_eq!(answer, success, "{}", dev.curl);
    assert_eq!(dev.count(&format!("select count(*) from {table}")), 4);
    dev.end();
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

/// Runs `codegen` in a folder.
fn generates(folder: &Path, arguments: &[&str]) {
    let output = Command::new(codegen())
        .args(arguments)
        .current_dir(folder)
        .output()
        .expect("the program runs");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{arguments:?}: {said}");
}

fn edit(path: &Path, from: &str, to: &str) {
    let text = std::fs::read_to_string(path).expect("it is text");
    assert!(text.contains(from), "{from}");
    std::fs::write(path, text.replacen(from, to, 1)).expect("it is written");
}

/// An app with three migrations, one of which builds an index concurrently, and one of which somebody wrote by hand.
fn migrated(by_hand: &str) -> TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path();
    let migrate = |name: &str, at: &str| {
        generates(path, &["migrate", "--name", name, "--at", at]);
    };
    generates(path, &["init"]);
    migrate("init", "20260101000000");
    let app = path.join("schema/app.yaml");
    edit(
        &app,
        "      done: {",
        "      state: {kind: text, default: open}\n      done: {",
    );
    edit(
        &app,
        "      by_list: {",
        "      by_state: [state]\n      by_list: {",
    );
    migrate("state", "20260102000000");
    generates(
        path,
        &[
            "migrate",
            "--empty",
            "--name",
            "fill",
            "--at",
            "20260201000000",
        ],
    );
    let file = path.join("migrations/20260201000000_fill.sql");
    let text = std::fs::read_to_string(&file).expect("it is there");
    std::fs::write(&file, text + by_hand).expect("it is written");
    generates(path, &["migrate", "--seal"]);
    folder
}

/// What it says instead of starting.
fn stops(folder: &Path) -> String {
    let output = command(&folder.join("schema"), &[])
        .output()
        .expect("it starts");
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(1), "{said}");
    said
}

#[test]
fn the_migrations_run_in_their_order() {
    let folder =
        migrated("insert into auth.users (id) values ('00000000-0000-4000-8000-00000000000c');\n");
    let dev = Dev::start(&folder.path().join("schema"), &[]);
    assert_eq!(dev.count("select count(*) from auth.users"), 3);
    let sql = "select count(*) from pg_catalog.pg_indexes where indexdef like '%(state)'";
    assert_eq!(dev.count(sql), 1);
    dev.end();
}

#[test]
fn a_migration_that_fails_is_told_with_its_file_and_its_statement() {
    let by_hand = "-- two\nselect 1;\n\nupdate public.nothing\n    set a = 1;\n";
    let said = stops(migrated(by_hand).path());
    let line = said.lines().position(|line| {
        line == "error: `20260201000000_fill.sql` fails: relation \"public.nothing\" does not exist"
    });
    let shown = said.lines().nth(line.expect(&said) + 1);
    let place = shown.expect(&said).strip_prefix(" --> line ");
    assert!(
        place.is_some_and(|place| place.ends_with(": update public.nothing")),
        "{said}"
    );
}

#[test]
fn migrations_that_do_not_lead_to_the_declaration_are_told_and_can_be_passed_over() {
    let folder = migrated("select 1;\n");
    let app = folder.path().join("schema/app.yaml");
    edit(
        &app,
        "      done: {",
        "      more: {kind: text, nullable: true}\n      done: {",
    );
    let said = stops(folder.path());
    assert!(
        said.contains("D010") && said.contains("--without-migrations"),
        "{said}"
    );
    let dev = Dev::start(&folder.path().join("schema"), &["--without-migrations"]);
    let sql = "select count(*) from information_schema.columns where column_name = 'more'";
    assert_eq!(dev.count(sql), 1);
    dev.end();
}
