//! Holds the draft against the checker and against the database, until both have nothing more to say about it.

use super::leftovers::{Fate, Leftover};
use super::objects::made;
use super::write::{self, Written};
use super::{Imported, Importer, Refused};
use crate::catalog::postgres::{Made, Reading, Rows, conditions};
use crate::catalog::{Difference, Name, adopted, difference, lower, without_written};
use crate::diagnostic::codes::{GENERATED_STORED, RULE_OF_UNTOLD};
use crate::diagnostic::{Diagnostic, Severity};
use crate::model::Model;
use crate::reading::read_texts;
use ::postgres::Transaction;
use std::collections::{BTreeMap, BTreeSet};

/// How often the draft is read before it is given up: each time some part of it falls.
const ROUNDS: usize = 200;

impl Importer<'_> {
    /// The declaration that is left of the draft, and everything that is not in it.
    ///
    /// `rows` are those of the database; they are read again only if the declaration has other schemas.
    pub(super) fn settle(
        mut self,
        transaction: &mut Transaction<'_>,
        mut rows: Rows,
    ) -> Result<Imported, Refused> {
        for _ in 0..ROUNDS {
            let (written, model) = self.checked()?;
            let reading = Reading::of(&model);
            if !rows.are_of(&reading.schemas) {
                rows = Rows::of(transaction, &reading.schemas)?;
            }
            let found = rows.catalog(transaction, &reading)?;
            let differences = difference(&lower(&model), &found);
            // A function that kept SQL names has to be kept, too.
            if self.moves(&differences) {
                continue;
            }
            let differences = without_written(&model, differences);
            let leftovers = self.leftovers(&differences);
            let adopted = match differences.is_empty() {
                true => None,
                false => {
                    let conditions = conditions(transaction, &self.live.schemas)?;
                    let is_by_hand = |table: &Name, policy: &str| {
                        let thing = format!("table {table}, policy {policy}");
                        self.entry_of(&thing).is_some()
                    };
                    let callers = self.live.callers();
                    let has_own_rights = |table: &Name, role: &str| {
                        self.keeps_rights.contains(table)
                            && callers.iter().any(|caller| caller == role)
                    };
                    Some(adopted(
                        &model,
                        &found,
                        &conditions,
                        is_by_hand,
                        has_own_rights,
                    ))
                }
            };
            return Ok(Imported {
                adopted,
                files: written
                    .into_iter()
                    .map(|one| (one.path, one.text))
                    .collect(),
                model,
                leftovers,
                differences,
                contradictions: Vec::new(),
            });
        }
        Err(Refused::Draft(Vec::new()))
    }

    /// The draft as it is written, once the checker has nothing against it.
    fn checked(&mut self) -> Result<(Vec<Written>, Model), Refused> {
        loop {
            self.order_sql();
            let written = write::files(&self.draft);
            let texts = written.iter();
            let texts = texts.map(|one| (one.path.clone(), one.text.clone().into_bytes()));
            let reading = read_texts(texts);
            if let Some(model) = reading.model {
                return Ok((written, model));
            }
            let errors = reading.diagnostics.iter();
            let errors: Vec<&Diagnostic> = errors
                .filter(|one| one.severity == Severity::Error)
                .collect();
            let mut seen = BTreeSet::new();
            let mut falls = false;
            let connections = ["postgres", "connections"];
            let is_guarded = self.draft.get(&connections).is_none();
            for error in &errors {
                let Some(span) = error.span else {
                    continue;
                };
                let path = reading.sources.position(span).path.to_owned();
                let file = written.iter().find(|one| one.path == path);
                let Some(at) = file.and_then(|file| file.part(span.start as usize)) else {
                    continue;
                };
                // Only guarded statements have to know what hand-written SQL will fill in.
                if error.code == RULE_OF_UNTOLD && is_guarded {
                    self.draft.set(&connections, vec!["row_security"]);
                    falls = true;
                    continue;
                }
                // What Postgres stores of other columns does not reach devices.
                if error.code == GENERATED_STORED
                    && let [tables, table, columns, column, ..] = at.as_slice()
                {
                    let on = [tables.as_str(), table, columns, column, "on"];
                    if self.draft.get(&on).is_none() {
                        self.draft.set(&on, "server");
                        falls = true;
                        continue;
                    }
                }
                if seen.insert(at.clone()) {
                    let why = format!("{}: {}", error.code, error.message);
                    falls |= self.draft.fall(at, &why);
                }
            }
            if !falls {
                return Err(Refused::Draft(errors.into_iter().cloned().collect()));
            }
        }
    }

    /// Puts hand-written SQL into an order in which each finds what it calls.
    fn order_sql(&mut self) {
        let Some(serde_json::Value::Object(entries)) = self.draft.get(&["sql"]) else {
            return;
        };
        let place = |entry: &str| {
            let thing = self.draft.thing(&["sql", entry]).unwrap_or_default();
            let made = made(thing)?;
            let kind = match made.0 {
                Made::Function => 0,
                Made::View => 1,
                Made::Constraint | Made::Column => 2,
                Made::Index => 3,
                Made::Trigger => 4,
                Made::Policy => 5,
            };
            Some((kind, self.live.texts.get_index_of(&made)))
        };
        let mut entries: Vec<(String, serde_json::Value)> = entries
            .iter()
            .map(|(entry, value)| (entry.clone(), value.clone()))
            .collect();
        entries.sort_by_key(|(entry, _)| place(entry));
        let entries: serde_json::Map<_, _> = entries.into_iter().collect();
        self.draft.set(&["sql"], serde_json::Value::Object(entries));
    }

    /// Moves what comes out as something else, or is not declared at all; `false` where nothing moves.
    fn moves(&mut self, differences: &[Difference]) -> bool {
        let mut moves = false;
        for one in differences {
            let thing = thing(one);
            let is_extra = one.wanted.is_none() && one.path.len() <= 2;
            if is_extra {
                let adopted = thing.contains(", policy ") && self.draft.reason(&thing).is_none();
                if !adopted || self.live.private.is_some() {
                    moves |= self.keep(&thing);
                }
            } else if self.asks_otherwise(one) {
                // The declaration asks for the caller through its own function.
            } else if is_deferral_of_foreign_key(one) {
                // It refers to the same rows, whenever it is checked.
            } else if let Some(part) = self.draft.part_of(&fact(one)).or_else(|| {
                let is_whole = ["unique ", "index ", "check ", "foreign key "];
                let whole = one
                    .path
                    .get(1)
                    .is_some_and(|part| is_whole.iter().any(|kind| part.starts_with(kind)));
                self.draft.part_of(&thing).filter(|_| whole)
            }) {
                let why = format!("it would be declared as something else: {one}");
                moves |= self.draft.fall(&part, &why);
            }
        }
        moves
    }

    /// Whether a default asks for the caller as the platform does.
    fn asks_otherwise(&self, one: &Difference) -> bool {
        let Some(part) = self.draft.part_of(&fact(one)) else {
            return false;
        };
        let keys: Vec<&str> = part.iter().map(String::as_str).collect();
        self.live.private.is_none()
            && self
                .draft
                .get(&keys)
                .is_some_and(|value| value == "auth.user_id()")
    }

    /// Everything that is not declared, or that the database has in another form.
    fn leftovers(&self, differences: &[Difference]) -> Vec<Leftover> {
        let mut leftovers: Vec<Leftover> = Vec::new();
        for (thing, why) in self.draft.reasons() {
            let sql = self.entry_of(thing);
            leftovers.push(Leftover {
                fate: match sql {
                    Some(_) => Fate::Sql,
                    None => Fate::NotManaged,
                },
                thing: thing.clone(),
                why: why.clone(),
                sql,
            });
        }
        for (entry, thing) in self.kept() {
            if self.draft.reason(&thing).is_none() {
                leftovers.push(Leftover {
                    fate: Fate::Sql,
                    why: "the language leaves it to hand-written SQL".to_owned(),
                    thing,
                    sql: Some(entry),
                });
            }
        }
        let told: BTreeSet<String> = leftovers.iter().map(|one| one.thing.clone()).collect();
        let mut adopted: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for one in differences {
            let mut outer = (1..=one.path.len()).map(|length| one.path[..length].join(", "));
            let is_told = outer.any(|thing| told.contains(&thing));
            if !is_told {
                let (thing, why) = grouped(one);
                adopted.entry(thing).or_default().push(why);
            }
        }
        leftovers.extend(adopted.into_iter().map(|(thing, why)| Leftover {
            fate: Fate::Adopted,
            thing,
            why: why.join(", "),
            sql: None,
        }));
        leftovers.sort();
        leftovers
    }

    /// The entries of `sql`, with what each has.
    fn kept(&self) -> Vec<(String, String)> {
        let Some(serde_json::Value::Object(entries)) = self.draft.get(&["sql"]) else {
            return Vec::new();
        };
        let entries = entries.keys().filter_map(|entry| {
            let thing = self.draft.thing(&["sql", entry])?;
            Some((entry.clone(), thing.to_owned()))
        });
        entries.collect()
    }
}

