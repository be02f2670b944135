//! A set of a table's own rows, asked of a row of that table, is a condition on the row.
//!
//! `id in (select id from lists where is_public is true)` on `lists` would be a bucket for every public list;
//! `is_public is true` is one bucket.

use crate::model::{Expr, Model, Set, Table};

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
        Expr::InSet { operand, set } => {
            let select = match set {
                Set::Scope(name) => &model.scopes[name],
                Set::Select(select) => select,
            };
            let is_key = matches!(
                (&**operand, table.key.as_slice()),
                (Expr::Column(name), [key]) if name == key
            );
            match &select.filter {
                Some(filter)
                    if is_key && select.table == table.name && select.column == **operand =>
                {
                    inline(model, table, filter)
                }
                _ => condition.clone(),
            }
        }
        other => other.clone(),
    }
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
