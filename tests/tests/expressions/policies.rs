//! A rule means the same in Postgres and in PowerSync's sync streams: for every row, every caller, every allowed form.
//!
//! The forms are the allowed cells of the closed table, over columns with and without NULL, alone and joined.

use crate::expressions::random::{Random, count};
use crate::expressions::table::value;
use crate::expressions::world::{InPostgres, InStream, ROWS, fill, known, tokens};
use std::collections::{BTreeMap, BTreeSet};
use synctable::{Database, Kind, Scalar};
use synctable_codegen::expr::access_table::{Cell, Form, cell};
use synctable_codegen::expr::print::{self, PrintContext};
use synctable_codegen::expr::{Context, Known, Row, Scope, access, parse};
use synctable_codegen::model::sample::model;
use synctable_codegen::model::{Expr, Function, Literal};
use synctable_codegen::targets::powersync::condition_of;
use synctable_codegen::targets::powersync::rules::buckets_of;
use tests::node::powersync::{SourceTable, source_tables};
use tests::node::replica::{Request, visible};
use tests::postgres::Cluster;

struct Generator<'a> {
    random: &'a mut Random,
    leaves: Vec<(Form, String, Kind)>,
}

impl Generator<'_> {
    fn new<'a>(random: &'a mut Random, row: &Row) -> Generator<'a> {
        let mut leaves = Vec::new();
        for (name, fact) in row.columns() {
            for form in Form::all() {
                let parameter = form == Form::EqualParam;
                if cell(form, fact.kind) == Cell::Allowed && !parameter && name != "order" {
                    leaves.push((form, name.to_owned(), fact.kind.clone()));
                }
            }
        }
        Generator { random, leaves }
    }

    fn constant(&mut self, kind: &Kind) -> String {
        match value(kind, self.random) {
            Literal::Bool(value) => value.to_string(),
            // A constant past 2^53 is refused: a stream would read it with fewer digits.
            Literal::Int(number) => (number % 100).to_string(),
            Literal::Decimal(number) => number,
            Literal::Text(text) | Literal::Json(text) => Database::Postgres.literal(&text),
            Literal::Null | Literal::List(_) => unreachable!("a constant is neither"),
        }
    }

    fn leaf(&mut self, nr: usize) -> String {
        let (form, x, kind) = self.leaves[nr % self.leaves.len()].clone();
        let word = match &kind {
            Kind::Scalar(scalar) => scalar.word().to_owned(),
            _ => x[2..].to_owned(),
        };
        let y = format!("{}_{word}", self.random.of(&["a", "n"]));
        let element = match &kind {
            Kind::List(element) => element.to_kind(),
            other => other.clone(),
        };
        let c = match &kind {
            Kind::Scalar(Scalar::Json | Scalar::Bytes | Scalar::Real | Scalar::Interval) => {
                String::new()
            }
            _ => self.constant(&element),
        };
        let d = match c.is_empty() {
            true => String::new(),
            false => self.constant(&element),
        };
        let role = self.random.of(&["'a'", "'open'"]);
        match form {
            Form::Alone => x,
            Form::Not => format!("not {x}"),
            Form::Equal => format!("{x} = {c}"),
            Form::NotEqual => format!("{x} <> {c}"),
            Form::InList => format!("{x} in ({c}, {d})"),
            Form::NotInList => format!("{x} not in ({c}, {d})"),
            Form::EqualColumn => format!("{x} = {y}"),
            Form::NotEqualColumn => format!("{x} <> {y}"),
            Form::EqualUserId if matches!(kind, Kind::Scalar(Scalar::Uuid)) => {
                format!("{x} = auth.user_id()")
            }
            // The caller's id is a uuid here.
            Form::EqualUserId => "auth.claim('role') = 'a'".to_owned(),
            Form::EqualClaim => {
                let claim = self.random.of(&["role", "app.tenant", "app.state"]);
                format!("{x} = auth.claim('{claim}')")
            }
            Form::InClaims => {
                let claim = self.random.of(&["teams", "app.tenants"]);
                format!("{x} in auth.claims('{claim}')")
            }
            Form::InSet => {
                match kind {
                    Kind::Scalar(_) => {
                        let filter = match self.random.below(5) {
                        0 => "who = auth.user_id()".to_owned(),
                        1 => format!("who = auth.user_id() and m_role <> {role}"),
                        2 => format!("not (m_role = {role}) and who = auth.user_id()"),
                        3 => "m_role = auth.claim('role') or m_role is null and who = auth.user_id()".to_owned(),
                        _ => {
                            "m_uuid in (select m_uuid from m where who = auth.user_id())".to_owned()
                        }
                    };
                        format!("{x} in (select m_{word} from m where {filter})")
                    }
                    _ => format!("{x} = {c}"),
                }
            }
            Form::Order => match self.random.below(3) {
                0 => format!("{x} < {c}"),
                1 => format!("{x} >= {y}"),
                _ => format!("{x} between {c} and {c}"),
            },
            Form::IsNull => format!("{x} is {}null", self.random.of(&["", "not "])),
            Form::IsTrue => format!(
                "{x} is {}",
                self.random.of(&["true", "false", "not true", "not false"])
            ),
            Form::Contains => match &kind {
                Kind::List(_)
                    if matches!(element, Kind::Scalar(Scalar::Uuid))
                        && self.random.below(2) == 0 =>
                {
                    format!("auth.user_id() = any({x})")
                }
                _ => format!("{c} = any({x})"),
            },
            Form::Concat => format!("{x} || '/' || {y} = {x} || '/' || a_text"),
            Form::JsonIs => format!(
                "{x} -> {}",
                self.random.of(&["'a' = 'true'", "'a' -> 'b' = 'false'"])
            ),
            Form::JsonText => match self.random.below(4) {
                0 => format!("{x} ->> 'a' = 'x'"),
                1 => format!("{x} ->> 'a' <> 'x'"),
                2 => format!("{x} -> 'a' ->> 'b' in ('x', 'it''s')"),
                _ => format!("{x} #>> '{{a,b}}' is null"),
            },
            Form::Call(Function::Coalesce) => format!("coalesce({x}, {y}) = {c}"),
            other => unreachable!("{other:?} is not allowed"),
        }
    }

    fn rule(&mut self, nr: usize, depth: usize) -> String {
        if depth == 0 {
            return self.leaf(nr);
        }
        let other = self.random.below(self.leaves.len());
        match self.random.below(4) {
            0 => format!(
                "({} and {})",
                self.rule(nr, depth - 1),
                self.rule(other, depth - 1)
            ),
            1 => format!(
                "({} or {})",
                self.rule(nr, depth - 1),
                self.rule(other, depth - 1)
            ),
            2 => format!("not ({})", self.rule(nr, depth - 1)),
            _ => self.leaf(nr),
        }
    }
}

