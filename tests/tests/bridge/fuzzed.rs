//! Any bytes are a request or are not one: the reader of requests never panics, and takes no more than its limits.

use std::time::{Duration, Instant};

use serde_json::json;
use synctable_bridge::protocol;
use tests::generate::dice::Dice;

use crate::bridge::uploads::list;

const ENTRIES: usize = 60;

/// Pieces that mean something to the reader.
const PIECES: [&str; 24] = [
    "{",
    "}",
    "[",
    "]",
    ",",
    ":",
    "\"",
    "\\",
    "\\u0000",
    "\\ud800",
    "null",
    "true",
    "-0",
    "1e999",
    "9223372036854775808",
    "\"transactions\":",
    "\"crud\":",
    "\"op\":\"PUT\"",
    "\"op_data\":{}",
    "\"previous_values\":",
    "\"id\":\"a\"",
    "\"transaction_id\":1",
    "\u{feff}",
    "\u{1f}",
];

/// A request with some of it changed, repeated, cut or added.
fn mutated(dice: &mut Dice, mut body: Vec<u8>) -> Vec<u8> {
    for _ in 0..dice.between(0, 6) {
        let at = dice.below(body.len() + 1);
        let end = (at + dice.below(40)).min(body.len());
        match dice.below(5) {
            0 => {
                let piece = *dice.pick(&PIECES);
                body.splice(at..at, piece.bytes());
            }
            1 => {
                body.drain(at..end);
            }
            2 => {
                let some = body[at..end].repeat(dice.between(1, 200));
                body.splice(at..at, some);
            }
            3 => body.truncate(at.max(1)),
            _ => {
                for byte in &mut body[at..end] {
                    if dice.chance(30) {
                        *byte = dice.bits() as u8;
                    }
                }
            }
        }
    }
    body
}

#[test]
fn any_bytes_are_a_request_or_are_told_not_to_be_one() {
    let is_long = std::env::var_os("SYNCTABLE_LONG").is_some();
    let lasts = Duration::from_secs(if is_long { 300 } else { 3 });
    let mut dice = Dice::new(11);
    let (mut read, mut refused) = (0, 0);
    let began = Instant::now();
    while began.elapsed() < lasts || read < 100 || refused < 100 {
        let transactions: Vec<_> = (0..dice.between(1, 3))
            .map(|id| {
                let entries = (0..dice.between(0, 4)).map(|nr| list(&nr.to_string(), "x"));
                json!({"transaction_id": id, "crud": entries.collect::<Vec<_>>()})
            })
            .collect();
        let body = json!({ "transactions": transactions }).to_string();
        let body = mutated(&mut dice, body.into_bytes());
        match protocol::read(&body, ENTRIES) {
            Ok(transactions) => {
                read += 1;
                assert!((1..=protocol::TRANSACTIONS).contains(&transactions.len()));
                let entries: usize = transactions.iter().map(|one| one.entries.len()).sum();
                assert!(entries <= ENTRIES);
            }
            Err(why) => {
                refused += 1;
                assert!(why.to_string().len() < 2000, "{why}");
            }
        }
    }
    println!("{read} requests, {refused} others");
}
