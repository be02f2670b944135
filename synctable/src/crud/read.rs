//! Reads an entry column by column, and keeps every mistake.

use super::edit::Previous;
use super::entry::{Entry, Member, Op};
use super::layout::{Layout, Of, Places};
use super::refusal::{Code, Mistake, Refusal};
use super::sender::Sender;
use super::sent::Sent;
use crate::check::Truth;
use crate::declared::{Declared, Hold};
use crate::id::ClientId;
use crate::table::{ColumnDef, TableDef};
use crate::value::{Value, ValueError};
use crate::words::Uploaded;
use std::borrow::Cow;
use std::ptr;

/// An entry while its columns are read.
///
/// Names are resolved once, when it is made; derived code then asks for one column after the other.
#[derive(Debug)]
pub struct Reader<'e> {
    table: &'static TableDef,
    layout: &'e Layout,
    entry: &'e Entry<'e>,
    sender: &'e Sender<'e>,
    sent: Sent<'e>,
    key: Key<'e>,
    mistakes: Vec<Mistake>,
}

/// The texts of the id's parts, one for each key column.
#[derive(Debug)]
enum Key<'e> {
    /// The id itself.
    Whole(&'e str),
    /// What it was composed of.
    Parts(Vec<String>),
    /// The id is none of the table.
    None,
}

impl<'e> Reader<'e> {
    #[inline(always)]
    pub(super) fn new<T: Declared>(entry: &'e Entry<'e>, sender: &'e Sender<'e>) -> Self {
        Self::over(T::DEF, Of::<T>::LAYOUT, entry, sender)
    }

    /// Of a table and its layout.
    #[inline(always)]
    pub(super) fn over(
        table: &'static TableDef,
        layout: &'e Layout,
        entry: &'e Entry<'e>,
        sender: &'e Sender<'e>,
    ) -> Self {
        let mut reader = Reader {
            table,
            layout,
            entry,
            sender,
            sent: Sent::of(table.columns.len()),
            key: Key::Whole(&entry.id),
            mistakes: Vec::new(),
        };
        if let ClientId::Composed { .. } = table.id {
            reader.split_id();
        }
        reader.resolve();
        reader
    }

