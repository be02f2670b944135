//! Names that become one in TypeScript.

use super::columns;
use super::shown::{self, Shown, relations_of, schema_of};
use crate::diagnostic::{Complaints, Diagnostic, Place, codes};
use crate::model::Model;
use crate::targets::ecmascript::constant;
use crate::targets::{powersync_client, raw_tables};
use std::collections::BTreeMap;
use synctable::EnumStorage;

pub(super) fn admit(model: &Model, cx: &mut Complaints) {
    powersync_client::admit(model, cx);
    raw_tables::refuse(model, super::TARGET.name, cx);
    let mut server = Complaints::new();
    names_of_server(model, &mut server);
    cx.append_new(server);
    let mut device = Complaints::new();
    let taken = ["sqlite", "relations", "now", "deviceTables"];
    let clients = model.client_tables();
    Names::new(&taken, &mut device).tables(&shown::on_device(&clients));
    cx.append_new(device);
}

/// The names that a file exports or imports, each with the place where it comes from.
struct Names<'c> {
    taken: BTreeMap<String, Option<Place>>,
    cx: &'c mut Complaints,
}

impl<'c> Names<'c> {
    fn new(taken: &[&str], cx: &'c mut Complaints) -> Self {
        let taken = taken.iter().map(|name| ((*name).to_owned(), None));
        Self {
            taken: taken.collect(),
            cx,
        }
    }

    /// Takes the names that something declared gets.
    fn take(&mut self, names: impl IntoIterator<Item = String>, declared: &str, place: &Place) {
        for name in names {
            let Some(other) = self.taken.get(&name) else {
                self.taken.insert(name, Some(place.clone()));
                continue;
            };
            let refused = |message: String| {
                Diagnostic::error(codes::DRIZZLE_NAME_COLLISION, message).help("rename one of them")
            };
            match other {
                Some(other) => {
                    let message = format!(
                        "`{declared}` needs the name `{name}` for Drizzle, which is already taken"
                    );
                    let other = other.clone();
                    let label = "the first is here";
                    self.cx
                        .push_with_label(place.clone(), refused(message), other, label);
                }
                None => self.cx.push(
                    place.clone(),
                    refused(format!(
                        "`{declared}` would be named `{name}` for Drizzle, which is taken"
                    )),
                ),
            }
            return;
        }
    }

    fn tables(&mut self, tables: &[Shown<'_>]) {
        for Shown {
            table,
            constant,
            keys,
        } in tables
        {
            let place = Place::table(&table.name);
            self.take(
                [constant.clone(), relations_of(&table.name)],
                &table.name,
                &place,
            );
            let mut columns = Names::new(&[], self.cx);
            for (column, key) in keys {
                columns.take([key.clone()], column, &place.clone().column(*column));
            }
        }
    }
}

fn names_of_server(model: &Model, cx: &mut Complaints) {
    let [bytes, opaque] = columns::TAKEN;
    let mut names = Names::new(&["pg", "relations", "sql", bytes, opaque], cx);
    for schema in &model.postgres.schemas {
        names.take([schema_of(schema)], schema, &Place::new(["postgres"]));
    }
    for (name, external) in &model.externals {
        let place = Place::new(["externals", name]);
        names.take(
            [shown::external(&external.schema, &external.name)],
            name,
            &place,
        );
    }
    for (name, declared) in &model.enums {
        if declared.storage == EnumStorage::Native {
            names.take([constant(name)], name, &Place::new(["enums", name]));
        }
    }
    for name in model.domains.keys() {
        names.take([constant(name)], name, &Place::new(["domains", name]));
    }
    names.tables(&shown::on_server(model));
}
