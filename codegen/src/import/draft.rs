//! The declaration as it is being made: a tree of what will stand in YAML, in which a part that is refused falls to the next
//! best form of it.

use serde_json::{Map, Value};
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// The keys that lead to a part.
pub(super) type At = Vec<String>;

/// A declaration that is being made.
#[derive(Clone, Debug, Default)]
pub(super) struct Draft {
    /// Its sections.
    pub(super) root: Map<String, Value>,
    /// Other forms of a part, the best first.
    others: BTreeMap<At, VecDeque<Value>>,
    /// What a part is in the database: `table public.items, check items_size`.
    things: BTreeMap<At, String>,
    /// The parts that a thing was, by the thing.
    parts: BTreeMap<String, Vec<At>>,
    /// Why things of the database are not declared.
    reasons: BTreeMap<String, String>,
    /// Things that were refused even as SQL.
    hopeless: BTreeSet<String>,
    /// The file in which a table stands, without its ending.
    topics: BTreeMap<String, String>,
}

/// The keys of a path.
pub(super) fn at(keys: &[&str]) -> At {
    keys.iter().map(|key| (*key).to_owned()).collect()
}

impl Draft {
    /// The part at a path.
    pub(super) fn get(&self, at: &[&str]) -> Option<&Value> {
        let (first, rest) = at.split_first()?;
        let mut part = self.root.get(*first)?;
        for key in rest {
            part = part.get(*key)?;
        }
        Some(part)
    }

    /// Puts a part in its place; mappings on the way to it are made.
    pub(super) fn set(&mut self, at: &[&str], value: impl Into<Value>) {
        let Some((last, way)) = at.split_last() else {
            return;
        };
        let mut part = &mut self.root;
        for key in way {
            let next = part.entry((*key).to_owned()).or_insert(Value::Null);
            if !next.is_object() {
                *next = Value::Object(Map::new());
            }
            let Value::Object(next) = next else {
                return;
            };
            part = next;
        }
        part.insert((*last).to_owned(), value.into());
    }

    /// Takes a part out, and mappings that are empty then.
    pub(super) fn remove(&mut self, at: &[&str]) {
        fn take(part: &mut Map<String, Value>, at: &[&str]) {
            match at {
                [] => {}
                [last] => drop(part.shift_remove(*last)),
                [first, rest @ ..] => {
                    if let Some(Value::Object(inner)) = part.get_mut(*first) {
                        take(inner, rest);
                        if inner.is_empty() {
                            part.shift_remove(*first);
                        }
                    }
                }
            }
        }
        take(&mut self.root, at);
    }

    /// Another form of a part, if those before it are refused.
    pub(super) fn or(&mut self, at: &[&str], value: impl Into<Value>) {
        let others = self.others.entry(self::at(at)).or_default();
        others.push_back(value.into());
    }

    /// What a part is in the database.
    pub(super) fn is(&mut self, at: &[&str], thing: impl Into<String>) {
        let (at, thing) = (self::at(at), thing.into());
        self.parts
            .entry(thing.clone())
            .or_default()
            .push(at.clone());
        self.things.insert(at, thing);
    }

    /// Whether a thing was refused even as SQL.
    pub(super) fn is_hopeless(&self, thing: &str) -> bool {
        self.hopeless.contains(thing)
    }

    /// The thing of the database that a part is.
    pub(super) fn thing(&self, at: &[&str]) -> Option<&str> {
        self.things.get(&self::at(at)).map(String::as_str)
    }

    /// The part that a thing of the database has become.
    pub(super) fn part_of(&self, thing: &str) -> Option<At> {
        let mut parts = self.parts.get(thing)?.iter();
        let found = parts.find(|at| {
            let keys: Vec<&str> = at.iter().map(String::as_str).collect();
            self.get(&keys).is_some()
        });
        found.cloned()
    }

    /// Why a thing of the database is not declared.
    pub(super) fn because(&mut self, thing: impl Into<String>, why: impl Into<String>) {
        self.reasons.entry(thing.into()).or_insert(why.into());
    }

    /// The reason that was given for a thing.
    pub(super) fn reason(&self, thing: &str) -> Option<&str> {
        self.reasons.get(thing).map(String::as_str)
    }

