//! The access policy as conditions that a statement carries: the third enforcer, beside row-level security and streams.
//!
//! A connection that bypasses row-level security writes for many callers.
//! Its statements decide themselves, by conditions over the row as it stands (`stored`) and as it will be (`proposed`), with the caller as parameters.
//! Sets stand in them as subqueries, which see the state before the statement and every row of it; a scope is a common
//! table expression of the statement, whose text stands once, however many conditions and other scopes name it.
//! What a trigger will copy into the proposed row is looked up where it will come from.

mod caller;
mod scopes;
pub(crate) mod tombstone;

pub use caller::Caller;
pub(crate) use caller::{ClaimKind, INT, PLAIN_TEXT, UUID, WHOLE};
pub use scopes::{NamedScope, NamedScopes};

use crate::expr::access::{enforceable, enforceable_select};
use crate::expr::print::{self, Hooks, PrintContext, Unsayable};
use crate::expr::{Known, Row};
use crate::map::IndexSet;
use crate::model::{Access, Column, CompareOp, Expr, IsTest, Model, Rule, Select, Set, Table};
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
/// assert_eq!(read, "stored.list_id in (table scope_my_lists)");
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
    let asked = RefCell::default();
    let policy = Policy::new(known, model, table, role, caller, &asked, &|_| None);
    let insert = policy.insert();
    let update = policy.update(true);
    let delete = policy.delete(true);
    let read = policy.read();
    Guard {
        change: policy.change(update.as_deref(), delete.as_deref()),
        scopes: policy.scopes(),
        read,
        insert,
        update,
        delete,
    }
}

/// What a role may do with the rows of a table, asked condition by condition.
///
/// What its conditions ask for is remembered, so that a statement begins with that and with nothing else.
pub(crate) struct Policy<'a> {
    access: Option<&'a Access>,
    role: &'a str,
    printer: Printer<'a>,
}

impl<'a> Policy<'a> {
    /// The policy, with what a statement calls the columns of the proposed row; `None` for a column of [`PROPOSED`].
    pub(crate) fn new(
        known: &'a Known,
        model: &'a Model,
        table: &'a Table,
        role: &'a str,
        caller: &'a Caller,
        asked: &'a RefCell<Asked>,
        proposed: &'a dyn Fn(&str) -> Option<String>,
    ) -> Self {
        let printer = Printer {
            model,
            known,
            table,
            row: &known.tables[&table.name],
            caller,
            proposed,
            asked,
        };
        Self {
            access: table.access.as_ref(),
            role,
            printer,
        }
    }

