//! The workspace's own declaration and the examples, over random universes.

use std::time::Instant;
use synctable::DeleteRule;
use synctable_codegen::model::Rule;
use tests::applied::model_of;
use tests::cases::workspace;
use tests::oracle::App;

use crate::oracle::asking::{Findings, asked};

/// How many universes a declaration is asked in; the rules of tunetrees let so few writes through that it needs more.
fn count(name: &str) -> u64 {
    match (tests::long(), name) {
        (true, _) => 500,
        (false, "tunetrees") => 80,
        (false, _) => 50,
    }
}

pub(crate) fn app(name: &str) -> App {
    let folder = match name {
        "tasks" => workspace().join("schema"),
        "folders" => {
            workspace().join("tests/cases/scopes/the_enforcers_agree_where_scopes_share_scopes")
        }
        "copies" => workspace()
            .join("tests/cases/accept/a_column_copied_from_the_row_that_it_belongs_to/schema"),
        "rooms" => workspace().join(
            "tests/cases/accept/a_number_of_the_token_or_of_a_subscription_that_is_looked_up_too/schema",
        ),
        name => workspace().join("examples").join(name).join("schema"),
    };
    App::new(name, model_of(&folder))
}

fn all_enforcers_agree(name: &str) {
    let mut app = app(name);
    let started = Instant::now();
    let findings = asked(&mut app, count(name));
    let told: Vec<&str> = findings.differences.values().map(String::as_str).collect();
    let pairs = findings.reads.pairs.values();
    let (visible, hidden) = pairs.fold((0, 0), |sum, pair| (sum.0 + pair.0, sum.1 + pair.1));
    println!(
        "{name}: {} universes, {visible} pairs visible and {hidden} hidden, {} writes, {} by the anonymous role, in {:?}; left out {:?}",
        count(name),
        findings.writes.compared(),
        findings.anonymous.compared(),
        started.elapsed(),
        findings.writes.left_out
    );
    assert!(
        told.is_empty(),
        "{} differences:\n{}",
        told.len(),
        told.join("\n")
    );
    let one_sided = one_sided(&app, &findings);
    assert!(one_sided.is_empty(), "{name}:\n{}", one_sided.join("\n"));
}

/// Policies that were hardly tried: fewer than a fifth of the pairs of a known caller and a row visible, or hidden; a
/// command that never succeeded or never failed; writes that failed for another reason.
fn one_sided(app: &App, findings: &Findings) -> Vec<String> {
    let model = &app.model;
    let role = &model.postgres.roles.client;
    let mut told = Vec::new();
    let mut compare = |table: &str, kind: &'static str, rule: Option<&Rule>| {
        // Where all is set once, nothing can be changed.
        if kind == "update" && app.client.granted[table].update.is_empty() {
            return;
        }
        let acts = &findings.writes.acts;
        let (yes, no) = acts
            .get(&(table.to_owned(), kind))
            .copied()
            .unwrap_or_default();
        let is_public = matches!(rule, Some(Rule::Public));
        if rule.is_some() && (yes == 0 || (no == 0 && !is_public)) {
            told.push(format!(
                "{kind} of {table}: allowed {yes} times, refused {no} times"
            ));
        }
    };
    for table in model.tables.values().filter(|table| table.sync.on_server()) {
        let Some(access) = &table.access else {
            continue;
        };
        compare(&table.name, "insert", access.insert.get(role));
        let update = access.update.get(role).map(|rule| &rule.before);
        compare(&table.name, "update", update);
        let deletion = match table.delete {
            DeleteRule::Hard => "delete",
            DeleteRule::Soft => "tombstone",
            DeleteRule::Denied => continue,
        };
        compare(&table.name, deletion, access.delete.get(role));
    }
    for (table, (visible, hidden)) in &findings.reads.pairs {
        let access = model.tables[table].access.as_ref();
        // Without a rule nobody reads, and the word `public` hides nothing.
        let Some(Rule::When(_)) = access.and_then(|access| access.read.get(role)) else {
            continue;
        };
        let pairs = visible + hidden;
        if 5 * visible < pairs || 5 * hidden < pairs {
            told.push(format!(
                "read of {table}: {visible} visible, {hidden} hidden"
            ));
        }
    }
    let left_out: usize = findings.writes.left_out.values().sum();
    if 100 * left_out > findings.writes.compared() {
        told.push(format!(
            "too many writes left out: {:?}",
            findings.writes.left_out
        ));
    }
    told
}

/// Columns that are copied in every way: from what changes, from a copy, by a copy, from a key of two parts, from its own table.
#[test]
fn copies() {
    all_enforcers_agree("copies");
}

/// A column that equals a number of JSON and is looked up as well.
#[test]
fn rooms_on_floors_that_the_token_numbers() {
    all_enforcers_agree("rooms");
}

#[test]
fn tasks() {
    all_enforcers_agree("tasks");
}

#[test]
fn powergit() {
    all_enforcers_agree("powergit");
}

#[test]
fn taskly() {
    all_enforcers_agree("taskly");
}

#[test]
fn folders_whose_scopes_share_scopes() {
    all_enforcers_agree("folders");
}

#[test]
fn tunetrees() {
    all_enforcers_agree("tunetrees");
}
