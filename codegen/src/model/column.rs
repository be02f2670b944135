//! Columns: their kind, who fills them, and who may see and write them.

use super::Expr;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use synctable::{Direction, Kind, Role, Uploaded};

/// One column of a table.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Column {
    /// Its declared name: the name in Postgres.
    pub name: String,
    /// Its name on the device and in uploads.
    pub client_name: String,
    /// Its name before the last released migration, where it was renamed.
    pub was: Option<String>,
    /// What it tells.
    pub doc: Option<String>,
    /// A sentence for those who still use it, where it is deprecated.
    pub deprecated: Option<String>,
    /// Its kind.
    #[serde(with = "super::wire::kind")]
    #[schemars(with = "super::wire::KindRepr")]
    pub kind: Kind,
    /// Whether NULL is a value.
    pub nullable: bool,
    /// What Postgres fills in where an INSERT names no value.
    pub default: Option<DefaultValue>,
    /// What the client fills in for a new row; `None` leaves it to the app.
    pub client_default: Option<DefaultValue>,
    /// Who writes it and where it exists.
    #[serde(with = "super::wire::words")]
    #[schemars(with = "super::wire::WordOf<Direction>")]
    pub direction: Direction,
    /// What happens where an upload carries it though the server fills it.
    #[serde(
        with = "super::wire::words",
        default = "refused",
        skip_serializing_if = "is_refused"
    )]
    #[schemars(with = "super::wire::WordOf<Uploaded>")]
    pub uploaded: Uploaded,
    /// Whether a client may set it in an INSERT but never change it.
    pub immutable: bool,
    /// Whether no client may ever read it, though Postgres holds it (`secret: true`).
    pub secret: bool,
    /// Postgres counts it up (`generated always as identity`).
    pub identity: bool,
    /// Whether Postgres sets it to the time of every change of the row (`on_change: now()`).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub moves: bool,
    /// Copied from the row that this one belongs to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub copied: Option<Copied>,
    /// Computed from the row's other columns.
    pub generated: Option<Generated>,
    /// What rows that are there get where the column becomes required.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub backfill: Option<DefaultValue>,
    /// How values that are there become values of another kind, in Postgres SQL.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub using: Option<String>,
    /// What the conflict and delete rules use it for.
    #[serde(with = "super::wire::optional_word")]
    #[schemars(with = "Option<super::wire::WordOf<Role>>")]
    pub role: Option<Role>,
}

/// What happens to a column of which a declaration, or an older snapshot, says nothing else.
fn refused() -> Uploaded {
    Uploaded::Refused
}

fn is_refused(uploaded: &Uploaded) -> bool {
    *uploaded == Uploaded::Refused
}

impl Column {
    /// Whether devices write it by uploads.
    pub fn uploads(&self) -> bool {
        self.direction.uploads() && !self.secret && !self.identity && self.generated.is_none()
    }

    /// Whether an upload may carry it: devices write it, or the server fills it and takes no offence.
    pub fn may_be_sent(&self) -> bool {
        self.uploads() || self.uploaded != Uploaded::Refused
    }

    /// Whether the server fills it and holds what an upload says of it against that.
    pub fn is_verified(&self) -> bool {
        self.uploaded == Uploaded::Verified
    }

    /// Whether the declaration says what fills the column of a new row, or the upload does.
    ///
    /// Where it does not, only hand-written SQL or a service knows what the row will hold.
    pub fn is_told(&self) -> bool {
        let fills_itself = match &self.default {
            Some(DefaultValue::Expr(_)) => true,
            Some(DefaultValue::Sql(_)) => false,
            None => self.uploads(),
        };
        fills_itself || self.copied.is_some() || self.generated.is_some()
    }

    /// Whether Postgres fills it with the caller's id.
    pub fn is_filled_with_caller(&self) -> bool {
        matches!(self.default, Some(DefaultValue::Expr(Expr::UserId)))
    }
}

/// Where a column's value is copied from: a row of another table that this one refers to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Copied {
    /// The table there.
    pub table: String,
    /// The column there.
    pub column: String,
    /// The columns here that say which row.
    pub by: Vec<String>,
    /// The columns there that they refer to, one for each.
    pub references: Vec<String>,
}

/// A generated column.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Generated {
    /// The value, from columns of the same row.
    pub expr: Expr,
    /// Whether Postgres stores it (`generated always as … stored`).
    ///
    /// Stored generated columns are not replicated by Postgres 15, so streams and clients compute the same expression.
    pub stored: bool,
}

/// A value that is filled in.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum DefaultValue {
    /// One expression without columns: a literal, `now()`, `uuid()`, `auth.user_id()`.
    Expr(Expr),
    /// Postgres SQL, as written.
    Sql(String),
}
