//! Exclusion constraints say something new, and their ranges start before they end.

use crate::diagnostic::{Complaints, Diagnostic, Place, codes};
use crate::model::{
    CheckBody, CompareOp, Exclusion, ExclusionElement, ExclusionPart, Expr, IsTest, Model, Range,
    Table,
};

/// No two exclusion constraints of a table compare the same.
///
/// Postgres makes one of two that are equal: the database would not look as declared.
pub(super) fn say_something_new(model: &Model, cx: &mut Complaints) {
    for table in model.tables.values() {
        for (index, exclusion) in table.exclusions.iter().enumerate() {
            let mut earlier = table.exclusions[..index].iter();
            let Some(twin) = earlier.find(|other| is_same(exclusion, other)) else {
                continue;
            };
            cx.push(
                Place::entry(&table.name, "exclude", &exclusion.name),
                Diagnostic::error(
                    codes::EXCLUSION_ADDS_NOTHING,
                    format!(
                        "the exclusion constraint `{}` is redundant: `{}` already compares the same",
                        exclusion.name, twin.name
                    ),
                )
                .help("remove it, or list the elements that you meant"),
            );
        }
    }
}

fn is_same(one: &Exclusion, other: &Exclusion) -> bool {
    let holds = |all: &[ExclusionElement], some: &[ExclusionElement]| {
        some.iter().all(|element| all.contains(element))
    };
    holds(&one.elements, &other.elements)
        && holds(&other.elements, &one.elements)
        && one.predicate == other.predicate
}

/// A check keeps the start of a range from being after its end.
///
/// Postgres makes no range of such a row: an upload of it is refused, and only a check tells the device why before that.
pub(super) fn start_before_they_end(model: &Model, cx: &mut Complaints) {
    for table in model.tables.values() {
        let mut told: Vec<(&str, &str)> = Vec::new();
        for exclusion in &table.exclusions {
            for element in &exclusion.elements {
                let ExclusionPart::Range(range) = &element.part else {
                    continue;
                };
                let columns = (range.from.as_str(), range.to.as_str());
                if told.contains(&columns) || is_checked(table, range) {
                    continue;
                }
                told.push(columns);
                cx.push(
                    Place::entry(&table.name, "exclude", &exclusion.name),
                    Diagnostic::warning(
                        codes::RANGE_BACKWARDS,
                        format!(
                            "`{}` may be before `{}`, and Postgres makes no range of such a row",
                            range.to, range.from
                        ),
                    )
                    .help(format!("add a check: `{} <= {}`", range.from, range.to)),
                );
            }
        }
    }
}

fn is_checked(table: &Table, range: &Range) -> bool {
    let mut checks = table.checks.iter();
    checks.any(|check| match &check.body {
        CheckBody::Expr(expr) => orders(expr, range),
        CheckBody::Sql { .. } => false,
    })
}

/// Whether a row that passes has its bounds in order, or lacks one.
fn orders(expr: &Expr, range: &Range) -> bool {
    match expr {
        Expr::And(parts) => parts.iter().any(|part| orders(part, range)),
        Expr::Or(parts) => parts
            .iter()
            .all(|part| is_open(part, range) || orders(part, range)),
        Expr::Compare { op, left, right } => match (op, &**left, &**right) {
            (CompareOp::Lt | CompareOp::Le, Expr::Column(low), Expr::Column(high))
            | (CompareOp::Gt | CompareOp::Ge, Expr::Column(high), Expr::Column(low)) => {
                *low == range.from && *high == range.to
            }
            _ => false,
        },
        _ => false,
    }
}

/// Whether one of the bounds is NULL.
fn is_open(expr: &Expr, range: &Range) -> bool {
    matches!(
        expr,
        Expr::Is { operand, test: IsTest::Null, negated: false }
            if matches!(&**operand, Expr::Column(name) if *name == range.from || *name == range.to)
    )
}
