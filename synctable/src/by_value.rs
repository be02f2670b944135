//! Rows and uploads shown and compared by the values of their columns.
//!
//! What `#[derive(Debug, PartialEq)]` writes is checked for every field of every struct; this is written once.

use crate::exact::{Decimal, Json};
use crate::holds::Holds;
use crate::kind::{Element, Kind, Scalar};
use crate::table::ColumnDef;
use crate::value::{Value, ValueError};
use std::fmt;

/// A column with its value.
pub(crate) type Cell<'v> = (&'static ColumnDef, Value<'v>);

/// Shows columns with their values, in the form of a struct.
pub(crate) fn show(f: &mut fmt::Formatter<'_>, name: &str, cells: &[Cell<'_>]) -> fmt::Result {
    let mut shown = f.debug_struct(name);
    for (column, value) in cells {
        shown.field(column.name, &Shown { column, value });
    }
    shown.finish()
}

struct Shown<'a, 'v> {
    column: &'a ColumnDef,
    value: &'a Value<'v>,
}

impl fmt::Debug for Shown<'_, '_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.value, &self.column.kind) {
            (Value::Null, _) => f.write_str("null"),
            (Value::Integer(number), Kind::Scalar(Scalar::Bool)) => (*number != 0).fmt(f),
            (Value::Integer(number), _) => number.fmt(f),
            (Value::Real(number), _) => number.fmt(f),
            (Value::Text(text), _) => text.fmt(f),
        }
    }
}

/// Whether both have the same columns, with the same values.
pub(crate) fn same(one: &[Cell<'_>], other: &[Cell<'_>]) -> bool {
    let mut pairs = one.iter().zip(other);
    one.len() == other.len()
        && pairs.all(|((column, one), (also, other))| {
            column.name == also.name && same_value(&column.kind, one, other)
        })
}

/// Whether two texts, which may differ, are one value of a kind.
fn same_value(kind: &Kind, one: &Value<'_>, other: &Value<'_>) -> bool {
    if one == other {
        return true;
    }
    let (Value::Text(_), Value::Text(_)) = (one, other) else {
        return false;
    };
    match kind {
        Kind::List(Element::Scalar(Scalar::Json)) => read_alike::<Vec<Json>>(one, other),
        Kind::List(element) => match element.carrier() {
            Scalar::Decimal { .. } => read_alike::<Vec<Decimal>>(one, other),
            _ => false,
        },
        kind => match kind.carrier() {
            Some(Scalar::Json) => read_alike::<Json>(one, other),
            Some(Scalar::Decimal { .. }) => read_alike::<Decimal>(one, other),
            _ => false,
        },
    }
}

fn read_alike<T: Holds<T> + PartialEq>(one: &Value<'_>, other: &Value<'_>) -> bool {
    let read = |value: &Value<'_>| -> Result<T, ValueError> { T::from_value(value.clone()) };
    matches!((read(one), read(other)), (Ok(one), Ok(other)) if one == other)
}

#[cfg(test)]
mod tests {
    use super::*;

    static META: ColumnDef = ColumnDef::new("meta", Kind::JSON);
    static DONE: ColumnDef = ColumnDef::new("done", Kind::BOOL);

    #[test]
    fn values_are_compared_as_their_kind_compares_them() {
        let of = |text: &'static str| [(&META, Value::Text(text.into()))];
        assert!(same(
            &of("{\"a\": 1, \"b\": 2}"),
            &of("{\"b\": 2, \"a\": 1}")
        ));
        assert!(!same(&of("{\"a\": 1}"), &of("{\"a\": 2}")));
        assert!(!same(&of("1"), &[(&META, Value::Null)]));
        let price = Kind::Scalar(Scalar::Decimal {
            precision: 4,
            scale: 2,
        });
        let [few, many] = ["1.500", "1.5"].map(|text| Value::Text(text.into()));
        assert!(same_value(&price, &few, &many));
        assert!(!same_value(&Kind::TEXT, &few, &many));
    }

    #[test]
    fn values_are_shown_beside_the_names_of_their_columns() {
        struct Row;
        impl fmt::Debug for Row {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                show(
                    f,
                    "Row",
                    &[(&DONE, Value::Integer(1)), (&META, Value::Null)],
                )
            }
        }
        assert_eq!(format!("{Row:?}"), "Row { done: true, meta: null }");
    }
}
