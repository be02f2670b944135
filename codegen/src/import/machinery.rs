//! What generated triggers tell of a table: each is there because the declaration says something of a column.
//!
//! A trigger or a function whose text is another one than expected tells nothing, and is then told as a leftover.

use super::live::Live;
use crate::catalog::postgres::Made;
use crate::catalog::writers::UPDATE_TRIGGER;
use crate::catalog::{self, Body, Name, Table};
use synctable::derived_name;

/// What the triggers of one table tell.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Machinery {
    /// The column with the time of an edit.
    pub(super) edited_at: Option<String>,
    /// The column that a soft deletion sets.
    pub(super) tombstone: Option<String>,
    /// The column that names the device.
    pub(super) device: Option<String>,
    /// The column that counts the writes.
    pub(super) version: Option<String>,
    /// The column with the number of the transaction that wrote a row.
    pub(super) changed: Option<String>,
    /// Whether writers are known, and so a write may lose.
    pub(super) keeps_writers: bool,
    /// Whether it is the time of an edit that decides which one does.
    pub(super) decides_by_time: bool,
    /// Columns that no update changes, the key among them.
    pub(super) set_once: Vec<String>,
    /// Columns of which an upload says nothing that counts.
    pub(super) ignored: Vec<String>,
    /// Columns of which an upload must say what the server fills in.
    pub(super) verified: Vec<String>,
    /// Copied columns: the column, what it is copied from, and by which columns.
    pub(super) copied: Vec<(String, String, Vec<String>)>,
    /// The functions of the decisions about deletions, each with its role.
    pub(super) decisions: Vec<(Option<String>, Vec<String>)>,
}

impl Machinery {
    /// Reads the triggers of a table whose functions are in the schema of generated ones.
    pub(super) fn of(live: &Live, name: &Name, table: &Table) -> Self {
        let mut found = Self::default();
        let Some(private) = &live.private else {
            return found;
        };
        for (trigger, of) in &table.triggers {
            if of.function.schema != *private {
                continue;
            }
            let lines = lines(live, &of.function);
            let is =
                |done: &str, event: &str| *trigger == derived_name(&["", &name.name, done], event);
            if trigger == "edited_at_1_keep" {
                found.edited_at = of.when.strip_prefix("before update of ").map(str::to_owned);
            } else if trigger.starts_with("mark_") {
                found.changed = lines.iter().find_map(|line| marked(line));
            } else if trigger == UPDATE_TRIGGER {
                found.keeps_writers = true;
                found.version = stamp(&lines, "version_since");
                found.decides_by_time = stamp(&lines, "edited_since").is_some();
            } else if trigger == "_set_once" {
                let text = live.text(Made::Trigger, name, trigger).unwrap_or_default();
                found.set_once = argument(text);
            } else if trigger == "_revive" {
                found.tombstone = tombstone(&lines, "if old.", " is not null and new.")
                    .or_else(|| tombstone(&lines, "if old.", " and new."));
            } else if trigger == "_bury" {
                found.buries(&lines);
            } else if is("ignored", "update") || is("ignored", "insert") {
                let of_row = |line: &str| {
                    let (column, rest) = line.strip_prefix("new.")?.split_once(" := ")?;
                    (rest == format!("old.{column};")).then(|| bare(column))
                };
                found.ignored = lines.iter().filter_map(|line| of_row(line)).collect();
            } else if is("copies_verified", "insert")
                || is("verified", "insert")
                || is("held", "update")
            {
                found.verifies(&lines);
            } else if *trigger == derived_name(&[&name.name, "copied"], "insert") {
                found.copies(&lines);
            } else if of.function.name.starts_with("decide_") {
                found.tombstone = tombstone(&lines, "if old.", " is null and new.")
                    .or_else(|| tombstone(&lines, "if not old.", " and new."))
                    .or(found.tombstone);
                let role = of
                    .condition
                    .as_deref()
                    .and_then(|condition| condition.split_once("pg_has_role('"))
                    .and_then(|(_, rest)| rest.split_once('\''))
                    .map(|(role, _)| role.to_owned());
                found.decisions.push((role, lines));
            }
        }
        found
    }

