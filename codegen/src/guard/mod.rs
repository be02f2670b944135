//! The access policy as conditions that a statement carries: the third enforcer, beside row-level security and streams.
//!
//! A connection that bypasses row-level security writes for many callers.
//! Its statements decide themselves, by conditions over the row as it stands (`stored`) and as it will be (`proposed`), with the caller as parameters.
//! Sets stand in them as subqueries, which see the state before the statement and every row of it; a scope is a common
//! table expression of the statement, whose text stands once, however many conditions and other scopes name it.
//! What a trigger will copy into the proposed row is looked up where it will come from.

mod caller;
mod scopes;

pub use caller::Caller;
pub(crate) use caller::{UUID, WHOLE};
pub use scopes::{NamedScope, NamedScopes};

use crate::expr::access::{enforceable, enforceable_select};
use crate::expr::print::{self, Hooks, PrintContext, Unsayable};
use crate::expr::{Known, Row};
use crate::model::{Access, Column, Expr, Model, Rule, Select, Set, Table};
use indexmap::IndexSet;
use std::cell::RefCell;
use synctable::{Database, DeleteRule, Kind, Role};

/// The row as it stands, in the conditions of a [`Guard`].
pub const STORED: &str = "stored";

/// The row as it will be, defaults included.
pub const PROPOSED: &str = "proposed";

/// What a role may do with the rows of a table, as Postgres conditions in lower case.
///
/// A condition that is NULL grants nothing; `None` is a command that the role has no rule for, which is denied.
/// An upsert that finds a row is what `insert` says of the proposed row and `change` says of both.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Guard {
    /// The scopes that the conditions name, which a statement with such a condition begins with.
    pub scopes: NamedScopes,
    /// Whether the caller sees [`STORED`].
    pub read: Option<String>,
    /// Whether the caller may add [`PROPOSED`], which he must be able to read where the role reads at all.
    pub insert: Option<String>,
    /// Whether the caller may change [`STORED`] into [`PROPOSED`], where that is no deletion.
    pub update: Option<String>,
    /// Whether the caller may delete [`STORED`], or set its tombstone where the table deletes softly.
    pub delete: Option<String>,
    /// Whether the caller may replace [`STORED`] by [`PROPOSED`], whatever that does: where the table deletes softly,
    /// a tombstone that is set is decided by `delete`, and by `update` too where more than the tombstone changes.
    pub change: Option<String>,
}

/// What `role` may do with the rows of a table of the model.
///
/// ```
/// use synctable_codegen::guard::{self, Caller};
/// use synctable_codegen::model::sample;
///
/// let model = sample::model();
/// let caller = Caller::of_texts(&model, "$1::text", "$2::jsonb");
/// let guard = guard::of(&model, &model.tables["lists"], "authenticated", &caller);
/// assert!(guard.delete.unwrap().starts_with("stored.owner_id = "));
///
/// let items = guard::of(&model, &model.tables["items"], "authenticated", &caller);
/// let read = items.read.unwrap();
/// assert_eq!(read, "stored.list_id in (select scope_my_lists.member from scope_my_lists)");
/// assert!(items.scopes.with([read.as_str()]).starts_with("with scope_my_lists (member) as ("));
///
/// let nobody = guard::of(&model, &model.tables["lists"], "anon", &caller);
/// assert_eq!(nobody.insert, None);
/// ```
#[must_use]
pub fn of(model: &Model, table: &Table, role: &str, caller: &Caller) -> Guard {
    with(&Known::of(model), model, table, role, caller)
}

