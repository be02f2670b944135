//! What differs between two schemas, as changes in the order in which they are told.

use super::super::sql::{ident, qualified};
use super::super::{functions, lower};
use super::cast::cast;
use super::change::{
    Change, ColumnChange, Commented, Fate, Object, PartChange, PartKind, TypeChange,
};
use super::remade;
use super::renames::Renames;
use super::rows;
use super::seeds;
use super::side::Side;
use crate::catalog::{self, Column, Formula, Name, Part, Table, Unique};
use crate::map::{IndexMap, IndexSet};
use crate::model::Expr;
use std::collections::{BTreeMap, BTreeSet};

/// All changes from one side to the other.
pub(super) fn compare(before: &Side<'_>, after: &Side<'_>, renames: &Renames) -> Vec<Change> {
    let mut changes = Vec::new();
    let roles = |side: &Side<'_>| lower::needed(side.model).roles;
    let had = roles(before);
    if roles(after).iter().any(|role| !had.contains(role)) {
        changes.push(Change::Roles);
    }
    schemas(before, after, &mut changes);
    let had = catalog::extensions(before.model);
    let needed = catalog::extensions(after.model);
    let new = needed.difference(&had);
    changes.extend(new.map(|name| Change::Extension((*name).to_owned())));
    types(before, after, renames, &mut changes);
    let disturbed = tables(before, after, renames, &mut changes);
    written(before, after, &mut changes);
    objects(before, after, &disturbed, &mut changes);
    rows::compare(before, after, &mut changes);
    publication(before, after, renames, &mut changes);
    seeds::compare(before, after, renames, &mut changes);
    changes
}

fn schemas(before: &Side<'_>, after: &Side<'_>, changes: &mut Vec<Change>) {
    let (old, new) = (&before.catalog.schemas, &after.catalog.schemas);
    for (name, schema) in new {
        if !old.contains_key(name) {
            changes.push(Change::AddSchema(name.clone()));
        }
        let had = old.get(name).map(|schema| &schema.usage);
        let gains = schema
            .usage
            .iter()
            .filter(|role| !had.is_some_and(|had| had.contains(*role)));
        let loses = had.into_iter().flatten();
        let loses = loses.filter(|role| !schema.usage.contains(*role));
        for (role, granted) in gains
            .map(|role| (role, true))
            .chain(loses.map(|role| (role, false)))
        {
            changes.push(Change::Usage {
                schema: name.clone(),
                role: role.clone(),
                granted,
            });
        }
    }
    let gone = old.keys().filter(|name| !new.contains_key(*name));
    changes.extend(gone.cloned().map(Change::DropSchema));
}

