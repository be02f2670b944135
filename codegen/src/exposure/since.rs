//! Who gained access and who lost it, from one model to another.
//!
//! Rules are compared in their normal forms. What two equal forms let pass is equal; of two others it is told whether what
//! passes the one plainly passes the other.

use super::follows::Follows;
use super::normal::{Forms, Normal, Renames, Sets};
use super::{Facts, TableExposure, text};
use crate::model::{Column, Expr, Model, RoleRules, Rule, Table, UpdateRule};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use synctable::DeleteRule;

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
    /// What the row must pass besides, of which another way tells; `None` where nothing is asked.
    read: Option<Normal>,
    /// Of a deletion, what it does.
    deletion: Option<DeleteRule>,
    /// Whether rows are changed by their deletion alone, which sets the tombstone and does not take it back.
    buries: bool,
    rule: String,
    open: bool,
}

impl Way {
    /// Whether whatever passes here passes the other way, as far as is plain.
    fn is_within(&self, other: &Self, follows: &Follows<'_>) -> bool {
        if self.buries != other.buries {
            // Of deletions another way tells.
            return self.buries;
        }
        // Where nothing is read, a row may be written that nobody could read.
        let asks_as_much = self.read.is_some() || other.read.is_none();
        let pairs = self.rules.iter().zip(&other.rules);
        let read = self.read.as_ref().and_then(|read| read.0.as_ref());
        self.deletion == other.deletion
            && asks_as_much
            && self.rules.len() == other.rules.len()
            && pairs.into_iter().all(|(given, wanted)| {
                let given: Vec<&Expr> = given.0.iter().chain(read).collect();
                let wanted = wanted.0.as_ref();
                wanted.is_none_or(|wanted| follows.follows(&given, wanted))
            })
    }
}

/// What changed from one model to the other.
#[must_use]
pub fn since(before: &Model, after: &Model) -> Since {
    let renames = Renames::of(before, after);
    let mut sets = Sets::default();
    let old = ways(before, &renames, &mut sets);
    let new = ways(after, &Renames::default(), &mut sets);
    let follows = sets.follows();
    let had: BTreeMap<String, BTreeSet<String>> = columns(before, &renames);
    let has: BTreeMap<String, BTreeSet<String>> = columns(after, &Renames::default());
    let mut since = Since::default();
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
        let wider = !way.is_within(old, &follows);
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
        // Of a table that is gone, that says enough.
        let Some(has) = has
            .get(&place.table)
            .or(place.is_of_bucket().then_some(&NOTHING))
        else {
            continue;
        };
        let new = new.get(place);
        let narrower = new.is_none_or(|new| !way.is_within(new, &follows));
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

/// The columns of a bucket.
static NOTHING: BTreeSet<String> = BTreeSet::new();

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
        self.action != Action::Delete && !self.is_of_bucket()
    }

    fn is_of_bucket(&self) -> bool {
        self.table.starts_with(BUCKET)
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
fn ways(model: &Model, renames: &Renames, sets: &mut Sets) -> BTreeMap<Place, Way> {
    let mut forms = Forms::new(model, renames, sets);
    let mut found = BTreeMap::new();
    let facts = Facts::of(model);
    for exposed in facts.tables() {
        let table = &model.tables[&exposed.table];
        let Some(access) = &table.access else {
            continue;
        };
        let mut add = |action: Action, role: &str, columns: Vec<String>, ruled: Ruled<'_>| {
            if columns.is_empty() && action != Action::Delete {
                return;
            }
            let is_written = action == Action::Insert;
            let is_filled = |column: &Column| is_written && !columns.contains(&column.name);
            let mut form = |rule: &Rule| forms.rule(rule, &table.name, &is_filled);
            let mut rules: Vec<Normal> = ruled.rules.iter().map(|rule| form(rule)).collect();
            if let ([before, after], [rule, _]) = (rules.as_mut_slice(), ruled.rules.as_slice())
                && is_kept(table, rule)
            {
                after.also(before);
            }
            let way = Way {
                rules,
                read: ruled.read.map(&mut form),
                deletion: (action == Action::Delete).then_some(table.delete),
                buries: action == Action::Update && !access.update.contains_key(role),
                rule: told(&ruled.rules),
                open: ruled.rules.contains(&&Rule::Public)
                    || model.postgres.roles.anonymous.as_deref() == Some(role),
                columns: columns
                    .iter()
                    .map(|column| renames.column(&table.name, column).to_owned())
                    .collect(),
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
            let columns = named(role, |column| &column.read);
            add(Action::Read, role, columns, Ruled::by(&[rule]));
            if *role == model.postgres.roles.client {
                let synced = exposed.columns.iter().filter(|one| !one.synced.is_empty());
                let synced = synced.map(|one| one.column.clone()).collect();
                let sent = sent(model, &table.name, rule);
                add(Action::Sync, role, synced, Ruled::by(&[&sent]));
            }
        }
        for (role, rule) in &access.insert {
            let columns = named(role, |column| &column.insert);
            let ruled = Ruled::by(&[rule]).and(access.read.get(role));
            add(Action::Insert, role, columns, ruled);
        }
        for (role, rules) in changing(&access.update, &access.delete) {
            let columns = named(role, |column| &column.update);
            let ruled = Ruled::by(&rules).and(access.read.get(role));
            add(Action::Update, role, columns, ruled);
        }
        for (role, rule) in &access.delete {
            let ruled = Ruled::by(&[rule]).and(access.read.get(role));
            add(Action::Delete, role, Vec::new(), ruled);
        }
    }
    buckets(model, &mut forms, &mut found);
    found
}

/// The rules of one way.
struct Ruled<'a> {
    rules: Vec<&'a Rule>,
    read: Option<&'a Rule>,
}

