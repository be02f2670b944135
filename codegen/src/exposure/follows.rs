//! Whether every row that passes some rules passes another one, as far as their words tell.
//!
//! A rule is read as its alternatives, each a list of conditions that hold together. Another rule follows if it holds in each of
//! them: by a condition that is there, by the values that the conditions leave to one operand, or because one set is part of
//! another. What is not found is not known, so that more is told than happened, and never less.

use super::normal::number_of;
use crate::model::{CompareOp, Expr, IsTest, Literal, Select};
use std::cell::RefCell;
use std::collections::{BTreeSet, HashMap};

/// How many alternatives are read.
const MOST: usize = 512;

/// Decides what follows from what; of each pair of sets once.
pub(super) struct Follows<'a> {
    /// The sets by their numbers.
    sets: &'a [Select],
    parts: RefCell<HashMap<(usize, usize), bool>>,
}

impl<'a> Follows<'a> {
    pub(super) fn new(sets: &'a [Select]) -> Self {
        Self {
            sets,
            parts: RefCell::default(),
        }
    }

    /// Whether a row for which all of `given` hold passes `wanted`.
    pub(super) fn follows(&self, given: &[&Expr], wanted: &Expr) -> bool {
        if given.contains(&wanted) {
            return true;
        }
        let mut alternatives: Vec<Vec<&Expr>> = vec![Vec::new()];
        for one in given {
            match both(alternatives, alternatives_of(one)) {
                Some(found) => alternatives = found,
                None => return false,
            }
        }
        alternatives
            .iter()
            .all(|together| is_impossible(together) || self.holds(together, wanted))
    }

    fn holds(&self, together: &[&Expr], wanted: &Expr) -> bool {
        match wanted {
            Expr::And(parts) => parts.iter().all(|part| self.holds(together, part)),
            Expr::Or(parts) => parts.iter().any(|part| self.holds(together, part)),
            _ => {
                together.contains(&wanted)
                    || is_by_values(together, wanted)
                    || together.iter().any(|given| self.is_by_sets(given, wanted))
            }
        }
    }

    fn is_by_sets(&self, given: &Expr, wanted: &Expr) -> bool {
        match (given, wanted) {
            (
                Expr::InSet { operand, set },
                Expr::InSet {
                    operand: same,
                    set: wider,
                },
            ) if operand == same => match (number_of(set), number_of(wider)) {
                (Some(set), Some(wider)) => self.is_part(set, wider),
                _ => false,
            },
            _ => false,
        }
    }

    /// Whether one set has no more in it than the other.
    fn is_part(&self, set: usize, wider: usize) -> bool {
        if set == wider {
            return true;
        }
        if let Some(known) = self.parts.borrow().get(&(set, wider)) {
            return *known;
        }
        let (one, other) = (&self.sets[set], &self.sets[wider]);
        let is_part = one.table == other.table
            && one.column == other.column
            && other.filter.as_ref().is_none_or(|wanted| {
                let given: Vec<&Expr> = one.filter.iter().collect();
                self.follows(&given, wanted)
            });
        self.parts.borrow_mut().insert((set, wider), is_part);
        is_part
    }
}

/// The alternatives of a condition; `None` past the limit.
fn alternatives_of(expr: &Expr) -> Option<Vec<Vec<&Expr>>> {
    match expr {
        Expr::And(parts) => {
            let mut all = vec![Vec::new()];
            for part in parts {
                all = both(all, alternatives_of(part))?;
            }
            Some(all)
        }
        Expr::Or(parts) => {
            let mut all = Vec::new();
            for part in parts {
                all.extend(alternatives_of(part)?);
                if all.len() > MOST {
                    return None;
                }
            }
            Some(all)
        }
        leaf => Some(vec![vec![leaf]]),
    }
}

fn both<'e>(
    one: Vec<Vec<&'e Expr>>,
    other: Option<Vec<Vec<&'e Expr>>>,
) -> Option<Vec<Vec<&'e Expr>>> {
    let other = other?;
    if one.len() * other.len() > MOST {
        return None;
    }
    let pairs = one.iter().flat_map(|one| {
        other
            .iter()
            .map(move |other| one.iter().chain(other).copied().collect())
    });
    Some(pairs.collect())
}

