//! A database with the workspace's own app, and the bridge in front of it.

use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use jsonwebtoken::{EncodingKey, Header, get_current_timestamp};
use serde_json::{Value, json};
use synctable_codegen::targets::postgres as target;
use tests::applied::{applied_in, model_of};
use tests::cases::workspace;
use tests::postgres::{Cluster, Database, Refusal};

use crate::bridge::client::{Reply, send};
use crate::bridge::documented::documented;

pub(crate) const ANN: &str = "00000000-0000-4000-8000-00000000000a";
pub(crate) const BEN: &str = "00000000-0000-4000-8000-00000000000b";
pub(crate) const SECRET: &str = "a secret that only the tests know";
pub(crate) const PHONE: &str = "the-phone-of-ann";

/// How the bridge reaches the rows.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Access {
    RowSecurity,
    Guarded,
}

/// The app's database: roles, migrations, the bridge's tables, two users.
pub(crate) fn database(hint: &str) -> Database<'static> {
    let database = database_of(hint, &workspace().join("schema"));
    let theme = "insert into public.themes (id, name) values (1, 'Plain') on conflict do nothing";
    run(&database, theme);
    database
}

/// The database of an app: roles, migrations, the bridge's tables, two users, and the rows that it begins with.
pub(crate) fn database_of(hint: &str, schema: &Path) -> Database<'static> {
    database_in(Cluster::shared(), hint, schema)
}

/// The same in a cluster of the test's own.
pub(crate) fn database_in<'c>(cluster: &'c Cluster, hint: &str, schema: &Path) -> Database<'c> {
    let model = model_of(schema);
    let database = applied_in(cluster, hint, &model);
    let tree = (target::TARGET.emit)(&model);
    let sql = tree.get("bridge.sql").expect("the app has a bridge");
    // In every deployment: it runs again over what is there.
    for _ in 0..2 {
        database
            .apply(&sql)
            .unwrap_or_else(|error| panic!("{error}\n{sql}"));
    }
    let users = format!("insert into auth.users (id) values ('{ANN}'), ('{BEN}')");
    run(&database, &users);
    if let Ok(rows) = std::fs::read_to_string(schema.join("seed.sql")) {
        run(&database, &rows);
    }
    database
}

pub(crate) fn run(database: &Database<'_>, sql: &str) {
    database
        .superuser()
        .batch_execute(sql)
        .unwrap_or_else(|error| panic!("{}", Refusal::new(&error, sql)));
}

/// A bridge that runs; it is killed with the value.
#[derive(Debug)]
pub(crate) struct Bridge {
    child: Child,
    pub(crate) address: SocketAddr,
}

impl Bridge {
    /// Starts one, with more settings.
    pub(crate) fn start(url: &str, access: Access, settings: &str) -> Bridge {
        Bridge::start_at("127.0.0.1:0", url, access, settings)
    }

    /// Starts one with more settings, also of the database.
    pub(crate) fn start_with(url: &str, access: Access, settings: &str, database: &str) -> Bridge {
        let schema = workspace().join("schema");
        Bridge::begin(&schema, "127.0.0.1:0", url, access, settings, database)
    }

    /// Starts one that listens on an address.
    pub(crate) fn start_at(listen: &str, url: &str, access: Access, settings: &str) -> Bridge {
        let schema = workspace().join("schema");
        Bridge::begin(&schema, listen, url, access, settings, "")
    }

    /// Starts one for another declaration.
    pub(crate) fn start_for(schema: &Path, url: &str, access: Access) -> Bridge {
        Bridge::begin(schema, "127.0.0.1:0", url, access, "", "")
    }

