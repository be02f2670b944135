//! Statements as Rust: constants that a program embeds.

use super::layout::WIDTH;
use crate::model::Table;
use crate::targets::rust;
use askama::Template;
use std::borrow::Cow;
use synctable::crud::Op;
use synctable::statement::{Answer, Batch, Commands, Param, Statement, StatementSet};

/// The kinds of change, and what holds the statement of each.
type Fields = Vec<(&'static str, Option<String>)>;

/// `statements/mod.rs`.
#[derive(Template)]
#[template(path = "mappers/statements_mod.rs")]
struct Root {
    modules: Vec<String>,
}

/// `statements/<table>.rs`; every text is Rust or SQL already.
#[derive(Template)]
#[template(path = "mappers/statements.rs")]
struct Embedded {
    declared: String,
    constant: String,
    imports: String,
    reads: String,
    decisive: String,
    put: &'static str,
    patch: &'static str,
    delete: &'static str,
    /// The fields of the set, and what each of its kinds of change holds.
    groups: Vec<(&'static str, Fields)>,
}

/// The module of all tables.
pub(super) fn root<'t>(tables: impl Iterator<Item = &'t Table>) -> String {
    let modules = tables.map(|table| rust::module(&table.name)).collect();
    let text = Root { modules }.render();
    text.expect("a template of strings renders")
}

/// The module of a table.
pub(super) fn table(table: &Table, set: &StatementSet) -> String {
    let batching = &set.batching;
    let groups = vec![
        ("row_security", fields(&set.row_security)),
        ("guarded", fields(&set.guarded)),
    ];
    let mut imports = vec![
        "Batch",
        "Batching",
        "Commands",
        "StatementSet",
        "Statements",
    ];
    if groups.iter().any(|(_, fields)| !fields.is_empty()) {
        imports.extend(["Answer", "Param", "Statement"]);
    }
    imports.sort_unstable();
    let text = Embedded {
        declared: format!("`{}`", table.name),
        constant: rust::constant(&table.name),
        imports: imports.join(", "),
        reads: names("reads", &batching.reads),
        decisive: names("decisive", &batching.decisive),
        put: word(batching.put),
        patch: word(batching.patch),
        delete: word(batching.delete),
        groups,
    };
    text.render().expect("a template of strings renders")
}

/// The fields of commands, of which there is one; else none.
fn fields(commands: &Commands) -> Fields {
    if *commands == Commands::NONE {
        return Vec::new();
    }
    [
        (Op::Put, "put"),
        (Op::Patch, "patch"),
        (Op::Delete, "delete"),
    ]
    .map(|(op, name)| (name, commands.of(op).map(statement)))
    .into()
}

fn statement(one: &Statement) -> String {
    let answer = match one.answer {
        Answer::Outcomes => "Outcomes",
        Answer::Count => "Count",
    };
    let params: Vec<&str> = one.params.iter().map(param).collect();
    let (fence, text, params) = (fence(&one.text), &one.text, params.join(", "));
    format!("Statement::embedded(Answer::{answer}, &[{params}], r{fence}\"\n{text}\"{fence})")
}

const fn param(param: &Param) -> &'static str {
    match param {
        Param::Entries => "Param::Entries",
        Param::Subject => "Param::Subject",
        Param::Claims => "Param::Claims",
    }
}

/// Names behind the field that holds them, in one line where they fit.
fn names(field: &str, names: &[Cow<'_, str>]) -> String {
    let names: Vec<String> = names
        .iter()
        .map(|name| format!("Borrowed({name:?})"))
        .collect();
    let one = format!("&[{}]", names.join(", "));
    let around = format!("            {field}: Borrowed(),");
    match around.len() + one.len() <= WIDTH {
        true => one,
        false => rust::filled_list(&names, 12, WIDTH),
    }
}

const fn word(batch: Batch) -> &'static str {
    match batch {
        Batch::Together => "Together",
        Batch::Unrelated => "Unrelated",
        Batch::Alone => "Alone",
    }
}

/// What a raw string of the text stands between.
fn fence(text: &str) -> String {
    let mut fence = "#".to_owned();
    while text.contains(&format!("\"{fence}")) {
        fence.push('#');
    }
    fence
}
