//! Names on the device: which SQLite keeps, and which it cannot tell apart.

use super::lower::{client_indexes, client_tables, client_views, place_of_index};
use crate::diagnostic::{Complaints, Diagnostic, Place, codes};
use crate::model::{Column, Model, Table};
use std::collections::BTreeMap;
use synctable::table::CLIENT_ID;

/// The columns that a device has, in declared order.
pub(super) fn client_columns(table: &Table) -> impl Iterator<Item = &Column> + Clone {
    table
        .columns
        .values()
        .filter(|column| column.is_on_device())
}

/// Whether the rows of a table have one text `id` on the device.
pub(super) fn has_text_id(table: &Table) -> bool {
    table.sync.on_client() && table.sync.on_server()
}

/// Whether a column is that text `id`, rather than standing beside it.
pub(super) fn is_text_id(table: &Table, column: &Column) -> bool {
    has_text_id(table) && column.client_name == CLIENT_ID
}

/// What names of SQLite's own begin with.
const SQLITES: &str = "sqlite_";
/// What names begin with that serve the tables and are not declared.
const OURS: &str = "synctable_";

fn begins(name: &str, with: &str) -> bool {
    name.to_ascii_lowercase().starts_with(with)
}

/// Names that SQLite or this target keeps, and an `id` that is not the key's.
pub(super) fn reserved(model: &Model, cx: &mut Complaints) {
    let kept = |name: &str| begins(name, SQLITES) || begins(name, OURS);
    for table in client_tables(model) {
        if kept(&table.client_name) {
            cx.push(Place::table(&table.name), keeps(&table.client_name));
        }
        for index in client_indexes(table).filter(|index| kept(&index.name)) {
            cx.push(place_of_index(table, index), keeps(&index.name));
        }
        for column in client_columns(table) {
            let alone = table.key == [column.name.as_str()];
            if is_text_id(table, column) && !alone {
                cx.push(
                    Place::table(&table.name).column(&column.name),
                    Diagnostic::error(
                        codes::SQLITE_NAME,
                        format!(
                            "`{}` is named `id` on the device, but is not the key",
                            column.name
                        ),
                    )
                    .help("give it another `client_name`"),
                );
            }
        }
    }
    for view in client_views(model)
        .into_iter()
        .filter(|view| kept(&view.name))
    {
        cx.push(Place::new(["views", view.name.as_str()]), keeps(&view.name));
    }
}

fn keeps(name: &str) -> Diagnostic {
    let whose = match begins(name, SQLITES) {
        true => "SQLite reserves names that start with `sqlite_`",
        false => "this target reserves names that start with `synctable_`",
    };
    Diagnostic::error(codes::SQLITE_NAME, format!("`{name}`: {whose}"))
        .help("rename it; for a table, use `client_name`")
}

/// SQLite folds the case of ASCII letters, and tables, views and indexes share one room.
pub(super) fn collide(model: &Model, cx: &mut Complaints) {
    let mut objects = Room::default();
    for table in client_tables(model) {
        objects.enter(&table.client_name, Place::table(&table.name), cx);
    }
    for table in client_tables(model) {
        for index in client_indexes(table) {
            objects.enter(&index.name, place_of_index(table, index), cx);
        }
    }
    for view in client_views(model) {
        objects.enter(&view.name, Place::new(["views", view.name.as_str()]), cx);
    }
}

/// Names that have to differ.
#[derive(Default)]
struct Room(BTreeMap<String, (String, Place)>);

impl Room {
    fn enter(&mut self, name: &str, place: Place, cx: &mut Complaints) {
        let folded = name.to_ascii_lowercase();
        if let Some((first, there)) = self.0.get(&folded) {
            let message = if first == name {
                format!("two objects are named `{name}` on the device")
            } else {
                format!("`{first}` and `{name}` are the same name in SQLite")
            };
            cx.push_with_label(
                place,
                Diagnostic::error(codes::SQLITE_NAME_COLLISION, message)
                    .help("rename one of them; for a table, use `client_name`"),
                there.clone(),
                format!("`{first}` is here"),
            );
            return;
        }
        self.0.insert(folded, (name.to_owned(), place));
    }
}
