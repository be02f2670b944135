//! Who gained and who lost access, from one policy to another: what Postgres shows is told, and what is equal is not.

use crate::oracle::apps::app;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};
use synctable::{DeleteRule, Role};
use synctable_codegen::exposure;
use synctable_codegen::exposure::since::{Change, Since, since};
use synctable_codegen::model::{CompareOp, Expr, Literal, Model, Rule, Select, Set, Table};
use synctable_codegen::read_texts;
use synctable_codegen::targets::postgres::evolve::evolve;
use tests::generate::dice::Dice;
use tests::oracle::changed::{Kind, changed};
use tests::oracle::evaluate::Asker;
use tests::oracle::may::{self, Grants, May, Way, roles};
use tests::oracle::policy::{Policy, Write};
use tests::oracle::{App, random, run, tombstone};
use tests::postgres::OWNER;
use tests::universe::hints::Hints;
use tests::universe::{Row, Universe, generate, load, plain, tables_on_server};

/// How many pairs of policies are compared.
fn pairs() -> usize {
    if tests::long() { 2_000 } else { 100 }
}

/// How many pairs each declaration is changed into.
const CHANGES: usize = 20;

/// How many tables a random declaration has.
const TABLES: usize = 3;

/// How many of the tables whose rules are as they were are asked.
const OTHERS: usize = 2;

/// How many rows a table has at most.
const ROWS: usize = 5;

/// In how many universes the evaluator looks for what is told, so that Postgres is asked in those that show it.
const SEARCHED: u64 = 10;

/// In how many more whose rows are mixed of others.
const MIXED: u64 = 60;

/// What is asked.
const ACTIONS: [&str; 5] = ["read", "sync", "insert", "update", "delete"];

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
    /// The same of what streams send, as the evaluator shows.
    sent: usize,
    sent_and_not_shown: usize,
    by_policy: Duration,
    by_postgres: Duration,
}

impl Counts {
    fn add(&mut self, other: Self) {
        for (kind, many) in other.kinds {
            *self.kinds.entry(kind).or_default() += many;
        }
        self.pairs += other.pairs;
        self.refused += other.refused;
        self.told_pairs += other.told_pairs;
        self.universes += other.universes;
        self.shown += other.shown;
        self.told += other.told;
        self.told_and_not_shown += other.told_and_not_shown;
        self.sent += other.sent;
        self.sent_and_not_shown += other.sent_and_not_shown;
        self.by_policy += other.by_policy;
        self.by_postgres += other.by_postgres;
    }
}

/// Gained or lost, in one way: the columns that this is seen of.
type Shown = BTreeMap<(bool, Way), BTreeSet<String>>;

