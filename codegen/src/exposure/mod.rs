//! Who can read and who can write every column, by which rule, and what PowerSync's own storage receives.
//!
//! It is told from what is enforced: the grants on columns, the policy's rules, the columns that streams select, the
//! published tables. What hand-written SQL does with the rights of its owner is not in it.

mod copies;
mod follows;
mod normal;
mod passes;
mod report;
pub mod since;

pub use passes::passes;
pub use report::human;

use crate::catalog::{Grant, callers, changes, grants_of_table, published};
use crate::expr::print::language;
use crate::map::IndexSet;
use crate::model::{Access, Column, DefaultValue, Model, RoleRules, Rule, Table};
use crate::targets::powersync::budget::{self, Budget};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use synctable::{DeleteRule, Role, SyncMode, Uploaded};

/// The version of the form that [`Exposure`] has as JSON.
pub const FORMAT: u32 = 1;

/// Everything that is exposed.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Exposure {
    /// The version of this form.
    pub format: u32,
    /// Tables that leave a device or the server, in declared order.
    pub tables: Vec<TableExposure>,
    /// The role that reads and writes everything, where the app has one.
    pub service: Option<String>,
    /// What PowerSync's own storage receives.
    pub storage: Vec<Stored>,
    /// What a connection costs, stream by stream.
    pub buckets: Vec<StreamCost>,
}

/// One table.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct TableExposure {
    /// Its name.
    pub table: String,
    /// Which way its rows travel.
    pub sync: &'static str,
    /// The streams that bring its rows to devices.
    pub streams: Vec<String>,
    /// Who may do what, by which rule.
    pub rules: Vec<RuleOf>,
    /// Its columns, in declared order.
    pub columns: Vec<ColumnExposure>,
}

/// One rule of a table.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct RuleOf {
    /// `read`, `insert`, `update` or `delete`.
    pub command: &'static str,
    /// The role.
    pub role: String,
    /// The rule in the language's syntax; of an update, for the row as it stands.
    pub rule: String,
    /// Of an update, the rule for the row as it will be.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after: Option<String>,
}

/// One column.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ColumnExposure {
    /// Its name.
    pub column: String,
    /// The roles that read it in Postgres, by their `read` rules.
    pub read: Vec<String>,
    /// The streams that bring it to devices, by the client role's `read` rule.
    pub synced: Vec<String>,
    /// The roles that set it in a new row, by their `insert` rules.
    pub insert: Vec<String>,
    /// The roles that change it, by their `update` rules; for a tombstone also those that delete.
    pub update: Vec<String>,
    /// What is special about it, in a few words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<&'static str>,
}

/// A published table, as PowerSync's storage receives it: whole rows, whatever streams select.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Stored {
    /// The table.
    pub table: String,
    /// The columns that no stream selects.
    pub unselected: Vec<String>,
    /// Those of them that are secret.
    pub secret: Vec<String>,
}

/// What a stream costs a connection; of a stream with parameters, each subscription.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct StreamCost {
    /// The stream.
    pub stream: String,
    /// Whether every connection has it.
    pub automatic: bool,
    /// In how many ways its queries find buckets.
    pub variants: usize,
    /// The number of buckets, over what scopes hold.
    pub formula: String,
    /// It in numbers; absent where a set has no declared size.
    pub buckets: Option<u64>,
    /// The rows that are looked up to find the buckets, over what scopes hold.
    pub lookups: String,
    /// It in numbers; absent where a set has no declared size.
    pub looked_up: Option<u64>,
    /// The sets without a declared size.
    pub unbounded: Vec<String>,
}

/// The exposure of a model.
#[must_use]
pub fn of(model: &Model) -> Exposure {
    let facts = Facts::of(model);
    Exposure {
        format: FORMAT,
        tables: facts.tables().collect(),
        service: model.postgres.roles.service.clone(),
        storage: published(model)
            .iter()
            .map(|name| facts.stored(&model.tables[*name]))
            .collect(),
        buckets: costs(&budget::budget(model)),
    }
}

/// The part of [`of`] about tables.
pub(crate) fn tables(model: &Model) -> Vec<TableExposure> {
    Facts::of(model).tables().collect()
}

/// What is known of the whole model, worked out once.
struct Facts<'m> {
    model: &'m Model,
    callers: IndexSet<String>,
    published: BTreeSet<&'m str>,
    /// The streams that bring the rows of each table.
    streams: BTreeMap<&'m str, Vec<&'m str>>,
}

/// The streams that bring the rows of each table, in declared order.
fn streams(model: &Model) -> BTreeMap<&str, Vec<&str>> {
    let mut streams: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for stream in model.streams.values() {
        for part in &stream.tables {
            let of_table = streams.entry(&part.table).or_default();
            if of_table.last() != Some(&stream.name.as_str()) {
                of_table.push(&stream.name);
            }
        }
    }
    streams
}

impl<'m> Facts<'m> {
    fn of(model: &'m Model) -> Self {
        Self {
            model,
            callers: callers(model),
            published: published(model).into_iter().collect(),
            streams: streams(model),
        }
    }

    /// The tables that the server has, too.
    fn tables(&self) -> impl Iterator<Item = TableExposure> {
        let tables = self.model.tables.values();
        let tables = tables.filter(|table| table.sync != SyncMode::Local);
        tables.map(|table| self.of_table(table))
    }

    fn streams_of(&self, table: &Table) -> &[&str] {
        let streams = self.streams.get(table.name.as_str());
        streams.map_or(&[], Vec::as_slice)
    }

