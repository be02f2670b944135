//! Whether a wrong rule says the same as the right one, because another rule of the same command says it already.
//!
//! Whoever writes a row must be able to read it, before and after: a condition that the read rule makes anyway can be
//! left out of the others without a change of meaning.
//! This is decided by a truth table over the comparisons of all rules that a command needs; `and` and `or` above them
//! are true exactly where enough of them are, NULL or not.

use super::mutate::{Command, Mutant, Place};
use super::writes::Granted;
use std::collections::BTreeSet;
use synctable_codegen::expr::access::enforceable;
use synctable_codegen::expr::{Known, Row};
use synctable_codegen::model::{Access, CompareOp, DefaultValue, Expr, IsTest, Model, Rule, Set};

/// How many comparisons a truth table is made over.
const MOST: usize = 14;

/// A comparison of the row before or after.
#[derive(Clone, Debug, PartialEq)]
struct Leaf {
    comparison: Expr,
    is_after: bool,
}

/// Whether the mutant allows exactly what the model allows, where clients may name these columns.
#[must_use]
pub fn is_equal(model: &Model, mutant: &Mutant, granted: &Granted) -> bool {
    let Place::Rule(table, command) = &mutant.place else {
        return false;
    };
    let role = &model.postgres.roles.client;
    let (Some(right), Some(wrong)) = (
        &model.tables[table].access,
        &mutant.model.tables[table].access,
    ) else {
        return false;
    };
    let changeable = &granted.update;
    let known = Known::of(model);
    let row = &known.tables[table];
    let columns = &model.tables[table].columns;
    // What nobody names in an INSERT and the server fills with the caller is the caller, if there is one.
    let is_filled = |column: &str| {
        *command == Command::Insert
            && !granted.insert.iter().any(|name| name == column)
            && columns[column].default == Some(DefaultValue::Expr(Expr::UserId))
    };
    let terms = |access: &Access| terms(access, role, *command);
    let (right, wrong) = (terms(right), terms(wrong));
    let lowered = |terms: &[(Rule, bool)]| -> Vec<(Option<Expr>, bool)> {
        let lower = |rule: &Rule, row: &Row| match rule {
            Rule::Public => None,
            Rule::When(condition) => {
                let condition = enforceable(condition, row, &known);
                Some(filled(&condition, &is_filled))
            }
        };
        let all = terms.iter();
        all.map(|(rule, is_after)| (lower(rule, row), *is_after))
            .collect()
    };
    let (right, wrong) = (lowered(&right), lowered(&wrong));
    let mut leaves: Vec<Leaf> = Vec::new();
    for (condition, is_after) in right.iter().chain(&wrong) {
        if let Some(condition) = condition {
            collect(condition, *is_after, changeable, &mut leaves);
        }
    }
    leaves.len() <= MOST
        && (0..1_u32 << leaves.len())
            .filter(|case| is_possible(model, &leaves, *case))
            .all(|case| {
                let holds = |terms: &[(Option<Expr>, bool)]| {
                    terms.iter().all(|(condition, is_after)| {
                        condition.as_ref().is_none_or(|condition| {
                            truth(condition, *is_after, changeable, &leaves, case)
                        })
                    })
                };
                holds(&right) == holds(&wrong)
            })
}

/// Whether anybody calls.
fn somebody() -> Expr {
    Expr::Is {
        operand: Box::new(Expr::UserId),
        test: IsTest::Null,
        negated: true,
    }
}

/// The condition where what it says of columns that the server fills is said of the caller.
fn filled(condition: &Expr, is_filled: &dyn Fn(&str) -> bool) -> Expr {
    let all = |parts: &[Expr]| parts.iter().map(|part| filled(part, is_filled)).collect();
    let is_column = |side: &Expr| matches!(side, Expr::Column(name) if is_filled(name));
    match condition {
        Expr::And(parts) => Expr::And(all(parts)),
        Expr::Or(parts) => Expr::Or(all(parts)),
        Expr::Compare {
            op: CompareOp::Eq,
            left,
            right,
        } if (is_column(left) && **right == Expr::UserId)
            || (is_column(right) && **left == Expr::UserId) =>
        {
            somebody()
        }
        Expr::Is {
            operand,
            test: IsTest::Null,
            negated: true,
        } if is_column(operand) => somebody(),
        other => other.clone(),
    }
}

/// Whether the condition is true for a caller only.
fn needs_somebody(model: &Model, condition: &Expr) -> bool {
    let asks = |side: &Expr| *side == Expr::UserId;
    match condition {
        Expr::And(parts) => parts.iter().any(|part| needs_somebody(model, part)),
        Expr::Or(parts) => parts.iter().all(|part| needs_somebody(model, part)),
        Expr::Compare { left, right, .. } => asks(left) || asks(right),
        Expr::Contains { element, .. } => asks(element),
        Expr::InSet { operand, set } => {
            let select = match set {
                Set::Scope(name) => &model.scopes[name],
                Set::Select(select) => select,
            };
            let filter = select.filter.as_ref();
            asks(operand) || filter.is_some_and(|filter| needs_somebody(model, filter))
        }
        other => *other == somebody(),
    }
}

/// The rules that a command needs, and whether each speaks of the row after it.
fn terms(access: &Access, role: &str, command: Command) -> Vec<(Rule, bool)> {
    let read = access.read.get(role);
    let rules: Vec<(Option<&Rule>, bool)> = match command {
        Command::Read => vec![(read, false)],
        Command::Insert => vec![(read, true), (access.insert.get(role), true)],
        Command::Delete => vec![(read, false), (access.delete.get(role), false)],
        Command::Before | Command::After => {
            let update = access.update.get(role);
            vec![
                (read, false),
                (update.map(|rule| &rule.before), false),
                (update.map(|rule| &rule.after), true),
                (read, true),
            ]
        }
    };
    let given = rules.into_iter();
    given
        .filter_map(|(rule, is_after)| Some((rule?.clone(), is_after)))
        .collect()
}

