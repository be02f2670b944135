//! What a term says of a row, as Postgres would.

use super::term::{Arith, Compare, Function, Is, Term};
use crate::canonical::of_scalar;
use crate::exact::{Decimal, Uuid};
use crate::holds::Holds;
use crate::kind::{Kind, Scalar};
use crate::list::{each, value_of};
use crate::table::ColumnDef;
use crate::value::Value;
use std::borrow::Cow;
use std::cmp::Ordering;

/// What a check says of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Truth {
    /// It holds.
    True,
    /// It does not, and Postgres refuses the row.
    False,
    /// NULL, which Postgres lets pass.
    Null,
    /// It speaks of what is not known, or of what only a database can say.
    Unknown,
}

/// What terms speak of.
pub(super) trait Row<'v> {
    /// What a column holds, as SQLite stores it; `None` where that is not known.
    fn column(&self, column: &ColumnDef) -> Option<Value<'v>>;

    /// The element of a list that is looked at.
    fn element(&self) -> Known<'v> {
        Known::Unknown
    }
}

impl<'v, F: Fn(&ColumnDef) -> Option<Value<'v>>> Row<'v> for F {
    fn column(&self, column: &ColumnDef) -> Option<Value<'v>> {
        self(column)
    }
}

/// An element of a list, and no row.
struct Element<'v>(Known<'v>);

impl<'v> Row<'v> for Element<'v> {
    fn column(&self, _: &ColumnDef) -> Option<Value<'v>> {
        None
    }

    fn element(&self) -> Known<'v> {
        self.0.clone()
    }
}

/// What a term says of a row; the usual forms are answered without computing more than they ask for.
pub(super) fn truth<'v>(term: &Term, row: &impl Row<'v>) -> Truth {
    match term {
        Term::Not(operand) => match truth(operand, row) {
            Truth::True => Truth::False,
            Truth::False => Truth::True,
            other => other,
        },
        Term::All(terms) => fold(terms, row, Truth::True, Truth::False),
        Term::Any(terms) => fold(terms, row, Truth::False, Truth::True),
        // Whether a column is null is seen without reading what it holds.
        Term::Is(Term::Column(column), Is::Null) => match row.column(column) {
            Some(Value::Null) => Truth::True,
            Some(_) => Truth::False,
            None => Truth::Unknown,
        },
        Term::Is(operand, test) => of(&is(&known(operand, row), *test)),
        Term::Compare(left, op, right) => match op.range(right) {
            Some((low, high)) if is_measure(left) => between(left, low, high, row),
            _ => compare(&known(left, row), *op, &known(right, row)),
        },
        Term::Between(operand, low, high) => between(operand, *low, *high, row),
        Term::Distinct(left, right) => of(&distinct(&known(left, row), &known(right, row))),
        Term::In(operand, list) => {
            let operand = known(operand, row);
            let equal = |term| compare(&operand, Compare::Eq, &known(term, row));
            list.iter().map(equal).fold(Truth::False, or)
        }
        Term::Every(column, term) => every(column, term, row),
        other => of(&known(other, row)),
    }
}

/// Whether a number is at least `low` and at most `high`.
///
/// How long a text or a list is is counted only where its bytes leave that open.
fn between<'v>(operand: &Term, low: i64, high: i64, row: &impl Row<'v>) -> Truth {
    let number = match operand {
        Term::Call(function, [Term::Column(column)]) if is_measure(operand) => {
            let value = match row.column(column) {
                Some(Value::Null) => return Truth::Null,
                Some(value) => value,
                None => return Truth::Unknown,
            };
            if let Some((least, most)) = bounds(*function, column, &value) {
                if most < low || least > high {
                    return Truth::False;
                }
                if least >= low && most <= high {
                    return Truth::True;
                }
            }
            strict(*function, &[stored(column, value)])
        }
        _ => known(operand, row),
    };
    let above = compare(&number, Compare::Ge, &Known::Int(low));
    and(above, compare(&number, Compare::Le, &Known::Int(high)))
}

/// Whether a term is how long the text or the list of a column is.
fn is_measure(term: &Term) -> bool {
    matches!(
        term,
        Term::Call(Function::Length | Function::ListLength, [Term::Column(_)])
    )
}

