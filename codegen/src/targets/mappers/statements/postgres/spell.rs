//! How columns, values and types are spelled in statements of Postgres.

use crate::catalog;
use crate::guard;
use crate::model::{Column, Model};
use synctable::{Database, Kind, Scalar};

/// Whether a value travels as text in an array: an array of arrays would be one array.
pub(super) fn is_cast(column: &Column) -> bool {
    match column.kind {
        Kind::List(_) | Kind::Opaque(_) => true,
        Kind::Scalar(_) | Kind::Enum { .. } | Kind::Domain { .. } => false,
    }
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
    let name = ident(column);
    match column.kind {
        // Not every type has an equality.
        Kind::Opaque(_) => format!("stored.{name}::text is not distinct from {value}::text"),
        Kind::Scalar(_) | Kind::Enum { .. } | Kind::Domain { .. } | Kind::List(_) => {
            format!("stored.{name} is not distinct from {value}")
        }
    }
}

/// Whether two values of a column that an upsert stands on are the same.
pub(super) fn meets(column: &Column, one: &str, other: &str) -> String {
    match column.nullable {
        true => format!("{one} is not distinct from {other}"),
        false => format!("{one} = {other}"),
    }
}

/// The time of an edit, which a clock that runs ahead does not move past five minutes from now.
pub(super) fn bounded(time: &str) -> String {
    format!("least({time}, now() + interval '5 minutes')")
}

/// Whether a condition speaks of the column of the proposed row.
pub(super) fn mentions(condition: &str, column: &Column) -> bool {
    condition.contains(&format!("{}.{}", guard::PROPOSED, ident(column)))
}

/// A condition and others, all of which must hold.
pub(super) fn joined(condition: &str, also: &[String]) -> String {
    match also {
        [] => condition.to_owned(),
        also => format!("({condition}) and {}", also.join(" and ")),
    }
}

pub(super) fn named(value: String, column: &Column) -> String {
    let name = ident(column);
    match value == format!("p.{name}") || value == format!("stored.{name}") {
        true => value,
        false => format!("{value} as {name}"),
    }
}

pub(super) fn prefixed(prefix: &str, names: &[String]) -> Vec<String> {
    names
        .iter()
        .map(|name| format!("{prefix}.{name}"))
        .collect()
}

pub(super) fn list(items: impl IntoIterator<Item = String>) -> String {
    items.into_iter().collect::<Vec<_>>().join(", ")
}

pub(super) fn ident(column: &Column) -> String {
    Database::Postgres.ident(&column.name).into_owned()
}
