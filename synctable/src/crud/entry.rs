//! One entry of an upload queue, as a device sent it.

use crate::row::{RowError, SyncTable};
use crate::value::Value;
use std::borrow::Cow;
use std::fmt;
use std::ops::Deref;

/// The kind of change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Op {
    /// A row was inserted, or replaced.
    Put,
    /// Some columns of a row were changed.
    Patch,
    /// A row was deleted.
    Delete,
}

impl Op {
    /// The word on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Op::Put => "PUT",
            Op::Patch => "PATCH",
            Op::Delete => "DELETE",
        }
    }

    /// The operation of a word.
    pub fn parse(word: &str) -> Option<Op> {
        match word {
            "PUT" => Some(Op::Put),
            "PATCH" => Some(Op::Patch),
            "DELETE" => Some(Op::Delete),
            _ => None,
        }
    }
}

impl fmt::Display for Op {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// One entry of an upload queue: names are the device's, nothing is checked yet.
///
/// Source: the public contract of PowerSync's write protocol, and the rows of its queue `ps_crud`.
///
/// ```
/// use synctable::Value;
/// use synctable::crud::{Entry, Op};
/// let entry = Entry::new(Op::Patch, "items", "0192f0c1-7a3b-7cde-8f01-23456789abcd")
///     .with("title", Value::Text("Buy milk".into()))
///     .with("due_on", Value::Null);
/// assert_eq!(entry.op_data.unwrap().len(), 2);
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Entry<'a> {
    /// The kind of change.
    pub op: Op,
    /// The device's name of the table.
    pub table: Cow<'a, str>,
    /// The row's id on the device.
    pub id: Cow<'a, str>,
    /// PUT: the columns that are not null; PATCH: those that changed; absent on DELETE.
    pub op_data: Option<Vec<(Cow<'a, str>, Member<'a>)>>,
    /// What the row held before, where the device keeps track; on PATCH and DELETE.
    pub previous_values: Option<Vec<(Cow<'a, str>, Member<'a>)>>,
    /// What the app attached to the write.
    pub metadata: Option<Cow<'a, str>>,
    /// The device's number of the transaction.
    pub transaction_id: Option<i64>,
}

impl<'a> Entry<'a> {
    /// An entry without values.
    pub fn new(op: Op, table: impl Into<Cow<'a, str>>, id: impl Into<Cow<'a, str>>) -> Self {
        Entry {
            op,
            table: table.into(),
            id: id.into(),
            op_data: None,
            previous_values: None,
            metadata: None,
            transaction_id: None,
        }
    }

    /// The entry that a device uploads after it has inserted the row: every column that it may upload and that is not null.
    ///
    /// # Errors
    /// A key column that has no field or no value.
    pub fn of_row<R: SyncTable>(row: &'a R) -> Result<Self, RowError> {
        let table = R::table();
        let mut entry = Entry::new(Op::Put, table.client_name, row.client_id()?);
        entry.op_data = Some(Vec::with_capacity(R::COLUMNS.len()));
        for (column, value) in R::COLUMNS.iter().zip(row.to_values()) {
            let is_key = table.key.iter().any(|key| key.name == column.name);
            let is_sent = (is_key || column.uploads()) && !table.is_client_id(column);
            if is_sent && value != Value::Null {
                entry = entry.with(column.client_name, value);
            }
        }
        Ok(entry)
    }

    /// With one more value.
    #[must_use]
    pub fn with(mut self, column: impl Into<Cow<'a, str>>, value: Value<'a>) -> Self {
        let member = (column.into(), Member::Value(value));
        self.op_data.get_or_insert_default().push(member);
        self
    }

    /// With one more previous value.
    #[must_use]
    pub fn with_previous(mut self, column: impl Into<Cow<'a, str>>, value: Value<'a>) -> Self {
        let member = (column.into(), Member::Value(value));
        self.previous_values.get_or_insert_default().push(member);
        self
    }
}

impl Entry<'_> {
    /// The same entry, owning its texts.
    pub fn into_owned(self) -> Entry<'static> {
        let text = |text: Cow<'_, str>| Cow::Owned(text.into_owned());
        let members = |members: Vec<(Cow<'_, str>, Member<'_>)>| {
            let members = members.into_iter();
            members
                .map(|(name, member)| (text(name), member.into_owned()))
                .collect()
        };
        Entry {
            op: self.op,
            table: text(self.table),
            id: text(self.id),
            op_data: self.op_data.map(members),
            previous_values: self.previous_values.map(members),
            metadata: self.metadata.map(text),
            transaction_id: self.transaction_id,
        }
    }
}

/// An entry that borrows from nothing, for what is read from a stream or kept: a body in `axum::Json`, a dead letter.
///
/// It is an [`Entry`] wherever one is borrowed: `Change::decode(&entry, &release)`.
#[derive(Clone, Debug, PartialEq)]
pub struct OwnedEntry(pub Entry<'static>);

impl Deref for OwnedEntry {
    type Target = Entry<'static>;

    fn deref(&self) -> &Entry<'static> {
        &self.0
    }
}

impl From<Entry<'_>> for OwnedEntry {
    fn from(entry: Entry<'_>) -> Self {
        OwnedEntry(entry.into_owned())
    }
}

/// One member of an entry's data.
#[derive(Clone, Debug, PartialEq)]
pub enum Member<'a> {
    /// What SQLite can hold.
    Value(Value<'a>),
    /// JSON that SQLite cannot hold, as a noun for messages: `an array`. No column takes it.
    Foreign(&'static str),
}

impl Member<'_> {
    /// What it is, as a noun for messages.
    pub const fn noun(&self) -> &'static str {
        match self {
            Member::Value(value) => value.noun(),
            Member::Foreign(noun) => noun,
        }
    }

    fn into_owned(self) -> Member<'static> {
        match self {
            Member::Value(value) => Member::Value(value.into_owned()),
            Member::Foreign(noun) => Member::Foreign(noun),
        }
    }

    pub(super) fn is_text(&self, text: &str) -> bool {
        matches!(self, Member::Value(Value::Text(sent)) if sent == text)
    }

    pub(super) fn is_null(&self) -> bool {
        matches!(self, Member::Value(Value::Null))
    }
}

impl<'a> From<Value<'a>> for Member<'a> {
    fn from(value: Value<'a>) -> Self {
        Member::Value(value)
    }
}