/// What the length of a value is between, by its bytes.
fn bounds(function: Function, column: &ColumnDef, value: &Value<'_>) -> Option<(i64, i64)> {
    let Value::Text(text) = value else {
        return None;
    };
    let bytes = i64::try_from(text.len()).ok()?;
    match (function, column.kind.carrier()) {
        // A character has four bytes at most, an element one and a comma or a bracket.
        (Function::Length, Some(Scalar::Text | Scalar::Varchar(_))) => {
            Some(((bytes + 3) / 4, bytes))
        }
        (Function::ListLength, _) => Some((0, bytes / 2)),
        _ => None,
    }
}

/// Whether a term holds of all elements of a list, as Postgres asks the domain of each.
fn every<'v>(column: &ColumnDef, term: &Term, row: &impl Row<'v>) -> Truth {
    let Kind::List(element) = &column.kind else {
        return Truth::Unknown;
    };
    let (Kind::Scalar(scalar) | Kind::Domain { base: scalar, .. }) = element.to_kind() else {
        return Truth::Unknown;
    };
    let text = match row.column(column) {
        Some(Value::Text(text)) => text,
        Some(Value::Null) => return Truth::Null,
        Some(_) | None => return Truth::Unknown,
    };
    let is_json = scalar == Scalar::Json;
    let mut all = Truth::True;
    let read = each(&text, |_, element| {
        let element = stored_as(scalar, value_of(element, is_json)?.into_owned());
        all = and(all, truth(term, &Element(element)));
        Ok(())
    });
    match read {
        Ok(()) => all,
        Err(_) => Truth::Unknown,
    }
}

fn truth_of(holds: bool) -> Truth {
    if holds { Truth::True } else { Truth::False }
}

/// A value while it is computed.
#[derive(Clone, Debug)]
pub(super) enum Known<'v> {
    Null,
    Bool(bool),
    Int(i64),
    Decimal(Decimal),
    Single(f32),
    Double(f64),
    Text(Cow<'v, str>, Order),
    /// A list or a json document: its text is no value to compare.
    Document(Cow<'v, str>),
    Unknown,
}

/// Whether the order of texts is that of what they stand for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Order {
    /// Days, times, uuids and bytes, in canonical text.
    Canonical,
    /// Text and labels: each engine has its own.
    Engines,
}

fn of(known: &Known<'_>) -> Truth {
    match known {
        Known::Bool(true) => Truth::True,
        Known::Bool(false) => Truth::False,
        Known::Null => Truth::Null,
        _ => Truth::Unknown,
    }
}

fn back(truth: Truth) -> Known<'static> {
    match truth {
        Truth::True => Known::Bool(true),
        Truth::False => Known::Bool(false),
        Truth::Null => Known::Null,
        Truth::Unknown => Known::Unknown,
    }
}

fn known<'v>(term: &Term, row: &impl Row<'v>) -> Known<'v> {
    match term {
        Term::Column(column) => row
            .column(column)
            .map_or(Known::Unknown, |value| stored(column, value)),
        Term::Element => row.element(),
        Term::Null => Known::Null,
        Term::Bool(value) => Known::Bool(*value),
        Term::Int(number) => Known::Int(*number),
        Term::Number(text) => text.parse().map_or(Known::Unknown, Known::Decimal),
        Term::Text(text) => Known::Text(Cow::Borrowed(text), Order::Canonical),
        Term::Arith(left, op, right) => arith(known(left, row), *op, known(right, row)),
        Term::Concat(terms) => concat(terms, row),
        Term::Call(function, args) => call(*function, args, row),
        Term::Case(branches, otherwise) => {
            for (condition, result) in *branches {
                match truth(condition, row) {
                    Truth::True => return known(result, row),
                    Truth::False | Truth::Null => {}
                    Truth::Unknown => return Known::Unknown,
                }
            }
            known(otherwise, row)
        }
        Term::Not(_)
        | Term::All(_)
        | Term::Any(_)
        | Term::Is(..)
        | Term::Compare(..)
        | Term::Between(..)
        | Term::Distinct(..)
        | Term::In(..)
        | Term::Every(..) => back(truth(term, row)),
    }
}

