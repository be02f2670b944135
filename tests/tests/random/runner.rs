//! Runs every generated declaration through a test, on all cores, and makes what fails small.

use std::fs;
use std::panic::{self, AssertUnwindSafe};
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;

use synctable_codegen::diagnostic::{Color, Format, render};
use synctable_codegen::model::Model;
use synctable_codegen::read;
use tests::generate::Case;
use tests::generate::shrink::shrink;

/// How many different ways to fail are reported at once; each takes a while to make small.
const MOST: usize = 4;

/// How many declarations are read and checked.
pub(crate) fn read_count() -> u64 {
    match tests::long() {
        true => 10_000,
        false => 1_000,
    }
}

/// How many of them are executed: each takes Postgres a few hundred milliseconds.
pub(crate) fn executed_count() -> u64 {
    match tests::long() {
        true => 10_000,
        false => 200,
    }
}

/// The declaration of a seed: of one to six tables.
pub(crate) fn case(seed: u64) -> Case {
    Case::new(seed, usize::try_from(seed % 6 + 1).expect("a small number"))
}

/// How a case fails: in what way, so that shrinking keeps to it, and all that was said.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) way: String,
    pub(crate) report: String,
}

fn write(case: &Case, folder: &Path) {
    for (name, text) in case.texts() {
        let path = folder.join(name);
        fs::create_dir_all(path.parent().expect("a file is in a folder"))
            .expect("a folder is made");
        fs::write(path, text).expect("a file is written");
    }
}

/// The model of a case, or everything that was said against it.
pub(crate) fn accepted(case: &Case) -> Result<Model, Failure> {
    let folder = tempfile::tempdir().expect("a folder is made");
    write(case, folder.path());
    let reading = read(folder.path());
    let mut codes: Vec<&str> = reading
        .diagnostics
        .iter()
        .map(|diagnostic| diagnostic.code.as_str())
        .collect();
    codes.sort_unstable();
    codes.dedup();
    match reading.model {
        Some(model) if codes.is_empty() => Ok(model),
        _ => Err(Failure {
            way: codes.join(" "),
            report: render(
                Format::Human(Color::Never),
                &reading.diagnostics,
                &reading.sources,
            ),
        }),
    }
}

/// Runs the first `count` seeds through `run`, each worker with a state of its own, and returns the states.
///
/// # Panics
///
/// If a case fails: with the seed, the smallest declaration that fails in the same way, and what was said.
pub(crate) fn each<S: Send>(
    count: u64,
    start: impl Fn() -> S + Sync,
    run: impl Fn(&Case, &mut S) -> Result<(), Failure> + Sync,
) -> Vec<S> {
    let next = AtomicU64::new(0);
    let failures: Mutex<Vec<(Case, Failure)>> = Mutex::new(Vec::new());
    let states = Mutex::new(Vec::new());
    let workers = thread::available_parallelism().map_or(1, usize::from);
    thread::scope(|scope| {
        for _ in 0..workers {
            scope.spawn(|| {
                let mut state = start();
                loop {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed >= count || locked(&failures).len() >= MOST {
                        break;
                    }
                    let case = case(seed);
                    if let Err(failure) = caught(&case, &mut state, &run) {
                        let mut failures = locked(&failures);
                        if !failures.iter().any(|(_, other)| other.way == failure.way) {
                            failures.push((case, failure));
                        }
                    }
                }
                locked(&states).push(state);
            });
        }
    });
    let failures = failures
        .into_inner()
        .unwrap_or_else(PoisonError::into_inner);
    let reports: Vec<String> = failures
        .iter()
        .map(|(case, failure)| small(case, failure, &start, &run))
        .collect();
    assert!(reports.is_empty(), "{}", reports.join("\n\n"));
    states.into_inner().unwrap_or_else(PoisonError::into_inner)
}

/// What `run` says, a panic included.
fn caught<S>(
    case: &Case,
    state: &mut S,
    run: impl Fn(&Case, &mut S) -> Result<(), Failure>,
) -> Result<(), Failure> {
    panic::catch_unwind(AssertUnwindSafe(|| run(case, state))).unwrap_or_else(|payload| {
        let said = payload
            .downcast_ref::<String>()
            .map(String::as_str)
            .or_else(|| payload.downcast_ref::<&str>().copied())
            .unwrap_or("a panic without words");
        Err(Failure {
            way: format!("panic: {}", said.lines().next().unwrap_or_default()),
            report: said.to_owned(),
        })
    })
}

fn locked<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The report of a failing case, as small as it gets.
fn small<S>(
    case: &Case,
    failure: &Failure,
    start: impl Fn() -> S,
    run: impl Fn(&Case, &mut S) -> Result<(), Failure>,
) -> String {
    let state = std::cell::RefCell::new(start());
    let fails = |case: &Case| caught(case, &mut *state.borrow_mut(), &run).err();
    let small = shrink(case, |case| fails(case).map(|failure| failure.way));
    let said = fails(&small).map_or_else(|| failure.report.clone(), |failure| failure.report);
    let texts: Vec<String> = small
        .texts()
        .into_iter()
        .map(|(name, text)| format!("# {name}\n{text}"))
        .collect();
    format!(
        "seed {} fails: {}\n{}\n{said}",
        case.seed,
        failure.way,
        texts.join("\n")
    )
}
