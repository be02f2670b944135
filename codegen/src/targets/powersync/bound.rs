//! What a stream's parameter says of a row is known before any row is read.
//!
//! Under `repo_id = :repo_id` the rule `repo_id in (public_repositories)` asks whether the *parameter* is one of them:
//! one lookup, where asking the row would make a bucket for every public repository.

use super::scopes::Scopes;
use crate::model::{CompareOp, Expr, Set};
use std::collections::BTreeMap;

/// The rule with the filter's parameters for columns that must equal them, in lookups of sets that are not the caller's.
///
/// A set of the caller's is small, and the row's own column says more to who reads the query.
pub(super) fn bind(scopes: &Scopes<'_>, rule: &Expr, filter: &Expr) -> Expr {
    let mut params = BTreeMap::new();
    collect(filter, &mut params);
    substitute(scopes, rule, &params)
}

fn collect<'a>(filter: &'a Expr, params: &mut BTreeMap<&'a str, &'a Expr>) {
    match filter {
        Expr::And(parts) => parts.iter().for_each(|part| collect(part, params)),
        Expr::Compare {
            op: CompareOp::Eq,
            left,
            right,
        } => {
            if let (Expr::Column(column), param @ Expr::Param(_))
            | (param @ Expr::Param(_), Expr::Column(column)) = (&**left, &**right)
            {
                params.entry(column).or_insert(param);
            }
        }
        _ => {}
    }
}

fn substitute(scopes: &Scopes<'_>, rule: &Expr, params: &BTreeMap<&str, &Expr>) -> Expr {
    let all = |parts: &[Expr]| {
        let parts = parts.iter();
        parts.map(|part| substitute(scopes, part, params)).collect()
    };
    match rule {
        Expr::And(parts) => Expr::And(all(parts)),
        Expr::Or(parts) => Expr::Or(all(parts)),
        Expr::InSet { operand, set } => {
            let columns = operand.columns();
            let known = !columns.is_empty() && columns.iter().all(|name| params.contains_key(name));
            let of_caller = || match set {
                Set::Scope(name) => scopes.is_bound_of(name),
                Set::Select(select) => {
                    let filter = select.filter.as_ref();
                    filter.is_some_and(|filter| scopes.is_bound(filter))
                }
            };
            match known && !of_caller() {
                true => Expr::InSet {
                    operand: Box::new(
                        operand
                            .with_columns(&|name| params.get(name).map(|param| (*param).clone())),
                    ),
                    set: set.clone(),
                },
                false => rule.clone(),
            }
        }
        other => other.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::expr::Known;
    use crate::model::sample::{column, equal, model};
    use crate::model::{Literal, Select};

    fn shown(operand: Expr) -> Expr {
        let shown = equal(column("title"), Expr::Literal(Literal::Text("x".into())));
        Expr::InSet {
            operand: Box::new(operand),
            set: Set::Select(Box::new(Select {
                column: column("id"),
                table: "lists".into(),
                filter: Some(shown),
            })),
        }
    }

    #[test]
    fn a_set_of_everybody_is_asked_for_the_parameter_and_the_callers_for_the_row() {
        let model = model();
        let known = Known::of(&model);
        let scopes = Scopes::of(&model, &known);
        let param = || Expr::Param("list".into());
        let filter = equal(column("list_id"), param());
        let mine = Expr::InSet {
            operand: Box::new(column("list_id")),
            set: Set::Scope("my_lists".into()),
        };
        let rule = Expr::Or(vec![mine.clone(), shown(column("list_id"))]);
        let bound = Expr::Or(vec![mine, shown(param())]);
        assert_eq!(bind(&scopes, &rule, &filter), bound);
        let elsewhere = shown(column("id"));
        assert_eq!(bind(&scopes, &elsewhere, &filter), elsewhere);
    }
}