/// All, or any, of the terms: the one that decides does so whatever the others are.
fn fold<'v>(terms: &[Term], row: &impl Row<'v>, start: Truth, decides: Truth) -> Truth {
    let mut all = start;
    for term in terms {
        let one = truth(term, row);
        if one == decides {
            return decides;
        }
        all = match (all, one) {
            (Truth::Unknown, _) | (_, Truth::Unknown) => Truth::Unknown,
            (Truth::Null, _) | (_, Truth::Null) => Truth::Null,
            (all, _) => all,
        };
    }
    all
}

fn and(all: Truth, one: Truth) -> Truth {
    match (all, one) {
        (Truth::False, _) | (_, Truth::False) => Truth::False,
        (Truth::Unknown, _) | (_, Truth::Unknown) => Truth::Unknown,
        (Truth::Null, _) | (_, Truth::Null) => Truth::Null,
        (Truth::True, Truth::True) => Truth::True,
    }
}

fn or(all: Truth, one: Truth) -> Truth {
    match (all, one) {
        (Truth::True, _) | (_, Truth::True) => Truth::True,
        (Truth::Unknown, _) | (_, Truth::Unknown) => Truth::Unknown,
        (Truth::Null, _) | (_, Truth::Null) => Truth::Null,
        (Truth::False, Truth::False) => Truth::False,
    }
}

/// A column's value, which is of its kind already.
fn stored<'v>(column: &ColumnDef, value: Value<'v>) -> Known<'v> {
    match (&column.kind, value) {
        (_, Value::Null) => Known::Null,
        (Kind::Scalar(scalar) | Kind::Domain { base: scalar, .. }, value) => {
            stored_as(*scalar, value)
        }
        (Kind::Enum { .. }, value @ Value::Text(_)) => stored_as(Scalar::Text, value),
        (Kind::List(_), value @ Value::Text(_)) => stored_as(Scalar::Json, value),
        (Kind::Enum { .. } | Kind::List(_) | Kind::Opaque(_), _) => Known::Unknown,
    }
}

