//! Uniques, foreign keys, checks and indexes, each under the name that leads to its own.

use super::Importer;
use super::machinery::Machinery;
use super::tables::{is_name, mapping};
use crate::catalog::postgres::Made;
use crate::catalog::{
    Check, Deferral, Excluded, ExcludedValue, Exclusion, ForeignKey, Formula, Index, Name, Part,
    Table, Unique,
};
use crate::expr::print::language;
use crate::model::{Expr, RangeBounds};
use serde_json::{Value, json};
use synctable::derived_name;

impl Importer<'_> {
    /// What constrains the tables, and their indexes.
    pub(super) fn constraints(&mut self) {
        let live = self.live;
        for (name, table) in live.tables() {
            if !self.declared.contains(name) {
                continue;
            }
            self.key(name, table);
            for (unique, of) in &table.uniques {
                self.unique(name, unique, of);
            }
            for (exclusion, of) in &table.exclusions {
                self.exclusion(name, exclusion, of);
            }
            for (key, of) in &table.foreign_keys {
                self.foreign_key(name, key, of);
            }
            for (check, of) in &table.checks {
                self.check(name, table, check, of);
            }
            let machinery = Machinery::of(live, name, table);
            let changed = machinery
                .changed
                .map(|column| derived_name(&[&name.name, &column], "idx"));
            for (index, of) in &table.indexes {
                // It comes with the role `changed`.
                if changed.as_ref() == Some(index) {
                    continue;
                }
                self.index(name, index, of);
            }
        }
    }

    /// The key under its own name, if it has one.
    fn key(&mut self, of: &Name, table: &Table) {
        let Some(key) = &table.key else {
            return;
        };
        if key.deferral != Deferral::Never {
            self.draft.because(
                format!("table {of}, primary key {}, deferrable", key.name),
                "no upload reaches a table whose key is deferrable: drop the key, and add it without `deferrable`",
            );
        }
        if key.name == derived_name(&[&of.name], "pkey") {
            return;
        }
        for column in &key.columns {
            self.draft
                .remove(&["tables", &of.name, "columns", column, "key"]);
        }
        let at = ["tables", of.name.as_str(), "key"];
        self.draft
            .set(&at, json!({"columns": key.columns, "name": key.name}));
    }

    /// The name under which a thing of a section is declared, and its own name where it does not follow from that.
    fn named(&self, of: &Name, section: &str, name: &str) -> (String, Option<String>) {
        if let Some(short) = short(of, name) {
            return (short.to_owned(), None);
        }
        let letters = name.chars().map(|c| match c {
            c if c.is_ascii_alphanumeric() => c.to_ascii_lowercase(),
            _ => '_',
        });
        let letters: String = letters.collect();
        let mut stem = letters.as_str();
        for word in ["idx_", "ix_", "index_", "uq_", "uk_", "fk_", "chk_", "ck_"] {
            stem = stem.strip_prefix(word).unwrap_or(stem);
        }
        let table = format!("{}_", of.name.to_lowercase());
        stem = stem.strip_prefix(&table).unwrap_or(stem);
        for word in ["_idx", "_key", "_fkey", "_check", "_unique"] {
            stem = stem.strip_suffix(word).unwrap_or(stem);
        }
        let stem: String = stem.trim_matches('_').chars().take(40).collect();
        let stem = match is_name(&stem) {
            true => stem,
            false => format!("by_{stem}").trim_end_matches('_').to_owned(),
        };
        let taken = |short: &str| {
            self.draft
                .get(&["tables", &of.name, section, short])
                .is_some()
        };
        let mut shorts =
            std::iter::once(stem.clone()).chain((2..1000).map(|number| format!("{stem}_{number}")));
        let free = shorts.find(|short| !taken(short));
        (free.unwrap_or(stem), Some(name.to_owned()))
    }

    fn unique(&mut self, of: &Name, name: &str, unique: &Unique) {
        let thing = format!("table {of}, unique {name}");
        if !unique.include.is_empty() {
            let why = "its index includes columns, which a declared unique does not";
            return self.draft.because(thing, why);
        }
        if unique.deferral == Deferral::OnDemand {
            let why = "it is `initially immediate`; a declared unique is always deferred, or never";
            return self.draft.because(thing, why);
        }
        let columns = columns(&unique.parts);
        let is_plain =
            unique.constraint && unique.deferral == Deferral::Never && !unique.nulls_not_distinct;
        if let (Some([column]), true) = (columns.as_deref(), is_plain)
            && derived_name(&[&of.name, column], "key") == name
        {
            let at = ["tables", of.name.as_str(), "columns", column, "unique"];
            self.draft.set(&at, true);
            self.draft.or(&at, "reject");
            self.draft.is(&at, thing);
            return;
        }
        let (short, own) = self.named(of, "uniques", name);
        if unique.constraint != (columns.is_some() && unique.predicate.is_none()) {
            return self.draft.because(
                thing,
                "it is an index of plain columns, where a declared unique is a constraint",
            );
        }
        let on: Vec<Value> = unique
            .parts
            .iter()
            .map(|part| match &part.formula {
                Formula::Expr(Expr::Column(column)) => json!(column),
                other => json!({ "expr": text(other) }),
            })
            .collect();
        let mut entries = vec![("on", Value::Array(on.clone()))];
        if let Some(predicate) = &unique.predicate {
            entries.push(("where", json!(text(predicate))));
        }
        if unique.nulls_not_distinct {
            entries.push(("nulls", json!("not_distinct")));
        }
        if unique.deferral == Deferral::Always {
            entries.push(("deferrable", json!(true)));
        }
        entries.extend(own.map(|own| ("name", json!(own))));
        let at = ["tables", of.name.as_str(), "uniques", short.as_str()];
        let simple = match entries.len() {
            1 => Value::Array(on),
            _ => mapping(entries.clone()),
        };
        self.draft.set(&at, simple);
        entries.push(("clash", json!("reject")));
        self.draft.or(&at, mapping(entries));
        self.draft.is(&at, thing);
    }

    fn exclusion(&mut self, of: &Name, name: &str, exclusion: &Exclusion) {
        let thing = format!("table {of}, exclusion {name}");
        if exclusion.deferral == Deferral::OnDemand {
            let why = "it is `initially immediate`; a declared exclusion constraint is always deferred, or never";
            return self.draft.because(thing, why);
        }
        let (short, own) = self.named(of, "exclude", name);
        let on: Vec<Value> = exclusion.elements.iter().map(element).collect();
        let mut entries = vec![("on", Value::Array(on.clone()))];
        if exclusion.method != "gist" {
            entries.push(("using", json!(exclusion.method)));
        }
        if let Some(predicate) = &exclusion.predicate {
            entries.push(("where", json!(text(predicate))));
        }
        if exclusion.deferral == Deferral::Always {
            entries.push(("deferrable", json!(true)));
        }
        entries.extend(own.map(|own| ("name", json!(own))));
        let at = ["tables", of.name.as_str(), "exclude", short.as_str()];
        match entries.len() {
            1 => self.draft.set(&at, Value::Array(on)),
            _ => self.draft.set(&at, mapping(entries)),
        }
        self.draft.is(&at, thing);
    }

    fn foreign_key(&mut self, of: &Name, name: &str, key: &ForeignKey) {
        let thing = format!("table {of}, foreign key {name}");
        let table = match self.referenced(key) {
            Ok(table) => table,
            Err(why) => return self.draft.because(thing, why),
        };
        let mut options = Vec::new();
        for (option, action) in [("on_delete", key.on_delete), ("on_update", key.on_update)] {
            if action != "NO ACTION" {
                options.push((option, json!(action.to_lowercase().replace(' ', "_"))));
            }
        }
        if key.deferral == Deferral::Always {
            options.push(("deferrable", json!(true)));
        }
        if !key.validated {
            options.push(("enforced", json!("not_valid")));
        }
        if let ([column], [there]) = (key.columns.as_slice(), key.references.as_slice())
            && derived_name(&[&of.name, column], "fkey") == name
        {
            let column = ["tables", of.name.as_str(), "columns", column];
            let at = |key: &'static str| [column.as_slice(), &[key]].concat();
            if self.draft.get(&at("references")).is_none() {
                self.draft
                    .set(&at("references"), format!("{table}.{there}"));
                for (option, value) in options {
                    self.draft.set(&at(option), value);
                }
                self.draft.is(&at("references"), thing);
                return;
            }
        }
        let (short, own) = self.named(of, "foreign_keys", name);
        let mut entries = vec![
            ("columns", json!(key.columns)),
            (
                "references",
                json!(format!("{table}({})", key.references.join(", "))),
            ),
        ];
        entries.extend(options);
        entries.extend(own.map(|own| ("name", json!(own))));
        let at = ["tables", of.name.as_str(), "foreign_keys", short.as_str()];
        self.draft.set(&at, mapping(entries));
        self.draft.is(&at, thing);
    }

    /// The declared name of the table that a foreign key references; one outside becomes an external.
    fn referenced(&mut self, key: &ForeignKey) -> Result<String, String> {
        if self.declared.contains(&key.table) {
            return Ok(key.table.name.clone());
        }
        if self.live.schemas.contains(&key.table.schema) {
            return Err(format!(
                "it references `{}`, which is not declared",
                key.table
            ));
        }
        let external = key.table.to_string();
        let is_known =
            self.live.around.is_supabase && external == "auth.users" && key.references == ["id"];
        if !is_known {
            for (here, there) in key.columns.iter().zip(&key.references) {
                let tables = &self.live.catalog.tables;
                let columns = tables.values().find(|table| {
                    let mut keys = table.foreign_keys.values();
                    keys.any(|one| one == key)
                });
                let kind = columns
                    .and_then(|table| table.columns.get(here))
                    .map_or_else(
                        || "text".to_owned(),
                        |column| self.kinds.of(&column.sql_type),
                    );
                self.draft.set(&["externals", &external, there], kind);
            }
        }
        Ok(external)
    }

    fn check(&mut self, of: &Name, table: &Table, name: &str, check: &Check) {
        let thing = format!("table {of}, check {name}");
        let enums = table
            .columns
            .keys()
            .any(|column| crate::catalog::labels(&of.name, column) == name);
        if enums && self.is_checked_enum(of, name) {
            return;
        }
        let body = text(&check.formula);
        let by_dialect = json!({ "postgres": self.condition(of, name, &check.formula) });
        let column = table
            .columns
            .keys()
            .find(|column| derived_name(&[&of.name, column], "check") == name);
        if let (Some(column), true) = (column, check.validated) {
            let at = ["tables", of.name.as_str(), "columns", column, "check"];
            let of_column = |expr: &Expr| expr.columns().into_iter().all(|one| one == column);
            match &check.formula {
                Formula::Expr(expr) if of_column(expr) => {
                    self.draft.set(&at, body);
                    self.draft.or(&at, by_dialect);
                    return self.draft.is(&at, thing);
                }
                Formula::Sql(_) => {
                    self.draft.set(&at, by_dialect);
                    return self.draft.is(&at, thing);
                }
                Formula::Expr(_) => {}
            }
        }
        let (short, own) = self.named(of, "checks", name);
        let at = ["tables", of.name.as_str(), "checks", short.as_str()];
        let is_ours = matches!(check.formula, Formula::Expr(_));
        let mut entries = vec![match is_ours {
            true => ("check", json!(body)),
            false => ("postgres", json!(by_dialect["postgres"])),
        }];
        if !check.validated {
            entries.push(("enforced", json!("not_valid")));
        }
        entries.extend(own.map(|own| ("name", json!(own))));
        match (is_ours, entries.len()) {
            (true, 1) => self.draft.set(&at, body),
            _ => self.draft.set(&at, mapping(entries.clone())),
        }
        if is_ours {
            entries[0] = ("postgres", json!(by_dialect["postgres"]));
            self.draft.or(&at, mapping(entries));
        }
        self.draft.is(&at, thing);
    }

    /// The condition of a check as Postgres prints it.
    fn condition(&self, of: &Name, name: &str, formula: &Formula) -> String {
        let made = self.live.text(Made::Constraint, of, name);
        let printed = made
            .and_then(|made| made.split_once(" CHECK ("))
            .and_then(|(_, rest)| rest.rsplit_once(')'))
            .map(|(condition, _)| condition.to_owned());
        printed.unwrap_or_else(|| text(formula))
    }

    fn index(&mut self, of: &Name, name: &str, index: &Index) {
        let thing = format!("table {of}, index {name}");
        let (short, own) = self.named(of, "indexes", name);
        let on: Vec<Value> = index.parts.iter().map(part).collect();
        let mut entries = vec![("on", Value::Array(on.clone()))];
        if let Some(predicate) = &index.predicate {
            entries.push(("where", json!(text(predicate))));
        }
        if !index.include.is_empty() {
            entries.push(("include", json!(index.include)));
        }
        if index.method != "btree" {
            entries.push(("method", json!(index.method)));
        }
        entries.extend(own.map(|own| ("name", json!(own))));
        let at = ["tables", of.name.as_str(), "indexes", short.as_str()];
        match entries.len() {
            1 => self.draft.set(&at, Value::Array(on)),
            _ => self.draft.set(&at, mapping(entries)),
        }
        self.draft.is(&at, thing);
    }
}