fn types(before: &Side<'_>, after: &Side<'_>, renames: &Renames, changes: &mut Vec<Change>) {
    let of = |name: &Name, change| Change::Type {
        name: name.clone(),
        change,
    };
    let origins = |names: Vec<&Name>| -> BTreeMap<Name, Name> {
        let names = names.into_iter();
        names
            .map(|name| (renames.type_name(name).clone(), name.clone()))
            .collect()
    };
    let remade = remade::types(before, after);
    let old = origins(before.catalog.enums.keys().collect());
    for (name, one) in &after.catalog.enums {
        let Some(from) = old.get(name) else {
            changes.push(of(name, TypeChange::AddEnum));
            continue;
        };
        if remade.contains(name) {
            let labels = after.model.enums.get(&name.name);
            let labels = labels.and_then(|new| Some((remade::origin(before.model, new)?, new)));
            let replaced = labels.map_or_else(Vec::new, |(old, new)| remade::replaced(old, new));
            let replaced = replaced.iter();
            changes.push(of(
                name,
                TypeChange::RemakeEnum {
                    from: from.clone(),
                    replaced: replaced
                        .map(|(old, new)| ((*old).to_owned(), (*new).to_owned()))
                        .collect(),
                },
            ));
            continue;
        }
        if from != name {
            changes.push(of(name, TypeChange::RenameEnum { from: from.clone() }));
        }
        let had = &before.catalog.enums[from];
        for (index, label) in one.labels.iter().enumerate() {
            if !had.labels.contains(label) {
                let mut rest = one.labels[index..].iter();
                let next = rest.find(|label| had.labels.contains(*label));
                changes.push(of(
                    name,
                    TypeChange::AddLabel {
                        label: label.clone(),
                        before: next.cloned(),
                    },
                ));
            }
        }
        if had.comment != one.comment {
            changes.push(Change::Comment(Commented::Enum(name.clone())));
        }
    }
    let gone = old
        .iter()
        .filter(|(name, _)| !after.catalog.enums.contains_key(*name));
    changes.extend(gone.map(|(_, from)| of(from, TypeChange::DropEnum)));

    let old = origins(before.catalog.domains.keys().collect());
    for (name, one) in &after.catalog.domains {
        let Some(from) = old.get(name) else {
            changes.push(of(name, TypeChange::AddDomain));
            continue;
        };
        if remade.contains(name) {
            changes.push(of(
                name,
                TypeChange::RemakeDomain {
                    from: from.clone(),
                    base: one.base.clone(),
                },
            ));
            continue;
        }
        if from != name {
            changes.push(of(name, TypeChange::RenameDomain { from: from.clone() }));
        }
        let had = &before.catalog.domains[from];
        // The name of a domain's check follows that of the domain.
        let mut renamed: BTreeSet<&str> = BTreeSet::new();
        let mut added = Vec::new();
        for (check, formula) in &one.checks {
            if had.checks.get(check) == Some(formula) {
                continue;
            }
            let mut spare = had.checks.iter();
            let same = spare.find(|(from, old)| *old == formula && !one.checks.contains_key(*from));
            added.push(match same {
                Some((from, _)) => {
                    renamed.insert(from);
                    TypeChange::RenameCheck {
                        from: from.clone(),
                        to: check.clone(),
                    }
                }
                None => TypeChange::AddCheck(check.clone()),
            });
        }
        for (check, formula) in &had.checks {
            if one.checks.get(check) != Some(formula) && !renamed.contains(check.as_str()) {
                changes.push(of(name, TypeChange::DropCheck(check.clone())));
            }
        }
        changes.extend(added.into_iter().map(|change| of(name, change)));
        if had.comment != one.comment {
            changes.push(Change::Comment(Commented::Domain(name.clone())));
        }
    }
    let gone = old
        .iter()
        .filter(|(name, _)| !after.catalog.domains.contains_key(*name));
    changes.extend(gone.map(|(_, from)| of(from, TypeChange::DropDomain)));
}

