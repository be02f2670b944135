//! The types of columns of Postgres, as functions of Drizzle.

use super::shown::{external, schema_of};
use super::view::Constant;
use crate::catalog;
use crate::model::{DomainDef, EnumDef, External, Model};
use crate::targets::ecmascript::{constant, doc, list, literal};
use synctable::{Element, EnumStorage, Kind, Scalar};

/// Kinds for which Drizzle has no function: the name of ours, and what it is.
const BYTES: (&str, &str) = (
    "bytea",
    "pg.customType<{ data: Uint8Array; driverData: Uint8Array }>({ dataType: () => 'bytea' })",
);
const OPAQUE: (&str, &str) = (
    "opaque",
    "(type: string) => pg.customType<{ data: string; driverData: string }>({ dataType: () => type })",
);

/// Names that those constants have.
pub(super) const TAKEN: [&str; 2] = [BYTES.0, OPAQUE.0];

/// A column of a kind, without what follows: `pg.text('title')`.
pub(super) fn column(model: &Model, kind: &Kind, name: &str) -> String {
    let name = literal(name);
    match kind {
        Kind::Scalar(scalar) => of_scalar(*scalar, &name),
        Kind::Enum { name: of, .. } => of_enum(&model.enums[&**of], &name),
        Kind::Domain { name: of, .. } => format!("{}({name})", constant(of)),
        Kind::List(element) => {
            let one = match element {
                Element::Scalar(scalar) => of_scalar(*scalar, &name),
                Element::Enum { name: of, .. } => of_enum(&model.enums[&**of], &name),
                Element::Domain { name: of, .. } => format!("{}({name})", constant(of)),
            };
            format!("{one}.array()")
        }
        Kind::Opaque(sql) => format!("{}({})({name})", OPAQUE.0, literal(sql)),
    }
}

fn of_enum(of: &EnumDef, name: &str) -> String {
    match of.storage {
        EnumStorage::Native => format!("{}({name})", constant(&of.name)),
        EnumStorage::Check => {
            let labels = list(of.labels.iter().map(|label| literal(label)));
            format!("pg.text({name}, {{ enum: {labels} }})")
        }
    }
}

fn of_scalar(scalar: Scalar, name: &str) -> String {
    let (function, options) = match scalar {
        Scalar::Uuid => ("uuid", None),
        Scalar::Text => ("text", None),
        Scalar::Varchar(length) => ("varchar", Some(format!("length: {length}"))),
        Scalar::Bool => ("boolean", None),
        Scalar::Smallint => ("smallint", None),
        Scalar::Int => ("integer", None),
        Scalar::Bigint => ("bigint", Some("mode: 'bigint'".to_owned())),
        Scalar::Real => ("real", None),
        Scalar::Double => ("doublePrecision", None),
        Scalar::Decimal { precision, scale } => (
            "numeric",
            Some(format!("precision: {precision}, scale: {scale}")),
        ),
        Scalar::Date => ("date", None),
        Scalar::Time => ("time", None),
        Scalar::Timestamp => ("timestamp", Some("mode: 'string'".to_owned())),
        Scalar::Timestamptz => (
            "timestamp",
            Some("withTimezone: true, mode: 'string'".to_owned()),
        ),
        Scalar::Interval => ("interval", None),
        Scalar::Json => ("jsonb", None),
        Scalar::Bytes => return format!("{}({name})", BYTES.0),
    };
    match options {
        None => format!("pg.{function}({name})"),
        Some(options) => format!("pg.{function}({name}, {{ {options} }})"),
    }
}

