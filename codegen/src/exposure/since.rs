//! Who gained access and who lost it, from one model to another.
//!
//! Rules are compared in a normal form, in which scopes are what they hold and not what they are called. What two equal forms
//! let pass is equal; of two others it is told whether the one plainly lets pass what the other does.

use super::{TableExposure, of, text};
use crate::expr::{Implications, normalise};
use crate::model::{Expr, Model, RoleRules, Rule, Select, Set, UpdateRule};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// What changed of who may do what.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Since {
    /// Access that was not there.
    pub gained: Vec<Change>,
    /// Access that is no longer there.
    pub lost: Vec<Change>,
}

/// What a role may newly do, or no longer.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Change {
    /// `read`, `sync` (streams send it to devices), `insert`, `update` or `delete`.
    pub action: &'static str,
    /// The role.
    pub role: String,
    /// The table, as it is called afterwards, or was where it is gone; `bucket: name` of a storage bucket.
    pub table: String,
    /// The columns; none of a `delete`, and of a bucket.
    pub columns: Vec<String>,
    /// The rule that gives the access: of what is lost, the one that gave it.
    pub rule: String,
    /// Whether the table or the columns were not there before.
    pub new: bool,
    /// Whether everybody has it: the anonymous role, or any caller by the rule `public`.
    pub open: bool,
}

/// What one role may do in one way with one table.
struct Way {
    columns: Vec<String>,
    /// Rows pass where all of these hold.
    rules: Vec<Normal>,
    rule: String,
    open: bool,
}

/// A rule in its normal form; `None` where every row passes.
#[derive(Clone, PartialEq)]
struct Normal {
    expr: Option<Expr>,
    /// What the scopes are that it names, in whatever place.
    scopes: BTreeMap<String, usize>,
}

/// What changed from one model to the other.
#[must_use]
pub fn since(before: &Model, after: &Model) -> Since {
    let renames = Renames::of(before, after);
    let mut forms = Forms::default();
    let old = ways(before, &renames, &mut forms);
    let new = ways(after, &Renames::default(), &mut forms);
    let had: BTreeMap<String, BTreeSet<String>> = columns(before, &renames);
    let has: BTreeMap<String, BTreeSet<String>> = columns(after, &Renames::default());
    let mut since = Since::default();
    let nothing = BTreeSet::new();
    for (place, way) in &new {
        let (had, old) = (had.get(&place.table), old.get(place));
        let is_new = |column: &String| !had.is_some_and(|had| had.contains(column));
        let (came, stayed): (Vec<String>, Vec<String>) =
            way.columns.iter().cloned().partition(is_new);
        place.tell(&mut since.gained, way, came, true);
        let stays = place.has_columns() || had.is_some();
        if !stays {
            place.tell_whole(&mut since.gained, way, true);
            continue;
        }
        let Some(old) = old else {
            match place.has_columns() {
                true => place.tell(&mut since.gained, way, stayed, false),
                false => place.tell_whole(&mut since.gained, way, false),
            }
            continue;
        };
        let wider = !implied(&way.rules, &old.rules);
        if !place.has_columns() {
            if wider {
                place.tell_whole(&mut since.gained, way, false);
            }
            continue;
        }
        let gained = stayed.into_iter();
        let gained = gained.filter(|column| wider || !old.columns.contains(column));
        place.tell(&mut since.gained, way, gained.collect(), false);
    }
    for (place, way) in &old {
        let has = has.get(&place.table).unwrap_or(&nothing);
        let new = new.get(place);
        let narrower = new.is_none_or(|new| !implied(&way.rules, &new.rules));
        if !place.has_columns() {
            if narrower {
                place.tell_whole(&mut since.lost, way, false);
            }
            continue;
        }
        let is_lost = |column: &&String| {
            has.contains(*column)
                && (narrower || new.is_none_or(|new| !new.columns.contains(*column)))
        };
        let lost: Vec<String> = way.columns.iter().filter(is_lost).cloned().collect();
        place.tell(&mut since.lost, way, lost, false);
    }
    since
}

