//! One change of one table's row, and what a struct promises that a device uploads.

use super::entry::{Entry, Member, Op};
use super::read::Reader;
use super::refusal::{Code, Refusal};
use super::release::Release;
use super::sender::Sender;
use super::write::Write;
use crate::by_value::{self, Cell};
use crate::declared::Declared;
use crate::table::ColumnDef;
use crate::value::Value;
use crate::words::{ConflictRule, DeleteRule, Role};
use std::borrow::Cow;
use std::convert::Infallible;
use std::fmt;
use std::marker::PhantomData;

/// A struct that holds what an upload may say of a row: a `Put`, a `Patch` or a `Delete` by the derive of that name.
///
/// A field of type `Option<…>` may be absent; in one of type `Option<Option<…>>`, absent and null are two things.
pub trait Upload: Sized {
    /// The type that stands for the table, by [`Declared`].
    type Table;

    /// Reads its fields and leaves every mistake with the reader; `None` where a field has no value for one.
    fn read(reader: &mut Reader<'_>) -> Option<Self>;

    /// Gives its fields away.
    fn write<'a>(&'a self, write: &mut Write<'a>);
}

/// Shows an upload by the values that it gives. For derived code.
#[doc(hidden)]
pub fn show<U: Upload>(upload: &U, name: &str, f: &mut fmt::Formatter<'_>) -> fmt::Result
where
    U::Table: Declared,
{
    by_value::show(f, name, &cells(upload))
}

/// Whether two uploads give the same columns the same values. For derived code.
#[doc(hidden)]
pub fn same<U: Upload>(one: &U, other: &U) -> bool
where
    U::Table: Declared,
{
    by_value::same(&cells(one), &cells(other))
}

fn cells<U: Upload>(upload: &U) -> Vec<Cell<'_>>
where
    U::Table: Declared,
{
    let table = <U::Table as Declared>::DEF;
    let mut write = Write::new(Op::Put, table, None);
    upload.write(&mut write);
    let key = table.key.iter().copied().zip(write.key);
    key.chain(write.values).collect()
}

/// A change of one row of a table.
#[derive(Clone, Debug, PartialEq)]
pub enum Edit<P, C, D> {
    /// The row, new or as it now is.
    Put(P),
    /// Some of its columns.
    Patch {
        /// Which row, and what changed.
        patch: C,
        /// What its writer saw.
        previous: Option<Previous>,
    },
    /// Its end.
    Delete {
        /// Which row.
        delete: D,
        /// What its writer saw.
        previous: Option<Previous>,
    },
}

impl<T: Declared, P, C, D> Edit<P, C, D>
where
    P: Upload<Table = T>,
    C: Upload,
    D: Upload,
{
    /// Reads an entry of the table, of a device whose user is not known.
    ///
    /// # Errors
    /// Every mistake of the entry.
    pub fn decode(entry: &Entry<'_>, release: &Release) -> Result<Self, Refusal> {
        Self::decode_from(entry, &Sender::of(release))
    }

    /// Reads an entry of the table, of a device and its user.
    ///
    /// # Errors
    /// Every mistake of the entry.
    // Where it is called, what is read is built in its place: a change of a wide table is moved at a cost.
    #[inline(always)]
    pub fn decode_from(entry: &Entry<'_>, sender: &Sender<'_>) -> Result<Self, Refusal> {
        let mut reader = Reader::new::<T>(entry, sender);
        if entry.op != Op::Delete {
            reader.check();
        }
        match entry.op {
            Op::Put => {
                reader.recipe();
                match P::read(&mut reader) {
                    Some(put) if reader.is_clean() => Ok(Edit::Put(put)),
                    _ => Err(reader.refusal()),
                }
            }
            Op::Patch => {
                let previous = reader.previous();
                match C::read(&mut reader) {
                    Some(patch) if reader.is_clean() => Ok(Edit::Patch { patch, previous }),
                    _ => Err(reader.refusal()),
                }
            }
            Op::Delete => {
                let previous = reader.previous();
                match D::read(&mut reader) {
                    Some(delete) if reader.is_clean() => Ok(Edit::Delete { delete, previous }),
                    _ => Err(reader.refusal()),
                }
            }
        }
    }

    /// What a statement needs of it.
    pub fn write(&self) -> Write<'_> {
        match self {
            Edit::Put(put) => {
                let mut write = Write::new(Op::Put, T::DEF, None);
                put.write(&mut write);
                write
            }
            Edit::Patch { patch, previous } => {
                let mut write = Write::new(Op::Patch, T::DEF, previous.as_ref());
                patch.write(&mut write);
                write
            }
            Edit::Delete { delete, previous } => {
                let mut write = Write::new(Op::Delete, T::DEF, previous.as_ref());
                delete.write(&mut write);
                write
            }
        }
    }
}

/// What the writer of a change saw of its row: the columns that the device keeps track of, canonical.
///
/// A null where the column never is null says that the device has no value yet: the server fills it in, or the device's
/// release came before the column. It equals nothing that is stored.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Previous(pub(super) Vec<(&'static ColumnDef, Value<'static>)>);

impl Previous {
    /// Columns and values, in the order they came.
    pub fn values(&self) -> &[(&'static ColumnDef, Value<'static>)] {
        &self.0
    }