/// What an operand may hold.
#[derive(Clone, Debug, PartialEq)]
struct Values {
    null: bool,
    /// Only these, where there is a list.
    only: Option<BTreeSet<Literal>>,
    /// None of these.
    but: BTreeSet<Literal>,
    /// Of whole numbers: from here to there.
    from: i64,
    to: i64,
}

impl Values {
    const ALL: Self = Self {
        null: true,
        only: None,
        but: BTreeSet::new(),
        from: i64::MIN,
        to: i64::MAX,
    };

    fn one_of(list: impl IntoIterator<Item = Literal>) -> Self {
        Self {
            null: false,
            only: Some(list.into_iter().collect()),
            ..Self::ALL
        }
    }

    fn truth(truth: bool) -> Self {
        Self::one_of([Literal::Bool(truth)])
    }

    fn not_null() -> Self {
        Self {
            null: false,
            ..Self::ALL
        }
    }

    fn has(&self, value: &Literal) -> bool {
        let in_range = match value {
            Literal::Int(number) => (self.from..=self.to).contains(number),
            _ => true,
        };
        in_range
            && !self.but.contains(value)
            && self.only.as_ref().is_none_or(|only| only.contains(value))
    }

    fn and(&self, other: &Self) -> Self {
        let mut both = Self {
            null: self.null && other.null,
            only: None,
            but: self.but.union(&other.but).cloned().collect(),
            from: self.from.max(other.from),
            to: self.to.min(other.to),
        };
        let is_bool = both.but.iter().any(|one| matches!(one, Literal::Bool(_)));
        let only = match (&self.only, &other.only) {
            (Some(only), _) | (None, Some(only)) => Some(only.clone()),
            (None, None) if is_bool => Some([true, false].map(Literal::Bool).into()),
            (None, None) => None,
        };
        both.only = only.map(|only| {
            let is_there = |one: &Literal| self.has(one) && other.has(one);
            only.into_iter().filter(is_there).collect()
        });
        both
    }

    fn is_empty(&self) -> bool {
        let nothing = self.only.as_ref().is_some_and(BTreeSet::is_empty);
        !self.null && (nothing || self.from > self.to)
    }

    fn is_part_of(&self, wider: &Self) -> bool {
        if self.null && !wider.null {
            return false;
        }
        match (&self.only, &wider.only) {
            (Some(only), _) => only.iter().all(|one| wider.has(one)),
            (None, Some(_)) => false,
            (None, None) => {
                wider.from <= self.from
                    && self.to <= wider.to
                    && wider.but.iter().all(|one| !self.has(one))
            }
        }
    }
}

/// What a condition leaves to an operand for which it holds.
fn left_by(condition: &Expr, operand: &Expr) -> Values {
    let of_word = |test: IsTest, negated: bool| match (test, negated) {
        (IsTest::Null, true) => Values::not_null(),
        (IsTest::Null, false) => Values {
            null: true,
            ..Values::one_of([])
        },
        (IsTest::True, negated) => Values {
            null: negated,
            ..Values::truth(!negated)
        },
        (IsTest::False, negated) => Values {
            null: negated,
            ..Values::truth(negated)
        },
    };
    let exact = match condition {
        Expr::Is {
            operand: same,
            test,
            negated,
        } if **same == *operand => Some(of_word(*test, *negated)),
        Expr::Not(inner) if **inner == *operand => Some(Values::truth(false)),
        Expr::InList {
            operand: same,
            list,
            negated,
        } if **same == *operand => Some(match negated {
            false => Values::one_of(list.iter().cloned()),
            true => Values {
                but: list.iter().cloned().collect(),
                ..Values::not_null()
            },
        }),
        Expr::Compare { op, left, right } => match (&**left, &**right) {
            (Expr::Literal(literal), same) if same == operand => compared(*op, literal, true),
            (same, Expr::Literal(literal)) if same == operand => compared(*op, literal, false),
            _ => None,
        },
        same if same == operand => Some(Values::truth(true)),
        _ => None,
    };
    match exact {
        Some(values) => values,
        None if needs(condition, operand) => Values::not_null(),
        None => Values::ALL,
    }
}

