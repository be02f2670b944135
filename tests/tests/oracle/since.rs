//! Who gained and who lost access, from one policy to another: what Postgres shows is told, and what is equal is not.

use crate::apps::app;
use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};
use synctable::Role;
use synctable_codegen::exposure::since::{Change, Since, since};
use synctable_codegen::model::{CompareOp, Expr, Literal, Model, Rule, Select, Set, Table};
use synctable_codegen::targets::postgres::evolve::evolve;
use tests::generate::dice::Dice;
use tests::oracle::changed::{Kind, changed};
use tests::oracle::evaluate::Asker;
use tests::oracle::may::{self, Grants, May, Way, roles};
use tests::oracle::policy::{Policy, Write};
use tests::oracle::{App, random, run};
use tests::postgres::OWNER;
use tests::universe::hints::Hints;
use tests::universe::{Row, Universe, generate, load, plain, tables_on_server};

/// How many pairs of policies are compared.
fn pairs() -> usize {
    if tests::long() { 2_000 } else { 300 }
}

/// How many pairs each declaration is changed into.
const CHANGES: usize = 25;

/// How many tables a random declaration has.
const TABLES: usize = 3;

/// How many rows a table has at most.
const ROWS: usize = 5;

/// In how many universes the evaluator looks for what is told, so that Postgres is asked in those that show it.
const SEARCHED: u64 = 40;

/// In how many of them Postgres is asked.
const CHOSEN: usize = 3;

#[derive(Debug, Default)]
struct Counts {
    pairs: usize,
    kinds: BTreeMap<Kind, usize>,
    /// Changes that a migration does not make by itself.
    refused: usize,
    /// Pairs of which something is told.
    told_pairs: usize,
    universes: usize,
    /// Ways that Postgres shows to be gained or lost, with each column that is reached in them.
    shown: usize,
    told: usize,
    told_and_not_shown: usize,
    /// What the streams send, as the evaluator says.
    sent: usize,
    sent_and_not_shown: usize,
    by_policy: Duration,
    by_postgres: Duration,
}

/// Gained or lost, in one way: the columns that this is seen of.
type Shown = BTreeMap<(bool, Way), BTreeSet<String>>;

/// What every caller may do with every row, by the words of the policy: the rows that streams send are among it.
fn meant(model: &Model, universe: &Universe, tables: &[&Table]) -> May {
    let mut may = May::new();
    for role in roles(model) {
        for (who, caller) in may::callers(model, universe, &role).iter().enumerate() {
            let nothing = BTreeMap::new();
            let asker = Asker::new(model, universe, caller, &nothing);
            for table in tables {
                let policy = Policy::new(table, &role, &asker);
                let rows = universe.of(&table.name);
                let mut add = |action, what: String| {
                    let way = (table.name.clone(), role.clone(), action);
                    may.entry(way).or_default().insert((who, what));
                };
                let spares = universe.spares.get(&table.name).into_iter().flatten();
                for (at, row) in rows.iter().chain(spares.map(|(row, _)| row)).enumerate() {
                    if policy.allows(&Write::Insert { new: row.clone() }) {
                        add("insert", format!("{at}"));
                    }
                }
                for (at, row) in rows.iter().enumerate() {
                    if policy.reads(row) {
                        add("read", format!("{at}"));
                        if role == model.postgres.roles.client
                            && is_sent(model, universe, caller, table, row)
                        {
                            add("sync", format!("{at}"));
                        }
                    }
                    if policy.allows(&Write::Delete { old: row.clone() }) {
                        add("delete", format!("{at}"));
                    }
                    for (to, other) in rows.iter().enumerate() {
                        let new = with_key_of(table, other, row);
                        let old = row.clone();
                        if policy.allows(&Write::Update { old, new }) {
                            add("update", format!("{at} {to}"));
                        }
                    }
                }
            }
        }
    }
    may
}

