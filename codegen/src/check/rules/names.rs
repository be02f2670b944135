//! Names that stay apart after every target has folded them.

use super::places;
use crate::diagnostic::{Complaints, Diagnostic, Place, codes};
use crate::model::{ClientId, Column, Model, Table};
use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};

/// What a name is found by: SQLite compares names without case, PowerSync folds unquoted ones to lower case.
fn folded(name: &str) -> Cow<'_, str> {
    match name
        .bytes()
        .any(|byte| byte.is_ascii_uppercase() || !byte.is_ascii())
    {
        true => Cow::Owned(name.to_lowercase()),
        false => Cow::Borrowed(name),
    }
}

/// The name of a table or of a column in a room where no two may be one.
struct Held<'a> {
    name: &'a str,
    /// What it is called on the server, where this is its name on the device.
    server: Option<&'a str>,
    table: &'a Table,
    column: Option<&'a Column>,
}

impl<'a> Held<'a> {
    fn table_on_server(table: &'a Table) -> Self {
        Self {
            name: &table.name,
            server: None,
            table,
            column: None,
        }
    }

    fn table_on_device(table: &'a Table) -> Self {
        Self {
            name: &table.client_name,
            server: Some(&table.name),
            ..Self::table_on_server(table)
        }
    }

    fn column_on_server(table: &'a Table, column: &'a Column) -> Self {
        Self {
            name: &column.name,
            server: None,
            table,
            column: Some(column),
        }
    }

    fn column_on_device(table: &'a Table, column: &'a Column) -> Self {
        Self {
            name: &column.client_name,
            server: Some(&column.name),
            ..Self::column_on_server(table, column)
        }
    }

    fn is_renamed(&self) -> bool {
        self.server.is_some_and(|server| server != self.name)
    }

    fn place(&self) -> Place {
        let table = Place::table(&self.table.name);
        let place = match self.column {
            Some(column) => table.column(&column.name),
            None => table,
        };
        match self.is_renamed() {
            true => place.key("client_name"),
            false => place,
        }
    }
}

/// Reports each name that folds to an earlier one; those that were chosen for the device come last.
fn apart<'a>(what: &str, names: impl Iterator<Item = Held<'a>>, cx: &mut Complaints) {
    let mut names: Vec<Held<'a>> = names.collect();
    names.sort_by_key(Held::is_renamed);
    let mut seen: HashMap<Cow<'a, str>, &Held<'a>> = HashMap::with_capacity(names.len());
    for held in &names {
        let Some(first) = seen.get(&folded(held.name)) else {
            seen.insert(folded(held.name), held);
            continue;
        };
        // Two that are one on the server already are not reported again.
        let servers = held.server.zip(first.server);
        if servers.is_some_and(|(one, other)| folded(one) == folded(other)) {
            continue;
        }
        cx.push_with_label(
            held.place(),
            Diagnostic::error(
                codes::NAMES_COLLIDE,
                format!(
                    "the {what} `{}` and `{}` have the same name in SQLite and in sync streams",
                    first.name, held.name
                ),
            )
            .help("give one of them another name"),
            first.place(),
            "the other one",
        );
    }
}

/// Names of one room differ by more than upper and lower case.
///
/// SQLite compares identifiers without case and PowerSync folds unquoted ones, so `Title` and `title` would be one column there.
pub(super) fn fold_apart(model: &Model, cx: &mut Complaints) {
    let tables = || model.tables.values();
    let on_device = tables().filter(|table| table.sync.on_client());
    apart("tables", tables().map(Held::table_on_server), cx);
    apart(
        "tables on the device",
        on_device.map(Held::table_on_device),
        cx,
    );
    for table in tables() {
        let columns = || table.columns.values();
        let on_device = columns().filter(|column| column.direction.on_client());
        let on_server = columns().map(|column| Held::column_on_server(table, column));
        let on_device = on_device.map(|column| Held::column_on_device(table, column));
        apart("columns", on_server, cx);
        apart("columns on the device", on_device, cx);
    }
}

