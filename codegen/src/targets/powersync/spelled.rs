//! What a sync config has to spell out, counted before it is.
//!
//! A set under `with` cannot name another one: PowerSync's compiler takes the name for a table.
//! So every scope that a stream looks something up in holds the queries of all that it reads, each as often as it is read.

use super::own_rows;
use super::query::read_rule;
use super::scopes::Scopes;
use crate::diagnostic::{Complaints, Diagnostic, Place, codes, counted};
use crate::model::{Expr, Model, Rule, Stream, StreamTable};
use std::collections::BTreeSet;

/// The most queries that a scope spells out: PowerSync's compiler takes about a second for them.
const MOST_QUERIES: u64 = 200;

/// Complains of what is too large to be spelled out; whether nothing is.
pub(super) fn admit(scopes: &Scopes<'_>, cx: &mut Complaints) -> bool {
    let model = scopes.model;
    let mut fits = true;
    let mut named: BTreeSet<String> = BTreeSet::new();
    let mut told: BTreeSet<&str> = BTreeSet::new();
    for stream in model.streams.values() {
        for part in &stream.tables {
            let table = &model.tables[&part.table];
            for (condition, place) in conditions(model, stream, part) {
                let count = scopes.conditions(table, condition);
                if count <= own_rows::MOST {
                    let asked = own_rows::inline(model, table, condition);
                    named.extend(asked.scopes().into_iter().map(str::to_owned));
                    continue;
                }
                fits = false;
                // A rule is one mistake, however many streams bring its table.
                if place.is_some() || told.insert(&table.name) {
                    let place = place
                        .unwrap_or_else(|| Place::table(&table.name).key("access").key("read"));
                    cx.push(place, too_many_conditions(&table.name, count));
                }
            }
        }
    }
    for name in model.scopes.keys().filter(|name| named.contains(*name)) {
        let count = scopes.queries(name);
        if count > MOST_QUERIES {
            fits = false;
            cx.push(Place::new(["scopes", name]), too_many_queries(name, count));
        }
    }
    fits
}

/// The conditions of a part of a stream; the place of one that is the stream's own.
fn conditions<'m>(
    model: &'m Model,
    stream: &'m Stream,
    part: &'m StreamTable,
) -> impl Iterator<Item = (&'m Expr, Option<Place>)> {
    let rule = match read_rule(model, &model.tables[&part.table]) {
        Some(Rule::When(rule)) => Some((rule, None)),
        Some(Rule::Public) | None => None,
    };
    let filter = part.filter.as_ref().map(|filter| {
        let place = Place::new(["streams", &stream.name, "tables", &part.table]);
        (filter, Some(place))
    });
    rule.into_iter().chain(filter)
}

fn too_many_conditions(table: &str, count: u64) -> Diagnostic {
    Diagnostic::error(
        codes::STREAM_SPELLED_OUT,
        format!(
            "a row of `{table}` has to meet {} conditions after the scopes over `{table}` itself are expanded; the limit is {}",
            counted(count),
            own_rows::MOST
        ),
    )
    .help("use each scope once in the rule")
    .help("or store memberships in a table, and read that table in one scope")
}

fn too_many_queries(scope: &str, count: u64) -> Diagnostic {
    Diagnostic::error(
        codes::STREAM_SPELLED_OUT,
        format!(
            "the scope `{scope}` needs {} queries in a sync config, which expands every scope that it reads; the limit is {MOST_QUERIES}",
            counted(count)
        ),
    )
    .help("read another scope only once in each scope: each use is expanded")
    .help("or store memberships in a table, and read that table in one scope")
}
