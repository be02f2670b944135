//! A service that keeps objects, for the bridge to sign URLs of: S3 and Supabase's storage, in `tests/node/objects.js`.

use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpStream};
use std::process::{Child, ChildStdin, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tests::node::typescript::node;

use crate::bridge::client::{Reply, read};

pub(crate) const SERVICE_KEY: &str = "the service key of the project";

/// How the bridge talks with it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Speaks {
    S3,
    Supabase,
}

/// The service, which ends with the value.
#[derive(Debug)]
pub(crate) struct Service {
    child: Child,
    _input: ChildStdin,
    pub(crate) address: SocketAddr,
}

impl Service {
    pub(crate) fn start() -> Service {
        let mut child = node()
            .arg("objects.js")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("Node runs");
        let mut port = String::new();
        let lines = child.stdout.take().expect("it is piped");
        BufReader::new(lines)
            .read_line(&mut port)
            .expect("it is text");
        let port: u16 = port.trim().parse().expect("it prints its port");
        Service {
            _input: child.stdin.take().expect("it is piped"),
            child,
            address: SocketAddr::from(([127, 0, 0, 1], port)),
        }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The settings of a bridge in front of it.
    pub(crate) fn settings(&self, speaks: Speaks) -> String {
        let url = self.url();
        match speaks {
            Speaks::S3 => format!(
                "[objects]\nbackend = 's3'\nurl = '{url}'\nregion = 'eu-central-1'\nkey_id = 'the-key'\nsecret = 'a secret of the service'\n"
            ),
            Speaks::Supabase => {
                format!(
                    "[objects]\nbackend = 'supabase'\nurl = '{url}'\nsecret = '{SERVICE_KEY}'\n"
                )
            }
        }
    }

    /// Sends what was signed, as it was signed.
    pub(crate) fn signed(&self, signed: &Value, body: &str) -> Reply {
        let url = signed["url"].as_str().expect("a URL");
        let place = url
            .strip_prefix(&self.url())
            .expect("it leads to the service");
        let mut headers = String::new();
        for (name, value) in signed["headers"].as_object().expect("headers") {
            headers.push_str(&format!("{name}: {}\r\n", value.as_str().expect("a text")));
        }
        self.send(
            signed["method"].as_str().expect("a method"),
            place,
            &headers,
            body,
        )
    }

    pub(crate) fn send(&self, method: &str, place: &str, headers: &str, body: &str) -> Reply {
        let mut stream = TcpStream::connect(self.address).expect("it listens");
        let (host, length) = (self.address, body.len());
        let head = format!(
            "{method} {place} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\nContent-Length: {length}\r\n{headers}\r\n"
        );
        stream
            .write_all((head + body).as_bytes())
            .expect("it takes the request");
        read(stream).unwrap_or_else(|error| panic!("{error}"))
    }

    fn control(&self, body: &Value) -> Value {
        self.send("POST", "/control", "", &body.to_string()).json()
    }

    /// Makes a bucket.
    pub(crate) fn bucket(&self, name: &str) {
        self.control(&json!({ "bucket": name }));
    }

    /// Adds objects, each so many hours old.
    pub(crate) fn add(&self, bucket: &str, objects: &[(String, f64)]) {
        let all: Vec<Value> = objects
            .iter()
            .map(|(path, hours)| json!([bucket, path, hours]))
            .collect();
        self.control(&json!({ "add": all }));
    }

    /// The paths that it keeps.
    pub(crate) fn paths(&self, bucket: &str) -> Vec<String> {
        let shown = self.control(&json!({ "show": bucket }));
        serde_json::from_value(shown["shown"].clone()).expect("paths")
    }

    /// Lets the list with this number fail, or waits with it until it is told something else.
    pub(crate) fn fault(&self, fault: Value) {
        self.control(&json!({ "set": fault }));
    }

    /// Waits until a list is held back.
    pub(crate) fn until_held(&self) {
        let began = Instant::now();
        while self.control(&json!({}))["held"] != json!(true) {
            assert!(began.elapsed() < Duration::from_secs(60), "nobody lists");
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn supabases_own_client_gets_on_with_the_service() {
    let service = Service::start();
    let output = node()
        .args(["objects_client.js", &service.url(), SERVICE_KEY])
        .output()
        .expect("Node runs");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
}
