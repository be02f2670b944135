//! One table with columns of every kind that expressions compute with, and its rows in Postgres and SQLite.

use crate::expressions::random::Random;
use postgres::Client;
use rusqlite::Connection;
use synctable::{Database, Element, EnumStorage, Kind, Scalar};
use synctable_codegen::expr::{Known, Row, print};
use synctable_codegen::model::Literal;

pub(crate) const LABELS: [&str; 3] = ["open", "done", "put off"];

pub(crate) fn scalar(word: &str) -> Kind {
    let scalar = Scalar::EXAMPLES
        .into_iter()
        .find(|scalar| scalar.word() == word);
    Kind::Scalar(scalar.expect("a word of the language"))
}

/// The scalars that have a column `a_…` and a column `n_…` that may be NULL.
pub(crate) const SCALARS: [&str; 16] = [
    "uuid",
    "text",
    "varchar",
    "bool",
    "smallint",
    "int",
    "bigint",
    "double",
    "decimal",
    "date",
    "time",
    "timestamp",
    "timestamptz",
    "json",
    "bytes",
    "real",
];

pub(crate) fn row() -> Row {
    let mut row = Row::new("t");
    for word in SCALARS {
        row = row.with(&format!("a_{word}"), scalar(word));
        row = row.with_nullable(&format!("n_{word}"), scalar(word));
    }
    for (name, storage) in [
        ("native", EnumStorage::Native),
        ("checked", EnumStorage::Check),
    ] {
        let kind = Kind::Enum {
            name: name.into(),
            storage,
        };
        row = row.with(&format!("a_{name}"), kind.clone());
        row = row.with_nullable(&format!("n_{name}"), kind);
    }
    for word in ["text", "int", "uuid"] {
        let Kind::Scalar(element) = scalar(word) else {
            unreachable!("all are scalars");
        };
        row = row.with_nullable(
            &format!("list_{word}"),
            Kind::List(Element::Scalar(element)),
        );
    }
    row.with("order", scalar("int"))
}

pub(crate) fn known() -> Known {
    let mut known = Known::default();
    for name in ["native", "checked"] {
        let labels = LABELS.map(str::to_owned).to_vec();
        known.enums.insert(name.to_owned(), labels);
    }
    known
}

/// A value of the kind; few of each, so that equality is met.
pub(crate) fn value(kind: &Kind, random: &mut Random) -> Literal {
    let text =
        |random: &mut Random, choices: &[&str]| Literal::Text((*random.of(choices)).to_owned());
    match kind {
        Kind::Enum { .. } => text(random, &LABELS),
        Kind::List(element) => {
            let kind = element.to_kind();
            let count = random.below(4);
            Literal::List((0..count).map(|_| value(&kind, random)).collect())
        }
        Kind::Opaque(_) => unreachable!("the table has none"),
        Kind::Scalar(scalar) | Kind::Domain { base: scalar, .. } => match scalar {
            Scalar::Uuid => text(
                random,
                &[
                    "0192f0c1-7a3b-7cde-8f01-23456789abcd",
                    "0192f0c1-7a3b-7cde-8f01-23456789abce",
                    "f192f0c1-7a3b-7cde-8f01-23456789abcd",
                ],
            ),
            Scalar::Text | Scalar::Varchar(_) => text(
                random,
                &[
                    "", "a", "A", " b ", "it's", "ä😀b", "a\\d", "1", "true", "open", "NULL",
                    "x,\"y\"",
                ],
            ),
            Scalar::Bool => Literal::Bool(random.below(2) == 0),
            Scalar::Smallint => Literal::Int(*random.of(&[-3, 0, 1, 2, 7])),
            Scalar::Int => Literal::Int(*random.of(&[-40, -1, 0, 1, 2, 7, 41])),
            Scalar::Bigint => Literal::Int(*random.of(&[-9, 0, 1, 2, 3, 9_007_199_254_740_993])),
            Scalar::Real => {
                Literal::Decimal((*random.of(&["-1.5", "0.0", "0.1", "0.3", "2.5"])).to_owned())
            }
            Scalar::Double => {
                Literal::Decimal((*random.of(&["-1.5", "0.0", "0.25", "1.0", "2.5"])).to_owned())
            }
            Scalar::Decimal { .. } => Literal::Decimal(
                (*random.of(&["-1.5", "0.0", "0.05", "1.0", "9.99", "10.0", "12345678.9"]))
                    .to_owned(),
            ),
            Scalar::Date => text(
                random,
                &["0001-01-01", "2024-02-29", "2026-01-31", "9999-12-30"],
            ),
            Scalar::Time => text(
                random,
                &["00:00:00.000000", "09:05:00.250000", "23:59:59.999999"],
            ),
            Scalar::Timestamp => text(
                random,
                &["2024-02-29T23:00:00.000000", "2026-01-31T13:47:00.000001"],
            ),
            Scalar::Timestamptz => text(
                random,
                &["2024-02-29T23:00:00.000000Z", "2026-01-31T13:47:00.000001Z"],
            ),
            Scalar::Interval => text(random, &["1 day", "02:30:00"]),
            Scalar::Json => Literal::Json(
                (*random.of(&[
                    "{}",
                    "{\"a\":\"x\"}",
                    "{\"a\":1}",
                    "{\"a\":true}",
                    "{\"a\":false}",
                    "{\"a\":null}",
                    "{\"a\":{\"b\":\"it's\"}}",
                    "{\"a\":\"\"}",
                    "[1,2]",
                    "\"a\"",
                    "5",
                    "true",
                    "null",
                ]))
                .to_owned(),
            ),
            Scalar::Bytes => text(random, &["", "00", "00ff", "ff"]),
        },
    }
}