/// The name under which a thing is declared, whose name in Postgres starts with that of its table.
fn short<'n>(of: &Name, name: &'n str) -> Option<&'n str> {
    let short = name.strip_prefix(&*of.name)?.strip_prefix('_')?;
    let is_back = derived_name(&[&of.name, short], "") == name;
    (is_name(short) && is_back).then_some(short)
}

fn columns(parts: &[Part]) -> Option<Vec<&str>> {
    let names = parts.iter().map(|part| match &part.formula {
        Formula::Expr(Expr::Column(name)) => Some(name.as_str()),
        _ => None,
    });
    names.collect()
}

/// An element of an exclusion constraint.
fn element(element: &Excluded) -> Value {
    let (mut entries, usual) = match &element.value {
        ExcludedValue::Formula(Formula::Expr(Expr::Column(name))) => {
            if element.operator == "=" {
                return json!(name);
            }
            (vec![("column", json!(name))], "=")
        }
        ExcludedValue::Formula(formula) => (vec![("expr", json!(text(formula)))], "="),
        ExcludedValue::Range(range) => {
            let mut entries = vec![("range", json!([range.from, range.to]))];
            if range.bounds != RangeBounds::Lower {
                entries.push(("bounds", json!(range.bounds.as_str())));
            }
            (entries, "&&")
        }
    };
    if element.operator != usual {
        entries.push(("with", json!(element.operator)));
    }
    mapping(entries)
}

/// A part of an index.
fn part(part: &Part) -> Value {
    let nulls = match part.nulls_first {
        _ if part.nulls_first == part.descending => None,
        true => Some(json!("first")),
        false => Some(json!("last")),
    };
    match (&part.formula, nulls) {
        (Formula::Expr(Expr::Column(name)), None) => match part.descending {
            true => json!(format!("{name} desc")),
            false => json!(name),
        },
        (formula, nulls) => {
            let mut entries = vec![match formula {
                Formula::Expr(Expr::Column(name)) => ("column", json!(name)),
                other => ("expr", json!(text(other))),
            }];
            if part.descending {
                entries.push(("desc", json!(true)));
            }
            if let Some(nulls) = nulls {
                entries.push(("nulls", nulls));
            }
            mapping(entries)
        }
    }
}

/// An expression in the language, or what Postgres prints of it.
pub(super) fn text(formula: &Formula) -> String {
    match formula {
        Formula::Expr(expr) => language(expr),
        Formula::Sql(text) => text.clone(),
    }
}