/// How the table of a storage bucket is called, which no declared table is.
const BUCKET: &str = "bucket: ";

/// Where access is: the action is last, so that what belongs to a table and a role is told together.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Place {
    table: String,
    role: String,
    action: Action,
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Action {
    Read,
    Sync,
    Insert,
    Update,
    Delete,
}

impl Place {
    fn has_columns(&self) -> bool {
        self.action != Action::Delete && !self.table.starts_with(BUCKET)
    }

    fn tell(&self, changes: &mut Vec<Change>, way: &Way, columns: Vec<String>, new: bool) {
        if !columns.is_empty() {
            changes.push(self.change(way, columns, new));
        }
    }

    fn tell_whole(&self, changes: &mut Vec<Change>, way: &Way, new: bool) {
        if !self.has_columns() {
            changes.push(self.change(way, Vec::new(), new));
        }
    }

    fn change(&self, way: &Way, columns: Vec<String>, new: bool) -> Change {
        Change {
            action: match self.action {
                Action::Read => "read",
                Action::Sync => "sync",
                Action::Insert => "insert",
                Action::Update => "update",
                Action::Delete => "delete",
            },
            role: self.role.clone(),
            table: self.table.clone(),
            columns,
            rule: way.rule.clone(),
            new,
            open: way.open,
        }
    }
}

/// Whether every row that passes `given` plainly passes `wanted`.
fn implied(given: &[Normal], wanted: &[Normal]) -> bool {
    let pairs = given.iter().zip(wanted);
    given.len() == wanted.len()
        && pairs.into_iter().all(|(given, wanted)| {
            // What a name holds that both use is the same.
            let same =
                |name: &String, id: &usize| wanted.scopes.get(name).is_none_or(|other| other == id);
            match (&given.expr, &wanted.expr) {
                (_, None) => true,
                (None, Some(_)) => false,
                (Some(one), Some(other)) => {
                    given.scopes.iter().all(|(name, id)| same(name, id))
                        && Implications::plain().implies(one, other)
                }
            }
        })
}

/// The columns of every table that leaves the server or a device.
fn columns(model: &Model, renames: &Renames) -> BTreeMap<String, BTreeSet<String>> {
    let buckets = model.storage.keys();
    let buckets = buckets.map(|name| (format!("{BUCKET}{name}"), BTreeSet::new()));
    let tables = model.tables.values();
    tables
        .map(|table| {
            let columns = table.columns.keys();
            let columns = columns.map(|column| renames.column(&table.name, column).to_owned());
            (renames.table(&table.name).to_owned(), columns.collect())
        })
        .chain(buckets)
        .collect()
}

/// Every way in which a role reaches rows.
fn ways(model: &Model, renames: &Renames, forms: &mut Forms) -> BTreeMap<Place, Way> {
    let scopes = forms.scopes(model, renames);
    let mut found = BTreeMap::new();
    for exposed in of(model).tables {
        let table = &model.tables[&exposed.table];
        let Some(access) = &table.access else {
            continue;
        };
        let mut add = |action: Action, role: &str, columns: Vec<String>, rules: &[&Rule]| {
            if columns.is_empty() && action != Action::Delete {
                return;
            }
            let normal = |rule: &&Rule| forms.normal(rule, &table.name, renames, &scopes);
            let way = Way {
                columns: columns
                    .iter()
                    .map(|column| renames.column(&table.name, column).to_owned())
                    .collect(),
                rules: rules.iter().map(normal).collect(),
                rule: told(rules),
                open: rules.contains(&&Rule::Public)
                    || model.postgres.roles.anonymous.as_deref() == Some(role),
            };
            let place = Place {
                table: renames.table(&table.name).to_owned(),
                role: role.to_owned(),
                action,
            };
            found.insert(place, way);
        };
        let named = |role: &str, of: fn(&super::ColumnExposure) -> &Vec<String>| {
            with_role(&exposed, role, of)
        };
        for (role, rule) in &access.read {
            add(
                Action::Read,
                role,
                named(role, |column| &column.read),
                &[rule],
            );
            if *role == model.postgres.roles.client {
                let synced = exposed.columns.iter().filter(|one| !one.synced.is_empty());
                let synced = synced.map(|one| one.column.clone()).collect();
                add(Action::Sync, role, synced, &[rule]);
            }
        }
        for (role, rule) in &access.insert {
            add(
                Action::Insert,
                role,
                named(role, |column| &column.insert),
                &[rule],
            );
        }
        for (role, rules) in changing(&access.update, &access.delete) {
            add(
                Action::Update,
                role,
                named(role, |column| &column.update),
                &rules,
            );
        }
        for (role, rule) in &access.delete {
            add(Action::Delete, role, Vec::new(), &[rule]);
        }
    }
    buckets(model, renames, forms, &scopes, &mut found);
    found
}

