//! Decides how Drizzle declares the tables of a device, by the functions that PowerSync's driver takes.

use super::shown::{self, Shown};
use super::{relations, view};
use crate::model::{
    ClientColumn, ClientTable, DefaultValue, Expr, Filled, Function, Index, IndexSide, Literal,
    Model, Table,
};
use crate::targets::ecmascript::{doc, list, literal, property};
use synctable::facts::ColumnType;
use synctable::table::CLIENT_ID;
use synctable::{Element, Kind, Role, Scalar, SyncMode};

pub(super) fn lower(model: &Model) -> view::Device {
    let clients = model.client_tables();
    let shown = shown::on_device(&clients);
    let mut has_clock = false;
    let tables: Vec<view::DeviceTable> = clients
        .iter()
        .zip(&shown)
        .map(|(client, shown)| table(model, client, shown, &mut has_clock))
        .collect();
    view::Device {
        app: model.app.clone(),
        left_out: clients.iter().flat_map(what_is_left_out).collect(),
        has_clock,
        relations: relations::lower(&shown),
        tables,
    }
}

/// The columns that PowerSync's table can hold.
pub(super) fn held<'c, 'm>(
    client: &'c ClientTable<'m>,
) -> impl Iterator<Item = &'c ClientColumn<'m>> {
    let columns = client.columns.iter();
    columns.filter(|held| left_out(client.table, held).is_none())
}

