//! Whether the caller's token decides which rows a rule lets through.

use super::scopes::Scopes;
use crate::model::{Expr, Rule, Set};

/// Whether some rows are let through whoever asks: by the word `public`, by a set of public rows, or behind a gate that
/// looks at the token and not at the row.
///
/// A subscription that narrows such rows by its own parameters draws a warning of the compiler, which is right about
/// parameters and does not know that everybody may have the rows.
pub(super) fn some_rows_are_for_everybody(scopes: &Scopes<'_>, rule: &Rule) -> bool {
    match rule {
        Rule::Public => true,
        Rule::When(expr) => !scopes.is_bound(expr),
    }
}

/// Whether every way to satisfy a rule ties the row to the caller; `scope` tells it of scopes.
pub(super) fn is_bound(expr: &Expr, scope: &dyn Fn(&str) -> bool) -> bool {
    match expr {
        Expr::Or(branches) => branches.iter().all(|branch| is_bound(branch, scope)),
        Expr::And(parts) => parts.iter().any(|part| is_bound(part, scope)),
        Expr::InSet { operand, set } => {
            let of_set = || match set {
                Set::Scope(name) => scope(name),
                Set::Select(select) => {
                    let filter = select.filter.as_ref();
                    filter.is_some_and(|filter| is_bound(filter, scope))
                }
            };
            names_caller(operand) || of_set()
        }
        leaf => names_caller(leaf) && !leaf.columns().is_empty(),
    }
}

fn names_caller(expr: &Expr) -> bool {
    let mut found = false;
    expr.visit(&mut |inner| {
        found |= matches!(inner, Expr::UserId | Expr::Claim(_) | Expr::InClaims { .. })
    });
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::expr::Known;
    use crate::model::Literal;
    use crate::model::sample::{column, equal, model};

    #[test]
    fn one_open_branch_is_enough_and_a_gate_is_open() {
        let model = model();
        let known = Known::of(&model);
        let scopes = Scopes::of(&model, &known);
        let for_everybody = |expr: Expr| some_rows_are_for_everybody(&scopes, &Rule::When(expr));
        let mine = || equal(column("owner_id"), Expr::UserId);
        let shown = || equal(column("title"), Expr::Literal(Literal::Text("x".into())));
        let gate = || {
            equal(
                Expr::Claim(vec!["role".into()]),
                Expr::Literal(Literal::Text("staff".into())),
            )
        };
        let in_mine = || Expr::InSet {
            operand: Box::new(column("list_id")),
            set: Set::Scope("my_lists".into()),
        };
        assert!(!for_everybody(mine()));
        assert!(!for_everybody(in_mine()));
        assert!(!for_everybody(Expr::And(vec![shown(), mine()])));
        assert!(!for_everybody(Expr::Or(vec![in_mine(), mine()])));
        assert!(for_everybody(shown()));
        assert!(for_everybody(gate()));
        assert!(for_everybody(Expr::Or(vec![mine(), shown()])));
    }
}
