//! Reads an entry column by column, and keeps every mistake.

use super::edit::Previous;
use super::entry::{Entry, Member, Op};
use super::refusal::{Code, Mistake, Refusal};
use super::release::Release;
use crate::check::Truth;
use crate::declared::Held;
use crate::id::ClientId;
use crate::table::{ColumnDef, TableDef};
use crate::value::{Value, ValueError};
use std::borrow::Cow;
use std::ptr;

/// An entry while its columns are read.
///
/// Names are resolved once, when it is made; derived code then asks for one column after the other.
#[derive(Debug)]
pub struct Reader<'e> {
    table: &'static TableDef,
    entry: &'e Entry<'e>,
    release: Release,
    /// What was sent for each column of the table, in declared order.
    sent: Vec<Option<&'e Member<'e>>>,
    /// The texts of the id's parts, one for each key column; empty where the id is none.
    key: Vec<Cow<'e, str>>,
    /// Where the column of the next name is probably found.
    next: usize,
    mistakes: Vec<Mistake>,
}

impl<'e> Reader<'e> {
    pub(super) fn new(table: &'static TableDef, entry: &'e Entry<'e>, release: &Release) -> Self {
        let mut reader = Reader {
            table,
            entry,
            release: *release,
            sent: vec![None; table.columns.len()],
            key: Vec::new(),
            next: 0,
            mistakes: Vec::new(),
        };
        reader.split_id();
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

    /// A column that always has a value. For derived code.
    #[doc(hidden)]
    pub fn required<F>(&mut self, held: Held<F>, index: usize) -> Option<F> {
        let def = self.at(held, index);
        if let Some(part) = self.key_part(def) {
            return self.key_value(held, def, part, index);
        }
        match self.sent[index] {
            Some(member) => self.value(held, def, member),
            None => {
                self.mistake(
                    Code::Null,
                    Some(def),
                    "no value, where one is required".to_owned(),
                );
                None
            }
        }
    }

    /// A column that may be absent. For derived code.
    #[doc(hidden)]
    pub fn optional<F>(&mut self, held: Held<F>, index: usize) -> Option<Option<F>> {
        let def = self.at(held, index);
        let put = self.entry.op == Op::Put;
        match self.sent[index] {
            // On a PUT, null and left out are one thing: SQLite's row has null there.
            Some(member) if !(put && member.is_null()) => self.value(held, def, member).map(Some),
            None if !put || !self.release.knows(self.table, def) => Some(None),
            _ if !def.nullable => Some(None),
            _ => self.value(held, def, &Member::Value(Value::Null)).map(Some),
        }
    }

    /// What the writer saw.
    pub(super) fn previous(&mut self) -> Option<Previous> {
        let members = self.entry.previous_values.as_ref()?;
        let mut previous = Vec::with_capacity(members.len());
        for (name, member) in members {
            let Some(column) = self.table.client_column(name) else {
                self.unknown(name);
                continue;
            };
            let value = match member {
                Member::Value(value) => column.canonical(value.clone()),
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
        for check in table.checks {
            // A check says nothing of a row whose columns it cannot see.
            if check.term.is_none() || !check.columns.iter().any(|column| self.is_sent(column)) {
                continue;
            }
            if check.truth(&|column| self.known(column)) != Truth::False {
                continue;
            }
            let reason = format!("the check `{}` does not hold", check.name);
            let column = match check.columns {
                [column] => Some(*column),
                _ => None,
            };
            self.mistake(Code::Check, column, reason);
        }
    }

    /// Whether the entry says something of a column that is no part of the key.
    fn is_sent(&self, column: &ColumnDef) -> bool {
        let put = self.entry.op == Op::Put;
        self.index(column)
            .is_some_and(|index| put || self.sent[index].is_some())
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
            return column.key_value(self.key.get(part)?).ok();
        }
        let index = self.index(column)?;
        let put = self.entry.op == Op::Put;
        match self.sent[index] {
            Some(Member::Value(value)) if !(put && *value == Value::Null) => Some(borrowed(value)),
            None if !put || !self.release.knows(self.table, column) => None,
            Some(Member::Foreign(_)) => None,
            // Null, where Postgres fills in no default.
            _ => (column.nullable && column.uploads()).then_some(Value::Null),
        }
    }

    /// Whether a new row's id is what the recipe makes of it, as far as the entry tells.
    pub(super) fn recipe(&mut self) {
        let Some(recipe) = &self.table.recipe else {
            return;
        };
        let id = recipe.id(|column| {
            let value = column.canonical(self.known(column)?).ok()?;
            Some(Cow::Owned(value.key_text()?.into_owned()))
        });
        if let Some(id) = id.filter(|id| *id != self.entry.id) {
            let reason = format!("the recipe of the table makes {id:?} of the row");
            self.mistake(Code::Recipe, None, reason);
        }
    }

    /// What was read, or all mistakes.
    pub(super) fn finish<T>(self, read: Option<T>) -> Result<T, Refusal> {
        match read {
            Some(read) if self.mistakes.is_empty() => Ok(read),
            _ => Err(Refusal {
                op: self.entry.op,
                table: self.entry.table.clone().into_owned(),
                id: self.entry.id.clone().into_owned(),
                mistakes: self.mistakes,
            }),
        }
    }

    fn split_id(&mut self) {
        let id: &'e str = &self.entry.id;
        if let ClientId::Column(_) = self.table.id {
            self.key.push(Cow::Borrowed(id));
            return;
        }
        match self.table.id.split(id) {
            Ok(texts) => self.key = texts.into_iter().map(Cow::Owned).collect(),
            Err(error) => self.mistake(Code::Id, None, error.to_string()),
        }
    }

    /// Finds the column of every name that was sent.
    fn resolve(&mut self) {
        let Some(members) = &self.entry.op_data else {
            return;
        };
        for (name, member) in members {
            let Some(index) = self.place(|column| column.client_name == name.as_ref()) else {
                self.unknown(name);
                continue;
            };
            let column = self.table.columns[index];
            let is_key = self.key_part(column).is_some();
            if self.sent[index].replace(member).is_some() {
                self.mistake(Code::Twice, Some(column), "given twice".to_owned());
            } else if self.entry.op == Op::Delete {
                let reason = "a delete carries no columns".to_owned();
                self.mistake(Code::Form, Some(column), reason);
            } else if is_key {
                // It is compared with the id where it is read.
            } else if !column.on_client() {
                self.unknown(name);
            } else if !column.uploads() {
                let (code, reason) = match (column.generated, column.on_server()) {
                    (true, _) => (Code::ServerOwned, "computed from other columns"),
                    (false, true) => (Code::ServerOwned, "written by the server alone"),
                    (false, false) => (Code::UnknownColumn, "it never leaves the device"),
                };
                self.mistake(code, Some(column), reason.to_owned());
            } else if column.immutable && self.entry.op == Op::Patch {
                let reason = "set in a new row and never changed".to_owned();
                self.mistake(Code::Immutable, Some(column), reason);
            }
        }
    }

    fn unknown(&mut self, name: &str) {
        self.mistakes.push(Mistake {
            code: Code::UnknownColumn,
            column: Some(name.to_owned()),
            reason: format!("the table `{}` has no such column", self.table.client_name),
        });
    }

    /// The place of a column that is likely to be the one after the last.
    fn place(&mut self, is: impl Fn(&ColumnDef) -> bool) -> Option<usize> {
        let columns = self.table.columns;
        let after = (self.next..columns.len()).find(|index| is(columns[*index]));
        let found = after.or_else(|| (0..self.next).find(|index| is(columns[*index])))?;
        self.next = found + 1;
        Some(found)
    }

    /// The column at a place, which is where the table's macro told it.
    fn at<F>(&self, held: Held<F>, index: usize) -> &'static ColumnDef {
        let def = self.table.columns[index];
        debug_assert_eq!(
            def.name, held.column.name,
            "the derive counts as the table does"
        );
        def
    }

    /// Which part of the key a column is.
    fn key_part(&self, column: &ColumnDef) -> Option<usize> {
        let mut key = self.table.key.iter();
        key.position(|key| key.name == column.name)
    }

    /// A key column: its part of the id, and the same value beside it if it was sent at all.
    fn key_value<F>(
        &mut self,
        held: Held<F>,
        column: &ColumnDef,
        part: usize,
        index: usize,
    ) -> Option<F> {
        let text = self.key.get(part)?.clone();
        let sent = match self.sent[index] {
            // Beside the id, its own column holds the same text.
            Some(Member::Value(Value::Text(sent))) if *sent == text => None,
            Some(Member::Value(sent)) => Some(column.canonical(sent.clone())),
            Some(Member::Foreign(noun)) => Some(Err(foreign(noun))),
            None => None,
        };
        let read = column.key_value(&text).and_then(|value| {
            let field = (held.from_value)(value)?;
            let is_canonical = column.held_in_one_form()
                || held.write(&field).key_text().as_deref() == Some(&*text);
            Ok((is_canonical, field))
        });
        let field = match read {
            Ok((true, field)) => field,
            Ok((false, _)) => {
                let reason = format!("{text:?} is not canonical, and would be another row");
                self.mistake(Code::Id, Some(column), reason);
                return None;
            }
            Err(error) => {
                self.mistake(Code::Id, Some(column), format!("{text:?}: {error}"));
                return None;
            }
        };
        match sent {
            None => Some(field),
            Some(Ok(value)) if value.key_text().as_deref() == Some(&text) => Some(field),
            Some(Ok(value)) => {
                let found = value.key_text().unwrap_or("null".into()).into_owned();
                let reason = format!("{found:?}, where the id says {text:?}");
                self.mistake(Code::Id, Some(column), reason);
                None
            }
            Some(Err(error)) => {
                self.refuse(column, &error);
                None
            }
        }
    }

    fn value<F>(&mut self, held: Held<F>, column: &ColumnDef, member: &Member<'_>) -> Option<F> {
        let read = match member {
            Member::Value(value) => column
                .admit(value)
                .and_then(|()| (held.from_value)(borrowed(value))),
            Member::Foreign(noun) => Err(foreign(noun)),
        };
        match read {
            Ok(field) => Some(field),
            Err(error) => {
                self.refuse(column, &error);
                None
            }
        }
    }

    fn refuse(&mut self, column: &ColumnDef, error: &ValueError) {
        self.mistake(Code::from(error), Some(column), error.to_string());
    }
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
