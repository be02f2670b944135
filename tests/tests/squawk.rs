//! squawk reads the migrations of every case of a change, and docs/evolve.md answers each rule that it complains by.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::Value;
use synctable_codegen::ledger::{self, Choices, Ledger, Migration};
use synctable_codegen::model::Model;
use tests::applied::model_of;
use tests::cases::{cases, workspace};

/// The first line of a file that runs outside of a transaction.
const ALONE: &str = "-- no-transaction\n";

/// The SQL of the second migration of a ledger, by file.
fn migration(before: &Model, after: &Model, allowed: &[String]) -> BTreeMap<String, String> {
    let mut choices = Choices::default();
    let mut ledger = Ledger::default();
    let mut files = ledger::Files::new();
    for (model, at) in [(before, "20260101000000"), (after, "20260102000000")] {
        let new = Migration::New { name: "change", at };
        let migrated = ledger::migrate(&ledger, model, new, &choices);
        let migrated = migrated.unwrap_or_else(|refused| panic!("{refused:?}"));
        for (path, text) in migrated.files.iter() {
            files.insert(path.to_owned(), text.into_owned());
        }
        let mut cx = synctable_codegen::diagnostic::Diagnostics::new();
        ledger = Ledger::read(files.clone(), &mut cx);
        assert!(cx.into_sorted().is_empty());
        choices.allow_drop = allowed.to_vec();
    }
    let later = |path: &String| path.starts_with("20260102") && path.ends_with(".sql");
    files.into_iter().filter(|(path, _)| later(path)).collect()
}

/// What squawk complains of, by its rules: how often, and one place of each.
fn found(
    folder: &Path,
    files: &[String],
    in_transaction: bool,
) -> BTreeMap<String, (usize, String)> {
    let program = workspace().join("tests/runners/node_modules/.bin/squawk");
    assert!(
        program.exists(),
        "tests/runners/node_modules is missing: run ./test.sh, or `npm install --no-package-lock` in tests/runners"
    );
    let mut command = Command::new(program);
    command.args(["--pg-version", "15.0", "--reporter", "json"]);
    if in_transaction {
        command.arg("--assume-in-transaction");
    }
    let output = command.args(files).current_dir(folder).output();
    let output = output.expect("squawk runs");
    let findings: Value = serde_json::from_slice(&output.stdout).unwrap_or_else(|error| {
        panic!("{error}: {}", String::from_utf8_lossy(&output.stderr));
    });
    let mut found: BTreeMap<String, (usize, String)> = BTreeMap::new();
    for one in findings.as_array().expect("a list") {
        let rule = one["rule_name"].as_str().expect("a rule").to_owned();
        let file = one["file"].as_str().expect("a file");
        let line = one["line"].as_u64().expect("a line");
        let text = fs::read_to_string(folder.join(file)).expect("it is there");
        let line = text.lines().nth(usize::try_from(line).expect("a line"));
        let place = format!("{file}: {}", line.unwrap_or_default().trim());
        found.entry(rule).or_insert((0, place)).0 += 1;
    }
    found
}

/// The rules that the page answers.
fn answered() -> BTreeSet<String> {
    let page = fs::read_to_string(workspace().join("docs/evolve.md")).expect("the page");
    let (_, rest) = page.split_once("<!-- squawk -->").expect("the table");
    let (table, _) = rest.split_once("<!-- /squawk -->").expect("its end");
    let rows = table.lines().filter_map(|line| line.strip_prefix("| `"));
    rows.filter_map(|row| Some(row.split_once('`')?.0.to_owned()))
        .collect()
}

#[test]
fn each_finding_of_squawk_is_avoided_or_answered() {
    let folder = tempfile::tempdir().expect("a folder");
    let folder = folder.path();
    let mut files: [Vec<String>; 2] = Default::default();
    for case in cases("evolve") {
        if case.name.starts_with("D0") {
            continue;
        }
        let allowed = fs::read_to_string(case.folder.join("allow.txt")).unwrap_or_default();
        let allowed: Vec<String> = allowed.lines().map(str::to_owned).collect();
        let before = model_of(&case.folder.join("before"));
        let after = model_of(&case.folder.join("after"));
        fs::create_dir(folder.join(&case.name)).expect("a folder");
        for (path, sql) in migration(&before, &after, &allowed) {
            let path = format!("{}/{path}", case.name);
            fs::write(folder.join(&path), &sql).expect("it is written");
            files[usize::from(!sql.starts_with(ALONE))].push(path);
        }
    }
    let [alone, together] = files;
    println!(
        "{} files outside of a transaction, {} others",
        alone.len(),
        together.len()
    );
    assert!(alone.len() > 2 && together.len() > 50);
    let mut all = found(folder, &alone, false);
    all.extend(found(folder, &together, true));
    for (rule, (many, place)) in &all {
        println!("{many:3} {rule}: {place}");
    }
    let found: BTreeSet<String> = all.into_keys().collect();
    assert_eq!(found, answered());
}