/// The same for one table of many, with what is known of the model.
#[must_use]
pub fn with(known: &Known, model: &Model, table: &Table, role: &str, caller: &Caller) -> Guard {
    let nothing = Access::default();
    let access = table.access.as_ref().unwrap_or(&nothing);
    let printer = Printer {
        model,
        known,
        table,
        row: &known.tables[&table.name],
        caller,
        named: RefCell::default(),
    };
    let read = access.read.get(role);
    // Where the role reads, it must read what it touches and what it leaves behind.
    let seen = |alias: &str| read.map(|rule| printer.rule(rule, alias));
    let insert = access.insert.get(role).map(|rule| {
        let rule = printer.rule(rule, PROPOSED);
        all(seen(PROPOSED).into_iter().chain([rule]))
    });
    let update = access.update.get(role).map(|rule| {
        let before = printer.rule(&rule.before, STORED);
        let after = printer.rule(&rule.after, PROPOSED);
        all(seen(STORED)
            .into_iter()
            .chain([before])
            .chain(seen(PROPOSED))
            .chain([after]))
    });
    let delete = match table.delete {
        DeleteRule::Denied => None,
        DeleteRule::Hard | DeleteRule::Soft => access.delete.get(role).map(|rule| {
            let rule = printer.rule(rule, STORED);
            all(seen(STORED).into_iter().chain([rule]))
        }),
    };
    let read = seen(STORED);
    Guard {
        scopes: printer.scopes(),
        read,
        change: change(table, update.as_deref(), delete.as_deref()),
        insert,
        update,
        delete,
    }
}

/// What decides a change of a row that may be a soft deletion.
fn change(table: &Table, update: Option<&str>, delete: Option<&str>) -> Option<String> {
    let tombstone = match (table.delete, table.role(Role::Tombstone)) {
        (DeleteRule::Soft, Some(column)) => ident(&column.name),
        (DeleteRule::Soft, None) | (DeleteRule::Hard | DeleteRule::Denied, _) => {
            return update.map(str::to_owned);
        }
    };
    if update.is_none() && delete.is_none() {
        return None;
    }
    let buried = format!("{STORED}.{tombstone} is null and {PROPOSED}.{tombstone} is not null");
    let buries = match (delete, update) {
        (None, _) => "false".to_owned(),
        (Some(delete), None) => {
            let same = nothing_else_changes(table);
            all([Some(delete.to_owned()), same].into_iter().flatten())
        }
        (Some(delete), Some(update)) => match nothing_else_changes(table) {
            Some(same) => all([delete.to_owned(), any([same, update.to_owned()])]),
            None => delete.to_owned(),
        },
    };
    let otherwise = update.unwrap_or("false");
    Some(format!(
        "case when {buried} then {buries} else {otherwise} end"
    ))
}

/// Whether a write leaves everything but tombstone, time, device and version as it is.
fn nothing_else_changes(table: &Table) -> Option<String> {
    let columns: Vec<&Column> = table
        .columns
        .values()
        .filter(|column| is_content(table, column))
        .collect();
    let row = |alias: &str| {
        let texts: Vec<_> = columns.iter().map(|one| comparable(alias, one)).collect();
        match texts.len() {
            1 => texts.join(""),
            _ => format!("({})", texts.join(", ")),
        }
    };
    match columns.is_empty() {
        true => None,
        false => Some(format!(
            "{} is not distinct from {}",
            row(STORED),
            row(PROPOSED)
        )),
    }
}

/// Whether a client changes the column to say something about the row, and not only that and when it was written.
pub(crate) fn is_content(table: &Table, column: &Column) -> bool {
    column.uploads()
        && !column.immutable
        && !table.key.contains(&column.name)
        && !matches!(
            column.role,
            Some(Role::Tombstone | Role::EditedAt | Role::Device | Role::Version)
        )
}

/// The column of a row, so that rows can be compared by it.
pub(crate) fn comparable(alias: &str, column: &Column) -> String {
    let name = ident(&column.name);
    match column.kind {
        // Not every type has an equality.
        Kind::Opaque(_) => format!("{alias}.{name}::text"),
        Kind::Scalar(_) | Kind::Enum { .. } | Kind::Domain { .. } | Kind::List(_) => {
            format!("{alias}.{name}")
        }
    }
}

/// What a column of the row holds once it is copied, as a query of the row that it comes from; `None` where it is not
/// copied.
pub(crate) fn copy_of(model: &Model, table: &Table, name: &str, row: &str) -> Option<String> {
    let copied = table.columns.get(name)?.copied.as_ref()?;
    let parent = &model.tables[&copied.table];
    let found: Vec<String> = copied
        .references
        .iter()
        .zip(&copied.by)
        .map(|(there, by)| {
            let here = || format!("{row}.{}", ident(by));
            let by = copy_of(model, table, by, row).unwrap_or_else(here);
            format!("parent.{} = {by}", ident(there))
        })
        .collect();
    Some(format!(
        "(select parent.{} from {}.{} as parent where {})",
        ident(&copied.column),
        ident(&parent.schema),
        ident(&parent.name),
        found.join(" and ")
    ))
}

