//! What the tables of every language say of a column, in words and constants: when it is uploaded, and what fills it in.

use super::powersync_client::is_devices_own;
use crate::model::{
    ClientColumn, ClientTable, DefaultValue, Expr, Filled, Function, InPatch, InPut, Literal,
};
use synctable::Kind;
use synctable::facts::ColumnType;

/// Whether an inserted row is uploaded with a column.
pub(super) fn put(client: &ClientTable<'_>, held: &ClientColumn<'_>) -> &'static str {
    match held.in_put() {
        _ if !is_written(client) => "never",
        _ if is_devices_own(client.table, held.column) => "local",
        InPut::Required => "required",
        InPut::Defaulted => "defaulted",
        InPut::Nullable => "nullable",
        InPut::Verified => "verified",
        InPut::Ignored => "ignored",
        InPut::Never => "never",
    }
}

/// Whether a change of a column is uploaded.
pub(super) fn patch(client: &ClientTable<'_>, held: &ClientColumn<'_>) -> &'static str {
    match held.in_patch() {
        _ if !is_written(client) => "never",
        _ if is_devices_own(client.table, held.column) => "local",
        InPatch::Key | InPatch::Once => "once",
        InPatch::Changed => "changed",
        InPatch::Verified => "verified",
        InPatch::Ignored => "ignored",
        InPatch::Never => "never",
    }
}

fn is_written(client: &ClientTable<'_>) -> bool {
    client.writes.put || client.writes.patch
}

/// What fills in a column of a new row that does not give it.
pub(super) enum Fill {
    /// By the clock, by chance, by the recipe, or from who is signed in.
    Word(&'static str),
    /// Always the same: a text or a number, as SQLite stores it.
    Value(serde_json::Value),
}

/// What fills a new row in if the app does not.
pub(super) fn fill(client: &ClientTable<'_>, held: &ClientColumn<'_>) -> Option<Fill> {
    if !client.writes.put {
        return None;
    }
    let word = match held.filled() {
        Filled::App | Filled::AppOrNull | Filled::AppOrServer | Filled::Server => return None,
        Filled::Clock => "now",
        Filled::Device => "device",
        Filled::Caller => "user",
        Filled::Recipe => "recipe",
        Filled::Default(default) => match known_default(default)? {
            Known::Word(word) => word,
            Known::Value(value) => return stored(&held.column.kind, value).map(Fill::Value),
        },
    };
    Some(Fill::Word(word))
}

/// A default that a device can work out.
pub(super) enum Known<'m> {
    /// By its clock, by chance, or from who is signed in.
    Word(&'static str),
    /// Always the same.
    Value(&'m Literal),
}

/// The default, if a device can work it out.
pub(super) fn known_default(default: &DefaultValue) -> Option<Known<'_>> {
    let DefaultValue::Expr(expr) = default else {
        return None;
    };
    match expr {
        Expr::Literal(value) => Some(Known::Value(value)),
        Expr::UserId => Some(Known::Word("user")),
        Expr::Call { function, .. } => match function {
            Function::Now => Some(Known::Word("now")),
            Function::Today => Some(Known::Word("today")),
            Function::Uuid => Some(Known::Word("uuid")),
            _ => None,
        },
        _ => None,
    }
}

/// A constant as SQLite stores it: a text or a number; nothing for NULL, which a column without a value has.
fn stored(kind: &Kind, value: &Literal) -> Option<serde_json::Value> {
    let json = element(kind, value)?;
    Some(match kind {
        Kind::List(_) => json.to_string().into(),
        _ => json,
    })
}

/// The same as JSON; a list is an array still.
fn element(kind: &Kind, value: &Literal) -> Option<serde_json::Value> {
    let is_text = kind.column_type() == ColumnType::Text;
    Some(match value {
        Literal::Null => return None,
        Literal::Bool(value) => i32::from(*value).into(),
        // JavaScript's own numbers are exact up to 53 bits.
        Literal::Int(value) if is_text || value.unsigned_abs() >= 1 << 53 => {
            value.to_string().into()
        }
        Literal::Int(value) => (*value).into(),
        Literal::Decimal(text) if is_text => text.clone().into(),
        Literal::Decimal(text) => {
            serde_json::from_str(text).expect("plain decimal digits are a number")
        }
        Literal::Text(text) | Literal::Json(text) => text.clone().into(),
        Literal::List(items) => {
            let Kind::List(of) = kind else { return None };
            let of = of.to_kind();
            items.iter().filter_map(|item| element(&of, item)).collect()
        }
    })
}
