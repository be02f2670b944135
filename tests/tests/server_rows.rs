//! Rows of every kind go into Postgres through the derive, and come out as they were.
//!
//! Written as text and read from the binary form, so that Postgres itself stands between the two.

use postgres::types::ToSql;
use synctable::crud::{Entry, Op, Release};
use synctable::postgres::{Error, blocking, columns, from_row};
use synctable::{Element, EnumStorage, Kind, Label, Scalar, SyncTable, Value};
use synctable_codegen::model::sample_wide::wide;
use tests::applied::applied;
use tests::postgres::{Database, OWNER};
use ui::generated::enums::{ItemStatus, Shelf};
use ui::mappers::{KindsRow, RefsRow};

/// Postgres has no `vector` of its own; a point is carried as its text too.
fn database(hint: &str) -> Database<'static> {
    let mut model = wide();
    model.postgres.roles.owner = OWNER.to_owned();
    model.tables["kinds"].columns["a_vector"].kind = Kind::Opaque("point".into());
    applied(hint, &model)
}

/// Canonical texts of values at the edges of a scalar, and ordinary ones.
fn edges(scalar: Scalar) -> &'static [&'static str] {
    match scalar {
        Scalar::Uuid => &[
            "00000000-0000-0000-0000-000000000000",
            "ffffffff-ffff-ffff-ffff-ffffffffffff",
            "0192f0c1-7a3b-7cde-8f01-23456789abcd",
        ],
        Scalar::Text | Scalar::Varchar(_) => &[
            "",
            " ",
            "NULL",
            "it's \"milk\" \\ {a,b} \u{1f600}",
            "a\nb\tc\r\u{1}",
            "\\x00",
        ],
        Scalar::Bool => &["0", "1"],
        Scalar::Smallint => &["-32768", "0", "32767"],
        Scalar::Int => &["-2147483648", "0", "2147483647"],
        Scalar::Bigint => &[
            "-9223372036854775808",
            "9007199254740993",
            "9223372036854775807",
        ],
        Scalar::Real => &[
            "0.1",
            "16777216",
            "-3.4028235e38",
            "1e-45",
            "0.3333333432674408",
            "0",
        ],
        Scalar::Double => &["0.1", "1e300", "-1.7976931348623157e308", "5e-324", "0"],
        Scalar::Decimal { .. } => &[
            "0.00",
            "-0.01",
            "12345678.90",
            "99999999.99",
            "-99999999.99",
            "10000.00",
            "0.10",
        ],
        Scalar::Date => &["0001-01-01", "1999-12-31", "2000-02-29", "9999-12-31"],
        Scalar::Time => &["00:00:00.000000", "13:47:00.000001", "23:59:59.999999"],
        Scalar::Timestamp => &[
            "0001-01-01T00:00:00.000000",
            "1999-12-31T23:59:59.999999",
            "9999-12-31T23:59:59.999999",
        ],
        Scalar::Timestamptz => &[
            "0001-01-01T00:00:00.000000Z",
            "1970-01-01T00:00:00.000000Z",
            "9999-12-31T23:59:59.999999Z",
        ],
        Scalar::Interval => &[
            "00:00:00",
            "1 year 2 mons -3 days +04:05:06.7",
            "-178956970 years -8 mons -2147483648 days -2562047788:00:54.775807",
        ],
        Scalar::Json => &[
            "{}",
            "[]",
            "\"it's \\\"x\\\" \\\\ {a}\"",
            "{\"a\": [1, null, {\"b\": 1.50}]}",
            "12345678901234567890.123",
            "true",
        ],
        Scalar::Bytes => &["", "00ff10", "5c78"],
    }
}

fn element_edges(element: &Element) -> Vec<String> {
    let labels = |labels: &[&str]| labels.iter().map(|label| (*label).to_owned()).collect();
    match element {
        Element::Scalar(scalar) => labels(edges(*scalar)),
        Element::Enum { name, storage } => match storage {
            EnumStorage::Native => labels(ItemStatus::DEF.labels),
            EnumStorage::Check => {
                assert_eq!(name, Shelf::DEF.name);
                labels(Shelf::DEF.labels)
            }
        },
        Element::Domain { .. } => labels(&["#000000", "#a\"\\{},"]),
    }
}

fn alone(scalar: Scalar, text: String) -> Value<'static> {
    match scalar {
        Scalar::Bool | Scalar::Smallint | Scalar::Int | Scalar::Bigint => {
            Value::Integer(text.parse().expect("a whole number"))
        }
        Scalar::Real | Scalar::Double => Value::Real(text.parse().expect("a number")),
        _ => Value::Text(text.into()),
    }
}

/// An element as the text that stands in a JSON array.
fn inside(element: &Element, text: &str) -> String {
    match alone(element.carrier(), text.to_owned()) {
        Value::Text(_) if element.carrier() != Scalar::Json => {
            serde_json::Value::from(text).to_string()
        }
        Value::Real(number) => number.to_string(),
        _ => text.to_owned(),
    }
}

