//! How columns, values and types are spelled in statements of Postgres.

use crate::catalog;
use crate::guard;
use crate::model::{Column, Model};
use synctable::statement::travels_as_text;
use synctable::{Database, Kind, Scalar};

/// Whether a value of the column comes as text that the statement casts.
pub(super) fn is_text(column: &Column) -> bool {
    travels_as_text(&column.kind)
}

/// The type of a kind without its limits: a cast to `varchar(80)` would cut a text without a word.
pub(super) fn base_type(model: &Model, kind: &Kind) -> String {
    match kind {
        Kind::Scalar(Scalar::Varchar(_)) => "varchar".to_owned(),
        Kind::Scalar(Scalar::Decimal { .. }) => "numeric".to_owned(),
        Kind::List(element) => format!("{}[]", base_type(model, &element.to_kind())),
        Kind::Scalar(_) | Kind::Enum { .. } | Kind::Domain { .. } | Kind::Opaque(_) => {
            catalog::sql_type(model, kind)
        }
    }
}

/// Whether the stored column holds the value.
pub(super) fn equal(column: &Column, value: &str) -> String {
    let value = guard::as_comparable(value, column);
    format!(
        "{} is not distinct from {value}",
        guard::comparable(guard::STORED, column)
    )
}

/// Whether two values of a column that an upsert stands on are the same.
pub(super) fn meets(column: &Column, one: &str, other: &str) -> String {
    match column.nullable {
        true => format!("{one} is not distinct from {other}"),
        false => format!("{one} = {other}"),
    }
}

/// The time of an edit, which a clock that runs ahead does not move past five minutes from now.
pub(super) fn bounded(time: &str, column: &Column) -> String {
    let now = catalog::now_of(&column.kind);
    format!("least({time}, {now} + interval '5 minutes')")
}

/// A value under the name of a column.
pub(super) fn named(value: &str, column: &Column) -> String {
    [value, " as ", &Database::Postgres.ident(&column.name)].concat()
}

/// Values, in parentheses where they are not one.
pub(super) fn row(values: &[String]) -> String {
    match values {
        [one] => one.clone(),
        many => format!("({})", many.join(", ")),
    }
}

pub(super) fn list(items: impl IntoIterator<Item = String>) -> String {
    items.into_iter().collect::<Vec<_>>().join(", ")
}

pub(super) fn ident(column: &Column) -> String {
    Database::Postgres.ident(&column.name).into_owned()
}

pub(super) fn literal(text: &str) -> String {
    Database::Postgres.literal(text)
}
