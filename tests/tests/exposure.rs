//! What `codegen exposure` tells: `cases/exposure/<sentence>`, and that every rule it prints reads back as itself.

use std::path::Path;
use std::process::Command;

use synctable_codegen::expr::print::{language, language_select};
use synctable_codegen::expr::{Context, Known, Row, Scope, parse, parse_select};
use synctable_codegen::model::{Model, Rule};
use synctable_codegen::{exposure, read};
use tests::binary::codegen;
use tests::cases::{cases, each, workspace};

#[test]
fn the_report_tells_who_reads_and_writes_what() {
    each("exposure", |case| {
        let folder = case.folder.join("schema");
        case.expect("expected.txt", &run(&folder, &[]))?;
        case.expect("expected.json", &run(&folder, &["--format", "json"]))
    });
}

/// What the command prints when all is well.
fn run(schema: &Path, more: &[&str]) -> String {
    let mut command = Command::new(codegen());
    command
        .args(["exposure", "--manifest"])
        .arg(schema)
        .args(more);
    let output = command.output().expect("it runs");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && said.is_empty(), "{said}");
    String::from_utf8(output.stdout).expect("it prints UTF-8")
}

#[test]
fn a_rule_is_printed_so_that_it_reads_back_as_itself() {
    let root = workspace();
    let apps = ["powergit", "taskly", "tunetrees"].map(|app| root.join("examples").join(app));
    let accepted = cases("accept").into_iter().map(|case| case.folder);
    let received = cases("received").into_iter().map(|case| case.folder);
    let folders = [root.to_owned()].into_iter().chain(apps).chain(accepted);
    let mut rules = 0;
    for folder in folders.chain(received) {
        if let Some(model) = read(&folder.join("schema")).model {
            rules += read_back(&model);
        }
    }
    assert!(rules > 300, "{rules} rules prove too little");
}

fn read_back(model: &Model) -> usize {
    let known = Known::of(model);
    let mut rules = 0;
    for table in model.tables.values() {
        let row = Row::of(table);
        let scope = Scope::new(&known, &row);
        let Some(access) = &table.access else {
            continue;
        };
        let reads = access.read.values().chain(access.insert.values());
        let updates = access.update.values();
        let updates = updates.flat_map(|rule| [&rule.before, &rule.after]);
        for rule in reads.chain(access.delete.values()).chain(updates) {
            if let Rule::When(rule) = rule {
                let text = language(rule);
                assert_eq!(
                    parse(&text, &scope, Context::Access).as_ref(),
                    Ok(rule),
                    "{text}"
                );
                rules += 1;
            }
        }
    }
    for select in model.scopes.values() {
        let text = language_select(select);
        assert_eq!(parse_select(&text, &known).as_ref(), Ok(select), "{text}");
        rules += 1;
    }
    rules
}

#[test]
fn a_secret_column_is_told_to_be_stored_elsewhere() {
    let model = read(&workspace().join("schema"))
        .model
        .expect("it is valid");
    let exposure = exposure::of(&model);
    let teams = exposure.storage.iter().find(|one| one.table == "teams");
    assert_eq!(teams.expect("it is published").secret, ["invite_code"]);
    let table = exposure.tables.iter().find(|one| one.table == "teams");
    let mut columns = table.expect("it is told of").columns.iter();
    let code = columns
        .find(|column| column.column == "invite_code")
        .expect("it is told of");
    assert!(code.read.is_empty() && code.synced.is_empty() && code.insert.is_empty());
}