    fn buries(&mut self, lines: &[String]) {
        for line in lines {
            let line = line.trim_end_matches(',');
            let Some((column, value)) = line.split_once(" = ") else {
                continue;
            };
            let column = bare(column);
            if matches!(value, "now()" | "true") {
                self.tombstone = Some(column);
            } else if value.ends_with(" + interval '1 microsecond'") {
                self.edited_at = Some(column);
            } else if value == "null" {
                self.device = Some(column);
            } else if value.starts_with("stored.") && value.ends_with(" + 1") {
                self.version = Some(column);
            }
        }
    }

    fn verifies(&mut self, lines: &[String]) {
        for line in lines {
            let of_row = line
                .strip_prefix("new.")
                .or_else(|| line.strip_prefix("if new."));
            let Some((column, rest)) = of_row.and_then(|rest| rest.split_once(' ')) else {
                continue;
            };
            let tells = rest.starts_with(":= coalesce(")
                || rest.starts_with("is distinct from")
                || rest.starts_with("is not null and new.");
            let column = bare(column);
            if tells && !self.verified.contains(&column) {
                self.verified.push(column);
            }
        }
    }

    /// `select parent.a, parent.b into new.x, new.y`, `from s.parents as parent`, `where parent.id = new.parent_id;`.
    fn copies(&mut self, lines: &[String]) {
        for three in lines.windows(3) {
            let [select, from, filter] = three else {
                continue;
            };
            let columns = select
                .strip_prefix("select ")
                .and_then(|rest| rest.split_once(" into "));
            let parent = from
                .strip_prefix("from ")
                .and_then(|rest| rest.strip_suffix(" as parent"));
            let filter = filter.strip_prefix("where ");
            let (Some((there, here)), Some(parent), Some(filter)) = (columns, parent, filter)
            else {
                continue;
            };
            let parent = bare(parent.rsplit('.').next().unwrap_or(parent));
            let filter = filter.trim_end_matches(';').trim_end_matches(" for share");
            let by = filter.split(" and ").filter_map(|part| {
                let (_, here) = part.split_once(" = new.")?;
                Some(bare(here))
            });
            let by: Vec<String> = by.collect();
            for (there, here) in there.split(", ").zip(here.split(", ")) {
                let there = bare(there.trim_start_matches("parent."));
                let here = bare(here.trim_start_matches("new."));
                self.copied
                    .push((here, format!("{parent}.{there}"), by.clone()));
            }
        }
    }
}

/// The column that a line sets to the number of its transaction.
fn marked(line: &str) -> Option<String> {
    let rest = line.strip_prefix("new.")?;
    let column = rest.strip_suffix(&format!(" := {};", catalog::NUMBER_OF_CHANGE))?;
    Some(bare(column))
}

/// The text of a function, line by line.
fn lines(live: &Live, function: &Name) -> Vec<String> {
    match live
        .catalog
        .functions
        .get(function)
        .and_then(|one| one.body.as_ref())
    {
        Some(Body::Text(text)) => text.lines().map(str::to_owned).collect(),
        _ => Vec::new(),
    }
}

/// The column whose old value is noted under a name, in the function that notes writers.
fn stamp(lines: &[String], since: &str) -> Option<String> {
    let is_noted = lines.iter().any(|line| line.contains(since));
    let noted = lines
        .iter()
        .find_map(|line| line.strip_suffix(" as since,"))?;
    // A time without a zone is noted as the instant that it is in UTC.
    let column = match noted.strip_prefix("(was.") {
        Some(in_utc) => in_utc.strip_suffix(" at time zone 'utc')")?,
        None => noted.strip_prefix("was.")?,
    };
    is_noted.then(|| bare(column))
}

fn tombstone(lines: &[String], start: &str, middle: &str) -> Option<String> {
    lines.iter().find_map(|line| {
        let (column, _) = line.strip_prefix(start)?.split_once(middle)?;
        Some(bare(column))
    })
}

/// The names in the only argument of a trigger: `EXECUTE FUNCTION f('id, day')`.
fn argument(text: &str) -> Vec<String> {
    let argument = text
        .rsplit_once("('")
        .and_then(|(_, rest)| rest.split_once("')"));
    let Some((names, _)) = argument else {
        return Vec::new();
    };
    names.split(", ").map(str::to_owned).collect()
}

/// A name without its quotes.
fn bare(name: &str) -> String {
    match name
        .strip_prefix('"')
        .and_then(|name| name.strip_suffix('"'))
    {
        Some(quoted) => quoted.replace("\"\"", "\""),
        None => name.to_owned(),
    }
}
