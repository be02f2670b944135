//! A row looked up by the key that columns are copied by, and what the copies say of it.

use crate::model::{Column, Expr, Model, OnServer, Select, Set, Table};

/// The condition in which such a set is its filter, over the copies.
///
/// `tune_ref in (select id from tune where private_for is null)` is `tune_private_for is null` where that is a copy of
/// `tune.private_for` by `tune_ref`: the foreign key keeps the row there.
pub(super) fn by_copies(model: &Model, table: &Table, condition: &Expr) -> Expr {
    let all = |parts: &[Expr]| {
        let parts = parts.iter();
        parts.map(|part| by_copies(model, table, part)).collect()
    };
    match condition {
        Expr::And(parts) => Expr::And(all(parts)),
        Expr::Or(parts) => Expr::Or(all(parts)),
        Expr::InSet { operand, set } => {
            let filter = over_copies(model, table, operand, set);
            filter.unwrap_or_else(|| condition.clone())
        }
        // A `not` stays as it is. For a row outside the set, `in` is false and `not in` is true; the filter over the
        // copies can be NULL there, and so can its negation.
        other => other.clone(),
    }
}

/// The filter of the set, if every column of it is copied by the operand.
fn over_copies(model: &Model, table: &Table, operand: &Expr, set: &Set) -> Option<Expr> {
    let select = match set {
        Set::Scope(name) => model.scopes.get(name)?,
        Set::Select(select) => select,
    };
    let (Expr::Column(by), Expr::Column(key)) = (operand, &select.column) else {
        return None;
    };
    let filter = select.filter.as_ref()?;
    let copy = |name: &str| {
        let mut columns = table.columns.values();
        columns.find(|column| is_copy(column, select, name, by, key))
    };
    let all_copied = filter.columns().iter().all(|name| copy(name).is_some());
    (all_copied && is_there(table, select, by, key))
        .then(|| filter.with_columns(&|name| Some(Expr::Column(copy(name)?.name.clone()))))
}

fn is_copy(column: &Column, select: &Select, name: &str, by: &str, key: &str) -> bool {
    column.copied.as_ref().is_some_and(|copied| {
        copied.table == select.table
            && copied.column == name
            && copied.by == [by]
            && copied.references == [key]
    })
}

/// Whether each row refers to a row there, which its writer names.
fn is_there(table: &Table, select: &Select, by: &str, key: &str) -> bool {
    let is_given = table.columns.get(by).is_some_and(|column| {
        let is_filled = column.copied.is_some() || column.generated.is_some();
        !column.nullable && !is_filled && column.default.is_none()
    });
    let mut keys = table.foreign_keys.iter();
    is_given
        && keys.any(|one| {
            one.table == select.table
                && one.columns == [by]
                && one.references == [key]
                && one.on_server == OnServer::Enforced
                && !one.deferrable
        })
}
