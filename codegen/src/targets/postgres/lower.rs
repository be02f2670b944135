//! From a model to what the templates of Postgres print.
//!
//! What Postgres shall hold is decided by [`catalog::lower`]; this file decides how it is written down, and in which order.

use super::sql::{self, Printer, ident, list, literal, qualified};
use super::view::{
    AddConstraint, Asked, Baseline, Before, Call, Comment, Domain, EnumType, Grant, Helper,
    NamedText, Private, Publication, Schema, Table, TableTouch, Touch, UserId, View, Writers,
    Written,
};
use super::{order, policies};
use crate::catalog::{self, Catalog, Formula, Name, Rls, writers};
use crate::expr::Row;
use crate::model::{self, Model, SqlObject, ViewBody, parents_first};
use indexmap::IndexMap;
use synctable::{Kind, Scalar};

pub(super) fn baseline(model: &Model) -> Baseline {
    let catalog = catalog::lower(model);
    let revoke = sql::roles(&catalog::revoked(model));
    let printer = Printer::new(model);
    let ordered: Vec<&model::Table> = parents_first(model)
        .into_iter()
        .flatten()
        .filter(|table| table.sync.on_server())
        .collect();
    let tables = ordered.iter();
    let foreign_keys = ordered.iter();
    let roles: Vec<String> = catalog::users(model)
        .union(&catalog::revoked(model))
        .filter(|role| *role != "public")
        .map(|role| literal(role))
        .collect();
    Baseline {
        app: model.app.clone(),
        doc: lines(model.doc.as_deref()),
        roles_quote: sql::quote(&roles),
        roles,
        schemas: schemas(model, &catalog),
        private: private(model, &catalog, &revoke),
        before: before(model, &catalog, &printer),
        tables: tables
            .map(|table| lower_table(model, table, &catalog, &printer, &revoke))
            .collect(),
        foreign_keys: foreign_keys
            .flat_map(|table| lower_foreign_keys(table, &catalog))
            .collect(),
        helpers: helpers(model, &catalog),
        sets: policies::sets(model, &catalog, &printer),
        policies: policies::policies(model, &ordered, &catalog, &printer),
        views: order::views(model)
            .into_iter()
            .filter_map(|view| lower_view(model, view, &catalog, &printer, &revoke))
            .collect(),
        publication: publication(model, &catalog),
        after: order::after_tables(model)
            .into_iter()
            .map(written)
            .collect(),
    }
}

fn helpers(model: &Model, catalog: &Catalog) -> Vec<Helper> {
    let private = catalog::private_schema(model);
    let helpers = catalog.helpers.iter();
    helpers
        .map(|helper| Helper {
            doc: helper.doc.clone(),
            function: qualified(&Name::new(&private, &helper.function)),
            security_definer: helper.security_definer,
            search_path: catalog::SEARCH_PATH,
            quote: sql::quote(&helper.body),
            body: helper.body.clone(),
            triggers: helper
                .triggers
                .iter()
                .map(|call| Call {
                    trigger: ident(&call.trigger),
                    table: qualified(&catalog::name_of(&model.tables[&call.table])),
                    when: call.event(ident),
                    condition: call.condition(model),
                    arguments: list(call.arguments.iter().map(|one| literal(one))),
                })
                .collect(),
        })
        .collect()
}

fn schemas(model: &Model, catalog: &Catalog) -> Vec<Schema> {
    model
        .postgres
        .schemas
        .iter()
        .map(|name| Schema {
            name: ident(name),
            create: name != "public",
            usage: sql::roles(&catalog.schemas[name].usage),
        })
        .collect()
}

fn private(model: &Model, catalog: &Catalog, revoke: &str) -> Private {
    let schema = catalog::private_schema(model);
    let mut touches: IndexMap<&str, Touch> = IndexMap::new();
    for table in catalog::server_tables(model) {
        if let Some(column) = catalog::edited_at(table) {
            touches.entry(&column.name).or_insert_with(|| Touch {
                column: ident(&column.name),
                touch: ident(&catalog::touch_function(column)),
                keep: ident(&catalog::keep_function(column)),
                now: match column.kind {
                    Kind::Scalar(Scalar::Timestamp) => "(now() at time zone 'utc')",
                    _ => "now()",
                },
            });
        }
    }
    Private {
        schema: ident(&schema),
        token: catalog::token(model),
        user_id: UserId {
            sql_type: model.postgres.user_id.postgres_type().into_owned(),
            returns: catalog::user_id(model),
        },
        claim: catalog::claim_at_path(model),
        search_path: catalog::SEARCH_PATH,
        touches: touches.into_values().collect(),
        writers: writers_of(model, revoke),
        usage: sql::roles(&catalog.schemas[&schema].usage),
    }
}

fn writers_of(model: &Model, revoke: &str) -> Option<Writers> {
    writers::Written::all(model).next()?;
    Some(Writers {
        columns: writers::columns().collect(),
        comment: literal(writers::COMMENT),
        revoke: revoke.to_owned(),
        asked: writers::Asked::all(model)
            .iter()
            .map(|asked| Asked {
                name: asked.name,
                parameters: asked.parameters,
                types: asked.types,
                comment: literal(asked.comment),
                body: asked.body(model),
            })
            .collect(),
    })
}

