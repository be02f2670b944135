//! The page about TypeScript: its files and commands in an empty folder, compiled and run, and its rows in Postgres.

use std::fs;
use std::io::{BufRead, BufReader};
use std::os::unix::fs::PermissionsExt;
use std::process::{Child, Stdio};

use jsonwebtoken::{EncodingKey, Header, get_current_timestamp};
use serde_json::{Value, json};
use tempfile::TempDir;
use tests::cases::workspace;
use tests::node::typescript::{built, run};
use tests::pages::{self, Page, Reader};
use tests::postgres::{Cluster, Database};

/// The writer of the page.
const USER: &str = "0192f0c1-7a3b-7cde-8f01-23456789abcd";

/// The server of the page, which ends with the test.
struct Bridge {
    child: Child,
    url: String,
}

impl Bridge {
    /// Starts it on any free port.
    fn start(reader: &Reader, command: &str) -> Self {
        let mut child = reader
            .shell(&format!("exec {command} --listen 127.0.0.1:0"))
            .env("BRIDGE_LOG_FORMAT", "json")
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .expect("it starts");
        let lines = BufReader::new(child.stderr.take().expect("it is piped")).lines();
        let mut lines = lines.map_while(Result::ok);
        let address = lines.find_map(|line| {
            let log: Value = serde_json::from_str(&line).ok()?;
            Some(log["fields"]["address"].as_str()?.to_owned())
        });
        let url = format!("http://{}/api/data", address.expect("it listens"));
        // What it says is read to the end, so that it never waits for a reader.
        std::thread::spawn(move || lines.for_each(drop));
        Self { child, url }
    }
}

impl Drop for Bridge {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The page for a database of the tests: whoever connects to it is known by name alone.
fn page(database: &Database<'_>) -> Page {
    let mut page = pages::read("typescript.md");
    let config = page.files.get_mut("bridge.toml").expect("it is there");
    let (ours, theirs) = (
        database.login_url("bridge_role"),
        "postgres://bridge_role:a-password@localhost/app",
    );
    assert!(config.contains(theirs), "{config}");
    *config = config.replace(theirs, &ours);
    page
}

/// A token as Supabase signs it with the secret of the settings.
fn token(settings: &str) -> String {
    let secret = settings.split("secret = \"").nth(1).expect("it has one");
    let secret = secret.split('"').next().expect("it ends");
    let claims = json!({
        "sub": USER,
        "role": "authenticated",
        "aud": "authenticated",
        "exp": get_current_timestamp() + 600,
    });
    let key = EncodingKey::from_secret(secret.as_bytes()).expect("it is a secret");
    jsonwebtoken::encode(&Header::default(), &claims, &key).expect("claims are JSON")
}

/// The Supabase CLI, which the page installs from npm.
fn install_supabase(reader: &Reader) {
    let program = workspace().join("tests/runners/node_modules/.bin/supabase");
    assert!(
        program.exists(),
        "tests/runners/node_modules is missing: run ./test.sh, or `npm install --no-package-lock` in tests/runners"
    );
    let path = reader.programs().join("supabase");
    fs::write(
        &path,
        format!("#!/bin/sh\nexec '{}' \"$@\"\n", program.display()),
    )
    .expect("it is written");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).expect("it may run");
}

#[test]
fn the_page_leads_from_an_empty_folder_to_rows_in_postgres() {
    let database = Cluster::shared().database("typescript_page");
    let page = page(&database);
    let reader = Reader::of(&page);
    install_supabase(&reader);
    let [generate, set_up, serve] = &page.commands[..] else {
        panic!("the commands of three steps: {:?}", page.commands)
    };
    // The packages are those of the tests.
    let ours = generate.lines().filter(|line| line.starts_with("codegen "));
    pages::run(&mut reader.shell(&ours.collect::<Vec<_>>().join("\n")));
    let url = database.url(None);
    pages::run(
        reader
            .shell(set_up)
            .env("ADMIN_URL", &url)
            .env("DATABASE_URL", &url)
            .env("HOME", reader.folder())
            .env("DO_NOT_TRACK", "1")
            .env("PGSSLMODE", "disable"),
    );
    let mut superuser = database.superuser();
    superuser
        .batch_execute(&format!("insert into auth.users (id) values ('{USER}')"))
        .expect("the user signs up");
    let [check, serve] = serve.lines().collect::<Vec<_>>()[..] else {
        panic!("two commands: {serve}")
    };
    pages::run(&mut reader.shell(check));
    let bridge = Bridge::start(&reader, serve);

    let out = TempDir::new().expect("a folder can be made");
    let mut main = built(&reader.folder(), out.path(), "src/main.js");
    let token = token(&page.files["bridge.toml"]);
    main.env("UPLOAD_URL", &bridge.url).env("TOKEN", token);
    let printed = run(main.current_dir(out.path())).unwrap_or_else(|said| panic!("{said}"));
    assert_eq!(printed.trim(), "Milk done 1.50 9007199254740993n");

    let rows = superuser
        .query(
            "select lists.title, lists.owner_id::text, items.title, items.status::text, price::text, views
             from public.items join public.lists on lists.id = list_id",
            &[],
        )
        .expect("the tables are there");
    let rows: Vec<_> = rows
        .iter()
        .map(|row| {
            let text = |index: usize| row.get::<_, String>(index);
            let views: i64 = row.get(5);
            format!(
                "{} {} {} {} {} {views}",
                text(0),
                text(1),
                text(2),
                text(3),
                text(4)
            )
        })
        .collect();
    assert_eq!(
        rows,
        [format!("Shopping {USER} Milk done 1.50 9007199254740993")]
    );
}
