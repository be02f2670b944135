//! The fuzz targets' corpora, replayed and mutated on a stable compiler: no input makes the library panic.

#[path = "../../fuzz/fuzz_targets/reads.rs"]
mod reads;

use std::fs;
use std::panic;
use std::path::Path;

use tests::cases::workspace;
use tests::generate::Case;
use tests::generate::dice::Dice;

/// Mutations of a corpus in one run.
fn mutations() -> usize {
    match tests::long() {
        true => 200_000,
        false => 3_000,
    }
}

fn corpus(name: &str) -> Vec<Vec<u8>> {
    let folder = workspace().join("fuzz/corpus").join(name);
    let mut files: Vec<_> = fs::read_dir(&folder)
        .unwrap_or_else(|error| panic!("{}: {error}", folder.display()))
        .map(|entry| entry.expect("a folder just listed can be read").path())
        .collect();
    files.sort();
    assert!(files.len() > 10, "the corpus {name} is thin");
    files
        .iter()
        .map(|file| fs::read(file).expect("a file just listed can be read"))
        .collect()
}

/// One to four changes of the kind that fuzzers make.
fn mutated(dice: &mut Dice, seeds: &[Vec<u8>]) -> Vec<u8> {
    const ODD: &[&[u8]] = &[
        b"'",
        b"\"",
        b"\\",
        b"{",
        b"}",
        b"[",
        b": ",
        b"- ",
        b"\n",
        b"\r",
        b"\t",
        b"\0",
        b"\xff",
        b"(",
        b")",
        b"::",
        b"--",
        b"/*",
        b"$$",
        b"&a",
        b"*a",
        b"!t",
        b"|",
        b">",
        b"?",
        b"#",
        b"null",
        b"not ",
        b" in ",
        b"\xe2\x80\xa8",
        b"\xef\xbb\xbf",
        b"9999999999999999999",
        b"-",
        b",",
        b"select ",
        b":p",
    ];
    let mut bytes = dice.pick(seeds).clone();
    for _ in 0..dice.between(1, 4) {
        let at = dice.below(bytes.len() + 1);
        let end = (at + dice.below(9)).min(bytes.len());
        match dice.below(5) {
            0 => {
                bytes.drain(at..end);
            }
            1 => {
                let odd = dice.pick(ODD).iter().copied();
                bytes.splice(at..at, odd);
            }
            2 if at < bytes.len() => bytes[at] = u8::try_from(dice.below(256)).expect("below 256"),
            3 => {
                let copy = bytes[at..end].to_vec();
                let to = dice.below(bytes.len() + 1);
                bytes.splice(to..to, copy);
            }
            _ => {
                let other = dice.pick(seeds);
                let (from, to) = (dice.below(other.len() + 1), dice.below(other.len() + 1));
                let piece = other[from.min(to)..from.max(to)].iter().take(200).copied();
                bytes.splice(at..end, piece);
            }
        }
    }
    bytes
}

fn survives(name: &str, read: fn(&[u8]), bytes: &[u8]) {
    if panic::catch_unwind(|| read(bytes)).is_err() {
        panic!("{name} panics on {:?}", String::from_utf8_lossy(bytes));
    }
}

fn replay(name: &str, read: fn(&[u8]), more: Vec<Vec<u8>>) {
    let mut seeds = corpus(name);
    for seed in &seeds {
        survives(name, read, seed);
    }
    seeds.extend(more);
    let mut dice = Dice::new(20_260_101);
    for _ in 0..mutations() {
        let bytes = mutated(&mut dice, &seeds);
        survives(name, read, &bytes);
    }
}

#[test]
fn no_declaration_makes_it_panic() {
    let declarations = (0..20).map(|seed| {
        let case = Case {
            files: 1,
            ..Case::new(seed, 2)
        };
        let (_, text) = case.texts().swap_remove(0);
        text.into_bytes()
    });
    replay("yaml", reads::yaml, declarations.collect());
}

#[test]
fn no_expression_makes_it_panic() {
    replay("snippet", reads::snippet, Vec::new());
}

#[test]
fn no_entry_of_a_queue_makes_it_panic() {
    replay("entry", reads::entry, Vec::new());
}

#[test]
fn a_panic_would_be_seen() {
    let seen = panic::catch_unwind(|| survives("x", |_| panic!("on purpose"), b"x"));
    assert!(seen.is_err());
}

#[test]
fn the_fuzz_targets_are_these() {
    let targets =
        fs::read_to_string(Path::new(workspace()).join("fuzz/Cargo.toml")).expect("fuzz is there");
    for name in ["yaml", "snippet", "entry"] {
        assert!(targets.contains(&format!("name = \"{name}\"")), "{name}");
    }
}
