//! What devices receive, by every stream and parameter of a universe, against what their users may see.

use super::evaluate::Asker;
use super::reads::{Places, difference};
use super::{App, Difference, tombstone};
use crate::node::replica::{Request, Visible, visible};
use crate::universe::{Row, Universe, plain, replicate, tables_on_server};
use serde_json::{Map, Value};
use std::collections::{BTreeMap, BTreeSet};
use synctable::Role;
use synctable_codegen::model::{CompareOp, Expr, Model, Stream, Table};

/// Parameters by stream.
type Subscriptions = BTreeMap<String, BTreeMap<String, Value>>;

/// Which of the two sync configurations.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    /// Edition 3.
    Streams,
    /// Edition 2: bucket definitions, whose parameters are those of the connection.
    Rules,
}

/// What one caller asks for at once.
struct Asked {
    caller: usize,
    /// By stream, for the streams that have parameters.
    params: Subscriptions,
    connection: BTreeMap<String, Value>,
}

/// Holds what a sync configuration gives against what callers may see.
///
/// # Errors
///
/// What the compiler says of the configuration, warnings included.
pub fn by_streams(
    app: &App,
    dialect: Dialect,
    config: &str,
    universe: &Universe,
    seen: &[Places],
) -> Result<Vec<Difference>, String> {
    let model = &app.model;
    let rows = replicate::rows(model, universe);
    let asked = asked(model, universe, dialect);
    let requests: Vec<Request> = asked
        .iter()
        .map(|asked| Request {
            token: universe.callers[asked.caller].token.clone(),
            parameters: object(&asked.connection),
            streams: match dialect {
                Dialect::Rules => BTreeMap::new(),
                Dialect::Streams => asked
                    .params
                    .iter()
                    .map(|(stream, params)| (stream.clone(), object(params)))
                    .collect(),
            },
        })
        .collect();
    let replicated: Vec<_> = rows.iter().map(|(.., row)| row.clone()).collect();
    let answers = visible(config, &app.tables, &replicated, &requests)
        .map_err(|problems| format!("{problems:#?}\n{config}"))?;
    // A definition of the older dialect is called by its stream and what it is found by.
    let stream_of = |definition: &str| -> Option<&Stream> {
        let streams = model.streams.values();
        streams
            .filter(|stream| {
                let rest = definition.strip_prefix(stream.name.as_str());
                rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(':'))
            })
            .max_by_key(|stream| stream.name.len())
    };
    let got = |answer: &Visible, stream: &str, table: &str| -> BTreeSet<usize> {
        let of = |place: &usize| {
            let (of, place, _) = &rows[*place];
            (of == table).then_some(*place)
        };
        answer
            .iter()
            .filter(|(name, _)| stream_of(name).is_some_and(|found| found.name == stream))
            .flat_map(|(_, places)| places.iter().filter_map(of))
            .collect()
    };
    let mut differences = Vec::new();
    for (asked, answer) in asked.iter().zip(&answers) {
        let seen = &seen[asked.caller];
        let caller = &universe.callers[asked.caller];
        for stream in model.streams.values() {
            let params = match (asked.params.get(&stream.name), stream.automatic) {
                (Some(params), _) => params.clone(),
                (None, true) if asked.params.is_empty() => App::nothing(),
                (None, _) => continue,
            };
            let asker = Asker::new(model, universe, caller, &params);
            for part in &stream.tables {
                let table = &model.tables[&part.table];
                let places = seen[&part.table].iter().copied();
                let says = says(dialect, config, &stream.name, &part.table);
                let wanted: BTreeSet<usize> = places
                    .filter(|place| {
                        let row = &universe.of(&part.table)[*place];
                        says && is_live(table, row)
                            && part
                                .filter
                                .as_ref()
                                .is_none_or(|filter| asker.holds(&part.table, row, filter))
                    })
                    .collect();
                let word = match dialect {
                    Dialect::Streams => "stream",
                    Dialect::Rules => "rules of stream",
                };
                let about = format!("{}: {word} {} on {}", app.name, stream.name, part.table);
                let with = match params.is_empty() {
                    true => String::new(),
                    false => format!(" with {}", object(&params)),
                };
                let found = got(answer, &stream.name, &part.table);
                differences.extend(difference(
                    about,
                    universe,
                    caller,
                    &part.table,
                    &with,
                    &wanted,
                    &found,
                ));
            }
        }
    }
    if dialect == Dialect::Streams {
        differences.extend(unions(app, universe, seen, &asked, &answers, &got));
    }
    Ok(differences)
}

