//! A rule means the same in Postgres and in PowerSync's sync streams: for every row, every caller, every allowed form.
//!
//! The forms are the allowed cells of the closed table, over columns with and without NULL, alone and joined.

use crate::random::{Random, count};
use crate::table::{self, LABELS, value};
use std::collections::BTreeMap;
use synctable::{Database, Kind, Scalar};
use synctable_codegen::expr::access_table::{Cell, Form, cell};
use synctable_codegen::expr::print::{self, Hooks, PrintContext, Unsayable};
use synctable_codegen::expr::{Context, Known, Row, Scope, access, parse, parse_select};
use synctable_codegen::model::{Function, Literal, Select, Set};
use tests::node::powersync::{SourceTable, source_tables};
use tests::node::replica::{Replicated, ReplicatedRow, Request, visible};
use tests::postgres::Cluster;

const ALICE: &str = "0192f0c1-7a3b-7cde-8f01-23456789abcd";
const ROWS: usize = 40;

/// The memberships that sets select from: one of each kind that is looked up.
fn members() -> Row {
    let mut row = Row::new("m").with("who", table::scalar("uuid"));
    for word in ["uuid", "text", "varchar", "smallint", "int", "bigint"] {
        row = row.with_nullable(&format!("m_{word}"), table::scalar(word));
    }
    row.with_nullable("m_role", table::scalar("text"))
}

fn known() -> Known {
    let mut known = table::known();
    known.tables.insert("t".to_owned(), table::row());
    known.tables.insert("m".to_owned(), members());
    known
}

/// Callers: a member, one whose subject is not canonical, nobody known, one with odd claims.
fn tokens() -> Vec<serde_json::Value> {
    vec![
        serde_json::json!({"sub": ALICE, "role": "a", "app": {"tenant": ALICE, "state": "open"}}),
        serde_json::json!({"sub": ALICE.to_uppercase(), "role": "b", "app": {"tenant": ALICE.to_uppercase()}}),
        serde_json::json!({"sub": "alice", "role": 1, "app": {"tenant": 5, "state": true}}),
        serde_json::json!({"sub": "f192f0c1-7a3b-7cde-8f01-23456789abcd", "role": "1", "app": {"state": "put off"}}),
    ]
}

/// Postgres, with the caller written in.
struct InPostgres<'a> {
    token: &'a serde_json::Value,
    known: &'a Known,
}

impl Hooks for InPostgres<'_> {
    fn user_id(&self) -> String {
        match self.token["sub"].as_str() {
            // What is not the canonical text of a uuid is nobody.
            Some(id) if id.len() == 36 && *id == id.to_lowercase() => format!("'{id}'::uuid"),
            _ => "NULL::uuid".to_owned(),
        }
    }

    fn claim(&self, path: &[String]) -> String {
        let claim = path.iter().fold(self.token, |value, name| &value[name]);
        match claim.as_str() {
            Some(text) => format!("{}::text", Database::Postgres.literal(text)),
            None => "NULL::text".to_owned(),
        }
    }

    fn set(&self, set: &Set) -> Result<String, Unsayable> {
        Ok(print::select_postgres(select(set), &self.context()))
    }
}

impl InPostgres<'_> {
    fn context(&self) -> PrintContext<'_> {
        PrintContext::new(self.known, &self.known.tables["t"]).with_hooks(self)
    }
}

/// A sync stream.
struct InStream<'a> {
    known: &'a Known,
}

impl Hooks for InStream<'_> {
    fn user_id(&self) -> String {
        "auth.user_id()".to_owned()
    }

    fn claim(&self, path: &[String]) -> String {
        format!("auth.parameter('$.{}')", path.join("."))
    }

    fn set(&self, set: &Set) -> Result<String, Unsayable> {
        let cx = PrintContext::new(self.known, &self.known.tables["t"]).with_hooks(self);
        print::select_powersync(select(set), &cx)
    }
}

fn select(set: &Set) -> &Select {
    match set {
        Set::Select(select) => select,
        Set::Scope(_) => unreachable!("the rules here name no scope"),
    }
}

struct Generator<'a> {
    random: &'a mut Random,
    leaves: Vec<(Form, String, Kind)>,
}

