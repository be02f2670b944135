//! What logical replication sends: a slot, and the inserted rows that come out of it, as text.

use ::postgres::Client;

/// A logical replication slot with a publication of one table; dropped by [`Slot::end`].
#[derive(Debug)]
pub struct Slot {
    name: String,
}

impl Slot {
    /// Begins to record what is inserted into a table.
    ///
    /// # Panics
    ///
    /// If the server does not decode its log (`wal_level = logical`).
    pub fn begin(client: &mut Client, table: &str) -> Slot {
        let database: String = client
            .query_one("select current_database()::text", &[])
            .expect("it has a name")
            .get(0);
        let name = format!("{database}_slot").to_lowercase();
        // Only what was flushed is decoded.
        client
            .batch_execute("set synchronous_commit = on")
            .expect("every server knows it");
        client
            .batch_execute(&format!("create publication round_trip for table {table}"))
            .unwrap_or_else(|error| panic!("{error:?}"));
        client
            .execute(
                "select pg_create_logical_replication_slot($1, 'pgoutput')",
                &[&name],
            )
            .unwrap_or_else(|error| panic!("is wal_level `logical`? {error:?}"));
        Slot { name }
    }

    /// The rows that were inserted since, as texts in the order of the table's columns; NULL is `None`.
    ///
    /// # Panics
    ///
    /// If a message is not what the protocol says.
    pub fn end(self, client: &mut Client) -> Vec<Vec<Option<String>>> {
        // As PowerSync's connection does.
        client
            .batch_execute("set time zone 'UTC'")
            .expect("every server knows it");
        let messages = client
            .query(
                "select data from pg_logical_slot_get_binary_changes($1, null, null, 'proto_version', '1', 'publication_names', 'round_trip')",
                &[&self.name],
            )
            .unwrap_or_else(|error| panic!("{error:?}"));
        client
            .execute("select pg_drop_replication_slot($1)", &[&self.name])
            .unwrap_or_else(|error| panic!("{error:?}"));
        let rows = messages.iter().map(|row| row.get::<_, Vec<u8>>(0));
        rows.filter_map(|message| inserted(&message)).collect()
    }
}

/// The new row of an `Insert` message: `I`, the relation, `N`, the number of columns, and for each `n` or `t`, length, text.
fn inserted(message: &[u8]) -> Option<Vec<Option<String>>> {
    let mut rest = message.strip_prefix(b"I")?;
    let mut take = |count: usize| {
        let (taken, after) = rest.split_at(count);
        rest = after;
        taken
    };
    take(4);
    assert_eq!(take(1), b"N");
    let columns = u16::from_be_bytes(take(2).try_into().expect("two bytes"));
    let column = |_| match take(1) {
        b"n" => None,
        b"t" => {
            let length = u32::from_be_bytes(take(4).try_into().expect("four bytes"));
            let text = take(usize::try_from(length).expect("it is in memory"));
            Some(String::from_utf8(text.to_vec()).expect("the database is UTF-8"))
        }
        other => panic!("{other:?}: an inserted row has no other column"),
    };
    Some((0..columns).map(column).collect())
}
