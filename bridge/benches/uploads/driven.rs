//! Devices that upload one request after the other, each over a connection that stays open.

use std::fmt::Write as _;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::served::{LIST, token};

/// What is uploaded.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Kind {
    /// New rows, so many in a transaction.
    Inserts(usize),
    /// A new title for rows, so many in a transaction.
    Changes(usize),
    /// 50 transactions of 20 operations in a request: new rows, changes of them, deletions.
    Mixed,
}

impl Kind {
    /// How many requests are made before those that are measured: Postgres plans a statement anew for its first five.
    pub(crate) const fn first(self) -> usize {
        match self {
            Kind::Inserts(_) | Kind::Changes(_) => 8,
            Kind::Mixed => 1,
        }
    }
}

/// How many rows a device changes, one after the other.
pub(crate) const ROWS: usize = 100;

/// What no two devices of all turns have in common.
pub(crate) fn device() -> u64 {
    static DEVICES: AtomicU64 = AtomicU64::new(1);
    DEVICES.fetch_add(1, Ordering::Relaxed)
}

/// The id of a row of a device.
pub(crate) fn id(device: u64, nr: usize) -> String {
    format!("20000000-0000-4000-8000-{:04x}{nr:08x}", device & 0xffff)
}

/// The place of a row in its list, where no two may be.
pub(crate) fn place(id: &str) -> i32 {
    let number = u64::from_str_radix(&id[id.len() - 12..], 16).expect("it was made above");
    i32::try_from((number >> 32 & 0x7ff) << 20 | number & 0xf_ffff).expect("31 bits")
}

/// A time that is later than those before it.
pub(crate) fn time(nr: usize) -> String {
    format!(
        "2026-01-{:02}T{:02}:{:02}:{:02}.000000Z",
        1 + nr / 86_400 % 28,
        nr / 3600 % 24,
        nr / 60 % 60,
        nr % 60
    )
}

fn put(out: &mut String, id: &str, time: &str) {
    write!(
        out,
        r#"{{"op":"PUT","table":"items","id":"{id}","op_data":{{"list_id":"{LIST}","title":"Buy milk","status":"open","place":{},"estimate":"12.50","due_on":"2026-01-31","remarks":"two litres","edited_at":"{time}"}}}}"#,
        place(id)
    )
    .expect("a text grows");
}

