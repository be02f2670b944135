//! Rows that a device prints, compared with those of Postgres.

use postgres::Client;
use serde::Deserialize;
use serde_json::Value as Json;
use synctable::table::TableDef;
use synctable::{ColumnDef, Database, Element, Kind, Registry, Role, Scalar};

use crate::postgres::Refusal;

/// A row as the device has it.
#[derive(Debug, Deserialize)]
pub struct Printed {
    /// The device's name of the table.
    pub table: String,
    /// Its columns, as SQLite has them.
    pub row: serde_json::Map<String, Json>,
}

/// Postgres holds what the device has, in every column that the device has a value of.
///
/// # Panics
///
/// Where it does not.
pub fn compare(client: &mut Client, registry: &Registry, printed: &Printed) {
    let table = registry
        .client_table(&printed.table)
        .expect("the device has the registry's tables");
    let ident = |name: &str| Database::Postgres.ident(name).into_owned();
    let source = format!("{}.{}", ident(table.schema), ident(table.name));
    let id = printed.row["id"].as_str().expect("an id is text");
    let key = table.id.split(id).expect("it is the table's");
    let filter: Vec<String> = table
        .id
        .columns()
        .zip(&key)
        .map(|(column, text)| format!("{}::text = '{text}'", ident(column.name)))
        .collect();
    for (name, value) in &printed.row {
        let text = match value {
            Json::String(text) => text.clone(),
            Json::Null => continue,
            number => number.to_string(),
        };
        // The server counts the writes itself.
        let column = column(table, name).filter(|column| column.role != Some(Role::Version));
        let Some(column) = column else {
            continue;
        };
        let sql = format!(
            "select {} from {source} where {}",
            is_equal(column, &ident(column.name)),
            filter.join(" and ")
        );
        let rows = client
            .query(&sql, &[&text])
            .unwrap_or_else(|error| panic!("{}", Refusal::new(&error, &sql)));
        let found: Vec<Option<bool>> = rows.iter().map(|row| row.get(0)).collect();
        assert_eq!(
            found,
            [Some(true)],
            "{}.{name} = {text}: {sql}",
            printed.table
        );
    }
}

fn column(table: &'static TableDef, name: &str) -> Option<&'static ColumnDef> {
    let mut columns = table.columns.iter().copied();
    columns.find(|column| column.client_name == name && column.on_client())
}

/// Whether a column holds the value whose text on the device is the parameter.
fn is_equal(column: &ColumnDef, name: &str) -> String {
    match &column.kind {
        Kind::List(Element::Scalar(_) | Element::Enum { .. } | Element::Domain { .. }) => {
            format!("{name}::text[] = array(select jsonb_array_elements_text($1::text::jsonb))")
        }
        Kind::Enum { .. } | Kind::Opaque(_) => format!("{name}::text = $1::text"),
        Kind::Scalar(scalar) | Kind::Domain { base: scalar, .. } => match scalar {
            Scalar::Bytes => format!("encode({name}, 'hex') = $1::text"),
            Scalar::Bool => format!("{name} = ($1::text = '1')"),
            scalar => format!("{name} = $1::text::{}", scalar.postgres_type()),
        },
    }
}
