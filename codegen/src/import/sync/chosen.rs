//! What a stream may bring at all: for whatever parameters the device chooses.

use crate::model::{CompareOp, Expr, IsTest, Set};

/// The rows that a device gets for some choice of the parameters; `None` where that is not known.
///
/// `list_id = :list and :list in (my_lists)` is `list_id in (my_lists)`: the device may choose any list.
/// Inside, `None` is a condition that every row meets.
pub(super) fn for_any_choice(
    expr: &Expr,
    is_nullable: &dyn Fn(&str) -> bool,
) -> Option<Option<Expr>> {
    // Each alternative chooses for itself.
    if let Expr::Or(parts) = expr {
        let parts = parts.iter();
        let parts: Option<Vec<_>> = parts
            .map(|part| for_any_choice(part, is_nullable))
            .collect();
        let parts: Option<Vec<Expr>> = parts?.into_iter().collect();
        return Some(parts.map(Expr::Or));
    }
    let mut parts = match expr {
        Expr::And(parts) => parts.clone(),
        other => vec![other.clone()],
    };
    while let Some((at, name, column)) = parts.iter().enumerate().find_map(|(at, part)| {
        let (name, column) = choice(part)?;
        Some((at, name, column))
    }) {
        parts.remove(at);
        parts = parts
            .iter()
            .map(|part| with_parameter(part, &name, &column))
            .collect();
        if matches!(&column, Expr::Column(column) if is_nullable(column)) {
            parts.push(is_not_null(column));
        }
    }
    // What is chosen from a list of the row, and nowhere else, may be in that list.
    parts.retain(
        |part| !matches!(part, Expr::Contains { list, .. } if matches!(**list, Expr::Param(_))),
    );
    if parts.iter().any(has_parameter) {
        return None;
    }
    Some(match parts.len() {
        0 => None,
        1 => parts.pop(),
        _ => Some(Expr::And(parts)),
    })
}

fn is_not_null(column: Expr) -> Expr {
    Expr::Is {
        operand: Box::new(column),
        test: IsTest::Null,
        negated: true,
    }
}

/// The parameter that equals a column.
fn choice(part: &Expr) -> Option<(String, Expr)> {
    let Expr::Compare {
        op: CompareOp::Eq,
        left,
        right,
    } = part
    else {
        return None;
    };
    match (&**left, &**right) {
        (Expr::Param(name), column @ Expr::Column(_))
        | (column @ Expr::Column(_), Expr::Param(name)) => Some((name.clone(), column.clone())),
        _ => None,
    }
}

fn with_parameter(expr: &Expr, name: &str, column: &Expr) -> Expr {
    let one = |part: &Expr| Box::new(with_parameter(part, name, column));
    let all = |parts: &[Expr]| {
        let parts = parts.iter().map(|part| with_parameter(part, name, column));
        parts.collect()
    };
    match expr {
        Expr::Param(other) if other == name => column.clone(),
        Expr::And(parts) => Expr::And(all(parts)),
        Expr::Or(parts) => Expr::Or(all(parts)),
        Expr::Not(part) => Expr::Not(one(part)),
        Expr::Compare { op, left, right } => Expr::Compare {
            op: *op,
            left: one(left),
            right: one(right),
        },
        Expr::InSet { operand, set } => Expr::InSet {
            operand: one(operand),
            set: set.clone(),
        },
        other => other.clone(),
    }
}

/// Whether a condition speaks of a parameter, also in a subquery.
fn has_parameter(expr: &Expr) -> bool {
    says(expr, &|inner| matches!(inner, Expr::Param(_)))
}

/// Whether any part of a condition is of a kind, also in its subqueries.
pub(super) fn says(expr: &Expr, is: &dyn Fn(&Expr) -> bool) -> bool {
    let mut found = false;
    expr.visit(&mut |inner| {
        found |= is(inner);
        if let Expr::InSet {
            set: Set::Select(select),
            ..
        } = inner
        {
            let filter = select.filter.as_ref();
            found |= says(&select.column, is) || filter.is_some_and(|filter| says(filter, is));
        }
    });
    found
}