/// Whether a stream selects the row for a device that asks for the row's own values.
fn is_sent(
    model: &Model,
    universe: &Universe,
    caller: &tests::universe::Caller,
    table: &Table,
    row: &Row,
) -> bool {
    let is_live = table
        .role(Role::Tombstone)
        .is_none_or(|column| row[&column.name] == Literal::Null);
    let mut parts = model.streams.values().flat_map(|stream| &stream.tables);
    is_live
        && parts.any(|part| {
            let Some(filter) = part.filter.as_ref().filter(|_| part.table == table.name) else {
                return part.table == table.name;
            };
            let mut params = BTreeMap::new();
            filter.visit(&mut |expr| {
                if let Expr::Compare {
                    op: CompareOp::Eq,
                    left,
                    right,
                } = expr
                    && let (Expr::Column(column), Expr::Param(name))
                    | (Expr::Param(name), Expr::Column(column)) = (&**left, &**right)
                {
                    params.insert(name.clone(), plain(&row[column]));
                }
            });
            params.values().all(|value| !value.is_null())
                && Asker::new(model, universe, caller, &params).holds(&table.name, row, filter)
        })
}

/// A row with the values of another one, but under its own key.
fn with_key_of(table: &Table, values: &Row, key: &Row) -> Row {
    let mut row = values.clone();
    for column in &table.key {
        row.insert(column.clone(), key[column].clone());
    }
    row
}

/// Adds what is reached in one policy and not in the other.
fn show(shown: &mut Shown, old: &May, new: &May, columns: &dyn Fn(&Way) -> BTreeSet<String>) {
    let nothing = BTreeSet::new();
    let ways: BTreeSet<&Way> = old.keys().chain(new.keys()).collect();
    for way in ways {
        let (old, new) = (
            old.get(way).unwrap_or(&nothing),
            new.get(way).unwrap_or(&nothing),
        );
        for (gained, mut more) in [(true, new.difference(old)), (false, old.difference(new))] {
            if more.next().is_some() {
                shown
                    .entry((gained, way.clone()))
                    .or_default()
                    .extend(columns(way));
            }
        }
    }
}

/// What was told of a way: of itself, or of another one that it asks too; and of each of the columns.
fn is_told(changes: &[Change], (table, role, action): &Way, columns: &BTreeSet<String>) -> bool {
    let of = |asked: &str| -> Option<BTreeSet<&str>> {
        let changes = changes.iter().filter(|change| {
            change.table == *table && change.role == *role && change.action == asked
        });
        let changes: Vec<&Change> = changes.collect();
        let columns = changes.iter().flat_map(|change| &change.columns);
        (!changes.is_empty()).then(|| columns.map(String::as_str).collect())
    };
    let whole = |asked: &str| {
        of(asked).is_some_and(|told| columns.iter().all(|column| told.contains(column.as_str())))
    };
    match *action {
        "delete" => of("delete").is_some() || of("read").is_some(),
        "update" => whole("update") || of("read").is_some() || of("delete").is_some(),
        "insert" => whole("insert") || of("read").is_some(),
        "sync" => of("sync").is_some(),
        read => whole(read),
    }
}

/// The tables of which something is told, or whose own declaration differs; all, where a set does.
fn touched<'m>(before: &'m Model, after: &Model, told: &Since) -> Vec<&'m Table> {
    let is_told = |table: &Table| {
        let mut changes = told.gained.iter().chain(&told.lost);
        changes.any(|change| change.table == table.name)
    };
    let tables = tables_on_server(before).into_iter();
    tables
        .filter(|table| {
            before.scopes != after.scopes || **table != after.tables[&table.name] || is_told(table)
        })
        .collect()
}