fn postgres_type(kind: &Kind) -> String {
    match kind {
        Kind::Enum {
            storage: EnumStorage::Native,
            name,
        } => name.to_string(),
        Kind::Enum { .. } => "text".to_owned(),
        Kind::List(element) => format!("{}[]", postgres_type(&element.to_kind())),
        Kind::Scalar(scalar) | Kind::Domain { base: scalar, .. } => {
            scalar.postgres_type().into_owned()
        }
        Kind::Opaque(sql) => sql.to_string(),
    }
}

/// Makes the table in Postgres.
pub(crate) fn create(client: &mut Client, row: &Row) {
    let columns: Vec<_> = row
        .columns()
        .map(|(name, fact)| {
            let name = Database::Postgres.ident(name);
            format!("{name} {}", postgres_type(fact.kind))
        })
        .collect();
    let labels = LABELS
        .map(|label| Database::Postgres.literal(label))
        .join(", ");
    let sql = format!(
        "create type native as enum ({labels}); create table t (nr int primary key, {})",
        columns.join(", ")
    );
    client.batch_execute(&sql).expect("the table is made");
}

/// Makes the table in SQLite.
pub(crate) fn create_sqlite(connection: &Connection, row: &Row) {
    let columns: Vec<_> = row
        .columns()
        .map(|(name, fact)| {
            let name = Database::Sqlite.ident(name);
            format!("{name} {}", fact.kind.column_type())
        })
        .collect();
    let sql = format!(
        "create table t (nr integer primary key, {}) strict",
        columns.join(", ")
    );
    connection.execute_batch(&sql).expect("the table is made");
}

/// The same random rows in both.
pub(crate) fn fill(client: &mut Client, connection: &Connection, row: &Row, count: usize) {
    let mut random = Random::new(11);
    for nr in 0..count {
        let literals: Vec<_> = row
            .columns()
            .map(|(_, fact)| match fact.nullable && random.below(3) == 0 {
                true => Literal::Null,
                false => value(fact.kind, &mut random),
            })
            .collect();
        let insert = |database: Database| {
            let values: Vec<_> = row
                .columns()
                .zip(&literals)
                .map(|((_, fact), literal)| print::constant(literal, fact.kind, database))
                .collect();
            format!("insert into t values ({nr}, {})", values.join(", "))
        };
        let sql = insert(Database::Postgres);
        client
            .batch_execute(&sql)
            .unwrap_or_else(|error| panic!("{sql}: {error:?}"));
        let sql = insert(Database::Sqlite);
        connection
            .execute_batch(&sql)
            .unwrap_or_else(|error| panic!("{sql}: {error:?}"));
    }
}