/// The nth value of a column: of a list none, one, all.
fn value(column: &synctable::ColumnDef, nth: usize) -> Value<'static> {
    if column.nullable && nth.is_multiple_of(3) {
        return Value::Null;
    }
    let pick = |element: Element| {
        let all = element_edges(&element);
        alone(element.carrier(), all[nth % all.len()].clone())
    };
    match &column.kind {
        Kind::Scalar(scalar) => pick(Element::Scalar(*scalar)),
        Kind::Enum { name, storage } => pick(Element::Enum {
            name: name.clone(),
            storage: *storage,
        }),
        Kind::Domain { name, base } => pick(Element::Domain {
            name: name.clone(),
            base: *base,
        }),
        Kind::List(element) => {
            let all = element_edges(element);
            let all: Vec<_> = all.iter().map(|text| inside(element, text)).collect();
            let taken = match nth % 3 {
                0 => &all[..],
                1 => &all[..0],
                _ => &all[nth % all.len()..][..1],
            };
            Value::Text(format!("[{}]", taken.join(",")).into())
        }
        Kind::Opaque(_) => Value::Text("(1,-0.5)".into()),
    }
}

fn row(nth: usize) -> KindsRow {
    let values = KindsRow::COLUMNS.iter().map(|column| match column.name {
        "id" => Value::Integer(nth as i64),
        _ => value(column, nth),
    });
    KindsRow::from_values(values).unwrap_or_else(|error| panic!("{error}"))
}

#[test]
fn every_kind_comes_out_as_it_went_in() {
    let database = database("server_rows");
    let mut owner = database.owner();
    for nth in 0..21 {
        let row = row(nth);
        blocking::insert(&mut owner, &row).unwrap_or_else(|error| panic!("{error:?}: {row:?}"));
        let back: Option<KindsRow> = blocking::get(&mut owner, &nth.to_string())
            .unwrap_or_else(|error| panic!("{error:?}: {row:?}"));
        let back = back.expect("it is there");
        assert_eq!(back, row);
        // Equal are also 1.0 and 1.00; what is stored and uploaded is the text.
        assert_eq!(back.to_values(), row.to_values());
    }
    assert!(
        blocking::get::<KindsRow>(&mut owner, "21")
            .unwrap()
            .is_none()
    );
}

#[test]
fn what_postgres_prints_for_a_value_is_what_was_meant() {
    let database = database("server_texts");
    let mut owner = database.owner();
    blocking::insert(&mut owner, &row(1)).unwrap();
    owner
        .batch_execute("set timezone = 'Asia/Kathmandu'; set intervalstyle = 'iso_8601'")
        .unwrap();
    for (column, wanted) in [
        ("a_uuid", "ffffffff-ffff-ffff-ffff-ffffffffffff"),
        ("a_bool", "true"),
        ("a_bytes", "\\x00ff10"),
        ("a_decimal", "-0.01"),
        ("a_real", "1.6777216e+07"),
        ("a_date", "1999-12-31"),
        ("a_timestamptz", "1970-01-01 05:30:00+05:30"),
        ("a_interval", "P1Y2M-3DT4H5M6.7S"),
        ("a_shelf", "high up"),
        ("a_hex_color", "#a\"\\{},"),
        ("a_hex_color_list", "{}"),
        ("a_vector", "(1,-0.5)"),
    ] {
        let found: String = owner
            .query_one(&format!("select {column}::text from kinds"), &[])
            .unwrap()
            .get(0);
        assert_eq!(found, wanted, "{column}");
    }
}

#[test]
fn a_row_of_the_server_leaves_out_what_only_devices_have() {
    let database = database("server_ids");
    let mut owner = database.owner();
    owner
        .batch_execute("alter table refs alter column token set default 't'")
        .unwrap();
    let row = RefsRow {
        org_id: "a/b".to_owned(),
        number: 7,
        name: "refs/heads/main".to_owned(),
        target_sha: "00".to_owned(),
        version: Some(1),
        opened_at: None,
        old_name: String::new(),
    };
    blocking::insert(&mut owner, &row).unwrap();
    let id = row.client_id().unwrap();
    let back = blocking::get::<OnServer>(&mut owner, &id).unwrap().unwrap();
    assert_eq!((back.target_sha.as_str(), back.token.as_str()), ("00", "t"));
    let refused = blocking::get::<OnServer>(&mut owner, "a/7");
    assert!(matches!(refused, Err(Error::Id(_))));
}

#[derive(Debug, SyncTable)]
#[synctable(table = ui::generated::tables::refs, partial, server)]
struct OnServer {
    target_sha: String,
    token: String,
}

