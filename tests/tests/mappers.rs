//! The row structs of the workspace's own app: rows go through the derive into the SQLite that is generated beside them, and come out as
//! they were.

use std::fmt::Debug;
use std::fs;

use rusqlite::Connection;
use schema::mappers;
use synctable::facts::ColumnType;
use synctable::{ColumnDef, Element, Kind, SyncTable, Value, sqlite};
use tests::cases::workspace;

fn database() -> Connection {
    let ddl = fs::read_to_string(workspace().join("schema/generated/sqlite/schema.sql"))
        .expect("it is committed");
    let connection = Connection::open_in_memory().expect("memory is at hand");
    connection.execute_batch(&ddl).expect("SQLite executes it");
    connection
}

/// The canonical text of one value of an element.
fn example(element: &Element, column: &ColumnDef) -> String {
    match element {
        Element::Enum { .. } => column.labels.expect("it has labels").labels[0].to_owned(),
        Element::Scalar(scalar) | Element::Domain { base: scalar, .. } => {
            scalar.facts().example.to_owned()
        }
    }
}

/// One value of a column, as SQLite stores it.
fn value(column: &ColumnDef) -> Value<'static> {
    let element = match &column.kind {
        Kind::Scalar(scalar) => Element::Scalar(*scalar),
        Kind::Enum { name, storage } => Element::Enum {
            name: name.clone(),
            storage: *storage,
        },
        Kind::Domain { name, base } => Element::Domain {
            name: name.clone(),
            base: *base,
        },
        Kind::List(element) => {
            let text = example(element, column);
            return Value::Text(match element.column_type() {
                ColumnType::Text => format!("[\"{text}\"]").into(),
                ColumnType::Integer | ColumnType::Real => format!("[{text}]").into(),
            });
        }
        Kind::Opaque(_) => return Value::Text("anything".into()),
    };
    let text = example(&element, column);
    match element.column_type() {
        ColumnType::Text => Value::Text(text.into()),
        ColumnType::Integer => Value::Integer(text.parse().expect("a whole number")),
        ColumnType::Real => Value::Real(text.parse().expect("a number")),
    }
}

/// A row with a value in every column, and one with null wherever that is a value.
fn round_trip<R: SyncTable + PartialEq + Debug>() {
    for with_nulls in [false, true] {
        let connection = database();
        let values = R::COLUMNS.iter().map(|column| match with_nulls {
            true if column.nullable => Value::Null,
            _ => value(column),
        });
        let row = R::from_values(values).unwrap_or_else(|error| panic!("{error}"));
        sqlite::insert(&connection, &row).unwrap_or_else(|error| panic!("{error}: {row:?}"));
        let id = row.client_id().expect("the key has values");
        let back = sqlite::get::<R>(&connection, &id).unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(back, Some(row));
    }
}

#[test]
fn a_row_of_every_table_comes_out_as_it_went_in() {
    round_trip::<mappers::CommentsRow>();
    round_trip::<mappers::ReactionsRow>();
    round_trip::<mappers::TimeEntriesRow>();
    round_trip::<mappers::PresenceRow>();
    round_trip::<mappers::FeedbackRow>();
    round_trip::<mappers::DraftsRow>();
    round_trip::<mappers::AnnouncementsRow>();
    round_trip::<mappers::ThemesRow>();
    round_trip::<mappers::ListsRow>();
    round_trip::<mappers::ItemsRow>();
    round_trip::<mappers::LabelsRow>();
    round_trip::<mappers::ItemLabelsRow>();
    round_trip::<mappers::TeamsRow>();
    round_trip::<mappers::MembersRow>();
    round_trip::<mappers::ProfilesRow>();
}
