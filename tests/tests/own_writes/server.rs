//! What a device uploads to: Postgres, bound in one of two ways, and SQLite.

use crate::own_writes::device::{Queued, Rules};
use conflicts::mappers::{Change, statements};
use postgres::Client;
use serde_json::Value;
use std::collections::BTreeMap;
use synctable::Timestamp;
use synctable::crud::{Code, Entry, Release, Write};
use synctable::statement::postgres::Writer;
use synctable::statement::{Caller, Outcome, sqlite};
use tests::postgres::{CLIENT, act_as};

/// The device, as `apply` is told it.
pub(crate) const PHONE: &str = "phone";

const USER: &str = "00000000-0000-4000-8000-00000000000a";

/// A row by its columns.
pub(crate) type Values = BTreeMap<&'static str, Value>;

/// A server.
pub(crate) trait Server {
    /// Applies entries in one call, and commits; what is refused before has no outcome.
    fn apply(&mut self, client: Option<&str>, entries: &[Queued]) -> Vec<Option<Outcome>>;
    /// A row, if there is one: its values as a device would get them, and whether it lives.
    fn row(&mut self, rules: &Rules, id: &str) -> Option<(Values, bool)>;
    /// Puts a row of somebody else there.
    fn seed(&mut self, rules: &Rules, id: &str);
}

/// What entries say; `None` for those that are refused, as they were to be.
fn decoded(entries: &[Queued]) -> Vec<Option<Change>> {
    let one = |queued: &Queued| {
        let text = queued.json.to_string();
        let entry = Entry::from_json(&text).unwrap_or_else(|error| panic!("{text}: {error}"));
        match (Change::decode(&entry, &Release::CURRENT), queued.is_refused) {
            (Ok(change), false) => Some(change),
            (Err(refusal), true) => {
                assert_eq!(refusal.mistakes[0].code, Code::NotAllowed, "{text}");
                None
            }
            (Ok(_), true) => panic!("{text} is allowed"),
            (Err(refusal), false) => panic!("{text}: {refusal}"),
        }
    };
    entries.iter().map(one).collect()
}

/// Postgres.
pub(crate) struct Postgres<'a> {
    pub(crate) client: Client,
    pub(crate) guarded: bool,
    pub(crate) writer: Writer<'a>,
}

impl Server for Postgres<'_> {
    fn apply(&mut self, client: Option<&str>, entries: &[Queued]) -> Vec<Option<Outcome>> {
        let changes = decoded(entries);
        let writes: Vec<Write<'_>> = changes.iter().flatten().map(Change::write).collect();
        let claims = format!("{{\"sub\": \"{USER}\", \"role\": \"authenticated\"}}");
        let mut transaction = self.client.transaction().unwrap();
        let caller = match self.guarded {
            true => Some(Caller {
                subject: USER,
                claims: &claims,
            }),
            false => {
                act_as(&mut transaction, CLIENT, &claims);
                None
            }
        };
        let outcomes = self.writer.apply(&mut transaction, caller, client, &writes);
        let mut outcomes = outcomes
            .unwrap_or_else(|error| panic!("{error}"))
            .into_iter();
        transaction.commit().unwrap();
        let of = |change: &Option<Change>| change.as_ref().and_then(|_| outcomes.next());
        changes.iter().map(of).collect()
    }

    fn row(&mut self, rules: &Rules, id: &str) -> Option<(Values, bool)> {
        let columns: Vec<String> = rules
            .columns()
            .into_iter()
            .map(|column| match column {
                "edited_at" if rules.is_utc() => {
                    format!("to_char({column}, 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')")
                }
                "edited_at" | "deleted_at" => format!(
                    "to_char({column} at time zone 'utc', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')"
                ),
                other => format!("{other}::text"),
            })
            .collect();
        let sql = format!(
            "select {} from public.{} where id = $1::text::uuid",
            columns.join(", "),
            rules.name
        );
        let row = self.client.query_opt(&sql, &[&id]).unwrap()?;
        let texts = (0..columns.len()).map(|index| row.get::<_, Option<String>>(index));
        Some(told(rules, texts))
    }

    fn seed(&mut self, rules: &Rules, id: &str) {
        let sql = seed(
            rules,
            id,
            &format!("public.{}", rules.name),
            "2020-01-01 00:00:00+00",
        );
        self.client.batch_execute(&sql).unwrap();
    }
}

/// SQLite.
pub(crate) struct Sqlite(pub(crate) rusqlite::Connection);

impl Server for Sqlite {
    fn apply(&mut self, client: Option<&str>, entries: &[Queued]) -> Vec<Option<Outcome>> {
        let write = |change: Change| {
            let now = Timestamp::now();
            sqlite::apply(&self.0, statements::ALL, &change.write(), now, client).unwrap()
        };
        let changes = decoded(entries).into_iter();
        changes.map(|change| change.map(write)).collect()
    }

    fn row(&mut self, rules: &Rules, id: &str) -> Option<(Values, bool)> {
        let columns: Vec<String> = rules
            .columns()
            .into_iter()
            .map(|column| match column {
                "edited_at" if rules.is_utc() => format!("{column} || 'Z'"),
                _ => format!("CAST({column} AS TEXT)"),
            })
            .collect();
        let sql = format!(
            "SELECT {} FROM {} WHERE id = ?",
            columns.join(", "),
            rules.name
        );
        let texts = self.0.query_row(&sql, [id], |row| {
            (0..columns.len())
                .map(|index| row.get(index))
                .collect::<rusqlite::Result<Vec<Option<String>>>>()
        });
        Some(told(rules, texts.ok()?.into_iter()))
    }

    fn seed(&mut self, rules: &Rules, id: &str) {
        let sql = seed(rules, id, rules.name, "2020-01-01T00:00:00.000000Z");
        self.0.execute_batch(&sql).unwrap();
    }
}

fn seed(rules: &Rules, id: &str, table: &str, time: &str) -> String {
    let (mut names, mut values) = (String::new(), String::new());
    for column in rules.columns() {
        let value = match column {
            // Rows that were there before the column have none.
            "edited_at" if rules.is_utc() => "null".to_owned(),
            "edited_at" => format!("'{time}'"),
            "version" => "5".to_owned(),
            "edited_on" => "'elsewhere'".to_owned(),
            "name" => "'seeded'".to_owned(),
            "seats" => "3".to_owned(),
            _ => continue,
        };
        names.push_str(&format!(", {column}"));
        values.push_str(&format!(", {value}"));
    }
    format!("insert into {table} (id{names}) values ('{id}'{values})")
}

fn told(rules: &Rules, texts: impl Iterator<Item = Option<String>>) -> (Values, bool) {
    let mut lives = true;
    let mut values = BTreeMap::new();
    for (column, text) in rules.columns().into_iter().zip(texts) {
        let is_flag = column == "deleted";
        let value = match (column, text) {
            (_, Some(text)) if is_flag => Value::from(i64::from(text == "1" || text == "true")),
            (_, None) => Value::Null,
            ("seats" | "version", Some(text)) => Value::from(text.parse::<i64>().unwrap()),
            (_, Some(text)) => Value::from(text),
        };
        if Some(column) == rules.tombstone {
            lives = value.is_null() || value == 0;
        }
        values.insert(column, value);
    }
    (values, lives)
}
