//! Names that stay apart after every target has folded them.

use crate::diagnostic::{Complaints, Diagnostic, Place, codes};
use crate::model::Model;
use std::collections::HashMap;

/// What a name is found by: SQLite compares names without case, PowerSync folds unquoted ones to lower case.
fn folded(name: &str) -> String {
    name.to_lowercase()
}

/// Reports each name that folds to an earlier one.
fn apart<'a>(what: &str, names: impl Iterator<Item = (&'a str, Place)>, cx: &mut Complaints) {
    let mut seen: HashMap<String, (&str, Place)> = HashMap::new();
    for (name, place) in names {
        match seen.get(&folded(name)) {
            Some((first, first_place)) => cx.push_with_label(
                place,
                Diagnostic::error(
                    codes::NAMES_COLLIDE,
                    format!("the {what} `{name}` and `{first}` are one name on SQLite and in sync streams"),
                )
                .help("give one of them another name"),
                first_place.clone(),
                "first declared here",
            ),
            None => {
                seen.insert(folded(name), (name, place));
            }
        }
    }
}

/// Names of one room differ by more than upper and lower case.
///
/// SQLite compares identifiers without case and PowerSync folds unquoted ones, so `Title` and `title` would be one column there.
pub(super) fn fold_apart(model: &Model, cx: &mut Complaints) {
    apart(
        "tables",
        model
            .tables
            .keys()
            .map(|name| (name.as_str(), Place::table(name))),
        cx,
    );
    apart(
        "names on the device",
        model
            .tables
            .values()
            .filter(|table| table.sync.on_client() && table.client_name != table.name)
            .map(|table| {
                (
                    table.client_name.as_str(),
                    Place::table(&table.name).key("client_name"),
                )
            })
            .chain(
                model
                    .tables
                    .values()
                    .filter(|table| table.sync.on_client() && table.client_name == table.name)
                    .map(|table| (table.client_name.as_str(), Place::table(&table.name))),
            ),
        cx,
    );
    for table in model.tables.values() {
        let of = |name: &str| Place::table(&table.name).column(name);
        apart(
            "columns",
            table.columns.keys().map(|name| (name.as_str(), of(name))),
            cx,
        );
        let mut clients: Vec<_> = table
            .columns
            .values()
            .filter(|column| column.direction.on_client())
            .collect();
        clients.sort_by_key(|column| column.client_name != column.name);
        apart(
            "columns on the device",
            clients.into_iter().map(|column| {
                let place = of(&column.name);
                let renamed = column.client_name != column.name;
                (
                    column.client_name.as_str(),
                    if renamed {
                        place.key("client_name")
                    } else {
                        place
                    },
                )
            }),
            cx,
        );
    }
}

/// Tables, views, indexes and unique constraints of one schema have names of their own, and so have tables and types.
///
/// Postgres keeps relations in one room (`pg_class`) and a table's row type beside enums and domains (`pg_type`); SQLite keeps
/// tables, views and indexes in one.
pub(super) fn objects_apart(model: &Model, cx: &mut Complaints) {
    let mut rooms: HashMap<(&str, &'static str), Vec<(&str, Place)>> = HashMap::new();
    let mut put =
        |schema, room, name, place| rooms.entry((schema, room)).or_default().push((name, place));
    for table in model.tables.values() {
        let place = Place::table(&table.name);
        put(
            table.schema.as_str(),
            "relation",
            table.name.as_str(),
            place.clone(),
        );
        put(
            table.schema.as_str(),
            "type",
            table.name.as_str(),
            place.clone(),
        );
        for unique in &table.uniques {
            put(
                table.schema.as_str(),
                "relation",
                unique.name.as_str(),
                place.clone().key("uniques"),
            );
        }
        for index in &table.indexes {
            put(
                table.schema.as_str(),
                "relation",
                index.name.as_str(),
                place.clone().key("indexes"),
            );
        }
    }
    for view in model.views.values() {
        let place = Place::new(["views", &view.name]);
        put(
            view.schema.as_str(),
            "relation",
            view.name.as_str(),
            place.clone(),
        );
        put(view.schema.as_str(), "type", view.name.as_str(), place);
    }
    for def in model.enums.values() {
        put(
            def.schema.as_str(),
            "type",
            def.name.as_str(),
            Place::new(["enums", &def.name]),
        );
    }
    for def in model.domains.values() {
        put(
            def.schema.as_str(),
            "type",
            def.name.as_str(),
            Place::new(["domains", &def.name]),
        );
    }
    let mut rooms: Vec<_> = rooms.into_iter().collect();
    rooms.sort_by_key(|(room, _)| *room);
    for ((schema, room), names) in rooms {
        let mut seen: HashMap<&str, Place> = HashMap::new();
        for (name, place) in names {
            match seen.get(name) {
                Some(first) if *first == place => {}
                Some(first) => cx.push_with_label(
                    place,
                    Diagnostic::error(
                        codes::OBJECTS_COLLIDE,
                        format!("the schema `{schema}` would hold two {room}s named `{name}`"),
                    )
                    .help("give one of them another name"),
                    first.clone(),
                    "the other one comes from here",
                ),
                None => {
                    seen.insert(name, place);
                }
            }
        }
    }
}

/// On the device `id` is the row's text id, so no other column takes that name.
pub(super) fn client_id_is_free(model: &Model, cx: &mut Complaints) {
    for table in model.tables.values().filter(|table| table.sync.on_client()) {
        for column in table.columns.values() {
            let is_id =
                matches!(&table.id, crate::model::ClientId::Column(key) if *key == column.name);
            if !is_id && column.direction.on_client() && folded(&column.client_name) == "id" {
                cx.push(
                    Place::table(&table.name).column(&column.name),
                    Diagnostic::error(
                        codes::CLIENT_ID_TAKEN,
                        format!(
                            "the column `{}` would be `id` on the device, where `id` is the row's text id",
                            column.name
                        ),
                    )
                    .help("give it a `client_name`, or make it the key"),
                );
            }
        }
    }
}
