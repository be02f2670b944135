//! One way to say that a boolean holds: streams compare it with 1, policies with `true`, and a rule names it.

use crate::catalog::{Catalog, Name};
use crate::model::{CompareOp, Expr, IsTest, Literal, Select, Set};

/// A condition in which each boolean column stands by itself; only rows for which it is true count, so negations stay.
pub(super) fn truths(expr: &Expr, table: &str, catalog: &Catalog) -> Expr {
    let all = |parts: &[Expr]| {
        let parts = parts.iter().map(|part| truths(part, table, catalog));
        parts.collect()
    };
    match expr {
        Expr::And(parts) => Expr::And(all(parts)),
        Expr::Or(parts) => Expr::Or(all(parts)),
        Expr::Compare { op, left, right } if matches!(op, CompareOp::Eq | CompareOp::Ne) => {
            let (column, constant) = match (&**left, &**right) {
                (Expr::Literal(constant), column) => (column, constant),
                (column, Expr::Literal(constant)) => (column, constant),
                _ => return expr.clone(),
            };
            let truth = match constant {
                Literal::Bool(truth) => *truth,
                Literal::Int(0) => false,
                Literal::Int(1) => true,
                _ => return expr.clone(),
            };
            match is_bool(column, table, catalog) {
                false => expr.clone(),
                true if truth == (*op == CompareOp::Eq) => column.clone(),
                true => Expr::Not(Box::new(column.clone())),
            }
        }
        Expr::Is {
            operand,
            test: test @ (IsTest::True | IsTest::False),
            negated: false,
        } if is_bool(operand, table, catalog) => match test {
            IsTest::True => (**operand).clone(),
            _ => Expr::Not(operand.clone()),
        },
        Expr::InSet {
            operand,
            set: Set::Select(select),
        } => Expr::InSet {
            operand: operand.clone(),
            set: Set::Select(Box::new(Select {
                column: select.column.clone(),
                table: select.table.clone(),
                filter: select
                    .filter
                    .as_ref()
                    .map(|filter| truths(filter, &select.table, catalog)),
            })),
        },
        other => other.clone(),
    }
}

fn is_bool(expr: &Expr, table: &str, catalog: &Catalog) -> bool {
    let Expr::Column(column) = expr else {
        return false;
    };
    let is_it = |name: &Name| name.name == table;
    let mut tables = catalog.tables.iter().filter(|(name, _)| is_it(name));
    tables.any(|(_, table)| {
        let of = table.columns.get(column);
        of.is_some_and(|column| column.sql_type == "boolean")
    })
}
