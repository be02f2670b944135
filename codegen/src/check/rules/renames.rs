//! `was:` names what no longer exists under that name.

use crate::diagnostic::{Complaints, Diagnostic, Place, codes};
use crate::map::IndexMap;
use crate::model::Model;

/// A `was` names something that is gone, and only one thing comes from it.
///
/// Otherwise a rename would be a copy, or the old rows would have two homes.
pub(super) fn lead_somewhere(model: &Model, cx: &mut Complaints) {
    renamed(
        "table",
        model.tables.iter().map(|(name, table)| {
            (
                name.as_str(),
                table.was.as_deref(),
                Place::table(name).key("was"),
            )
        }),
        cx,
    );
    for (name, table) in &model.tables {
        renamed(
            "column",
            table.columns.iter().map(|(column, def)| {
                (
                    column.as_str(),
                    def.was.as_deref(),
                    Place::table(name).column(column).key("was"),
                )
            }),
            cx,
        );
    }
    renamed(
        "enum",
        model.enums.iter().map(|(name, def)| {
            (
                name.as_str(),
                def.was.as_deref(),
                Place::new(["enums", name, "was"]),
            )
        }),
        cx,
    );
    renamed(
        "domain",
        model.domains.iter().map(|(name, def)| {
            (
                name.as_str(),
                def.was.as_deref(),
                Place::new(["domains", name, "was"]),
            )
        }),
        cx,
    );
}

fn renamed<'a>(
    what: &str,
    items: impl Iterator<Item = (&'a str, Option<&'a str>, Place)>,
    cx: &mut Complaints,
) {
    let items: Vec<_> = items.collect();
    let names: IndexMap<&str, ()> = items.iter().map(|(name, ..)| (*name, ())).collect();
    let mut origins: IndexMap<&str, &str> = IndexMap::default();
    for (name, was, place) in &items {
        let Some(was) = was else { continue };
        if names.contains_key(was) {
            cx.push(
                place.clone(),
                Diagnostic::error(
                    codes::RENAME_OF_EXISTING,
                    format!("the {what} `{name}` cannot be the renamed `{was}`, because the {what} `{was}` still exists"),
                )
                .help("remove `was`, or remove the old one"),
            );
        } else if let Some(other) = origins.insert(was, name) {
            cx.push(
                place.clone(),
                Diagnostic::error(
                    codes::RENAME_TWICE,
                    format!("the {what}s `{other}` and `{name}` both have `was: {was}`"),
                )
                .help("remove `was` from one of them: only one can keep the data"),
            );
        }
    }
}
