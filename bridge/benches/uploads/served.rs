//! A database as `bridge dev` sets it up, and bridges that are programs of their own.

use std::io::{BufRead, BufReader, Write};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, ChildStderr, ChildStdout, Command, Stdio};
use std::time::{SystemTime, UNIX_EPOCH};

use jsonwebtoken::{EncodingKey, Header};
use serde_json::{Value, json};
use tokio_postgres::NoTls;

pub(crate) const ANN: &str = "00000000-0000-4000-8000-00000000000a";
pub(crate) const LIST: &str = "10000000-0000-4000-8000-000000000001";
pub(crate) const SECRET: &str = "a secret of the measurement";

/// How many items the list has that nobody changes.
const ITEMS: usize = 5000;

/// Who decides which rows may be written.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Access {
    RowSecurity,
    Guarded,
}

/// What a token of the user says.
pub(crate) fn claims() -> Value {
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .expect("it is later");
    json!({"sub": ANN, "role": "authenticated", "aud": "authenticated", "exp": now.as_secs() + 24 * 3600})
}

pub(crate) fn token() -> String {
    let key = EncodingKey::from_secret(SECRET.as_bytes());
    jsonwebtoken::encode(&Header::default(), &claims(), &key.expect("a secret"))
        .expect("it is signed")
}

/// A command of the program for the workspace's own app, listening on any port.
fn program(command: &str) -> Command {
    let mut program = Command::new(env!("CARGO_BIN_EXE_bridge"));
    let schema = Path::new(env!("CARGO_MANIFEST_DIR")).join("../schema");
    program
        .args([command, "--listen", "127.0.0.1:0", "--schema"])
        .arg(schema);
    program
}

/// A database; it ends with the value.
pub(crate) struct Database {
    child: Child,
    url: String,
    _lines: BufReader<ChildStdout>,
}

impl Database {
    pub(crate) fn start() -> Self {
        let child = program("dev")
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn();
        let mut child = child.expect("it starts");
        let mut lines = BufReader::new(child.stdout.take().expect("it is piped"));
        let mut line = String::new();
        while !line.starts_with("Postgres") {
            line.clear();
            assert_ne!(
                lines.read_line(&mut line).expect("it is text"),
                0,
                "it starts"
            );
        }
        let url = line.trim_start_matches("Postgres").trim().to_owned();
        Database {
            child,
            url,
            _lines: lines,
        }
    }

    /// The seconds of processor that the backends of Postgres took.
    pub(crate) fn processor(&self) -> f64 {
        let folder = self
            .url
            .split("host=")
            .nth(1)
            .and_then(|rest| rest.split('&').next());
        let file = format!("{}/data/postmaster.pid", folder.expect("it is in the URL"));
        let text = std::fs::read_to_string(file).expect("Postgres runs");
        let postmaster: u32 = text
            .lines()
            .next()
            .and_then(|line| line.parse().ok())
            .expect("a number");
        let processes = std::fs::read_dir("/proc")
            .expect("the machine is Linux")
            .flatten();
        let numbers = processes.filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok());
        let times = numbers
            .filter_map(times)
            .filter(|times| times.parent == postmaster);
        // Those that have ended count for the postmaster.
        let ended = times_of(postmaster).ended;
        ended + times.map(|times| times.own).sum::<f64>()
    }

    pub(crate) fn url(&self, user: &str) -> String {
        self.url.replace("user=postgres", &format!("user={user}"))
    }

    /// Removes what was uploaded, but for the list that it belongs to.
    pub(crate) async fn empty(&self) {
        let (client, connection) = tokio_postgres::connect(&self.url, NoTls)
            .await
            .expect("it answers");
        tokio::spawn(connection);
        let sql = format!(
            "truncate tasks_bridge.applied, tasks_bridge.dead_letters;
             insert into public.lists (id, name, owner_id) values ('{LIST}', 'List', '{ANN}') on conflict do nothing;
             delete from public.items where id >= '20000000-0000-4000-8000-000000000000';
             insert into public.items (id, list_id, title, place, created_by)
                select ('10000000-0000-4000-8000-' || lpad(nr::text, 12, '0'))::uuid, '{LIST}', 'Item ' || nr, -nr, '{ANN}'
                from generate_series(1, {ITEMS}) as nr
                where not exists (select from public.items)"
        );
        client.batch_execute(&sql).await.expect("it is emptied");
        client
            .batch_execute("vacuum analyze")
            .await
            .expect("it is cleaned");
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A bridge; it ends with the value.
pub(crate) struct Bridge {
    child: Child,
    pub(crate) address: SocketAddr,
    _lines: BufReader<ChildStderr>,
}

impl Bridge {
    pub(crate) fn start(url: &str, access: Access) -> Self {
        let access = match access {
            Access::RowSecurity => "row_security",
            Access::Guarded => "guarded",
        };
        let folder = std::env::temp_dir().join(format!("bridge-bench-{}", std::process::id()));
        std::fs::create_dir_all(&folder).expect("a folder can be made");
        let config = folder.join("bridge.toml");
        let mut file = std::fs::File::create(&config).expect("it can be made");
        write!(file, "[database]\nurl = {url:?}\naccess = '{access}'\n").expect("it is written");
        let child = program("serve")
            .arg("--config")
            .arg(&config)
            .env("BRIDGE_JWT_SECRET", SECRET)
            .env("BRIDGE_LOG", "warn,synctable_bridge::program=info")
            .env("BRIDGE_LOG_FORMAT", "json")
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn();
        let mut child = child.expect("it starts");
        let mut lines = BufReader::new(child.stderr.take().expect("it is piped"));
        let address = loop {
            let mut line = String::new();
            assert_ne!(
                lines.read_line(&mut line).expect("it is text"),
                0,
                "it starts"
            );
            let log: Value = serde_json::from_str(&line).unwrap_or_default();
            if let Some(address) = log["fields"]["address"].as_str() {
                break address.parse().expect("an address");
            }
        };
        let _ = std::fs::remove_dir_all(&folder);
        Bridge {
            child,
            address,
            _lines: lines,
        }
    }

    /// The seconds of processor that it took.
    pub(crate) fn processor(&self) -> f64 {
        times_of(self.child.id()).own
    }

    /// The megabytes that it holds, and the most that it ever held.
    pub(crate) fn memory(&self) -> (f64, f64) {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id()));
        let status = status.expect("the machine is Linux");
        let of = |name: &str| {
            let line = status.lines().find(|line| line.starts_with(name));
            let number = line.and_then(|line| line.split_whitespace().nth(1)?.parse::<f64>().ok());
            number.expect("it is there") / 1024.0
        };
        (of("VmRSS:"), of("VmHWM:"))
    }
}

impl Drop for Bridge {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The seconds of processor of a process.
struct Times {
    parent: u32,
    own: f64,
    /// Of its children that have ended.
    ended: f64,
}

fn times(process: u32) -> Option<Times> {
    let text = std::fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    // What comes before is a name that may hold blanks.
    let fields: Vec<&str> = text.rsplit_once(')')?.1.split_whitespace().collect();
    // A tick of the kernel's accounts is a hundredth of a second.
    let ticks = |places: [usize; 2]| -> Option<f64> {
        let ticks = places.map(|place| fields.get(place)?.parse::<f64>().ok());
        Some((ticks[0]? + ticks[1]?) / 100.0)
    };
    Some(Times {
        parent: fields.get(1)?.parse().ok()?,
        own: ticks([11, 12])?,
        ended: ticks([13, 14])?,
    })
}

fn times_of(process: u32) -> Times {
    times(process).expect("it runs")
}