    /// Starts one of a declaration or a program, with settings that come first and more of the database.
    pub(crate) fn begin(
        schema: &Path,
        listen: &str,
        url: &str,
        access: Access,
        settings: &str,
        database: &str,
    ) -> Bridge {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let config = folder.path().join("bridge.toml");
        let access = match access {
            Access::RowSecurity => "row_security",
            Access::Guarded => "guarded",
        };
        // Settings of a test come first, so that it may open other sections.
        let text = format!(
            "{settings}\n[database]\nurl = {url:?}\naccess = '{access}'\nwait_ms = 2000\nstatement_timeout_ms = 3000\n{database}"
        );
        std::fs::write(&config, text).expect("the folder is writable");
        let mut command = Command::new(env!("CARGO_BIN_EXE_bridge-as-tested"));
        command
            .args(["serve", "--listen", listen])
            .arg(match schema.is_file() {
                true => "--program",
                false => "--schema",
            })
            .arg(schema)
            .arg("--config")
            .arg(&config)
            .env("BRIDGE_LOG_FORMAT", "json")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped());
        if !settings.contains("[[issuer]]") {
            command.env("BRIDGE_JWT_SECRET", SECRET);
        }
        let mut child = command.spawn().expect("the bridge starts");
        let mut lines = BufReader::new(child.stderr.take().expect("it is piped")).lines();
        let mut said = Vec::new();
        let address = loop {
            let Some(Ok(line)) = lines.next() else {
                panic!("the bridge does not start: {said:#?}");
            };
            let log: Value = serde_json::from_str(&line).unwrap_or_default();
            if let Some(address) = log["fields"]["address"].as_str() {
                break address.parse().expect("it is an address");
            }
            said.push(line);
        };
        // What it says is read to the end, so that it never waits for a reader.
        thread::spawn(move || for _ in lines.map_while(Result::ok) {});
        Bridge { child, address }
    }

    /// The number of its process.
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// As `kill -9` does.
    pub(crate) fn kill(&mut self) {
        self.child.kill().expect("it runs");
        self.child.wait().expect("it ends");
    }

    /// Uploads transactions as a user's device.
    pub(crate) fn upload(&self, user: &str, client: &str, transactions: Value) -> Reply {
        let token = token(user);
        self.upload_with(&token, client, transactions)
            .unwrap_or_else(|error| panic!("{error}"))
    }

    pub(crate) fn upload_with(
        &self,
        token: &str,
        client: &str,
        transactions: Value,
    ) -> Result<Reply, String> {
        let authorization = format!("Bearer {token}");
        let headers = [
            ("Authorization", authorization.as_str()),
            ("Content-Type", "application/json"),
            ("Synctable-Client-Id", client),
            ("Synctable-Release", schema::generated::REGISTRY.fingerprint),
        ];
        let body = json!({ "transactions": transactions }).to_string();
        let reply = send(self.address, "POST", "/api/data", &headers, body.as_bytes())?;
        documented("post", "/api/data", &reply);
        Ok(reply)
    }

    pub(crate) fn get(&self, path: &str) -> Reply {
        let reply = send(self.address, "GET", path, &[], b"");
        let reply = reply.unwrap_or_else(|error| panic!("{error}"));
        if path.starts_with("/health") {
            documented("get", path, &reply);
        }
        reply
    }
}

impl Drop for Bridge {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A token as Supabase issues it.
pub(crate) fn token(user: &str) -> String {
    signed(&json!({
        "sub": user,
        "role": "authenticated",
        "aud": "authenticated",
        "exp": get_current_timestamp() + 3600,
    }))
}

/// Claims, signed with the secret.
pub(crate) fn signed(claims: &Value) -> String {
    let key = EncodingKey::from_secret(SECRET.as_bytes()).expect("it is a secret");
    jsonwebtoken::encode(&Header::default(), claims, &key).expect("claims are JSON")
}

/// The statuses of the results of an answer.
pub(crate) fn statuses(reply: &Reply) -> Vec<String> {
    assert_eq!(reply.status, 200, "{reply:?}");
    let results = reply.json();
    let results = results["results"].as_array().expect("results").iter();
    results
        .map(|result| result["status"].as_str().expect("a status").to_owned())
        .collect()
}

/// Tells other threads that it is over once it is dropped, also where the test fails.
pub(crate) struct Over<'o>(pub(crate) &'o AtomicBool);

impl Drop for Over<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::SeqCst);
    }
}