/// Prints rules for one table and one caller.
struct Printer<'a> {
    model: &'a Model,
    known: &'a Known,
    table: &'a Table,
    row: &'a Row,
    caller: &'a Caller,
    /// The scopes that were named so far.
    named: RefCell<IndexSet<String>>,
}

impl Printer<'_> {
    fn rule(&self, rule: &Rule, alias: &str) -> String {
        match rule {
            Rule::Public => "true".to_owned(),
            Rule::When(expr) => {
                let expr = enforceable(&computed(self.table, expr), self.row, self.known);
                let proposed = Proposed(self);
                let hooks: &dyn Hooks = match alias {
                    PROPOSED => &proposed,
                    _ => self,
                };
                let cx = PrintContext::new(self.known, self.row)
                    .qualified(alias)
                    .with_hooks(hooks);
                print::lower_case(&print::postgres(&expr, &cx))
            }
        }
    }

    /// The scopes that the rules name, and those that they stand on.
    fn scopes(&self) -> NamedScopes {
        let named = self.named.borrow().clone();
        let ordered = self.model.callees_first(named.iter().map(String::as_str));
        NamedScopes::new(ordered.into_iter().map(|(name, select)| {
            NamedScope {
                name: scopes::name(self.model, name),
                select: print::lower_case(&self.select(select)),
                names: select
                    .scopes()
                    .into_iter()
                    .map(|name| scopes::name(self.model, name))
                    .collect(),
            }
        }))
    }

    /// The select as it is enforced, in parentheses.
    fn select(&self, select: &Select) -> String {
        let table = &self.model.tables[&select.table];
        let select = Select {
            column: computed(table, &select.column),
            table: select.table.clone(),
            filter: select.filter.as_ref().map(|filter| computed(table, filter)),
        };
        let select = enforceable_select(&select, self.known);
        let row = &self.known.tables[&select.table];
        let cx = PrintContext::new(self.known, row).with_hooks(self);
        print::select_postgres(&select, &cx)
    }
}

/// How rules ask for the columns of a row that is not written yet.
struct Proposed<'a>(&'a Printer<'a>);

impl Hooks for Proposed<'_> {
    fn column(&self, name: &str) -> Option<String> {
        copy_of(self.0.model, self.0.table, name, PROPOSED)
    }

    fn user_id(&self) -> String {
        self.0.user_id()
    }

    fn claim(&self, path: &[String]) -> String {
        self.0.claim(path)
    }

    // The rows of a set are there already.
    fn set(&self, set: &Set) -> Result<String, Unsayable> {
        self.0.set(set)
    }
}

impl Hooks for Printer<'_> {
    fn user_id(&self) -> String {
        self.caller.user_id.clone()
    }

    fn claim(&self, path: &[String]) -> String {
        self.caller.claim(path)
    }

    fn set(&self, set: &Set) -> Result<String, Unsayable> {
        Ok(match set {
            Set::Scope(name) => {
                self.named.borrow_mut().insert(name.clone());
                scopes::members(&scopes::name(self.model, name))
            }
            Set::Select(select) => self.select(select),
        })
    }
}

/// The expression without columns that are computed: a row that is only proposed has none, and Postgres not every one.
fn computed(table: &Table, expr: &Expr) -> Expr {
    expr.with_columns(&|name| {
        let generated = table.columns.get(name)?.generated.as_ref()?;
        Some(generated.expr.clone())
    })
}

/// All of the conditions, each said once.
fn all(conditions: impl IntoIterator<Item = String>) -> String {
    let mut said: Vec<String> = Vec::new();
    for condition in conditions {
        if condition != "true" && !said.contains(&condition) {
            said.push(condition);
        }
    }
    match said.len() {
        0 => "true".to_owned(),
        1 => said.remove(0),
        _ => {
            let said: Vec<_> = said.iter().map(|one| format!("({one})")).collect();
            said.join(" and ")
        }
    }
}

fn any(conditions: [String; 2]) -> String {
    let conditions = conditions.map(|one| format!("({one})"));
    conditions.join(" or ")
}

fn ident(name: &str) -> String {
    Database::Postgres.ident(name).into_owned()
}

#[cfg(test)]
mod tests;
