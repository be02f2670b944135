//! The relations between the tables of one side, from their foreign keys.

use super::shown::{Shown, relations_of};
use super::view;
use crate::model::{ForeignKey, Table};
use crate::targets::ecmascript::{list, literal};
use std::collections::{BTreeMap, BTreeSet};
use synctable::{Case, Language};

/// A foreign key between two tables of one side.
struct Link<'s, 'm> {
    key: &'m ForeignKey,
    from: &'s Shown<'m>,
    to: &'s Shown<'m>,
    /// Whether a row there has at most one row here.
    is_unique: bool,
}

impl Link<'_, '_> {
    /// The constants of its tables, in an order that does not depend on which refers to which.
    fn ends(&self) -> (&str, &str) {
        let (from, to) = (&*self.from.constant, &*self.to.constant);
        (from.min(to), from.max(to))
    }
}

/// The foreign keys between tables, by what they are looked up by.
struct Links<'l, 's, 'm> {
    /// By the table that refers.
    from: BTreeMap<&'l str, Vec<&'l Link<'s, 'm>>>,
    /// By the table that is referred to.
    to: BTreeMap<&'l str, Vec<&'l Link<'s, 'm>>>,
    /// How many there are between two tables.
    between: BTreeMap<(&'l str, &'l str), usize>,
}

impl<'l, 's, 'm> Links<'l, 's, 'm> {
    fn of(all: &'l [Link<'s, 'm>]) -> Self {
        let mut links = Self {
            from: BTreeMap::new(),
            to: BTreeMap::new(),
            between: BTreeMap::new(),
        };
        for link in all {
            let [from, to] = [link.from, link.to].map(|shown| &*shown.table.name);
            links.from.entry(from).or_default().push(link);
            links.to.entry(to).or_default().push(link);
            *links.between.entry(link.ends()).or_default() += 1;
        }
        links
    }

    /// The name that tells two relations between the same tables apart, where there are two.
    fn name(&self, link: &Link<'_, '_>) -> Option<String> {
        let ends = link.ends();
        let many = self.between.get(&ends).is_some_and(|count| *count > 1);
        (many || ends.0 == ends.1).then(|| literal(&link.key.name))
    }
}

pub(super) fn lower(tables: &[Shown<'_>]) -> Vec<view::Relations> {
    let by_name: BTreeMap<&str, &Shown<'_>> = tables
        .iter()
        .map(|shown| (shown.table.name.as_str(), shown))
        .collect();
    let mut all = Vec::new();
    for from in tables {
        for key in &from.table.foreign_keys {
            let Some(to) = by_name.get(key.table.as_str()) else {
                continue;
            };
            let here = key
                .columns
                .iter()
                .all(|name| from.keys.contains_key(&**name));
            let there = key
                .references
                .iter()
                .all(|name| to.keys.contains_key(&**name));
            if here && there {
                let is_unique = is_unique(from.table, &key.columns);
                all.push(Link {
                    key,
                    from,
                    to,
                    is_unique,
                });
            }
        }
    }
    let links = Links::of(&all);
    let tables = tables.iter();
    tables.filter_map(|shown| of_table(shown, &links)).collect()
}

/// Whether no two rows have the same values in some columns.
fn is_unique(table: &Table, columns: &[String]) -> bool {
    let columns: BTreeSet<&str> = columns.iter().map(String::as_str).collect();
    let key = table.key.iter().map(String::as_str).collect();
    let mut uniques = table
        .uniques
        .iter()
        .filter(|unique| unique.predicate.is_none());
    columns == key
        || uniques.any(|unique| {
            unique
                .columns()
                .is_some_and(|of| of.into_iter().collect::<BTreeSet<_>>() == columns)
        })
}

fn of_table(shown: &Shown<'_>, links: &Links<'_, '_, '_>) -> Option<view::Relations> {
    let table = &*shown.table.name;
    let mut taken: BTreeSet<String> = shown.keys.values().cloned().collect();
    let mut relations = Vec::new();
    let (mut has_one, mut has_many) = (false, false);
    for link in links.from.get(table).into_iter().flatten() {
        let name = first_free(names_there(link), &mut taken);
        let columns = |side: &Shown<'_>, names: &[String]| {
            list(
                names
                    .iter()
                    .map(|name| format!("{}.{}", side.constant, side.keys[&**name])),
            )
        };
        let mut facts = format!(
            "fields: {}, references: {}",
            columns(link.from, &link.key.columns),
            columns(link.to, &link.key.references)
        );
        if let Some(name) = links.name(link) {
            facts.push_str(&format!(", relationName: {name}"));
        }
        has_one = true;
        relations.push((name, format!("one({}, {{ {facts} }})", link.to.constant)));
    }
    for link in links.to.get(table).into_iter().flatten() {
        let name = first_free(names_here(link), &mut taken);
        let function = if link.is_unique { "one" } else { "many" };
        has_one |= link.is_unique;
        has_many |= !link.is_unique;
        let facts = links
            .name(link)
            .map_or_else(String::new, |name| format!(", {{ relationName: {name} }}"));
        relations.push((name, format!("{function}({}{facts})", link.from.constant)));
    }
    let functions = match (has_one, has_many) {
        (true, true) => "one, many",
        (true, false) => "one",
        (false, true) => "many",
        (false, false) => return None,
    };
    Some(view::Relations {
        constant: relations_of(&shown.table.name),
        table: shown.constant.clone(),
        functions,
        relations,
    })
}

/// What the row there may be called, the best first: `list` of `list_id`, and `author_row` of `author`.
fn names_there(link: &Link<'_, '_>) -> [String; 2] {
    let key = &link.key.name;
    let best = match &link.key.columns[..] {
        [column] => match column.strip_suffix("_id") {
            Some(name) if !name.is_empty() => name.to_owned(),
            _ => format!("{column}_row"),
        },
        _ => {
            let name = key.strip_prefix(&format!("{}_", link.from.table.name));
            let name = name.unwrap_or(key);
            name.strip_suffix("_fkey").unwrap_or(name).to_owned()
        }
    };
    [member(&best), member(key)]
}

/// What the rows here may be called there, the best first: `items`, `itemsByParentId`.
fn names_here(link: &Link<'_, '_>) -> [String; 2] {
    let table = &link.from.table.name;
    let by_columns = member(&format!("{table}_by_{}", link.key.columns.join("_and_")));
    match *table == link.to.table.name {
        true => [by_columns.clone(), by_columns],
        false => [member(table), by_columns],
    }
}

fn member(name: &str) -> String {
    Language::TypeScript.member(&Case::camel(name)).into_owned()
}

/// The first name that nothing else has; the last one gets a line behind it until it is free.
fn first_free(names: [String; 2], taken: &mut BTreeSet<String>) -> String {
    let [best, mut next] = names;
    if taken.insert(best.clone()) {
        return best;
    }
    while !taken.insert(next.clone()) {
        next.push('_');
    }
    next
}
