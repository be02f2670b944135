//! Views, and what stays as hand-written SQL: functions, triggers, and whatever else cannot be declared.

use super::Importer;
use super::tables::{is_name, mapping};
use crate::catalog::postgres::Made;
use crate::catalog::{Name, View};
use serde_json::json;

/// The most bytes of a text under `sql`.
const LONGEST: usize = 256 * 1024;

impl Importer<'_> {
    /// Views: over the columns of one declared table, or the query that Postgres prints.
    pub(super) fn views(&mut self) {
        let live = self.live;
        for (name, view) in &live.catalog.views {
            if !live.schemas.contains(&name.schema) {
                continue;
            }
            let thing = format!("view {name}");
            if !is_name(&name.name) {
                self.draft
                    .because(thing, "its name is not a name of the language");
                continue;
            }
            let mut rest = Vec::new();
            if !view.security_invoker {
                rest.push(("security_invoker", json!(false)));
            }
            if name.schema != live.schema() {
                rest.push(("schema", json!(name.schema)));
            }
            if let Some(doc) = &view.comment {
                rest.push(("doc", json!(doc)));
            }
            let own = Name::new(&name.schema, &name.schema);
            let query = live
                .text(Made::View, &own, &name.name)
                .filter(|text| text.starts_with("create view "))
                .and_then(|text| text.split_once(" as "))
                .map(|(_, query)| unindented(query.trim_end_matches(';')));
            let by_hand = query.map(|query| {
                let mut entries = vec![
                    ("reads", json!(self.read_by(&query))),
                    ("postgres", json!(query)),
                ];
                entries.extend(rest.clone());
                mapping(entries)
            });
            let at = ["views", name.name.as_str()];
            let over_a_table = self.reads(view).zip(view.query.as_ref());
            match (over_a_table, by_hand) {
                (Some((from, query)), by_hand) => {
                    let mut entries = vec![("from", json!(from))];
                    let columns = query.columns.iter();
                    let columns = columns.map(|(name, formula)| {
                        (name.clone(), json!(super::constraints::text(formula)))
                    });
                    entries.push(("columns", serde_json::Value::Object(columns.collect())));
                    if let Some(filter) = &query.filter {
                        entries.push(("where", json!(super::constraints::text(filter))));
                    }
                    entries.extend(rest);
                    self.draft.set(&at, mapping(entries));
                    if let Some(by_hand) = by_hand {
                        self.draft.or(&at, by_hand);
                    }
                }
                (None, Some(by_hand)) => self.draft.set(&at, by_hand),
                (None, None) => {
                    self.draft
                        .because(thing, "it is materialized, or holds its own options");
                    continue;
                }
            }
            self.draft.is(&at, thing);
        }
    }

    /// The declared tables, and the views, that a query names.
    fn read_by(&self, query: &str) -> Vec<String> {
        let ident = |part: &str| synctable::Database::Postgres.ident(part).into_owned();
        let names = |name: &&Name| {
            let qualified = format!("{}.{}", ident(&name.schema), ident(&name.name));
            let is_end = |c: char| !c.is_alphanumeric() && !matches!(c, '_' | '"' | '$');
            query.match_indices(&qualified).any(|(at, _)| {
                let rest = &query[at + qualified.len()..];
                rest.chars().next().is_none_or(is_end)
            })
        };
        let declared = self.declared.iter();
        let views = self.live.catalog.views.keys();
        let views =
            views.filter(|name| is_name(&name.name) && self.live.schemas.contains(&name.schema));
        let read = declared.chain(views).filter(names);
        read.map(|name| name.name.clone()).collect()
    }

    /// The declared table whose rows a view shows.
    fn reads(&self, view: &View) -> Option<String> {
        let query = view.query.as_ref()?;
        let mut declared = self.declared.iter();
        let ident = |part: &str| synctable::Database::Postgres.ident(part).into_owned();
        let found = declared
            .find(|name| query.table == format!("{}.{}", ident(&name.schema), ident(&name.name)));
        found.map(|name| name.name.clone())
    }

    /// Keeps the policies that are not understood.
    pub(super) fn refused_objects(&mut self) {
        let live = self.live;
        for (policy, buckets) in &live.of_objects {
            let named: Vec<String> = buckets.iter().map(|name| format!("`{name}`")).collect();
            let why = match named.as_slice() {
                [] => "it guards objects of storage, whose buckets are declared under `storage`"
                    .to_owned(),
                [one] => format!("it guards the bucket {one}, which is declared under `storage`"),
                many => format!(
                    "it guards the buckets {}, which are declared under `storage`",
                    many.join(", ")
                ),
            };
            self.draft
                .because(format!("table storage.objects, policy {policy}"), why);
        }
        for ((made, of, column), _) in &live.texts {
            if *made == Made::Column {
                self.draft.because(
                    format!("table {of}, column {column}, identity"),
                    "it is generated by default, and a declared identity always is",
                );
            }
        }
        for (name, table) in live.tables() {
            for policy in table.policies.keys() {
                let thing = format!("table {name}, policy {policy}");
                if self.draft.reason(&thing).is_some() {
                    self.keep(&thing);
                }
            }
        }
    }

    /// Puts what makes a thing under `sql`, word for word; `false` where that is not possible.
    pub(super) fn keep(&mut self, thing: &str) -> bool {
        let Some((made, of, name)) = made(thing) else {
            return false;
        };
        if self.draft.is_hopeless(thing) || self.entry_of(thing).is_some() {
            return false;
        }
        let Some(text) = self.live.text(made, &of, &name) else {
            return false;
        };
        if text.len() > LONGEST {
            return false;
        }
        let before = made == Made::Function && self.is_needed_by_tables(&of, &name);
        let entry = self.name_of_sql(made, &of, &name);
        let mut up = format!("{}\n", tidy(text));
        if made == Made::Policy
            && self.live.private.is_none()
            && self.keeps_rights.insert(of.clone())
        {
            up += &self.rights(&of);
        }
        self.draft
            .set(&["sql", &entry, "doc"], doc(made, &of, &name));
        if before {
            self.draft.set(&["sql", &entry, "phase"], "before_tables");
        }
        let table = Name::new(&of.schema, &of.name);
        if !matches!(made, Made::Function | Made::View) && self.declared.contains(&table) {
            self.draft.set(&["sql", &entry, "needs"], json!([of.name]));
        }
        self.draft.set(&["sql", &entry, "up"], up);
        self.draft.is(&["sql", &entry], thing);
        true
    }

    /// The statements that give callers the rights on a table, without which its policies grant nothing.
    fn rights(&self, of: &Name) -> String {
        let ident = |part: &str| synctable::Database::Postgres.ident(part).into_owned();
        let table = format!("{}.{}", ident(&of.schema), ident(&of.name));
        let mut text = String::new();
        let Some(live) = self.live.catalog.tables.get(of) else {
            return text;
        };
        for role in self.live.callers() {
            let Some(grant) = live.grants.get(&role) else {
                continue;
            };
            let whole = grant.table.iter().cloned();
            let columns = grant.columns.iter().map(|(privilege, columns)| {
                let columns: Vec<String> = columns.iter().map(|column| ident(column)).collect();
                format!("{privilege} ({})", columns.join(", "))
            });
            let privileges: Vec<String> = whole.chain(columns).collect();
            if !privileges.is_empty() {
                let privileges = privileges.join(", ");
                text += &format!("grant {privileges} on table {table} to {};\n", ident(&role));
            }
        }
        text
    }

    /// The entry of `sql` that has a thing.
    pub(super) fn entry_of(&self, thing: &str) -> Option<String> {
        let part = self.draft.part_of(thing)?;
        match part.as_slice() {
            [section, name] if section == "sql" => Some(name.clone()),
            _ => None,
        }
    }

    /// Whether a default, a check or an index calls a function.
    fn is_needed_by_tables(&self, of: &Name, name: &str) -> bool {
        let called = format!("{}.{name}(", of.schema);
        let quoted = synctable::Database::Postgres.ident(name);
        let texts = self.live.texts.iter();
        let mut texts =
            texts.filter(|((made, ..), _)| matches!(made, Made::Constraint | Made::Index));
        let in_texts =
            texts.any(|(_, text)| text.contains(&called) || text.contains(&format!("{quoted}(")));
        let in_columns = self.live.tables().any(|(_, table)| {
            table.columns.values().any(|column| {
                let formulas = [&column.default, &column.generated];
                formulas.into_iter().flatten().any(|formula| {
                    matches!(formula, crate::catalog::Formula::Sql(text) if text.contains(&called))
                })
            })
        });
        in_texts || in_columns
    }

    fn name_of_sql(&self, made: Made, of: &Name, name: &str) -> String {
        let letters = |text: &str| -> String {
            let letters = text.chars().map(|c| match c {
                c if c.is_ascii_alphanumeric() => c.to_ascii_lowercase(),
                _ => '_',
            });
            letters.collect()
        };
        let word = match made {
            Made::Policy => "policy_",
            _ => "",
        };
        let mut names = vec![letters(name)];
        if !matches!(made, Made::Function | Made::View) {
            names.push(letters(&format!("{}_{word}{name}", of.name)));
        }
        if made == Made::Policy {
            names.remove(0);
        }
        let longest = |name: &String| {
            let name: String = name.chars().take(50).collect();
            match name.starts_with(|c: char| c.is_ascii_alphabetic()) {
                true => name,
                false => format!("sql_{name}"),
            }
        };
        let mut names: Vec<String> = names.iter().map(longest).collect();
        let last = names.last().cloned().unwrap_or_else(|| "sql".to_owned());
        names.extend((2..1000).map(|number| format!("{last}_{number}")));
        let mut free = names
            .into_iter()
            .filter(|name| self.draft.get(&["sql", name]).is_none());
        free.next().unwrap_or(last)
    }
}

