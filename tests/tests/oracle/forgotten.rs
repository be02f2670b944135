//! A printer that forgets a condition is found out.
//!
//! A negated comparison carries `is not null`, and streams leave out what is tombstoned: no rule says so, and whoever
//! prints the rule does.
//! So each of these conditions is left out of what is printed, one after the other, and the enforcer must be found out.
//!
//! In Postgres the guard of a negated comparison says nothing more: `x <> 'a'` is NULL where `x` is, no `not` stands above
//! it, every `and` and `or` above it is true for the same rows either way, and policies, guards and triggers ask only what
//! is true.
//! Such a mutant counts as saying the same, and is asked about as well: it must not differ.
//! The older dialect of PowerSync evaluates `x <> 'a'` like Postgres, but `x not in ('a')` is true there where `x` is NULL.
//! In a sync stream both are true where `x` is NULL, whatever stands above them, and each guard is to be missed.

use crate::oracle::apps::app;
use std::collections::BTreeMap;
use std::time::Instant;
use synctable_codegen::read_texts;
use tests::oracle::App;
use tests::oracle::forget::{Forgetful, Remembered, forgetful, remember};
use tests::oracle::hunt::{Enforcer, World};
use tests::oracle::random::declaration;

/// How many of each enforcer are looked for at most, but in the long mode.
const SOME: usize = 14;

/// Rules with a negated comparison in every form, alone, under another negation, beside `and` and inside `or`.
const NEGATED: [(&str, &str); 12] = [
    ("compared", "state <> 'a'"),
    ("negated", "not (state = 'a')"),
    ("listed", "state not in ('a', 'b')"),
    ("neither", "not (state = 'a' or level = 2)"),
    ("not_both", "not (state = 'a' and level = 2)"),
    ("ordered", "not (level < 2)"),
    ("columns", "state <> other"),
    (
        "own",
        "owner_id = auth.user_id() or not (not (state <> 'a'))",
    ),
    ("member", "note ->> 'kind' <> 'a'"),
    ("joined", "not (state || '/' || other = 'a/b')"),
    ("chosen", "coalesce(state, other) <> 'a'"),
    ("looked_up", "place in (mine)"),
];

/// One table for each of them, which clients read and write by it.
fn negated() -> App {
    let mut text = "
synctable: 1
app: negated
postgres:
  auth: supabase
  user_id: uuid
  roles: {client: authenticated, anonymous: anon, owner: postgres, replication: powersync_role}
targets: {postgres: migrations, powersync: powersync}
scopes:
  mine: select place from members where who = auth.user_id() and not (role = 'a')
tables:
  members:
    sync: none
    columns:
      id: {kind: uuid, key: true}
      who: {kind: uuid, nullable: true}
      place: {kind: uuid, nullable: true}
      role: {kind: text, nullable: true}
"
    .to_owned();
    for (table, rule) in NEGATED {
        text += &format!(
            "  {table}:
    sync: both
    columns:
      id: {{kind: uuid, key: true, client_default: uuid()}}
      owner_id: {{kind: uuid, nullable: true}}
      state: {{kind: text, nullable: true}}
      other: {{kind: text, nullable: true}}
      level: {{kind: int, nullable: true}}
      note: {{kind: json, nullable: true}}
      place: {{kind: uuid, nullable: true}}
    conflict: last_upload_wins
    delete: hard
    access: {{read: \"{rule}\", write: \"{rule}\"}}
"
        );
    }
    let reading = read_texts([("app.yaml", text)]);
    let model = reading.model;
    App::new(
        "negated",
        model.unwrap_or_else(|| panic!("{:#?}", reading.diagnostics)),
    )
}

fn some(all: &[Forgetful]) -> Vec<Forgetful> {
    let of = |enforcer| {
        let all: Vec<&Forgetful> = all.iter().filter(|one| one.enforcer == enforcer).collect();
        let every = match tests::long() {
            true => 1,
            false => all.len().div_ceil(SOME).max(1),
        };
        let some = all.into_iter().step_by(every);
        some.cloned().collect::<Vec<Forgetful>>()
    };
    Enforcer::ALL.into_iter().flat_map(of).collect()
}

fn asked(app: &mut App, all: &[Forgetful]) -> BTreeMap<Enforcer, Remembered> {
    let some = some(all);
    let world = World::of(app);
    let started = Instant::now();
    let hunts = remember(app, &world, &some);
    for (enforcer, hunt) in &hunts {
        println!(
            "{} {enforcer:?}: {} found, {} say the same, {} of what nobody sees, survivors {:#?}",
            app.name, hunt.found, hunt.equal, hunt.idle, hunt.survivors
        );
    }
    println!("{}: {} in {:?}", app.name, some.len(), started.elapsed());
    hunts
}

fn silent(app: &App, hunts: &BTreeMap<Enforcer, Remembered>) -> Vec<String> {
    let survivors = hunts.iter().flat_map(|(enforcer, hunt)| {
        let told = hunt.survivors.iter();
        told.map(move |(site, what)| format!("{} {enforcer:?}: {site}: {what}", app.name))
    });
    survivors.collect()
}

#[test]
fn what_lowering_adds_to_the_rules_of_apps_is_missed() {
    let mut all = Vec::new();
    for name in ["tasks", "powergit", "taskly", "tunetrees"] {
        let mut app = app(name);
        let wrong = forgetful(&app);
        let hunts = asked(&mut app, &wrong);
        all.extend(silent(&app, &hunts));
    }
    assert!(all.is_empty(), "found by nobody: {all:#?}");
}

#[test]
fn a_forgotten_null_guard_is_missed_in_streams_and_says_nothing_in_postgres() {
    let mut apps = vec![negated()];
    if tests::long() {
        let mut next = 0;
        apps.extend((0..20).map(|seed| {
            let (model, _) = declaration(seed, 12, &mut next);
            App::new(&format!("random{seed}"), model)
        }));
    }
    let mut sums: BTreeMap<Enforcer, (usize, usize)> = BTreeMap::new();
    for mut app in apps {
        let mut wrong = forgetful(&app);
        wrong.retain(|one| one.is_guard);
        let hunts = asked(&mut app, &wrong);
        let silent = silent(&app, &hunts);
        assert!(silent.is_empty(), "found by nobody: {silent:#?}");
        for (enforcer, hunt) in hunts {
            let sum = sums.entry(enforcer).or_default();
            *sum = (sum.0 + hunt.found, sum.1 + hunt.equal);
        }
    }
    println!("found and saying the same: {sums:?}");
    for enforcer in Enforcer::ALL {
        let (found, equal) = sums[&enforcer];
        let is_postgres = matches!(enforcer, Enforcer::Rls | Enforcer::Guard);
        let enough = if is_postgres { equal } else { found };
        assert!(
            enough > 0,
            "{enforcer:?}: {found} found, {equal} say the same"
        );
    }
}
