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
    let mut lines: Vec<String> = model
        .tables
        .values()
        .filter(|table| table.sync.on_client() && table.sync.on_server())
        .map(|table| table_facts(model, table))
        .collect();
    lines.sort();
    lines.concat()
}

fn table_facts(model: &Model, table: &Table) -> String {
    let mut columns: Vec<String> = table
        .columns
        .values()
        .filter(|column| column.is_on_device() && column.direction.on_server())
        .map(|column| column_facts(model, column))
        .collect();
    columns.sort();
    format!(
        "{:?} {} {} {}\n",
        table.client_name,
        table.sync,
        id_facts(table),
        columns.join(" ")
    )
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

fn column_facts(model: &Model, column: &Column) -> String {
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
    format!(
        "[{client_name:?} {} {null} {upload}]",
        kind_facts(model, kind)
    )
}

fn kind_facts(model: &Model, kind: &Kind) -> String {
    let labels = |name: &str| {
        let mut labels = model.enums[name].labels.clone();
        labels.sort();
        format!("{labels:?}")
    };
    match kind {
        Kind::Scalar(scalar) | Kind::Domain { base: scalar, .. } => scalar.to_string(),
        Kind::Enum { name, .. } => labels(name),
        Kind::List(element) => match element {
            Element::Scalar(scalar) | Element::Domain { base: scalar, .. } => {
                format!("list({scalar})")
            }
            Element::Enum { name, .. } => format!("list({})", labels(name)),
        },
        Kind::Opaque(sql) => format!("opaque {sql:?}"),
    }
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
