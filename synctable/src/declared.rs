//! What the derive is built on: a table as a type, and its columns as fields hold them.

use crate::exact::Decimal;
use crate::holds::Holds;
use crate::kind::{Kind, Scalar};
use crate::row::RowError;
use crate::table::{Column, ColumnDef, TableDef};
use crate::value::{Value, ValueError};

/// The type that stands for a declared table; every generated table module has one, called `Table`.
pub trait Declared {
    /// The table.
    const DEF: &'static TableDef;
}

impl<T> Column<T> {
    /// The column as a field of type `F` holds it; compiles only where `F` can. For derived code.
    #[doc(hidden)]
    pub const fn held_by<F: Holds<T>>(self) -> Held<F> {
        Held {
            column: self.def,
            to_value: <F as Holds<T>>::to_value,
            from_value: <F as Holds<T>>::from_value,
        }
    }

    /// The column as a field of type `Option<F>` holds it in a row of a device that may have no value yet, though the column is
    /// never null. For derived code.
    #[doc(hidden)]
    pub const fn awaited_by<F: Holds<T>>(self) -> Held<Option<F>> {
        Held {
            column: self.def,
            to_value: <Option<F> as Holds<Option<T>>>::to_value,
            from_value: <Option<F> as Holds<Option<T>>>::from_value,
        }
    }
}

/// A column as a field of type `F` holds it.
///
/// The functions are kept instead of a bound on the methods: a type that cannot hold the column is
/// told once, where it is named.
#[doc(hidden)]
pub struct Held<F> {
    pub(crate) column: &'static ColumnDef,
    pub(crate) to_value: fn(&F) -> Value<'_>,
    pub(crate) from_value: fn(Value<'_>) -> Result<F, ValueError>,
}

impl<F> Clone for Held<F> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<F> Copy for Held<F> {}

impl<F> Held<F> {
    /// The field's value, in the one form that the column has for it.
    pub fn write(self, field: &F) -> Value<'_> {
        fitted(self.column, (self.to_value)(field))
    }

    /// The field from a value.
    ///
    /// # Errors
    /// The value is none of the column's, or there is none.
    pub fn read(self, table: &TableDef, value: Option<Value<'_>>) -> Result<F, RowError> {
        let error = |error| RowError {
            table: table.name,
            column: self.column.name,
            error,
        };
        (self.from_value)(value.ok_or_else(|| error(None))?).map_err(|why| error(Some(why)))
    }
}

/// How a column is held by whatever an entry is read into. For derived code.
#[doc(hidden)]
pub trait Hold: Copy {
    /// What holds it.
    type Field;

    /// The column.
    fn column(self) -> &'static ColumnDef;

    /// The field from a value.
    ///
    /// # Errors
    /// The value is none of the column's.
    fn take(self, value: Value<'_>) -> Result<Self::Field, ValueError>;

    /// The field's value, in the one form that the column has for it.
    fn give(self, field: &Self::Field) -> Value<'_>;
}

impl<F> Hold for Held<F> {
    type Field = F;

    #[inline(always)]
    fn column(self) -> &'static ColumnDef {
        self.column
    }

    #[inline(always)]
    fn take(self, value: Value<'_>) -> Result<F, ValueError> {
        (self.from_value)(value)
    }

    #[inline(always)]
    fn give(self, field: &F) -> Value<'_> {
        self.write(field)
    }
}

/// A field of the type of the column's values.
impl<T: Holds<T>> Hold for Column<T> {
    type Field = T;

    #[inline(always)]
    fn column(self) -> &'static ColumnDef {
        self.def
    }

    #[inline(always)]
    fn take(self, value: Value<'_>) -> Result<T, ValueError> {
        T::from_value(value)
    }

    #[inline(always)]
    fn give(self, field: &T) -> Value<'_> {
        fitted(self.def, field.to_value())
    }
}

/// A decimal with exactly the digits after the point that its column has, alone or in a list: equal values have equal texts.
///
/// One that does not fit stays as it is, for the database to refuse by name.
pub(crate) fn fitted<'v>(column: &ColumnDef, value: Value<'v>) -> Value<'v> {
    match (&column.kind, &value) {
        (Kind::List(element), Value::Text(_)) => {
            let Scalar::Decimal { precision, scale } = element.carrier() else {
                return value;
            };
            let decimals = <Vec<Decimal> as Holds<Vec<Decimal>>>::from_value(value.clone());
            let fitted = decimals.ok().and_then(|decimals| {
                let fitted = decimals.iter().map(|one| one.fit(precision, scale).ok());
                fitted.collect::<Option<Vec<Decimal>>>()
            });
            match fitted {
                Some(decimals) => decimals.to_value().into_owned(),
                None => value,
            }
        }
        (kind, Value::Text(text)) => {
            let Some(Scalar::Decimal { precision, scale }) = kind.carrier() else {
                return value;
            };
            let fitted = text
                .parse::<Decimal>()
                .and_then(|decimal| decimal.fit(precision, scale));
            match fitted {
                Ok(decimal) => Value::Text(decimal.to_string().into()),
                Err(_) => value,
            }
        }
        _ => value,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_decimal_has_the_digits_of_its_column() {
        const PRICE: Column<Decimal> = Column {
            def: &ColumnDef::new(
                "price",
                Kind::Scalar(Scalar::Decimal {
                    precision: 6,
                    scale: 2,
                }),
            ),
            holds: std::marker::PhantomData,
        };
        for (given, stored) in [("1.5", "1.50"), ("-0", "0.00"), ("1.234", "1.234")] {
            let price: Decimal = given.parse().unwrap();
            let held = PRICE.held_by::<Decimal>();
            assert_eq!(held.write(&price), Value::Text(stored.into()));
        }
    }
}
