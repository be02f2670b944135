//! Which tables a stock connector can upload: PowerSync's published Supabase connector, which upserts through PostgREST.
//!
//! It sends every value of the device under the device's names, as JSON, to the table of the same name in the schema
//! `public`, and finds the row by the column `id`.

use super::{Column, Model, Table};
use std::fmt;
use synctable::{Direction, Kind, Scalar};

/// Why a stock connector cannot upload a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NotStock {
    /// Devices insert no rows of it.
    NoInsert,
    /// Its writers read nothing of it, and an upsert reads the key.
    NotRead,
    /// It stands in another schema.
    Schema(String),
    /// The key is not one column `id`.
    Key(Vec<String>),
    /// The device has another name for the table.
    Table(String),
    /// The device has another name for a column.
    Renamed(String),
    /// Only the device has the column.
    DeviceOnly(String),
    /// The device keeps the columns as text that is not the text of their kinds in Postgres.
    Form(Vec<String>),
}

impl fmt::Display for NotStock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoInsert => f.write_str("devices insert no rows"),
            Self::NotRead => f.write_str("its writers do not read it, and an upsert reads the key"),
            Self::Schema(schema) => {
                write!(
                    f,
                    "it is in the schema `{schema}`, the connector writes to `public`"
                )
            }
            Self::Key(columns) => write!(f, "its key is `{}`", columns.join(", ")),
            Self::Table(name) => write!(f, "devices call it `{name}`"),
            Self::Renamed(column) => write!(f, "devices have another name for `{column}`"),
            Self::DeviceOnly(column) => write!(f, "only devices have `{column}`"),
            Self::Form(columns) => {
                write!(
                    f,
                    "the connector has to convert `{}` first",
                    columns.join("`, `")
                )
            }
        }
    }
}

impl Model {
    /// Whether a stock connector can upload the rows of a table; if not, the first reason.
    ///
    /// # Errors
    /// Where it cannot.
    pub fn takes_stock_uploads(&self, table: &Table) -> Result<(), NotStock> {
        let client = &self.postgres.roles.client;
        if !self.uploads(table).put {
            return Err(NotStock::NoInsert);
        }
        if !table.has_rule(client, |access| &access.read) {
            return Err(NotStock::NotRead);
        }
        if table.schema != "public" {
            return Err(NotStock::Schema(table.schema.clone()));
        }
        if table.key != ["id"] {
            return Err(NotStock::Key(table.key.clone()));
        }
        if table.client_name != table.name {
            return Err(NotStock::Table(table.client_name.clone()));
        }
        let columns = table.columns.values();
        columns.clone().try_for_each(has_its_name)?;
        let converted: Vec<String> = columns
            .filter(|column| column.may_be_sent() && is_of_another_form(&column.kind))
            .map(|column| column.name.clone())
            .collect();
        match converted.is_empty() {
            true => Ok(()),
            false => Err(NotStock::Form(converted)),
        }
    }
}

/// Whether Postgres has the column under the device's name, or it is not sent.
fn has_its_name(column: &Column) -> Result<(), NotStock> {
    if column.direction == Direction::ClientOnly {
        return Err(NotStock::DeviceOnly(column.name.clone()));
    }
    if column.may_be_sent() && column.client_name != column.name {
        return Err(NotStock::Renamed(column.name.clone()));
    }
    Ok(())
}

/// Whether devices keep values of the kind as a text that Postgres does not read as this kind: JSON, arrays, bytes.
fn is_of_another_form(kind: &Kind) -> bool {
    match kind {
        Kind::List(_) => true,
        kind => matches!(kind.carrier(), Some(Scalar::Json | Scalar::Bytes)),
    }
}
