//! Names and texts arrive in both databases as they were, and are quoted as the databases quote.

use crate::vocabulary::random::{Random, count};
use synctable::{Database, derived_name, ident};
use tests::postgres::Cluster;
use tests::sqlite;

const PIECES: [&str; 14] = [
    "a", "z", "_", "1", "A", "é", "漢", "\"", "'", "\\", " ", "-", "%", "$",
];

fn names(seed: u64) -> Vec<String> {
    let mut random = Random::new(seed);
    let long = (0..count(300)).map(|_| random.text(&PIECES, 6));
    long.filter(|name| !name.is_empty()).collect()
}

#[test]
fn postgres_quotes_the_same_names() {
    let database = Cluster::shared().plain_database("quoting");
    let mut client = database.superuser();
    let quoted = "select quote_ident(word) from unnest($1::text[]) word";
    let names = names(1);
    let theirs = client.query(quoted, &[&names]).expect("Postgres quotes");
    for (name, row) in names.iter().zip(theirs) {
        assert_eq!(Database::Postgres.ident(name), row.get::<_, &str>(0));
    }
    let keywords = client
        .query(
            "select word from pg_get_keywords() where quote_ident(word) <> word",
            &[],
        )
        .expect("Postgres knows its keywords");
    assert!(keywords.len() > 140);
    for row in keywords {
        let word: &str = row.get(0);
        assert!(Database::Postgres.is_keyword(word), "{word}");
    }
}

#[test]
fn a_column_has_the_name_it_was_given() {
    let database = Cluster::shared().plain_database("columns");
    let mut client = database.superuser();
    let memory = sqlite::open();
    let keywords = client
        .query("select word from pg_get_keywords()", &[])
        .expect("Postgres knows its keywords");
    let keywords = keywords.iter().map(|row| row.get::<_, String>(0));
    let sqlite_keywords = [
        "key", "index", "true", "within", "abort", "rowid", "replace",
    ];
    let sqlite_keywords = sqlite_keywords.into_iter().map(str::to_owned);
    for name in names(2).into_iter().chain(keywords).chain(sqlite_keywords) {
        let column = Database::Postgres.ident(&name);
        let statement = client
            .prepare(&format!("select {column} from (select 1 as {column}) as t"))
            .unwrap_or_else(|error| panic!("{column}: {error:?}"));
        assert_eq!(statement.columns()[0].name(), name);

        let column = Database::Sqlite.ident(&name);
        memory
            .execute_batch(&format!(
                "create table t ({column} text) strict; insert into t ({column}) values ('x')"
            ))
            .unwrap_or_else(|error| panic!("{column}: {error}"));
        let (found, value): (String, String) = memory
            .query_row(
                &format!("select (select name from pragma_table_info('t')), t.{column} from t"),
                [],
                |row| Ok((row.get(0)?, row.get(1)?)),
            )
            .unwrap_or_else(|error| panic!("{column}: {error}"));
        assert_eq!((found, value), (name, "x".to_owned()));
        memory.execute_batch("drop table t").expect("it is there");
    }
}

#[test]
fn a_literal_is_the_text_it_was_made_from() {
    let database = Cluster::shared().plain_database("literals");
    let mut client = database.superuser();
    let memory = sqlite::open();
    for text in names(3) {
        let query = format!("select {}", Database::Postgres.literal(&text));
        let read: String = client.query_one(&query, &[]).expect(&query).get(0);
        assert_eq!(read, text);
        let query = format!("select {}", Database::Sqlite.literal(&text));
        let read: String = memory
            .query_row(&query, [], |row| row.get(0))
            .expect(&query);
        assert_eq!(read, text);
    }
}

#[test]
fn postgres_cuts_no_derived_name() {
    let database = Cluster::shared().plain_database("derived");
    let mut client = database.superuser();
    for length in (1..120).step_by(7) {
        for letter in ["x", "é", "漢"] {
            let name = derived_name(&[&letter.repeat(length), "column"], "fkey");
            let quoted = ident::quoted(&name);
            let sql = format!("create table {quoted} (a int); drop table {quoted}");
            client.batch_execute(&sql).expect(&sql);
            let kept: bool = client
                .query_one("select $1::text::name::text = $1::text", &[&name])
                .expect("Postgres compares")
                .get(0);
            assert!(kept, "{name}");
        }
    }
}
