//! Who receives what: `cases/received/<sentence>/case.json`, evaluated by PowerSync's own code in both dialects.
//!
//! A case names rows by table and a word, callers with their tokens and subscriptions, and the rows and the number of
//! buckets that each of them gets by each stream. In the older dialect, a stream's parameters being those of the
//! connection, every table that it can say brings the same rows.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use serde_json::{Map, Value};
use synctable_codegen::model::Model;
use tests::cases::{Case, each, workspace};
use tests::node::replica::{Received, Replicated, ReplicatedRow, Request, received};

use crate::powersync::compiled::{Compiled, compiled, model_of};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Universe {
    /// The declaration's folder.
    schema: String,
    /// Rows by table and word; a column that is left out is NULL.
    rows: BTreeMap<String, BTreeMap<String, Map<String, Value>>>,
    callers: BTreeMap<String, Caller>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Caller {
    token: Value,
    /// Subscriptions with their parameters.
    #[serde(default)]
    streams: BTreeMap<String, Map<String, Value>>,
    /// `table.word` by stream.
    receives: BTreeMap<String, BTreeSet<String>>,
    /// The number of buckets by stream.
    #[serde(default)]
    buckets: BTreeMap<String, usize>,
}

#[test]
fn every_caller_receives_what_the_case_says_in_both_dialects() {
    each("received", judge);
}

fn judge(case: &Case) -> Result<(), String> {
    let path = case.folder.join("case.json");
    let text = std::fs::read_to_string(&path).map_err(|error| format!("{path:?}: {error}"))?;
    let universe: Universe =
        serde_json::from_str(&text).map_err(|error| format!("{path:?}: {error}"))?;
    let model = model_of(workspace().join(&universe.schema));
    let (streams, rules) = compiled(&model);
    let rows = Rows::of(&model, &universe)?;
    let requests: Vec<Request> = universe.callers.values().map(request).collect();
    let by_stream = answers(&streams, &rows, &requests)?;
    let by_definition = answers(&rules, &rows, &requests)?;
    let mut wrong = Vec::new();
    for (((name, caller), new), old) in universe.callers.iter().zip(by_stream).zip(by_definition) {
        let got = rows.named(&new);
        if got != caller.receives {
            wrong.push(format!("{name} receives {got:#?}"));
        }
        for (stream, count) in &caller.buckets {
            let got = new.buckets.get(stream).copied().unwrap_or_default();
            if got != *count {
                wrong.push(format!("{name} has {got} buckets of `{stream}`"));
            }
        }
        let subscribed =
            |stream: &str| model.streams[stream].automatic || caller.streams.contains_key(stream);
        for stream in model.streams.keys().filter(|name| subscribed(name)) {
            let expected: BTreeSet<String> = got
                .get(stream)
                .into_iter()
                .flatten()
                .filter(|row| !left_out(&rules, stream, row))
                .cloned()
                .collect();
            let older = rows.of_definitions(&old, stream);
            if older != expected {
                wrong.push(format!(
                    "in the older dialect {name} receives by `{stream}` {older:#?}"
                ));
            }
        }
    }
    match wrong.is_empty() {
        true => Ok(()),
        false => Err(wrong.join("\n")),
    }
}

fn request(caller: &Caller) -> Request {
    let mut parameters = Map::new();
    for given in caller.streams.values() {
        parameters.extend(given.clone());
    }
    Request {
        token: caller.token.clone(),
        parameters: Value::Object(parameters),
        streams: caller
            .streams
            .iter()
            .map(|(stream, given)| (stream.clone(), Value::Object(given.clone())))
            .collect(),
    }
}

fn answers(of: &Compiled, rows: &Rows, requests: &[Request]) -> Result<Vec<Received>, String> {
    received(&of.config, &of.tables, &rows.replicated, requests)
        .map_err(|problems| format!("{problems:#?}\n{}", of.config))
}

/// Whether the head of the older configuration says that it does not have the row's table.
fn left_out(rules: &Compiled, stream: &str, row: &str) -> bool {
    let (table, _) = row.split_once('.').expect("rows are called `table.word`");
    let head = format!("# - `{table}` of the stream `{stream}`: ");
    rules.config.contains(&head)
}

/// The rows of a case, replicated, with what it calls them.
struct Rows {
    words: Vec<String>,
    replicated: Vec<ReplicatedRow>,
}

impl Rows {
    fn of(model: &Model, universe: &Universe) -> Result<Rows, String> {
        let mut rows = Rows {
            words: Vec::new(),
            replicated: Vec::new(),
        };
        for (name, words) in &universe.rows {
            let table = model
                .tables
                .get(name)
                .ok_or_else(|| format!("there is no table `{name}`"))?;
            for (word, values) in words {
                if let Some(unknown) = values.keys().find(|key| !table.columns.contains_key(*key)) {
                    return Err(format!("`{name}` has no column `{unknown}`"));
                }
                let record = table
                    .columns
                    .values()
                    .filter(|column| column.direction.on_server())
                    .map(|column| {
                        let value = values.get(&column.name).unwrap_or(&Value::Null);
                        (column.name.clone(), replicated(value))
                    })
                    .collect();
                rows.words.push(format!("{name}.{word}"));
                rows.replicated.push(ReplicatedRow {
                    schema: Some(table.schema.clone()),
                    table: name.clone(),
                    record,
                });
            }
        }
        Ok(rows)
    }

    fn named(&self, received: &Received) -> BTreeMap<String, BTreeSet<String>> {
        let words =
            |rows: &BTreeSet<usize>| rows.iter().map(|row| self.words[*row].clone()).collect();
        received
            .rows
            .iter()
            .filter(|(_, rows)| !rows.is_empty())
            .map(|(stream, rows)| (stream.clone(), words(rows)))
            .collect()
    }

    fn of_definitions(&self, received: &Received, stream: &str) -> BTreeSet<String> {
        let of_stream = format!("{stream}:");
        self.named(received)
            .into_iter()
            .filter(|(name, _)| name == stream || name.starts_with(&of_stream))
            .flat_map(|(_, rows)| rows)
            .collect()
    }
}

fn replicated(value: &Value) -> Replicated {
    match value {
        Value::Null => Replicated::Null,
        Value::Bool(value) => Replicated::Integer(i64::from(*value)),
        Value::Number(number) => match number.as_i64() {
            Some(whole) => Replicated::Integer(whole),
            None => Replicated::Real(number.as_f64().unwrap_or_default()),
        },
        Value::String(text) => Replicated::Text(text.clone()),
        Value::Array(_) | Value::Object(_) => Replicated::Text(value.to_string()),
    }
}