fn stored_as(scalar: Scalar, value: Value<'_>) -> Known<'_> {
    if value == Value::Null {
        return Known::Null;
    }
    match scalar {
        Scalar::Bool => bool::from_value(value).map_or(Known::Unknown, Known::Bool),
        Scalar::Smallint | Scalar::Int | Scalar::Bigint => {
            i64::from_value(value).map_or(Known::Unknown, Known::Int)
        }
        Scalar::Real => f32::from_value(value).map_or(Known::Unknown, Known::Single),
        Scalar::Double => f64::from_value(value).map_or(Known::Unknown, Known::Double),
        Scalar::Decimal { .. } => Decimal::from_value(value).map_or(Known::Unknown, Known::Decimal),
        Scalar::Text | Scalar::Varchar(_) => text(value, Order::Engines),
        Scalar::Json => match value {
            Value::Text(text) => Known::Document(text),
            _ => Known::Unknown,
        },
        Scalar::Uuid => match value {
            Value::Text(text) if Uuid::is_canonical(&text) => Known::Text(text, Order::Canonical),
            _ => Known::Unknown,
        },
        Scalar::Date | Scalar::Time | Scalar::Timestamp | Scalar::Timestamptz | Scalar::Bytes => {
            of_scalar(scalar, value).map_or(Known::Unknown, |value| text(value, Order::Canonical))
        }
        Scalar::Interval => Known::Document(Cow::Borrowed("")),
    }
}

fn text(value: Value<'_>, order: Order) -> Known<'_> {
    match value {
        Value::Text(text) => Known::Text(text, order),
        _ => Known::Unknown,
    }
}

fn is(operand: &Known<'_>, test: Is) -> Known<'static> {
    match (operand, test) {
        (Known::Unknown, _) => Known::Unknown,
        (Known::Null, Is::Null) => Known::Bool(true),
        (_, Is::Null) => Known::Bool(false),
        (Known::Bool(value), Is::True) => Known::Bool(*value),
        (Known::Bool(value), Is::False) => Known::Bool(!*value),
        (Known::Null, _) => Known::Bool(false),
        (_, Is::True | Is::False) => Known::Unknown,
    }
}

fn compare(left: &Known<'_>, op: Compare, right: &Known<'_>) -> Truth {
    let ordering = match (left, right) {
        (Known::Unknown, _) | (_, Known::Unknown) => return Truth::Unknown,
        (Known::Null, _) | (_, Known::Null) => return Truth::Null,
        (Known::Bool(left), Known::Bool(right)) => left.cmp(right),
        (Known::Text(left, one), Known::Text(right, other)) => {
            let is_equality = matches!(op, Compare::Eq | Compare::Ne);
            if !is_equality && (*one == Order::Engines || *other == Order::Engines) {
                return Truth::Unknown;
            }
            left.cmp(right)
        }
        (left, right) => match numbers(left, right) {
            Some(ordering) => ordering,
            None => return Truth::Unknown,
        },
    };
    truth_of(op.holds(ordering))
}

/// Decimals exactly; beside a float, a number is that float which is nearest.
fn numbers(left: &Known<'_>, right: &Known<'_>) -> Option<Ordering> {
    match (left, right) {
        (Known::Int(left), Known::Int(right)) => Some(left.cmp(right)),
        (Known::Single(left), right) => left.partial_cmp(&single(right)?),
        (left, Known::Single(right)) => single(left)?.partial_cmp(right),
        (Known::Double(left), right) => left.partial_cmp(&double(right)?),
        (left, Known::Double(right)) => double(left)?.partial_cmp(right),
        (Known::Decimal(left), Known::Decimal(right)) => Some(left.cmp(right)),
        (Known::Decimal(left), Known::Int(right)) => Some(left.cmp(&Decimal::from(*right))),
        (Known::Int(left), Known::Decimal(right)) => Some(Decimal::from(*left).cmp(right)),
        _ => None,
    }
}

fn single(number: &Known<'_>) -> Option<f32> {
    match number {
        Known::Single(number) => Some(*number),
        Known::Int(number) => Some(*number as f32),
        Known::Decimal(number) => number.as_str().parse().ok(),
        _ => None,
    }
}

fn double(number: &Known<'_>) -> Option<f64> {
    match number {
        Known::Double(number) => Some(*number),
        Known::Int(number) => Some(*number as f64),
        Known::Decimal(number) => number.as_str().parse().ok(),
        _ => None,
    }
}

fn distinct(left: &Known<'_>, right: &Known<'_>) -> Known<'static> {
    match (left, right) {
        (Known::Unknown, _) | (_, Known::Unknown) => Known::Unknown,
        (Known::Null, Known::Null) => Known::Bool(false),
        (Known::Null, _) | (_, Known::Null) => Known::Bool(true),
        (left, right) => back(compare(left, Compare::Ne, right)),
    }
}

/// On whole numbers alone: what overflows or divides by zero is Postgres's error to tell, and what is not whole is its to
/// round.
fn arith<'v>(left: Known<'v>, op: Arith, right: Known<'v>) -> Known<'v> {
    let (left, right) = match (left, right) {
        (Known::Unknown, _) | (_, Known::Unknown) => return Known::Unknown,
        (Known::Null, _) | (_, Known::Null) => return Known::Null,
        (Known::Int(left), Known::Int(right)) => (left, right),
        _ => return Known::Unknown,
    };
    let result = match op {
        Arith::Add => left.checked_add(right),
        Arith::Sub => left.checked_sub(right),
        Arith::Mul => left.checked_mul(right),
        Arith::Div => left.checked_div(right),
        Arith::Rem => left.checked_rem(right),
    };
    result.map_or(Known::Unknown, Known::Int)
}

fn concat<'v>(terms: &[Term], row: &impl Row<'v>) -> Known<'v> {
    let mut all = String::new();
    let mut is_null = false;
    for term in terms {
        match known(term, row) {
            Known::Text(text, _) => all.push_str(&text),
            Known::Null => is_null = true,
            _ => return Known::Unknown,
        }
    }
    match is_null {
        true => Known::Null,
        false => Known::Text(all.into(), Order::Engines),
    }
}

fn call<'v>(function: Function, args: &[Term], row: &impl Row<'v>) -> Known<'v> {
    if function == Function::Coalesce {
        for arg in args {
            match known(arg, row) {
                Known::Null => {}
                found => return found,
            }
        }
        return Known::Null;
    }
    // No function takes more than three.
    let mut room = [const { Known::Null }; 3];
    let Some(values) = room.get_mut(..args.len()) else {
        return Known::Unknown;
    };
    for (value, arg) in values.iter_mut().zip(args) {
        *value = known(arg, row);
    }
    if values.iter().any(|value| matches!(value, Known::Unknown)) {
        return Known::Unknown;
    }
    if function == Function::Nullif {
        let [left, right] = &*values else {
            return Known::Unknown;
        };
        return match compare(left, Compare::Eq, right) {
            Truth::True => Known::Null,
            Truth::False | Truth::Null => left.clone(),
            Truth::Unknown => Known::Unknown,
        };
    }
    if values.iter().any(|value| matches!(value, Known::Null)) {
        return Known::Null;
    }
    strict(function, values)
}

