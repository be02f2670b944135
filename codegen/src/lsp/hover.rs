//! What is known of a name or a key: what is generated for a table, who reads and writes it, what a key means.

use super::symbol::Symbol;
use super::workspace::{Printed, Snapshot};
use crate::declaration::KeySpec;
use crate::diagnostic::Span;
use crate::exposure::{ColumnExposure, TableExposure};
use crate::model::{Column, Model};

/// Markdown about a symbol.
pub(super) fn of_symbol(snapshot: &Snapshot, symbol: &Symbol) -> String {
    let mut parts = vec![match symbol {
        Symbol::Table(name) => format!("table `{name}`"),
        Symbol::Column(table, name) => format!("column `{table}.{name}`"),
        Symbol::Scope(name) => format!("scope `{name}`"),
        Symbol::Enum(name) => format!("enum `{name}`"),
        Symbol::Domain(name) => format!("domain `{name}`"),
        Symbol::Stream(name) => format!("stream `{name}`"),
    }];
    let known = snapshot.reading.model.as_ref().zip(snapshot.printed());
    match (symbol, known) {
        (Symbol::Table(name), Some((model, printed))) => of_table(model, printed, name, &mut parts),
        (Symbol::Column(table, name), Some((model, printed))) => {
            of_column(model, printed, table, name, &mut parts);
        }
        _ => parts.extend(declared(snapshot, symbol)),
    }
    if known.is_none() {
        parts.push("The declaration has errors, so nothing is generated.".to_owned());
    }
    parts.join("\n\n")
}

/// Markdown about a key.
pub(super) fn of_key(spec: &KeySpec) -> String {
    match spec.default {
        Some(default) => format!("`{}`: {} Default: {default}.", spec.name, spec.doc),
        None => format!("`{}`: {}", spec.name, spec.doc),
    }
}

/// What is written of a symbol.
fn declared(snapshot: &Snapshot, symbol: &Symbol) -> Option<String> {
    let one = snapshot.index().declaration(symbol)?;
    let value = one.declares?;
    let span = Span {
        start: one.span.start,
        end: value.end.max(one.span.end),
        ..one.span
    };
    Some(code("yaml", snapshot.reading.sources.slice(span)))
}

fn code(language: &str, text: &str) -> String {
    format!("```{language}\n{}\n```", text.trim_end())
}

fn of_table(model: &Model, printed: &Printed, name: &str, parts: &mut Vec<String>) {
    let Some(table) = model.tables.get(name) else {
        return;
    };
    parts.extend(table.doc.clone());
    let exposed = printed.exposure.tables.iter().find(|one| one.table == name);
    if let Some(exposed) = exposed {
        parts.push(format!("**Policy**\n\n{}", policy(exposed)));
    }
    let queries = printed.powersync.as_deref().map(|text| queries(text, name));
    if let Some(queries) = queries.filter(|queries| !queries.is_empty()) {
        parts.push(format!("**Streams**\n\n{}", code("sql", &queries)));
    }
    for (title, text, name) in [
        ("Postgres", &printed.postgres, &table.name),
        ("SQLite", &printed.sqlite, &table.client_name),
    ] {
        if let Some(statement) = text.as_deref().and_then(|text| create_table(text, name)) {
            parts.push(format!("**{title}**\n\n{}", code("sql", statement)));
        }
    }
}

fn of_column(model: &Model, printed: &Printed, table: &str, name: &str, parts: &mut Vec<String>) {
    let Some(declared) = model.tables.get(table) else {
        return;
    };
    let Some(column) = declared.columns.get(name) else {
        return;
    };
    parts.extend(column.doc.clone());
    for (text, table, name) in [
        (&printed.postgres, &declared.name, &column.name),
        (&printed.sqlite, &declared.client_name, &column.client_name),
    ] {
        let statement = text.as_deref().and_then(|text| create_table(text, table));
        if let Some(line) = statement.and_then(|statement| line_of(statement, name)) {
            parts.push(code("sql", line));
        }
    }
    let exposed = printed
        .exposure
        .tables
        .iter()
        .find(|one| one.table == table);
    let exposed = exposed.and_then(|one| one.columns.iter().find(|one| one.column == name));
    parts.push(match exposed {
        Some(exposed) => access(column, exposed),
        None => "It is only on the device.".to_owned(),
    });
}

