//! What it takes to tell what changes between two declarations, apart from reading and writing files.
//!
//! `cargo bench -p synctable-codegen --bench diff -- BEFORE AFTER` takes two folders with declarations, and prints the median of
//! several rounds; `bench/migrate.sh` makes such folders.

use std::path::Path;
use std::process::ExitCode;
use std::time::{Duration, Instant};
use synctable_codegen::diagnostic::Diagnostics;
use synctable_codegen::model::Model;
use synctable_codegen::read;
use synctable_codegen::targets::postgres::evolve::evolve;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const ROUNDS: usize = 15;

fn main() -> ExitCode {
    let folders: Vec<String> = std::env::args()
        .skip(1)
        .filter(|argument| argument != "--bench")
        .collect();
    let [before, after] = folders.as_slice() else {
        eprintln!("usage: diff BEFORE AFTER");
        return ExitCode::from(2);
    };
    let (Some(before), Some(after)) = (model(before), model(after)) else {
        eprintln!("a declaration has errors");
        return ExitCode::FAILURE;
    };
    let mut changes = 0;
    let mut times: Vec<Duration> = (0..ROUNDS)
        .map(|_| {
            let start = Instant::now();
            let evolution = evolve(&before, &after, &[]);
            let time = start.elapsed();
            changes = evolution.changes.len();
            let mut cx = Diagnostics::new();
            evolution.refused.resolve(|_| None, &mut cx);
            assert!(cx.into_sorted().is_empty(), "the change is refused");
            time
        })
        .collect();
    times.sort();
    let [median, best] = [times[ROUNDS / 2], times[0]].map(|time| time.as_secs_f64());
    let tables = after.tables.len();
    println!(
        "| the differences alone, {tables} tables, {changes} changes | {median:.3} s | {best:.3} s | | |"
    );
    ExitCode::SUCCESS
}

fn model(folder: &str) -> Option<Model> {
    read(Path::new(folder)).model
}