/// What every caller may do with every row, by the words of the policy: the rows that streams send are among it.
fn meant(
    model: &Model,
    universe: &Universe,
    tables: &[&Table],
    asked: &dyn Fn(&str, &str, &str) -> bool,
) -> May {
    let mut may = May::new();
    for role in roles(model) {
        let is_asked = |table: &&&Table| ACTIONS.iter().any(|one| asked(&table.name, &role, one));
        let tables: Vec<&Table> = tables.iter().filter(is_asked).copied().collect();
        if tables.is_empty() {
            continue;
        }
        for (who, caller) in may::callers(model, universe, &role).iter().enumerate() {
            let nothing = BTreeMap::new();
            let asker = Asker::new(model, universe, caller, &nothing);
            for table in &tables {
                let policy = Policy::new(table, &role, &asker);
                let asked = |action| asked(&table.name, &role, action);
                let rows = universe.of(&table.name);
                let mut add = |action, what: String| {
                    let way = (table.name.clone(), role.clone(), action);
                    may.entry(way).or_default().insert((who, what));
                };
                let spares = universe.spares.get(&table.name).into_iter().flatten();
                for (at, row) in rows.iter().chain(spares.map(|(row, _)| row)).enumerate() {
                    if asked("insert") && policy.allows(&Write::Insert { new: row.clone() }) {
                        add("insert", format!("{at}"));
                    }
                }
                for (at, row) in rows.iter().enumerate() {
                    if policy.reads(row) {
                        add("read", format!("{at}"));
                        if asked("sync")
                            && role == model.postgres.roles.client
                            && is_sent(model, universe, caller, table, row)
                        {
                            add("sync", format!("{at}"));
                        }
                    }
                    if asked("delete") && policy.allows(&deletion(table, row)) {
                        add("delete", format!("{at}"));
                    }
                    if !asked("update") || !policy.reads(row) {
                        continue;
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

/// The write by which a row is deleted.
fn deletion(table: &Table, row: &Row) -> Write {
    let old = row.clone();
    match table.role(Role::Tombstone) {
        Some(column) if table.delete == DeleteRule::Soft => {
            let mut new = row.clone();
            new[&column.name] = tombstone::burial(column);
            Write::Update { old, new }
        }
        _ => Write::Delete { old },
    }
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
        .is_none_or(|column| tombstone::lives(column, row));
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

/// The columns that roles may name, and those that streams send, as `exposure` tells.
fn exposed(model: &Model) -> Grants {
    let mut columns = Grants::new();
    for table in exposure::of(model).tables {
        for column in &table.columns {
            let client = model.postgres.roles.client.clone();
            let synced: Vec<String> = (!column.synced.is_empty())
                .then_some(client)
                .into_iter()
                .collect();
            for (action, roles) in [
                ("read", &column.read),
                ("insert", &column.insert),
                ("update", &column.update),
                ("sync", &synced),
            ] {
                for role in roles {
                    let way = (table.table.clone(), role.clone(), action);
                    columns
                        .entry(way)
                        .or_default()
                        .insert(column.column.clone());
                }
            }
        }
    }
    columns
}

/// Adds the columns of one policy that the other does not grant, in ways in which something is reached.
fn show_columns(shown: &mut Shown, gained: bool, more: &Grants, less: &Grants, may: &May) {
    let nothing = BTreeSet::new();
    for (way, columns) in more {
        let less = less.get(way).unwrap_or(&nothing);
        let columns: BTreeSet<String> = columns.difference(less).cloned().collect();
        let is_reached = may.get(way).is_some_and(|all| !all.is_empty());
        if !columns.is_empty() && is_reached {
            let all = shown.entry((gained, way.clone())).or_default();
            all.extend(columns);
        }
    }
}

/// Universes of a declaration, and what its words let everybody do in them.
struct Known {
    universes: Vec<Universe>,
    meant: Vec<May>,
}

impl Known {
    fn of(model: &Model) -> Self {
        let hints = Hints::of(model);
        let tables = tables_on_server(model);
        let universes: Vec<Universe> = (0..=SEARCHED)
            .map(|seed| generate(model, &hints, seed, ROWS))
            .collect();
        let meant = universes
            .iter()
            .map(|universe| meant(model, universe, &tables, &|_, _, _| true))
            .collect();
        Self { universes, meant }
    }
}

/// Two policies of the same tables.
struct Pair<'a> {
    before: &'a Model,
    after: &'a Model,
    columns: [Grants; 2],
}

impl Pair<'_> {
    /// What two policies let everybody do, side by side.
    fn show(&self, old: &May, new: &May, shown: &mut Shown) {
        show(shown, old, new, &|_| BTreeSet::new());
        let [had, has] = &self.columns;
        show_columns(shown, true, has, had, new);
        show_columns(shown, false, had, has, old);
    }

    /// The universes in which the words of the two policies differ in what is told, and what that is.
    fn chosen(&self, told: &Since, tables: &[&Table], known: &Known) -> (Vec<Universe>, Shown) {
        let later: Vec<&Table> = tables
            .iter()
            .map(|table| &self.after.tables[&table.name])
            .collect();
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
        let seen = known.universes.iter().zip(&known.meant).skip(1);
        for (universe, old) in seen {
            if wanted.iter().all(|one| shown.contains_key(one)) {
                break;
            }
            let before = shown.len();
            let new = meant(self.after, universe, &later, &|_, _, _| true);
            let old = old.iter().filter(|((name, ..), _)| {
                let mut names = tables.iter().map(|table| &table.name);
                names.any(|one| one == name)
            });
            let old = old.map(|(way, all)| (way.clone(), all.clone())).collect();
            self.show(&old, &new, &mut shown);
            if shown.len() > before {
                chosen.push(universe.clone());
            }
        }
        for seed in 1..=MIXED {
            let missing: BTreeSet<Way> = wanted
                .iter()
                .filter(|one| !shown.contains_key(one))
                .map(|(_, way)| way.clone())
                .collect();
            let is_missing = |table: &&&Table| missing.iter().any(|way| way.0 == table.name);
            let of: Vec<&Table> = tables.iter().filter(is_missing).copied().collect();
            if of.is_empty() {
                break;
            }
            let universe = mixed(&of, &known.universes, seed);
            let asked = |table: &str, role: &str, action: &str| {
                let mut ways = missing.iter();
                ways.any(|way| (&*way.0, &*way.1, way.2) == (table, role, action))
            };
            let later: Vec<&Table> = of.iter().map(|one| &self.after.tables[&one.name]).collect();
            let old = meant(self.before, &universe, &of, &asked);
            let new = meant(self.after, &universe, &later, &asked);
            let before = shown.len();
            self.show(&old, &new, &mut shown);
            if shown.len() > before {
                chosen.push(universe);
            }
        }
        // The later ones show what the first ones do not.
        chosen.reverse();
        chosen.truncate(CHOSEN);
        shown.retain(|(_, (.., action)), _| *action == "sync");
        (chosen, shown)
    }
}

/// A universe whose rows of some tables have each value from another row, of whatever universe, or from another column.
fn mixed(tables: &[&Table], from: &[Universe], seed: u64) -> Universe {
    let mut dice = Dice::new(seed);
    let mut universe = dice.pick(from).clone();
    for table in tables {
        let pool: Vec<&Row> = from
            .iter()
            .flat_map(|one| {
                let spares = one.spares.get(&table.name).into_iter().flatten();
                one.of(&table.name).iter().chain(spares.map(|(row, _)| row))
            })
            .collect();
        if pool.is_empty() {
            continue;
        }
        let mut mix = |row: &mut Row| {
            let names: Vec<String> = row.keys().cloned().collect();
            for name in names {
                let column = &table.columns[&name];
                if table.key.contains(&name) || column.copied.is_some() {
                    continue;
                }
                let alike = table.columns.values().filter(|other| {
                    other.kind == column.kind
                        && row.contains_key(&other.name)
                        && (column.nullable || !other.nullable)
                });
                let alike: Vec<String> = alike.map(|other| other.name.clone()).collect();
                let other = match dice.chance(80) || alike.is_empty() {
                    true => &name,
                    false => dice.pick(&alike),
                };
                row[&name] = dice.pick(&pool)[other].clone();
            }
        };
        universe
            .rows
            .get_mut(&table.name)
            .into_iter()
            .flatten()
            .for_each(&mut mix);
        let spares = universe.spares.get_mut(&table.name).into_iter().flatten();
        spares.for_each(|(row, _)| mix(row));
    }
    universe
}

fn compare(
    app: &mut App,
    before: &Model,
    after: &Model,
    what: &str,
    known: &Known,
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
    let pair = Pair {
        before,
        after,
        columns: [exposed(before), exposed(after)],
    };
    let (chosen, sent) = pair.chosen(&told, &touched, known);
    counts.by_policy += started.elapsed();
    let started = Instant::now();
    // One that nobody chose, in which other tables are asked, too.
    let plain = &known.universes[0];
    let others = tables.iter().filter(|table| !touched.contains(table));
    let tables: Vec<&Table> = others.take(OTHERS).chain(&touched).copied().collect();
    let chosen = chosen.iter().map(|universe| (universe, &touched));
    let universes: Vec<(&Universe, &Vec<&Table>)> = chosen.chain([(plain, &tables)]).collect();
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
            show_columns(&mut shown, true, &has, &had, new);
            show_columns(&mut shown, false, &had, &has, old);
        }
        shown
    });
    counts.by_postgres += started.elapsed();
    counts.shown += shown.len();
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
        // The rules of buckets are in no migration.
        for change in changes
            .iter()
            .filter(|one| !one.table.starts_with("bucket: "))
        {
            let way = (change.table.clone(), change.role.clone(), change.action);
            let is_shown = shown.contains_key(&(gained, way));
            let (all, not_shown) = match change.action {
                "sync" => (&mut counts.sent, &mut counts.sent_and_not_shown),
                _ => (&mut counts.told, &mut counts.told_and_not_shown),
            };
            *all += 1;
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
    let known = Known::of(&before);
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
        if compare(app, &before, &after, &what, &known, counts, wrong) {
            *counts.kinds.entry(of).or_default() += 1;
            done += 1;
        }
    }
}

/// A declaration whose rules read what is computed from other columns.
fn computed() -> Model {
    const TEXT: &str = "
synctable: 1
app: computed
targets: {postgres: migrations, powersync: powersync}
postgres: {roles: {anonymous: anon}}
scopes:
  mine: select id from notes where owner_id = auth.user_id() and listed
tables:
  notes:
    sync: both
    columns:
      id: {kind: uuid, key: true, client_default: uuid()}
      owner_id: {kind: uuid}
      shelf: {kind: text}
      state: {kind: text, nullable: true}
      stars: {kind: int}
      listed: {kind: bool, generated: \"state = 'open' and stars > 1\"}
      place: {kind: text, generated: \"shelf || '/' || stars\"}
    conflict: last_upload_wins
    access:
      read: {authenticated: listed or owner_id = auth.user_id() or id in (mine), anon: place = 'a/1'}
      insert: owner_id = auth.user_id()
      update: listed and owner_id = auth.user_id()
      delete: owner_id = auth.user_id() and place <> 'a/2'
";
    let reading = read_texts([("app.yaml", TEXT)]);
    let model = reading.model;
    model.unwrap_or_else(|| panic!("{:#?}", reading.diagnostics))
}

/// What a declaration is changed into: one that people wrote, or a random one.
fn compared(nr: usize, counts: &mut Counts, wrong: &mut Vec<String>) {
    const WRITTEN: [&str; 5] = ["copies", "taskly", "folders", "powergit", "tasks"];
    let seed = nr as u64;
    let mut app = match nr % 3 {
        0 => app(WRITTEN[(nr / 3) % WRITTEN.len()]),
        _ if nr % 5 == 1 => App::new("computed", computed()),
        _ => {
            let mut next = 17 * nr;
            let (model, _) = random::declaration(seed, TABLES, &mut next);
            App::new(&format!("since{seed}"), model)
        }
    };
    compare_changes(&mut app, CHANGES, &mut Dice::new(seed), counts, wrong);
}

#[test]
fn what_postgres_shows_is_told() {
    let started = Instant::now();
    let next = AtomicUsize::new(0);
    let found = Mutex::new((Counts::default(), Vec::new()));
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                loop {
                    let nr = next.fetch_add(1, Ordering::Relaxed);
                    if nr >= pairs() / CHANGES {
                        break;
                    }
                    let (mut counts, mut wrong) = (Counts::default(), Vec::new());
                    compared(nr, &mut counts, &mut wrong);
                    let mut found = found.lock().expect("nobody panics with it");
                    found.0.add(counts);
                    found.1.extend(wrong);
                }
            });
        }
    });
    let (counts, wrong) = found.into_inner().expect("nobody panics with it");
    println!("{counts:#?} in {:?}", started.elapsed());
    assert!(
        wrong.is_empty(),
        "{} wrong\n{}",
        wrong.len(),
        wrong[..wrong.len().min(3)].join("\n")
    );
    assert_eq!(counts.pairs, pairs());
    assert!(counts.shown * 2 > counts.pairs, "{counts:#?}");
    assert_eq!(counts.kinds.len(), Kind::ALL.len(), "{counts:#?}");
}