impl<'a> Ruled<'a> {
    fn by(rules: &[&'a Rule]) -> Self {
        Self {
            rules: rules.to_vec(),
            read: None,
        }
    }

    fn and(self, read: Option<&'a Rule>) -> Self {
        Self { read, ..self }
    }
}

/// Which rows streams send of a table: those that may be read and that one of its streams selects.
fn sent(model: &Model, table: &str, read: &Rule) -> Rule {
    let streams = model.streams.values();
    let parts = streams.flat_map(|stream| &stream.tables);
    let filters: Option<Vec<Expr>> = parts
        .filter(|part| part.table == table)
        .map(|part| part.filter.clone())
        .collect();
    let mut filters = filters.unwrap_or_default();
    filters.dedup();
    let selected = match <[Expr; 1]>::try_from(filters) {
        Ok([only]) => only,
        Err(all) if all.is_empty() => return read.clone(),
        Err(all) => Expr::Or(all),
    };
    Rule::When(match read {
        Rule::Public => selected,
        Rule::When(read) => Expr::And(vec![read.clone(), selected]),
    })
}

/// Every way in which a role reaches the objects of a storage bucket.
fn buckets(model: &Model, forms: &mut Forms<'_, '_>, found: &mut BTreeMap<Place, Way>) {
    let anonymous = model.postgres.roles.anonymous.as_deref();
    for bucket in model.storage.values() {
        let mut add = |action: Action, role: &str, rules: &[&Rule]| {
            let place = Place {
                table: format!("{BUCKET}{}", bucket.name),
                role: role.to_owned(),
                action,
            };
            let way = Way {
                columns: Vec::new(),
                rules: rules
                    .iter()
                    .map(|rule| forms.rule(rule, "", &|_| false))
                    .collect(),
                read: None,
                deletion: None,
                buries: false,
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

/// Whether a row that passes the rule passes it after every change, too: no column that it speaks of can change.
fn is_kept(table: &Table, rule: &Rule) -> bool {
    let is_set_once = |name: &str| {
        let column = table.columns.get(name);
        column.is_some_and(|column| column.immutable || table.key.contains(&column.name))
    };
    match rule {
        Rule::Public => true,
        Rule::When(expr) => expr.columns().iter().all(|name| is_set_once(name)),
    }
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