fn before(model: &Model, catalog: &Catalog, printer: &Printer) -> Vec<Before> {
    let enums = catalog.enums.iter().map(|(name, one)| {
        Before::Enum(EnumType {
            name: qualified(name),
            labels: list(one.labels.iter().map(|label| literal(label))),
            comment: one.comment.as_deref().map(literal),
        })
    });
    let (early, late) = order::before_tables(model);
    let domains = catalog.domains.iter().map(|(name, domain)| {
        let base = model.domains.get(&name.name).map(|domain| domain.base);
        let row = Row::value(base.unwrap_or(Scalar::Text));
        Before::Domain(Domain {
            name: qualified(name),
            base: domain.base.clone(),
            check: domain
                .checks
                .iter()
                .next()
                .map(|(name, formula)| NamedText {
                    name: ident(name),
                    text: printer.formula(formula, &row),
                }),
            comment: domain.comment.as_deref().map(literal),
        })
    });
    enums
        .chain(early.into_iter().map(|sql| Before::Written(written(sql))))
        .chain(domains)
        .chain(late.into_iter().map(|sql| Before::Written(written(sql))))
        .collect()
}

fn lower_table(
    model: &Model,
    table: &model::Table,
    catalog: &Catalog,
    printer: &Printer,
    revoke: &str,
) -> Table {
    let name = catalog::name_of(table);
    let lowered = &catalog.tables[&name];
    let qualified_name = qualified(&name);
    let row = printer.row(table);
    let formula = |formula: &Formula| printer.formula(formula, row);

    let mut lines: Vec<String> = Vec::new();
    let mut comments = Vec::new();
    let mut sequences = Vec::new();
    comments.extend(lowered.comment.as_deref().map(|text| Comment {
        on: format!("table {qualified_name}"),
        text: literal(text),
    }));
    for (name, column) in &lowered.columns {
        let mut line = format!("{} {}", ident(name), column.sql_type);
        if !column.nullable {
            line += " not null";
        }
        if let Some(default) = &column.default {
            line += &format!(
                " default {}",
                printer.value(default, &table.columns[name].kind, row)
            );
        }
        if column.identity {
            let sequence = Name::new(&table.schema, sql::sequence(&table.name, name));
            line += &format!(
                " generated always as identity (sequence name {})",
                qualified(&sequence)
            );
            sequences.push(qualified(&sequence));
        }
        if let Some(generated) = &column.generated {
            line += &format!(" generated always as ({}) stored", formula(generated));
        }
        lines.push(line);
        comments.extend(column.comment.as_deref().map(|text| Comment {
            on: format!("column {qualified_name}.{}", ident(name)),
            text: literal(text),
        }));
    }
    if let Some(key) = &lowered.key {
        let columns = sql::columns(&key.columns);
        lines.push(format!(
            "constraint {} primary key ({columns})",
            ident(&key.name)
        ));
    }
    let mut indexes = Vec::new();
    for (name, unique) in &lowered.uniques {
        let parts = printer.parts(&unique.parts, row);
        let nulls = if unique.nulls_not_distinct {
            " nulls not distinct"
        } else {
            ""
        };
        if unique.constraint {
            let deferrable = if unique.deferrable {
                " deferrable initially deferred"
            } else {
                ""
            };
            lines.push(format!(
                "constraint {} unique{nulls} ({parts}){deferrable}",
                ident(name)
            ));
        } else {
            let predicate = predicate(unique.predicate.as_ref(), formula);
            indexes.push(format!(
                "create unique index {} on {qualified_name} ({parts}){nulls}{predicate}",
                ident(name)
            ));
        }
    }
    let mut not_valid = Vec::new();
    for (name, check) in &lowered.checks {
        let text = format!("check ({})", formula(&check.formula));
        match check.validated {
            true => lines.push(format!("constraint {} {text}", ident(name))),
            false => not_valid.push(NamedText {
                name: ident(name),
                text: format!("{text} not valid"),
            }),
        }
    }
    for (name, index) in &lowered.indexes {
        let parts = printer.parts(&index.parts, row);
        let method = match index.method.as_str() {
            "btree" => String::new(),
            other => format!(" using {}", ident(other)),
        };
        let predicate = predicate(index.predicate.as_ref(), formula);
        indexes.push(format!(
            "create index {} on {qualified_name}{method} ({parts}){predicate}",
            ident(name)
        ));
    }
    Table {
        title: table.name.clone(),
        name: qualified_name,
        lines,
        not_valid,
        comments,
        indexes,
        touch: touch(model, table),
        force_rls: lowered.rls == Rls::Forced,
        revoke: revoke.to_owned(),
        sequences,
        grants: grants(&lowered.grants),
    }
}

fn predicate(formula: Option<&Formula>, print: impl Fn(&Formula) -> String) -> String {
    formula.map_or_else(String::new, |formula| {
        format!("\n    where {}", print(formula))
    })
}

