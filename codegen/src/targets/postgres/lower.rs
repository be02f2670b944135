//! From a model to what the templates of Postgres print.
//!
//! What Postgres shall hold is decided by [`catalog::lower`]; this file decides how it is written down, and in which order.

use super::sql::{self, Printer, ident, list, literal, qualified};
use super::view::{
    AddConstraint, Baseline, Before, Comment, Domain, EnumType, Grant, Helper, NamedText, Needed,
    Private, Publication, Schema, Table, Touch, View, Writers, WritersTable, Written,
};
use super::{ddl, functions, order, policies, seeds, triggers};
use crate::catalog::{self, Catalog, Name, Rls, writers};
use crate::expr::Row;
use crate::map::IndexMap;
use crate::model::{self, Model, SqlObject, ViewBody, parents_first};
use synctable::Scalar;

pub(super) fn baseline(model: &Model) -> Baseline {
    let printer = Printer::new(model);
    let catalog = catalog::outline(model, printer.known());
    let revoke = sql::roles(&catalog::revoked(model));
    let ordered: Vec<&model::Table> = parents_first(model)
        .into_iter()
        .flatten()
        .filter(|table| table.sync.on_server())
        .collect();
    let tables = ordered.iter();
    let foreign_keys = ordered.iter();
    Baseline {
        app: model.app.clone(),
        doc: lines(model.doc.as_deref()),
        needed: needed(model),
        schemas: schemas(model, &catalog),
        extensions: extensions(model),
        private: catalog
            .schemas
            .contains_key(&catalog::private_schema(model))
            .then(|| private(model, &catalog, &revoke)),
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
        seeds: seeds::all(model),
    }
}

/// The roles without which nothing is made.
pub(super) fn needed(model: &Model) -> Needed {
    let roles: Vec<String> = catalog::users(model)
        .union(&catalog::revoked(model))
        .filter(|role| *role != "public")
        .map(|role| literal(role))
        .collect();
    Needed {
        quote: sql::quote(&roles),
        roles,
    }
}

fn extensions(model: &Model) -> Vec<String> {
    let extensions = catalog::extensions(model).into_iter();
    extensions.map(|name| ddl::extension(model, name)).collect()
}

fn helpers(model: &Model, catalog: &Catalog) -> Vec<Helper> {
    let helpers = catalog.helpers.iter();
    helpers
        .map(|helper| {
            let function = functions::helper(model, helper);
            Helper {
                doc: helper.doc.clone(),
                triggers: triggers::of_helper(model, helper),
                function,
            }
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
    let asked = functions::asking_the_caller(model, catalog);
    let touches = catalog::Touch::all(model).map(|touch| {
        let [keep, fill] = functions::touching(model, &touch);
        Touch {
            column: touch.ident(),
            keep,
            touch: fill,
        }
    });
    Private {
        schema: ident(&schema),
        asked,
        touches: touches.collect(),
        writers: writers_of(model, catalog, revoke),
        usage: sql::roles(&catalog.schemas[&schema].usage),
    }
}

fn writers_of(model: &Model, catalog: &Catalog, revoke: &str) -> Option<Writers> {
    writers::Written::all(model).next()?;
    Some(Writers {
        table: writers_table(model, revoke),
        asked: functions::asking_the_writers(model, catalog),
    })
}

pub(super) fn writers_table(model: &Model, revoke: &str) -> WritersTable {
    WritersTable {
        schema: ident(&catalog::private_schema(model)),
        columns: writers::columns().collect(),
        comment: literal(writers::COMMENT),
        revoke: revoke.to_owned(),
    }
}

fn before(model: &Model, catalog: &Catalog, printer: &Printer) -> Vec<Before> {
    let enums = catalog
        .enums
        .iter()
        .map(|(name, one)| Before::Enum(enum_type(name, one)));
    let (early, late) = order::before_tables(model);
    let domains = catalog
        .domains
        .iter()
        .map(|(name, one)| Before::Domain(domain(model, printer, name, one)));
    enums
        .chain(early.into_iter().map(|sql| Before::Written(written(sql))))
        .chain(domains)
        .chain(late.into_iter().map(|sql| Before::Written(written(sql))))
        .collect()
}

pub(super) fn enum_type(name: &Name, one: &catalog::EnumType) -> EnumType {
    EnumType {
        name: qualified(name),
        labels: list(one.labels.iter().map(|label| literal(label))),
        comment: one.comment.as_deref().map(literal),
    }
}

pub(super) fn domain(
    model: &Model,
    printer: &Printer,
    name: &Name,
    domain: &catalog::Domain,
) -> Domain {
    let base = model.domains.get(&name.name).map(|domain| domain.base);
    let row = Row::value(base.unwrap_or(Scalar::Text));
    Domain {
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
    }
}

pub(super) fn lower_table(
    model: &Model,
    table: &model::Table,
    catalog: &Catalog,
    printer: &Printer,
    revoke: &str,
) -> Table {
    let name = catalog::name_of(table);
    let lowered = &catalog.tables[&name];
    let qualified_name = qualified(&name);

    let mut lines: Vec<String> = Vec::new();
    let mut comments = Vec::new();
    let mut sequences = Vec::new();
    comments.extend(lowered.comment.as_deref().map(|text| Comment {
        on: format!("table {qualified_name}"),
        text: literal(text),
    }));
    for (name, column) in &lowered.columns {
        lines.push(ddl::column(printer, table, name, column));
        if column.identity {
            sequences.push(qualified(&ddl::sequence(table, name)));
        }
        comments.extend(column.comment.as_deref().map(|text| Comment {
            on: format!("column {qualified_name}.{}", ident(name)),
            text: literal(text),
        }));
    }
    lines.extend(lowered.key.as_ref().map(ddl::key));
    let mut indexes = Vec::new();
    for (key, unique) in &lowered.uniques {
        match unique.constraint {
            true => lines.push(ddl::unique(printer, table, key, unique)),
            false => indexes.push(ddl::unique_index(
                printer,
                table,
                &name,
                key,
                unique,
                ddl::Build::Plain,
            )),
        }
    }
    for (key, exclusion) in &lowered.exclusions {
        lines.push(ddl::exclusion(printer, table, key, exclusion));
    }
    let mut not_valid = Vec::new();
    for (name, check) in &lowered.checks {
        let text = ddl::check(printer, table, check);
        match check.validated {
            true => lines.push(format!("constraint {} {text}", ident(name))),
            false => not_valid.push(NamedText {
                name: ident(name),
                text: format!("{text} not valid"),
            }),
        }
    }
    for (key, index) in &lowered.indexes {
        let how = ddl::Build::Plain;
        indexes.push(ddl::index(printer, table, &name, key, index, how));
    }
    Table {
        title: table.name.clone(),
        name: qualified_name,
        lines,
        not_valid,
        comments,
        indexes,
        triggers: triggers::touching(model, table),
        enable_rls: lowered.rls != Rls::Off,
        force_rls: lowered.rls == Rls::Forced,
        revoke: revoke.to_owned(),
        sequences,
        grants: grants(&lowered.grants),
    }
}

pub(super) fn grants(grants: &IndexMap<String, catalog::Grant>) -> Vec<Grant> {
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
        let mut definition = ddl::foreign_key(lowered);
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

pub(super) fn lower_view(
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
        is_for_all: model.postgres.publishes_all,
        quote: sql::quote(tables.iter().chain([name])),
        name_literal: literal(name),
        tables,
    }
}

pub(super) fn written(sql: &SqlObject) -> Written {
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