    fn table(&self) -> &'a Table {
        self.printer.table
    }

    /// Whether the caller sees the row: where the role reads, it must read what it touches and what it leaves behind.
    fn seen(&self, alias: &str) -> Option<String> {
        let rule = self.access?.read.get(self.role)?;
        Some(self.printer.rule(rule, alias))
    }

    /// Whether the caller sees [`STORED`].
    pub(crate) fn read(&self) -> Option<String> {
        self.seen(STORED)
    }

    /// Whether the caller may add [`PROPOSED`].
    pub(crate) fn insert(&self) -> Option<String> {
        let rule = self.access?.insert.get(self.role)?;
        let rule = self.printer.rule(rule, PROPOSED);
        Some(all(self.seen(PROPOSED).into_iter().chain([rule])))
    }

    /// Whether the caller may change [`STORED`] into [`PROPOSED`]; whether he sees [`STORED`] may have been asked before.
    fn update(&self, asks_read: bool) -> Option<String> {
        let rule = self.access?.update.get(self.role)?;
        let before = self.printer.rule(&rule.before, STORED);
        let after = self.printer.rule(&rule.after, PROPOSED);
        let conditions = [Some(before), self.seen(PROPOSED), Some(after)];
        Some(self.beside_read(asks_read, conditions.into_iter().flatten()))
    }

    /// The conditions, and that the caller sees [`STORED`]; without what that says where it was asked before.
    fn beside_read(&self, asks_read: bool, conditions: impl Iterator<Item = String>) -> String {
        match (self.read(), asks_read) {
            (None, _) => all(conditions),
            (Some(read), true) => all([read].into_iter().chain(conditions)),
            (Some(read), false) => all(conditions.filter(|condition| *condition != read)),
        }
    }

    fn delete(&self, asks_read: bool) -> Option<String> {
        let rule = match self.table().delete {
            DeleteRule::Denied => None,
            DeleteRule::Hard | DeleteRule::Soft => self.access?.delete.get(self.role),
        }?;
        let rule = self.printer.rule(rule, STORED);
        Some(self.beside_read(asks_read, [rule].into_iter()))
    }

    /// Whether the caller may replace [`STORED`], which he sees, by [`PROPOSED`]: [`Guard::change`] without what `read` says.
    pub(crate) fn change_of_seen(&self) -> Option<String> {
        let (update, delete) = (self.update(false), self.delete(false));
        self.change(update.as_deref(), delete.as_deref())
    }

    /// Whether the caller may delete [`STORED`], which he sees.
    pub(crate) fn delete_of_seen(&self) -> Option<String> {
        self.delete(false)
    }

    /// What decides a change of a row that may be a soft deletion.
    fn change(&self, update: Option<&str>, delete: Option<&str>) -> Option<String> {
        let table = self.table();
        let column = match (table.delete, table.role(Role::Tombstone)) {
            (DeleteRule::Soft, Some(column)) => column,
            (DeleteRule::Soft, None) | (DeleteRule::Hard | DeleteRule::Denied, _) => {
                return update.map(str::to_owned);
            }
        };
        let stored = format!("{STORED}.{}", ident(&column.name));
        let proposed = self.printer.proposed_column(&column.name);
        if stored == proposed {
            // The statement sets no tombstone.
            let never = || delete.is_some().then_some("false");
            return update.or_else(never).map(str::to_owned);
        }
        let buried = format!(
            "{} and {}",
            tombstone::lives(column, &stored),
            tombstone::is_buried(column, &proposed)
        );
        let same = self.nothing_else_changes();
        Some(match (delete, update) {
            (None, None) => return None,
            (None, Some(update)) => all([format!("not ({buried})"), update.to_owned()]),
            (Some(delete), None) => all([buried, delete.to_owned()].into_iter().chain(same)),
            // Each rule stands there once.
            (Some(delete), Some(update)) => {
                let may_bury = any([format!("not ({buried})"), delete.to_owned()]);
                let stays = same.map_or(buried.clone(), |same| all([buried, same]));
                all([may_bury, any([stays, update.to_owned()])])
            }
        })
    }

    /// Whether a write leaves everything but tombstone, time, device and version as it is.
    fn nothing_else_changes(&self) -> Option<String> {
        let table = self.table();
        let columns = table.columns.values();
        let content = columns.filter(|column| is_content(table, column));
        let (stored, proposed): (Vec<String>, Vec<String>) = content
            .map(|column| {
                let name = &column.name;
                let proposed = self.printer.proposed_column(name);
                (comparable(STORED, column), as_comparable(&proposed, column))
            })
            .unzip();
        let row = |values: &[String]| match values {
            [one] => one.clone(),
            many => format!("({})", many.join(", ")),
        };
        match stored.is_empty() {
            true => None,
            false => Some(format!(
                "{} is not distinct from {}",
                row(&stored),
                row(&proposed)
            )),
        }
    }

    /// The scopes that the conditions asked for so far name, and those that these stand on.
    pub(crate) fn scopes(&self) -> NamedScopes {
        self.printer.scopes()
    }
}

/// What conditions ask for.
#[derive(Clone, Debug, Default)]
pub(crate) struct Asked {
    /// The scopes that were named.
    scopes: IndexSet<String>,
    /// Whether the caller's id was asked for.
    pub(crate) user_id: bool,
    /// Whether a claim was asked for.
    pub(crate) claims: bool,
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
    as_comparable(&format!("{alias}.{}", ident(&column.name)), column)
}

/// A value of the column, so that rows can be compared by it.
pub(crate) fn as_comparable(value: &str, column: &Column) -> String {
    match column.kind {
        // Not every type has an equality.
        Kind::Opaque(_) => format!("{value}::text"),
        Kind::Scalar(_) | Kind::Enum { .. } | Kind::Domain { .. } | Kind::List(_) => {
            value.to_owned()
        }
    }
}

