//! Random valid declarations: read without a word, and covering every form of the language.

use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;

use synctable_codegen::diagnostic::{Color, Format, render};
use synctable_codegen::model::Model;
use synctable_codegen::read;
use tests::generate::Case;
use tests::generate::coverage::Coverage;
use tests::generate::shrink::shrink;

/// How many declarations a run generates.
fn count() -> u64 {
    match tests::long() {
        true => 10_000,
        false => 1_000,
    }
}

/// Seed `n` has up to this many tables.
fn size(seed: u64) -> usize {
    usize::try_from(seed % 6 + 1).expect("a small number")
}

/// How a case fails: in what way, so that shrinking keeps to it, and all that was said.
struct Failure {
    way: String,
    report: String,
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
fn accepted(case: &Case) -> Result<Model, Failure> {
    let folder = tempfile::tempdir().expect("a folder is made");
    write(case, folder.path());
    let reading = read(folder.path());
    let report = render(
        Format::Human(Color::Never),
        &reading.diagnostics,
        &reading.sources,
    );
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
            report,
        }),
    }
}

/// Runs every seed on all cores and reports up to a few failures, each as small as it gets.
fn each(run: impl Fn(&Case, &mut Coverage) -> Result<(), Failure> + Sync) -> Coverage {
    const MOST: usize = 3;
    let next = AtomicU64::new(0);
    let failures = Mutex::new(Vec::new());
    let coverage = Mutex::new(Coverage::default());
    let workers = thread::available_parallelism().map_or(1, usize::from);
    thread::scope(|scope| {
        for _ in 0..workers {
            scope.spawn(|| {
                let mut own = Coverage::default();
                loop {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    let failed = failures
                        .lock()
                        .unwrap_or_else(PoisonError::into_inner)
                        .len();
                    if seed >= count() || failed >= MOST {
                        break;
                    }
                    let case = Case::new(seed, size(seed));
                    if let Err(failure) = run(&case, &mut own) {
                        let mut failures = failures.lock().unwrap_or_else(PoisonError::into_inner);
                        if !failures
                            .iter()
                            .any(|(_, other): &(_, Failure)| other.way == failure.way)
                        {
                            failures.push((case, failure));
                        }
                    }
                }
                coverage
                    .lock()
                    .unwrap_or_else(PoisonError::into_inner)
                    .join(own);
            });
        }
    });
    let failures = failures
        .into_inner()
        .unwrap_or_else(PoisonError::into_inner);
    let reports: Vec<String> = failures
        .iter()
        .map(|(case, failure)| {
            let small = shrink(case, |case| {
                run(case, &mut Coverage::default())
                    .err()
                    .map(|failure| failure.way)
            });
            let said = run(&small, &mut Coverage::default())
                .err()
                .map_or_else(String::new, |failure| failure.report);
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
        })
        .collect();
    assert!(reports.is_empty(), "{}", reports.join("\n\n"));
    coverage
        .into_inner()
        .unwrap_or_else(PoisonError::into_inner)
}

/// A form that fewer declarations of a hundred reach is too thin to prove anything.
#[test]
fn every_declaration_is_accepted_and_every_form_occurs() {
    let coverage = each(|case, coverage| {
        let model = accepted(case)?;
        coverage.add(&model);
        Ok(())
    });
    println!("{coverage}");
    coverage.assert_thick(usize::try_from(count() / 100).expect("a small number"));
}