/// Says a policy in other words.
struct Rewriter {
    dice: Dice,
    /// The scopes by name, to be written in place.
    scopes: Vec<(String, Select)>,
}

impl Rewriter {
    /// The same policy: its conditions in other words, its scopes under other names, some columns renamed.
    fn model(&mut self, model: &Model) -> Model {
        let mut other = model.clone();
        let scopes = model.scopes.iter();
        other.scopes = scopes
            .map(|(name, select)| (renamed(name), self.select(select)))
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
                    *expr = self.expr(expr);
                }
            }
        }
        for stream in other.streams.values_mut() {
            for part in &mut stream.tables {
                part.filter = part.filter.as_ref().map(|filter| self.expr(filter));
            }
        }
        other
    }

    fn select(&mut self, select: &Select) -> Select {
        Select {
            filter: select.filter.as_ref().map(|filter| self.expr(filter)),
            ..select.clone()
        }
    }

    fn parts(&mut self, parts: &[Expr]) -> Vec<Expr> {
        let mut parts: Vec<Expr> = parts.iter().map(|part| self.expr(part)).collect();
        for index in (1..parts.len()).rev() {
            let other = self.dice.below(index + 1);
            parts.swap(index, other);
        }
        if self.dice.chance(30) {
            parts.push(parts[0].clone());
        }
        parts
    }

    fn expr(&mut self, expr: &Expr) -> Expr {
        let said = self.word(expr);
        match self.dice.below(6) {
            0 => not(not(said)),
            1 => Expr::And(vec![said.clone(), said]),
            2 => Expr::Or(vec![said.clone(), said]),
            _ => said,
        }
    }

    fn word(&mut self, expr: &Expr) -> Expr {
        match expr {
            Expr::And(parts) => {
                let mut parts = self.parts(parts);
                match self.dice.below(3) {
                    // `not (not a or not b)`
                    0 => not(Expr::Or(parts.into_iter().map(not).collect())),
                    1 if parts.len() > 2 => {
                        let last = parts.split_off(1);
                        parts.push(Expr::And(last));
                        Expr::And(parts)
                    }
                    _ => Expr::And(parts),
                }
            }
            Expr::Or(parts) => {
                let parts = self.parts(parts);
                match self.dice.below(3) {
                    0 => not(Expr::And(parts.into_iter().map(not).collect())),
                    _ => Expr::Or(parts),
                }
            }
            Expr::Not(inner) => not(self.expr(inner)),
            Expr::Compare { op, left, right } => {
                let (opposite, swapped) = match op {
                    CompareOp::Eq => (CompareOp::Ne, CompareOp::Eq),
                    CompareOp::Ne => (CompareOp::Eq, CompareOp::Ne),
                    CompareOp::Lt => (CompareOp::Ge, CompareOp::Gt),
                    CompareOp::Le => (CompareOp::Gt, CompareOp::Ge),
                    CompareOp::Gt => (CompareOp::Le, CompareOp::Lt),
                    CompareOp::Ge => (CompareOp::Lt, CompareOp::Le),
                };
                let with = |op, left: &Expr, right: &Expr| Expr::Compare {
                    op,
                    left: Box::new(left.clone()),
                    right: Box::new(right.clone()),
                };
                match (self.dice.below(4), op, &**left, &**right) {
                    (0, ..) => with(swapped, right, left),
                    (1, ..) => not(with(opposite, left, right)),
                    (2, CompareOp::Eq | CompareOp::Ne, operand, Expr::Literal(literal)) => {
                        Expr::InList {
                            operand: Box::new(operand.clone()),
                            list: vec![literal.clone()],
                            negated: *op == CompareOp::Ne,
                        }
                    }
                    _ => expr.clone(),
                }
            }
            Expr::InList {
                operand,
                list,
                negated,
            } => {
                let mut list = list.clone();
                list.reverse();
                match (self.dice.below(2), negated) {
                    (0, false) => Expr::Or(list.iter().map(|one| equal(operand, one)).collect()),
                    (0, true) => not(Expr::Or(
                        list.iter().map(|one| equal(operand, one)).collect(),
                    )),
                    _ => Expr::InList {
                        operand: operand.clone(),
                        list,
                        negated: *negated,
                    },
                }
            }
            Expr::Is {
                operand,
                test,
                negated,
            } if self.dice.chance(50) => not(Expr::Is {
                operand: operand.clone(),
                test: *test,
                negated: !negated,
            }),
            Expr::InSet { operand, set } => Expr::InSet {
                operand: operand.clone(),
                set: match set {
                    Set::Select(select) => Set::Select(Box::new(self.select(select))),
                    Set::Scope(name) if self.dice.chance(50) => {
                        let scope = self.scopes.iter().find(|(one, _)| one == name);
                        let select = scope.expect("it is declared").1.clone();
                        Set::Select(Box::new(self.select(&select)))
                    }
                    Set::Scope(name) => Set::Scope(renamed(name)),
                },
            },
            other => other.clone(),
        }
    }
}