/// What a comparison with a constant leaves to its other side; the constant is the left one where it is `first`.
fn compared(op: CompareOp, literal: &Literal, first: bool) -> Option<Values> {
    let number = match literal {
        Literal::Int(number) => Some(*number),
        _ => None,
    };
    let (from, to) = match (op, first) {
        (CompareOp::Eq, _) => return Some(Values::one_of([literal.clone()])),
        (CompareOp::Ne, _) => {
            return Some(Values {
                but: [literal.clone()].into(),
                ..Values::not_null()
            });
        }
        (CompareOp::Lt, false) | (CompareOp::Gt, true) => (i64::MIN, number?.checked_sub(1)?),
        (CompareOp::Le, false) | (CompareOp::Ge, true) => (i64::MIN, number?),
        (CompareOp::Gt, false) | (CompareOp::Lt, true) => (number?.checked_add(1)?, i64::MAX),
        (CompareOp::Ge, false) | (CompareOp::Le, true) => (number?, i64::MAX),
    };
    Some(Values {
        from,
        to,
        ..Values::not_null()
    })
}

/// Whether a condition only holds if the operand has a value.
fn needs(condition: &Expr, operand: &Expr) -> bool {
    let value = |of: &Expr| needs_value(of, operand);
    match condition {
        Expr::Compare { left, right, .. } => value(left) || value(right),
        Expr::InList { operand: of, .. }
        | Expr::InSet { operand: of, .. }
        | Expr::InClaims { operand: of, .. } => value(of),
        Expr::Contains { list, element } => value(list) || value(element),
        Expr::Not(inner) => value(inner),
        Expr::Is {
            operand: of,
            test,
            negated,
        } => match (test, negated) {
            (IsTest::Null, negated) => *negated && value(of),
            (_, negated) => !negated && value(of),
        },
        _ => value(condition),
    }
}

/// Whether an expression is NULL where the operand is.
fn needs_value(expr: &Expr, operand: &Expr) -> bool {
    expr == operand
        || match expr {
            Expr::Concat(parts) => parts.iter().any(|part| needs_value(part, operand)),
            Expr::JsonIs { operand: of, .. } | Expr::JsonText { operand: of, .. } => {
                needs_value(of, operand)
            }
            Expr::Arith { left, right, .. } => {
                needs_value(left, operand) || needs_value(right, operand)
            }
            _ => false,
        }
}

/// The operand that a condition is about, where it is about one and constants.
fn subject(condition: &Expr) -> Option<&Expr> {
    match condition {
        Expr::Is { operand, .. } | Expr::InList { operand, .. } => Some(operand),
        Expr::Not(inner) => Some(inner),
        Expr::Compare { left, right, .. } => match (&**left, &**right) {
            (Expr::Literal(_), operand) | (operand, Expr::Literal(_)) => Some(operand),
            _ => None,
        },
        Expr::Column(_) => Some(condition),
        _ => None,
    }
}

fn values_of(together: &[&Expr], operand: &Expr) -> Values {
    together.iter().fold(Values::ALL, |values, condition| {
        values.and(&left_by(condition, operand))
    })
}

/// Whether the conditions leave nothing to an operand.
fn is_impossible(together: &[&Expr]) -> bool {
    let mut subjects = together.iter().filter_map(|condition| subject(condition));
    subjects.any(|operand| values_of(together, operand).is_empty())
}

