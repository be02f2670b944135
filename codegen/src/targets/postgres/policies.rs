//! How policies and the functions behind their sets are written down.

use super::sql::{self, Printer, ident, qualified};
use super::view::{Bucket, Decision, Policy, SetFunction, Storage, TablePolicies};
use crate::catalog::{self, Caller, Catalog, Formula, InBucket, Name};
use crate::expr::{Known, Row};
use crate::model::{self, Model};

pub(super) fn sets(model: &Model, catalog: &Catalog, printer: &Printer) -> Vec<SetFunction> {
    let private = catalog::private_schema(model);
    let caller = Caller::of_policies(model, printer.known(), &catalog.sets);
    let functions = catalog.sets.functions.iter();
    functions
        .map(|(name, set)| SetFunction {
            comment: set.place.as_ref().map(|(table, policy)| {
                format!("A set that the policy `{policy}` of {table} looks up.")
            }),
            name: qualified(&Name::new(&private, name)),
            member: set.member.clone(),
            body: caller.body(&set.select),
            roles: sql::roles(&set.roles),
        })
        .collect()
}

/// A dollar quote that does not stand in the text.
pub(super) fn quote(body: &[String]) -> String {
    let taken = |quote: &str| body.iter().any(|line| line.contains(quote));
    let mut quote = "$$".to_owned();
    let mut number = 0;
    while taken(&quote) {
        number += 1;
        quote = format!("$set{number}$");
    }
    quote
}

pub(super) fn policies(
    model: &Model,
    tables: &[&model::Table],
    catalog: &Catalog,
    printer: &Printer,
) -> Vec<TablePolicies> {
    let private = catalog::private_schema(model);
    let caller = Caller::of_policies(model, printer.known(), &catalog.sets);
    let tables = tables.iter().map(|table| {
        let name = catalog::name_of(table);
        let row = Row::of(table);
        let half = |formula: &Option<Formula>| {
            let formula = formula.as_ref();
            formula.map_or_else(Vec::new, |formula| printer.policy(formula, &row, &caller))
        };
        let policies = catalog.tables[&name].policies.iter();
        let policies = policies.map(|(policy, lowered)| Policy {
            name: ident(policy),
            table: qualified(&name),
            command: lowered.command.clone(),
            roles: sql::roles(&lowered.roles),
            using: half(&lowered.using),
            check: half(&lowered.check),
        });
        let decisions = catalog.decisions.iter();
        TablePolicies {
            title: table.name.clone(),
            policies: policies.collect(),
            decisions: decisions
                .filter(|decision| decision.table == table.name)
                .map(|decision| {
                    let body = decision.body(model, &caller);
                    Decision {
                        function: qualified(&Name::new(&private, &decision.function)),
                        tombstone: ident(&decision.tombstone),
                        quote: quote(&body),
                        body,
                        trigger: ident(&decision.trigger),
                        table: qualified(&name),
                        when: decision.when(model),
                    }
                })
                .collect(),
        }
    });
    tables.filter(|table| !table.policies.is_empty()).collect()
}

/// The buckets and their policies; `None` where there are no buckets.
pub(super) fn storage(model: &Model) -> Option<Storage> {
    if model.storage.is_empty() {
        return None;
    }
    let known = Known::of(model);
    let lowered = catalog::lower(model);
    let caller = Caller::of_policies(model, &known, &lowered.sets);
    let buckets = model.storage.values().map(|bucket| {
        let asks = InBucket::new(&caller, &known, bucket);
        let half = |formula: &Option<Formula>| {
            let formula = formula.as_ref();
            formula
                .map(|formula| asks.condition(formula))
                .into_iter()
                .collect()
        };
        let policies = catalog::policies_of_bucket(model, &known, bucket);
        Bucket {
            title: bucket.name.clone(),
            doc: bucket
                .doc
                .as_deref()
                .unwrap_or_default()
                .lines()
                .map(|line| line.trim_end().to_owned())
                .collect(),
            literal: sql::literal(&bucket.name),
            public: bucket.public,
            policies: policies
                .iter()
                .map(|(name, policy)| Policy {
                    name: ident(name),
                    table: "storage.objects".to_owned(),
                    command: policy.command.clone(),
                    roles: sql::roles(&policy.roles),
                    using: half(&policy.using),
                    check: half(&policy.check),
                })
                .collect(),
        }
    });
    Some(Storage {
        app: model.app.clone(),
        buckets: buckets.collect(),
    })
}
