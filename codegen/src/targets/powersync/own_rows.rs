//! A set of a table's own rows, asked of a row of that table, is a condition on the row.
//!
//! `id in (select id from lists where is_public is true)` on `lists` would be a bucket for every public list;
//! `is_public is true` is one bucket.

use crate::model::{Expr, Model, Set, Table};

/// The most conditions that a rule spells out.
pub(super) const MOST: u64 = 1000;

/// How many conditions there are when every such set is replaced by its filter; `scope` tells it of scopes.
pub(super) fn conditions(
    model: &Model,
    table: &Table,
    condition: &Expr,
    scope: &dyn Fn(&str) -> u64,
) -> u64 {
    match condition {
        Expr::And(parts) | Expr::Or(parts) => {
            let parts = parts.iter();
            parts
                .map(|part| conditions(model, table, part, scope))
                .fold(0, u64::saturating_add)
        }
        Expr::InSet { operand, set } => match (own_filter(model, table, operand, set), set) {
            (None, _) => 1,
            (Some(_), Set::Scope(name)) => scope(name),
            (Some(filter), Set::Select(_)) => conditions(model, table, filter, scope),
        },
        _ => 1,
    }
}

/// The condition with every such set replaced by its filter; a key names one row, and it is this one.
pub(super) fn inline(model: &Model, table: &Table, condition: &Expr) -> Expr {
    let all = |parts: &[Expr]| {
        parts
            .iter()
            .map(|part| inline(model, table, part))
            .collect()
    };
    match condition {
        Expr::And(parts) => Expr::And(all(parts)),
        Expr::Or(parts) => Expr::Or(all(parts)),
        Expr::InSet { operand, set } => match own_filter(model, table, operand, set) {
            Some(filter) => inline(model, table, filter),
            None => condition.clone(),
        },
        other => other.clone(),
    }
}

/// What a set of the table's own rows asks of the row that is looked up in it.
fn own_filter<'a>(
    model: &'a Model,
    table: &Table,
    operand: &Expr,
    set: &'a Set,
) -> Option<&'a Expr> {
    let select = match set {
        Set::Scope(name) => &model.scopes[name],
        Set::Select(select) => select,
    };
    let is_key = matches!(
        (operand, table.key.as_slice()),
        (Expr::Column(name), [key]) if name == key
    );
    let is_own = is_key && select.table == table.name && select.column == *operand;
    select.filter.as_ref().filter(|_| is_own)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::sample::{column, equal, model};

    #[test]
    fn a_set_of_own_rows_is_its_filter_and_another_set_stays() {
        let model = model();
        let scope = &model.scopes["my_lists"];
        let in_mine = |name: &str| Expr::InSet {
            operand: Box::new(column(name)),
            set: Set::Scope("my_lists".into()),
        };
        let lists = &model.tables[&scope.table];
        let key = &lists.key[0];
        assert_eq!(
            Some(inline(&model, lists, &in_mine(key))),
            scope.filter.clone()
        );
        let other = Expr::And(vec![in_mine("list_id"), equal(column("a"), Expr::UserId)]);
        assert_eq!(inline(&model, lists, &other), other);
    }
}