impl Generator<'_> {
    fn new<'a>(random: &'a mut Random, row: &Row) -> Generator<'a> {
        let mut leaves = Vec::new();
        for (name, fact) in &row.columns {
            for form in Form::all() {
                let parameter = form == Form::EqualParam;
                if cell(form, &fact.kind) == Cell::Allowed && !parameter && name != "order" {
                    leaves.push((form, name.clone(), fact.kind.clone()));
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
            Form::InSet => match kind {
                Kind::Scalar(_) => {
                    let filter = match self.random.below(5) {
                        0 => "who = auth.user_id()".to_owned(),
                        1 => format!("who = auth.user_id() and m_role <> {role}"),
                        2 => format!("not (m_role = {role}) and who = auth.user_id()"),
                        3 => format!(
                            "m_role = auth.claim('role') or m_role is null and who = auth.user_id()"
                        ),
                        _ => {
                            "m_uuid in (select m_uuid from m where who = auth.user_id())".to_owned()
                        }
                    };
                    format!("{x} in (select m_{word} from m where {filter})")
                }
                _ => format!("{x} = {c}"),
            },
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

fn replicated(literal: &Literal, kind: &Kind) -> Replicated {
    match (literal, kind.carrier()) {
        (Literal::Null, _) => Replicated::Null,
        (Literal::Bool(value), _) => Replicated::Integer(i64::from(*value)),
        (Literal::Int(number), _) => Replicated::Integer(*number),
        (Literal::Decimal(number), Some(Scalar::Real | Scalar::Double)) => {
            Replicated::Real(number.parse().expect("a number"))
        }
        (Literal::Text(hex), Some(Scalar::Bytes)) => Replicated::Bytes(hex.clone()),
        (Literal::Text(text) | Literal::Json(text), _) => Replicated::Text(text.clone()),
        (Literal::Decimal(_) | Literal::List(_), _) => {
            // As SQLite stores it: without the quotes of the literal.
            let quoted = print::constant(literal, kind, Database::Sqlite);
            Replicated::Text(quoted[1..quoted.len() - 1].replace("''", "'"))
        }
    }
}

#[test]
fn postgres_and_sync_streams_show_the_same_rows() {
    let database = Cluster::shared().plain_database("policies");
    let mut client = database.superuser();
    let known = known();
    let (row, members) = (known.tables["t"].clone(), known.tables["m"].clone());
    table::create(&mut client, &row);
    client
        .batch_execute("create table m (who uuid, m_uuid uuid, m_text text, m_varchar varchar(80), m_smallint smallint, m_int int, m_bigint bigint, m_role text)")
        .expect("the table is made");
    let mut random = Random::new(17);
    let mut rows = Vec::new();
    for (of, name, many) in [(&row, "t", ROWS), (&members, "m", 30)] {
        for nr in 0..many {
            let mut record = BTreeMap::new();
            let mut values = Vec::new();
            if name == "t" {
                record.insert(
                    "nr".to_owned(),
                    Replicated::Integer(i64::try_from(nr).expect("few")),
                );
                values.push(nr.to_string());
            }
            for (column, fact) in &of.columns {
                let literal = match fact.nullable && random.below(3) == 0 {
                    true => Literal::Null,
                    false if column == "m_role" => {
                        Literal::Text((*random.of(&["a", LABELS[0]])).to_owned())
                    }
                    false => value(&fact.kind, &mut random),
                };
                record.insert(column.clone(), replicated(&literal, &fact.kind));
                values.push(print::constant(&literal, &fact.kind, Database::Postgres));
            }
            let sql = format!("insert into {name} values ({})", values.join(", "));
            client
                .batch_execute(&sql)
                .unwrap_or_else(|error| panic!("{sql}: {error:?}"));
            rows.push(ReplicatedRow {
                table: name.to_owned(),
                record,
            });
        }
    }
    let tables: Vec<SourceTable> = source_tables(&mut client, &["public"]);
    let mut generator = Generator::new(&mut random, &row);
    let leaves = generator.leaves.len();
    let mut rules = Vec::new();
    let mut nr = 0;
    while rules.len() < count(2 * leaves) {
        let snippet = generator.rule(nr, if nr < leaves { 0 } else { 1 + nr % 2 });
        nr += 1;
        match parse(&snippet, &Scope::new(&known, &row), Context::Access) {
            Ok(rule) => rules.push((snippet, access::enforceable(&rule, &row, &known))),
            // Only a negation makes a rule of allowed leaves one that is refused.
            Err(problems) => assert!(snippet.contains("not ("), "{snippet}: {problems:#?}"),
        }
    }
    let requests: Vec<_> = tokens()
        .into_iter()
        .map(|token| Request {
            token,
            streams: BTreeMap::new(),
        })
        .collect();
    let (mut shown, mut hidden, mut wrong) = (0, 0, Vec::new());
    for chunk in rules.chunks(50) {
        let mut yaml = "config: {edition: 3}\nstreams:\n".to_owned();
        for (nr, (_, rule)) in chunk.iter().enumerate() {
            let hooks = InStream { known: &known };
            let cx = PrintContext::new(&known, &row).with_hooks(&hooks);
            let text =
                print::powersync(rule, &cx).unwrap_or_else(|error| panic!("{rule:?}: {error}"));
            yaml.push_str(&format!(
                "  s{nr}:\n    auto_subscribe: true\n    accept_potentially_dangerous_queries: true\n    query: {}\n",
                serde_json::Value::from(format!("SELECT CAST(nr AS TEXT) AS id FROM t WHERE {text}"))
            ));
        }
        let streams = visible(&yaml, &tables, &rows, &requests)
            .unwrap_or_else(|problems| panic!("{problems:#?}\n{yaml}"));
        for (request, streams) in requests.iter().zip(&streams) {
            for (nr, (snippet, rule)) in chunk.iter().enumerate() {
                let hooks = InPostgres {
                    token: &request.token,
                    known: &known,
                };
                let text = print::postgres(rule, &hooks.context());
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
    assert!(parse_select("select m_uuid from m where who = auth.user_id()", &known).is_ok());
}