/// The changes of tables; what comes back are the names so far of those whose policies, triggers and functions have to
/// make way.
fn tables(
    before: &Side<'_>,
    after: &Side<'_>,
    renames: &Renames,
    changes: &mut Vec<Change>,
) -> BTreeSet<Name> {
    let mut disturbed = BTreeSet::new();
    let old = renames.tables(&before.catalog);
    let origins: BTreeMap<&Name, &Name> = before
        .catalog
        .tables
        .keys()
        .map(|name| (renames.table(name), name))
        .collect();
    for name in old
        .keys()
        .filter(|name| !after.catalog.tables.contains_key(*name))
    {
        changes.push(Change::DropTable(origins[name].clone()));
        disturbed.insert(origins[name].clone());
    }
    let remade: BTreeSet<String> = remade::types(before, after).iter().map(qualified).collect();
    let mut compared: Vec<OfTable<'_>> = Vec::new();
    for (name, new) in &after.catalog.tables {
        let Some(old) = old.get(name) else {
            changes.push(Change::AddTable(name.clone()));
            continue;
        };
        let origin = origins[name];
        if origin != name {
            changes.push(Change::RenameTable {
                from: origin.clone(),
                to: name.clone(),
            });
            disturbed.insert(origin.clone());
        }
        let anew = new.columns.iter().filter(|(_, column)| {
            let base = column.sql_type.strip_suffix("[]");
            remade.contains(base.unwrap_or(&column.sql_type))
        });
        let anew: BTreeSet<&str> = anew.map(|(name, _)| name.as_str()).collect();
        if old == new && origin == name && !renames.of_columns(origin) && anew.is_empty() {
            continue;
        }
        let mut table = OfTable::new(name, old, new);
        let stated = new.columns.keys();
        let stated = stated.filter(|column| cast(before, after, name, column).is_some());
        table.cast = stated.map(String::as_str).chain(anew.clone()).collect();
        table.anew = anew;
        table.columns(|column| renames.origin_of_column(origin, column));
        if table.is_disturbed {
            disturbed.insert(origin.clone());
        }
        compared.push(table);
    }
    // A foreign key stands on the unique constraint of what it references, and on its type.
    let mut unsupported: BTreeSet<(Name, Vec<String>)> = BTreeSet::new();
    let mut cast_columns: BTreeSet<(Name, String)> = BTreeSet::new();
    for table in &mut compared {
        table.parts();
        unsupported.extend(table.without_unique());
        let cast = table
            .cast
            .iter()
            .filter(|column| table.remade.contains(*column));
        cast_columns.extend(cast.map(|column| (table.name.clone(), (*column).to_owned())));
    }
    if !unsupported.is_empty() || !cast_columns.is_empty() {
        let known: BTreeSet<Name> = compared.iter().map(|table| table.name.clone()).collect();
        for (name, new) in &after.catalog.tables {
            if let (Some(old), false) = (old.get(name), known.contains(name)) {
                compared.push(OfTable::new(name, old, new));
            }
        }
        for table in &mut compared {
            table.remake_keys_to(&unsupported, &cast_columns);
        }
    }
    for table in compared {
        table.finish(changes);
    }
    disturbed
}

/// The changes of one table that stays.
struct OfTable<'a> {
    name: &'a Name,
    /// Under the new names.
    old: &'a Table,
    new: &'a Table,
    columns: Vec<Change>,
    parts: Vec<Change>,
    /// Columns whose values change by a stated cast.
    cast: BTreeSet<&'a str>,
    /// Columns of types that are made anew.
    anew: BTreeSet<&'a str>,
    /// Columns whose constraints and indexes have to be made anew.
    remade: BTreeSet<&'a str>,
    is_disturbed: bool,
}

impl<'a> OfTable<'a> {
    fn new(name: &'a Name, old: &'a Table, new: &'a Table) -> Self {
        Self {
            name,
            old,
            new,
            columns: Vec::new(),
            parts: Vec::new(),
            cast: BTreeSet::new(),
            anew: BTreeSet::new(),
            remade: BTreeSet::new(),
            is_disturbed: false,
        }
    }

    fn column(&mut self, column: &str, change: ColumnChange) {
        self.columns.push(Change::Column {
            table: self.name.clone(),
            column: column.to_owned(),
            change,
        });
    }

    fn columns(&mut self, origin: impl Fn(&str) -> Option<String>) {
        for name in self.old.columns.keys() {
            if !self.new.columns.contains_key(name) {
                self.column(name, ColumnChange::Drop);
                self.is_disturbed = true;
            }
        }
        for (name, new) in &self.new.columns {
            if let (Some(from), true) = (origin(name), self.old.columns.contains_key(name)) {
                self.column(name, ColumnChange::Rename { from });
                self.is_disturbed = true;
            }
            match self.old.columns.get(name) {
                None => {
                    self.column(name, ColumnChange::Add);
                    if new.comment.is_some() {
                        self.comment(name);
                    }
                }
                Some(old) if old != new || self.anew.contains(name.as_str()) => {
                    self.altered(name, old, new);
                }
                Some(_) => {}
            }
        }
        self.recompute();
    }

