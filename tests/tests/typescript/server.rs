//! A small server for the write protocol: one request a connection.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use serde::Deserialize;
use serde_json::{Value, json};
use synctable::crud::OwnedEntry;

/// A transaction of a request.
#[derive(Deserialize)]
pub(crate) struct Transaction {
    pub(crate) crud: Vec<OwnedEntry>,
}

#[derive(Deserialize)]
struct Request {
    transactions: Vec<Transaction>,
}

/// Lends the address of a server that applies transactions, and returns what the loan returned.
pub(crate) fn serve<T>(
    apply: impl FnMut(&str, &Transaction) -> Result<(), String> + Send,
    lend: impl FnOnce(&str) -> T,
) -> T {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
    let address = listener.local_addr().expect("it is bound");
    let is_over = AtomicBool::new(false);
    thread::scope(|scope| {
        let (is_over_there, mut apply) = (&is_over, apply);
        scope.spawn(move || {
            for stream in listener.incoming() {
                if is_over_there.load(Ordering::SeqCst) {
                    break;
                }
                answer(stream.expect("somebody calls"), &mut apply);
            }
        });
        let url = format!("http://{address}/api/data");
        let lent = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| lend(&url)));
        is_over.store(true, Ordering::SeqCst);
        TcpStream::connect(address).expect("it waits for a call");
        lent.unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    })
}

fn answer(stream: TcpStream, apply: &mut impl FnMut(&str, &Transaction) -> Result<(), String>) {
    let mut reader = BufReader::new(&stream);
    let (mut length, mut client) = (0, String::new());
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).expect("the request is text");
        let Some((name, value)) = line.trim_end().split_once(": ") else {
            if line.trim_end().is_empty() {
                break;
            }
            continue;
        };
        match name.to_ascii_lowercase().as_str() {
            "content-length" => length = value.parse().expect("it is a number"),
            "synctable-client-id" => client = value.to_owned(),
            _ => {}
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).expect("the body is whole");
    let body = String::from_utf8(body).expect("the body is text");
    let request: Request =
        serde_json::from_str(&body).unwrap_or_else(|error| panic!("{error}: {body}"));
    let results: Vec<Value> = request
        .transactions
        .iter()
        .map(|transaction| match apply(&client, transaction) {
            Ok(()) => json!({"status": "success"}),
            Err(message) => json!({
                "status": "fatal_error",
                "requires_client_handling": true,
                "failed_operation": {"error_code": "INVALID_DATA", "message": message},
            }),
        })
        .collect();
    let text = json!({ "results": results }).to_string();
    let head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close";
    write!(
        &stream,
        "{head}\r\nContent-Length: {}\r\n\r\n{text}",
        text.len()
    )
    .expect("the device listens");
}
