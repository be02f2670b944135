//! Who gained and who lost access, from one policy to another: what rows show is told, and what is equal is not.

use std::collections::{BTreeMap, BTreeSet};
use synctable_codegen::exposure::since::{Change, Since, since};
use synctable_codegen::model::{Expr, Model, Rule, Select, Set, Table};
use tests::oracle::evaluate::Asker;
use tests::oracle::mutate::mutants;
use tests::oracle::policy::{Policy, Write};
use tests::oracle::random;
use tests::universe::hints::Hints;
use tests::universe::{Row, Universe, generate, tables_on_server};

/// How many declarations, and how many changes of each; each is tried in both directions.
fn sizes() -> (u64, usize) {
    match tests::long() {
        true => (100, 20),
        false => (20, 10),
    }
}

/// How many universes look for a difference.
const UNIVERSES: u64 = 4;

/// How many rows a table has at most.
const ROWS: usize = 5;

/// A way to reach the rows of a table.
type Way = (String, &'static str);

/// What every caller may do with every row, and with every pair of rows of one key.
fn allowed(model: &Model, universe: &Universe) -> BTreeMap<Way, BTreeSet<(usize, usize, usize)>> {
    let nothing = BTreeMap::new();
    let role = &model.postgres.roles.client;
    let mut all: BTreeMap<Way, BTreeSet<(usize, usize, usize)>> = BTreeMap::new();
    for (who, caller) in universe.callers.iter().enumerate() {
        let asker = Asker::new(model, universe, caller, &nothing);
        for table in tables_on_server(model) {
            let policy = Policy::new(table, role, &asker);
            let rows = universe.of(&table.name);
            let mut add = |action, one: usize, other: usize| {
                let way = (table.name.clone(), action);
                all.entry(way).or_default().insert((who, one, other));
            };
            for (at, row) in rows.iter().enumerate() {
                if policy.reads(row) {
                    add("read", at, 0);
                }
                if policy.allows(&Write::Insert { new: row.clone() }) {
                    add("insert", at, 0);
                }
                if policy.allows(&Write::Delete { old: row.clone() }) {
                    add("delete", at, 0);
                }
                for (to, other) in rows.iter().enumerate() {
                    let new = with_key_of(table, other, row);
                    let old = row.clone();
                    if policy.allows(&Write::Update { old, new }) {
                        add("update", at, to);
                    }
                }
            }
        }
    }
    all
}

/// A row with the values of another one, but under its own key.
fn with_key_of(table: &Table, values: &Row, key: &Row) -> Row {
    let mut row = values.clone();
    for column in &table.key {
        row.insert(column.clone(), key[column].clone());
    }
    row
}

/// What was told of a table and an action, or of the rules that the action asks too.
fn is_told(changes: &[Change], (table, action): &Way) -> bool {
    changes.iter().any(|change| {
        let is_asked = change.action == *action
            || change.action == "read"
            || (*action == "update" && change.action == "delete");
        change.table == *table && is_asked
    })
}

#[derive(Debug, Default)]
struct Counts {
    pairs: usize,
    shown: usize,
    told: usize,
    told_and_not_shown: usize,
}

fn compare(
    before: &Model,
    after: &Model,
    what: &str,
    counts: &mut Counts,
    wrong: &mut Vec<String>,
) {
    let told: Since = since(before, after);
    let mut shown: BTreeSet<(bool, Way)> = BTreeSet::new();
    for seed in 0..UNIVERSES {
        let universe = generate(before, &Hints::of(before), seed, ROWS);
        let (old, new) = (allowed(before, &universe), allowed(after, &universe));
        let nothing = BTreeSet::new();
        for way in old.keys().chain(new.keys()) {
            let (old, new) = (
                old.get(way).unwrap_or(&nothing),
                new.get(way).unwrap_or(&nothing),
            );
            if new.difference(old).next().is_some() {
                shown.insert((true, way.clone()));
            }
            if old.difference(new).next().is_some() {
                shown.insert((false, way.clone()));
            }
        }
    }
    for (gained, way) in &shown {
        let changes = if *gained { &told.gained } else { &told.lost };
        if !is_told(changes, way) {
            let word = if *gained { "gained" } else { "lost" };
            wrong.push(format!("{what}: {way:?} was {word}, and {told:#?} is told"));
        }
    }
    counts.pairs += 1;
    counts.shown += shown.len();
    for (gained, changes) in [(true, &told.gained), (false, &told.lost)] {
        for change in changes.iter().filter(|change| change.action != "sync") {
            counts.told += 1;
            let way = (change.table.clone(), change.action);
            let all = shown.iter().any(|(one, (table, action))| {
                *one == gained && *table == way.0 && (*action == way.1 || change.action == "read")
            });
            counts.told_and_not_shown += usize::from(!all);
        }
    }
}

#[test]
fn what_rows_show_is_told() {
    let (declarations, changes) = sizes();
    let (mut counts, mut wrong, mut next) = (Counts::default(), Vec::new(), 0);
    for seed in 0..declarations {
        let (model, _) = random::declaration(seed, 3, &mut next);
        let all = mutants(&model);
        let step = (all.len() / changes).max(1);
        for mutant in all.iter().step_by(step).take(changes) {
            let what = format!("seed {seed}, {}, {}", mutant.site, mutant.what);
            compare(&model, &mutant.model, &what, &mut counts, &mut wrong);
            compare(&mutant.model, &model, &what, &mut counts, &mut wrong);
        }
    }
    println!("{counts:#?}");
    assert!(
        wrong.is_empty(),
        "{}",
        wrong[..wrong.len().min(3)].join("\n")
    );
    assert!(counts.shown * 2 > counts.pairs, "{counts:#?}");
}

/// The same said otherwise: parts in another order and twice, and scopes under other names.
fn said_otherwise(model: &Model) -> Model {
    let renamed = |name: &str| format!("zz_{name}");
    let mut other = model.clone();
    other.scopes = model
        .scopes
        .iter()
        .map(|(name, select)| (renamed(name), select_otherwise(select)))
        .collect();
    for table in other.tables.values_mut() {
        let Some(access) = &mut table.access else {
            continue;
        };
        let rules = access.read.values_mut().chain(access.insert.values_mut());
        let rules = rules.chain(access.delete.values_mut());
        let updates = access.update.values_mut();
        let updates = updates.flat_map(|rule| [&mut rule.before, &mut rule.after]);
        for rule in rules.chain(updates) {
            if let Rule::When(expr) = rule {
                *expr = otherwise(expr);
            }
        }
    }
    other
}

fn select_otherwise(select: &Select) -> Select {
    Select {
        filter: select.filter.as_ref().map(otherwise),
        ..select.clone()
    }
}

fn otherwise(expr: &Expr) -> Expr {
    let turned = |parts: &[Expr]| {
        let mut parts: Vec<Expr> = parts.iter().rev().map(otherwise).collect();
        parts.push(parts[0].clone());
        parts
    };
    match expr {
        Expr::And(parts) => Expr::And(turned(parts)),
        Expr::Or(parts) => Expr::Or(turned(parts)),
        Expr::InSet { operand, set } => Expr::InSet {
            operand: operand.clone(),
            set: match set {
                Set::Scope(name) => Set::Scope(format!("zz_{name}")),
                Set::Select(select) => Set::Select(Box::new(select_otherwise(select))),
            },
        },
        other => other.clone(),
    }
}

#[test]
fn rules_that_are_equal_in_normal_form_are_not_told() {
    let mut next = 0;
    for seed in 0..sizes().0 {
        let (model, _) = random::declaration(seed, 3, &mut next);
        let other = said_otherwise(&model);
        assert_ne!(model, other);
        for (before, after) in [(&model, &model), (&model, &other), (&other, &model)] {
            assert_eq!(since(before, after), Since::default(), "seed {seed}");
        }
    }
}