/// Whether the conditions leave an operand nothing but what the wanted one lets pass.
fn is_by_values(together: &[&Expr], wanted: &Expr) -> bool {
    let Some(operand) = subject(wanted) else {
        return false;
    };
    // Only whole numbers are compared by order.
    let is_read = match wanted {
        Expr::Compare { op, left, right } => {
            let literal = match (&**left, &**right) {
                (Expr::Literal(literal), _) | (_, Expr::Literal(literal)) => literal,
                _ => return false,
            };
            compared(*op, literal, matches!(**left, Expr::Literal(_))).is_some()
        }
        _ => true,
    };
    is_read && values_of(together, operand).is_part_of(&left_by(wanted, operand))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::sample::column;

    fn is(name: &str, op: CompareOp, literal: Literal) -> Expr {
        Expr::Compare {
            op,
            left: Box::new(column(name)),
            right: Box::new(Expr::Literal(literal)),
        }
    }

    fn text(text: &str) -> Literal {
        Literal::Text(text.to_owned())
    }

    fn null(name: &str, negated: bool) -> Expr {
        Expr::Is {
            operand: Box::new(column(name)),
            test: IsTest::Null,
            negated,
        }
    }

    fn mine() -> Expr {
        Expr::Compare {
            op: CompareOp::Eq,
            left: Box::new(Expr::UserId),
            right: Box::new(column("owner")),
        }
    }

    #[track_caller]
    fn only_forth(given: &Expr, wanted: &Expr) {
        let follows = Follows::new(&[]);
        assert!(follows.follows(&[given], wanted), "{given:?} to {wanted:?}");
        assert!(
            !follows.follows(&[wanted], given),
            "{wanted:?} to {given:?}"
        );
    }

    #[test]
    fn values_of_one_operand_are_compared() {
        use CompareOp::{Eq, Ge, Gt, Lt, Ne};
        let (a, b) = (text("a"), text("b"));
        only_forth(&is("x", Eq, a.clone()), &is("x", Ne, b.clone()));
        only_forth(&is("x", Ne, a.clone()), &null("x", true));
        only_forth(&mine(), &null("owner", true));
        only_forth(&is("n", Gt, Literal::Int(5)), &is("n", Gt, Literal::Int(3)));
        only_forth(&is("n", Ge, Literal::Int(5)), &is("n", Ne, Literal::Int(4)));
        let between = Expr::And(vec![
            is("n", Gt, Literal::Int(1)),
            is("n", Lt, Literal::Int(4)),
        ]);
        only_forth(&between, &is("n", Ne, Literal::Int(4)));
        let list = Expr::InList {
            operand: Box::new(column("x")),
            list: vec![a.clone(), b],
            negated: false,
        };
        only_forth(&is("x", Eq, a), &list);
        let not_true = Expr::Is {
            operand: Box::new(column("flag")),
            test: IsTest::True,
            negated: true,
        };
        only_forth(&Expr::Not(Box::new(column("flag"))), &not_true);
        only_forth(&null("flag", false), &not_true);
    }

    #[test]
    fn texts_have_no_order_and_null_is_no_value() {
        use CompareOp::{Gt, Lt};
        let follows = Follows::new(&[]);
        let (less, more) = (is("x", Lt, text("a")), is("x", Gt, text("z")));
        assert!(!follows.follows(&[&less], &is("x", Lt, text("b"))));
        assert!(!follows.follows(&[&less, &more], &column("anything")));
        let coalesced = Expr::Compare {
            op: CompareOp::Eq,
            left: Box::new(Expr::Call {
                function: crate::model::Function::Coalesce,
                args: vec![column("x"), column("y")],
            }),
            right: Box::new(Expr::Literal(text("a"))),
        };
        assert!(!follows.follows(&[&coalesced], &null("x", true)));
    }

    #[test]
    fn what_cannot_be_gives_nothing_and_distribution_is_seen() {
        use CompareOp::Eq;
        let follows = Follows::new(&[]);
        let (a, b) = (is("x", Eq, text("a")), is("x", Eq, text("b")));
        assert!(follows.follows(&[&a, &b], &column("anything")));
        let (mine, shown) = (mine(), column("shown"));
        let one = Expr::And(vec![mine.clone(), Expr::Or(vec![a.clone(), shown.clone()])]);
        let other = Expr::Or(vec![
            Expr::And(vec![mine.clone(), a]),
            Expr::And(vec![mine, shown]),
        ]);
        assert!(follows.follows(&[&one], &other) && follows.follows(&[&other], &one));
    }

    #[test]
    fn a_set_with_a_narrower_filter_is_part_of_the_wider_one() {
        let of = |filter: Option<Expr>| Select {
            column: column("id"),
            table: "lists".to_owned(),
            filter,
        };
        let sets = [
            of(Some(Expr::And(vec![mine(), column("shown")]))),
            of(Some(mine())),
            of(None),
        ];
        let member = |number: usize| Expr::InSet {
            operand: Box::new(column("list_id")),
            set: crate::model::Set::Scope(format!("#{number}")),
        };
        let follows = Follows::new(&sets);
        for (one, other, is_part) in [(0, 1, true), (1, 2, true), (1, 0, false), (2, 1, false)] {
            assert_eq!(
                follows.follows(&[&member(one)], &member(other)),
                is_part,
                "{one} in {other}"
            );
        }
    }

    #[test]
    fn alternatives_beyond_the_limit_are_not_known() {
        let either = |level: usize| {
            Expr::Or(vec![
                column(&format!("a{level}")),
                column(&format!("b{level}")),
            ])
        };
        let many = Expr::And((0..40).map(either).collect());
        let follows = Follows::new(&[]);
        assert!(follows.follows(&[&many], &many));
        assert!(!follows.follows(&[&many], &either(0)));
    }
}