/// Who may do what with the rows of a table, by which rule.
fn policy(table: &TableExposure) -> String {
    if table.rules.is_empty() {
        return "only the server reads or writes it".to_owned();
    }
    let rules = table.rules.iter().map(|rule| {
        let after = rule.after.as_ref().filter(|after| **after != rule.rule);
        let after = after.map(|after| format!(", then `{after}`"));
        let (command, role, text) = (rule.command, &rule.role, &rule.rule);
        format!("- {command}, {role}: `{text}`{}", after.unwrap_or_default())
    });
    rules.collect::<Vec<_>>().join("\n")
}

/// Who reads and writes a column.
fn access(column: &Column, exposed: &ColumnExposure) -> String {
    let named = |roles: &[String]| match roles {
        [] => "nobody".to_owned(),
        roles => roles.join(", "),
    };
    let mut lines = vec![
        format!(
            "- kind: `{}`{}",
            column.kind,
            if column.nullable { ", nullable" } else { "" }
        ),
        format!("- read by: {}", named(&exposed.read)),
        format!(
            "- in streams: {}",
            named(&exposed.synced).replace("nobody", "none")
        ),
        format!("- set in new rows by: {}", named(&exposed.insert)),
        format!("- changed by: {}", named(&exposed.update)),
    ];
    lines.extend(exposed.note.map(|note| format!("- {note}")));
    lines.join("\n")
}

/// The statement that creates a table, by its name without a schema.
fn create_table<'t>(text: &'t str, name: &str) -> Option<&'t str> {
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let lower = line.to_ascii_lowercase();
        if let Some(rest) = lower.strip_prefix("create table ")
            && last_part(rest.split(" (").next().unwrap_or(rest)) == name.to_ascii_lowercase()
        {
            let end = text[at..]
                .find(";\n")
                .map_or(text.len(), |end| at + end + 1);
            return Some(&text[at..end]);
        }
        at += line.len();
    }
    None
}

/// The line of a column in the statement that creates its table.
fn line_of<'t>(statement: &'t str, name: &str) -> Option<&'t str> {
    statement
        .lines()
        .skip(1)
        .map(|line| line.trim().trim_end_matches(','))
        .find(|line| {
            let first = line.split(' ').next().unwrap_or_default();
            first.trim_matches('"').eq_ignore_ascii_case(name)
        })
}

/// `public."order"` → `order`.
fn last_part(name: &str) -> &str {
    name.trim()
        .rsplit('.')
        .next()
        .unwrap_or(name)
        .trim_matches('"')
}

/// The queries of a sync config that select from a table, each under the name of its stream.
fn queries(config: &str, table: &str) -> String {
    let mut found = String::new();
    let mut stream = "";
    let mut query: Vec<&str> = Vec::new();
    let mut streams = false;
    let mut keep = |stream: &str, query: &mut Vec<&str>| {
        let reads = query.iter().any(|line| {
            let from = line.trim().strip_prefix("FROM ");
            from.is_some_and(|from| last_part(from.split(' ').next().unwrap_or(from)) == table)
        });
        if reads {
            found += &format!("-- {stream}\n");
            for line in query.iter() {
                found += &format!("{line}\n");
            }
        }
        query.clear();
    };
    for line in config.lines() {
        match line.strip_prefix("  ") {
            None => streams = line == "streams:",
            Some(_) if !streams => {}
            Some(inner) => {
                if let Some(text) = inner.strip_prefix("      ") {
                    query.push(text);
                    continue;
                }
                keep(stream, &mut query);
                if !inner.starts_with([' ', '#']) {
                    stream = inner.trim_end_matches(':').trim_matches('"');
                }
            }
        }
    }
    keep(stream, &mut query);
    found
}
