//! Every kind's forms are accepted by the databases that they are for.

use postgres::Client;
use synctable::facts::ColumnType;
use synctable::{Database, Element, Kind, Scalar};
use tests::postgres::Cluster;
use tests::sqlite;

fn yes(client: &mut Client, condition: &str) -> bool {
    client
        .query_one(&format!("select coalesce({condition}, false)"), &[])
        .unwrap_or_else(|error| panic!("{condition}: {error:?}"))
        .get(0)
}

/// Whether every example is a value of its Postgres type, and the only text of it that is canonical.
#[test]
fn an_example_is_a_value_of_its_postgres_type() {
    let database = Cluster::shared().plain_database("examples");
    let mut client = database.superuser();
    for scalar in Scalar::EXAMPLES {
        let literal = Database::Postgres.literal(scalar.facts().example);
        let sql_type = scalar.postgres_type();
        let condition = match scalar {
            Scalar::Bytes => format!("encode(decode({literal}, 'hex'), 'hex') = {literal}"),
            Scalar::Bool => format!("({literal}::{sql_type})::int::text = {literal}"),
            Scalar::Timestamp | Scalar::Timestamptz | Scalar::Time => {
                format!("{literal}::{sql_type} is not null")
            }
            Scalar::Uuid
            | Scalar::Text
            | Scalar::Varchar(_)
            | Scalar::Smallint
            | Scalar::Int
            | Scalar::Bigint
            | Scalar::Real
            | Scalar::Double
            | Scalar::Decimal { .. }
            | Scalar::Date
            | Scalar::Interval
            | Scalar::Json => format!("{literal}::{sql_type}::text = {literal}"),
        };
        assert!(yes(&mut client, &condition), "{scalar}: {condition}");
    }
}

/// Postgres evaluates the patterns: its regular expressions include what they use.
#[test]
fn the_pattern_of_a_kind_matches_its_example_and_nothing_around_it() {
    let database = Cluster::shared().plain_database("patterns");
    let mut client = database.superuser();
    let mut patterns = 0;
    for scalar in Scalar::EXAMPLES {
        let Some(pattern) = scalar.json_schema().pattern else {
            continue;
        };
        patterns += 1;
        let pattern = Database::Postgres.literal(&pattern);
        let mut matches = |text: &str| {
            let text = Database::Postgres.literal(text);
            yes(&mut client, &format!("{text} ~ {pattern}"))
        };
        let example = scalar.facts().example;
        assert!(matches(example), "{scalar}");
        for wrong in [
            format!("{example} "),
            format!("x{example}"),
            format!("{example}0"),
            example.replace(|c: char| c.is_ascii_digit(), "x"),
        ] {
            assert!(!matches(&wrong), "{scalar}: {wrong}");
        }
    }
    assert_eq!(patterns, 7, "a new pattern needs a look at the cases above");
}

#[test]
fn a_list_is_an_array_in_postgres() {
    let database = Cluster::shared().plain_database("lists");
    let mut client = database.superuser();
    for scalar in Scalar::EXAMPLES {
        if scalar.in_lists().is_err() {
            continue;
        }
        let list = Kind::List(Element::Scalar(scalar));
        let sql_type = list.postgres_type().expect("a scalar needs no name");
        let element = Database::Postgres.literal(scalar.facts().example);
        let condition = format!("cardinality(array[{element}]::{sql_type}) = 1");
        assert!(yes(&mut client, &condition), "{list}");
    }
}

#[test]
fn sqlite_keeps_an_example_as_it_is() {
    for scalar in Scalar::EXAMPLES {
        let facts = scalar.facts();
        let column_type = facts.column_type;
        let memory = sqlite::open_with(&format!("create table t (x {}) strict", column_type.sql()))
            .expect("a STRICT table knows the type");
        let literal = match column_type {
            ColumnType::Text => Database::Sqlite.literal(facts.example),
            ColumnType::Integer | ColumnType::Real => facts.example.to_owned(),
        };
        memory
            .execute_batch(&format!("insert into t values ({literal})"))
            .unwrap_or_else(|error| panic!("{scalar}: {error}"));
        let (stored, text): (String, String) = memory
            .query_row("select typeof(x), cast(x as text) from t", [], |row| {
                Ok((row.get(0)?, row.get(1)?))
            })
            .expect("a row is there");
        assert_eq!(
            (stored.as_str(), text.as_str()),
            (column_type.word(), facts.example)
        );
    }
}
