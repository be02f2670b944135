//! Statements: what applies an upload to Postgres and to SQLite, with the conflict rule and the access policy inside.

mod batches;
mod columns;
mod postgres;
mod sqlite;
mod text;
mod view;

use crate::expr::Known;
use crate::model::{Connection, Model, Table};
use crate::targets::rust;
use crate::tree::Tree;
use askama::Template as _;
use columns::Facts;
use postgres::Postgres;
use sqlite::Sqlite;
use std::collections::BTreeMap;
use std::sync::Arc;
use text::{For, Param, Sql};

/// Adds a file of statements for every table that devices upload.
pub(super) fn emit<'m>(model: &'m Model, tree: &mut Tree<'m>) {
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
    let known = Arc::new(Known::of(model));
    for table in tables {
        let file = rust::module_file(&rust::module(&table.name));
        let known = Arc::clone(&known);
        tree.insert_later(format!("statements/{file}"), move || {
            let text = lower(model, &known, table).render();
            text.expect("a template of strings renders")
        });
    }
}

fn lower(model: &Model, known: &Known, table: &Table) -> view::Table {
    let facts = Facts::of(model, table);
    let module = rust::module(&table.name);
    let batches = batches::of(model, table);
    let quoted = |name: &String| format!("{name:?}");
    let constants = Constants::of(table);
    let groups = vec![
        view::Group {
            module: "postgres",
            doc: "For Postgres; the pieces for guarded connections are the access policy, which binds the others by itself.",
            statements: in_postgres(&facts, known, &constants),
        },
        view::Group {
            module: "sqlite",
            doc: "For a device's SQLite.",
            statements: in_sqlite(&facts, &constants),
        },
    ];
    let uses = |mask: &str| {
        let mut statements = groups.iter().flat_map(|group| &group.statements);
        statements.any(|one: &view::Statement| {
            let own = [&one.write_params, &one.verdict_params];
            let mut lists = own.into_iter().flatten().chain([&one.params]);
            lists.any(|params| params.contains(mask))
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
            let columns = constants.all(columns.iter().map(|one| &one.name));
            let columns = rust::filled_list(&columns, 0, 30);
            view::Mask { name, doc, columns }
        })
        .collect();
    view::Table {
        masks,
        declared: format!("`{}`", table.name),
        reads: rust::filled_list(&batches.reads.iter().map(quoted).collect::<Vec<_>>(), 4, 11),
        unique: rust::filled_list(&constants.all(&batches.unique), 4, 12),
        put: batches.put,
        patch: batches.patch,
        delete: batches.delete,
        groups,
        module,
    }
}

fn in_postgres(
    facts: &Facts<'_>,
    known: &Known,
    constants: &Constants<'_>,
) -> Vec<view::Statement> {
    let write = Postgres::new(facts, known);
    let mut statements = Vec::new();
    let mut add = |name, doc, write, verdict| {
        let [write, verdict] = [write, verdict].map(|sql| for_connections(facts.model, sql));
        statements.push(statement(constants, name, doc, write, verdict));
    };
    if facts.puts() {
        let doc = "Inserts rows, or changes those that are there.";
        add("PUT", doc, write.put(), write.put_verdict());
    }
    if facts.patches() {
        let doc = "Changes some columns of rows.";
        add("PATCH", doc, write.patch(), write.patch_verdict());
    }
    if facts.deletes() {
        add(
            "DELETE",
            "Deletes rows.",
            write.delete(),
            write.delete_verdict(),
        );
    }
    statements
}

fn in_sqlite(facts: &Facts<'_>, constants: &Constants<'_>) -> Vec<view::Statement> {
    let write = Sqlite::new(facts);
    let mut statements = Vec::new();
    let mut add = |name, doc, write, verdict| {
        statements.push(statement(constants, name, doc, write, verdict));
    };
    if facts.puts() {
        let doc = "Inserts a row, or changes the one that is there.";
        let put = write.put();
        let verdict = write.put_verdict(&put);
        add("PUT", doc, put, verdict);
    }
    if facts.patches() {
        let patch = write.patch();
        let verdict = write.patch_verdict(&patch);
        add("PATCH", "Changes some columns of a row.", patch, verdict);
    }
    if facts.deletes() {
        let delete = write.delete();
        let verdict = write.delete_verdict(&delete);
        add("DELETE", "Deletes a row.", delete, verdict);
    }
    statements
}

/// A statement whose texts number their parameters alike, where they can: the list of one then begins with that of the other.
fn statement(
    constants: &Constants<'_>,
    name: &'static str,
    doc: &'static str,
    write: Sql<'_>,
    verdict: Sql<'_>,
) -> view::Statement {
    let list = |params: &[Param<'_>], indent| {
        let params: Vec<String> = params.iter().map(|one| param(constants, one)).collect();
        rust::filled_list(&params, indent, indent + 20)
    };
    let longer = match write.params.len() < verdict.params.len() {
        true => &verdict.params,
        false => &write.params,
    };
    let own = |sql: &Sql<'_>| (!longer.starts_with(&sql.params)).then(|| list(&sql.params, 12));
    view::Statement {
        name,
        doc,
        params: list(longer, 4),
        write_params: own(&write),
        verdict_params: own(&verdict),
        write: pieces(write),
        verdict: pieces(verdict),
    }
}

/// The text for the connections that the app has: where that is one kind, the whole is for it alone.
fn for_connections<'a>(model: &Model, sql: Sql<'a>) -> Sql<'a> {
    match model.postgres.connections.as_slice() {
        [Connection::RowSecurity] => sql.only(For::RowSecurity),
        [Connection::Guarded] => sql.only(For::Guarded),
        _ => sql,
    }
}