    /// Every reason that was given.
    pub(super) fn reasons(&self) -> impl Iterator<Item = (&String, &String)> {
        self.reasons.iter()
    }

    /// The file in which a table stands.
    pub(super) fn topic(&self, table: &str) -> &str {
        self.topics.get(table).map_or("tables", String::as_str)
    }

    /// Decides in which file a table stands.
    pub(super) fn put_into(&mut self, table: &str, topic: &str) {
        self.topics.insert(table.to_owned(), topic.to_owned());
    }

    /// Gives up the form that a part has: its next one takes its place, else it goes.
    ///
    /// `false` where nothing is left to be given up.
    pub(super) fn fall(&mut self, at: &At, why: &str) -> bool {
        for length in (1..=at.len()).rev() {
            let prefix = &at[..length];
            let keys: Vec<&str> = prefix.iter().map(String::as_str).collect();
            let is_there = self.get(&keys).is_some();
            let other = self.others.get_mut(prefix).and_then(VecDeque::pop_front);
            if let Some(other) = other.filter(|_| is_there) {
                self.set(&keys, other);
                return true;
            }
        }
        let keys: Vec<&str> = at.iter().map(String::as_str).collect();
        match keys.as_slice() {
            ["tables", table, "columns", column, key, ..]
                if !matches!(*key, "kind" | "key" | "nullable") =>
            {
                self.give_up(&["tables", table, "columns", column, key], why)
            }
            ["tables", table, "columns", column, ..] => {
                self.give_up(&["tables", table, "columns", column], why)
            }
            [
                "tables",
                table,
                part @ ("uniques" | "exclude" | "foreign_keys" | "indexes" | "checks"),
                name,
                ..,
            ] => self.give_up(&["tables", table, part, name], why),
            ["tables", table, "access" | "conflict", ..] => self.unsync(table, why),
            ["tables", table, "sync" | "key" | "columns"] | ["tables", table] => {
                self.unsync(table, why) || self.give_up(&["tables", table], why)
            }
            ["tables", table, key, ..] => self.give_up(&["tables", table, key], why),
            ["postgres", key, ..] => self.give_up(&["postgres", key], why),
            [section, name, ..] => self.give_up(&[section, name], why),
            _ => false,
        }
    }

    /// Takes a table out of sync, with its rules.
    fn unsync(&mut self, table: &str, why: &str) -> bool {
        let is_synced = self
            .get(&["tables", table, "sync"])
            .is_some_and(|sync| sync != "none");
        if !is_synced {
            return false;
        }
        self.set(&["tables", table, "sync"], "none");
        for key in ["access", "conflict", "delete", "upsert_on", "id"] {
            self.remove(&["tables", table, key]);
        }
        let keys = self::at(&["tables", table]);
        if let Some(thing) = self.things.get(&keys).cloned() {
            self.because(format!("{thing}, sync"), why);
        }
        true
    }

    fn give_up(&mut self, keys: &[&str], why: &str) -> bool {
        if self.get(keys).is_none() {
            return false;
        }
        let prefix = self::at(keys);
        let things = self.things.iter().filter(|(at, _)| at.starts_with(&prefix));
        let things: Vec<String> = things.map(|(_, thing)| thing.clone()).collect();
        for thing in things {
            if keys.first() == Some(&"sql") {
                self.hopeless.insert(thing.clone());
                let before = self.reasons.remove(&thing);
                let before = before.map_or_else(String::new, |before| format!("{before}; "));
                self.because(thing, format!("{before}as SQL: {why}"));
                continue;
            }
            self.because(thing, why);
        }
        self.remove(keys);
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_refused_part_falls_to_its_next_form_and_then_goes_with_the_reason() {
        let mut draft = Draft::default();
        let check = ["tables", "items", "checks", "size"];
        draft.set(&check, "a > 0");
        draft.or(&check, json!({"postgres": "a > 0"}));
        draft.is(&check, "table public.items, check items_size");
        assert!(draft.fall(&at(&check), "S301"));
        assert_eq!(draft.get(&check), Some(&json!({"postgres": "a > 0"})));
        assert!(draft.fall(&at(&check), "S303"));
        assert_eq!(draft.get(&["tables"]), None);
        let reason = draft.reason("table public.items, check items_size");
        assert_eq!(reason, Some("S303"));
        assert!(!draft.fall(&at(&check), "again"));
    }
}
