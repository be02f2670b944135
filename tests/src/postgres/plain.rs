//! A change as one plain statement, without policy and without conflict rule: what Postgres itself says of its values.

use ::postgres::types::ToSql;
use ::postgres::{Error, GenericClient};
use synctable::crud::{Op, Write};
use synctable::{ColumnDef, Value};

/// Inserts the row of a PUT, changes the columns of a PATCH, deletes the row of a DELETE; how many rows that touched.
///
/// # Errors
///
/// What Postgres refuses.
pub fn write(client: &mut impl GenericClient, write: &Write<'_>) -> Result<u64, Error> {
    let table = format!(
        "{}.{}",
        quoted(write.table.schema),
        quoted(write.table.name)
    );
    let key = write.table.key.iter().copied().zip(&write.key);
    let key: Vec<(&ColumnDef, &Value<'_>)> = key.collect();
    let given = write.values.iter().map(|(column, value)| (*column, value));
    let given: Vec<(&ColumnDef, &Value<'_>)> = given.collect();
    let (sql, bound) = match write.op {
        Op::Put => {
            let all = [key, given].concat();
            let names: Vec<String> = all.iter().map(|(column, _)| quoted(column.name)).collect();
            let places: Vec<String> = (1..=all.len()).map(|place| format!("${place}")).collect();
            let (names, places) = (names.join(", "), places.join(", "));
            (
                format!("insert into {table} ({names}) values ({places})"),
                all,
            )
        }
        Op::Patch if given.is_empty() => return Ok(0),
        Op::Patch => {
            let set = equalities(&given, 0, ", ");
            let found = equalities(&key, given.len(), " and ");
            (
                format!("update {table} set {set} where {found}"),
                [given, key].concat(),
            )
        }
        Op::Delete => {
            let found = equalities(&key, 0, " and ");
            (format!("delete from {table} where {found}"), key)
        }
    };
    let values: Vec<&(dyn ToSql + Sync)> = bound
        .iter()
        .map(|(_, value)| *value as &(dyn ToSql + Sync))
        .collect();
    client.execute(&sql, &values)
}

fn equalities(columns: &[(&ColumnDef, &Value<'_>)], before: usize, between: &str) -> String {
    let equality = |(index, (column, _)): (usize, &(&ColumnDef, &Value<'_>))| {
        format!("{} = ${}", quoted(column.name), before + index + 1)
    };
    let equalities: Vec<String> = columns.iter().enumerate().map(equality).collect();
    equalities.join(between)
}

fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}
