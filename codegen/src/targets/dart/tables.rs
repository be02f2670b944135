//! Decides the constants of tables and columns, and which columns JSON has in another form.

use super::spelling::{class, constants, doc, literal};
use super::view;
use crate::model::{ClientTable, Column, Model, StoredAs};
use crate::targets::powersync_client::held;

pub(super) fn lower(model: &Model) -> view::Tables {
    let tables = model.client_tables();
    view::Tables {
        app: model.app.clone(),
        tables: tables.iter().map(table).collect(),
        stored: tables.iter().filter_map(stored).collect(),
    }
}

fn table(client: &ClientTable<'_>) -> view::Names {
    let table = client.table;
    let columns: Vec<&Column> = held(client).into_iter().map(|held| held.column).collect();
    let spelt = constants(columns.iter().map(|column| &*column.client_name));
    view::Names {
        doc: doc(table.doc.as_deref(), 0),
        class: class(&table.name),
        name: literal(&table.client_name),
        view: literal(
            table
                .client
                .view_name
                .as_ref()
                .unwrap_or(&table.client_name),
        ),
        columns: columns.into_iter().zip(spelt).map(column).collect(),
    }
}

fn column((column, constant): (&Column, String)) -> view::Name {
    let mut head = doc(column.doc.as_deref(), 2);
    if let Some(why) = &column.deprecated {
        head.push_str(&format!("  @Deprecated({})\n", literal(why.trim())));
    }
    view::Name {
        head,
        constant,
        name: literal(&column.client_name),
    }
}

fn stored(client: &ClientTable<'_>) -> Option<view::Stored> {
    let columns: Vec<(String, &'static str)> = held(client)
        .into_iter()
        .filter_map(|held| {
            let word = match held.column.stored_as()? {
                StoredAs::Boolean => "boolean",
                StoredAs::Json => "json",
            };
            Some((literal(&held.column.client_name), word))
        })
        .collect();
    (!columns.is_empty()).then(|| view::Stored {
        table: literal(&client.table.client_name),
        columns,
    })
}