/// Whether a difference is when a foreign key is checked.
fn is_deferral_of_foreign_key(one: &Difference) -> bool {
    let is_of_one = |part: &String| part.starts_with("foreign key ");
    one.path.get(1).is_some_and(is_of_one) && one.path.last().is_some_and(|it| it == "deferrable")
}

/// The thing that a difference is about: `table public.items, index items_idx`.
fn thing(one: &Difference) -> String {
    let parts = one.path.iter().take(2);
    parts.cloned().collect::<Vec<_>>().join(", ")
}

/// The thing of a difference and what differs; the rights of a role on a table are one thing.
fn grouped(one: &Difference) -> (String, String) {
    let told = match (&one.wanted, &one.found) {
        (Some(_), None) => "is missing",
        (None, Some(_)) => "is there",
        _ => "differs",
    };
    if let [of, right] = one.path.as_slice()
        && let Some((role, privilege)) = right
            .strip_prefix("grant to ")
            .and_then(|right| right.rsplit_once(", "))
    {
        return (
            format!("{of}, rights of {role}"),
            format!("{privilege} {told}"),
        );
    }
    let whole = one.path.join(", ");
    let told = match (&one.wanted, &one.found) {
        (Some(wanted), Some(found)) => format!("{found} instead of {wanted}"),
        _ => format!("it {told}"),
    };
    (whole, told)
}

/// The fact of a column that a difference is about: `table public.items, column size, default`.
fn fact(one: &Difference) -> String {
    one.path.join(", ")
}

#[cfg(test)]
mod tests {
    use super::super::live::Live;
    use super::*;

    #[test]
    fn a_draft_of_which_nothing_can_be_given_up_is_refused() {
        // The command line tells it as E013.
        let live = Live::default();
        let mut importer = Importer::new(&live);
        importer.draft.set(&["synctable"], 2);
        importer.draft.set(&["app"], "tasks");
        assert!(matches!(importer.checked(), Err(Refused::Draft(why)) if !why.is_empty()));
    }
}
