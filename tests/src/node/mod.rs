//! The consumers that live in Node: PowerSync's sync config compiler and an OpenAPI validator.
//!
//! One Node process (`tests/node/driver.js`) serves a whole test binary. It ends with the binary, because its
//! standard input closes then.

pub mod drizzle;
pub mod openapi;
pub mod powersync;
pub mod printed;
pub mod replica;
pub mod replicated;
pub mod typescript;

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::{Mutex, OnceLock, PoisonError};

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::cases::workspace;

struct Driver {
    requests: ChildStdin,
    answers: BufReader<ChildStdout>,
    process: Child,
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum Reply<T> {
    Answer(T),
    Fault(String),
}

/// Sends one request and waits for its answer.
///
/// # Panics
///
/// If Node or its packages are missing, or the driver itself fails: that is never a finding about a file.
fn ask<T: DeserializeOwned>(request: &impl Serialize) -> T {
    static SHARED: OnceLock<Mutex<Driver>> = OnceLock::new();
    let mut driver = SHARED
        .get_or_init(|| Mutex::new(Driver::start()))
        .lock()
        .unwrap_or_else(PoisonError::into_inner);
    match driver.ask(request) {
        Reply::Answer(answer) => answer,
        Reply::Fault(why) => panic!("the driver failed: {why}"),
    }
}

impl Driver {
    fn start() -> Driver {
        let folder = workspace().join("tests/node");
        assert!(
            folder.join("node_modules").is_dir(),
            "tests/node/node_modules is missing: run ./test.sh, or `npm ci` in tests/node"
        );
        let mut process = Command::new("node")
            .arg("driver.js")
            .current_dir(folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap_or_else(|error| panic!("node: {error}: install Node 20 or later"));
        Driver {
            requests: process.stdin.take().expect("standard input is piped"),
            answers: BufReader::new(process.stdout.take().expect("standard output is piped")),
            process,
        }
    }

    fn ask<T: DeserializeOwned>(&mut self, request: &impl Serialize) -> Reply<T> {
        let mut answer = String::new();
        // In one piece: each write wakes Node.
        let mut line = serde_json::to_vec(request).expect("requests are JSON");
        line.push(b'\n');
        let sent = self.requests.write_all(&line);
        let read = sent.and_then(|()| self.answers.read_line(&mut answer));
        if !matches!(read, Ok(length) if length > 0) {
            panic!("the driver ended: {:?}", self.process.wait());
        }
        serde_json::from_str(&answer)
            .unwrap_or_else(|error| panic!("the driver answered {answer:?}: {error}"))
    }
}
