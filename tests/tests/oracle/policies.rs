//! Random policies in every allowed form, over columns of every kind, with and without NULL.

use crate::asking::asked;
use std::collections::BTreeSet;
use std::time::Instant;
use synctable::Scalar;
use tests::oracle::App;
use tests::oracle::random::{Coverage, Said, allowed, declaration};

/// How many tables a declaration has, each with rules of its own.
const TABLES: usize = 12;

/// How many policies are made.
fn policies() -> usize {
    if tests::long() { 5_000 } else { 500 }
}

#[test]
fn five_hundred_policies_agree_and_every_form_of_every_kind_is_among_them() {
    let started = Instant::now();
    let mut coverage = Coverage::default();
    let mut wrong = Vec::new();
    let mut next = 0;
    let (mut visible, mut hidden, mut writes) = (0, 0, 0);
    for seed in 0.. {
        if coverage.policies >= policies() && (unsaid(&coverage).is_empty() || seed > 100) {
            break;
        }
        let (model, said) = declaration(seed, TABLES, &mut next);
        coverage.add(&said);
        let mut app = App::new(&format!("random{seed}"), model);
        let findings = asked(&mut app, 3);
        writes += findings.writes.compared();
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
        "{} policies, {writes} writes, {visible} visible, {hidden} hidden, in {:?}",
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
    let unsaid = unsaid(&coverage);
    assert!(unsaid.is_empty(), "never said: {unsaid:?}");
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