/// Whether a configuration has a table of a stream; the older dialect lists in its head what it cannot say.
#[must_use]
pub fn says(dialect: Dialect, config: &str, stream: &str, table: &str) -> bool {
    let unsaid = format!("# - `{table}` of the stream `{stream}`: ");
    dialect == Dialect::Streams || !config.lines().any(|line| line.starts_with(&unsaid))
}

fn asked(model: &Model, universe: &Universe, dialect: Dialect) -> Vec<Asked> {
    let subscriptions = subscriptions(model, universe);
    let mut all = Vec::new();
    for caller in 0..universe.callers.len() {
        all.push(Asked {
            caller,
            params: Subscriptions::new(),
            connection: App::nothing(),
        });
        match dialect {
            Dialect::Streams => all.extend(subscriptions.iter().map(|params| Asked {
                caller,
                params: params.clone(),
                connection: App::nothing(),
            })),
            Dialect::Rules => {
                let mut connections: Vec<&BTreeMap<String, Value>> = Vec::new();
                for params in subscriptions.iter().flat_map(BTreeMap::values) {
                    if !connections.contains(&params) {
                        connections.push(params);
                    }
                }
                all.extend(connections.into_iter().map(|connection| Asked {
                    caller,
                    params: given(model, connection),
                    connection: connection.clone(),
                }));
            }
        }
    }
    all
}

/// The streams whose parameters a connection has.
fn given(model: &Model, connection: &BTreeMap<String, Value>) -> Subscriptions {
    let streams = model.streams.values().filter(|stream| !stream.automatic);
    streams
        .filter(|stream| {
            stream
                .params
                .keys()
                .all(|name| connection.contains_key(name))
        })
        .map(|stream| {
            let params = stream.params.keys();
            let params = params.map(|name| (name.clone(), connection[name].clone()));
            (stream.name.clone(), params.collect())
        })
        .collect()
}

fn object(params: &BTreeMap<String, Value>) -> Value {
    let params: Map<String, Value> = params.clone().into_iter().collect();
    params.into()
}

/// Over all streams and parameters a caller gets of a table what he may see of it, where one stream has it whole.
fn unions(
    app: &App,
    universe: &Universe,
    seen: &[Places],
    asked: &[Asked],
    answers: &[Visible],
    got: &impl Fn(&Visible, &str, &str) -> BTreeSet<usize>,
) -> Vec<Difference> {
    let mut differences = Vec::new();
    for table in tables_on_server(&app.model) {
        let streams: Vec<&Stream> = app
            .model
            .streams
            .values()
            .filter(|stream| stream.tables.iter().any(|part| part.table == table.name))
            .collect();
        let narrows = |stream: &&Stream| {
            let mut parts = stream.tables.iter();
            parts.any(|part| {
                part.table == table.name
                    && part.filter.as_ref().is_some_and(|filter| !is_match(filter))
            })
        };
        if streams.is_empty() || streams.iter().all(narrows) {
            continue;
        }
        for (index, caller) in universe.callers.iter().enumerate() {
            let reached = |place: &usize| {
                let row = &universe.of(&table.name)[*place];
                is_live(table, row) && is_reached(table, row, &streams)
            };
            let places = seen[index][&table.name].iter().copied();
            let wanted: BTreeSet<usize> = places.filter(reached).collect();
            let found: BTreeSet<usize> = asked
                .iter()
                .zip(answers)
                .filter(|(asked, _)| asked.caller == index)
                .flat_map(|(_, answer)| {
                    let of = |stream: &&Stream| got(answer, &stream.name, &table.name);
                    streams.iter().flat_map(of).collect::<Vec<_>>()
                })
                .filter(reached)
                .collect();
            let about = format!("{}: all streams together on {}", app.name, table.name);
            differences.extend(difference(
                about,
                universe,
                caller,
                &table.name,
                "",
                &wanted,
                &found,
            ));
        }
    }
    differences
}