    /// Postgres changes no type of a column from which another one is computed.
    fn recompute(&mut self) {
        let retyped: BTreeSet<&String> = self
            .new
            .columns
            .iter()
            .filter(|(name, new)| {
                let old = self.old.columns.get(*name);
                old.is_some_and(|old| {
                    old.sql_type != new.sql_type || self.anew.contains(name.as_str())
                })
            })
            .map(|(name, _)| name)
            .collect();
        if retyped.is_empty() {
            return;
        }
        for (name, new) in &self.new.columns {
            let Some(Formula::Expr(expr)) = &new.generated else {
                continue;
            };
            let is_of = |column: &&str| retyped.iter().any(|name| name == column);
            let done = self.columns.iter().any(|change| {
                matches!(change, Change::Column { column, change: ColumnChange::Recompute | ColumnChange::Add, .. } if column == name)
            });
            if !done && expr.columns().iter().any(is_of) {
                self.column(name, ColumnChange::Recompute);
                self.remade.insert(name);
                if new.comment.is_some() {
                    self.comment(name);
                }
            }
        }
    }

    fn comment(&mut self, column: &str) {
        let on = Commented::Column(self.name.clone(), column.to_owned());
        self.columns.push(Change::Comment(on));
    }

    fn altered(&mut self, name: &'a str, old: &Column, new: &Column) {
        let retyped = old.sql_type != new.sql_type || self.anew.contains(name);
        match (&old.generated, &new.generated) {
            (Some(from), Some(to)) if from != to || retyped => {
                self.column(name, ColumnChange::Recompute);
                self.remade.insert(name);
                self.is_disturbed = true;
                if new.comment.is_some() {
                    self.comment(name);
                }
                return;
            }
            (None, Some(_)) => {
                self.column(name, ColumnChange::Compute);
                self.remade.insert(name);
                self.is_disturbed = true;
                if new.comment.is_some() {
                    self.comment(name);
                }
                return;
            }
            (Some(_), None) => self.column(name, ColumnChange::Settle),
            _ => {}
        }
        if old.identity && !new.identity {
            self.column(name, ColumnChange::DropIdentity);
        }
        if retyped {
            let (from, to) = (old.sql_type.clone(), new.sql_type.clone());
            if (to == "text" && from.contains('.')) || self.cast.contains(name) {
                self.remade.insert(name);
            }
            self.column(name, ColumnChange::Retype { from, to });
            self.is_disturbed = true;
        } else if old.default != new.default {
            self.column(
                name,
                match new.default {
                    Some(_) => ColumnChange::SetDefault,
                    None => ColumnChange::DropDefault,
                },
            );
        }
        match (old.nullable, new.nullable) {
            (true, false) => self.column(name, ColumnChange::Require),
            (false, true) => self.column(name, ColumnChange::Relax),
            _ => {}
        }
        if !old.identity && new.identity {
            self.column(name, ColumnChange::AddIdentity);
        }
        if old.comment != new.comment {
            self.comment(name);
        }
    }

    fn part(&mut self, kind: PartKind, name: &str, change: PartChange) {
        self.parts.push(Change::Part {
            table: self.name.clone(),
            kind,
            name: name.to_owned(),
            change,
        });
    }

