//! The page about Rust: its files and its commands in an empty folder, and its rows in Postgres.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Stdio};

use postgres::{Client, NoTls};
use tests::beside::compiled_with_ours;
use tests::cases::workspace;
use tests::pages::{self, Reader, run};
use tests::postgres::find_binaries;

/// Stands for the folder of synctable in the page.
const OURS: &str = "../synctable";

/// The server of the page, which ends with the test.
struct Server {
    child: Child,
    database: String,
    url: String,
    token: String,
}

impl Server {
    /// Starts it on any free port, and reads what it prints.
    fn start(reader: &Reader, command: &str) -> Self {
        let binaries = find_binaries().expect("the tests have Postgres");
        let mut child = reader
            .shell(&format!("exec {} --listen 127.0.0.1:0", command.trim()))
            .env("SYNCTABLE_POSTGRES_BIN", &binaries.folder)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("it starts");
        let lines = BufReader::new(child.stdout.take().expect("it is piped")).lines();
        let mut lines = lines.map(|line| line.expect("it is text"));
        let mut after = |name: &str| {
            let line = lines.by_ref().find(|line| line.starts_with(name));
            line.expect("it starts")[name.len()..].trim().to_owned()
        };
        let (database, url) = (after("Postgres"), after("uploads"));
        after("Ann");
        let token = after("           ");
        // It prints on, and a pipe that nobody reads would end it.
        after("new Connector");
        Self {
            child,
            database,
            url,
            token,
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It stops Postgres once its input and its parent are gone, too.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn the_page_leads_from_an_empty_folder_to_uploaded_rows() {
    let ours = workspace().display().to_string();
    let mut page = pages::read("rust.md");
    for text in page.files.values_mut().chain(&mut page.commands) {
        *text = text
            .replace(&format!("../{OURS}"), &ours)
            .replace(OURS, &ours);
    }
    let reader = Reader::of(&page);
    // The same versions as here, so that nothing is fetched.
    fs::copy(
        workspace().join("Cargo.lock"),
        reader.folder().join("Cargo.lock"),
    )
    .expect("a lock file");

    compiled_with_ours(
        &reader.folder(),
        &Path::new(env!("CARGO_TARGET_TMPDIR")).join("rust-page"),
    );

    let [start, serve, upload] = &page.commands[..] else {
        panic!("the commands of three steps: {:?}", page.commands)
    };
    run(&mut reader.shell(start));
    let server = Server::start(&reader, serve);
    let upload = upload
        .replace("http://127.0.0.1:8090/api/data", &server.url)
        .replace("TOKEN=…", &format!("TOKEN={}", server.token));
    // The second time, the device's database exists.
    for times in 1..=2_i64 {
        assert_eq!(run(&mut reader.shell(&upload)), "Milk\n");
        let mut client = Client::connect(&server.database, NoTls).expect("Postgres runs");
        let found = client
            .query_one(
                "select count(*), count(distinct owner_id) from items join lists on lists.id = list_id
                 where items.title = 'Milk' and lists.title = 'Shopping'",
                &[],
            )
            .expect("the tables are there");
        assert_eq!((found.get(0), found.get(1)), (times, 1_i64));
    }
}