#[test]
fn postgres_and_sync_streams_show_the_same_rows() {
    let database = Cluster::shared().plain_database("policies");
    let mut client = database.superuser();
    let known = known();
    let row = known.tables["t"].clone();
    let mut random = Random::new(17);
    let rows = fill(&mut client, &known, &mut random);
    let tables: Vec<SourceTable> = source_tables(&mut client, &["public"]);
    let mut generator = Generator::new(&mut random, &row);
    let leaves = generator.leaves.len();
    let mut rules = Vec::new();
    let mut nr = 0;
    while rules.len() < count(2 * leaves) {
        let snippet = generator.rule(nr, if nr < leaves { 0 } else { 1 + nr % 2 });
        nr += 1;
        match parse(&snippet, &Scope::new(&known, &row), Context::Access) {
            Ok(rule) => rules.push((snippet, rule)),
            // Only a negation makes a rule of allowed leaves one that is refused.
            Err(problems) => assert!(snippet.contains("not ("), "{snippet}: {problems:#?}"),
        }
    }
    let requests: Vec<_> = tokens()
        .into_iter()
        .map(|token| Request {
            parameters: serde_json::json!({}),
            token,
            streams: BTreeMap::new(),
        })
        .collect();
    let (mut shown, mut hidden, mut wrong) = (0, 0, Vec::new());
    let mut said = 0;
    let model = model();
    for chunk in rules.chunks(50) {
        let mut yaml = "config: {edition: 3}\nstreams:\n".to_owned();
        for (nr, (_, rule)) in chunk.iter().enumerate() {
            let (_, text) = condition_of(&model, &known, &row, rule)
                .unwrap_or_else(|error| panic!("{rule:?}: {error}"));
            yaml.push_str(&format!(
                "  s{nr}:\n    auto_subscribe: true\n    accept_potentially_dangerous_queries: true\n    query: {}\n",
                serde_json::Value::from(format!("SELECT CAST(nr AS TEXT) AS id FROM t WHERE {text}"))
            ));
        }
        let older = in_older_dialect(chunk, &known, &row);
        let older_answers = visible(&older.yaml, &tables, &rows, &requests)
            .unwrap_or_else(|problems| panic!("{problems:#?}\n{}", older.yaml));
        said += older.said.len();
        let streams = visible(&yaml, &tables, &rows, &requests)
            .unwrap_or_else(|problems| panic!("{problems:#?}\n{yaml}"));
        for ((request, streams), buckets) in requests.iter().zip(&streams).zip(&older_answers) {
            for (nr, (snippet, rule)) in chunk.iter().enumerate() {
                let hooks = InPostgres {
                    token: &request.token,
                    param: None,
                    known: &known,
                };
                let rule = access::enforceable(rule, &row, &known);
                let text = print::postgres(&rule, &hooks.context());
                let theirs: Vec<usize> = client
                    .query(&format!("select nr from t where {text} order by nr"), &[])
                    .unwrap_or_else(|error| panic!("{text}: {error:?}"))
                    .iter()
                    .map(|row| usize::try_from(row.get::<_, i32>(0)).expect("few"))
                    .collect();
                let ours: Vec<usize> = streams
                    .get(&format!("s{nr}"))
                    .map(|rows| rows.iter().copied().collect())
                    .unwrap_or_default();
                shown += theirs.len();
                hidden += ROWS - theirs.len();
                if ours != theirs {
                    wrong.push(format!(
                        "{snippet}\n  {text}\n  for {}\n  Postgres {theirs:?}\n  stream   {ours:?}",
                        request.token
                    ));
                }
                let by_buckets: Vec<usize> = buckets
                    .iter()
                    .filter(|(name, _)| name.starts_with(&format!("r{nr}:")))
                    .flat_map(|(_, rows)| rows.iter().copied())
                    .collect::<BTreeSet<_>>()
                    .into_iter()
                    .collect();
                if older.said.contains(&nr) && by_buckets != theirs {
                    wrong.push(format!(
                        "{snippet}\n  {text}\n  for {}\n  Postgres {theirs:?}\n  buckets  {by_buckets:?}",
                        request.token
                    ));
                }
            }
        }
    }
    assert!(
        wrong.is_empty(),
        "{} wrong of {} rules:\n{}",
        wrong.len(),
        rules.len(),
        wrong.join("\n")
    );
    assert!(
        5 * shown > hidden && 5 * hidden > shown,
        "{shown} shown, {hidden} hidden"
    );
    // What takes two tables to find has no words there.
    assert!(
        10 * said > 7 * rules.len(),
        "{said} rules in the older dialect"
    );
}

