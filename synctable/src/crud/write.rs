//! What a statement needs of a change.

use super::edit::Previous;
use super::entry::{Entry, Op};
use crate::declared::Hold;
use crate::table::{ColumnDef, TableDef};
use crate::value::Value;
use crate::words::Role;

/// A change as the values that a statement binds: canonical, in declared order.
#[derive(Clone, Debug, PartialEq)]
pub struct Write<'a> {
    /// The kind of change.
    pub op: Op,
    /// Its table.
    pub table: &'static TableDef,
    /// The values of the key columns, in key order.
    pub key: Vec<Value<'a>>,
    /// The columns that it gives a value or null, without the key; those that it leaves alone are absent.
    pub values: Vec<(&'static ColumnDef, Value<'a>)>,
    /// What its writer saw, where the device keeps track.
    pub previous: Option<&'a Previous>,
}

impl<'a> Write<'a> {
    pub(super) fn new(op: Op, table: &'static TableDef, previous: Option<&'a Previous>) -> Self {
        Write {
            op,
            table,
            key: Vec::with_capacity(table.key.len()),
            values: Vec::with_capacity(table.columns.len()),
            previous,
        }
    }

    /// Adds a field of the key. For derived code.
    #[doc(hidden)]
    pub fn key<H: Hold>(&mut self, held: H, field: &'a H::Field) {
        let mut key = self.table.key.iter();
        let part = key.position(|key| key.name == held.column().name);
        let part = part.expect("the derive knows the key");
        self.key.resize(self.table.key.len(), Value::Null);
        self.key[part] = held.give(field);
    }

    /// Adds a field that always has a value. For derived code.
    #[doc(hidden)]
    pub fn required<H: Hold>(&mut self, held: H, field: &'a H::Field) {
        self.values.push((held.column(), held.give(field)));
    }

    /// Adds a field, if it is there. For derived code.
    #[doc(hidden)]
    pub fn optional<H: Hold>(&mut self, held: H, field: &'a Option<H::Field>) {
        if let Some(field) = field {
            self.values.push((held.column(), held.give(field)));
        }
    }

    /// The value of a column, key columns included; `None` where the change leaves it alone.
    pub fn value(&self, column: &ColumnDef) -> Option<&Value<'a>> {
        let key = self.table.key.iter().zip(&self.key);
        let key = key.map(|(key, value)| (*key, value));
        let values = self.values.iter().map(|(given, value)| (*given, value));
        key.chain(values)
            .find(|(given, _)| given.name == column.name)
            .map(|(_, value)| value)
    }

    /// Whether it is a change that changes nothing: a PATCH that gives no column, what its writer saw of the version aside.
    pub fn says_nothing(&self) -> bool {
        let is_version = |column: &ColumnDef| column.role == Some(Role::Version);
        self.op == Op::Patch && self.values.iter().all(|(column, _)| is_version(column))
    }

    /// When the user edited, in canonical text; `None` where the upload does not say.
    pub fn edited_at(&self) -> Option<&Value<'a>> {
        self.value(self.table.role(Role::EditedAt)?)
    }

    /// The id that the table's recipe makes of the row; `None` where there is no recipe, or a part of it is not known.
    ///
    /// A decoder knows what was sent; `known` tells what the server fills in, such as the caller.
    pub fn recipe_id<'k>(
        &self,
        known: impl Fn(&'static ColumnDef) -> Option<Value<'k>>,
    ) -> Option<String> {
        self.table
            .recipe
            .as_ref()?
            .id(|part| match self.value(part.column) {
                Some(value) => value.key_text().map(|text| text.into_owned().into()),
                None => known(part.column)
                    .and_then(|value| value.key_text().map(|text| text.into_owned().into())),
            })
    }

    /// The row's id on the device.
    pub fn id(&self) -> String {
        let texts: Vec<_> = self
            .key
            .iter()
            .map(|value| {
                value
                    .key_text()
                    .expect("a key column has text or a whole number")
            })
            .collect();
        let texts: Vec<&str> = texts.iter().map(AsRef::as_ref).collect();
        self.table.id.compose(&texts)
    }

    /// The entry that a device uploads for it, canonical: a PUT leaves nulls out.
    pub fn to_entry(&self) -> Entry<'a> {
        let id = self.id();
        let mut entry = Entry::new(self.op, self.table.client_name, id);
        if self.op == Op::Delete {
            entry.previous_values = self.previous.map(Previous::members);
            return entry;
        }
        entry.op_data = Some(Vec::with_capacity(self.values.len()));
        if self.op == Op::Put {
            for (column, value) in self.table.key.iter().zip(&self.key) {
                if !self.table.is_client_id(column) {
                    entry = entry.with(column.client_name, value.clone());
                }
            }
        }
        for (column, value) in &self.values {
            if self.op == Op::Patch || *value != Value::Null {
                entry = entry.with(column.client_name, value.clone());
            }
        }
        entry.previous_values = self.previous.map(Previous::members);
        entry
    }
}
