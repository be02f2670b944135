//! Decides how Drizzle declares the tables of a device, by the functions that PowerSync's driver takes.

use super::shown::{self, Shown};
use super::{relations, view};
use crate::model::{
    ClientColumn, ClientTable, DefaultValue, Expr, Filled, Function, Literal, Model,
};
use crate::targets::ecmascript::{doc, list, literal};
use crate::targets::powersync_client::{self, Mode, TrackPrevious, is_id};
use synctable::facts::ColumnType;
use synctable::table::CLIENT_ID;
use synctable::{Element, Kind, Role, Scalar};

pub(super) fn lower(model: &Model) -> view::Device {
    let clients = model.client_tables();
    let shown = shown::on_device(&clients);
    let schema = powersync_client::lower(model);
    let views = schema.tables.iter().filter_map(|table| {
        let (view, name) = (table.view_name?, table.name);
        Some(format!(
            "the view name `{view}`: Drizzle has one name for `{name}`"
        ))
    });
    let views: Vec<String> = views.collect();
    let mut has_clock = false;
    let tables: Vec<view::DeviceTable> = clients
        .iter()
        .zip(&shown)
        .zip(&schema.tables)
        .map(|((client, shown), lowered)| table(model, client, shown, lowered, &mut has_clock))
        .collect();
    view::Device {
        app: model.app.clone(),
        left_out: schema.left_out.into_iter().chain(views).collect(),
        has_clock,
        relations: relations::lower(&shown),
        tables,
    }
}

fn table(
    model: &Model,
    client: &ClientTable<'_>,
    shown: &Shown<'_>,
    lowered: &powersync_client::Table<'_>,
    has_clock: &mut bool,
) -> view::DeviceTable {
    let held = powersync_client::held(client);
    let mut columns = Vec::new();
    if !held.iter().any(|held| is_id(held.column)) {
        columns.push(view::Column {
            doc: doc(Some("The key as one text."), None, 4),
            key: CLIENT_ID.to_owned(),
            value: "sqlite.text('id').primaryKey()".to_owned(),
        });
    }
    for held in held {
        let key = &shown.keys[&*held.column.name];
        columns.push(column(model, held, key, has_clock));
    }
    let indexes = lowered.indexes.iter().map(|index| {
        let columns = index.columns.iter();
        let columns: Vec<String> = columns
            .map(|column| format!("table.{}", shown::key(column.name)))
            .collect();
        let name = literal(index.name);
        format!("sqlite.index({name}).on({})", columns.join(", "))
    });
    view::DeviceTable {
        doc: doc(client.table.doc.as_deref(), None, 0),
        constant: shown.constant.clone(),
        name: literal(lowered.name),
        columns,
        indexes: indexes.collect(),
        options: options(lowered),
    }
}

/// What PowerSync's table does beside holding rows.
fn options(table: &powersync_client::Table<'_>) -> String {
    let mut options = Vec::new();
    match table.mode {
        Mode::LocalOnly => options.push("localOnly: true".to_owned()),
        Mode::InsertOnly => options.push("insertOnly: true".to_owned()),
        Mode::Synced => {}
    }
    match &table.track_previous {
        TrackPrevious::Nothing => {}
        TrackPrevious::Everything => options.push("trackPrevious: true".to_owned()),
        TrackPrevious::Columns(names) => {
            let names = list(names.iter().map(|name| literal(name)));
            options.push(format!("trackPrevious: {{ columns: {names} }}"));
        }
    }
    if table.track_metadata {
        options.push("trackMetadata: true".to_owned());
    }
    if table.ignore_empty_updates {
        options.push("ignoreEmptyUpdates: true".to_owned());
    }
    options.join(", ")
}

fn column(model: &Model, held: &ClientColumn<'_>, key: &str, has_clock: &mut bool) -> view::Column {
    let column = held.column;
    let name = literal(&column.client_name);
    let is_id = is_id(column);
    let mut value = match is_id {
        true => format!("sqlite.text({name}).primaryKey()"),
        false => typed(model, &column.kind, &name),
    };
    if !is_id && !column.nullable && !held.may_lack() {
        value.push_str(".notNull()");
    }
    // A `timestamp` is a time of UTC and does not say so.
    let now = match column.kind {
        Kind::Scalar(Scalar::Timestamp) => "() => now().slice(0, -1)",
        _ => "now",
    };
    let mut clock = |call: &str| {
        *has_clock = true;
        value.push_str(call);
    };
    match held.filled() {
        Filled::Clock => clock(&format!(".$defaultFn({now})")),
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
        value.push_str(&format!(".$onUpdateFn({now})"));
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