/// Every way in which a role reaches the objects of a storage bucket.
fn buckets(
    model: &Model,
    renames: &Renames,
    forms: &Forms,
    scopes: &BTreeMap<String, usize>,
    found: &mut BTreeMap<Place, Way>,
) {
    let anonymous = model.postgres.roles.anonymous.as_deref();
    for bucket in model.storage.values() {
        let mut add = |action: Action, role: &str, rules: &[&Rule]| {
            let normal = |rule: &&Rule| forms.normal(rule, "", renames, scopes);
            let place = Place {
                table: format!("{BUCKET}{}", bucket.name),
                role: role.to_owned(),
                action,
            };
            let way = Way {
                columns: Vec::new(),
                rules: rules.iter().map(normal).collect(),
                rule: told(rules),
                open: rules.contains(&&Rule::Public) || anonymous == Some(role),
            };
            found.insert(place, way);
        };
        for (role, rule) in &bucket.access.read {
            add(Action::Read, role, &[rule]);
        }
        if bucket.public {
            add(Action::Read, "everybody", &[&Rule::Public]);
        }
        for (role, rule) in &bucket.access.insert {
            add(Action::Insert, role, &[rule]);
        }
        for (role, rule) in &bucket.access.update {
            add(Action::Update, role, &[&rule.before, &rule.after]);
        }
        for (role, rule) in &bucket.access.delete {
            add(Action::Delete, role, &[rule]);
        }
    }
}

/// The rules by which a role changes rows: those of `update`, or else of `delete`, which sets a tombstone.
fn changing<'a>(
    update: &'a RoleRules<UpdateRule>,
    delete: &'a RoleRules<Rule>,
) -> Vec<(&'a str, Vec<&'a Rule>)> {
    let updating = update.iter();
    let updating = updating.map(|(role, rule)| (role.as_str(), vec![&rule.before, &rule.after]));
    let deleting = delete
        .iter()
        .filter(|(role, _)| !update.contains_key(*role));
    let deleting = deleting.map(|(role, rule)| (role.as_str(), vec![rule, rule]));
    updating.chain(deleting).collect()
}

fn with_role(
    exposed: &TableExposure,
    role: &str,
    of: fn(&super::ColumnExposure) -> &Vec<String>,
) -> Vec<String> {
    let columns = exposed.columns.iter();
    columns
        .filter(|column| of(column).iter().any(|one| one == role))
        .map(|column| column.column.clone())
        .collect()
}

fn told(rules: &[&Rule]) -> String {
    match rules {
        [before, after] if before != after => {
            format!("before: {}; after: {}", text(before), text(after))
        }
        [rule, ..] => text(rule),
        [] => String::new(),
    }
}

/// What is called otherwise in the later model.
#[derive(Default)]
struct Renames {
    tables: BTreeMap<String, String>,
    columns: BTreeMap<(String, String), String>,
}

