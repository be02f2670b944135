//! What Dart has for the values of a kind: a type, and the way to SQLite and back.

use super::spelling::{class, literal};
use crate::model::{Column, Model};
use crate::targets::powersync_client::is_id;
use synctable::facts::ColumnType;
use synctable::{Element, Kind, Scalar};

/// The type of a kind's values.
pub(super) fn dart_type(kind: &Kind) -> String {
    match kind {
        Kind::Scalar(scalar) | Kind::Domain { base: scalar, .. } => of_scalar(*scalar).0.to_owned(),
        Kind::Enum { name, .. } => class(name),
        Kind::List(element) => format!("List<{}>", dart_type(&element.to_kind())),
        Kind::Opaque(_) => "String".to_owned(),
    }
}

/// A `Stored` of a kind as a constant expression, with a prefix in front of the runtime's names.
fn stored(kind: &Kind, prefix: &str) -> String {
    match kind {
        Kind::Enum { name, .. } => format!("Stored{}()", class(name)),
        Kind::List(element) => {
            let of = element.to_kind();
            format!(
                "{prefix}StoredList<{}>({})",
                dart_type(&of),
                stored(&of, prefix)
            )
        }
        Kind::Scalar(scalar) | Kind::Domain { base: scalar, .. } => {
            format!("{prefix}{}", of_scalar(*scalar).1)
        }
        Kind::Opaque(_) => format!("{prefix}text"),
    }
}

/// The same of a column: an id is a text, whatever its kind.
pub(super) fn stored_column(column: &Column, prefix: &str) -> String {
    let stored = stored(&column.kind, prefix);
    match is_id(column) && column.kind.column_type() != ColumnType::Text {
        true => format!(
            "{prefix}StoredAsText<{}>({stored})",
            dart_type(&column.kind)
        ),
        false => stored,
    }
}

/// A constant expression where no constant is expected.
pub(super) fn constant_of(expression: String) -> String {
    match expression.ends_with(')') {
        true => format!("(const {expression})"),
        false => expression,
    }
}

/// How a parameter is stored, where no constant is expected.
pub(super) fn stored_parameter(kind: &Kind) -> String {
    constant_of(stored(kind, "s."))
}

/// Whether a kind's values are those of `dart:typed_data`.
pub(super) fn has_bytes(kind: &Kind) -> bool {
    dart_type(kind).contains("Uint8List")
}

/// Whether a file that uses the kind needs the enums.
pub(super) fn has_label(kind: &Kind) -> bool {
    matches!(kind, Kind::Enum { .. } | Kind::List(Element::Enum { .. }))
}

fn of_scalar(scalar: Scalar) -> (&'static str, &'static str) {
    match scalar {
        Scalar::Bool => ("bool", "boolean"),
        Scalar::Smallint | Scalar::Int | Scalar::Bigint => ("int", "integer"),
        Scalar::Real | Scalar::Double => ("double", "float"),
        Scalar::Json => ("Object", "json"),
        Scalar::Bytes => ("Uint8List", "bytes"),
        Scalar::Uuid
        | Scalar::Text
        | Scalar::Varchar(_)
        | Scalar::Decimal { .. }
        | Scalar::Date
        | Scalar::Time
        | Scalar::Timestamp
        | Scalar::Timestamptz
        | Scalar::Interval => ("String", "text"),
    }
}

/// `kind: 'uuid'`, and what else the kind needs.
pub(super) fn facts(model: &Model, kind: &Kind) -> String {
    let scalar = |scalar: Scalar| {
        let word = scalar.word();
        match scalar {
            Scalar::Varchar(length) => format!("kind: '{word}', length: {length}"),
            Scalar::Decimal { precision, scale } => {
                format!("kind: '{word}', precision: {precision}, scale: {scale}")
            }
            _ => format!("kind: '{word}'"),
        }
    };
    match kind {
        Kind::Scalar(of) | Kind::Domain { base: of, .. } => scalar(*of),
        Kind::Enum { name, .. } => {
            let labels = format!("kind: 'enum', labels: {}.labels", class(name));
            let retired = &model.enums[&**name].retired;
            if retired.is_empty() {
                return labels;
            }
            let retired: Vec<String> = retired.iter().map(|label| literal(label)).collect();
            format!("{labels}, retired: [{}]", retired.join(", "))
        }
        Kind::List(element) => format!(
            "kind: 'list', of: s.KindDef({})",
            facts(model, &element.to_kind())
        ),
        Kind::Opaque(_) => "kind: 'opaque'".to_owned(),
    }
}