/// What stands before the tables.
pub(super) fn before(model: &Model) -> Vec<Constant> {
    let tables = || catalog::server_tables(model);
    let kinds = || {
        tables()
            .flat_map(catalog::server_columns)
            .map(|column| &column.kind)
    };
    let is_bytes = |kind: &Kind| {
        matches!(
            kind,
            Kind::Scalar(Scalar::Bytes) | Kind::List(Element::Scalar(Scalar::Bytes))
        )
    };
    let externals: Vec<&External> = model
        .externals
        .iter()
        .filter(|(name, _)| {
            let mut keys = tables().flat_map(|table| &table.foreign_keys);
            keys.any(|key| key.table == **name)
        })
        .map(|(_, external)| external)
        .collect();
    let has_bytes = kinds().any(is_bytes)
        || externals
            .iter()
            .any(|one| one.columns.values().any(is_bytes));
    let mut before = Vec::new();
    let needed = [
        (BYTES, has_bytes),
        (OPAQUE, kinds().any(|kind| matches!(kind, Kind::Opaque(_)))),
    ];
    for ((name, value), is_needed) in needed {
        if is_needed {
            before.push(Constant {
                doc: String::new(),
                exported: false,
                name: name.to_owned(),
                value: value.to_owned(),
            });
        }
    }
    let schemas = model.postgres.schemas.iter();
    before.extend(
        schemas
            .filter(|name| *name != "public")
            .map(|name| Constant {
                doc: String::new(),
                exported: true,
                name: schema_of(name),
                value: format!("pg.pgSchema({})", literal(name)),
            }),
    );
    before.extend(model.enums.values().filter_map(enum_type));
    let domains = model.domains.values();
    before.extend(domains.map(domain_type));
    before.extend(externals.into_iter().map(|table| elsewhere(model, table)));
    before
}

fn enum_type(of: &EnumDef) -> Option<Constant> {
    if of.storage != EnumStorage::Native {
        return None;
    }
    let labels = list(of.labels.iter().map(|label| literal(label)));
    let function = match of.schema.as_str() {
        "public" => "pg.pgEnum".to_owned(),
        schema => format!("{}.enum", schema_of(schema)),
    };
    Some(Constant {
        doc: doc(of.doc.as_deref(), None, 0),
        exported: true,
        name: constant(&of.name),
        value: format!("{function}({}, {labels})", literal(&of.name)),
    })
}

fn domain_type(domain: &DomainDef) -> Constant {
    let (data, driver, more) = match domain.base {
        Scalar::Bool => ("boolean", "boolean", ""),
        Scalar::Smallint | Scalar::Int | Scalar::Real | Scalar::Double => ("number", "number", ""),
        Scalar::Bigint => ("bigint", "string", ", toDriver: String, fromDriver: BigInt"),
        Scalar::Json => (
            "unknown",
            "unknown",
            ", toDriver: (value) => JSON.stringify(value)",
        ),
        Scalar::Bytes => ("Uint8Array", "Uint8Array", ""),
        Scalar::Uuid
        | Scalar::Text
        | Scalar::Varchar(_)
        | Scalar::Decimal { .. }
        | Scalar::Date
        | Scalar::Time
        | Scalar::Timestamp
        | Scalar::Timestamptz
        | Scalar::Interval => ("string", "string", ""),
    };
    // Drizzle's kit puts the whole name between quotes, so it finds no domain of another schema.
    let name = literal(&match domain.schema.as_str() {
        "public" => domain.name.clone(),
        schema => format!("{schema}.{}", domain.name),
    });
    Constant {
        doc: doc(domain.doc.as_deref(), None, 0),
        exported: true,
        name: constant(&domain.name),
        value: format!(
            "pg.customType<{{ data: {data}; driverData: {driver} }}>({{ dataType: () => {name}{more} }})"
        ),
    }
}

/// A table that exists elsewhere, so that foreign keys can name it.
///
/// It is not exported: Drizzle's kit would make it.
fn elsewhere(model: &Model, table: &External) -> Constant {
    let columns = table.columns.iter().map(|(name, kind)| {
        let key = super::shown::key(name);
        format!("{key}: {}", column(model, kind, name))
    });
    let columns: Vec<String> = columns.collect();
    let function = match table.schema.as_str() {
        "public" => "pg.pgTable".to_owned(),
        schema => format!("pg.pgSchema({}).table", literal(schema)),
    };
    Constant {
        doc: String::new(),
        exported: false,
        name: external(&table.schema, &table.name),
        value: format!(
            "{function}({}, {{ {} }})",
            literal(&table.name),
            columns.join(", ")
        ),
    }
}