fn patch(out: &mut String, id: &str, time: &str) {
    write!(out, r#"{{"op":"PATCH","table":"items","id":"{id}","op_data":{{"title":"Buy bread","edited_at":"{time}"}}}}"#)
        .expect("a text grows");
}

/// The body of the request of this number, how many transactions were numbered before, and how many operations it has.
fn body(kind: Kind, device: u64, nr: usize) -> (String, usize) {
    let mut out = r#"{"transactions":["#.to_owned();
    let (transactions, operations) = match kind {
        Kind::Inserts(many) | Kind::Changes(many) => (1, many),
        Kind::Mixed => (50, 20),
    };
    for transaction in 0..transactions {
        if transaction > 0 {
            out.push(',');
        }
        let number = nr * transactions + transaction;
        // What comes before, made the rows that are changed, has other numbers.
        write!(out, r#"{{"transaction_id":{},"crud":["#, number + 1_000_000).expect("a text grows");
        for operation in 0..operations {
            if operation > 0 {
                out.push(',');
            }
            match kind {
                Kind::Inserts(_) => put(
                    &mut out,
                    &id(device, number * operations + operation),
                    &time(0),
                ),
                Kind::Changes(_) => {
                    let row = (number * operations + operation) % ROWS;
                    patch(&mut out, &id(device, row), &time(number + 1));
                }
                Kind::Mixed => {
                    let row = |operation: usize| id(device, number * operations + operation);
                    match operation {
                        0..10 => put(&mut out, &row(operation), &time(0)),
                        10..18 => patch(&mut out, &row(operation - 10), &time(1)),
                        _ => write!(
                            out,
                            r#"{{"op":"DELETE","table":"items","id":"{}"}}"#,
                            row(operation - 10)
                        )
                        .expect("a text grows"),
                    }
                }
            }
        }
        out.push_str("]}");
    }
    out.push_str("]}");
    (out, transactions * operations)
}

/// What came of a turn.
pub(crate) struct Run {
    pub(crate) operations: usize,
    pub(crate) took: Duration,
    pub(crate) waits: Vec<Duration>,
}

impl Run {
    /// Operations in a second.
    pub(crate) fn rate(&self) -> f64 {
        self.operations as f64 / self.took.as_secs_f64()
    }
}

/// A server that is asked.
pub(crate) struct Served {
    name: &'static str,
    address: SocketAddr,
    token: String,
}

impl Served {
    pub(crate) fn new(name: &'static str, address: SocketAddr) -> Self {
        Served {
            name,
            address,
            token: token(),
        }
    }

    /// Uploads over so many connections for a time.
    pub(crate) async fn run(&self, kind: Kind, connections: usize, time: Duration) -> Run {
        let mut devices = Vec::new();
        for _ in 0..connections {
            let mut device = Device::open(self).await;
            device.prepare(kind).await;
            for nr in 0..kind.first() {
                device.upload(kind, nr).await;
            }
            devices.push(device);
        }
        let began = Instant::now();
        let runs = devices
            .into_iter()
            .map(|device| tokio::spawn(device.run(kind, began + time)));
        let mut all = Run {
            operations: 0,
            took: Duration::ZERO,
            waits: Vec::new(),
        };
        for run in runs.collect::<Vec<_>>() {
            let (operations, waits) = run.await.expect("it ends");
            all.operations += operations;
            all.waits.extend(waits);
        }
        all.took = began.elapsed();
        all
    }

    /// Connections that stay open after an upload.
    pub(crate) async fn open(&self, many: usize) -> Vec<Device> {
        let mut devices = Vec::new();
        for _ in 0..many {
            let mut device = Device::open(self).await;
            device.upload(Kind::Inserts(1), 0).await;
            devices.push(device);
        }
        devices
    }
}

/// A device and its connection.
pub(crate) struct Device {
    stream: TcpStream,
    number: u64,
    head: String,
    name: &'static str,
}

impl Device {
    async fn open(server: &Served) -> Self {
        let stream = TcpStream::connect(server.address)
            .await
            .expect("it listens");
        stream.set_nodelay(true).expect("it is connected");
        let number = device();
        let head = format!(
            "POST /api/data HTTP/1.1\r\nHost: bridge\r\nAuthorization: Bearer {}\r\nContent-Type: application/json\r\n\
             Synctable-Client-Id: device {number}\r\nContent-Length: ",
            server.token
        );
        Device {
            stream,
            number,
            head,
            name: server.name,
        }
    }

    /// Makes the rows that are changed, and lets the connections of the server learn its statements.
    async fn prepare(&mut self, kind: Kind) {
        if let Kind::Changes(_) = kind {
            let mut rows = r#"{"transactions":[{"transaction_id":1,"crud":["#.to_owned();
            for nr in 0..ROWS {
                if nr > 0 {
                    rows.push(',');
                }
                put(&mut rows, &id(self.number, nr), &time(0));
            }
            rows.push_str("]}]}");
            self.send(&rows).await;
        }
    }

    async fn run(mut self, kind: Kind, until: Instant) -> (usize, Vec<Duration>) {
        let (mut operations, mut waits) = (0, Vec::new());
        for nr in kind.first().. {
            let began = Instant::now();
            if began >= until {
                break;
            }
            operations += self.upload(kind, nr).await;
            waits.push(began.elapsed());
        }
        (operations, waits)
    }

    async fn upload(&mut self, kind: Kind, nr: usize) -> usize {
        let (body, operations) = body(kind, self.number, nr);
        self.send(&body).await;
        operations
    }

    async fn send(&mut self, body: &str) {
        let request = format!("{}{}\r\n\r\n{body}", self.head, body.len());
        self.stream
            .write_all(request.as_bytes())
            .await
            .expect("it is sent");
        let mut answer = Vec::with_capacity(4096);
        loop {
            let read = self.stream.read_buf(&mut answer).await.expect("it answers");
            assert_ne!(read, 0, "the connection stays");
            let Some(end) = answer.windows(4).position(|four| four == b"\r\n\r\n") else {
                continue;
            };
            let head = String::from_utf8_lossy(&answer[..end]).to_ascii_lowercase();
            let length = head
                .lines()
                .find_map(|line| line.strip_prefix("content-length: "));
            let length: usize = length.and_then(|text| text.parse().ok()).expect("a length");
            if answer.len() >= end + 4 + length {
                break;
            }
        }
        let text = String::from_utf8_lossy(&answer);
        let bad = ["error", "not_attempted", "stale", "gone", "refused"];
        assert!(
            text.starts_with("HTTP/1.1 200") && !bad.iter().any(|word| text.contains(word)),
            "{}: {text}",
            self.name
        );
    }
}

/// The middle of some numbers; of none, it is not a number.
pub(crate) fn median(numbers: &mut [f64]) -> f64 {
    numbers.sort_by(f64::total_cmp);
    numbers.get(numbers.len() / 2).copied().unwrap_or(f64::NAN)
}