/// Whether a filter only compares columns with parameters: over all values it leaves nothing out but NULL.
fn is_match(filter: &Expr) -> bool {
    match filter {
        Expr::And(parts) => parts.iter().all(is_match),
        other => matched(other).is_some(),
    }
}

/// The column and the parameter of `column = :parameter`.
fn matched(filter: &Expr) -> Option<(&str, &str)> {
    match filter {
        Expr::Compare {
            op: CompareOp::Eq,
            left,
            right,
        } => match (&**left, &**right) {
            (Expr::Column(column), Expr::Param(param))
            | (Expr::Param(param), Expr::Column(column)) => Some((column, param)),
            _ => None,
        },
        _ => None,
    }
}

/// Whether a stream that has the table whole brings the row: every column that it is found by has a value that a
/// parameter can have.
fn is_reached(table: &Table, row: &Row, streams: &[&Stream]) -> bool {
    let mut parts = streams
        .iter()
        .flat_map(|stream| &stream.tables)
        .filter(|part| part.table == table.name);
    parts.any(|part| match &part.filter {
        None => true,
        Some(filter) => {
            let columns = filter.columns();
            let mut values = columns.iter().map(|column| &row[*column]);
            is_match(filter) && values.all(|value| is_parameter(&plain(value)))
        }
    })
}

/// The subscriptions with every combination of parameters that occurs in a row, one that mixes two rows and one that
/// occurs nowhere; each subscribes to every stream that has parameters.
fn subscriptions(model: &Model, universe: &Universe) -> Vec<Subscriptions> {
    let mut all: Vec<Subscriptions> = Vec::new();
    for stream in model.streams.values().filter(|stream| !stream.automatic) {
        let mut combinations: Vec<BTreeMap<String, Value>> = Vec::new();
        for part in &stream.tables {
            let mut matches = Vec::new();
            if let Some(filter) = &part.filter {
                filter.visit(&mut |expr| matches.extend(matched(expr)));
            }
            for row in universe.of(&part.table) {
                let params: BTreeMap<String, Value> = matches
                    .iter()
                    .map(|(column, param)| ((*param).to_owned(), plain(&row[*column])))
                    .filter(|(_, value)| is_parameter(value))
                    .collect();
                if params.len() == stream.params.len() && !combinations.contains(&params) {
                    combinations.push(params);
                }
            }
        }
        if let [first, .., last] = combinations.as_slice() {
            let mixed: BTreeMap<String, Value> = first
                .iter()
                .zip(last.values())
                .enumerate()
                .map(|(index, ((name, one), other))| {
                    let value = if index % 2 == 0 { one } else { other };
                    (name.clone(), value.clone())
                })
                .collect();
            if !combinations.contains(&mixed) {
                combinations.push(mixed);
            }
        }
        if let Some(first) = combinations.first() {
            let nowhere = |value: &Value| match value {
                Value::Number(_) => 424_242.into(),
                _ => "77777777-7777-4777-8777-777777777777".into(),
            };
            let nowhere = first
                .iter()
                .map(|(name, value)| (name.clone(), nowhere(value)))
                .collect();
            combinations.push(nowhere);
        }
        for (index, params) in combinations.into_iter().enumerate() {
            if all.len() <= index {
                all.push(Subscriptions::new());
            }
            all[index].insert(stream.name.clone(), params);
        }
    }
    all
}

/// Whether JSON says the value exactly.
fn is_parameter(value: &Value) -> bool {
    match value {
        Value::String(_) => true,
        Value::Number(number) => number
            .as_i64()
            .is_some_and(|number| number.unsigned_abs() <= 1 << 53),
        _ => false,
    }
}

fn is_live(table: &Table, row: &Row) -> bool {
    table
        .role(Role::Tombstone)
        .is_none_or(|column| tombstone::lives(column, row))
}