/// A row with what a query of one's own selects.
#[derive(Debug, PartialEq, SyncTable)]
#[synctable(table = ui::generated::tables::kinds, partial)]
struct Part {
    a_vector: String,
    a_decimal: synctable::Decimal,
}

#[test]
fn rows_of_ones_own_query_are_read_by_the_names_of_their_columns() {
    let database = database("server_queries");
    let mut owner = database.owner();
    blocking::insert(&mut owner, &row(4)).unwrap();
    let list = columns::<Part>(Some("k"));
    let sql =
        format!("select 1 as one, {list} from kinds as k where a_decimal = $1 and a_int_list = $2");
    let wanted = [Value::Text("-99999999.99".into()), Value::Text("[]".into())];
    let wanted: Vec<_> = wanted
        .iter()
        .map(|value| value as &(dyn ToSql + Sync))
        .collect();
    let found: Part = from_row(&owner.query_one(&sql, &wanted).unwrap()).unwrap();
    assert_eq!(
        found.to_values(),
        [
            Value::Text("(1,-0.5)".into()),
            Value::Text("-99999999.99".into())
        ]
    );
}

#[test]
fn what_no_column_holds_is_told_by_its_name() {
    let database = database("server_errors");
    let mut owner = database.owner();
    for (select, wanted) in [
        (
            "'NaN'::numeric",
            "`kinds.a_decimal`: not a canonical `decimal`",
        ),
        (
            "'Infinity'::numeric",
            "`kinds.a_decimal`: not a canonical `decimal`",
        ),
        (
            "null::numeric",
            "`kinds.a_decimal`: expected a value, found null",
        ),
        (
            "0.1::float8 + 0.2::float8",
            "`kinds.a_decimal`: expected text (a float of more than 15 digits",
        ),
        ("point(1, 2)", "error deserializing column"),
    ] {
        let sql = format!("select '' as a_vector, {select} as a_decimal");
        let row = owner.query_one(&sql, &[]).unwrap();
        let error = from_row::<Part>(&row).unwrap_err().to_string();
        assert!(error.starts_with(wanted), "{select}: {error}");
    }
    let row = owner.query_one("select 1 as one", &[]).unwrap();
    assert!(from_row::<Part>(&row).is_err());
}

#[test]
fn the_driver_that_does_not_wait_does_the_same() {
    let database = database("server_async");
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let url = database.url(Some(OWNER));
    runtime.block_on(async {
        let (client, connection) = tokio_postgres::connect(&url, tokio_postgres::NoTls)
            .await
            .unwrap();
        let connection = tokio::spawn(connection);
        let row = row(5);
        synctable::postgres::insert(&client, &row).await.unwrap();
        let back = synctable::postgres::get::<KindsRow>(&client, "5")
            .await
            .unwrap();
        assert_eq!(back, Some(row));
        drop(client);
        connection.await.unwrap().unwrap();
    });
}

mod alike {
    use schema::generated::tables::items as theirs;
    use synctable::{SyncTable, Uuid};
    use ui::generated::tables::items as ours;

    #[derive(SyncTable)]
    #[synctable(table = ours, partial)]
    pub(super) struct Ours {
        pub(super) id: Uuid,
    }

    #[derive(SyncTable)]
    #[synctable(table = theirs, partial)]
    pub(super) struct Theirs {
        pub(super) id: Uuid,
    }
}

#[test]
fn tables_of_two_crates_may_be_called_alike() {
    let id = synctable::Uuid::from_bytes([7; 16]);
    assert_eq!(
        alike::Ours { id }.to_values(),
        alike::Theirs { id }.to_values()
    );
    let columns = [alike::Ours::table(), alike::Theirs::table()].map(|table| table.columns.len());
    assert_ne!(columns[0], columns[1]);
}

/// `hex_color` has seven characters: Rust says of a list of them what Postgres says of an array of the domain.
#[test]
fn the_check_of_a_domain_holds_of_elements_as_in_postgres() {
    let database = database("server_elements");
    let mut owner = database.owner();
    let lists: [&[&str]; 6] = [
        &[],
        &["#123456"],
        &["#12345"],
        &["#123456", ""],
        &["#abcd\u{e9}\n"],
        &["#123456", "\u{1f600}\u{1f600}"],
    ];
    let mut answers = Vec::new();
    for list in lists {
        let sent = serde_json::to_string(list).unwrap();
        let entry = Entry::new(Op::Patch, "kinds", "7")
            .with("a_hex_color_list", Value::Text(sent.clone().into()));
        let accepted = ui::mappers::Change::decode(&entry, &Release::CURRENT).is_ok();
        let taken = owner.query("select ($1::text[])::hex_color[]::text", &[&list]);
        assert_eq!(accepted, taken.is_ok(), "{sent}: {taken:?}");
        answers.push(accepted);
    }
    assert_eq!(answers, [true, true, false, false, true, false]);
}
