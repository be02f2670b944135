//! Decides which streams there are and which sets they name.

use super::caller::some_rows_are_for_everybody;
use super::hooks::{StreamHooks, scope_names};
use super::query::{query, read_rule, sayable};
use super::scopes::Scopes;
use super::view;
use crate::diagnostic::{Complaints, Place};
use crate::expr::{Known, print};
use crate::model::{Clients, Expr, Model, Stream};
use synctable::ident::{CHECKPOINTS, bridge_schema};

/// Lowers the model; what a stream cannot say is left out and complained about.
pub(super) fn lower(model: &Model, clients: &Clients, cx: &mut Complaints) -> view::SyncConfig {
    let known = Known::of(model);
    let scopes = Scopes::of(model, &known).for_clients(clients);
    let hooks = StreamHooks::of_streams(&scopes);
    let streams = model
        .streams
        .values()
        .map(|stream| lower_stream(model, stream, &hooks, cx))
        .collect();
    // A set that no query names draws a warning: only the named ones are written, in declared order.
    let named = hooks.into_named();
    let names = scope_names(model);
    let named_scopes = model
        .scopes
        .keys()
        .filter(|name| named.contains(*name))
        .filter_map(|name| lower_scope(&scopes, name, &names[name.as_str()], cx))
        .collect();
    let fallback = format!("What devices of {} receive.", model.app);
    view::SyncConfig {
        doc: comment(model.doc.as_deref().unwrap_or(&fallback)),
        scopes: named_scopes,
        streams,
        events: events(model),
    }
}

/// Where the service finds write checkpoints; `None` where it makes its own.
pub(super) fn events(model: &Model) -> Option<view::Events> {
    let names = model.postgres.custom_checkpoints.iter();
    let names: Vec<&'static str> = names.map(|event| event.as_str()).collect();
    let schema = bridge_schema(&model.app);
    (!names.is_empty()).then(|| view::Events {
        names,
        query: format!("SELECT user_id, client_id, checkpoint FROM {schema}.{CHECKPOINTS}"),
    })
}

fn lower_stream(
    model: &Model,
    stream: &Stream,
    hooks: &StreamHooks<'_>,
    cx: &mut Complaints,
) -> view::Stream {
    let mut open_to_everybody = false;
    let mut queries = Vec::new();
    for part in &stream.tables {
        let table = &model.tables[&part.table];
        let filter = part.filter.as_ref().map(|filter| {
            let place = Place::new([
                "streams",
                stream.name.as_str(),
                "tables",
                part.table.as_str(),
            ]);
            (filter, place)
        });
        let has_params = part.filter.as_ref().is_some_and(has_params);
        let rule = read_rule(model, table);
        let open = rule.is_some_and(|rule| some_rows_are_for_everybody(hooks.scopes(), rule));
        open_to_everybody |= has_params && open;
        queries.push(view::Query::of(query(table, filter, hooks, cx)));
    }
    view::Stream {
        doc: comment(stream.doc.as_deref().unwrap_or_default()),
        name: scalar(&stream.name),
        automatic: stream.automatic,
        priority: stream.priority,
        open_to_everybody,
        queries,
    }
}

fn has_params(filter: &Expr) -> bool {
    let mut found = false;
    filter.visit(&mut |expr| found |= matches!(expr, Expr::Param(_)));
    found
}

fn lower_scope(
    scopes: &Scopes<'_>,
    name: &str,
    called: &str,
    cx: &mut Complaints,
) -> Option<view::Scope> {
    let hooks = StreamHooks::of_scopes(scopes);
    let select = scopes.looked_up_of(name);
    let row = &scopes.known.tables[&select.table];
    let place = Place::new(["scopes", name]);
    let text = sayable(
        print::select_powersync(select, &hooks.context(row)),
        &place,
        "use one of the forms in the table in docs/access.md",
        cx,
    )?;
    // A set is printed as an operand, in parentheses; here it stands alone.
    let text = text
        .strip_prefix('(')
        .and_then(|text| text.strip_suffix(')'))
        .expect("a select is printed in parentheses");
    Some(view::Scope {
        name: scalar(called),
        query: view::Query::of(vec![text.to_owned()]),
    })
}

pub(super) fn comment(doc: &str) -> Vec<String> {
    doc.trim()
        .lines()
        .map(|line| line.trim().to_owned())
        .collect()
}

/// A name as a YAML key: plain where nothing could mistake it, else in quotes.
pub(super) fn scalar(text: &str) -> String {
    let is_word = |text: &str| {
        text.starts_with(|c: char| c.is_ascii_lowercase() || c == '_')
            && text
                .bytes()
                .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
            && !["true", "false", "null", "yes", "no", "on", "off", "y", "n"].contains(&text)
    };
    match is_word(text) {
        true => text.to_owned(),
        // JSON's strings are YAML's.
        false => serde_json::Value::from(text).to_string(),
    }
}