/// What a thing is, the table (or schema) that it belongs to, and its name.
pub(super) fn made(thing: &str) -> Option<(Made, Name, String)> {
    let split = |text: &str| {
        let (schema, name) = text.split_once('.')?;
        Some(Name::new(schema, name))
    };
    if let Some(rest) = thing.strip_prefix("table ") {
        let kinds = [
            (", policy ", Made::Policy),
            (", trigger ", Made::Trigger),
            (", index ", Made::Index),
            (", unique ", Made::Constraint),
            (", check ", Made::Constraint),
            (", foreign key ", Made::Constraint),
        ];
        let found = kinds.into_iter().find_map(|(word, made)| {
            let (table, name) = rest.split_once(word)?;
            Some((made, split(table)?, name.to_owned()))
        });
        return found;
    }
    let top = [("function ", Made::Function), ("view ", Made::View)];
    top.into_iter().find_map(|(word, made)| {
        let name = split(thing.strip_prefix(word)?)?;
        Some((made, Name::new(&name.schema, &name.schema), name.name))
    })
}

fn doc(made: Made, of: &Name, name: &str) -> String {
    match made {
        Made::Function => format!("The function `{name}`, as it was found."),
        Made::View => format!("The view `{name}`, as it was found."),
        Made::Trigger => format!("The trigger `{name}` of `{}`, as it was found.", of.name),
        Made::Policy => format!("The policy `{name}` of `{}`, as it was found.", of.name),
        Made::Index => format!("The index `{name}` of `{}`, as it was found.", of.name),
        Made::Constraint | Made::Column => {
            format!("The constraint `{name}` of `{}`, as it was found.", of.name)
        }
    }
}

/// A query as `pg_get_viewdef` prints it, from the first column on.
fn unindented(query: &str) -> String {
    let mut lines: Vec<&str> = query.lines().map(str::trim_end).collect();
    while lines.last().is_some_and(|line| line.is_empty()) {
        lines.pop();
    }
    let lines = lines
        .into_iter()
        .map(|line| line.strip_prefix(' ').unwrap_or(line));
    let mut text: String = lines.map(|line| format!("{line}\n")).collect();
    if text.lines().count() == 1 {
        text.truncate(text.trim_end().len());
    }
    text
}

/// A text without blanks at the ends of its lines, as far as no text inside of it holds them.
fn tidy(text: &str) -> String {
    let lines = text.trim().lines().map(|line| match line.trim_end() {
        trimmed if line.matches('\'').count() % 2 == 0 => trimmed,
        _ => line,
    });
    lines.collect::<Vec<_>>().join("\n")
}