fn renamed(scope: &str) -> String {
    format!("zz_{scope}")
}

fn not(expr: Expr) -> Expr {
    Expr::Not(Box::new(expr))
}

fn equal(operand: &Expr, literal: &Literal) -> Expr {
    Expr::Compare {
        op: CompareOp::Eq,
        left: Box::new(operand.clone()),
        right: Box::new(Expr::Literal(literal.clone())),
    }
}

/// The model with other names for the columns that only rules use.
fn with_other_columns(model: &Model, dice: &mut Dice) -> Model {
    let mut other = model.clone();
    let tables: Vec<String> = model.tables.keys().cloned().collect();
    // Sets look up columns of the table that no caller reads.
    for name in tables.into_iter().filter(|name| name != "m") {
        let table = &model.tables[&name];
        let names: BTreeMap<String, String> = table
            .columns
            .values()
            .filter(|column| !table.key.contains(&column.name) && column.role.is_none())
            .filter(|_| dice.chance(50))
            .map(|column| (column.name.clone(), format!("zz_{}", column.name)))
            .collect();
        let of = |expr: &Expr| {
            expr.with_columns(&|column| names.get(column).map(|new| Expr::Column(new.clone())))
        };
        let later = &mut other.tables[&name];
        let columns = std::mem::take(&mut *later.columns);
        later.columns = columns
            .into_iter()
            .map(|(old, mut column)| match names.get(&old) {
                Some(new) => {
                    column.was = Some(old);
                    column.name.clone_from(new);
                    (new.clone(), column)
                }
                None => (old, column),
            })
            .collect();
        if let Some(access) = &mut later.access {
            let rules = access.read.values_mut().chain(access.insert.values_mut());
            let rules = rules.chain(access.delete.values_mut());
            let updates = access.update.values_mut();
            let updates = updates.flat_map(|rule| [&mut rule.before, &mut rule.after]);
            for rule in rules.chain(updates) {
                if let Rule::When(expr) = rule {
                    *expr = of(expr);
                }
            }
        }
        let parts = other
            .streams
            .values_mut()
            .flat_map(|stream| &mut stream.tables);
        for part in parts.filter(|part| part.table == name) {
            part.filter = part.filter.as_ref().map(of);
        }
    }
    other
}

#[test]
fn rules_that_are_equal_in_normal_form_are_not_told() {
    let mut next = 0;
    let mut dice = Dice::new(5);
    for seed in 0..if tests::long() { 500 } else { 30 } {
        let (model, _) = random::declaration(seed, 3, &mut next);
        let scopes = model.scopes.iter();
        let mut rewriter = Rewriter {
            dice: Dice::new(seed),
            scopes: scopes
                .map(|(name, select)| (name.clone(), select.clone()))
                .collect(),
        };
        for _ in 0..5 {
            let other = rewriter.model(&model);
            assert_ne!(model, other);
            for (before, after) in [(&model, &model), (&model, &other), (&other, &model)] {
                assert_eq!(since(before, after), Since::default(), "seed {seed}");
            }
        }
        let other = with_other_columns(&rewriter.model(&model), &mut dice);
        assert_eq!(since(&model, &other), Since::default(), "seed {seed}");
    }
}