    fn parts(&mut self) {
        if let (Some(old), Some(new)) = (&self.old.key, &self.new.key) {
            if old.columns != new.columns {
                self.part(PartKind::Key, &old.name, PartChange::Drop);
                self.part(PartKind::Key, &new.name, PartChange::Add);
            } else if old.name != new.name {
                let from = old.name.clone();
                self.part(PartKind::Key, &new.name, PartChange::Rename { from });
            }
        }
        let remade = self.remade.clone();
        let touches = |columns: &[&str]| columns.iter().any(|name| remade.contains(name));
        let (old, new) = (self.old, self.new);
        self.named(
            &old.uniques,
            &new.uniques,
            |one| match one.constraint {
                true => PartKind::Unique,
                false => PartKind::UniqueIndex,
            },
            |one| touches(&of_parts(&one.parts, one.predicate.as_ref())),
            |old, new| {
                let attached = Unique {
                    constraint: true,
                    deferral: new.deferral,
                    ..old.clone()
                };
                (!old.constraint && attached == *new).then_some(PartChange::Attach)
            },
        );
        self.named(
            &old.exclusions,
            &new.exclusions,
            |_| PartKind::Exclusion,
            |one| touches(&one.columns()),
            |_, _| None,
        );
        self.named(
            &old.foreign_keys,
            &new.foreign_keys,
            |_| PartKind::ForeignKey,
            |one| touches(&one.columns.iter().map(String::as_str).collect::<Vec<_>>()),
            |old, new| {
                let mut old = old.clone();
                let is_new = !std::mem::replace(&mut old.validated, true);
                (is_new && old == *new).then_some(PartChange::Validate)
            },
        );
        self.named(
            &old.checks,
            &new.checks,
            |_| PartKind::Check,
            |one| match &one.formula {
                Formula::Expr(expr) => touches(&expr.columns()),
                Formula::Sql(_) => !remade.is_empty(),
            },
            |old, new| {
                let is_proven = !old.validated && new.validated && old.formula == new.formula;
                is_proven.then_some(PartChange::Validate)
            },
        );
        // A check that a column is not NULL is dropped once the column is required.
        let proving: BTreeSet<String> = new
            .columns
            .iter()
            .filter(|(_, column)| !column.nullable)
            .map(|(column, _)| catalog::required(&self.name.name, column))
            .collect();
        self.parts.retain(|change| {
            !matches!(change, Change::Part { kind: PartKind::Check, name, change: PartChange::Drop, .. } if proving.contains(name))
        });
        self.named(
            &old.indexes,
            &new.indexes,
            |_| PartKind::Index,
            |one| {
                let include = one.include.iter().map(String::as_str);
                let of_parts = of_parts(&one.parts, one.predicate.as_ref());
                touches(&of_parts.into_iter().chain(include).collect::<Vec<_>>())
            },
            |_, _| None,
        );
    }

    /// Compares parts of one kind by name, and by what they are where only the name is another one.
    fn named<T: PartialEq>(
        &mut self,
        old: &'a IndexMap<String, T>,
        new: &'a IndexMap<String, T>,
        kind: impl Fn(&T) -> PartKind,
        is_remade: impl Fn(&T) -> bool,
        in_place: impl Fn(&T, &T) -> Option<PartChange>,
    ) {
        let mut spare: Vec<(&String, &T)> = old
            .iter()
            .filter(|(name, one)| !new.contains_key(*name) && !is_remade(one))
            .collect();
        let mut renamed: BTreeSet<&str> = BTreeSet::new();
        let mut added = Vec::new();
        for (name, one) in new {
            match old.get(name) {
                Some(had) if had == one && !is_remade(one) => {}
                Some(had) => match in_place(had, one) {
                    Some(change) => self.part(kind(one), name, change),
                    None => {
                        self.part(kind(had), name, PartChange::Drop);
                        added.push((name, one));
                    }
                },
                None => match spare.iter().position(|(_, had)| *had == one) {
                    Some(at) => {
                        let (from, _) = spare.remove(at);
                        renamed.insert(from);
                        let from = from.clone();
                        self.part(kind(one), name, PartChange::Rename { from });
                    }
                    None => added.push((name, one)),
                },
            }
        }
        for (name, one) in old {
            if !new.contains_key(name) && !renamed.contains(name.as_str()) {
                self.part(kind(one), name, PartChange::Drop);
            }
        }
        for (name, one) in added {
            self.part(kind(one), name, PartChange::Add);
        }
    }

    /// What foreign keys can no longer stand on: the columns of a key, and of unique constraints, that are dropped, if only to
    /// be made anew.
    fn without_unique(&self) -> Vec<(Name, Vec<String>)> {
        let key = self.parts.iter().filter_map(|change| match change {
            Change::Part {
                kind: PartKind::Key,
                change: PartChange::Drop,
                ..
            } => self.old.key.as_ref(),
            _ => None,
        });
        let key: Vec<_> = key
            .map(|key| (self.name.clone(), key.columns.clone()))
            .collect();
        let dropped = self.parts.iter().filter_map(|change| match change {
            Change::Part {
                kind: PartKind::Unique | PartKind::UniqueIndex,
                name,
                change: PartChange::Drop,
                ..
            } => self.old.uniques.get(name),
            _ => None,
        });
        dropped
            .map(|unique| {
                let columns = of_parts(&unique.parts, None);
                let columns = columns.into_iter().map(str::to_owned).collect();
                (self.name.clone(), columns)
            })
            .chain(key)
            .collect()
    }

