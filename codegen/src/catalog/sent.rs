//! How Postgres treats what clients say of columns that the server fills: verified columns are checked, ignored ones keep
//! the server's value.
//!
//! Both are granted, so that a client that writes rows whole can write them, and triggers see to the values.
//! The triggers bind those whom the policies bind.
//! Those that look at what a client says fire first: a name that begins with `_` sorts before those of other triggers.
//! What a new row holds in a verified column is checked at the end: before an insert, nobody knows whether the row is there
//! already.

use super::helper::{Call, Helper, ident};
use super::{claim, policies, private_schema};
use crate::expr::print::{self, Hooks, PrintContext};
use crate::expr::{Known, Row};
use crate::guard::copy_of;
use crate::map::IndexMap;
use crate::model::{Column, CompareOp, DefaultValue, Expr, Model, Rule, Table};
use indexmap::map::Entry;
use std::collections::BTreeSet;
use synctable::{Database, DeleteRule, Kind, Uploaded, derived_name};

/// Everything that checks and overwrites what clients say of the server's columns.
pub(super) fn helpers(model: &Model, known: &Known) -> Vec<Helper> {
    let tables = super::server_tables(model).map(|table| Sent {
        model,
        known,
        table,
    });
    let tables: Vec<Sent<'_>> = tables.collect();
    let of_table = tables
        .iter()
        .flat_map(|sent| {
            [
                sent.ignoring(),
                sent.verifying_copies(),
                sent.verifying_new(),
            ]
        })
        .flatten();
    of_table.chain(holding(&tables)).collect()
}

/// What refuses changes of verified columns: one function for all tables that have the same ones.
///
/// Other columns can give the same name, such as `a_b` alone and `a` with `b`: the later function gets a number.
fn holding(tables: &[Sent<'_>]) -> impl Iterator<Item = Helper> {
    let mut by_body: IndexMap<Vec<String>, Helper> = IndexMap::default();
    let mut taken = BTreeSet::new();
    for found in tables.iter().filter_map(Sent::verifying_changes) {
        match by_body.entry(found.body.clone()) {
            Entry::Occupied(mut known) => known.get_mut().triggers.extend(found.triggers),
            Entry::Vacant(free) => {
                let stem = found.function.clone();
                let mut found = found;
                let mut number = 1;
                while !taken.insert(found.function.clone()) {
                    number += 1;
                    found.function = derived_name(&[&stem], &number.to_string());
                }
                free.insert(found);
            }
        }
    }
    by_body.into_values()
}

/// How a value asks who writes.
struct Caller<'a>(&'a Model);

impl Hooks for Caller<'_> {
    fn user_id(&self) -> String {
        super::caller(self.0)
    }

    fn claim(&self, path: &[String], beside: Option<&Kind>) -> String {
        let schema = private_schema(self.0);
        claim(&Database::Postgres.ident(&schema), path, beside)
    }
}

/// Which rows a trigger fires for.
#[derive(Clone, Copy)]
enum Event {
    /// New ones, before they are there.
    Insert,
    /// New ones, once they are there.
    Inserted,
    /// Those of which a column changes.
    Update,
}

/// A table whose rows clients write.
struct Sent<'a> {
    model: &'a Model,
    known: &'a Known,
    table: &'a Table,
}

