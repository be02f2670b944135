//! The same policy in PowerSync's older dialect: bucket definitions, edition 2.
//!
//! A bucket has one parameter query over at most one table, and data queries that have to use every parameter. So an
//! `or` becomes several definitions, and what looks up two tables at once cannot be said: such tables are listed in
//! the head of the file with the reason. A stream's parameters become those of the connection.

mod definition;
mod hooks;

use super::bound::bind;
use super::enforced::enforceable;
use super::lower::{comment, events, scalar};
use super::own_rows::inline;
use super::query::{Condition, columns, lines, read_rule, source};
use super::scopes::Scopes;
use super::{view, ways};
use crate::expr::{Known, Row, print};
use crate::map::IndexMap;
use crate::model::{Clients, Expr, Model, Rule, Stream, StreamTable, Table};
use definition::{Bucket, Shape};
use std::collections::BTreeSet;
use synctable::Role;

/// Lowers every stream; what cannot be said is listed.
pub(super) fn lower(model: &Model, clients: &Clients) -> view::SyncRules {
    let known = Known::of(model);
    let scopes = Scopes::of(model, &known).for_clients(clients);
    let mut unsaid = Vec::new();
    let mut definitions = Vec::new();
    let mut taken: BTreeSet<String> = model.streams.keys().cloned().collect();
    for stream in model.streams.values() {
        definitions.extend(lower_stream(&scopes, stream, &mut taken, &mut unsaid));
    }
    let fallback = format!("What devices of {} receive.", model.app);
    view::SyncRules {
        doc: comment(model.doc.as_deref().unwrap_or(&fallback)),
        unsaid,
        definitions,
        events: events(model),
    }
}

fn lower_stream(
    scopes: &Scopes<'_>,
    stream: &Stream,
    taken: &mut BTreeSet<String>,
    unsaid: &mut Vec<String>,
) -> Vec<view::Definition> {
    // Tables that are found by the same values share buckets.
    let mut buckets: IndexMap<Shape, Vec<Vec<String>>> = IndexMap::default();
    for part in &stream.tables {
        match lower_table(scopes, part) {
            Ok(queries) => {
                for (shape, query) in queries {
                    buckets.entry(shape).or_default().push(query);
                }
            }
            Err(reason) => unsaid.push(format!(
                "`{}` of the stream `{}`: {}",
                part.table,
                stream.name,
                // A comment ends with its line.
                reason.replace('\n', "\\n")
            )),
        }
    }
    let names = names(&stream.name, buckets.keys(), taken);
    buckets
        .into_iter()
        .zip(names)
        .enumerate()
        .map(|(index, ((shape, data), name))| view::Definition {
            doc: match index {
                0 => comment(stream.doc.as_deref().unwrap_or_default()),
                _ => Vec::new(),
            },
            name: scalar(&name),
            priority: stream.priority,
            open_to_everybody: shape.open_to_everybody,
            parameters: (!shape.query.is_empty()).then(|| view::Query::of(shape.query)),
            data: data.into_iter().map(view::Query::of).collect(),
        })
        .collect()
}

/// The stream's name, with what the buckets are found by where there are several; no two definitions share one.
fn names<'a>(
    stream: &str,
    shapes: impl ExactSizeIterator<Item = &'a Shape>,
    taken: &mut BTreeSet<String>,
) -> Vec<String> {
    if shapes.len() == 1 {
        return vec![stream.to_owned()];
    }
    let mut names: Vec<String> = Vec::new();
    for shape in shapes {
        let name = format!("{stream}:{}", shape.found_by);
        let mut unique = name.clone();
        let mut number = 2;
        while !taken.insert(unique.clone()) {
            unique = format!("{name}:{number}");
            number += 1;
        }
        names.push(unique);
    }
    names
}

