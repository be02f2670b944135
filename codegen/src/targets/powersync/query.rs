//! One query of a stream: the rows of one table that a device may have, column by column.

use super::bound::bind;
use super::enforced::enforceable;
use super::hooks::StreamHooks;
use super::own_rows::inline;
use crate::diagnostic::{Complaints, Diagnostic, Place, codes};
use crate::expr::Row;
use crate::expr::print::{self, Unsayable};
use crate::model::{ClientId, Clients, Column, Expr, IdEncoding, Model, Rule, Table};
use std::collections::BTreeSet;
use synctable::facts::ColumnType;
use synctable::table::CLIENT_ID;
use synctable::{Database, Kind, Role, Scalar};

/// The lines of the query; what a stream cannot say is left out and complained about.
pub(super) fn query(
    table: &Table,
    filter: Option<(&Expr, Place)>,
    hooks: &StreamHooks<'_>,
    cx: &mut Complaints,
) -> Vec<String> {
    let scopes = hooks.scopes();
    let model = scopes.model;
    let row = &scopes.known.tables[&table.name];
    let mut conditions = Vec::new();
    let rule_place = Place::table(&table.name).key("access").key("read");
    match read_rule(model, table) {
        Some(Rule::Public) => {}
        Some(Rule::When(rule)) => {
            let rule = inline(model, table, rule);
            let rule = match &filter {
                Some((filter, _)) => bind(scopes, &rule, filter),
                None => rule,
            };
            conditions.extend(condition(&rule, row, hooks, &rule_place, cx));
        }
        // Without a condition the query would send every row to everybody.
        None => cx.push(
            rule_place,
            Diagnostic::error(
                codes::NOT_READABLE_BY_DEVICES,
                format!(
                    "devices cannot read `{}`, because the role `{}` has no read rule",
                    table.name, model.postgres.roles.client
                ),
            )
            .help("add a rule for that role, or keep the table on the server: `sync: none`"),
        ),
    }
    // The row leaves the device when its tombstone is set.
    if let Some(tombstone) = table.role(Role::Tombstone) {
        conditions.push(Condition {
            text: lives(tombstone),
            is_choice: false,
        });
    }
    if let Some((filter, place)) = filter {
        let filter = inline(model, table, filter);
        conditions.extend(condition(&filter, row, hooks, &place, cx));
    }
    let generated = |expr: &Expr, place: &Place, kind: &Kind| {
        let text = print::powersync(expr, &hooks.context(row).of_kind(kind));
        let way_out = "compute it in a view on the device, or keep it on the server: `on: server`";
        sayable(text, place, way_out, cx)
    };
    lines(
        &columns(table, scopes.clients, generated),
        &source(model, table),
        &conditions,
    )
}

/// Whether a row lives, by its tombstone; a boolean is a number there.
pub(super) fn lives(tombstone: &Column) -> String {
    let name = ident(&tombstone.name);
    match tombstone.kind == Kind::BOOL {
        true => format!("{name} = 0"),
        false => format!("{name} IS NULL"),
    }
}

/// The lines of a query.
pub(super) fn lines(columns: &[String], source: &str, conditions: &[Condition]) -> Vec<String> {
    let mut lines = select(columns);
    lines.push(format!("FROM {source}"));
    let several = conditions.len() > 1;
    for (index, Condition { text, is_choice }) in conditions.iter().enumerate() {
        let word = if index == 0 { "WHERE" } else { "  AND" };
        lines.push(match several && *is_choice {
            true => format!("{word} ({text})"),
            false => format!("{word} {text}"),
        });
    }
    lines
}

/// One of the conditions of a query.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Condition {
    /// It in SQL.
    pub(super) text: String,
    /// Whether it is a choice, which needs parentheses beside others.
    pub(super) is_choice: bool,
}

/// The columns in lines that a reader takes in at a glance.
fn select(columns: &[String]) -> Vec<String> {
    const WIDTH: usize = 88;
    let mut lines = vec!["SELECT".to_owned()];
    for (index, column) in columns.iter().enumerate() {
        let comma = if index + 1 < columns.len() { "," } else { "" };
        let line = lines.last_mut().expect("there is one");
        if index > 0 && line.len() + column.len() + 2 > WIDTH {
            lines.push(format!("  {column}{comma}"));
        } else {
            line.push_str(&format!(" {column}{comma}"));
        }
    }
    lines
}

/// The rule by which a device reads; none where nobody may.
pub(super) fn read_rule<'a>(model: &Model, table: &'a Table) -> Option<&'a Rule> {
    table
        .access
        .as_ref()?
        .read
        .get(&model.postgres.roles.client)
}

