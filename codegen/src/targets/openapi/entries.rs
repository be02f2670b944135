//! What an upload says of each table: the columns of a PUT and of a PATCH, and the entries that carry them.

use super::document::{Discriminator, Schema, pointer};
use super::values::Values;
use crate::map::IndexMap;
use crate::model::{ClientColumn, ClientTable, InPut, Model, Table};
use synctable::Case;
use synctable::table::CLIENT_ID;

/// The tables that devices write.
pub(super) fn written(model: &Model) -> Vec<ClientTable<'_>> {
    let tables = model.tables.values();
    let uploaded = tables.filter(|table| table.sync.uploads() && table.sync.on_client());
    uploaded.map(|table| model.client_table(table)).collect()
}

/// The names of the schemas of a table that devices write: what a PUT says, what a PATCH says, and its entries.
pub(super) fn names(table: &Table) -> [String; 3] {
    ["put", "patch", "entry"].map(|what| Case::pascal(&format!("{}_{what}", table.client_name)))
}

/// The schemas of what is uploaded of a table.
pub(super) fn schemas(client: &ClientTable<'_>, values: &mut Values<'_>) -> Vec<(String, Schema)> {
    let [put, patch, entry] = names(client.table);
    let writes = client.writes;
    let mut all = Vec::new();
    if writes.patch {
        all.push((patch.clone(), patch_of(client, values)));
    }
    if writes.put {
        all.push((put.clone(), put_of(client, values)));
    }
    let mut operations = Vec::new();
    if writes.put {
        operations.push(operation("PUT", Some(&put)));
    }
    if writes.patch {
        operations.push(operation("PATCH", Some(&patch)));
    }
    if writes.delete {
        operations.push(operation("DELETE", None));
    }
    let of_table = Schema {
        all_of: vec![Schema::reference("EntryFacts")],
        one_of: operations,
        // The decoder takes no other member.
        unevaluated_properties: Some(false),
        ..Schema::object(
            &["table"],
            [("table", Schema::only(&client.table.client_name))],
        )
    };
    all.push((entry, of_table));
    all
}

/// An entry of any table, told apart by the table.
pub(super) fn entry(written: &[ClientTable<'_>]) -> Schema {
    let of_table = |client: &ClientTable<'_>| {
        let [_, _, entry] = names(client.table);
        (client.table.client_name.clone(), pointer(&entry))
    };
    let mapping: IndexMap<String, String> = written.iter().map(of_table).collect();
    Schema {
        one_of: written
            .iter()
            .map(|client| Schema::reference(&names(client.table)[2]))
            .collect(),
        discriminator: Some(Discriminator {
            property_name: "table",
            mapping,
        }),
        ..Schema::default()
    }
}

/// What an entry says of one operation, beside what every entry says.
fn operation(op: &'static str, data: Option<&str>) -> Schema {
    let mut schema = Schema::default();
    schema.properties.insert("op".to_owned(), Schema::only(op));
    if let Some(data) = data {
        schema
            .properties
            .insert("op_data".to_owned(), Schema::reference(data));
        schema.required.push("op_data".to_owned());
    }
    schema
}

/// Every column that has a value; the key is also in the id of the entry.
///
/// What a PATCH may say, a PUT says in the same form.
fn put_of(client: &ClientTable<'_>, values: &mut Values<'_>) -> Schema {
    let mut schema = Schema::of("object");
    if client.writes.patch {
        let [_, patch, _] = names(client.table);
        schema.all_of.push(Schema::reference(&patch));
    }
    for one in &client.columns {
        let name = &one.column.client_name;
        if name == CLIENT_ID || !one.in_put().is_sent() {
            continue;
        }
        if !(client.writes.patch && is_in_patch(one)) {
            let value = values.sent(one.column, may_be_null(one));
            schema.properties.insert(name.clone(), value);
        }
        if !one.in_put().may_be_absent() && !one.is_key {
            schema.required.push(name.clone());
        }
    }
    schema
}

/// The columns that changed; null stands for NULL.
fn patch_of(client: &ClientTable<'_>, values: &mut Values<'_>) -> Schema {
    let columns = client.columns.iter().filter(|one| is_in_patch(one));
    Schema {
        properties: columns
            .map(|one| {
                let value = values.sent(one.column, may_be_null(one));
                (one.column.client_name.clone(), value)
            })
            .collect(),
        ..Schema::of("object")
    }
}

/// Whether a PATCH has a column beside the id of its entry.
fn is_in_patch(one: &ClientColumn<'_>) -> bool {
    one.in_patch().is_sent() && !one.is_key && one.column.client_name != CLIENT_ID
}

/// Whether an upload may say null; of what the server fills in, that says nothing.
fn may_be_null(one: &ClientColumn<'_>) -> bool {
    one.column.nullable || one.in_put() == InPut::Verified
}
