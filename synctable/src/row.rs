//! Rows as Rust structs: what the derive promises.

use crate::by_value::{self, Cell};
use crate::declared::{Declared, Held};
use crate::table::{CLIENT_ID, ColumnDef, TableDef};
use crate::value::{Value, ValueError};
use std::borrow::Cow;
use std::fmt;

/// A struct that is bound to a declared table by `#[derive(SyncTable)]`.
///
/// A struct that disagrees with the declaration does not compile, so whoever has an implementation
/// knows that names and types are those of the table.
pub trait SyncTable: Sized {
    /// The type that stands for the table.
    type Table: Declared;

    /// The columns that it has fields for, in the order of the fields.
    const COLUMNS: &'static [&'static ColumnDef];

    /// Gives its values away, in the order of [`COLUMNS`](Self::COLUMNS). Derived code.
    #[doc(hidden)]
    fn write<'v>(&'v self, writer: &mut Writer<'v>);

    /// Takes its values, in the order of [`COLUMNS`](Self::COLUMNS); `None` leaves the mistake with the reader. Derived
    /// code.
    #[doc(hidden)]
    fn read(reader: &mut Reader<'_, '_>) -> Option<Self>;

    /// The values, in the order of [`COLUMNS`](Self::COLUMNS).
    fn to_values(&self) -> Vec<Value<'_>> {
        let mut writer = Writer {
            values: Vec::with_capacity(Self::COLUMNS.len()),
        };
        self.write(&mut writer);
        writer.values
    }

    /// A row from values in the order of [`COLUMNS`](Self::COLUMNS).
    ///
    /// # Errors
    /// The first column whose value is none of its kind, or that the values end before.
    fn from_values<'v>(values: impl IntoIterator<Item = Value<'v>>) -> Result<Self, RowError> {
        let mut reader = Reader {
            table: Self::table(),
            values: &mut values.into_iter(),
            error: None,
        };
        match (Self::read(&mut reader), reader.error) {
            (Some(row), None) => Ok(row),
            (_, error) => Err(error.expect("a row that was not read left its mistake")),
        }
    }

    /// The table.
    fn table() -> &'static TableDef {
        Self::Table::DEF
    }

    /// The row's text id on a device, composed of its key.
    ///
    /// # Errors
    /// A key column that has no field or no value.
    fn client_id(&self) -> Result<String, RowError> {
        let values = self.to_values();
        let table = Self::table();
        let texts = table
            .id
            .columns()
            .map(|column| {
                let index = Self::COLUMNS.iter().position(|field| *field == column);
                index
                    .and_then(|index| values[index].key_text())
                    .ok_or(RowError {
                        table: table.name,
                        column: column.name,
                        error: index.map(|_| ValueError::Null),
                    })
            })
            .collect::<Result<Vec<_>, _>>()?;
        let texts: Vec<&str> = texts.iter().map(AsRef::as_ref).collect();
        Ok(table.id.compose(&texts))
    }

    /// The row as it goes into the device's table: client names and values, the text `id` first.
    ///
    /// What SQLite computes from other columns is left to it, and so is what has no value yet though it is never null: whoever
    /// fills it in finds it left out.
    ///
    /// # Errors
    /// As [`client_id`](Self::client_id).
    fn to_client_row(&self) -> Result<Vec<(&'static str, Value<'_>)>, RowError> {
        let table = Self::table();
        let mut row = Vec::with_capacity(Self::COLUMNS.len() + 1);
        if table.sync.on_server() {
            row.push((CLIENT_ID, Value::Text(Cow::Owned(self.client_id()?))));
        }
        for (column, value) in Self::COLUMNS.iter().zip(self.to_values()) {
            let is_awaited = value == Value::Null && !column.nullable;
            let is_there = column.on_client() && !column.generated && !is_awaited;
            if is_there && !table.is_client_id(column) {
                row.push((column.client_name, value));
            }
        }
        Ok(row)
    }
}

/// Shows a row by its values. For derived code.
#[doc(hidden)]
pub fn show<R: SyncTable>(row: &R, name: &str, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    by_value::show(f, name, &cells(row))
}

/// Whether two rows have the same values. For derived code.
#[doc(hidden)]
pub fn same<R: SyncTable>(one: &R, other: &R) -> bool {
    by_value::same(&cells(one), &cells(other))
}

fn cells<R: SyncTable>(row: &R) -> Vec<Cell<'_>> {
    R::COLUMNS.iter().copied().zip(row.to_values()).collect()
}

/// Collects the values of a row.
///
/// One small call for each field, which can neither fail nor leave anything to drop: code that is derived for every
/// struct is checked for every struct.
#[doc(hidden)]
#[derive(Debug)]
pub struct Writer<'v> {
    values: Vec<Value<'v>>,
}

impl<'v> Writer<'v> {
    /// The next column's value.
    pub fn column<F>(&mut self, held: Held<F>, field: &'v F) {
        self.values.push(held.write(field));
    }
}

/// Hands out the values of a row, and keeps the first mistake.
#[doc(hidden)]
pub struct Reader<'r, 'v> {
    table: &'static TableDef,
    values: &'r mut dyn Iterator<Item = Value<'v>>,
    error: Option<RowError>,
}

impl Reader<'_, '_> {
    /// The next column's field; none after a mistake.
    pub fn column<F>(&mut self, held: Held<F>) -> Option<F> {
        if self.error.is_some() {
            return None;
        }
        match held.read(self.table, self.values.next()) {
            Ok(field) => Some(field),
            Err(error) => {
                self.error = Some(error);
                None
            }
        }
    }
}

/// Why values are no row of a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RowError {
    /// The declared table.
    pub table: &'static str,
    /// The column.
    pub column: &'static str,
    /// What is wrong with its value; `None` where the values end before it.
    pub error: Option<ValueError>,
}

impl fmt::Display for RowError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}.{}`: ", self.table, self.column)?;
        match &self.error {
            Some(error) => error.fmt(f),
            None => f.write_str("the value is missing"),
        }
    }
}

impl std::error::Error for RowError {}
