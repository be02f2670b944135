//! A table that rules speak of and one that sets are selected from, callers, and both enforcers.

use crate::expressions::random::Random;
use crate::expressions::table::{self, LABELS, value};
use postgres::Client;
use std::collections::BTreeMap;
use synctable::{Database, Kind, Scalar};
use synctable_codegen::expr::print::{self, Hooks, PrintContext, Unsayable};
use synctable_codegen::expr::{Known, Row};
use synctable_codegen::model::{Literal, Select, Set};
use tests::node::replica::{Replicated, ReplicatedRow};
use tests::universe::replicate::replicated;

const ALICE: &str = "0192f0c1-7a3b-7cde-8f01-23456789abcd";
pub(crate) const ROWS: usize = 40;

/// The memberships that sets select from: one of each kind that is looked up.
pub(crate) fn members() -> Row {
    let mut row = Row::new("m").with("who", table::scalar("uuid"));
    for word in ["uuid", "text", "varchar", "smallint", "int", "bigint"] {
        row = row.with_nullable(&format!("m_{word}"), table::scalar(word));
    }
    row.with_nullable("m_role", table::scalar("text"))
}

pub(crate) fn known() -> Known {
    let mut known = table::known();
    known.tables.insert("t".to_owned(), table::row());
    known.tables.insert("m".to_owned(), members());
    known
}

/// Callers: a member, one whose subject is not canonical, nobody known, one with odd claims.
pub(crate) fn tokens() -> Vec<serde_json::Value> {
    vec![
        serde_json::json!({"sub": ALICE, "role": "a", "teams": ["a", "1", ALICE], "app": {"tenant": ALICE, "state": "open", "tenants": [ALICE, "open"]}}),
        serde_json::json!({"sub": ALICE.to_uppercase(), "role": "b", "teams": "a", "app": {"tenant": ALICE.to_uppercase(), "tenants": [ALICE.to_uppercase(), 1, true, null]}}),
        serde_json::json!({"sub": "alice", "role": 1, "teams": ["it's", "", ["a"]], "app": {"tenant": 5, "state": true}}),
        serde_json::json!({"sub": "f192f0c1-7a3b-7cde-8f01-23456789abcd", "role": "1", "app": {"state": "put off", "tenant": ["a"]}}),
    ]
}

/// Postgres, with the caller and a parameter written in.
pub(crate) struct InPostgres<'a> {
    pub(crate) param: Option<&'a str>,
    pub(crate) token: &'a serde_json::Value,
    pub(crate) known: &'a Known,
}

impl Hooks for InPostgres<'_> {
    fn user_id(&self) -> String {
        match self.token["sub"].as_str() {
            // What is not the canonical text of a uuid is nobody.
            Some(id) if id.len() == 36 && *id == id.to_lowercase() => format!("'{id}'::uuid"),
            _ => "NULL::uuid".to_owned(),
        }
    }

    fn claim(&self, path: &[String], beside: Option<&Kind>) -> String {
        let claim = path.iter().fold(self.token, |value, name| &value[name]);
        let sql_type = type_of(beside);
        match text_of(claim, sql_type) {
            Some(text) => format!("{}::{sql_type}", Database::Postgres.literal(&text)),
            None => format!("NULL::{sql_type}"),
        }
    }

    fn in_claims(&self, operand: &str, path: &[String], kind: Option<&Kind>) -> String {
        let claim = path.iter().fold(self.token, |value, name| &value[name]);
        let sql_type = type_of(kind);
        let members = claim.as_array().into_iter().flatten();
        let members: Vec<String> = members
            .filter_map(|member| text_of(member, sql_type))
            .map(|text| Database::Postgres.literal(&text))
            .collect();
        format!(
            "{operand} = ANY (ARRAY[{}]::{sql_type}[])",
            members.join(", ")
        )
    }

    fn param(&self, _name: &str, _beside: Option<&Kind>) -> String {
        self.param
            .expect("only a rule with a parameter asks")
            .to_owned()
    }

    fn set(&self, set: &Set) -> Result<String, Unsayable> {
        Ok(print::select_postgres(select(set), &self.context()))
    }
}

impl InPostgres<'_> {
    pub(crate) fn context(&self) -> PrintContext<'_> {
        PrintContext::new(self.known, &self.known.tables["t"]).with_hooks(self)
    }
}

/// What a claim is compared as.
fn type_of(beside: Option<&Kind>) -> &'static str {
    match beside {
        Some(Kind::Scalar(Scalar::Uuid)) => "uuid",
        Some(Kind::Scalar(Scalar::Smallint | Scalar::Int)) => "integer",
        _ => "text",
    }
}

/// The text of a claim that is one of the type: a canonical uuid, a whole number, any text.
fn text_of(claim: &serde_json::Value, sql_type: &str) -> Option<String> {
    match (claim, sql_type) {
        (serde_json::Value::Number(number), "integer") => number.as_i64().map(|it| it.to_string()),
        (serde_json::Value::String(text), "uuid") => {
            let is_canonical = text.len() == 36
                && (text.chars().enumerate()).all(|(at, c)| match at {
                    8 | 13 | 18 | 23 => c == '-',
                    _ => matches!(c, '0'..='9' | 'a'..='f'),
                });
            is_canonical.then(|| text.clone())
        }
        (serde_json::Value::String(text), "text") => Some(text.clone()),
        _ => None,
    }
}

/// A sync stream.
pub(crate) struct InStream<'a> {
    pub(crate) known: &'a Known,
}

impl Hooks for InStream<'_> {
    fn user_id(&self) -> String {
        "auth.user_id()".to_owned()
    }

    fn param(&self, name: &str, _beside: Option<&Kind>) -> String {
        format!("subscription.parameter('{name}')")
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

/// Makes both tables with random rows; the rows as they replicate, those of `t` first.
pub(crate) fn fill(client: &mut Client, known: &Known, random: &mut Random) -> Vec<ReplicatedRow> {
    let (row, members) = (&known.tables["t"], &known.tables["m"]);
    table::create(client, row);
    client
        .batch_execute("create table m (who uuid, m_uuid uuid, m_text text, m_varchar varchar(80), m_smallint smallint, m_int int, m_bigint bigint, m_role text)")
        .expect("the table is made");
    let mut rows = Vec::new();
    for (of, name, many) in [(row, "t", ROWS), (members, "m", 30)] {
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
            for (column, fact) in of.columns() {
                let literal = match fact.nullable && random.below(3) == 0 {
                    true => Literal::Null,
                    false if column == "m_role" => {
                        Literal::Text((*random.of(&["a", LABELS[0]])).to_owned())
                    }
                    false => value(fact.kind, random),
                };
                record.insert(column.to_owned(), replicated(&literal, fact.kind));
                values.push(print::constant(&literal, fact.kind, Database::Postgres));
            }
            let sql = format!("insert into {name} values ({})", values.join(", "));
            client
                .batch_execute(&sql)
                .unwrap_or_else(|error| panic!("{sql}: {error:?}"));
            rows.push(ReplicatedRow {
                schema: None,
                table: name.to_owned(),
                record,
            });
        }
    }
    rows
}
