//! Decides how Drift declares the tables of a device.

use super::kinds::{has_label, stored_column};
use super::spelling::{class, constants, doc, literal, marked};
use super::view;
use crate::model::{ClientColumn, ClientTable, Model};
use crate::targets::powersync_client::{held, is_id};
use crate::targets::row_facts::{self, Fill};
use synctable::table::CLIENT_ID;
use synctable::{Kind, Scalar};

/// Members of Drift's `Table`, which a getter would hide.
const TAKEN: &[&str] = &[
    "blob",
    "boolean",
    "check",
    "customConstraints",
    "customType",
    "dateTime",
    "dontWriteConstraints",
    "foreignKeys",
    "int64",
    "intEnum",
    "integer",
    "isStrict",
    "primaryKey",
    "real",
    "sqliteAny",
    "tableName",
    "text",
    "textEnum",
    "uniqueKeys",
    "withoutRowId",
];

pub(super) fn lower(model: &Model) -> view::Drift {
    let clients = model.client_tables();
    let tables: Vec<view::DriftTable> = clients.iter().map(table).collect();
    let columns = || tables.iter().flat_map(|table| &table.columns);
    view::Drift {
        app: model.app.clone(),
        has_labels: clients
            .iter()
            .flat_map(held)
            .any(|held| has_label(&held.column.kind)),
        has_stored: columns().any(|column| column.is_stored),
        has_runtime: columns().any(|column| column.uses_runtime),
        tables,
    }
}

fn table(client: &ClientTable<'_>) -> view::DriftTable {
    let columns = held(client);
    let names = columns.iter().map(|held| &*held.column.client_name);
    let spelt = constants(names).into_iter().map(|name| {
        let is_taken = TAKEN.contains(&&*name);
        format!("{name}{}", if is_taken { "_" } else { "" })
    });
    let mut lowered: Vec<view::DriftColumn> = columns
        .iter()
        .zip(spelt)
        .map(|(held, getter)| column(client, held, getter))
        .collect();
    let id = columns.iter().position(|held| is_id(held.column));
    let id = match id {
        Some(at) => lowered[at].getter.clone(),
        None => {
            lowered.insert(
                0,
                view::DriftColumn {
                    head: String::new(),
                    of: "Text",
                    getter: CLIENT_ID.to_owned(),
                    rest: format!("text().named({})()", literal(CLIENT_ID)),
                    is_stored: false,
                    uses_runtime: false,
                },
            );
            CLIENT_ID.to_owned()
        }
    };
    let table = client.table;
    let view = table.client.view_name.as_ref();
    view::DriftTable {
        doc: doc(table.doc.as_deref(), 0),
        class: format!("{}Table", class(&table.name)),
        name: literal(view.unwrap_or(&table.client_name)),
        columns: lowered,
        id,
    }
}

fn column(client: &ClientTable<'_>, held: &ClientColumn<'_>, getter: String) -> view::DriftColumn {
    let column = held.column;
    let (of, builder, is_stored) = match builder(&column.kind) {
        // An id is a text, whatever its kind.
        (_, "integer" | "real" | "boolean", _) if is_id(column) => ("Text", "text", true),
        built => built,
    };
    // An option of the build says how Drift spells names otherwise.
    let mut rest = format!("{builder}().named({})", literal(&column.client_name));
    if is_stored {
        let stored = match is_moment(&column.kind) {
            true => "s.moment".to_owned(),
            false => stored_column(column, "s."),
        };
        rest.push_str(&format!(".map(const StoredConverter({stored}))"));
    }
    if column.nullable || held.may_lack() {
        rest.push_str(".nullable()");
    }
    let is_sent = !matches!(row_facts::put(client, held), "never" | "ignored");
    let mut uses_runtime = is_stored && !matches!(column.kind, Kind::Enum { .. });
    match row_facts::fill(client, held).filter(|_| is_sent) {
        Some(Fill::Word("uuid")) => {
            uses_runtime = true;
            rest.push_str(".clientDefault(s.randomUuid)");
        }
        Some(Fill::Value(value)) if !is_stored => {
            let value = match (&value, builder) {
                (serde_json::Value::String(text), _) => literal(text),
                (number, "boolean") => (number == 1).to_string(),
                (number, "real") => format!("{:?}", number.as_f64().unwrap_or_default()),
                (number, _) => number.to_string(),
            };
            rest.push_str(&format!(".clientDefault(() => {value})"));
        }
        _ => {}
    }
    view::DriftColumn {
        head: marked(column.doc.as_deref(), column.deprecated.as_deref(), 2),
        of,
        getter,
        rest: rest + "()",
        is_stored,
        uses_runtime,
    }
}

/// The type of a column, the method that makes it, and whether SQLite has another value than Dart.
fn builder(kind: &Kind) -> (&'static str, &'static str, bool) {
    match kind {
        Kind::Scalar(scalar) | Kind::Domain { base: scalar, .. } => match scalar {
            Scalar::Bool => ("Bool", "boolean", false),
            Scalar::Smallint | Scalar::Int | Scalar::Bigint => ("Int", "integer", false),
            Scalar::Real | Scalar::Double => ("Real", "real", false),
            Scalar::Json | Scalar::Bytes | Scalar::Timestamptz => ("Text", "text", true),
            Scalar::Uuid
            | Scalar::Text
            | Scalar::Varchar(_)
            | Scalar::Decimal { .. }
            | Scalar::Date
            | Scalar::Time
            | Scalar::Timestamp
            | Scalar::Interval => ("Text", "text", false),
        },
        Kind::Enum { .. } | Kind::List(_) => ("Text", "text", true),
        Kind::Opaque(_) => ("Text", "text", false),
    }
}

fn is_moment(kind: &Kind) -> bool {
    matches!(
        kind,
        Kind::Scalar(Scalar::Timestamptz)
            | Kind::Domain {
                base: Scalar::Timestamptz,
                ..
            }
    )
}
