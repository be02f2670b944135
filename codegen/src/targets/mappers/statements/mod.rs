//! Statements: what applies an upload to Postgres and to SQLite, with the conflict rule and the access policy inside.

mod batches;
mod columns;
mod postgres;
mod sqlite;
mod text;
mod view;

use crate::expr::Known;
use crate::model::{Model, Table};
use crate::parallel;
use crate::targets::rust;
use crate::tree::Tree;
use askama::Template as _;
use columns::Facts;
use postgres::Postgres;
use sqlite::Sqlite;
use text::{Param, Sql};

/// Adds a file of statements for every table that devices upload.
pub(super) fn emit(model: &Model, tree: &mut Tree) {
    let tables: Vec<&Table> = model
        .tables
        .values()
        .filter(|table| table.sync.uploads())
        .collect();
    let root = view::Root {
        modules: tables
            .iter()
            .map(|table| view::Module {
                name: rust::module(&table.name),
                has_deprecated: table
                    .columns
                    .values()
                    .any(|column| column.deprecated.is_some()),
            })
            .collect(),
    };
    let root = root.render().expect("a template of strings renders");
    tree.insert("statements/mod.rs", root);
    let known = Known::of(model);
    // Most of what the target writes: the tables are worked on side by side.
    let files = parallel::each(&tables, |table| {
        let file = rust::module_file(&rust::module(&table.name));
        let text = lower(model, &known, table).render();
        let text = text.expect("a template of strings renders");
        (format!("statements/{file}"), text)
    });
    for (path, text) in files {
        tree.insert(path, text);
    }
}

fn lower(model: &Model, known: &Known, table: &Table) -> view::Table {
    let facts = Facts::of(model, table);
    let module = rust::module(&table.name);
    let batches = batches::of(model, table);
    let quoted = |name: &String| format!("{name:?}");
    let groups = vec![
        view::Group {
            module: "row_security",
            doc: "For connections to Postgres that row-level security binds.",
            statements: in_postgres(&facts, &Postgres::under_row_security(&facts, known)),
        },
        view::Group {
            module: "guarded",
            doc: "For connections to Postgres that row-level security does not bind: the statements decide themselves.",
            statements: in_postgres(&facts, &Postgres::guarded(&facts, known)),
        },
        view::Group {
            module: "sqlite",
            doc: "For a device's SQLite.",
            statements: in_sqlite(&facts),
        },
    ];
    let uses = |mask: &str| {
        let mut statements = groups.iter().flat_map(|group| &group.statements);
        statements.any(|one: &view::Statement| {
            let verdict = one.verdict.iter();
            let mut texts = std::iter::once(&one.write).chain(verdict);
            texts.any(|sql| sql.params.contains(mask))
        })
    };
    let masks = [
        ("GIVES", "Those that a PUT may leave out.", &facts.open),
        ("GIVEN", "Those that a PATCH may give.", &facts.patch),
        (
            "SEEN",
            "Those whose previous values devices tell.",
            &facts.tracked,
        ),
    ];
    let masks = masks
        .into_iter()
        .filter(|(name, ..)| uses(&format!("super::{name}")))
        .map(|(name, doc, columns)| {
            let names: Vec<String> = columns.iter().map(|one| one.name.clone()).collect();
            let columns = rust::filled_list(&constants(&module, &names), 0, 30);
            view::Mask { name, doc, columns }
        })
        .collect();
    view::Table {
        masks,
        declared: format!("`{}`", table.name),
        reads: rust::filled_list(&batches.reads.iter().map(quoted).collect::<Vec<_>>(), 4, 11),
        unique: rust::filled_list(&constants(&module, &batches.unique), 4, 12),
        put: batches.put,
        patch: batches.patch,
        delete: batches.delete,
        groups,
        module,
    }
}

const PUT: &str = "Inserts rows, or changes those that are there.";
const PATCH: &str = "Changes some columns of rows.";
const DELETE: &str = "Deletes rows.";

fn in_postgres(facts: &Facts<'_>, write: &Postgres<'_>) -> Vec<view::Statement> {
    let mut statements = Vec::new();
    if facts.puts() {
        statements.push(statement(
            facts,
            "PUT",
            PUT,
            &write.put(),
            write.put_verdict(),
        ));
    }
    if facts.patches() {
        statements.push(statement(
            facts,
            "PATCH",
            PATCH,
            &write.patch(),
            write.patch_verdict(),
        ));
    }
    if facts.deletes() {
        statements.push(statement(
            facts,
            "DELETE",
            DELETE,
            &write.delete(),
            write.delete_verdict(),
        ));
    }
    statements
}

fn in_sqlite(facts: &Facts<'_>) -> Vec<view::Statement> {
    let write = Sqlite::new(facts);
    let mut statements = Vec::new();
    if facts.puts() {
        let put = "Inserts a row, or changes the one that is there.";
        statements.push(statement(
            facts,
            "PUT",
            put,
            &write.put(),
            Some(write.put_verdict()),
        ));
    }
    if facts.patches() {
        let patch = "Changes some columns of a row.";
        statements.push(statement(
            facts,
            "PATCH",
            patch,
            &write.patch(),
            Some(write.patch_verdict()),
        ));
    }
    if facts.deletes() {
        let delete = "Deletes a row.";
        statements.push(statement(
            facts,
            "DELETE",
            delete,
            &write.delete(),
            Some(write.delete_verdict()),
        ));
    }
    statements
}

fn statement(
    facts: &Facts<'_>,
    name: &'static str,
    doc: &'static str,
    write: &Sql,
    verdict: Option<Sql>,
) -> view::Statement {
    view::Statement {
        name,
        doc,
        write: sql(facts, write),
        verdict: verdict.map(|verdict| sql(facts, &verdict)),
    }
}

fn sql(facts: &Facts<'_>, sql: &Sql) -> view::Sql {
    let module = rust::module(&facts.table.name);
    let params: Vec<String> = sql.params.iter().map(|one| param(&module, one)).collect();
    view::Sql {
        text: literal(&sql.lines.join("\n")),
        params: rust::filled_list(&params, 12, 20),
    }
}

fn param(module: &str, param: &Param) -> String {
    let one = |name: &String| constants(module, std::slice::from_ref(name)).remove(0);
    match param {
        Param::User => "Param::User".to_owned(),
        Param::Claims => "Param::Claims".to_owned(),
        Param::Gives => "Param::Gives(super::GIVES)".to_owned(),
        Param::Given => "Param::Given(super::GIVEN)".to_owned(),
        Param::Seen => "Param::Seen(super::SEEN)".to_owned(),
        Param::Column(name) => format!("Param::Column({})", one(name)),
        Param::Previous(name) => format!("Param::Previous({})", one(name)),
        Param::Version(name) => format!("Param::Version({})", one(name)),
        Param::Id => "Param::Id".to_owned(),
        Param::Now => "Param::Now".to_owned(),
        Param::Horizon => "Param::Horizon".to_owned(),
    }
}

fn constants(module: &str, names: &[String]) -> Vec<String> {
    let name = |name: &String| format!("{module}::{}.def", rust::constant(name));
    names.iter().map(name).collect()
}

/// A raw string of several lines.
fn literal(text: &str) -> String {
    let mut fence = "#".to_owned();
    while text.contains(&format!("\"{fence}")) {
        fence.push('#');
    }
    format!("r{fence}\"\n{text}\n\"{fence}")
}