impl Renames {
    fn of(before: &Model, after: &Model) -> Self {
        let mut renames = Self::default();
        for table in after.tables.values() {
            let was = table
                .was
                .as_ref()
                .filter(|was| before.tables.contains_key(*was));
            let is_same = before.tables.contains_key(&table.name);
            let origin = match was {
                Some(was) if !is_same => was,
                _ if is_same => &table.name,
                _ => continue,
            };
            renames.tables.insert(origin.clone(), table.name.clone());
            let old = &before.tables[origin].columns;
            for column in table.columns.values() {
                let was = column.was.as_ref().filter(|was| old.contains_key(*was));
                if let Some(was) = was.filter(|_| !old.contains_key(&column.name)) {
                    let place = (origin.clone(), was.clone());
                    renames.columns.insert(place, column.name.clone());
                }
            }
        }
        renames
    }

    fn table<'a>(&'a self, name: &'a str) -> &'a str {
        self.tables.get(name).map_or(name, String::as_str)
    }

    fn column<'a>(&'a self, table: &str, name: &'a str) -> &'a str {
        let place = (table.to_owned(), name.to_owned());
        self.columns.get(&place).map_or(name, String::as_str)
    }
}

/// Normal forms, in which equal scopes of both models have the same number.
#[derive(Default)]
struct Forms {
    numbers: BTreeMap<String, usize>,
}

impl Forms {
    /// The number of each scope.
    fn scopes(&mut self, model: &Model, renames: &Renames) -> BTreeMap<String, usize> {
        let made = model.of_scopes(|select, below: &BTreeMap<&str, usize>| {
            let below: BTreeMap<String, usize> = below
                .iter()
                .map(|(name, number)| ((*name).to_owned(), *number))
                .collect();
            let form = canonical_select(select, renames, &below);
            let mut named: BTreeMap<&str, Option<&usize>> = BTreeMap::new();
            for name in select.scopes() {
                named.insert(name, below.get(name));
            }
            let numbers: Vec<_> = named.values().collect();
            let next = self.numbers.len();
            *self
                .numbers
                .entry(format!("{form:?} {numbers:?}"))
                .or_insert(next)
        });
        let named = made.into_iter();
        named
            .map(|(name, number)| (name.to_owned(), number))
            .collect()
    }

    fn normal(
        &self,
        rule: &Rule,
        table: &str,
        renames: &Renames,
        scopes: &BTreeMap<String, usize>,
    ) -> Normal {
        match rule {
            Rule::Public => Normal {
                expr: None,
                scopes: BTreeMap::new(),
            },
            Rule::When(expr) => {
                let expr = canonical(expr, table, renames, scopes);
                Normal {
                    scopes: left_named(&expr, scopes),
                    expr: Some(expr),
                }
            }
        }
    }
}

/// The scopes that are left under their own names, in a place where no number stands for them.
fn left_named(expr: &Expr, scopes: &BTreeMap<String, usize>) -> BTreeMap<String, usize> {
    let named = expr.scopes().into_iter();
    named
        .filter_map(|name| Some((name.to_owned(), *scopes.get(name)?)))
        .collect()
}

fn canonical_select(
    select: &Select,
    renames: &Renames,
    scopes: &BTreeMap<String, usize>,
) -> Select {
    let of = |expr: &Expr| canonical(expr, &select.table, renames, scopes);
    Select {
        column: of(&select.column),
        table: renames.table(&select.table).to_owned(),
        filter: select.filter.as_ref().map(of),
    }
}

/// The normal form of a condition over a row of a table, for comparison alone: what may be swapped is in one order, and a
/// scope is called by its number.
fn canonical(
    expr: &Expr,
    table: &str,
    renames: &Renames,
    scopes: &BTreeMap<String, usize>,
) -> Expr {
    let renamed = normalise(expr).with_columns(&|column| {
        let new = renames.column(table, column);
        (new != column).then(|| Expr::Column(new.to_owned()))
    });
    ordered(&renamed, renames, scopes)
}

