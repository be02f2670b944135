//! A default is a value that the column's own checks accept.

use super::places;
use crate::diagnostic::{Complaints, Diagnostic, Place, codes};
use crate::expr::evaluate;
use crate::model::{CheckBody, Column, DefaultValue, Expr, Literal, Model, Table};
use synctable::{Element, Kind};

/// No default violates a check of its table or domain, and none is a retired label.
///
/// Such a default fails on the first insert that relies on it, long after it was declared.
pub(super) fn satisfy_their_checks(model: &Model, cx: &mut Complaints) {
    for table in model.tables.values() {
        for column in table.columns.values() {
            for (key, default) in [
                ("default", &column.default),
                ("client_default", &column.client_default),
            ] {
                let Some(DefaultValue::Expr(Expr::Literal(value))) = default else {
                    continue;
                };
                let place = Place::table(&table.name).column(&column.name).key(key);
                let server_owned = !column.direction.uploads();
                let place = if key == "default" && server_owned {
                    Place::table(&table.name).column(&column.name).key("server")
                } else {
                    place
                };
                violated(model, table, column, value, &place, cx);
                retired(model, &column.kind, value, &place, cx);
                if *value == Literal::Null && !column.nullable {
                    cx.push(
                        place,
                        Diagnostic::error(
                            codes::DEFAULT_NULL,
                            format!(
                                "the default of `{}` is NULL, but the column is not nullable",
                                column.name
                            ),
                        )
                        .help("remove the default, or add `nullable: true`"),
                    );
                }
            }
        }
    }
}

fn violated(
    model: &Model,
    table: &Table,
    column: &Column,
    value: &Literal,
    place: &Place,
    cx: &mut Complaints,
) {
    let refuses = |expr: &Expr, name: &str| {
        evaluate(expr, &|of| (of == name).then(|| value.clone())) == Some(Literal::Bool(false))
    };
    let own = table.checks.iter().filter_map(|check| match &check.body {
        CheckBody::Expr(expr) if refuses(expr, &column.name) => {
            Some((check.name.as_str(), places::check(table, check)))
        }
        _ => None,
    });
    let of_domain = match &column.kind {
        Kind::Domain { name, .. } => {
            model
                .domains
                .get(&**name)
                .and_then(|domain| match &domain.check {
                    Some(CheckBody::Expr(expr)) if refuses(expr, "value") => {
                        Some((domain.name.as_str(), Place::new(["domains", name, "check"])))
                    }
                    _ => None,
                })
        }
        _ => None,
    };
    for (name, check) in own.chain(of_domain) {
        cx.push_with_label(
            place.clone(),
            Diagnostic::error(
                codes::DEFAULT_VIOLATES_CHECK,
                format!(
                    "the default of `{}` violates the check `{name}`",
                    column.name
                ),
            )
            .help("change the default or the check"),
            check,
            "the check",
        );
    }
}

fn retired(model: &Model, kind: &Kind, value: &Literal, place: &Place, cx: &mut Complaints) {
    let (name, labels): (_, Vec<&Literal>) = match (kind, value) {
        (Kind::Enum { name, .. }, value) => (name, vec![value]),
        (Kind::List(Element::Enum { name, .. }), Literal::List(values)) => {
            (name, values.iter().collect())
        }
        _ => return,
    };
    let Some(def) = model.enums.get(&**name) else {
        return;
    };
    for label in labels {
        let Literal::Text(label) = label else {
            continue;
        };
        if def.retired.contains(label) {
            cx.push(
                place.clone(),
                Diagnostic::error(
                    codes::DEFAULT_RETIRED,
                    format!("the default `{label}` is a retired label of the enum `{name}`"),
                )
                .help("use a label that is not retired"),
            );
        }
    }
}
