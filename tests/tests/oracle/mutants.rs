//! The oracle can fail: nearly every policy that is wrong in one place is found, whichever enforcer is made of it.
//!
//! What is not found must say the same in other words, which a truth table tells, or stand in `explained.txt`.

use crate::oracle::apps::app;
use std::collections::BTreeSet;
use std::time::Instant;
use tests::oracle::hunt::{World, hunt};
use tests::oracle::mutate::{Mutant, Place, mutants};

/// Mutants that are no fault, with the reason, one a line: `app enforcers: place: change -- reason`.
const EXPLAINED: &str = include_str!("explained.txt");

/// How many mutants of a declaration are looked for at most, but in the long mode.
const SOME: usize = 20;

fn explained(name: &str) -> BTreeSet<String> {
    let lines = EXPLAINED.lines().filter(|line| !line.starts_with('#'));
    let mut all = BTreeSet::new();
    for line in lines {
        let (mutant, reason) = line.split_once(" -- ").expect("a line has a reason");
        assert!(!reason.is_empty(), "{line}");
        let (whose, mutant) = mutant.split_once(": ").expect("a line says whose it is");
        let (app, enforcers) = whose.split_once(' ').expect("a line names enforcers");
        if app == name {
            let one = |enforcer: &str| format!("{app} {enforcer}: {mutant}");
            all.extend(enforcers.split(' ').map(one));
        }
    }
    all
}

/// How many mutants there are, whichever enforcer is made of them.
fn mutants_among(lines: &BTreeSet<String>) -> usize {
    let mutants = lines.iter().filter_map(|line| line.split_once(": "));
    let mutants: BTreeSet<&str> = mutants.map(|(_, mutant)| mutant).collect();
    mutants.len()
}

fn nearly_all_are_found(name: &str) {
    let mut app = app(name);
    let all = mutants(&app.model);
    let every = match tests::long() {
        true => 1,
        false => all.len().div_ceil(SOME),
    };
    // Few columns are copied: each of theirs is looked for.
    let some: Vec<Mutant> = all
        .iter()
        .enumerate()
        .filter(|(index, one)| index % every == 0 || matches!(one.place, Place::Copied(_)))
        .map(|(_, one)| one.clone())
        .collect();
    let world = World::of(&app);
    let (mut found, mut equal) = (0, 0);
    let mut survivors = BTreeSet::new();
    let started = Instant::now();
    for (enforcer, hunt) in hunt(&mut app, &world, &some) {
        println!(
            "{name} {enforcer:?}: of {} mutants {} found, {} say the same, {} survive, {} are generated alike, {} are refused",
            some.len(),
            hunt.found,
            hunt.equal,
            hunt.survivors.len(),
            hunt.elsewhere,
            hunt.refused,
        );
        found += hunt.found;
        equal += hunt.equal;
        let told = hunt.survivors.iter();
        survivors.extend(told.map(|(site, what)| format!("{name} {enforcer:?}: {site}: {what}")));
    }
    println!(
        "{name}: {} of {} mutants, {found} found, {equal} say the same, in {:?}, survivors {survivors:#?}",
        some.len(),
        all.len(),
        started.elapsed()
    );
    let explained = explained(name);
    let silent: Vec<&String> = survivors.difference(&explained).collect();
    assert!(silent.is_empty(), "found by nobody: {silent:#?}");
    // What an enforcer does not show, others rarely do: a mutant is counted once.
    for (sort, of, surviving) in [
        ("that were tried", some.len(), mutants_among(&survivors)),
        ("of all", all.len(), mutants_among(&explained)),
    ] {
        assert!(
            surviving <= (of / 20).max(1),
            "{name}: {surviving} of {of} mutants {sort} survive"
        );
    }
    if tests::long() {
        assert!(
            found >= 19 * survivors.len(),
            "{found} found, {} survive",
            survivors.len()
        );
        let gone: Vec<&String> = explained.difference(&survivors).collect();
        assert!(gone.is_empty(), "found in the meantime: {gone:#?}");
    }
}

#[test]
fn copies() {
    nearly_all_are_found("copies");
}

#[test]
fn powergit() {
    nearly_all_are_found("powergit");
}

#[test]
fn taskly() {
    nearly_all_are_found("taskly");
}

#[test]
fn tasks() {
    nearly_all_are_found("tasks");
}

#[test]
fn tunetrees() {
    nearly_all_are_found("tunetrees");
}
