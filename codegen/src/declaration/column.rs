//! Columns and the values that fill them, as declared.

use super::{CheckBody, Flag, ForeignKeyOptions, Name, Reference, Snippet, Spanned};
use synctable::{KindSyntax, Role, Uploaded};

/// One column; `name: uuid` is `name: {kind: uuid}`.
#[derive(Clone, Debug, PartialEq)]
pub struct Column {
    /// Its name.
    pub name: Name,
    /// `kind`; always there unless an error says otherwise.
    pub kind: Option<Spanned<KindSyntax>>,
    /// `key: true`.
    pub key: Flag,
    /// `nullable: true`.
    pub nullable: Flag,
    /// `default`.
    pub default: Option<Spanned<Value>>,
    /// `client_default`.
    pub client_default: Option<Box<Spanned<Value>>>,
    /// `server`.
    pub server: Option<Box<Spanned<Server>>>,
    /// `on_change: now()`.
    pub on_change: Flag,
    /// `copied`: a column of the row that this one belongs to.
    pub copied: Option<Box<Reference>>,
    /// `by`: the columns that say which row that is; only beside `copied`.
    pub by: Option<Box<Spanned<Vec<Name>>>>,
    /// `uploads`: what happens where an upload carries it; only where the server fills it.
    pub uploads: Option<Spanned<Uploaded>>,
    /// `identity: true`.
    pub identity: Flag,
    /// `generated`.
    pub generated: Option<Box<Generated>>,
    /// `unique: true` or `unique: reject`.
    pub unique: Flag,
    /// `unique: reject`.
    pub refuse_clash: Flag,
    /// `references`: one column.
    pub references: Option<Box<Reference>>,
    /// `on_delete`, `on_update`, `deferrable`, `enforced`; only beside `references`.
    pub reference_options: ForeignKeyOptions,
    /// `check`.
    pub check: Option<Box<CheckBody>>,
    /// `on`.
    pub on: Option<Spanned<Side>>,
    /// `secret: true`.
    pub secret: Flag,
    /// `immutable: true`.
    pub immutable: Flag,
    /// `role`.
    pub role: Option<Spanned<Role>>,
    /// `client_name`.
    pub client_name: Option<Name>,
    /// `was`.
    pub was: Option<Name>,
    /// `backfill`: what rows that are there get.
    pub backfill: Option<Box<Backfill>>,
    /// `using`: how values change their kind.
    pub using: Option<Box<Snippet>>,
    /// `doc`.
    pub doc: Option<Spanned<String>>,
    /// `deprecated`.
    pub deprecated: Option<Box<Spanned<String>>>,
}

/// What rows that are there get in a column that becomes required.
#[derive(Clone, Debug, PartialEq)]
pub enum Backfill {
    /// An expression over the row's other columns.
    Expr(Snippet),
    /// `{sql: "…"}`.
    Sql(Snippet),
}

/// The only side on which a column exists.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// `client`: on the device.
    Client,
    /// `server`: in Postgres.
    Server,
}

/// What fills a column that the server owns.
#[derive(Clone, Debug, PartialEq)]
pub enum Server {
    /// `true`: hand-written SQL or a service.
    Elsewhere,
    /// A value.
    Value(Value),
}

/// A generated column's value.
#[derive(Clone, Debug, PartialEq)]
pub struct Generated {
    /// The expression.
    pub expr: Snippet,
    /// `stored: true`.
    pub stored: Flag,
}

/// A value as it is written; whether it fits the kind is `check`'s to say.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// `null`.
    Null,
    /// `true` or `false`, unquoted.
    Bool(bool),
    /// A number, unquoted: its text as written (`0`, `-1.50`), without base prefixes, `inf` or `nan`.
    Number(String),
    /// Any other text, or quoted text, or `{text: "…"}`.
    Text(String),
    /// A text that looks like a call: `now()`, `auth.user_id()`.
    Call(Snippet),
    /// `{sql: "…"}`.
    Sql(Snippet),
    /// A list.
    List(Vec<Spanned<Value>>),
    /// A mapping: a json object, its members in written order.
    Object(Vec<(Name, Spanned<Value>)>),
}
