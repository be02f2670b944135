//! Decides the constants of tables and columns, and which columns JSON has in another form.

use super::spelling::{class, constant, doc, literal};
use super::view;
use crate::model::{ClientColumn, ClientTable, Model, StoredAs};
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
    let columns = held(client).into_iter();
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
        columns: columns.map(column).collect(),
    }
}

fn column(held: &ClientColumn<'_>) -> view::Name {
    let column = held.column;
    let mut head = doc(column.doc.as_deref(), 2);
    if let Some(why) = &column.deprecated {
        head.push_str(&format!("  @Deprecated({})\n", literal(why.trim())));
    }
    view::Name {
        head,
        constant: constant(&column.client_name),
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
