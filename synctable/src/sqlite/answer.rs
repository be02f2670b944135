//! An answer of `POST /api/sync`, read in one pass: SQLite's JSON would read the text once for each value.

use crate::crud::EntryError;
use crate::crud::json::{Json, Read, value};
use crate::exact::JsonReader;
use crate::value::Value;
use std::borrow::Cow;

/// An answer, whose texts are borrowed from it where nothing in them is escaped.
#[derive(Debug, Default)]
pub(super) struct Answer<'a> {
    /// What came of each transaction that was sent.
    pub(super) results: Vec<Reported<'a>>,
    /// The tables that are sent whole from here on.
    pub(super) begin: Vec<Cow<'a, str>>,
    /// What changed, table by table.
    pub(super) tables: Vec<OfTable<'a>>,
    /// The tables that were sent to their end.
    pub(super) end: Vec<Cow<'a, str>>,
    /// Where the device stands then.
    pub(super) cursor: Option<Cow<'a, str>>,
    /// Whether there is more at once.
    pub(super) more: bool,
}

/// What the server says of a transaction.
#[derive(Debug, Default)]
pub(super) struct Reported<'a> {
    pub(super) status: Option<Cow<'a, str>>,
    /// Whether the app decides what happens to it.
    pub(super) is_for_the_app: Option<bool>,
    /// What came of each entry; empty where all were applied.
    pub(super) outcomes: Vec<Cow<'a, str>>,
    pub(super) message: Option<Cow<'a, str>>,
    pub(super) retry_after_ms: Option<i64>,
    pub(super) failed: Failed<'a>,
}

/// The entry that the server refused.
#[derive(Debug, Default)]
pub(super) struct Failed<'a> {
    pub(super) code: Option<Cow<'a, str>>,
    pub(super) message: Option<Cow<'a, str>>,
}

/// What changed of a table.
#[derive(Debug, Default)]
pub(super) struct OfTable<'a> {
    pub(super) name: Option<Cow<'a, str>>,
    /// The members of a row, as the first one has them.
    pub(super) members: Vec<Cow<'a, str>>,
    /// The values of all rows, each in the order of the members.
    values: Vec<Value<'a>>,
    /// The ids of rows that are gone.
    pub(super) gone: Vec<Cow<'a, str>>,
}

impl<'a> OfTable<'a> {
    /// The rows.
    pub(super) fn rows(&self) -> impl Iterator<Item = &[Value<'a>]> {
        self.values.chunks_exact(self.members.len().max(1))
    }

    /// The place of a member in each row.
    pub(super) fn place(&self, member: &str) -> Option<usize> {
        self.members.iter().position(|name| name == member)
    }
}

impl<'a> Answer<'a> {
    /// Reads the text of an answer.
    pub(super) fn read(text: &'a str) -> Result<Self, EntryError> {
        let mut json = Json(JsonReader::new(text));
        let read = answer(&mut json).and_then(|answer| {
            json.0.end()?;
            Ok(answer)
        });
        read.map_err(|error| *error)
    }
}

/// Reads an object: each member by its name.
fn object<'a>(
    json: &mut Json<'a>,
    noun: &'static str,
    mut one: impl FnMut(&mut Json<'a>, Cow<'a, str>) -> Read<()>,
) -> Read<()> {
    json.open(b'{', noun)?;
    let mut is_first = true;
    while let Some(name) = json.name(&mut is_first)? {
        one(json, name)?;
    }
    Ok(())
}

/// Reads a list, or null as an empty one.
fn list<'a>(json: &mut Json<'a>, mut one: impl FnMut(&mut Json<'a>) -> Read<()>) -> Read<()> {
    match json.null()? {
        true => Ok(()),
        false => json.each("a list", &mut one),
    }
}

fn texts<'a>(json: &mut Json<'a>) -> Read<Vec<Cow<'a, str>>> {
    let mut texts = Vec::new();
    list(json, |json| {
        texts.push(json.text()?);
        Ok(())
    })?;
    Ok(texts)
}

fn text<'a>(json: &mut Json<'a>) -> Read<Option<Cow<'a, str>>> {
    match json.null()? {
        true => Ok(None),
        false => json.text().map(Some),
    }
}

fn answer<'a>(json: &mut Json<'a>) -> Read<Answer<'a>> {
    let mut answer = Answer::default();
    object(json, "an object", |json, name| {
        match &*name {
            "results" => list(json, |json| {
                answer.results.push(reported(json)?);
                Ok(())
            })?,
            "begin" => answer.begin = texts(json)?,
            "tables" => list(json, |json| {
                answer.tables.push(of_table(json)?);
                Ok(())
            })?,
            "end" => answer.end = texts(json)?,
            "cursor" => answer.cursor = text(json)?,
            "more" => answer.more = stored(json)? == Value::Integer(1),
            _ => json.pass_over(1)?,
        }
        Ok(())
    })?;
    Ok(answer)
}

