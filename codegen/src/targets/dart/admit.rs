//! What Dart cannot tell apart, and what a device cannot work out.

use super::spelling::{class, constants, stream};
use crate::diagnostic::{Complaints, Diagnostic, Place, codes};
use crate::model::{Filled, Model};
use crate::targets::powersync_client;
use crate::targets::row_facts::known_default;
use std::collections::BTreeMap;

pub(super) fn admit(model: &Model, cx: &mut Complaints) {
    powersync_client::admit(model, cx);
    let mut all = Names::default();
    for client in model.client_tables() {
        let table = client.table;
        let place = Place::table(&table.name);
        let class = class(&table.name);
        let names = [
            class.clone(),
            format!("{class}Row"),
            format!("{class}Changes"),
            format!("new{class}"),
        ];
        all.take(names, &table.name, &place, cx);
        let held = powersync_client::held(&client);
        let spelt = constants(held.iter().map(|held| &*held.column.client_name));
        let mut members = Names::default();
        for (held, constant) in held.iter().zip(spelt) {
            let name = &held.column.name;
            let place = place.clone().column(name);
            members.take([constant], name, &place, cx);
            if let Filled::Default(default) = held.filled()
                && known_default(default).is_none()
            {
                let message = format!("Dart cannot compute the client default of `{name}`");
                let refused = Diagnostic::error(codes::DART_CANNOT_SAY, message)
                    .help("use a literal, `now()`, `today()`, `uuid()` or `auth.user_id()`");
                cx.push(place.key("client_default"), refused);
            }
        }
    }
    for name in model.enums.keys() {
        let names = [class(name), format!("Stored{}", class(name))];
        all.take(names, name, &Place::new(["enums", name]), cx);
    }
    for name in model.streams.keys() {
        all.take([stream(name)], name, &Place::new(["streams", name]), cx);
    }
}

/// The names of one class or library, with their places.
#[derive(Default)]
struct Names {
    taken: BTreeMap<String, Place>,
}

impl Names {
    /// Takes the names that something declared gets.
    fn take(
        &mut self,
        names: impl IntoIterator<Item = String>,
        declared: &str,
        place: &Place,
        cx: &mut Complaints,
    ) {
        for name in names {
            let Some(other) = self.taken.get(&name) else {
                self.taken.insert(name, place.clone());
                continue;
            };
            let message =
                format!("`{declared}` needs the name `{name}` in Dart, which is already taken");
            let refused = Diagnostic::error(codes::DART_NAME_COLLISION, message);
            cx.push_with_label(
                place.clone(),
                refused.help("rename one of them"),
                other.clone(),
                "the first is here",
            );
            return;
        }
    }
}