    /// Makes anew the foreign keys that stand on what is dropped.
    fn remake_keys_to(
        &mut self,
        gone: &BTreeSet<(Name, Vec<String>)>,
        cast: &BTreeSet<(Name, String)>,
    ) {
        for (name, key) in &self.new.foreign_keys {
            let stands = gone.iter().any(|(table, columns)| {
                let (mut one, mut other) = (columns.clone(), key.references.clone());
                one.sort_unstable();
                other.sort_unstable();
                *table == key.table && one == other
            });
            let stands = stands
                || key
                    .references
                    .iter()
                    .any(|column| cast.contains(&(key.table.clone(), column.clone())));
            let is_remade = key
                .columns
                .iter()
                .any(|column| self.remade.contains(column.as_str()));
            if stands && !is_remade && self.old.foreign_keys.get(name) == Some(key) {
                self.part(PartKind::ForeignKey, name, PartChange::Drop);
                self.part(PartKind::ForeignKey, name, PartChange::Add);
            }
        }
    }

    fn finish(self, changes: &mut Vec<Change>) {
        let table = || self.name.clone();
        changes.extend(self.columns);
        changes.extend(self.parts);
        if self.old.rls != self.new.rls {
            changes.push(Change::Rls(table()));
        }
        let (old, new) = (&self.old.grants, &self.new.grants);
        for role in new
            .keys()
            .chain(old.keys().filter(|role| !new.contains_key(*role)))
        {
            // The rights on a column go with it.
            let lost =
                |columns: &IndexMap<String, _>| !columns.is_empty() && !self.remade.is_empty();
            let anew = new.get(role).is_some_and(|grant| lost(&grant.columns));
            if old.get(role) != new.get(role) || anew {
                changes.push(Change::Grants {
                    table: table(),
                    role: role.clone(),
                });
            }
        }
        if self.old.comment != self.new.comment {
            changes.push(Change::Comment(Commented::Table(table())));
        }
    }
}

/// The columns that an index or a unique constraint speaks of.
fn of_parts<'a>(parts: &'a [Part], predicate: Option<&'a Formula>) -> Vec<&'a str> {
    let formulas = parts.iter().map(|part| &part.formula).chain(predicate);
    let exprs = formulas.filter_map(|formula| match formula {
        Formula::Expr(expr) => Some(expr),
        Formula::Sql(_) => None,
    });
    exprs.flat_map(Expr::columns).collect()
}

fn written(before: &Side<'_>, after: &Side<'_>, changes: &mut Vec<Change>) {
    let (old, new) = (&before.model.sql, &after.model.sql);
    let of = |name: &String, fate| Change::Written {
        name: name.clone(),
        fate,
    };
    for name in old.keys().filter(|name| !new.contains_key(*name)) {
        changes.push(of(name, Fate::Gone));
    }
    for (name, sql) in new {
        match old.get(name) {
            None => changes.push(of(name, Fate::New)),
            Some(had) if had.up.trim() != sql.up.trim() => changes.push(of(name, Fate::Changed)),
            Some(_) => {}
        }
    }
}

fn objects(
    before: &Side<'_>,
    after: &Side<'_>,
    disturbed: &BTreeSet<Name>,
    changes: &mut Vec<Change>,
) {
    let in_the_way = in_the_way(before, after, disturbed);
    let of = |object: &Object, fate| Change::Object {
        object: object.clone(),
        fate,
    };
    for object in before.objects.keys() {
        if !after.objects.contains_key(object) {
            changes.push(of(object, Fate::Gone));
        }
    }
    for (object, new) in &after.objects {
        let fate = match before.objects.get(object) {
            None => Fate::New,
            Some(old) => match (old == new, in_the_way.contains(object)) {
                (true, false) => continue,
                (true, true) => Fate::InTheWay,
                (false, true) => Fate::Changed,
                (false, false) if old.is_replaced_by(new) => Fate::Replaced,
                (false, false) => Fate::Changed,
            },
        };
        changes.push(of(object, fate));
    }
}

