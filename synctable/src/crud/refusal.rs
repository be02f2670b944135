//! Why an entry is no change: every mistake, with table, row, column, code and reason.

use super::entry::{Entry, Op};
use crate::table::Registry;
use crate::value::ValueError;
use std::fmt;

/// An entry that is refused, with all its mistakes.
///
/// It is the same again however often it is sent: the device has to be told, and a retry is of no use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The kind of change.
    pub op: Op,
    /// The device's name of the table.
    pub table: String,
    /// The row's id on the device.
    pub id: String,
    /// At least one.
    pub mistakes: Vec<Mistake>,
}

/// One mistake.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mistake {
    /// What sort of mistake.
    pub code: Code,
    /// The device's name of the column; `None` where it is about the row.
    pub column: Option<String>,
    /// What is wrong, as a clause.
    pub reason: String,
}

/// Writes the codes with their words, so that both cannot drift apart.
macro_rules! codes {
    ($($(#[$doc:meta])* $code:ident = $word:literal,)+) => {
        /// What sort of mistake, as a word for programs.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Code {
            $($(#[$doc])* $code,)+
        }

        impl Code {
            /// All of them.
            pub const ALL: &'static [Code] = &[$(Code::$code,)+];

            /// The word.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Code::$code => $word,)+
                }
            }
        }
    };
}

codes! {
    /// No table of devices is called so.
    UnknownTable = "unknown_table",
    /// The table is not uploaded, or not in this way.
    NotAllowed = "not_allowed",
    /// The table has no such column on devices.
    UnknownColumn = "unknown_column",
    /// A column is given twice.
    Twice = "given_twice",
    /// The column is the server's.
    ServerOwned = "server_owned",
    /// The column is set once and never changed.
    Immutable = "immutable",
    /// A column that is never null has no value.
    Null = "null",
    /// A value of another form: a number where text is expected.
    Form = "form",
    /// A number past the range of the column.
    Range = "range",
    /// A text that is none of the column's kind.
    Malformed = "malformed",
    /// A label that the enum does not have.
    UnknownLabel = "unknown_label",
    /// A label that remains in old rows and that nobody writes any more.
    RetiredLabel = "retired_label",
    /// A declared check does not hold.
    Check = "check",
    /// The id is none of the table, or disagrees with the key columns sent beside it.
    Id = "id",
    /// The id is not what the table's recipe makes of the row.
    Recipe = "recipe",
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl From<&ValueError> for Code {
    fn from(error: &ValueError) -> Self {
        match error {
            ValueError::Null => Code::Null,
            ValueError::Form { .. } => Code::Form,
            ValueError::Range { .. } => Code::Range,
            ValueError::Malformed { .. } => Code::Malformed,
            ValueError::Label { .. } => Code::UnknownLabel,
            ValueError::Retired { .. } => Code::RetiredLabel,
        }
    }
}

impl Refusal {
    /// Of an entry whose table no change is made for. For derived code.
    #[doc(hidden)]
    pub fn table(entry: &Entry<'_>, registry: &Registry) -> Self {
        let (code, reason) = match registry.client_table(&entry.table) {
            Some(table) if table.sync.on_server() => {
                (Code::NotAllowed, "devices can only read this table")
            }
            Some(_) => (Code::NotAllowed, "the table never leaves the device"),
            None => (Code::UnknownTable, "devices have no table of this name"),
        };
        Refusal {
            op: entry.op,
            table: entry.table.clone().into_owned(),
            id: entry.id.clone().into_owned(),
            mistakes: vec![Mistake {
                code,
                column: None,
                reason: reason.to_owned(),
            }],
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} of `{}` {:?} is refused",
            self.op, self.table, self.id
        )?;
        for (index, mistake) in self.mistakes.iter().enumerate() {
            write!(f, "{} {mistake}", if index == 0 { ":" } else { ";" })?;
        }
        Ok(())
    }
}

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(column) = &self.column {
            write!(f, "`{column}`: ")?;
        }
        write!(f, "{} [{}]", self.reason, self.code)
    }
}

impl std::error::Error for Refusal {}
