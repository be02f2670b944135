//! A rule about a new row reads what the declaration, the upload or the caller puts there.

use super::sound;
use crate::diagnostic::{Complaints, Diagnostic, Place, codes};
use crate::model::{Column, Connection, Expr, Model, Rule, Table};
use std::collections::BTreeSet;
use synctable::Role;

/// With guarded connections, a rule reads no column that hand-written SQL alone fills.
///
/// A guarded statement decides before it writes: it knows what an upload brings, what the declaration fills in and what
/// is copied, and not what a trigger will do.
/// Row-level security, which sees the row after the triggers, would decide otherwise.
pub(super) fn rules_read_what_is_told(
    model: &Model,
    broken: &BTreeSet<String>,
    cx: &mut Complaints,
) {
    if !model.postgres.has(Connection::Guarded) {
        return;
    }
    for table in sound(model, broken).filter(|table| table.sync.uploads()) {
        let Some(access) = &table.access else {
            continue;
        };
        let client = &model.postgres.roles.client;
        let insert = access.insert.get(client);
        let update = access.update.get(client);
        // Who adds or changes a row must be able to read what it becomes.
        let read = access
            .read
            .get(client)
            .filter(|_| insert.is_some() || update.is_some());
        let rules = [
            ("insert", insert),
            ("update", update.map(|rule| &rule.after)),
            ("read", read),
        ];
        let mut told: Vec<&str> = Vec::new();
        for (command, rule) in rules {
            let Some(Rule::When(condition)) = rule else {
                continue;
            };
            for name in columns_of(table, condition) {
                let Some(column) = table.columns.get(name) else {
                    continue;
                };
                let moves = column.moves && command != "insert";
                if (is_foreseen(table, column) && !moves) || told.contains(&name) {
                    continue;
                }
                told.push(name);
                complain(table, column, command, cx);
            }
        }
    }
}

/// The columns that a condition reads, those that a computed one is made of in its place.
fn columns_of<'m>(table: &'m Table, condition: &'m Expr) -> Vec<&'m str> {
    let columns = condition.columns().into_iter();
    columns
        .flat_map(|name| {
            let column = table.columns.get(name);
            match column.and_then(|column| column.generated.as_ref()) {
                Some(generated) => generated.expr.columns(),
                None => vec![name],
            }
        })
        .collect()
}

/// Whether a statement knows what a new row holds in the column.
fn is_foreseen(table: &Table, column: &Column) -> bool {
    let by_statement = matches!(
        column.role,
        Some(Role::Tombstone | Role::EditedAt | Role::Device | Role::Version)
    );
    column.is_told() || by_statement || table.key.contains(&column.name)
}

fn complain(table: &Table, column: &Column, command: &str, cx: &mut Complaints) {
    let name = &column.name;
    if column.moves {
        cx.push_with_label(
            Place::table(&table.name).key("access").key(command),
            Diagnostic::error(
                codes::RULE_OF_UNTOLD,
                format!(
                    "the rule for `{command}` on `{}` reads `{name}`, which every update of the row changes",
                    table.name
                ),
            )
            .help("use only columns that stay what they are, or that the upload contains")
            .help("or generate no guarded statements: `postgres: {connections: [row_security]}`"),
            Place::table(&table.name).column(name).key("on_change"),
            "it moves",
        );
        return;
    }
    let filler = if column.identity {
        "Postgres"
    } else {
        "hand-written SQL"
    };
    cx.push_with_label(
        Place::table(&table.name).key("access").key(command),
        Diagnostic::error(
            codes::RULE_OF_UNTOLD,
            format!(
                "the rule for `{command}` on `{}` reads `{name}`, which {filler} fills",
                table.name
            ),
        )
        .help(format!(
            "if the value comes from a referenced row, declare the copy: `{name}: {{kind: {}, copied: table.column, by: …}}`",
            column.kind
        ))
        .help("or use only columns that the upload contains or that `server:` fills")
        .help("or generate no guarded statements: `postgres: {connections: [row_security]}`"),
        Place::table(&table.name).column(name),
        "no declared value fills it",
    );
}
