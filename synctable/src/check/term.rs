//! The closed form of what Rust can check: the expressions of the language that mean one thing everywhere.

use crate::table::ColumnDef;

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