/// The universes in which the words of the two policies differ, most of what is told first, and what they send.
fn chosen(
    before: &Model,
    after: &Model,
    told: &Since,
    tables: &[&Table],
) -> (Vec<Universe>, Shown) {
    let hints = [Hints::of(before), Hints::of(after)];
    let names: Vec<&str> = tables.iter().map(|table| table.name.as_str()).collect();
    let later: Vec<&Table> = names.iter().map(|name| &after.tables[*name]).collect();
    let wanted: BTreeSet<(bool, Way)> = [(true, &told.gained), (false, &told.lost)]
        .into_iter()
        .flat_map(|(gained, changes)| {
            changes.iter().map(move |change| {
                let way = (change.table.clone(), change.role.clone(), change.action);
                (gained, way)
            })
        })
        .collect();
    let (mut chosen, mut shown) = (Vec::new(), Shown::new());
    for seed in 1..=SEARCHED {
        if wanted.iter().all(|one| shown.contains_key(one)) {
            break;
        }
        let hints = &hints[usize::from(seed % 2 == 0)];
        let universe = generate(before, hints, seed, ROWS);
        let known = shown.len();
        let (old, new) = (
            meant(before, &universe, tables),
            meant(after, &universe, &later),
        );
        show(&mut shown, &old, &new, &|_| BTreeSet::new());
        if shown.len() > known {
            chosen.push(universe);
        }
    }
    // The last ones add what the first ones do not show, as often as not.
    chosen.reverse();
    chosen.truncate(CHOSEN);
    shown.retain(|(_, (.., action)), _| *action == "sync");
    (chosen, shown)
}

fn compare(
    app: &mut App,
    before: &Model,
    after: &Model,
    what: &str,
    counts: &mut Counts,
    wrong: &mut Vec<String>,
) -> bool {
    let evolution = evolve(before, after, &[]);
    if !evolution.refused.is_empty() {
        counts.refused += 1;
        return false;
    }
    let told = since(before, after);
    let tables = tables_on_server(before);
    let touched = touched(before, after, &told);
    let started = Instant::now();
    let (chosen, sent) = chosen(before, after, &told, &touched);
    counts.by_policy += started.elapsed();
    let started = Instant::now();
    // One that nobody chose, in which all tables are asked.
    let plain = generate(before, &Hints::of(before), 0, ROWS);
    let chosen = chosen.iter().map(|universe| (universe, &touched));
    let universes: Vec<(&Universe, &Vec<&Table>)> = chosen.chain([(&plain, &tables)]).collect();
    counts.universes += universes.len();
    let mut shown: Shown = app.undone(|_, transaction| {
        let had: Grants = may::grants(transaction, before, &tables);
        let mut changing = transaction.transaction().expect("a savepoint");
        run(
            &mut changing,
            &format!("set local role {OWNER};\n{}\nreset role;", evolution.sql()),
        );
        let later: Vec<&Table> = tables
            .iter()
            .map(|table| &after.tables[&table.name])
            .collect();
        let has: Grants = may::grants(&mut changing, after, &later);
        changing.rollback().expect("it is undone");
        let both = may::common(&had, &has);
        let ask = |model: &Model, transaction: &mut postgres::Transaction<'_>| -> Vec<May> {
            universes
                .iter()
                .map(|(universe, tables)| {
                    let mut alone = transaction.transaction().expect("a savepoint");
                    run(&mut alone, &load::insert(before, universe));
                    let may = may::ask(model, universe, tables, &both, &mut alone);
                    alone.rollback().expect("it is undone");
                    may
                })
                .collect()
        };
        let old = ask(before, transaction);
        run(
            transaction,
            &format!("set local role {OWNER};\n{}\nreset role;", evolution.sql()),
        );
        let new = ask(after, transaction);
        let mut shown = Shown::new();
        let reached = |way: &Way| both.get(way).cloned().unwrap_or_default();
        for (old, new) in old.iter().zip(&new) {
            show(&mut shown, old, new, &reached);
            for (gained, more, less, may) in [(true, &has, &had, new), (false, &had, &has, old)] {
                for (way, columns) in more {
                    let nothing = BTreeSet::new();
                    let less = less.get(way).unwrap_or(&nothing);
                    let columns: BTreeSet<String> = columns.difference(less).cloned().collect();
                    let is_reached = may.get(way).is_some_and(|all| !all.is_empty());
                    if !columns.is_empty() && is_reached {
                        shown
                            .entry((gained, way.clone()))
                            .or_default()
                            .extend(columns);
                    }
                }
            }
        }
        shown
    });
    counts.by_postgres += started.elapsed();
    counts.shown += shown.len();
    counts.sent += sent.len();
    shown.extend(sent);
    for ((gained, way), columns) in &shown {
        let changes = if *gained { &told.gained } else { &told.lost };
        if !is_told(changes, way, columns) {
            let word = if *gained { "gained" } else { "lost" };
            wrong.push(format!(
                "{what}: {way:?} {columns:?} was {word}, and {told:#?} is told"
            ));
        }
    }
    counts.pairs += 1;
    counts.told_pairs += usize::from(told != Since::default());
    for (gained, changes) in [(true, &told.gained), (false, &told.lost)] {
        for change in changes {
            let way = (change.table.clone(), change.role.clone(), change.action);
            let is_shown = shown.contains_key(&(gained, way));
            let (all, not_shown) = match change.action {
                "sync" => (&mut counts.sent, &mut counts.sent_and_not_shown),
                _ => (&mut counts.told, &mut counts.told_and_not_shown),
            };
            *all += usize::from(change.action != "sync");
            *not_shown += usize::from(!is_shown);
            if !is_shown && std::env::var_os("SHOW_UNSHOWN").is_some() {
                println!("{what}\n   told, gained {gained}: {}", change.told());
            }
        }
    }
    true
}

