//! Changes of an app that a program knows only while it runs: read as generated structs are read, without them.

use super::edit::{Never, Previous, Upload};
use super::entry::{Entry, Op};
use super::layout::Layout;
use super::read::Reader;
use super::refusal::Refusal;
use super::sender::Sender;
use super::write::Write;
use crate::declared::Hold;
use crate::statement::Statements;
use crate::table::{ColumnDef, Registry, TableDef};
use crate::value::{Value, ValueError};
use std::borrow::Cow;
use std::collections::HashMap;

/// Reads the entries of an app's devices by tables that were loaded, where a program has no generated `Change`.
///
/// It reads as the generated types do: the same columns in the same order, with the same mistakes.
#[derive(Debug)]
pub struct Decoder {
    registry: &'static Registry,
    tables: Vec<Uploaded>,
    /// The place of a table, by each name that devices have for it.
    names: HashMap<&'static str, usize>,
}

/// A table that devices upload.
#[derive(Debug)]
struct Uploaded {
    table: &'static TableDef,
    layout: Layout,
    put: Option<Vec<Field>>,
    patch: Option<Vec<Field>>,
    delete: Option<Vec<Field>>,
}

/// A column that an upload carries, and its place in the table.
#[derive(Clone, Copy, Debug)]
struct Field {
    column: Any,
    index: usize,
    presence: Presence,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Presence {
    Key,
    Required,
    Optional,
}

/// The values of the key columns, in key order.
type Key = Vec<Value<'static>>;

/// The columns that are given, in declared order.
type Values = Vec<(&'static ColumnDef, Value<'static>)>;

/// A change of one row, of a table that is known only while the program runs.
#[derive(Clone, Debug, PartialEq)]
pub struct Untyped {
    op: Op,
    table: &'static TableDef,
    key: Key,
    values: Values,
    previous: Option<Previous>,
}

impl Decoder {
    /// For the tables that there are statements for, which say what devices may do.
    pub fn new(registry: &'static Registry, statements: &[&Statements]) -> Self {
        let mut names = HashMap::new();
        let tables = statements.iter().enumerate().map(|(place, one)| {
            let table = one.table;
            names.insert(table.client_name, place);
            names.extend(table.client.view_name.map(|name| (name, place)));
            let fields = |op| one.set.takes(op).then(|| fields(table, op));
            Uploaded {
                table,
                layout: Layout::of(table),
                put: fields(Op::Put),
                patch: fields(Op::Patch),
                delete: fields(Op::Delete),
            }
        });
        Decoder {
            registry,
            tables: tables.collect(),
            names,
        }
    }

    /// Reads an entry of a device and its user.
    ///
    /// # Errors
    /// Every mistake of the entry.
    pub fn decode_from(&self, entry: &Entry<'_>, sender: &Sender<'_>) -> Result<Untyped, Refusal> {
        match self.names.get(&*entry.table) {
            Some(place) => self.tables[*place].decode(entry, sender),
            None => Err(Refusal::table(entry, self.registry)),
        }
    }
}

impl Uploaded {
    /// Reads in the order in which [`Edit`](super::Edit) does, so that the mistakes are told in one order.
    fn decode(&self, entry: &Entry<'_>, sender: &Sender<'_>) -> Result<Untyped, Refusal> {
        let mut reader = Reader::over(self.table, &self.layout, entry, sender);
        if entry.op != Op::Delete {
            reader.check();
        }
        let previous = match entry.op {
            Op::Put => {
                reader.recipe();
                None
            }
            Op::Patch | Op::Delete => reader.previous(),
        };
        let fields = match entry.op {
            Op::Put => &self.put,
            Op::Patch => &self.patch,
            Op::Delete => &self.delete,
        };
        let read = match fields {
            Some(fields) => self.read(&mut reader, fields),
            None => Never::<()>::read(&mut reader).map(|_| (Vec::new(), Vec::new())),
        };
        match read {
            Some((key, values)) if reader.is_clean() => Ok(Untyped {
                op: entry.op,
                table: self.table,
                key,
                values,
                previous,
            }),
            _ => Err(reader.refusal()),
        }
    }

    /// All fields are read before the first that is missing ends it, so that every mistake is told.
    fn read(&self, reader: &mut Reader<'_>, fields: &[Field]) -> Option<(Key, Values)> {
        let mut key = vec![Value::Null; self.table.key.len()];
        let mut values = Vec::with_capacity(fields.len());
        let mut is_whole = true;
        for field in fields {
            let Field { column, index, .. } = *field;
            let read = match field.presence {
                Presence::Key => reader.key(column, index).map(Some),
                Presence::Required => reader.required(column, index).map(Some),
                Presence::Optional => Some(reader.optional(column, index)),
            };
            match read {
                None => is_whole = false,
                Some(None) => {}
                Some(Some(value)) if field.presence == Presence::Key => {
                    let mut parts = self.table.key.iter();
                    let part = parts.position(|part| part.name == column.0.name);
                    key[part.expect("it is of the key")] = value;
                }
                Some(Some(value)) => values.push((column.0, value)),
            }
        }
        is_whole.then_some((key, values))
    }
}

impl Untyped {
    /// Its table.
    pub fn table(&self) -> &'static TableDef {
        self.table
    }

    /// What a statement needs of it.
    pub fn write(&self) -> Write<'_> {
        Write {
            op: self.op,
            table: self.table,
            key: self.key.iter().map(borrowed).collect(),
            values: self
                .values
                .iter()
                .map(|(column, value)| (*column, borrowed(value)))
                .collect(),
            previous: self.previous.as_ref(),
        }
    }
}

/// The columns that an upload carries, in declared order.
fn fields(table: &'static TableDef, op: Op) -> Vec<Field> {
    let columns = table.columns.iter().enumerate();
    columns
        .filter_map(|(index, column)| {
            Some(Field {
                column: Any(column),
                index,
                presence: presence(table, column, op)?,
            })
        })
        .collect()
}

/// Whether an upload carries a column, as the structs of the `mappers` target have it.
fn presence(table: &TableDef, column: &ColumnDef, op: Op) -> Option<Presence> {
    if table.key.iter().any(|key| key.name == column.name) {
        return Some(Presence::Key);
    }
    if op == Op::Delete {
        return None;
    }
    if column.is_verified() {
        return Some(Presence::Optional);
    }
    if !column.uploads() || column.uploaded != crate::words::Uploaded::Refused {
        return None;
    }
    match op {
        Op::Patch if column.immutable => None,
        Op::Put if !column.nullable && !column.has_default => Some(Presence::Required),
        Op::Put | Op::Patch | Op::Delete => Some(Presence::Optional),
    }
}

/// A column as a value holds it.
#[derive(Clone, Copy, Debug)]
struct Any(&'static ColumnDef);

impl Hold for Any {
    type Field = Value<'static>;

    fn column(self) -> &'static ColumnDef {
        self.0
    }

    fn take(self, value: Value<'_>) -> Result<Value<'static>, ValueError> {
        self.0.canonical(value)
    }

    fn give<'f>(self, field: &'f Value<'static>) -> Value<'f> {
        borrowed(field)
    }
}

fn borrowed<'v>(value: &'v Value<'static>) -> Value<'v> {
    match value {
        Value::Null => Value::Null,
        Value::Integer(number) => Value::Integer(*number),
        Value::Real(number) => Value::Real(*number),
        Value::Text(text) => Value::Text(Cow::Borrowed(text)),
    }
}
