//! What Dart cannot tell apart.

use super::spelling::{class, constants};
use crate::diagnostic::{Complaints, Diagnostic, Place, codes};
use crate::model::Model;
use crate::targets::powersync_client;
use std::collections::BTreeMap;

/// What every file of tables declares.
const TAKEN: &[&str] = &["StoredAs"];

pub(super) fn admit(model: &Model, cx: &mut Complaints) {
    powersync_client::admit(model, cx);
    let mut classes = Names::new(TAKEN);
    for client in model.client_tables() {
        let table = client.table;
        let place = Place::table(&table.name);
        classes.take(class(&table.name), &table.name, place.clone(), cx);
        let held = powersync_client::held(&client);
        let spelt = constants(held.iter().map(|held| &*held.column.client_name));
        let mut members = Names::new(&[]);
        for (held, constant) in held.iter().zip(spelt) {
            let name = &held.column.name;
            members.take(constant, name, place.clone().column(name), cx);
        }
    }
}

/// The names of one class or library, with their places.
struct Names {
    taken: BTreeMap<String, Option<Place>>,
}

impl Names {
    fn new(taken: &[&str]) -> Self {
        let taken = taken.iter().map(|name| ((*name).to_owned(), None));
        Self {
            taken: taken.collect(),
        }
    }

    fn take(&mut self, name: String, declared: &str, place: Place, cx: &mut Complaints) {
        let refused = |why: &str| {
            let message = format!("`{declared}` would be {why} `{name}` in Dart");
            Diagnostic::error(codes::DART_NAME_COLLISION, message).help("rename one of them")
        };
        match self.taken.get(&name) {
            None => {
                self.taken.insert(name, Some(place));
            }
            Some(None) => cx.push(place, refused("named as the generated")),
            Some(Some(other)) => {
                let other = other.clone();
                cx.push_with_label(place, refused("the second"), other, "the first is here");
            }
        }
    }
}
