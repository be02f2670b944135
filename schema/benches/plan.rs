//! What it costs to plan 1,000 to 100,000 uploads of one call, for each operation and for mixes of them.
//!
//! `cargo bench -p schema --bench plan` prints the cost of one entry, the median of several plans; `docs/performance.md`
//! has it.

use schema::mappers::{Change, statements};
use std::time::{Duration, Instant};
use synctable::Value;
use synctable::crud::{Entry, Op, Release, Write};
use synctable::plan::plan;

const SIZES: [usize; 3] = [1_000, 10_000, 100_000];
const TEAM: &str = "10000000-0000-4000-8000-000000000001";

/// An upload of a table.
type Kind = (Op, &'static str);

/// What a call is full of.
const MIXES: &[(&str, &[Kind])] = &[
    ("PUT `time_entries`", &[(Op::Put, "timings")]),
    ("PATCH `time_entries`", &[(Op::Patch, "timings")]),
    ("DELETE `time_entries`", &[(Op::Delete, "timings")]),
    ("PUT `items`", &[(Op::Put, "items")]),
    ("PATCH `items`", &[(Op::Patch, "items")]),
    ("DELETE `items`", &[(Op::Delete, "items")]),
    ("PUT `labels`", &[(Op::Put, "labels")]),
    ("PATCH `labels`", &[(Op::Patch, "labels")]),
    ("DELETE `labels`", &[(Op::Delete, "labels")]),
    ("PUT `presence`, an upsert", &[(Op::Put, "presence")]),
    ("DELETE `presence`", &[(Op::Delete, "presence")]),
    (
        "PUT, PATCH, DELETE `time_entries` in turn",
        &[
            (Op::Put, "timings"),
            (Op::Patch, "timings"),
            (Op::Delete, "timings"),
        ],
    ),
    (
        "PUT `lists`, `items`, `comments` in turn",
        &[
            (Op::Put, "lists"),
            (Op::Put, "items"),
            (Op::Put, "comments"),
        ],
    ),
    (
        "all of the above in turn",
        &[
            (Op::Put, "timings"),
            (Op::Put, "items"),
            (Op::Patch, "timings"),
            (Op::Put, "labels"),
            (Op::Delete, "timings"),
            (Op::Put, "lists"),
            (Op::Patch, "items"),
            (Op::Delete, "labels"),
            (Op::Put, "presence"),
            (Op::Put, "comments"),
            (Op::Delete, "items"),
        ],
    ),
];

fn change((op, table): Kind, nr: usize) -> Change {
    let text = |text: &str| Value::Text(text.to_owned().into());
    let uuid = |kind: usize, nr: usize| format!("{kind}0000000-0000-4000-8000-{nr:012}");
    let id = match table {
        "labels" => format!("{TEAM}:{nr}"),
        "lists" => uuid(2, nr),
        "items" => uuid(3, nr),
        _ => uuid(4, nr),
    };
    let entry = Entry::new(op, table, id);
    let entry = match (op, table) {
        (Op::Delete, _) => entry,
        (Op::Put, "timings") => entry
            .with("item_id", text(&uuid(3, nr / 10)))
            .with("hours", text("1.000"))
            .with("worked_on", text("2026-01-01")),
        (Op::Patch, "timings") => entry.with("hours", text("2.000")),
        (Op::Put, "items") => entry
            .with("list_id", text(&uuid(2, nr / 10)))
            .with("title", text("Buy milk"))
            .with("place", Value::Integer(i64::try_from(nr).expect("few"))),
        (Op::Patch, "items") => entry.with("title", text("Buy bread")),
        (Op::Put, "labels") => entry
            .with("team_id", text(TEAM))
            .with("name", text(&nr.to_string())),
        (Op::Patch, "labels") => entry.with("color", text("#ffffff")),
        (Op::Put, "lists") => entry.with("name", text(&format!("list {nr}"))),
        (Op::Put, "comments") => entry
            .with("item_id", text(&uuid(3, nr)))
            .with("body", text("yes"))
            .with("said_at", text("2026-01-01T00:00:00.000000Z")),
        (Op::Put, "presence") => entry
            .with("device", text(&format!("device {nr}")))
            .with("seen_at", text("2026-01-01T00:00:00.000000Z")),
        (op, table) => unreachable!("no {op} of {table} is measured"),
    };
    Change::decode(&entry, &Release::CURRENT).unwrap_or_else(|refusal| panic!("{refusal}"))
}

fn main() {
    println!("| entries of a call | 1,000 | 10,000 | 100,000 | statements for 100,000 |");
    println!("| --- | --- | --- | --- | --- |");
    for (says, kinds) in MIXES {
        let mut told = format!("| {says} |");
        let mut steps = 0;
        for size in SIZES {
            let changes: Vec<Change> = (0..size)
                .map(|nr| change(kinds[nr % kinds.len()], nr))
                .collect();
            let writes: Vec<Write<'_>> = changes.iter().map(Change::write).collect();
            let mut taken: Vec<Duration> = (0..100_000 / size + 5)
                .map(|_| {
                    let begun = Instant::now();
                    steps = plan(statements::ALL, &writes).steps.len();
                    begun.elapsed()
                })
                .collect();
            taken.sort();
            let median = taken[taken.len() / 2].as_secs_f64() * 1e6;
            let count = f64::from(u32::try_from(size).expect("few"));
            told.push_str(&format!(" {:.2} µs |", median / count));
        }
        println!("{told} {steps} |");
    }
}
