//! A digest of the facts that matter on the wire.

use super::{ClientId, Column, IdEncoding, Model, Table};
use sha2::{Digest, Sha256};
use std::fmt::Write;
use synctable::{Direction, Element, Kind, Uploaded};

/// `1:` and 16 hexadecimal digits: the version of what is digested, and the digest.
///
/// Two builds with one fingerprint understand each other's rows.
/// It is made of the tables that devices share with the server: client names, sync modes, how the id is composed, and
/// of their columns client names, kinds (enums by their labels, domains by what they narrow), nullability, directions.
/// Order, documents, Postgres names, policies, indexes and checks are no part of it: an edited `doc:` locks nobody out.
pub fn fingerprint(model: &Model) -> String {
    let digest = Sha256::digest(wire_facts(model));
    let mut text = "1:".to_owned();
    for byte in &digest[..8] {
        write!(text, "{byte:02x}").expect("a string takes everything");
    }
    text
}

/// One line for each table, sorted; names are quoted, so that no name can look like a fact.
fn wire_facts(model: &Model) -> String {
    let tables = model
        .tables
        .values()
        .filter(|table| table.sync.on_client() && table.sync.on_server());
    let mut facts = String::new();
    sorted(tables, "", &mut facts, |table, facts| {
        table_facts(model, table, facts);
    });
    facts
}

/// Adds what is written of each thing, sorted.
fn sorted<T>(
    things: impl Iterator<Item = T>,
    between: &str,
    facts: &mut String,
    write: impl Fn(T, &mut String),
) {
    let mut text = String::new();
    let mut ranges = Vec::new();
    for thing in things {
        let start = text.len();
        write(thing, &mut text);
        ranges.push(start..text.len());
    }
    ranges.sort_by(|one, other| text[one.clone()].cmp(&text[other.clone()]));
    for (index, range) in ranges.into_iter().enumerate() {
        if index > 0 {
            facts.push_str(between);
        }
        facts.push_str(&text[range]);
    }
}

/// A name as `{:?}` writes it.
fn quoted(name: &str, facts: &mut String) {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    match name.bytes().all(is_plain) {
        true => {
            for part in ["\"", name, "\""] {
                facts.push_str(part);
            }
        }
        false => write!(facts, "{name:?}").expect("a string takes everything"),
    }
}

fn table_facts(model: &Model, table: &Table, facts: &mut String) {
    let columns = table
        .columns
        .values()
        .filter(|column| column.is_on_device() && column.direction.on_server());
    let (name, sync, id) = (&table.client_name, table.sync, id_facts(table));
    write!(facts, "{name:?} {sync}").expect("a string takes everything");
    let carried = table.carried_up();
    for (is_carried, word) in [(carried.patch, "+update"), (carried.delete, "+delete")] {
        if table.changes_go_up_only() && is_carried {
            facts.push_str(word);
        }
    }
    write!(facts, " {id} ").expect("a string takes everything");
    sorted(columns, " ", facts, |column, facts| {
        column_facts(model, column, facts);
    });
    facts.push('\n');
}

fn id_facts(table: &Table) -> String {
    let client_name = |column: &str| table.columns[column].client_name.as_str();
    match &table.id {
        ClientId::Column(column) => format!("{:?}", client_name(column)),
        ClientId::Composed { parts, separator } => {
            let parts: Vec<_> = parts
                .iter()
                .map(|part| match part.encoding {
                    IdEncoding::Plain => format!("{:?}", client_name(&part.column)),
                    IdEncoding::Hex => format!("hex {:?}", client_name(&part.column)),
                })
                .collect();
            format!("{separator:?}({})", parts.join(" "))
        }
    }
}

fn column_facts(model: &Model, column: &Column, facts: &mut String) {
    let Column {
        client_name,
        kind,
        nullable,
        direction,
        uploaded,
        immutable,
        ..
    } = column;
    let upload = match direction {
        Direction::Both if *immutable => "once",
        Direction::Both => "up",
        Direction::ServerOwned => match uploaded {
            Uploaded::Refused => "down",
            Uploaded::Verified => "verified",
            Uploaded::Ignored => "ignored",
        },
        Direction::ServerOnly | Direction::ClientOnly => "down",
    };
    let null = if *nullable { "null" } else { "value" };
    facts.push('[');
    quoted(client_name, facts);
    facts.push(' ');
    kind_facts(model, kind, facts);
    for part in [" ", null, " ", upload, "]"] {
        facts.push_str(part);
    }
}

fn kind_facts(model: &Model, kind: &Kind, facts: &mut String) {
    let labels = |name: &str| {
        let mut labels: Vec<&str> = model.enums[name].labels.iter().map(|one| &**one).collect();
        labels.sort_unstable();
        labels
    };
    match kind {
        Kind::Scalar(scalar) | Kind::Domain { base: scalar, .. } => write!(facts, "{scalar}"),
        Kind::Enum { name, .. } => write!(facts, "{:?}", labels(name)),
        Kind::List(element) => match element {
            Element::Scalar(scalar) | Element::Domain { base: scalar, .. } => {
                write!(facts, "list({scalar})")
            }
            Element::Enum { name, .. } => write!(facts, "list({:?})", labels(name)),
        },
        Kind::Opaque(sql) => write!(facts, "opaque {sql:?}"),
    }
    .expect("a string takes everything");
}

#[cfg(test)]
mod tests {
    use super::super::{EnumDef, sample};
    use super::*;
    use synctable::SyncMode;

    /// Whether a change of the sample changes its fingerprint.
    fn changes(change: impl FnOnce(&mut Model)) -> bool {
        let mut model = sample::model();
        let before = fingerprint(&model);
        change(&mut model);
        before != fingerprint(&model)
    }

    #[test]
    fn what_matters_on_the_wire_changes_it() {
        assert!(changes(|m| m.tables[1].client_name = "todos".into()));
        assert!(changes(|m| m.tables[1].sync = SyncMode::Down));
        assert!(changes(
            |m| m.tables[1].columns["title"].client_name = "t".into()
        ));
        assert!(changes(|m| m.tables[1].columns["title"].nullable = true));
        assert!(changes(|m| m.tables[1].columns["title"].immutable = true));
        assert!(changes(
            |m| m.tables[1].columns["title"].direction = Direction::ServerOwned
        ));
        assert!(changes(|m| m.tables[1].columns["title"].secret = true));
        assert!(changes(|m| m.enums[0].labels.push("late".into())));
        assert!(changes(|m| {
            m.tables[1].columns.shift_remove("title");
        }));
    }

    #[test]
    fn what_no_device_can_see_does_not() {
        assert!(!changes(|m| m.doc = None));
        assert!(!changes(|m| m.tables[0].doc = Some("Else.".into())));
        assert!(!changes(|m| m.tables[1].columns.swap_indices(0, 1)));
        assert!(!changes(|m| m.tables.swap_indices(0, 1)));
        assert!(!changes(|m| m.tables[1].indexes.clear()));
        assert!(!changes(|m| m.tables[1].access = None));
        assert!(!changes(|m| {
            let EnumDef { labels, .. } = &mut m.enums[0];
            labels.reverse();
        }));
        assert!(!changes(|m| {
            let mut server_only = sample::table("secrets", []);
            server_only.sync = SyncMode::None;
            m.tables.insert("secrets".into(), server_only);
        }));
    }

    #[test]
    fn it_names_the_version_of_what_it_digests() {
        let text = fingerprint(&sample::model());
        assert_eq!(text.len(), 18);
        assert!(text.starts_with("1:"));
    }
}