/// Changes a declaration so many times, and compares each with it.
fn compare_changes(
    app: &mut App,
    changes: usize,
    dice: &mut Dice,
    counts: &mut Counts,
    wrong: &mut Vec<String>,
) {
    let before = app.model.clone();
    let (mut done, mut kind) = (0, dice.below(Kind::ALL.len()));
    for _ in 0..4 * changes {
        if done == changes {
            return;
        }
        kind += 1;
        // Most of what people change is one thing in a rule.
        let of = match kind % 3 {
            0 => Kind::Node,
            _ => Kind::ALL[(kind / 3) % Kind::ALL.len()],
        };
        let Some((what, after)) = changed(&before, of, dice) else {
            continue;
        };
        let what = format!("{}: {what}", app.name);
        if compare(app, &before, &after, &what, counts, wrong) {
            *counts.kinds.entry(of).or_default() += 1;
            done += 1;
        }
    }
}

#[test]
fn what_postgres_shows_is_told() {
    let started = Instant::now();
    let (mut counts, mut wrong, mut next) = (Counts::default(), Vec::new(), 0);
    let mut dice = Dice::new(11);
    // A third of them are changes of declarations that people wrote.
    for name in ["copies", "taskly", "folders", "powergit"] {
        let mut app = app(name);
        compare_changes(&mut app, pairs() / 12, &mut dice, &mut counts, &mut wrong);
    }
    for seed in 0.. {
        if counts.pairs >= pairs() || wrong.len() > 5 {
            break;
        }
        let (model, _) = random::declaration(seed, TABLES, &mut next);
        let mut app = App::new(&format!("since{seed}"), model);
        let left = pairs() - counts.pairs;
        compare_changes(
            &mut app,
            CHANGES.min(left),
            &mut dice,
            &mut counts,
            &mut wrong,
        );
    }
    println!("{counts:#?} in {:?}", started.elapsed());
    assert!(
        wrong.is_empty(),
        "{}",
        wrong[..wrong.len().min(3)].join("\n")
    );
    assert!(counts.shown * 2 > counts.pairs, "{counts:#?}");
    assert_eq!(counts.kinds.len(), Kind::ALL.len(), "{counts:#?}");
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
    for seed in 0..40 {
        let (model, _) = random::declaration(seed, 3, &mut next);
        let other = said_otherwise(&model);
        assert_ne!(model, other);
        for (before, after) in [(&model, &model), (&model, &other), (&other, &model)] {
            assert_eq!(since(before, after), Since::default(), "seed {seed}");
        }
    }
}
