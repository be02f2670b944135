//! The worker that syncs devices on edge runtimes: the app as data, for a runtime that all apps share.

use super::spelling::{comment_lines, constant, file, list, literal, property, text_block};
use super::view;
use crate::catalog;
use crate::map::IndexMap;
use crate::model::{Connection, Model, OnServer, Pulled, Table};
use synctable::FkAction;
use synctable::crud::Op;
use synctable::ident::{bridge_schema, quoted};
use synctable::statement::{self, Answer, Batch, Param, StatementSet};

const OPS: [Op; 3] = [Op::Put, Op::Patch, Op::Delete];

pub(super) fn lower(
    model: &Model,
    statements: &IndexMap<String, StatementSet>,
    pulled: Option<&Pulled>,
) -> view::Worker {
    let roles = &model.postgres.roles;
    let connection = match model.postgres.has(Connection::RowSecurity) {
        true => statement::Connection::RowSecurity,
        false => statement::Connection::Guarded,
    };
    let clients = model.client_tables();
    let callers = catalog::callers(model).into_iter();
    let callers = callers.filter(|role| roles.service.as_ref() != Some(role));
    let tables: Vec<&Table> = clients.iter().map(|client| client.table).collect();
    view::Worker {
        app: comment_lines(&model.app).concat().trim().to_owned(),
        schema: literal(&quoted(&bridge_schema(&model.app))),
        access: match connection {
            statement::Connection::RowSecurity => "row_security",
            statement::Connection::Guarded => "guarded",
        },
        client_role: literal(&roles.client),
        roles: list(callers.map(|role| literal(&role))),
        service_role: match &roles.service {
            Some(role) => literal(role),
            None => "null".to_owned(),
        },
        pull: pulled.map(|pulled| pull(model, &tables, pulled)),
        tables: tables
            .iter()
            .map(|table| served(model, table, statements.get(&table.name), connection))
            .collect(),
    }
}

fn served(
    model: &Model,
    table: &Table,
    statements: Option<&StatementSet>,
    connection: statement::Connection,
) -> view::ServedTable {
    let renamed = table
        .columns
        .values()
        .filter(|column| column.client_name != column.name)
        .map(|column| {
            format!(
                "{}: {}",
                property(&column.client_name),
                literal(&column.name)
            )
        });
    let renamed: Vec<String> = renamed.collect();
    let names = |names: &[String]| list(names.iter().map(|name| literal(name)));
    let checked = table.foreign_keys.iter().filter(|key| {
        key.on_server != OnServer::Unchecked
            && !key.deferrable
            && model.tables.contains_key(&key.table)
    });
    view::ServedTable {
        constant: constant(&table.name),
        file: file(&table.name),
        schema: literal(&table.schema),
        name: literal(&table.name),
        names: match renamed.is_empty() {
            true => "{}".to_owned(),
            false => format!("{{ {} }}", renamed.join(", ")),
        },
        key: names(&table.key),
        upsert_on: names(&table.upsert_on),
        references: checked
            .map(|key| view::ServedReference {
                columns: names(&key.columns),
                table: literal(&key.table),
                references: names(&key.references),
                restricts: matches!(key.on_delete, FkAction::NoAction | FkAction::Restrict),
            })
            .collect(),
        uploads: statements.map(|set| view::ServedUploads {
            decisive: list(set.batching.decisive.iter().map(|name| literal(name))),
            batch: OPS.map(|op| match set.batching.of(op) {
                Batch::Together => "together",
                Batch::Unrelated => "unrelated",
                Batch::Alone => "alone",
            }),
            statements: OPS.map(|op| view::ServedStatement {
                op: op.as_str(),
                body: set.on(connection).of(op).map(|one| view::ServedText {
                    answer: match one.answer {
                        Answer::Outcomes => "outcomes",
                        Answer::Count => "count",
                    },
                    params: list(one.params.iter().map(|param| {
                        literal(match param {
                            Param::Entries => "entries",
                            Param::Subject => "subject",
                            Param::Claims => "claims",
                        })
                    })),
                    text: text_block(&one.text),
                }),
            }),
        }),
    }
}

fn pull(model: &Model, tables: &[&Table], pulled: &Pulled) -> view::ServedPull {
    let pages = pulled.tables.iter().map(|one| {
        let place = tables.iter().position(|table| table.name == one.table);
        let columns = one.columns.iter().map(|name| {
            let column = &model.tables[&one.table].columns[name];
            match column.is_on_device() {
                true => literal(&column.client_name),
                false => "null".to_owned(),
            }
        });
        view::ServedPage {
            place: place.expect("devices have what they pull"),
            columns: list(columns),
            changed: text_block(&one.changed),
            changed_after: text_block(&one.changed_after),
            whole: text_block(&one.whole),
            whole_after: text_block(&one.whole_after),
            now: text_block(&one.now),
            gone: text_block(&one.gone),
        }
    });
    let roles = pulled.roles.iter().map(|role| view::ServedRole {
        name: literal(&role.name),
        state: text_block(&role.state),
        busy: text_block(&role.busy),
        tables: list(role.tables.iter().map(|(table, inputs)| {
            let inputs = list(inputs.iter().map(usize::to_string));
            format!("[{table}, {inputs}]")
        })),
    });
    view::ServedPull {
        version: literal(&pulled.version),
        tables: pages.collect(),
        roles: roles.collect(),
    }
}