fn pieces(sql: Sql<'_>) -> Vec<view::Piece> {
    let piece = |(whose, text): (For, String)| view::Piece {
        whose: whose.as_str(),
        fence: fence(&text),
        text,
    };
    let pieces = sql.pieces.into_iter();
    pieces
        .filter(|(_, text)| !text.is_empty())
        .map(piece)
        .collect()
}

fn param(constants: &Constants<'_>, param: &Param<'_>) -> String {
    let one = |name: &str| constants.one(name);
    match param {
        Param::User => "Param::User".to_owned(),
        Param::Claims => "Param::Claims".to_owned(),
        Param::Client => "Param::Client".to_owned(),
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

/// The Rust constants of a table's columns: most of what the statements of a table name, worked out once.
struct Constants<'a>(BTreeMap<&'a str, String>);

impl<'a> Constants<'a> {
    fn of(table: &'a Table) -> Self {
        let module = rust::module(&table.name);
        let constant = |name: &str| format!("{module}::{}.def", rust::constant(name));
        let names = table.columns.keys();
        Self(names.map(|name| (name.as_str(), constant(name))).collect())
    }

    fn one(&self, name: &str) -> &str {
        &self.0[name]
    }

    fn all<'n>(&self, names: impl IntoIterator<Item = &'n String>) -> Vec<String> {
        let names = names.into_iter();
        names.map(|name| self.one(name).to_owned()).collect()
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{sample, sample_wide};

    /// The numbers behind `sign` in what a connection runs.
    fn mentioned(sql: &Sql<'_>, one: For, sign: char) -> Vec<usize> {
        let pieces = sql.pieces.iter().filter(|(whose, _)| whose.includes(one));
        let text: String = pieces.map(|(_, text)| text.as_str()).collect();
        let mut numbers: Vec<usize> = text
            .split(sign)
            .skip(1)
            .filter_map(|rest| {
                let end = rest.find(|c: char| !c.is_ascii_digit());
                rest[..end.unwrap_or(rest.len())].parse().ok()
            })
            .collect();
        numbers.sort_unstable();
        numbers.dedup();
        numbers
    }

    #[test]
    fn every_connection_mentions_its_parameters_without_a_gap() {
        for model in [sample::model(), sample_wide::wide()] {
            let known = Known::of(&model);
            for table in model.tables.values().filter(|table| table.sync.uploads()) {
                let facts = Facts::of(&model, table);
                let write = Postgres::new(&facts, &known);
                let mut postgres = Vec::new();
                if facts.puts() {
                    postgres.extend([write.put(), write.put_verdict()]);
                }
                if facts.patches() {
                    postgres.extend([write.patch(), write.patch_verdict()]);
                }
                if facts.deletes() {
                    postgres.extend([write.delete(), write.delete_verdict()]);
                }
                for sql in &postgres {
                    let [bound, guarded] = For::POSTGRES.map(|one| mentioned(sql, one, '$'));
                    let all: Vec<usize> = (1..=sql.params.len()).collect();
                    assert_eq!(guarded, all, "{}: {sql:#?}", table.name);
                    assert_eq!(bound, all[..bound.len()], "{}: {sql:#?}", table.name);
                }
                let write = Sqlite::new(&facts);
                let put = write.put();
                let all: Vec<usize> = (1..=put.params.len()).collect();
                assert_eq!(mentioned(&put, For::Always, '?'), all, "{put:#?}");
            }
        }
    }
}
