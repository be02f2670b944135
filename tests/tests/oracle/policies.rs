//! Random policies in every allowed form, over columns of every kind, with and without NULL.
//!
//! A declaration replays, and shows its streams: `SYNCTABLE_SEED=66`, or `SYNCTABLE_SEED=40-110`.

use crate::oracle::asking::asked;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::RangeInclusive;
use std::time::Instant;
use synctable::Scalar;
use tests::oracle::random::{Coverage, Said, allowed, declaration};
use tests::oracle::{App, config_of};

/// How many tables a declaration has, each with rules of its own.
const TABLES: usize = 12;

/// In how many universes each declaration is asked.
const UNIVERSES: u64 = 4;

/// The first declaration: in few of them the anonymous role may take tombstones back, and one of the first must.
const FIRST: u64 = 40;

/// How many policies are made.
fn policies() -> usize {
    if tests::long() { 5_000 } else { 150 }
}

#[test]
fn random_policies_agree_and_every_form_of_every_kind_is_among_them() {
    if let Some(seeds) = tests::seeds() {
        return replayed(&seeds);
    }
    let started = Instant::now();
    let mut coverage = Coverage::default();
    let mut wrong = Vec::new();
    let mut next = 0;
    let mut anonymous: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
    let (mut visible, mut hidden, mut writes) = (0, 0, 0);
    for seed in FIRST.. {
        let is_covered = unsaid(&coverage).is_empty() && one_sided(&anonymous).is_empty();
        if coverage.policies >= policies() && (is_covered || seed > FIRST + 100) {
            break;
        }
        let (model, said) = declaration(seed, TABLES, &mut next);
        coverage.add(&said);
        let mut app = App::new(&format!("random{seed}"), model);
        let findings = asked(&mut app, UNIVERSES);
        writes += findings.writes.compared();
        for ((_, kind), (yes, no)) in findings.anonymous.acts {
            let sum = anonymous.entry(kind).or_default();
            *sum = (sum.0 + yes, sum.1 + no);
        }
        for (seen, unseen) in findings.reads.pairs.values() {
            visible += seen;
            hidden += unseen;
        }
        wrong.extend(findings.differences.into_values());
        if wrong.len() > 5 {
            break;
        }
    }
    println!(
        "{} policies, {writes} writes, {visible} visible, {hidden} hidden, by the anonymous role {anonymous:?}, in {:?}",
        coverage.policies,
        started.elapsed()
    );
    assert!(
        wrong.is_empty(),
        "{} differences:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
    assert!(
        5 * visible > hidden && 5 * hidden > visible,
        "{visible} visible, {hidden} hidden"
    );
    let one_sided = one_sided(&anonymous);
    assert!(one_sided.is_empty(), "by the anonymous role: {one_sided:?}");
    let unsaid = unsaid(&coverage);
    assert!(unsaid.is_empty(), "never said: {unsaid:?}");
}

/// Asks the declarations of these seeds alone.
///
/// The earlier ones are made too: each declaration goes on with the cell after the last one of the one before.
fn replayed(seeds: &RangeInclusive<u64>) {
    let mut next = 0;
    let mut wrong = Vec::new();
    for seed in FIRST..=*seeds.end() {
        let (model, said) = declaration(seed, TABLES, &mut next);
        if !seeds.contains(&seed) {
            continue;
        }
        println!(
            "seed {seed}, {} policies\n{}",
            said.policies,
            config_of(&model, "sync-config.yaml")
        );
        let mut app = App::new(&format!("random{seed}"), model);
        wrong.extend(asked(&mut app, UNIVERSES).differences.into_values());
    }
    assert!(
        wrong.is_empty(),
        "{} differences:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}

/// What the anonymous role never may, or never may not.
fn one_sided<'a>(acts: &BTreeMap<&'a str, (usize, usize)>) -> Vec<(&'a str, (usize, usize))> {
    let acts = acts.iter().map(|(kind, counts)| (*kind, *counts));
    acts.filter(|(_, (yes, no))| *yes == 0 || *no == 0)
        .collect()
}

/// The cells that no policy has.
fn unsaid(coverage: &Coverage) -> BTreeSet<Said> {
    let kinds = [Scalar::Uuid, Scalar::Text, Scalar::Int, Scalar::Bigint];
    let cells = kinds.into_iter().flat_map(allowed);
    cells
        .map(|(form, kind, nullable)| (form.written().to_owned(), kind.to_string(), nullable))
        .filter(|said| !coverage.cells.contains_key(said))
        .collect()
}