/// The objects so far that stop a change of what they name.
fn in_the_way<'s>(
    before: &'s Side<'_>,
    after: &Side<'_>,
    disturbed: &BTreeSet<Name>,
) -> BTreeSet<&'s Object> {
    let names: BTreeSet<&str> = disturbed.iter().map(|name| name.name.as_str()).collect();
    let tables: BTreeSet<String> = disturbed.iter().map(qualified).collect();
    let function = |name: &str| Object::Function(functions::name(before.model, name));
    // A function that gives back something else, or goes, takes along those that call it.
    let replaced = before.catalog.sets.functions.keys().filter(|name| {
        let object = function(name);
        match (before.objects.get(&object), after.objects.get(&object)) {
            (Some(old), Some(new)) => !old.is_replaced_by(new),
            _ => true,
        }
    });
    let mut sets = before.sets_reading(&names);
    sets.extend(replaced.map(String::as_str));
    let sets = before.sets_calling(&sets);
    let functions: BTreeSet<Object> = sets.iter().map(|name| function(name)).collect();

    let mut found: BTreeSet<&Object> = BTreeSet::new();
    let mut calling: BTreeSet<Object> = BTreeSet::new();
    for (table, one) in &before.catalog.tables {
        for (name, policy) in &one.policies {
            if !before.called_by(policy).is_disjoint(&sets) {
                calling.insert(Object::Policy {
                    table: qualified(table),
                    name: ident(name),
                });
            }
        }
    }
    let mut views: BTreeSet<&str> = BTreeSet::new();
    for object in before.objects.keys() {
        let is_in_the_way = match object {
            Object::Function(_) => functions.contains(object),
            Object::Trigger { table, .. } => tables.contains(table),
            Object::Policy { table, .. } => tables.contains(table) || calling.contains(object),
            Object::View(name) => {
                let model = before.model.views.values();
                let mut named =
                    model.filter(|view| qualified(&Name::new(&view.schema, &view.name)) == *name);
                named.any(|view| {
                    let lowered = &before.catalog.views[&Name::new(&view.schema, &view.name)];
                    let reads = match &lowered.query {
                        Some(query) => tables.contains(&query.table),
                        // What a view written by hand reads is not known.
                        None => !tables.is_empty(),
                    };
                    let changes = after.objects.get(object) != before.objects.get(object);
                    let stands = view
                        .depends_on
                        .iter()
                        .any(|one| views.contains(one.as_str()));
                    let is = reads || stands || changes;
                    if is {
                        views.insert(&view.name);
                    }
                    is
                })
            }
        };
        if is_in_the_way {
            found.insert(object);
        }
    }
    found
}

fn publication(before: &Side<'_>, after: &Side<'_>, renames: &Renames, changes: &mut Vec<Change>) {
    // A publication for all tables has every new one.
    if after.model.postgres.publishes_all {
        return;
    }
    let tables = |side: &Side<'_>| -> Vec<Name> {
        let tables = side.catalog.publications.values().flatten();
        tables.cloned().collect()
    };
    let old: IndexSet<Name> = tables(before)
        .iter()
        .map(|name| renames.table(name).clone())
        .collect();
    let new: IndexSet<Name> = tables(after).into_iter().collect();
    for table in &new {
        if !old.contains(table) {
            changes.push(Change::Publish {
                table: table.clone(),
                published: true,
            });
        }
    }
    for table in &old {
        // A table that is dropped leaves by itself.
        if !new.contains(table) && after.catalog.tables.contains_key(table) {
            changes.push(Change::Publish {
                table: table.clone(),
                published: false,
            });
        }
    }
}