fn reported<'a>(json: &mut Json<'a>) -> Read<Reported<'a>> {
    let mut reported = Reported::default();
    object(json, "a result", |json, name| {
        match &*name {
            "status" => reported.status = text(json)?,
            "requires_client_handling" => {
                reported.is_for_the_app = match stored(json)? {
                    Value::Integer(number) => Some(number != 0),
                    _ => None,
                };
            }
            "outcomes" => reported.outcomes = texts(json)?,
            "message" => reported.message = text(json)?,
            "retry_after_ms" => {
                reported.retry_after_ms = match stored(json)? {
                    Value::Integer(number) => Some(number),
                    _ => None,
                };
            }
            "failed_operation" if !json.null()? => object(json, "an object", |json, name| {
                match &*name {
                    "error_code" => reported.failed.code = text(json)?,
                    "message" => reported.failed.message = text(json)?,
                    _ => json.pass_over(3)?,
                }
                Ok(())
            })?,
            "failed_operation" => {}
            _ => json.pass_over(2)?,
        }
        Ok(())
    })?;
    Ok(reported)
}

fn of_table<'a>(json: &mut Json<'a>) -> Read<OfTable<'a>> {
    let mut table = OfTable::default();
    object(json, "what changed of a table", |json, name| {
        match &*name {
            "table" => table.name = text(json)?,
            "rows" => list(json, |json| row(json, &mut table))?,
            "gone" => table.gone = texts(json)?,
            _ => json.pass_over(2)?,
        }
        Ok(())
    })?;
    Ok(table)
}

/// Adds a row: what it has of the first row's members.
fn row<'a>(json: &mut Json<'a>, table: &mut OfTable<'a>) -> Read<()> {
    let OfTable {
        members, values, ..
    } = table;
    let is_first = members.is_empty();
    let begins = values.len();
    values.resize(begins + members.len(), Value::Null);
    let mut next = 0;
    object(json, "a row", |json, name| {
        // The members of all rows come in one order.
        let place = match members.get(next) {
            Some(expected) if *expected == name => Some(next),
            _ => members.iter().position(|member| *member == name),
        };
        match place {
            Some(place) => {
                values[begins + place] = stored(json)?;
                next = place + 1;
            }
            None if is_first => {
                members.push(name);
                values.push(stored(json)?);
                next = members.len();
            }
            None => json.pass_over(4)?,
        }
        Ok(())
    })
}

/// A value as SQLite stores it: a truth value as a number, and a list or an object as its text.
fn stored<'a>(json: &mut Json<'a>) -> Read<Value<'a>> {
    json.0.blanks();
    Ok(match json.0.peek() {
        Some(b'"') => Value::Text(json.text()?),
        Some(b'-' | b'0'..=b'9') => {
            let number = json.0.number()?;
            // One past the largest float is infinite.
            value(&number).unwrap_or(match number.negative {
                true => Value::Real(f64::NEG_INFINITY),
                false => Value::Real(f64::INFINITY),
            })
        }
        Some(b't') => {
            json.0.word("true")?;
            Value::Integer(1)
        }
        Some(b'f') => {
            json.0.word("false")?;
            Value::Integer(0)
        }
        Some(b'n') => {
            json.0.word("null")?;
            Value::Null
        }
        _ => {
            let start = json.0.at();
            json.pass_over(4)?;
            Value::Text(Cow::Borrowed(json.0.since(start)))
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_have_the_members_of_the_first_one() {
        let text = r#"{"tables":[{"table":"lists","gone":["x"],"rows":[
            {"id":"a","n":9223372036854775807,"w":0.1,"t":"say \"hi\"","x":9e999},
            {"n":-0.0,"id":"b","later":[1,{"a":2}],"t":null,"w":18446744073709551616},
            {"id":"c","t":true,"x":{"a": [1]}}]}],"cursor":"c","more":true,"also":{}}"#;
        let answer = Answer::read(text).expect("an answer");
        let [table] = &answer.tables[..] else {
            panic!("one table")
        };
        let text = |text: &'static str| Value::Text(text.into());
        let rows: Vec<&[Value<'_>]> = table.rows().collect();
        assert_eq!(
            rows,
            [
                &[
                    text("a"),
                    Value::Integer(i64::MAX),
                    Value::Real(0.1),
                    text("say \"hi\""),
                    Value::Real(f64::INFINITY),
                ][..],
                &[
                    text("b"),
                    Value::Real(-0.0),
                    Value::Real(18_446_744_073_709_551_616.0),
                    Value::Null,
                    Value::Null,
                ],
                &[
                    text("c"),
                    Value::Null,
                    Value::Null,
                    Value::Integer(1),
                    text("{\"a\": [1]}"),
                ],
            ]
        );
        assert_eq!(table.gone, ["x"]);
        assert_eq!((answer.cursor.as_deref(), answer.more), (Some("c"), true));
    }

    #[test]
    fn what_is_not_an_answer_is_told() {
        for text in [
            "",
            "[]",
            "{\"tables\":[1]}",
            "{\"cursor\":1}",
            "{\"begin\":\"a\"}",
            "{\"more\":true",
            "{} {}",
            "{\"tables\":[{\"rows\":[[]]}]}",
        ] {
            assert!(Answer::read(text).is_err(), "{text}");
        }
    }
}
