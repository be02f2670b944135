//! What Rust cannot tell apart.

use crate::diagnostic::{Complaints, Diagnostic, Place, codes};
use crate::model::Model;
use crate::targets::rust;
use synctable::collisions;

pub(super) fn admit(model: &Model, cx: &mut Complaints) {
    unique(cx, model.tables.keys(), rust::constant, |name| {
        Place::table(name)
    });
    for table in model.tables.values() {
        unique(cx, table.columns.keys(), rust::constant, |name| {
            Place::table(&table.name).column(name)
        });
    }
    unique(cx, model.enums.keys(), rust::type_name, |name| {
        Place::new(["enums", name])
    });
    for declared in model.enums.values() {
        unique(cx, &declared.labels, rust::type_name, |_| {
            Place::new(["enums", declared.name.as_str()])
        });
    }
    unique(cx, model.domains.keys(), rust::type_name, |name| {
        Place::new(["domains", name])
    });
    unique(cx, model.streams.keys(), rust::constant, |name| {
        Place::new(["streams", name])
    });
}

/// Two names that differ in the declaration may be one in Rust: `line_1` and `line1` are both fine and stay apart,
/// `URLPath` and `url_path` do not.
fn unique<'a>(
    cx: &mut Complaints,
    names: impl IntoIterator<Item = &'a String>,
    spelling: impl Fn(&str) -> String,
    place: impl Fn(&str) -> Place,
) {
    for collision in collisions(names.into_iter().map(String::as_str), spelling) {
        let (first, second, spelling) = (collision.first, collision.second, &collision.spelling);
        let diagnostic = Diagnostic::error(
            codes::RUST_NAME_COLLISION,
            format!("`{first}` and `{second}` are both named `{spelling}` in Rust"),
        )
        .help("rename one of them");
        let (there, here) = (place(first), place(second));
        if there == here {
            cx.push(here, diagnostic);
        } else {
            cx.push_with_label(here, diagnostic, there, format!("`{first}` is here"));
        }
    }
}