    /// The value of a column, if the device told it.
    pub fn value(&self, column: &ColumnDef) -> Option<&Value<'static>> {
        let found = self.0.iter().find(|(known, _)| known.name == column.name);
        found.map(|(_, value)| value)
    }

    pub(super) fn members(&self) -> Vec<(Cow<'_, str>, Member<'_>)> {
        let member = |(column, value): &(&'static ColumnDef, Value<'static>)| {
            (column.client_name.into(), Member::Value(value.clone()))
        };
        self.0.iter().map(member).collect()
    }
}

/// Whether devices send rows, and neither change nor delete those that they sent.
fn is_insert_only(table: &crate::TableDef) -> bool {
    !table.sync.downloads() && table.conflict == ConflictRule::AppendOnly
}

/// In place of the `Put`, `Patch` or `Delete` of a table whose rows devices never insert, change or delete.
///
/// In place of a `Put` it names the table: `Never<lists::Table>`.
pub enum Never<T = ()> {
    /// There is none.
    #[doc(hidden)]
    Of(Infallible, PhantomData<fn() -> T>),
}

impl<T> Never<T> {
    fn absurd<A>(&self) -> A {
        match self {
            Never::Of(never, _) => match *never {},
        }
    }
}

impl<T> Clone for Never<T> {
    fn clone(&self) -> Self {
        self.absurd()
    }
}

impl<T> fmt::Debug for Never<T> {
    fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.absurd()
    }
}

impl<T> PartialEq for Never<T> {
    fn eq(&self, _: &Self) -> bool {
        self.absurd()
    }
}

impl<T> Upload for Never<T> {
    type Table = T;

    fn read(reader: &mut Reader<'_>) -> Option<Self> {
        let table = reader.table();
        let is_key = |column: &ColumnDef| table.key.iter().any(|key| key.name == column.name);
        let could_change = |column: &&&ColumnDef| {
            column.uploads()
                && !column.immutable
                && column.role != Some(Role::Version)
                && !is_key(column)
        };
        let reason = match reader.op() {
            Op::Put => "the policy does not let devices insert rows",
            Op::Patch | Op::Delete if is_insert_only(table) => {
                "rows of this table can only be inserted"
            }
            Op::Patch if table.conflict == ConflictRule::AppendOnly => {
                "rows of this table cannot be updated"
            }
            Op::Patch if !table.columns.iter().any(|one| could_change(&one)) => {
                "the table has no column that can be updated"
            }
            Op::Patch => "the policy does not let devices update rows",
            Op::Delete if table.delete == DeleteRule::Denied => {
                "devices cannot delete rows of this table"
            }
            Op::Delete => "the policy does not let devices delete rows",
        };
        reader.mistake(Code::NotAllowed, None, reason.to_owned());
        None
    }

    fn write<'a>(&'a self, _: &mut Write<'a>) {
        self.absurd()
    }
}