/// The data queries of a table, each with the bucket it fills; or why the dialect cannot say them all.
fn lower_table(
    scopes: &Scopes<'_>,
    part: &StreamTable,
) -> Result<Vec<(Shape, Vec<String>)>, String> {
    let (model, known) = (scopes.model, scopes.known);
    let table = &model.tables[&part.table];
    let row = Row::of(table);
    if table.client_name == "bucket" {
        return Err("in a data query `bucket` is the word for parameters".to_owned());
    }
    let mut fault = None;
    let context = print::PrintContext::new(known, &row);
    let columns = columns(table, scopes.clients, |expr, _, kind| {
        let text = match joins_conditions(expr) {
            true => Err("there a condition of unknown outcome is false".to_owned()),
            false => print::sync_rules(expr, &context.of_kind(kind)).map_err(|error| error.reason),
        };
        text.map_err(|reason| {
            let formula = print::language(expr);
            fault.get_or_insert(format!("it computes `{formula}`, but {reason}"));
        })
        .ok()
    });
    if let Some(fault) = fault {
        return Err(fault);
    }
    let ways = match condition(scopes, table, part, &row) {
        Some(condition) => ways::ways(&condition).ok_or_else(too_many)?,
        None => vec![ways::Way::default()],
    };
    let source = source(model, table);
    let tombstone = table.role(Role::Tombstone).map(|tombstone| Condition {
        text: super::query::lives(tombstone),
        is_choice: false,
    });
    let mut queries = Vec::new();
    for way in ways {
        for bucket in definition::buckets(scopes, &row, way)? {
            let Bucket { shape, conditions } = bucket;
            let conditions: Vec<_> = conditions.into_iter().chain(tombstone.clone()).collect();
            let query = (shape, lines(&columns, &source, &conditions));
            if !queries.contains(&query) {
                queries.push(query);
            }
        }
    }
    if queries.len() > ways::MOST {
        return Err(too_many());
    }
    Ok(queries)
}

/// The parameter query and the conditions of the data query of each bucket that a condition in normal form needs, for
/// tests of the dialect alone.
///
/// # Errors
///
/// Why the dialect cannot say it.
pub fn buckets_of(
    model: &Model,
    known: &Known,
    row: &Row,
    condition: &Expr,
) -> Result<Vec<(String, String)>, String> {
    let scopes = Scopes::of(model, known);
    let mut all = Vec::new();
    for way in ways::ways(condition).ok_or_else(too_many)? {
        for Bucket { shape, conditions } in definition::buckets(&scopes, row, way)? {
            all.push((
                shape.query.join(" "),
                lines(&[], "", &conditions)[2..].join(" "),
            ));
        }
    }
    Ok(all)
}

/// Whether a computed value is of conditions, of which one may be NULL.
fn joins_conditions(expr: &Expr) -> bool {
    let mut found = false;
    expr.visit(&mut |inner| {
        found |= matches!(
            inner,
            Expr::And(_) | Expr::Or(_) | Expr::Not(_) | Expr::Is { .. } | Expr::InList { .. }
        );
    });
    found
}

fn too_many() -> String {
    format!(
        "it takes more than {} bucket definitions, one for each way to satisfy the rule",
        ways::MOST
    )
}

/// Who may have a row, and which rows the stream wants; none where everybody has all of them.
pub(super) fn condition(
    scopes: &Scopes<'_>,
    table: &Table,
    part: &StreamTable,
    row: &Row,
) -> Option<Expr> {
    let (model, known) = (scopes.model, scopes.known);
    let rule = match read_rule(model, table) {
        Some(Rule::When(rule)) => Some(rule),
        Some(Rule::Public) => None,
        None => unreachable!("`admit` refuses a table that no device may read"),
    };
    let rule = rule.map(|rule| {
        let rule = inline(model, table, rule);
        match &part.filter {
            Some(filter) => bind(scopes, &rule, filter),
            None => rule,
        }
    });
    let filter = part
        .filter
        .as_ref()
        .map(|filter| inline(model, table, filter));
    let parts: Vec<Expr> = rule
        .iter()
        .chain(&filter)
        .map(|part| enforceable(part, row, known))
        .collect();
    match parts.len() {
        0 => None,
        1 => parts.into_iter().next(),
        _ => Some(Expr::And(parts)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_definitions_share_a_name() {
        let shape = |found_by: &str, line: &str| Shape {
            query: vec![line.to_owned()],
            found_by: found_by.to_owned(),
            open_to_everybody: false,
        };
        let shapes = [
            shape("user_id", "a"),
            shape("user_id", "b"),
            shape("team", "c"),
        ];
        // Another stream is called as a definition of this one would be.
        let mut taken = BTreeSet::from(["home".to_owned(), "home:team".to_owned()]);
        assert_eq!(
            names("home", shapes.iter(), &mut taken),
            ["home:user_id", "home:user_id:2", "home:team:2"]
        );
        assert_eq!(names("one", shapes[..1].iter(), &mut taken), ["one"]);
    }
}