/// Why PowerSync's table cannot hold a column of the device, as a clause.
fn left_out(table: &Table, held: &ClientColumn<'_>) -> Option<&'static str> {
    if table.sync.on_server() && !held.column.direction.on_server() {
        Some("PowerSync would upload it; use a local table")
    } else if !table.sync.on_server() && held.column.generated.is_some() {
        Some("PowerSync's tables compute no columns; use a view")
    } else {
        None
    }
}

fn table(
    model: &Model,
    client: &ClientTable<'_>,
    shown: &Shown<'_>,
    has_clock: &mut bool,
) -> view::DeviceTable {
    let table = client.table;
    let mut columns: Vec<view::Column> = held(client)
        .map(|held| column(model, held, &shown.keys[&*held.column.name], has_clock))
        .collect();
    if held(client).all(|held| held.column.client_name != CLIENT_ID) {
        let id = view::Column {
            doc: doc(Some("The key as one text."), None, 4),
            key: CLIENT_ID.to_owned(),
            value: "sqlite.text('id').primaryKey()".to_owned(),
        };
        columns.insert(0, id);
    }
    view::DeviceTable {
        doc: doc(table.doc.as_deref(), None, 0),
        constant: shown.constant.clone(),
        name: literal(&table.client_name),
        columns,
        indexes: wanted(table)
            .filter_map(|index| {
                let columns = columns_of(client, index).ok()?;
                let columns = columns
                    .iter()
                    .map(|name| format!("table.{}", shown.keys[*name]));
                let columns: Vec<String> = columns.collect();
                let name = literal(&index.name);
                Some(format!("sqlite.index({name}).on({})", columns.join(", ")))
            })
            .collect(),
        options: options(client),
    }
}

/// What PowerSync's table does beside holding rows.
fn options(client: &ClientTable<'_>) -> String {
    let table = client.table;
    let mut options = Vec::new();
    match table.sync {
        SyncMode::Local => options.push("localOnly: true".to_owned()),
        SyncMode::Up => options.push("insertOnly: true".to_owned()),
        SyncMode::Both | SyncMode::Down | SyncMode::None => {}
    }
    let beside_id = held(client).filter(|held| held.column.client_name != CLIENT_ID);
    let (tracked, others): (Vec<&ClientColumn<'_>>, Vec<_>) =
        beside_id.partition(|held| table.client.track_previous.contains(&held.column.name));
    if !tracked.is_empty() {
        options.push(match others.is_empty() {
            true => "trackPrevious: true".to_owned(),
            false => {
                let names = tracked.iter().map(|held| literal(&held.column.client_name));
                format!("trackPrevious: {{ columns: {} }}", list(names))
            }
        });
    }
    if table.client.track_metadata {
        options.push("trackMetadata: true".to_owned());
    }
    if table.client.ignore_empty_updates {
        options.push("ignoreEmptyUpdates: true".to_owned());
    }
    options.join(", ")
}

fn column(model: &Model, held: &ClientColumn<'_>, key: &str, has_clock: &mut bool) -> view::Column {
    let column = held.column;
    let name = literal(&column.client_name);
    let is_id = column.client_name == CLIENT_ID;
    let mut value = match is_id {
        true => format!("sqlite.text({name}).primaryKey()"),
        false => typed(model, &column.kind, &name),
    };
    if !is_id && !column.nullable && !held.may_lack {
        value.push_str(".notNull()");
    }
    let mut clock = |call: &str| {
        *has_clock = true;
        value.push_str(call);
    };
    match held.filled {
        Filled::Clock => clock(".$defaultFn(now)"),
        Filled::Default(DefaultValue::Expr(Expr::Call { function, .. })) => match function {
            Function::Now => clock(".$defaultFn(now)"),
            Function::Today => clock(".$defaultFn(() => now().slice(0, 10))"),
            Function::Uuid => value.push_str(".$defaultFn(() => crypto.randomUUID())"),
            _ => {}
        },
        Filled::Default(DefaultValue::Expr(Expr::Literal(constant))) => {
            if let Some(text) = constant_of(&column.kind, constant) {
                value.push_str(&format!(".$defaultFn(() => {text})"));
            }
        }
        _ => {}
    }
    if column.role == Some(Role::EditedAt) && column.uploads() {
        *has_clock = true;
        value.push_str(".$onUpdateFn(now)");
    }
    view::Column {
        doc: doc(column.doc.as_deref(), column.deprecated.as_deref(), 4),
        key: key.to_owned(),
        value,
    }
}

/// A column of a kind, without what follows: `sqlite.text('title')`.
fn typed(model: &Model, kind: &Kind, name: &str) -> String {
    let labels = |name: &str| model.enums[name].labels.iter().map(|label| literal(label));
    match kind {
        Kind::Enum { name: of, .. } => {
            format!("sqlite.text({name}, {{ enum: {} }})", list(labels(of)))
        }
        Kind::List(element) => {
            let one = match element {
                Element::Enum { name: of, .. } => {
                    let labels: Vec<String> = labels(of).collect();
                    format!("({})", labels.join(" | "))
                }
                _ => match element.carrier() {
                    Scalar::Json => "unknown".to_owned(),
                    scalar => match Kind::Scalar(scalar).column_type() {
                        ColumnType::Text => "string".to_owned(),
                        ColumnType::Integer | ColumnType::Real => "number".to_owned(),
                    },
                },
            };
            format!("sqlite.text({name}, {{ mode: 'json' }}).$type<{one}[]>()")
        }
        _ => match (kind.carrier(), kind.column_type()) {
            (Some(Scalar::Json), _) => format!("sqlite.text({name}, {{ mode: 'json' }})"),
            (Some(Scalar::Bool), _) => format!("sqlite.integer({name}, {{ mode: 'boolean' }})"),
            (_, ColumnType::Text) => format!("sqlite.text({name})"),
            (_, ColumnType::Integer) => format!("sqlite.integer({name})"),
            (_, ColumnType::Real) => format!("sqlite.real({name})"),
        },
    }
}

/// A constant as a program gives it to Drizzle; nothing for NULL.
fn constant_of(kind: &Kind, value: &Literal) -> Option<String> {
    let is_text = kind.column_type() == ColumnType::Text;
    Some(match value {
        Literal::Null => return None,
        Literal::Bool(value) => value.to_string(),
        Literal::Int(value) if is_text => literal(&value.to_string()),
        Literal::Int(value) => value.to_string(),
        Literal::Decimal(text) if is_text => literal(text),
        Literal::Decimal(text) => text.clone(),
        Literal::Text(text) => literal(text),
        Literal::Json(text) => format!("JSON.parse({})", literal(text)),
        Literal::List(items) => {
            let Kind::List(element) = kind else {
                return None;
            };
            let of = element.to_kind();
            let items = items.iter().filter_map(|item| match item {
                // A list holds 0 and 1.
                Literal::Bool(value) => Some(i32::from(*value).to_string()),
                item => constant_of(&of, item),
            });
            list(items)
        }
    })
}

/// The indexes that a device should have.
fn wanted(table: &Table) -> impl Iterator<Item = &Index> {
    table.indexes.iter().filter(|index| match index.side {
        IndexSide::Client | IndexSide::Both => true,
        IndexSide::Server => table.sync == SyncMode::Local,
    })
}

/// The columns of an index, or why PowerSync's driver cannot have the index, as a clause.
fn columns_of<'i>(
    client: &ClientTable<'_>,
    index: &'i Index,
) -> Result<Vec<&'i str>, &'static str> {
    if index.predicate.is_some() {
        return Err("PowerSync has no partial indexes");
    }
    let parts = index.parts.iter().map(|part| {
        let Expr::Column(name) = &part.expr else {
            return Err("PowerSync has no indexes over expressions");
        };
        if part.descending || part.nulls_first.is_some_and(|first| !first) {
            return Err("PowerSync's driver has no descending indexes");
        }
        match held(client).find(|held| held.column.name == *name) {
            None => Err("a column of it is left out"),
            Some(held) if held.column.client_name == CLIENT_ID => {
                Err("PowerSync has an index over `id` already")
            }
            Some(_) => Ok(name.as_str()),
        }
    });
    parts.collect()
}

/// A line for everything that is declared and not here.
fn what_is_left_out(client: &ClientTable<'_>) -> Vec<String> {
    let table = client.table;
    let columns = client.columns.iter().filter_map(|held| {
        let why = left_out(table, held)?;
        Some(format!("`{}.{}`: {why}", table.name, held.column.name))
    });
    let indexes = wanted(table).filter_map(|index| {
        let why = columns_of(client, index).err()?;
        Some(format!("index `{}`: {why}", index.name))
    });
    let view = table.client.view_name.as_ref().map(|view| {
        format!(
            "the view name `{view}`: Drizzle has one name for `{}`",
            property(&table.client_name)
        )
    });
    columns.chain(indexes).chain(view).collect()
}
