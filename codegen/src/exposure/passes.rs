//! Whether every row that one condition lets pass, another one does.

use super::normal::{Forms, Renames, Sets};
use crate::model::{Expr, Model, Rule};

/// Whether what passes `given` plainly passes `wanted`, of the rows of a table; `None` is a condition that all rows pass.
///
/// `false` only says that it is not plain.
pub fn passes(model: &Model, table: &str, given: Option<&Expr>, wanted: Option<&Expr>) -> bool {
    let (renames, mut sets) = (Renames::default(), Sets::default());
    let mut forms = Forms::new(model, &renames, &mut sets);
    let mut form = |condition: Option<&Expr>| {
        let rule = condition.map_or(Rule::Public, |expr| Rule::When(expr.clone()));
        forms.rule(&rule, table, &|_| false)
    };
    let (given, wanted) = (form(given), form(wanted));
    let given: Vec<&Expr> = given.0.iter().collect();
    let follows = sets.follows();
    wanted
        .0
        .as_ref()
        .is_none_or(|wanted| follows.follows(&given, wanted))
}