/// Tables, views, indexes and unique constraints of one schema have names of their own, and so have tables and types.
///
/// Postgres keeps relations in one room (`pg_class`) and a table's row type beside enums and domains (`pg_type`); SQLite keeps
/// tables, views and indexes in one.
pub(super) fn objects_apart(model: &Model, cx: &mut Complaints) {
    let mut rooms = Rooms::default();
    for table in model.tables.values() {
        let (schema, name) = (table.schema.as_str(), table.name.as_str());
        let place = Place::table(name);
        rooms.put(schema, RELATION, name, place.clone());
        rooms.put(schema, TYPE, name, place);
        for unique in &table.uniques {
            rooms.put(
                schema,
                RELATION,
                &unique.name,
                places::unique(table, unique),
            );
        }
        for exclusion in &table.exclusions {
            let place = Place::entry(name, "exclude", &exclusion.name);
            rooms.put(schema, RELATION, &exclusion.name, place);
        }
        for index in &table.indexes {
            rooms.put(schema, RELATION, &index.name, places::index(table, index));
        }
    }
    for view in model.views.values() {
        let place = Place::new(["views", &view.name]);
        rooms.put(&view.schema, RELATION, &view.name, place.clone());
        rooms.put(&view.schema, TYPE, &view.name, place);
    }
    for def in model.enums.values() {
        rooms.put(
            &def.schema,
            TYPE,
            &def.name,
            Place::new(["enums", &def.name]),
        );
    }
    // An enum and a domain of one name have been reported as two kinds of one name.
    let domains = model.domains.values();
    for def in domains.filter(|def| !model.enums.contains_key(&def.name)) {
        rooms.put(
            &def.schema,
            TYPE,
            &def.name,
            Place::new(["domains", &def.name]),
        );
    }
    rooms.report(cx);
}

const RELATION: &str = "relation";
const TYPE: &str = "type";

/// Names by the room that holds them: a schema, and what Postgres keeps apart in it.
#[derive(Default)]
struct Rooms<'a>(BTreeMap<(&'a str, &'static str), Vec<(&'a str, Place)>>);

impl<'a> Rooms<'a> {
    fn put(&mut self, schema: &'a str, room: &'static str, name: &'a str, place: Place) {
        self.0
            .entry((schema, room))
            .or_default()
            .push((name, place));
    }

    fn report(self, cx: &mut Complaints) {
        // A table and a view of one name share both rooms, and are reported once.
        let mut reported: Vec<Place> = Vec::new();
        for ((schema, room), names) in self.0 {
            let mut seen: HashMap<&str, Place> = HashMap::new();
            for (name, place) in names {
                let Some(first) = seen.get(name) else {
                    seen.insert(name, place);
                    continue;
                };
                if reported.contains(&place) {
                    continue;
                }
                let diagnostic = Diagnostic::error(
                    codes::OBJECTS_COLLIDE,
                    format!("the schema `{schema}` would contain two {room}s named `{name}`"),
                )
                .help("give one of them another name")
                .note(match room {
                    TYPE => "in Postgres, a table or a view also names the type of its rows",
                    _ => "tables, views, indexes and uniques are relations, in Postgres and on SQLite",
                });
                match *first == place {
                    // One has the name that the other's key makes: both are found by it.
                    true => cx.push(place.clone(), diagnostic),
                    false => cx.push_with_label(
                        place.clone(),
                        diagnostic,
                        first.clone(),
                        "the other one",
                    ),
                }
                reported.push(place);
            }
        }
    }
}

/// On the device `id` is the row's text id, so no other column takes that name.
pub(super) fn client_id_is_free(model: &Model, cx: &mut Complaints) {
    for table in model.tables.values().filter(|table| table.sync.on_client()) {
        for column in table.columns.values() {
            let is_id = matches!(&table.id, ClientId::Column(key) if *key == column.name);
            if !is_id && column.direction.on_client() && folded(&column.client_name) == "id" {
                cx.push(
                    Held::column_on_device(table, column).place(),
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