/// Rules in PowerSync's older dialect.
struct Older {
    yaml: String,
    /// The numbers of those that it can say.
    said: BTreeSet<usize>,
}

fn in_older_dialect(rules: &[(String, Expr)], known: &Known, row: &Row) -> Older {
    let model = model();
    let mut older = Older {
        yaml: "config: {edition: 2}\nbucket_definitions:\n".to_owned(),
        said: BTreeSet::new(),
    };
    for (nr, (_, rule)) in rules.iter().enumerate() {
        let Ok((rule, _)) = condition_of(&model, known, row, rule) else {
            continue;
        };
        let Ok(buckets) = buckets_of(&model, known, row, &rule) else {
            continue;
        };
        older.said.insert(nr);
        for (index, (parameters, conditions)) in buckets.iter().enumerate() {
            older.yaml.push_str(&format!("  r{nr}:{index}:\n"));
            if !parameters.is_empty() {
                let parameters = serde_json::Value::from(parameters.as_str());
                older
                    .yaml
                    .push_str(&format!("    parameters: {parameters}\n"));
            }
            let data = format!("SELECT CAST(nr AS TEXT) AS id FROM t {conditions}");
            let data = serde_json::Value::from(data);
            older.yaml.push_str(&format!("    data: [{data}]\n"));
        }
    }
    older
}