fn ordered(expr: &Expr, renames: &Renames, scopes: &BTreeMap<String, usize>) -> Expr {
    let of = |expr: &Expr| ordered(expr, renames, scopes);
    let all = |parts: &[Expr]| {
        let parts: BTreeSet<Expr> = parts.iter().map(of).collect();
        parts.into_iter().collect::<Vec<_>>()
    };
    match expr {
        Expr::And(parts) => match <[Expr; 1]>::try_from(all(parts)) {
            Ok([only]) => only,
            Err(parts) => Expr::And(parts),
        },
        Expr::Or(parts) => match <[Expr; 1]>::try_from(all(parts)) {
            Ok([only]) => only,
            Err(parts) => Expr::Or(parts),
        },
        Expr::Not(inner) => Expr::Not(Box::new(of(inner))),
        Expr::Compare { op, left, right } => {
            let (left, right) = (of(left), of(right));
            let is_swapped = matches!(
                op,
                crate::model::CompareOp::Eq | crate::model::CompareOp::Ne
            ) && right < left;
            let (left, right) = match is_swapped {
                true => (right, left),
                false => (left, right),
            };
            Expr::Compare {
                op: *op,
                left: Box::new(left),
                right: Box::new(right),
            }
        }
        Expr::InList {
            operand,
            list,
            negated,
        } => {
            let mut list = list.clone();
            list.sort();
            list.dedup();
            Expr::InList {
                operand: Box::new(of(operand)),
                list,
                negated: *negated,
            }
        }
        Expr::InSet { operand, set } => Expr::InSet {
            operand: Box::new(of(operand)),
            set: match set {
                Set::Scope(name) => match scopes.get(name) {
                    // No name of a scope has this form.
                    Some(number) => Set::Scope(format!("#{number}")),
                    None => set.clone(),
                },
                Set::Select(select) => {
                    Set::Select(Box::new(canonical_select(select, renames, scopes)))
                }
            },
        },
        other => other.clone(),
    }
}

/// The change of access as text; what is new and not open is counted with what it belongs to.
#[must_use]
pub fn human(since: &Since) -> String {
    let mut out = String::new();
    let mut section = |title: &str, changes: &[Change]| {
        if changes.is_empty() {
            return;
        }
        out.push_str(title);
        out.push('\n');
        for change in changes {
            out.push_str(&format!("  {}\n", change.told()));
        }
    };
    section("Gained:", &since.gained);
    section("Lost:", &since.lost);
    if out.is_empty() {
        out.push_str("Nobody gained or lost access.\n");
    }
    out
}

impl Change {
    /// In words: "`anon` reads `members.email` where public".
    #[must_use]
    pub fn told(&self) -> String {
        if let Some(bucket) = self.table.strip_prefix(BUCKET) {
            let verb = match self.action {
                "read" => "reads",
                "insert" => "adds",
                "update" => "replaces",
                _ => "deletes",
            };
            let rule = self.in_words();
            return format!(
                "`{}` {verb} objects of the bucket `{bucket}`: {rule}",
                self.role
            );
        }
        let verb = match self.action {
            "read" => "reads",
            "sync" => "gets on devices",
            "insert" => "sets in new rows",
            "update" => "changes",
            _ => "deletes rows of",
        };
        let what = match self.columns.is_empty() {
            true => format!("`{}`", self.table),
            false => format!("`{}` ({})", self.table, self.columns.join(", ")),
        };
        let rule = self.in_words();
        let new = if self.new { ", which is new" } else { "" };
        format!("`{}` {verb} {what}{new}: {rule}", self.role)
    }

    fn in_words(&self) -> String {
        match self.rule.as_str() {
            "public" => "all of them".to_owned(),
            rule => format!("where {rule}"),
        }
    }

    /// Whether a reviewer has to agree: what was there is opened to somebody, or what is new to everybody.
    #[must_use]
    pub fn is_granted(&self) -> bool {
        !self.new || self.open
    }
}