fn leaf(comparison: &Expr, is_after: bool, changeable: &[String]) -> Leaf {
    let columns: BTreeSet<&str> = comparison.columns().into_iter().collect();
    let changes = changeable
        .iter()
        .any(|column| columns.contains(column.as_str()));
    Leaf {
        comparison: comparison.clone(),
        is_after: is_after && changes,
    }
}

fn collect(condition: &Expr, is_after: bool, changeable: &[String], leaves: &mut Vec<Leaf>) {
    match condition {
        Expr::And(parts) | Expr::Or(parts) => parts
            .iter()
            .for_each(|part| collect(part, is_after, changeable, leaves)),
        comparison => {
            let leaf = leaf(comparison, is_after, changeable);
            if !leaves.contains(&leaf) {
                leaves.push(leaf);
            }
        }
    }
}

fn truth(
    condition: &Expr,
    is_after: bool,
    changeable: &[String],
    leaves: &[Leaf],
    case: u32,
) -> bool {
    let mut all = |part: &Expr| truth(part, is_after, changeable, leaves, case);
    match condition {
        Expr::And(parts) => parts.iter().all(&mut all),
        Expr::Or(parts) => parts.iter().any(&mut all),
        comparison => {
            let leaf = leaf(comparison, is_after, changeable);
            let at = leaves.iter().position(|one| *one == leaf);
            case >> at.expect("every comparison was collected") & 1 == 1
        }
    }
}

/// Whether the comparisons can be true and false like this: what equals something is not NULL.
fn is_possible(model: &Model, leaves: &[Leaf], case: u32) -> bool {
    let is_true = |at: usize| case >> at & 1 == 1;
    let called = leaves.iter().position(|leaf| leaf.comparison == somebody());
    if let Some(called) = called
        && !is_true(called)
        && (0..leaves.len()).any(|at| is_true(at) && needs_somebody(model, &leaves[at].comparison))
    {
        return false;
    }
    leaves.iter().enumerate().all(|(at, one)| {
        leaves.iter().enumerate().all(|(other_at, other)| {
            one.is_after != other.is_after
                || !is_true(at)
                || ((is_true(other_at) || !implies_value(&one.comparison, &other.comparison))
                    && !(is_true(other_at) && opposes(&one.comparison, &other.comparison)))
        })
    })
}

/// Whether the first says that a column has a value, and the second asks just that.
fn implies_value(one: &Expr, other: &Expr) -> bool {
    let Expr::Is {
        operand,
        test: IsTest::Null,
        negated: true,
    } = other
    else {
        return false;
    };
    matches!(
        one,
        Expr::Compare { .. } | Expr::InSet { .. } | Expr::InClaims { .. } | Expr::InList { .. }
    ) && operand
        .columns()
        .iter()
        .all(|column| one.columns().contains(column))
}

/// Whether the two cannot both be true.
fn opposes(one: &Expr, other: &Expr) -> bool {
    let no_value = |is_null: &Expr, compared: &Expr| match is_null {
        Expr::Is {
            operand,
            test: IsTest::Null,
            negated: false,
        } => {
            matches!(
                compared,
                Expr::Compare { .. }
                    | Expr::InSet { .. }
                    | Expr::InClaims { .. }
                    | Expr::InList { .. }
            ) && matches!(&**operand, Expr::Column(_))
                && operand
                    .columns()
                    .iter()
                    .all(|column| compared.columns().contains(column))
        }
        _ => false,
    };
    let differ = match (one, other) {
        (
            Expr::Compare { op, left, right },
            Expr::Compare {
                op: op_of_other,
                left: left_of_other,
                right: right_of_other,
            },
        ) => {
            left == left_of_other
                && right == right_of_other
                && matches!(
                    (op, op_of_other),
                    (CompareOp::Eq, CompareOp::Ne) | (CompareOp::Ne, CompareOp::Eq)
                )
        }
        (
            Expr::Is {
                operand,
                test,
                negated,
            },
            Expr::Is {
                operand: operand_of_other,
                test: test_of_other,
                negated: negated_of_other,
            },
        ) => operand == operand_of_other && test == test_of_other && negated != negated_of_other,
        _ => false,
    };
    differ || no_value(one, other) || no_value(other, one)
}

#[cfg(test)]
mod tests {
    use super::super::mutate::mutants;
    use super::*;
    use synctable_codegen::model::sample::{column, equal, model};

    #[test]
    fn what_the_read_rule_says_anyway_may_be_left_out_of_the_others() {
        let mut model = model();
        let role = model.postgres.roles.client.clone();
        let mine = equal(column("owner_id"), Expr::UserId);
        let access = model.tables["lists"].access.as_mut().unwrap();
        access.read[&role] = Rule::When(mine.clone());
        access.delete.insert(role, Rule::When(mine));
        let all = mutants(&model);
        let equal = |site: &str, what: &str| {
            let mutant = all.iter().find(|one| one.site == site && one.what == what);
            let granted = Granted {
                insert: vec!["title".to_owned()],
                update: vec!["title".to_owned()],
                delete: true,
            };
            is_equal(&model, mutant.expect("it is one"), &granted)
        };
        assert!(equal("lists delete", "public"));
        assert!(!equal("lists read", "public"));
    }
}
