//! Copied columns: the row that a value comes from is there, and both columns can hold it.

use crate::diagnostic::{Complaints, Diagnostic, Place, codes};
use crate::model::{Column, Copied, ForeignKey, Model, OnServer, Table};

/// A copied column finds its row by a foreign key that Postgres checks at once, and holds whatever stands there.
///
/// The answer is whether every copy comes from somewhere, and none from itself.
pub(super) fn have_a_row_to_copy_from(model: &Model, cx: &mut Complaints) -> bool {
    let mut ends = true;
    for table in model.tables.values() {
        for column in table.columns.values() {
            if let Some(copied) = &column.copied {
                let place = Place::table(&table.name).column(&column.name);
                is_sound(model, table, column, copied, &place, cx);
                ends &= !goes_in_a_circle(model, table, column);
            }
        }
    }
    ends
}

fn is_sound(
    model: &Model,
    table: &Table,
    column: &Column,
    copied: &Copied,
    place: &Place,
    cx: &mut Complaints,
) {
    let Some(parent) = model.tables.get(&copied.table) else {
        return;
    };
    let Some(there) = parent.columns.get(&copied.column) else {
        return;
    };
    let from = format!("{}.{}", copied.table, copied.column);
    let refused = |why: String| {
        Diagnostic::error(
            codes::COPIED_FROM,
            format!("`{}` cannot be copied from `{from}`: {why}", column.name),
        )
    };
    if !table.sync.on_server() || !parent.sync.on_server() || !there.direction.on_server() {
        cx.push(
            place.clone().key("copied"),
            refused("Postgres does not have both columns".to_owned())
                .help("copy from a column of the server into a table of the server"),
        );
        return;
    }
    if there.generated.is_some() {
        cx.push(
            place.clone().key("copied"),
            refused(format!("`{from}` is computed"))
                .help("copy the columns that it is computed from"),
        );
    }
    if there.kind != column.kind {
        cx.push(
            place.clone().key("kind"),
            refused(format!("that column is `{}`", there.kind))
                .help(format!("write `kind: {}`", there.kind)),
        );
    }
    if there.secret && !column.secret {
        cx.push(
            place.clone().key("copied"),
            refused("that column is a secret, and this column is not".to_owned())
                .help("add `secret: true` here, too"),
        );
    }
    let by = || copied.by.iter().filter_map(|name| table.columns.get(name));
    if let Some(nullable) = by().find(|by| by.nullable).filter(|_| !column.nullable) {
        cx.push(
            place.clone(),
            refused(format!(
                "`{}` may be NULL, and this column may not",
                nullable.name
            ))
            .help("add `nullable: true`: without a referenced row, the copy is NULL"),
        );
    } else if there.nullable && !column.nullable {
        cx.push(
            place.clone(),
            refused(format!("`{from}` may be NULL, and this column may not"))
                .help("add `nullable: true`"),
        );
    }
    if let Some(absent) = by().find(|by| !by.direction.on_server() || by.generated.is_some()) {
        cx.push(
            place.clone().key("by"),
            refused(format!("Postgres does not store `{}`", absent.name))
                .help("name the columns of a foreign key"),
        );
        return;
    }
    if table.key.contains(&column.name) || table.upsert_on.contains(&column.name) {
        cx.push(
            place.clone(),
            refused(
                "rows are found by this column, but its value changes with another row".to_owned(),
            )
            .help("remove it from `key` and `upsert_on`"),
        );
    }
    match key_of(table, copied) {
        None => {
            let listed = copied.by.join("`, `");
            let way_out = match copied.by.as_slice() {
                [by] => {
                    let key = parent.key.join(", ");
                    format!(
                        "declare the reference at `{by}`: `references: {}.{key}`",
                        parent.name
                    )
                }
                _ => format!(
                    "declare a foreign key of these columns, in this order, that references `{}`",
                    parent.name
                ),
            };
            cx.push(
                place.clone().key("by"),
                refused(format!("`{listed}` does not reference `{}`", parent.name)).help(way_out),
            );
        }
        Some(key) if key.deferrable || key.on_server == OnServer::Unchecked => {
            let option = if key.deferrable {
                "deferrable"
            } else {
                "enforced"
            };
            cx.push_with_label(
                place.clone().key("by"),
                refused("the referenced row may be inserted after this row".to_owned()).help(
                    format!("remove `{option}`, so that Postgres checks the reference at once"),
                ),
                super::places::foreign_key(table, key, option),
                "not checked at once",
            );
        }
        Some(_) => {}
    }
    if goes_in_a_circle(model, table, column) {
        cx.push(
            place.clone().key("copied"),
            refused("the columns copy each other in a circle".to_owned())
                .help("make one column of the circle an ordinary column"),
        );
    }
}

/// The foreign key by which the row is found.
fn key_of<'t>(table: &'t Table, copied: &Copied) -> Option<&'t ForeignKey> {
    let mut keys = table.foreign_keys.iter();
    keys.find(|key| key.table == copied.table && key.columns == copied.by)
}

/// Whether the value of a column depends on itself, by what is copied and by what says from where.
fn goes_in_a_circle(model: &Model, table: &Table, column: &Column) -> bool {
    let mut open = sources(table, column);
    let mut seen: Vec<(String, String)> = Vec::new();
    while let Some(next) = open.pop() {
        if next == (table.name.clone(), column.name.clone()) {
            return true;
        }
        if seen.contains(&next) {
            continue;
        }
        if let Some(table) = model.tables.get(&next.0)
            && let Some(column) = table.columns.get(&next.1)
        {
            open.extend(sources(table, column));
        }
        seen.push(next);
    }
    false
}

/// What a copied column is made of.
fn sources(table: &Table, column: &Column) -> Vec<(String, String)> {
    let Some(copied) = &column.copied else {
        return Vec::new();
    };
    let by = copied.by.iter().map(|by| (table.name.clone(), by.clone()));
    by.chain([(copied.table.clone(), copied.column.clone())])
        .collect()
}
