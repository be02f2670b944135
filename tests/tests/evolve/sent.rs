//! What logical replication sends while a migration runs.

use std::collections::BTreeMap;

use ::postgres::Client;

/// A slot that is open while a migration runs; it goes with [`Sent::end`].
pub(crate) struct Sent {
    slot: String,
    publication: String,
}

/// What was sent of one table.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Rows {
    pub(crate) updated: usize,
    pub(crate) truncated: usize,
    pub(crate) others: usize,
}

impl Sent {
    pub(crate) fn begin(client: &mut Client, publication: &str) -> Sent {
        let name: String = client
            .query_one("select current_database()::text", &[])
            .expect("it has a name")
            .get(0);
        let slot = format!("{name}_evolve").to_lowercase();
        client
            .execute(
                "select pg_create_logical_replication_slot($1, 'pgoutput')",
                &[&slot],
            )
            .unwrap_or_else(|error| panic!("is wal_level `logical`? {error:?}"));
        Sent {
            slot,
            publication: publication.to_owned(),
        }
    }

    /// What was sent since it was asked last, by `schema.table`; only what was flushed is.
    pub(crate) fn since(&self, client: &mut Client) -> BTreeMap<String, Rows> {
        let messages = client
            .query(
                "select data from pg_logical_slot_get_binary_changes($1, null, null, 'proto_version', '1', 'publication_names', $2)",
                &[&self.slot, &self.publication],
            )
            .unwrap_or_else(|error| panic!("{error:?}"));
        let mut names: BTreeMap<u32, String> = BTreeMap::new();
        let mut sent: BTreeMap<String, Rows> = BTreeMap::new();
        let number = |bytes: &[u8]| u32::from_be_bytes(bytes[..4].try_into().expect("four bytes"));
        for message in &messages {
            let message: Vec<u8> = message.get(0);
            let (kind, rest) = message.split_first().expect("a message has a kind");
            match kind {
                b'R' => {
                    let mut texts = rest[4..].split(|byte| *byte == 0);
                    let mut text = || {
                        let text = texts.next().expect("a name ends");
                        String::from_utf8_lossy(text).into_owned()
                    };
                    let (schema, name) = (text(), text());
                    names.insert(number(rest), format!("{schema}.{name}"));
                }
                b'I' | b'U' | b'D' => {
                    let rows = sent.entry(names[&number(rest)].clone()).or_default();
                    match kind {
                        b'U' => rows.updated += 1,
                        _ => rows.others += 1,
                    }
                }
                b'T' => {
                    for table in rest[5..].chunks(4) {
                        let rows = sent.entry(names[&number(table)].clone()).or_default();
                        rows.truncated += 1;
                    }
                }
                _ => {}
            }
        }
        sent
    }

    pub(crate) fn end(self, client: &mut Client) {
        client
            .execute("select pg_drop_replication_slot($1)", &[&self.slot])
            .unwrap_or_else(|error| panic!("{error:?}"));
    }
}