#[test]
fn a_parameter_brings_the_rows_that_equal_it() {
    let database = Cluster::shared().plain_database("parameters");
    let mut client = database.superuser();
    let known = known();
    let row = known.tables["t"].clone();
    let rows = fill(&mut client, &known, &mut Random::new(23));
    let tables: Vec<SourceTable> = source_tables(&mut client, &["public"]);
    let params = synctable_codegen::map::IndexMap::from_iter([("p".to_owned(), None)]);
    let columns: Vec<_> = row
        .columns()
        .filter(|(name, fact)| {
            cell(Form::EqualParam, fact.kind) == Cell::Allowed && *name != "order"
        })
        .collect();
    let hooks = InStream { known: &known };
    let cx = PrintContext::new(&known, &row).with_hooks(&hooks);
    let mut yaml = "config: {edition: 3}\nstreams:\n".to_owned();
    let mut rules = Vec::new();
    for (name, _) in &columns {
        let scope = Scope::new(&known, &row).with_params(&params);
        let rule = parse(&format!("{name} = :p"), &scope, Context::StreamFilter)
            .unwrap_or_else(|problems| panic!("{name}: {problems:#?}"));
        let text = print::powersync(&rule, &cx).expect("it is allowed");
        yaml.push_str(&format!(
            "  {name}:\n    accept_potentially_dangerous_queries: true\n    query: SELECT CAST(nr AS TEXT) AS id FROM t WHERE {text}\n"
        ));
        rules.push(rule);
    }
    let mut random = Random::new(29);
    let (mut shown, mut asked) = (0, 0);
    for ((name, fact), rule) in columns.iter().zip(&rules) {
        for _ in 0..6 {
            let literal = value(fact.kind, &mut random);
            let parameter = match &literal {
                // Past 2^53 JSON has no exact number.
                Literal::Int(number) if number.unsigned_abs() > 1 << 53 => continue,
                Literal::Int(number) => serde_json::json!(number),
                Literal::Text(text) => serde_json::json!(text),
                other => unreachable!("{other:?} is no parameter"),
            };
            let request = Request {
                parameters: serde_json::json!({}),
                token: tokens().remove(0),
                streams: BTreeMap::from([(
                    (*name).to_owned(),
                    serde_json::json!({"p": parameter}),
                )]),
            };
            let streams = visible(&yaml, &tables, &rows, &[request])
                .unwrap_or_else(|problems| panic!("{problems:#?}\n{yaml}"));
            let ours: Vec<usize> = streams[0]
                .get(*name)
                .map(|rows| rows.iter().copied().collect())
                .unwrap_or_default();
            let written = print::constant(&literal, fact.kind, Database::Postgres);
            let hooks = InPostgres {
                token: &serde_json::Value::Null,
                known: &known,
                param: Some(&written),
            };
            let text = print::postgres(rule, &hooks.context());
            let theirs: Vec<usize> = client
                .query(&format!("select nr from t where {text} order by nr"), &[])
                .unwrap_or_else(|error| panic!("{text}: {error:?}"))
                .iter()
                .map(|row| usize::try_from(row.get::<_, i32>(0)).expect("few"))
                .collect();
            assert_eq!(ours, theirs, "{text}");
            shown += theirs.len();
            asked += ROWS;
        }
    }
    assert!(5 * shown > asked / 4, "{shown} of {asked}");
}