    /// Its table.
    pub fn table(&self) -> &'static TableDef {
        self.table
    }

    /// What it does.
    pub fn op(&self) -> Op {
        self.entry.op
    }

    /// Adds a mistake.
    pub fn mistake(&mut self, code: Code, column: Option<&ColumnDef>, reason: String) {
        self.mistakes.push(Mistake {
            code,
            column: column.map(|column| column.client_name.to_owned()),
            reason,
        });
    }

    /// A column of the key. For derived code.
    #[doc(hidden)]
    pub fn key<H: Hold>(&mut self, held: H, index: usize) -> Option<H::Field> {
        self.is_at(held, index);
        self.key_value(held, self.key_part(held.column())?, index)
    }

    /// A column that always has a value. For derived code.
    #[doc(hidden)]
    pub fn required<H: Hold>(&mut self, held: H, index: usize) -> Option<H::Field> {
        self.is_at(held, index);
        match self.sent.get(index) {
            Some(member) => self.value(held, member),
            None => {
                self.left_out(held.column());
                None
            }
        }
    }

    /// A column that may be absent, as it is after a mistake, which the reader keeps. For derived code.
    #[doc(hidden)]
    #[inline]
    pub fn optional<H: Hold>(&mut self, held: H, index: usize) -> Option<H::Field> {
        self.is_at(held, index);
        match self.sent.get(index) {
            None if self.entry.op != Op::Put => None,
            // The server fills it in: who says nothing of it, or null, leaves it to the server.
            sent if held.column().is_verified() => match sent.filter(|member| !member.is_null()) {
                Some(member) => self.value(held, member),
                None => None,
            },
            sent => self.given(held, sent),
        }
    }

    /// A column that was given, or that a PUT leaves out.
    fn given<H: Hold>(&mut self, held: H, sent: Option<&Member<'_>>) -> Option<H::Field> {
        let def = held.column();
        let put = self.entry.op == Op::Put;
        match sent {
            // On a PUT, null and left out are one thing: SQLite's row has null there.
            Some(member) if !(put && member.is_null()) => self.value(held, member),
            None if !self.sender.release.knows(self.table, def) => None,
            _ if !def.nullable => None,
            _ => self.read(held, Value::Null),
        }
    }

    /// What the writer saw.
    pub(super) fn previous(&mut self) -> Option<Previous> {
        let members = self.entry.previous_values.as_ref()?;
        let mut previous = Vec::with_capacity(members.len());
        for (name, member) in members {
            let now = self.sender.release.name_now(self.table, name);
            let Some(column) = self.table.client_column(now) else {
                self.unknown(name);
                continue;
            };
            let value = match member {
                // A device may have none of whatever the server fills in, or of what came with a later release.
                Member::Value(Value::Null) if self.key_part(column).is_none() => Ok(Value::Null),
                Member::Value(value) => {
                    let in_utc = column.in_utc(value);
                    column.canonical(in_utc.unwrap_or_else(|| value.clone()))
                }
                Member::Foreign(noun) => Err(foreign(noun)),
            };
            match value {
                Ok(value) => previous.push((column, value)),
                Err(error) => self.refuse(column, &error),
            }
        }
        Some(Previous(previous))
    }

    /// The declared checks, on what is known of the row: a PATCH does not tell the columns that it leaves alone.
    pub(super) fn check(&mut self) {
        let table = self.table;
        // A check says nothing of a row whose columns it cannot see, and a PUT tells all of them.
        let told = match self.entry.op {
            Op::Put => Places::MAX,
            Op::Patch | Op::Delete => self.sent.given(),
        };
        for (index, check) in table.checks.iter().enumerate() {
            if check.term.is_none() || self.layout.check(index) & told == 0 {
                continue;
            }
            if check.truth(&|column| self.known(column)) == Truth::False {
                self.broken(check.name, check.columns);
            }
        }
    }

    #[cold]
    fn broken(&mut self, name: &str, columns: &[&ColumnDef]) {
        let reason = format!("the row violates the check `{name}`");
        let column = match columns {
            [column] => Some(*column),
            _ => None,
        };
        self.mistake(Code::Check, column, reason);
    }

    fn index(&self, column: &ColumnDef) -> Option<usize> {
        let columns = self.table.columns;
        columns
            .iter()
            .position(|known| ptr::eq(*known, column))
            .or_else(|| columns.iter().position(|known| known.name == column.name))
    }

    /// What the row holds in a column once the entry is applied, as far as the entry tells.
    fn known(&self, column: &ColumnDef) -> Option<Value<'_>> {
        if let Some(part) = self.key_part(column) {
            let text = match &self.key {
                Key::Whole(id) => id,
                Key::Parts(parts) => parts.get(part)?.as_str(),
                Key::None => return None,
            };
            return column.key_value(text).ok();
        }
        if column.uploaded == Uploaded::Ignored {
            return None;
        }
        let put = self.entry.op == Op::Put;
        match self.sent.get(self.index(column)?) {
            Some(Member::Value(value)) if !(put && *value == Value::Null) => Some(borrowed(value)),
            None if !put || !self.sender.release.knows(self.table, column) => None,
            Some(Member::Foreign(_)) => None,
            // Null, where Postgres fills in no default.
            _ => (column.nullable && column.uploads()).then_some(Value::Null),
        }
    }

    /// Whether a new row's id is what the recipe makes of it, as far as the entry and its sender tell.
    pub(super) fn recipe(&mut self) {
        let Some(recipe) = &self.table.recipe else {
            return;
        };
        let id = recipe.id(|part| match self.known(part.column) {
            Some(Value::Null) => part.null.map(Cow::Borrowed),
            Some(value) => {
                let value = part.column.canonical(value).ok()?;
                Some(Cow::Owned(value.key_text()?.into_owned()))
            }
            None if part.caller => self.sender.user_id.map(Cow::Borrowed),
            None => None,
        });
        if let Some(id) = id.filter(|id| *id != self.entry.id) {
            let reason = format!(
                "the id differs from {id:?}, which the recipe of the table computes for this row"
            );
            self.mistake(Code::Recipe, None, reason);
        }
    }

    /// Whether there was no mistake.
    pub(super) fn is_clean(&self) -> bool {
        self.mistakes.is_empty()
    }

    /// All mistakes.
    #[cold]
    pub(super) fn refusal(self) -> Refusal {
        Refusal {
            op: self.entry.op,
            table: self.entry.table.clone().into_owned(),
            id: self.entry.id.clone().into_owned(),
            mistakes: self.mistakes,
        }
    }

    fn split_id(&mut self) {
        match self.table.id.split(&self.entry.id) {
            Ok(texts) => self.key = Key::Parts(texts),
            Err(error) => {
                self.key = Key::None;
                self.mistake(Code::Id, None, error.to_string());
            }
        }
    }

    /// Finds the column of every name that was sent.
    fn resolve(&mut self) {
        let Some(members) = &self.entry.op_data else {
            return;
        };
        let op = self.entry.op;
        for (name, member) in members {
            let now = self.sender.release.name_now(self.table, name);
            let Some(index) = self.layout.place(self.table, now) else {
                self.unknown(name);
                continue;
            };
            let column = self.table.columns[index];
            let is_new = self.sent.put(index, member);
            let is_sendable = match op {
                Op::Put => column.uploads() || column.uploaded != Uploaded::Refused,
                Op::Patch => {
                    (column.uploads() && !column.immutable) || column.uploaded != Uploaded::Refused
                }
                Op::Delete => false,
            };
            if !is_new || !is_sendable {
                self.unsendable(column, is_new);
            }
        }
    }

    /// A column that this entry may not carry, or not again, unless it is of the key.
    fn unsendable(&mut self, column: &ColumnDef, is_new: bool) {
        if !is_new {
            self.mistake(
                Code::Twice,
                Some(column),
                "the column is given twice".to_owned(),
            );
        } else if self.entry.op == Op::Delete {
            let reason = "a DELETE cannot contain columns".to_owned();
            self.mistake(Code::Form, Some(column), reason);
        } else if self.key_part(column).is_some() {
            // It is compared with the id where it is read.
        } else if !column.on_client() {
            self.unknown(column.client_name);
        } else if !column.uploads() {
            let (code, reason) = match (column.generated, column.on_server()) {
                (true, _) => (
                    Code::ServerOwned,
                    "the column is computed from other columns",
                ),
                (false, true) => (Code::ServerOwned, "only the server writes this column"),
                (false, false) => (Code::UnknownColumn, "the column exists only on the device"),
            };
            self.mistake(code, Some(column), reason.to_owned());
        } else if column.immutable && self.entry.op == Op::Patch {
            let reason = "the column can only be set in a new row".to_owned();
            self.mistake(Code::Immutable, Some(column), reason);
        }
    }

    #[cold]
    fn left_out(&mut self, column: &ColumnDef) {
        let reason = "a value is required".to_owned();
        self.mistake(Code::Null, Some(column), reason);
    }

    fn unknown(&mut self, name: &str) {
        self.mistakes.push(Mistake {
            code: Code::UnknownColumn,
            column: Some(name.to_owned()),
            reason: format!("the table `{}` has no such column", self.table.client_name),
        });
    }

    /// The derive counts as the table does.
    fn is_at<H: Hold>(&self, held: H, index: usize) {
        debug_assert_eq!(self.table.columns[index].name, held.column().name);
    }

    /// Which part of the key a column is.
    fn key_part(&self, column: &ColumnDef) -> Option<usize> {
        let mut key = self.table.key.iter();
        key.position(|key| is_same(key, column))
    }

    /// A key column: its part of the id, and the same value beside it if it was sent at all.
    fn key_value<H: Hold>(&mut self, held: H, part: usize, index: usize) -> Option<H::Field> {
        let column = held.column();
        let text = match &self.key {
            Key::Whole(id) => id,
            Key::Parts(parts) => parts.get(part)?.as_str(),
            Key::None => return None,
        };
        let reason = match column.key_value(text).and_then(|value| held.take(value)) {
            Ok(field) => {
                let is_canonical = column.held_in_one_form()
                    || held.give(&field).key_text().as_deref() == Some(text);
                match self.sent.get(index) {
                    _ if !is_canonical => {
                        format!(
                            "{text:?} is not in canonical form, so it would identify another row"
                        )
                    }
                    // Beside the id, its own column holds the same text.
                    Some(sent) if !sent.is_text(text) => {
                        let text = text.to_owned();
                        return self.is_said_twice(column, &text, sent).then_some(field);
                    }
                    _ => return Some(field),
                }
            }
            Err(error) => format!("{text:?}: {error}"),
        };
        self.mistake(Code::Id, Some(column), reason);
        None
    }

    /// Whether a key column that is sent in another form than the id has it is the same value.
    fn is_said_twice(&mut self, column: &ColumnDef, text: &str, sent: &Member<'_>) -> bool {
        let sent = match sent {
            Member::Value(sent) => column.canonical(sent.clone()),
            Member::Foreign(noun) => Err(foreign(noun)),
        };
        match sent {
            Ok(value) if value.key_text().as_deref() == Some(text) => return true,
            Ok(value) => {
                let found = value.key_text().unwrap_or("null".into()).into_owned();
                let reason = format!("the value {found:?} differs from {text:?} in the id");
                self.mistake(Code::Id, Some(column), reason);
            }
            Err(error) => self.refuse(column, &error),
        }
        false
    }

    fn value<H: Hold>(&mut self, held: H, member: &Member<'_>) -> Option<H::Field> {
        match member {
            Member::Value(value) => match held.column().admit(value) {
                Ok(()) => {
                    let in_utc = held.column().in_utc(value);
                    self.read(held, in_utc.unwrap_or_else(|| borrowed(value)))
                }
                Err(error) => {
                    self.refuse(held.column(), &error);
                    None
                }
            },
            Member::Foreign(noun) => {
                self.refuse(held.column(), &foreign(noun));
                None
            }
        }
    }

    fn read<H: Hold>(&mut self, held: H, value: Value<'_>) -> Option<H::Field> {
        match held.take(value) {
            Ok(field) => Some(field),
            Err(error) => {
                self.refuse(held.column(), &error);
                None
            }
        }
    }

    #[cold]
    fn refuse(&mut self, column: &ColumnDef, error: &ValueError) {
        self.mistake(Code::from(error), Some(column), error.to_string());
    }
}

/// Whether two are one column of a table: a constant may stand in several places.
fn is_same(one: &ColumnDef, other: &ColumnDef) -> bool {
    ptr::eq(one, other) || one.name == other.name
}

fn borrowed<'v>(value: &'v Value<'_>) -> Value<'v> {
    match value {
        Value::Null => Value::Null,
        Value::Integer(number) => Value::Integer(*number),
        Value::Real(number) => Value::Real(*number),
        Value::Text(text) => Value::Text(Cow::Borrowed(text)),
    }
}

fn foreign(noun: &'static str) -> ValueError {
    ValueError::Form {
        expected: "what SQLite stores",
        found: noun,
    }
}