impl<'a> Sent<'a> {
    /// The columns of which clients may say something, and what is done about it.
    fn columns(&self, uploaded: Uploaded) -> impl Iterator<Item = &'a Column> {
        let columns = self.table.columns.values();
        columns.filter(move |column| column.uploaded == uploaded)
    }

    /// Overwrites what clients say of ignored columns; a copied one is overwritten by what copies.
    fn ignoring(&self) -> Option<Helper> {
        let columns: Vec<&Column> = self
            .columns(Uploaded::Ignored)
            .filter(|column| column.copied.is_none())
            .collect();
        let new = columns.iter().map(|column| {
            let filled = self.filled(column).unwrap_or_else(|| "null".to_owned());
            format!("        new.{} := {filled};", ident(&column.name))
        });
        let changed = columns.iter().map(|column| {
            let name = ident(&column.name);
            format!("        new.{name} := old.{name};")
        });
        let mut body = vec!["    if tg_op = 'INSERT' then".to_owned()];
        body.extend(new);
        body.push("    else".to_owned());
        body.extend(changed);
        body.push("    end if;".to_owned());
        self.helper(
            ["ignore", "ignored"],
            &columns,
            "Leaves aside what clients say of columns that the server fills",
            body,
            &[Event::Insert, Event::Update],
        )
    }

    /// Holds what clients say of copied columns against what will be copied.
    fn verifying_copies(&self) -> Option<Helper> {
        let columns: Vec<&Column> = self
            .columns(Uploaded::Verified)
            .filter(|column| column.copied.is_some())
            .collect();
        let body = columns.iter().flat_map(|column| {
            let name = ident(&column.name);
            let new = |name: &str| format!("new.{}", ident(name));
            let copy = copy_of(self.model, self.table, &column.name, &new);
            let copy = copy.expect("the column is copied");
            let differs =
                format!("new.{name} is not null and new.{name} is distinct from\n        {copy}");
            refuse_if(&differs, &self.refusal(column))
        });
        let helper = self.helper(
            ["verify_copies", "copies_verified"],
            &columns,
            "Refuses a copied column of which a client says something else than what is copied",
            body.collect(),
            &[Event::Insert, Event::Update],
        )?;
        // The row that a column is copied from is there, whatever the policies let the caller see of it.
        Some(Helper {
            security_definer: true,
            ..helper
        })
    }

    /// Holds what a new row has in verified columns against what the server fills in, unless the policy does so.
    fn verifying_new(&self) -> Option<Helper> {
        let mut columns = self.verified();
        columns.retain(|column| !self.is_held_by_policy(column));
        let body = columns.iter().flat_map(|column| {
            let filled = self.filled(column).unwrap_or_else(|| "null".to_owned());
            let differs = format!("new.{} is distinct from {filled}", ident(&column.name));
            refuse_if(&differs, &self.refusal(column))
        });
        self.helper(
            ["verify", "verified"],
            &columns,
            "Refuses a new row that has something else than what the server fills in",
            body.collect(),
            &[Event::Inserted],
        )
    }

    /// Refuses a change of verified columns; who says null says nothing. The function serves every table that has them.
    fn verifying_changes(&self) -> Option<Helper> {
        let columns: Vec<&Column> = self
            .verified()
            .into_iter()
            .filter(|column| !self.table.key.contains(&column.name))
            .collect();
        let body = columns.iter().flat_map(|column| {
            let name = ident(&column.name);
            let differs = format!("new.{name} is distinct from old.{name}");
            let mut lines = vec![format!(
                "    new.{name} := coalesce(new.{name}, old.{name});"
            )];
            // A table's name is told when it is known.
            let of = refusal(&column.name.replace('%', "%%"), "%s");
            lines.extend(refuse_if(&differs, &format!("format({of}, tg_table_name)")));
            lines
        });
        let helper = self.helper(
            ["hold", "held"],
            &columns,
            "Refuses a change of what the server has filled in",
            body.collect(),
            &[Event::Update],
        )?;
        let names: Vec<&str> = columns.iter().map(|column| column.name.as_str()).collect();
        Some(Helper {
            function: derived_name(&["hold"], &names.join("_")),
            of: None,
            ..helper
        })
    }

    /// Whether every rule for new rows asks that the column holds the caller's id, which is what the server fills in.
    fn is_held_by_policy(&self, column: &Column) -> bool {
        let held = Rule::When(Expr::Compare {
            op: CompareOp::Eq,
            left: Box::new(Expr::Column(column.name.clone())),
            right: Box::new(Expr::UserId),
        });
        let access = self.table.access.as_ref();
        let mut rules = access.into_iter().flat_map(|access| access.insert.values());
        column.is_filled_with_caller() && rules.all(|rule| policies::follows(rule, &held))
    }

    /// The verified columns that are filled with a value.
    fn verified(&self) -> Vec<&'a Column> {
        let columns = self.columns(Uploaded::Verified);
        columns.filter(|column| column.copied.is_none()).collect()
    }

    /// What the server fills into a column of a new row; `None` where that is not declared.
    fn filled(&self, column: &Column) -> Option<String> {
        match column.default.as_ref()? {
            DefaultValue::Sql(text) => Some(format!("({})", text.trim())),
            DefaultValue::Expr(expr) => {
                let row = Row::default();
                let caller = Caller(self.model);
                let cx = PrintContext::new(self.known, &row)
                    .of_kind(&column.kind)
                    .with_hooks(&caller);
                Some(print::lower_case(&print::postgres(expr, &cx)))
            }
        }
    }

    /// What is said where the client says something else of a column than the server.
    fn refusal(&self, column: &Column) -> String {
        refusal(&column.name, &self.table.name)
    }

    /// Whether some role does to the rows what the event is about.
    fn happens(&self, event: Event) -> bool {
        self.table
            .access
            .as_ref()
            .is_some_and(|access| match event {
                Event::Insert | Event::Inserted => !access.insert.is_empty(),
                // A soft deletion is an update, too.
                Event::Update => {
                    let buries = self.table.delete == DeleteRule::Soft && !access.delete.is_empty();
                    buries || !access.update.is_empty()
                }
            })
    }

    /// The function and its triggers, by what it does and what they see to; none where there is nothing to see to.
    fn helper(
        &self,
        [does, done]: [&str; 2],
        columns: &[&Column],
        doc: &str,
        lines: Vec<String>,
        events: &[Event],
    ) -> Option<Helper> {
        let events: Vec<Event> = events
            .iter()
            .copied()
            .filter(|event| self.happens(*event))
            .collect();
        if columns.is_empty() || events.is_empty() {
            return None;
        }
        let name = &self.table.name;
        let mut body = vec!["begin".to_owned()];
        let lines = lines.iter().flat_map(|line| line.lines());
        body.extend(lines.map(str::to_owned));
        body.push("    return new;".to_owned());
        body.push("end".to_owned());
        let call = |event: Event| {
            let (when, of, changed) = match event {
                Event::Insert => ("before insert", "insert", Vec::new()),
                Event::Inserted => ("after insert", "insert", Vec::new()),
                Event::Update => {
                    let names = columns.iter().map(|column| column.name.clone());
                    ("before update", "update", names.collect())
                }
            };
            Call {
                trigger: derived_name(&["", name, done], of),
                table: name.clone(),
                when: when.to_owned(),
                of: Vec::new(),
                changed,
                bound: true,
                by_client: false,
                rows: None,
                arguments: Vec::new(),
            }
        };
        Some(Helper {
            function: derived_name(&[does], name),
            of: Some(name.clone()),
            doc: format!("{doc}: {}.", listed(columns)),
            security_definer: false,
            body,
            triggers: events.into_iter().map(call).collect(),
        })
    }
}

/// What is said where the client says something else of a column than the server, as a literal.
fn refusal(column: &str, table: &str) -> String {
    Database::Postgres.literal(&format!(
        "the server fills {column} of {table}, and the client says something else"
    ))
}

/// Refuses the write under a condition.
fn refuse_if(condition: &str, message: &str) -> Vec<String> {
    vec![
        format!("    if {condition} then"),
        "        raise exception using".to_owned(),
        "            errcode = 'insufficient_privilege',".to_owned(),
        format!("            message = {message};"),
        "    end if;".to_owned(),
    ]
}

fn listed(columns: &[&Column]) -> String {
    let names: Vec<&str> = columns.iter().map(|column| column.name.as_str()).collect();
    names.join(", ")
}
