//! What the derive is built on: a table as a type, and its columns as fields hold them.

use crate::holds::Holds;
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
}

/// A column as a field of type `F` holds it.
///
/// The functions are kept instead of a bound on the methods: a type that cannot hold the column is
/// told once, where it is named.
#[doc(hidden)]
pub struct Held<F> {
    column: &'static ColumnDef,
    to_value: fn(&F) -> Value<'_>,
    from_value: fn(Value<'_>) -> Result<F, ValueError>,
}

impl<F> Held<F> {
    /// The column.
    pub const fn column(self) -> &'static ColumnDef {
        self.column
    }

    /// The field's value.
    pub fn write(self, field: &F) -> Value<'_> {
        (self.to_value)(field)
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