/// What a column of a row holds once it is copied, as a query of the row that it comes from; `None` where it is not copied.
///
/// `value_of` tells what the row holds in the columns that say where it is copied from.
pub(crate) fn copy_of(
    model: &Model,
    table: &Table,
    name: &str,
    value_of: &dyn Fn(&str) -> String,
) -> Option<String> {
    let copied = table.columns.get(name)?.copied.as_ref()?;
    let parent = &model.tables[&copied.table];
    let found: Vec<String> = copied
        .references
        .iter()
        .zip(&copied.by)
        .map(|(there, by)| {
            let by = copy_of(model, table, by, value_of).unwrap_or_else(|| value_of(by));
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
    /// What a statement calls the columns of the proposed row.
    proposed: &'a dyn Fn(&str) -> Option<String>,
    asked: &'a RefCell<Asked>,
}

impl Printer<'_> {
    fn rule(&self, rule: &Rule, alias: &str) -> String {
        match rule {
            Rule::Public => "true".to_owned(),
            Rule::When(expr) => {
                let mut expr = enforceable(&computed(self.table, expr), self.row, self.known);
                if alias == PROPOSED {
                    expr = self.without_own_id(expr);
                }
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

    /// The rule, without comparing the caller's id with itself: `owner_id = auth.user_id()` of a row whose owner the
    /// statement fills in asks only whether there is a caller.
    fn without_own_id(&self, expr: Expr) -> Expr {
        let parts = |parts: Vec<Expr>| {
            let parts = parts.into_iter();
            parts.map(|part| self.without_own_id(part)).collect()
        };
        match expr {
            Expr::And(all) => Expr::And(parts(all)),
            Expr::Or(some) => Expr::Or(parts(some)),
            Expr::Compare {
                op: CompareOp::Eq,
                left,
                right,
            } if self.is_own_id(&left, &right) || self.is_own_id(&right, &left) => Expr::Is {
                operand: Box::new(Expr::UserId),
                test: IsTest::Null,
                negated: true,
            },
            expr => expr,
        }
    }

    /// Whether one side is a column that the statement fills with the caller's id, and the other side is that id.
    fn is_own_id(&self, column: &Expr, other: &Expr) -> bool {
        match (column, other) {
            (Expr::Column(name), Expr::UserId) => self.proposed_column(name) == self.caller.user_id,
            _ => false,
        }
    }

    /// The scopes that the rules name, and those that they stand on.
    fn scopes(&self) -> NamedScopes {
        let named = self.asked.borrow().scopes.clone();
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

    /// A column of the proposed row.
    fn proposed_column(&self, name: &str) -> String {
        let value_of = |name: &str| {
            let here = || format!("{PROPOSED}.{}", ident(name));
            (self.proposed)(name).unwrap_or_else(here)
        };
        copy_of(self.model, self.table, name, &value_of).unwrap_or_else(|| value_of(name))
    }
}

/// How rules ask for the columns of a row that is not written yet.
struct Proposed<'a>(&'a Printer<'a>);

impl Hooks for Proposed<'_> {
    fn column(&self, name: &str) -> Option<String> {
        Some(self.0.proposed_column(name))
    }

    fn user_id(&self) -> String {
        self.0.user_id()
    }

    fn claim(&self, path: &[String], beside: Option<&Kind>) -> String {
        self.0.claim(path, beside)
    }

    fn in_claims(&self, operand: &str, path: &[String], kind: Option<&Kind>) -> String {
        self.0.in_claims(operand, path, kind)
    }

    // The rows of a set are there already.
    fn set(&self, set: &Set) -> Result<String, Unsayable> {
        self.0.set(set)
    }
}

impl Hooks for Printer<'_> {
    fn user_id(&self) -> String {
        self.asked.borrow_mut().user_id = true;
        self.caller.user_id.clone()
    }

    fn claim(&self, path: &[String], beside: Option<&Kind>) -> String {
        self.asked.borrow_mut().claims = true;
        self.caller.claim(path, beside)
    }

    fn in_claims(&self, operand: &str, path: &[String], kind: Option<&Kind>) -> String {
        self.asked.borrow_mut().claims = true;
        self.caller.in_claims(operand, path, kind)
    }

    fn set(&self, set: &Set) -> Result<String, Unsayable> {
        Ok(match set {
            Set::Scope(name) => {
                self.asked.borrow_mut().scopes.insert(name.clone());
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
