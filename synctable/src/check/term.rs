//! The closed form of what Rust can check: the expressions of the language that mean one thing everywhere.

use crate::table::ColumnDef;
use std::cmp::Ordering;

/// An expression over one row.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Term {
    /// A column.
    Column(&'static ColumnDef),
    /// NULL.
    Null,
    /// A boolean.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// A number with a fraction, as plain decimal text.
    Number(&'static str),
    /// Text, a label, a uuid, a day or a time in canonical text.
    Text(&'static str),
    /// `not x`.
    Not(&'static Term),
    /// All of them.
    All(&'static [Term]),
    /// Any of them.
    Any(&'static [Term]),
    /// `x is null | true | false`.
    Is(&'static Term, Is),
    /// `x = y` and its kin.
    Compare(&'static Term, Compare, &'static Term),
    /// `x between m and n`, of whole numbers.
    Between(&'static Term, i64, i64),
    /// `x is distinct from y`.
    Distinct(&'static Term, &'static Term),
    /// `x in (…)`.
    In(&'static Term, &'static [Term]),
    /// `x + y` and its kin.
    Arith(&'static Term, Arith, &'static Term),
    /// `x || y`.
    Concat(&'static [Term]),
    /// A call.
    Call(Function, &'static [Term]),
    /// `case when … then … else … end`.
    Case(&'static [(Term, Term)], &'static Term),
    /// The check of a domain, said of every element of a list.
    Every(&'static ColumnDef, &'static Term),
    /// The element, inside [`Every`](Term::Every).
    Element,
}

/// What `is` tests for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Is {
    /// NULL.
    Null,
    /// True.
    True,
    /// False.
    False,
}

/// A comparison.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Compare {
    /// `=`.
    Eq,
    /// `<>`.
    Ne,
    /// `<`.
    Lt,
    /// `<=`.
    Le,
    /// `>`.
    Gt,
    /// `>=`.
    Ge,
}

impl Compare {
    /// The whole numbers that it holds of on the left, where they are one range and a whole number stands on the right.
    pub(super) const fn range(self, right: &Term) -> Option<(i64, i64)> {
        let Term::Int(number) = *right else {
            return None;
        };
        Some(match self {
            Compare::Eq => (number, number),
            Compare::Ne => return None,
            Compare::Lt if number == i64::MIN => (1, 0),
            Compare::Lt => (i64::MIN, number - 1),
            Compare::Le => (i64::MIN, number),
            Compare::Gt if number == i64::MAX => (1, 0),
            Compare::Gt => (number + 1, i64::MAX),
            Compare::Ge => (number, i64::MAX),
        })
    }

    /// Whether it holds of two values in that order.
    pub(super) const fn holds(self, order: Ordering) -> bool {
        match self {
            Compare::Eq => order.is_eq(),
            Compare::Ne => order.is_ne(),
            Compare::Lt => order.is_lt(),
            Compare::Le => order.is_le(),
            Compare::Gt => order.is_gt(),
            Compare::Ge => order.is_ge(),
        }
    }
}

/// Arithmetic.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Arith {
    /// `+`.
    Add,
    /// `-`.
    Sub,
    /// `*`.
    Mul,
    /// `/`, without the fraction.
    Div,
    /// `%`, with the sign of the left side.
    Rem,
}

/// A function that Rust knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Function {
    /// Characters.
    Length,
    /// Of ASCII; of other text it is the database's to say.
    Lower,
    /// Of ASCII; of other text it is the database's to say.
    Upper,
    /// Without blanks at both ends.
    Trim,
    /// Start counts from 1.
    Substr,
    /// All occurrences.
    Replace,
    /// Without the sign.
    Abs,
    /// The first that is not null.
    Coalesce,
    /// Null where both are equal.
    Nullif,
    /// Elements.
    ListLength,
    /// `object`, `array`, `string`, `number`, `boolean` or `null`.
    JsonKind,
}
