//! The statements as texts: psql prepares each as it stands, people read three tables of them in the docs, and a server
//! that has no generated Rust loads them.

use crate::statements::world::{ANN, Way, bound, change, prepared};
use schema::mappers::statements;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};
use synctable::statement::postgres::Writer;
use synctable::statement::{Outcome, Statement, StatementSet, Statements};
use synctable_codegen::model::{Connection, Model};
use synctable_codegen::targets::mappers::statements::all;
use tests::applied::{applied, model_of};
use tests::cases::{cases, workspace};

/// The declarations whose statements are looked at.
const APPS: [&str; 4] = [
    "schema",
    "examples/powergit/schema",
    "examples/taskly/schema",
    "examples/tunetrees/schema",
];

/// The tables whose statements stand in the docs.
const SHOWN: [&str; 3] = ["teams", "labels", "comments"];

fn of(set: &StatementSet) -> Vec<(&'static str, &'static str, &Statement)> {
    let mut all = Vec::new();
    for (kind, commands) in [
        ("row_security", &set.row_security),
        ("guarded", &set.guarded),
    ] {
        for (op, one) in [
            ("PUT", &commands.put),
            ("PATCH", &commands.patch),
            ("DELETE", &commands.delete),
        ] {
            all.extend(one.as_ref().map(|one| (kind, op, one)));
        }
    }
    all
}

/// What psql says of a script that it stops at the first error of.
fn psql(url: &str, script: &str) -> Result<(), String> {
    let mut child = Command::new("psql")
        .args([url, "--quiet", "--no-psqlrc", "-v", "ON_ERROR_STOP=1"])
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|error| format!("psql: {error}"))?;
    let mut input = child.stdin.take().expect("it is piped");
    input
        .write_all(script.as_bytes())
        .map_err(|error| error.to_string())?;
    drop(input);
    let output = child.wait_with_output().expect("it ends");
    match output.status.success() {
        true => Ok(()),
        false => Err(String::from_utf8_lossy(&output.stderr).into_owned()),
    }
}

/// Statements of every kind: those of the apps, for both kinds of connections, and of every accepted case.
#[test]
fn psql_prepares_every_statement_as_it_stands() {
    let accepted = cases("accept").into_iter();
    let accepted = accepted.map(|case| case.folder.join("schema"));
    let apps = APPS.into_iter().map(|app| workspace().join(app));
    let mut prepared = 0;
    for folder in apps.chain(accepted) {
        let mut model = model_of(&folder);
        if APPS.iter().any(|app| folder.ends_with(app)) {
            model.postgres.connections = vec![Connection::RowSecurity, Connection::Guarded];
        }
        let statements = all(&model);
        if statements.is_empty() {
            continue;
        }
        let database = applied("texts", &model);
        let mut script = String::new();
        for (_, set) in statements {
            for (.., one) in of(&set) {
                prepared += 1;
                script += &format!("prepare statement_{prepared} as\n{};\n", one.text.trim());
            }
        }
        let answer = psql(&database.url(None), &script);
        answer.unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    }
    assert!(prepared > 350, "{prepared}");
}

#[test]
fn psql_tells_what_it_cannot_prepare() {
    let database = applied("texts", &model_of(&workspace().join("schema")));
    let error = psql(
        &database.url(None),
        "prepare one as select missing from lists;",
    );
    assert!(error.unwrap_err().contains("missing"));
}

#[test]
fn no_line_is_wider_than_a_reader_s_window() {
    for app in APPS {
        for (table, set) in all(&model_of(&workspace().join(app))) {
            for (kind, op, one) in of(&set) {
                let wide = one.text.lines().find(|line| line.chars().count() > 110);
                assert_eq!(wide, None, "{app}: {}, {kind}, {op}", table.name);
            }
        }
    }
}

/// The statements of some tables as the docs show them.
fn shown(model: &Model) -> String {
    let mut text = String::new();
    for (table, set) in all(model) {
        if SHOWN.contains(&table.name.as_str()) {
            text += &format!("### `{}`\n\n", table.name);
            for (_, op, one) in of(&set).into_iter().filter(|(kind, ..)| *kind == "guarded") {
                text += &format!("{op}:\n\n```sql\n{}\n```\n\n", one.text.trim());
            }
        }
    }
    text
}

/// `BLESS=1` writes them.
#[test]
fn the_statements_in_the_docs_are_those_that_are_generated() {
    const BEGIN: &str = "<!-- statements: begin -->\n\n";
    const END: &str = "<!-- statements: end -->";
    let path: &Path = &workspace().join("docs/writes.md");
    let docs = std::fs::read_to_string(path).unwrap();
    let (before, rest) = docs.split_once(BEGIN).expect("the docs show them");
    let (told, after) = rest.split_once(END).expect("they end somewhere");
    let wanted = shown(&model_of(&workspace().join("schema")));
    if std::env::var_os("BLESS").is_some() {
        std::fs::write(path, format!("{before}{BEGIN}{wanted}{END}{after}")).unwrap();
    } else {
        assert_eq!(told, wanted, "BLESS=1 writes them");
    }
}

#[test]
fn a_server_loads_statements_at_run_time() {
    let model = model_of(&workspace().join("schema"));
    let (_, generated) = all(&model)
        .into_iter()
        .find(|(table, _)| table.name == "lists")
        .unwrap();
    let json = serde_json::to_string(&generated).unwrap();
    let set: StatementSet = serde_json::from_str(&json).unwrap();
    let embedded = statements::ALL.iter().find(|one| one.table.name == "lists");
    let embedded = embedded.unwrap();
    let trimmed = |set: &StatementSet| -> Vec<String> {
        let texts = of(set).into_iter();
        texts
            .map(|(kind, op, one)| format!("{kind} {op} {:?} {}", one.params, one.text.trim()))
            .collect()
    };
    assert_eq!(trimmed(&set), trimmed(&embedded.set));
    assert_eq!(set.batching, embedded.set.batching);

    let loaded = Statements {
        table: embedded.table,
        set,
    };
    let tables = [&loaded];
    let database = prepared("loaded");
    let mut client = database.superuser();
    for way in Way::ALL {
        let mut writer = Writer::new(&tables);
        let mut transaction = client.transaction().unwrap();
        let put = change(
            "{\"op\": \"PUT\", \"table\": \"lists\", \"id\": \"40000000-0000-4000-8000-000000000001\", \"op_data\": {\"name\": \"a\"}}",
        );
        let outcomes = bound(&mut transaction, way, ANN, |transaction, caller| {
            writer.apply(transaction, caller, None, &[put.write()])
        });
        assert_eq!(outcomes.unwrap(), [Outcome::Applied], "{way:?}");
    }
}