    fn of_table(&self, table: &Table) -> TableExposure {
        let published = self.published.contains(table.name.as_str());
        let grants = grants_of_table(self.model, &self.callers, table, published);
        let streams: Vec<String> = self
            .streams_of(table)
            .iter()
            .map(|name| (*name).to_owned())
            .collect();
        let may = |command: &str, column: &str| -> Vec<String> {
            let holds = |grant: &Grant| {
                grant.table.contains(command)
                    || grant
                        .columns
                        .get(command)
                        .is_some_and(|columns| columns.contains(column))
            };
            self.callers
                .iter()
                .filter(|role| grants.get(*role).is_some_and(holds))
                .cloned()
                .collect()
        };
        let columns = table.columns.values().map(|column| {
            let on_server = column.direction.on_server();
            // A grant on what the server fills lets nobody write another value.
            let is_written =
                on_server && column.generated.is_none() && column.uploaded == Uploaded::Refused;
            ColumnExposure {
                column: column.name.clone(),
                read: if on_server && !is_computed(column) {
                    may("select", &column.name)
                } else {
                    Vec::new()
                },
                synced: if is_synced(column) {
                    streams.clone()
                } else {
                    Vec::new()
                },
                insert: if is_written {
                    may("insert", &column.name)
                } else {
                    Vec::new()
                },
                update: self.changing(table, column),
                note: note(table, column),
            }
        });
        TableExposure {
            table: table.name.clone(),
            sync: table.sync.as_str(),
            rules: table.access.as_ref().map(rules).unwrap_or_default(),
            columns: columns.collect(),
            streams,
        }
    }

    /// The roles that may give the column of a row that is there another value.
    fn changing(&self, table: &Table, column: &Column) -> Vec<String> {
        let callers = self.callers.iter();
        let changing = callers.filter(|role| changes(table, role, column));
        changing.cloned().collect()
    }

    fn stored(&self, table: &Table) -> Stored {
        let selected = !self.streams_of(table).is_empty();
        let unselected: Vec<&Column> = table
            .columns
            .values()
            .filter(|column| column.direction.on_server() && !is_computed(column))
            .filter(|column| !(selected && is_synced(column)))
            .collect();
        let names =
            |columns: &[&Column]| columns.iter().map(|column| column.name.clone()).collect();
        let secret: Vec<&Column> = unselected
            .iter()
            .copied()
            .filter(|column| column.secret)
            .collect();
        Stored {
            table: table.name.clone(),
            unselected: names(&unselected),
            secret: names(&secret),
        }
    }
}

fn rules(access: &Access) -> Vec<RuleOf> {
    fn each<'a>(
        command: &'static str,
        rules: &'a RoleRules<Rule>,
    ) -> impl Iterator<Item = RuleOf> + 'a {
        rules.iter().map(move |(role, rule)| RuleOf {
            command,
            role: role.clone(),
            rule: text(rule),
            after: None,
        })
    }
    let updates = access.update.iter().map(|(role, rule)| RuleOf {
        command: "update",
        role: role.clone(),
        rule: text(&rule.before),
        after: (rule.after != rule.before).then(|| text(&rule.after)),
    });
    each("read", &access.read)
        .chain(each("insert", &access.insert))
        .chain(updates)
        .chain(each("delete", &access.delete))
        .collect()
}

fn text(rule: &Rule) -> String {
    match rule {
        Rule::Public => "public".to_owned(),
        Rule::When(expr) => language(expr),
    }
}

/// Whether a stream of its table sends it.
fn is_synced(column: &Column) -> bool {
    column.direction.on_client() && column.direction.on_server() && !column.secret
}

/// Whether it stands in no row of Postgres.
fn is_computed(column: &Column) -> bool {
    column
        .generated
        .as_ref()
        .is_some_and(|generated| !generated.stored)
}

fn note(table: &Table, column: &Column) -> Option<&'static str> {
    if column.secret {
        return Some("secret: callers cannot read it");
    }
    if !column.direction.on_server() {
        return Some("on the device only");
    }
    if column.generated.is_some() {
        return Some("computed");
    }
    if column.identity {
        return Some("identity: Postgres counts it");
    }
    if !column.direction.on_client() {
        return Some("on the server: never synced");
    }
    match column.uploaded {
        Uploaded::Verified => {
            return Some("filled by the server: an upload may contain the same value");
        }
        Uploaded::Ignored => return Some("filled by the server: values in uploads are ignored"),
        Uploaded::Refused => {}
    }
    if !column.direction.uploads() {
        return Some(match &column.default {
            Some(DefaultValue::Expr(_) | DefaultValue::Sql(_)) => "filled by the server",
            None if column.copied.is_some() => "copied from another row",
            None => "written by the server",
        });
    }
    if column.role == Some(Role::Tombstone) && table.delete == DeleteRule::Soft {
        return Some("set by a delete");
    }
    None
}

fn costs(budget: &Budget) -> Vec<StreamCost> {
    let streams = budget.streams.iter();
    streams
        .map(|stream| StreamCost {
            stream: stream.name.clone(),
            automatic: stream.automatic,
            variants: stream.variants,
            formula: stream.formula.to_string(),
            buckets: stream.formula.total(),
            lookups: stream.lookups.to_string(),
            looked_up: stream.lookups.total(),
            unbounded: {
                let sets = [stream.formula.unbounded(), stream.lookups.unbounded()];
                let sets: BTreeSet<&str> = sets.into_iter().flatten().collect();
                sets.into_iter().map(str::to_owned).collect()
            },
        })
        .collect()
}