/// The table under its name on the device.
pub(super) fn source(model: &Model, table: &Table) -> String {
    let mut source = ident(&table.name);
    if table.schema != "public" {
        source = format!("{}.{source}", synctable::ident::quoted(&table.schema));
    }
    debug_assert!(
        model.postgres.schemas.contains(&table.schema),
        "check knows every schema"
    );
    if table.client_name != table.name {
        source += &format!(" AS {}", ident(&table.client_name));
    }
    source
}

/// Every column that the device shares with the server, the text `id` first, and again under the names that older clients
/// know it by; `generated` says what is computed.
pub(super) fn columns(
    table: &Table,
    clients: Option<&Clients>,
    mut generated: impl FnMut(&Expr, &Place, &Kind) -> Option<String>,
) -> Vec<String> {
    let mut columns = vec![named(client_id(table), CLIENT_ID)];
    let on_device = table
        .columns
        .values()
        .filter(|column| column.is_on_device());
    let mut names: BTreeSet<String> = on_device
        .map(|column| column.client_name.clone())
        .chain([CLIENT_ID.to_owned()])
        .collect();
    for column in table.columns.values() {
        let shared = column.direction.on_client() && column.direction.on_server();
        let mut aliases = clients.map_or_else(Vec::new, |clients| {
            clients.aliases(&table.name, &column.name)
        });
        // A name that another column has now is reported by `check`.
        aliases.retain(|was| names.insert((*was).to_owned()));
        let is_id = column.client_name == CLIENT_ID;
        if !shared || column.secret || (is_id && aliases.is_empty()) {
            continue;
        }
        let value = match &column.generated {
            // Every side computes it: Postgres does not replicate what it would store.
            Some(formula) => {
                let place = Place::table(&table.name)
                    .column(&column.name)
                    .key("generated");
                match generated(&formula.expr, &place, &column.kind) {
                    Some(text) => text,
                    None => continue,
                }
            }
            None => value(column),
        };
        if !is_id {
            columns.push(named(value.clone(), &column.client_name));
        }
        columns.extend(aliases.into_iter().map(|was| named(value.clone(), was)));
    }
    columns
}

/// A column as it reaches the device.
fn value(column: &Column) -> String {
    let name = ident(&column.name);
    match column.kind.carrier() {
        // Blobs never reach a device: a stream drops them without a word. `hex(NULL)` is an empty text.
        Some(Scalar::Bytes) if column.nullable => {
            format!("iif({name} IS NOT NULL, lower(hex({name})), NULL)")
        }
        Some(Scalar::Bytes) => format!("lower(hex({name}))"),
        _ => name,
    }
}

/// The text `id`, composed of the key as `synctable::ClientId` composes it.
fn client_id(table: &Table) -> String {
    let text = |column: &str| {
        let column = &table.columns[column];
        match column.kind.column_type() {
            ColumnType::Text => value(column),
            ColumnType::Integer | ColumnType::Real => {
                format!("CAST({} AS text)", ident(&column.name))
            }
        }
    };
    match &table.id {
        ClientId::Column(column) => text(column),
        ClientId::Composed { parts, separator } => {
            let parts: Vec<_> = parts
                .iter()
                .map(|part| match part.encoding {
                    IdEncoding::Plain => text(&part.column),
                    IdEncoding::Hex => format!("hex({})", text(&part.column)),
                })
                .collect();
            let separator = Database::Postgres.literal(&separator.to_string());
            parts.join(&format!(" || {separator} || "))
        }
    }
}

fn named(value: String, name: &str) -> String {
    let name = ident(name);
    match value == name {
        true => value,
        false => format!("{value} AS {name}"),
    }
}

/// A rule or a filter as one of several conditions: NULL never grants.
fn condition(
    rule: &Expr,
    row: &Row,
    hooks: &StreamHooks<'_>,
    place: &Place,
    cx: &mut Complaints,
) -> Option<Condition> {
    let rule = enforceable(rule, row, hooks.scopes().known);
    let text = print::powersync(&rule, &hooks.context(row));
    let text = sayable(
        text,
        place,
        "use one of the forms in the table in docs/access.md",
        cx,
    )?;
    Some(Condition {
        text,
        is_choice: matches!(rule, Expr::Or(_)),
    })
}

/// The text, or a complaint at its place with a way out.
pub(super) fn sayable(
    printed: Result<String, Unsayable>,
    place: &Place,
    way_out: &str,
    cx: &mut Complaints,
) -> Option<String> {
    match printed {
        Ok(text) => Some(text),
        Err(error) => {
            cx.push(
                place.clone(),
                Diagnostic::error(codes::STREAM_CANNOT_SAY, error.reason).help(way_out),
            );
            None
        }
    }
}

pub(super) fn ident(name: &str) -> String {
    Database::Postgres.ident(name).into_owned()
}
