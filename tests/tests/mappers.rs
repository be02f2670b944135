//! The structs of mappers. Rows of the workspace's own app go through the derive into the SQLite that is generated beside them, and
//! come out as they were; what may be uploaded is the same for structs and statements.

use std::fmt::Debug;
use std::fs;

use rusqlite::Connection;
use schema::mappers;
use synctable::crud::{Code, Entry, Op, Release};
use synctable::facts::ColumnType;
use synctable::{ColumnDef, Element, Kind, SyncTable, TableDef, Value, sqlite};
use synctable_codegen::model::Table;
use synctable_codegen::targets::mappers::{self as target, statements};
use tests::applied::model_of;
use tests::cases::{cases, workspace};

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

/// What a device gives a new row: what Postgres has no value for, and nothing that it could leave out.
fn insert_offline(connection: &Connection, table: &TableDef) {
    let is_key = |column: &ColumnDef| table.key.iter().any(|key| key.name == column.name);
    let given = |column: &&&ColumnDef| {
        is_key(column) || (column.uploads() && !column.has_default && !column.nullable)
    };
    let mut row: Vec<(&str, Value<'_>)> = table
        .columns
        .iter()
        .filter(given)
        .filter(|column| !table.is_client_id(column))
        .map(|column| (column.client_name, value(column)))
        .collect();
    let texts: Vec<String> = table
        .id
        .columns()
        .map(|column| {
            value(column)
                .key_text()
                .expect("it is of a key")
                .into_owned()
        })
        .collect();
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    row.push(("id", Value::Text(table.id.compose(&texts).into())));
    let (names, values): (Vec<_>, Vec<_>) = row.into_iter().unzip();
    let names: Vec<String> = names.iter().map(|name| format!("\"{name}\"")).collect();
    let sql = format!(
        "insert into \"{}\" ({}) values ({})",
        table.client_name,
        names.join(", "),
        vec!["?"; names.len()].join(", ")
    );
    connection
        .execute(&sql, rusqlite::params_from_iter(values))
        .unwrap_or_else(|error| panic!("{error}: {sql}"));
}

/// A table as PowerSync makes them on a device: nothing is computed, nothing is filled in, and null is everywhere.
fn as_powersync_has_it(table: &TableDef) -> Connection {
    let columns = table.columns.iter().filter(|column| column.on_client());
    let columns: Vec<String> = columns
        .filter(|column| !table.is_client_id(column))
        .map(|column| {
            let of_type = table.client_type(column);
            format!("\"{}\" {of_type}", column.client_name)
        })
        .collect();
    let connection = Connection::open_in_memory().expect("memory is at hand");
    let name = table.client_name;
    let ddl = format!("create table \"{name}\" (id text, {})", columns.join(", "));
    connection
        .execute_batch(&ddl)
        .unwrap_or_else(|error| panic!("{error}: {ddl}"));
    connection
}

/// The row type reads a row that was inserted offline; how many of its columns have no value yet.
fn reads_offline<R: SyncTable + Debug>(connection: &Connection) -> usize {
    insert_offline(connection, R::table());
    let id: String = connection
        .query_row(
            &format!("select id from \"{}\"", R::table().client_name),
            [],
            |row| row.get(0),
        )
        .expect("there is one row");
    let row = sqlite::get::<R>(connection, &id).unwrap_or_else(|error| panic!("{error}"));
    let row = row.expect("it was inserted");
    // The entry of the row is what a device uploads of it, and the row again is that row.
    let entry = Entry::of_row(&row).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(entry.id, id);
    let pairs = R::COLUMNS.iter().zip(row.to_values());
    pairs
        .filter(|(column, value)| *value == Value::Null && !column.nullable)
        .count()
}

macro_rules! offline {
    ($($row:path),*) => {[$({
        let plain = database();
        let powersync = as_powersync_has_it(<$row as SyncTable>::table());
        let waiting = [reads_offline::<$row>(&plain), reads_offline::<$row>(&powersync)];
        (stringify!($row), waiting)
    },)*]};
}

#[test]
fn a_row_that_was_inserted_offline_is_read_before_the_server_has_answered() {
    let waiting = offline!(
        mappers::CommentsRow,
        mappers::ReactionsRow,
        mappers::TimeEntriesRow,
        mappers::PresenceRow,
        mappers::FeedbackRow,
        mappers::ListsRow,
        mappers::ItemsRow,
        mappers::LabelsRow,
        mappers::ItemLabelsRow,
        mappers::TeamsRow,
        mappers::ProfilesRow
    );
    let all: usize = waiting
        .iter()
        .map(|(_, waiting)| waiting.iter().sum::<usize>())
        .sum();
    println!("{waiting:?}");
    assert!(all > 60, "few columns wait: {waiting:?}");
}

/// A struct of an upload is there where a statement is, and nowhere else.
#[test]
fn structs_and_statements_agree_on_what_devices_may_do() {
    let examples = ["powergit", "taskly", "tunetrees"];
    let examples = examples.map(|app| workspace().join("examples").join(app));
    let accepted = cases("accept").into_iter().map(|case| case.folder);
    let folders = [workspace().to_owned()]
        .into_iter()
        .chain(examples)
        .chain(accepted);
    let mut never = [0; 3];
    for folder in folders {
        let model = model_of(&folder.join("schema"));
        let tree = (target::TARGET.emit)(&model);
        let root = tree.get("mod.rs").expect("it is emitted");
        let mapped = |table: &Table| {
            let mapped = model.mapped.as_ref();
            mapped.is_none_or(|mapped| mapped.contains(&table.name))
        };
        let all = statements::all(&model).into_iter();
        for (table, set) in all.filter(|(table, _)| mapped(table)) {
            let head = format!("//! Rows of `{}`,", table.name);
            let mut files = tree.iter();
            let file = files.find(|(_, text)| text.starts_with(&head));
            let (_, structs) = file.expect("it has structs");
            let (_, named) = structs
                .split_once("synctable::uploads!(")
                .unwrap_or_default();
            for (index, op) in [Op::Put, Op::Patch, Op::Delete].into_iter().enumerate() {
                let word = ["Put", "Patch", "Delete"][index];
                let is_read = named.contains(&format!("{word} = "));
                let folder = folder.display();
                assert_eq!(set.takes(op), is_read, "{folder}: {}: {op}", table.name);
                never[index] += usize::from(!is_read);
            }
        }
        assert_eq!(
            root.contains("Never<super::"),
            root.contains("(Never<super::"),
            "{root}"
        );
    }
    assert!(
        never.iter().all(|count| *count > 0),
        "some are never uploaded: {never:?}"
    );
}

mod read_and_patched {
    use schema::generated::tables;
    use schema::mappers::{ListsDelete, ListsPatch};
    use synctable::crud::Never;

    synctable::changes! {
        /// An app whose devices change lists and insert none.
        pub enum Change of schema::generated::REGISTRY {
            "lists" => Lists(Never<tables::lists::Table>, ListsPatch, ListsDelete),
        }
    }
}

#[test]
fn what_devices_may_not_do_is_refused_as_not_allowed() {
    const ID: &str = "0192f0c1-7a3b-7cde-8f01-23456789abcd";
    let name = || Value::Text("x".into());
    let put = Entry::new(Op::Put, "lists", ID).with("name", name());
    let refusal =
        read_and_patched::Change::decode(&put, &Release::CURRENT).expect_err("none is inserted");
    let [mistake] = &refusal.mistakes[..] else {
        panic!("{refusal}");
    };
    assert_eq!(mistake.code, Code::NotAllowed);
    assert_eq!(
        mistake.reason,
        "the policy does not let devices insert rows"
    );
    let patch = Entry::new(Op::Patch, "lists", ID).with("name", name());
    let change = read_and_patched::Change::decode(&patch, &Release::CURRENT);
    let change = change.unwrap_or_else(|refusal| panic!("{refusal}"));
    assert_eq!(change.encode(), patch);

    let patch = Entry::new(Op::Patch, "attention_resolutions", ID);
    let refusal =
        taskly::mappers::Change::decode(&patch, &Release::CURRENT).expect_err("none is changed");
    assert_eq!(refusal.mistakes[0].code, Code::NotAllowed);
}