/// The functions whose answer is null where an argument is.
fn strict<'v>(function: Function, values: &[Known<'v>]) -> Known<'v> {
    let ours = |text: String| Known::Text(text.into(), Order::Engines);
    match (function, values) {
        (Function::Length, [Known::Text(text, _)]) => count(text.chars().count()),
        (Function::Lower, [Known::Text(text, _)]) if text.is_ascii() => {
            ours(text.to_ascii_lowercase())
        }
        (Function::Upper, [Known::Text(text, _)]) if text.is_ascii() => {
            ours(text.to_ascii_uppercase())
        }
        (Function::Trim, [Known::Text(text, _)]) => ours(text.trim_matches(' ').to_owned()),
        (Function::Substr, [Known::Text(text, _), Known::Int(start), rest @ ..]) => {
            let length = match rest {
                [] => Some(usize::MAX),
                [Known::Int(length)] => usize::try_from(*length).ok(),
                _ => None,
            };
            let skipped = start
                .checked_sub(1)
                .and_then(|before| usize::try_from(before).ok());
            match (skipped, length) {
                (Some(skipped), Some(length)) => {
                    ours(text.chars().skip(skipped).take(length).collect())
                }
                _ => Known::Unknown,
            }
        }
        (
            Function::Replace,
            [
                Known::Text(text, _),
                Known::Text(from, _),
                Known::Text(to, _),
            ],
        ) => match from.is_empty() {
            true => ours(text.clone().into_owned()),
            false => ours(text.replace(&**from, to)),
        },
        (Function::Abs, [Known::Int(number)]) => {
            number.checked_abs().map_or(Known::Unknown, Known::Int)
        }
        (Function::Abs, [Known::Double(number)]) => Known::Double(number.abs()),
        (Function::Abs, [Known::Single(number)]) => Known::Single(number.abs()),
        (Function::Abs, [Known::Decimal(number)]) => {
            let text = number.as_str().trim_start_matches('-');
            text.parse().map_or(Known::Unknown, Known::Decimal)
        }
        (Function::ListLength, [Known::Document(text)]) => {
            elements(text).map_or(Known::Unknown, count)
        }
        (Function::JsonKind, [Known::Document(text)]) => match json_kind(text) {
            Some(kind) => Known::Text(Cow::Borrowed(kind), Order::Engines),
            None => Known::Unknown,
        },
        _ => Known::Unknown,
    }
}

fn count(number: usize) -> Known<'static> {
    i64::try_from(number).map_or(Known::Unknown, Known::Int)
}

/// How many elements a JSON array has, by the commas that stand in no string and in no other array or object.
fn elements(text: &str) -> Option<usize> {
    let inside = text.trim_matches([' ', '\t', '\n', '\r']);
    let inside = inside.strip_prefix('[')?.strip_suffix(']')?;
    let (mut commas, mut depth, mut in_string, mut escaped) = (0, 0_usize, false, false);
    let mut is_empty = true;
    for byte in inside.bytes() {
        is_empty &= byte.is_ascii_whitespace();
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = in_string,
            b'"' => in_string = !in_string,
            _ if in_string => {}
            b'[' | b'{' => depth += 1,
            b']' | b'}' => depth = depth.checked_sub(1)?,
            b',' if depth == 0 => commas += 1,
            _ => {}
        }
    }
    Some(if is_empty { 0 } else { commas + 1 })
}

/// By its first character: that it is JSON is known.
fn json_kind(text: &str) -> Option<&'static str> {
    let text = text.trim_start_matches([' ', '\t', '\n', '\r']);
    Some(match text.as_bytes().first()? {
        b'{' => "object",
        b'[' => "array",
        b'"' => "string",
        b't' | b'f' => "boolean",
        b'n' => "null",
        _ => "number",
    })
}
