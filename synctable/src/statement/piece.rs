//! Texts of statements in pieces: what all connections run is written once, beside what only some of them do.

use super::Param;
use std::borrow::Cow;

/// Who decides, on the connection that runs a statement, which rows may be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Connection {
    /// The policies of Postgres: the transaction acts as the caller.
    RowSecurity,
    /// The statement itself: row-level security does not bind the connection, and the caller is a parameter.
    Guarded,
    /// Nobody: it is a device's own SQLite.
    Device,
}

/// A part of a text, whole lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Piece {
    /// For every connection.
    Always(&'static str),
    /// Only where row-level security decides.
    RowSecurity(&'static str),
    /// Only where the statement decides: the access policy, and whatever asks for the caller.
    Guarded(&'static str),
}

impl Piece {
    const fn of(self, connection: Connection) -> Option<&'static str> {
        match (self, connection) {
            (Piece::Always(text), _)
            | (Piece::RowSecurity(text), Connection::RowSecurity)
            | (Piece::Guarded(text), Connection::Guarded) => Some(text),
            (Piece::RowSecurity(_), Connection::Guarded | Connection::Device)
            | (Piece::Guarded(_), Connection::RowSecurity | Connection::Device) => None,
        }
    }
}

/// A text and what its parameters are, by their numbers.
///
/// ```
/// use synctable::statement::{Connection, Param, Piece, Sql};
/// const MINE: Sql = Sql {
///     text: &[
///         Piece::Always("\nselect count(*) from lists\n"),
///         Piece::Guarded("\nwhere owner_id = $1\n"),
///     ],
///     params: &[Param::User],
/// };
/// assert_eq!(MINE.text(Connection::RowSecurity), "\nselect count(*) from lists\n");
/// assert_eq!(MINE.text(Connection::Guarded), "\nselect count(*) from lists\nwhere owner_id = $1\n");
/// assert!(MINE.is_for(Connection::Device));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sql {
    /// The text; each piece begins with a line break and ends with one.
    pub text: &'static [Piece],
    /// What `$1` or `?1` is, and so on; the text for a connection may leave out the last ones.
    pub params: &'static [Param],
}

impl Sql {
    /// The text that a connection runs; empty where there is none for it.
    pub fn text(&self, connection: Connection) -> Cow<'static, str> {
        let mut pieces = self.text.iter().filter_map(|piece| piece.of(connection));
        let first = pieces.next().unwrap_or_default();
        pieces.fold(Cow::Borrowed(first), |text, piece| {
            text + piece.strip_prefix('\n').unwrap_or(piece)
        })
    }

    /// Whether there is a text for a connection.
    pub fn is_for(&self, connection: Connection) -> bool {
        self.text.iter().any(|piece| piece.of(connection).is_some())
    }
}