fn touch(model: &Model, table: &model::Table) -> Option<TableTouch> {
    let column = catalog::edited_at(table)?;
    let private = catalog::private_schema(model);
    let function = |name: String| qualified(&Name::new(&private, name));
    Some(TableTouch {
        keep_trigger: ident(catalog::KEEP_TRIGGER),
        touch_trigger: ident(catalog::TOUCH_TRIGGER),
        keep_function: function(catalog::keep_function(column)),
        touch_function: function(catalog::touch_function(column)),
        column: ident(&column.name),
        bound: catalog::is_bound(table),
    })
}

fn grants(grants: &IndexMap<String, catalog::Grant>) -> Vec<Grant> {
    grants
        .iter()
        .map(|(role, grant)| {
            // `all` is what a person writes, and covers privileges of later versions.
            if grant.table.contains("truncate") {
                return Grant {
                    privileges: " all ".to_owned(),
                    role: ident(role),
                };
            }
            let privileges: Vec<String> = ["select", "insert", "update", "delete"]
                .into_iter()
                .filter_map(|one| {
                    if grant.table.contains(one) {
                        return Some(one.to_owned());
                    }
                    let columns = grant.columns.get(one)?;
                    Some(format!("{one} ({})", sql::columns(columns)))
                })
                .collect();
            // Columns make long lists: a line for each privilege.
            let privileges = match grant.columns.is_empty() {
                true => format!(" {} ", privileges.join(", ")),
                false => format!("\n    {}\n", privileges.join(",\n    ")),
            };
            Grant {
                privileges,
                role: ident(role),
            }
        })
        .collect()
}

fn lower_foreign_keys(table: &model::Table, catalog: &Catalog) -> Vec<AddConstraint> {
    let name = catalog::name_of(table);
    let keys = catalog.tables[&name].foreign_keys.iter();
    keys.map(|(key, lowered)| {
        let mut definition = format!(
            "foreign key ({}) references {} ({})",
            sql::columns(&lowered.columns),
            qualified(&lowered.table),
            sql::columns(&lowered.references)
        );
        for (event, action) in [("delete", lowered.on_delete), ("update", lowered.on_update)] {
            if action != "NO ACTION" {
                definition += &format!(" on {event} {}", action.to_ascii_lowercase());
            }
        }
        if lowered.deferrable {
            definition += " deferrable initially deferred";
        }
        if !lowered.validated {
            definition += " not valid";
        }
        AddConstraint {
            table: qualified(&name),
            name: ident(key),
            definition,
        }
    })
    .collect()
}

fn lower_view(
    model: &Model,
    view: &model::View,
    catalog: &Catalog,
    printer: &Printer,
    revoke: &str,
) -> Option<View> {
    let name = Name::new(&view.schema, &view.name);
    let lowered = catalog.views.get(&name)?;
    let query = match &view.body {
        ViewBody::Columns {
            table,
            columns,
            filter,
        } => {
            let table = &model.tables[table];
            let row = printer.row(table);
            let print = |expr: &model::Expr| printer.expr(&catalog::stored(table, expr), row);
            let mut query = vec!["select".to_owned()];
            let last = columns.len().saturating_sub(1);
            for (index, (name, expr)) in columns.iter().enumerate() {
                let comma = if index == last { "" } else { "," };
                query.push(match expr {
                    model::Expr::Column(column) if column == name => {
                        format!("    {}{comma}", ident(name))
                    }
                    _ => format!("    {} as {}{comma}", print(expr), ident(name)),
                });
            }
            query.push(format!("from {}", qualified(&catalog::name_of(table))));
            query.extend(
                filter
                    .as_ref()
                    .map(|filter| format!("where {}", print(filter))),
            );
            query
        }
        ViewBody::Sql { postgres, .. } => {
            let text = postgres.as_deref()?;
            let text = text.trim().trim_end_matches(';').trim_end();
            text.lines().map(str::to_owned).collect()
        }
    };
    Some(View {
        title: view.name.clone(),
        name: qualified(&name),
        security_invoker: lowered.security_invoker,
        query,
        comment: lowered.comment.as_deref().map(literal),
        revoke: revoke.to_owned(),
        grants: grants(&lowered.grants),
    })
}

fn publication(model: &Model, catalog: &Catalog) -> Publication {
    let name = &model.postgres.publication;
    let tables = catalog.publications[name].iter();
    let tables: Vec<String> = tables.map(|table| literal(&qualified(table))).collect();
    Publication {
        name: ident(name),
        quote: sql::quote(tables.iter().chain([name])),
        name_literal: literal(name),
        tables,
    }
}

fn written(sql: &SqlObject) -> Written {
    let text = sql.up.trim_end();
    let end = if text.ends_with(';') { "" } else { ";" };
    Written {
        name: sql.name.clone(),
        doc: lines(sql.doc.as_deref()),
        text: format!("{text}{end}"),
    }
}

fn lines(text: Option<&str>) -> Vec<String> {
    text.unwrap_or_default()
        .lines()
        .map(|line| line.trim_end().to_owned())
        .collect()
}
