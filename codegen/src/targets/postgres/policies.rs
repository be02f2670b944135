//! How policies and the functions behind their sets are written down.

use super::sql::{self, Printer, ident, qualified};
use super::view::{Bucket, Decision, Policy, SetFunction, Storage, TablePolicies};
use super::{functions, triggers};
use crate::catalog::{self, Caller, Catalog, Folders, Formula, InBucket};
use crate::expr::{Known, Row};
use crate::model::{self, Model};

pub(super) fn sets(model: &Model, catalog: &Catalog, printer: &Printer) -> Vec<SetFunction> {
    let caller = Caller::of_policies(model, printer.known(), &catalog.sets);
    let sets = catalog.sets.functions.iter();
    sets.map(|(name, set)| SetFunction {
        comment: set.place.as_ref().map(|(table, policy)| {
            format!("A set that the policy `{policy}` of {table} looks up.")
        }),
        function: functions::set(model, name, set, &caller),
    })
    .collect()
}

pub(super) fn policies(
    model: &Model,
    tables: &[&model::Table],
    catalog: &Catalog,
    printer: &Printer,
) -> Vec<TablePolicies> {
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
                .map(|decision| Decision {
                    tombstone: ident(&decision.tombstone),
                    function: functions::decision(model, decision, &caller),
                    trigger: triggers::of_decision(model, decision),
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
    let lowered = catalog::outline(model, &known);
    let caller = Caller::of_policies(model, &known, &lowered.sets);
    let buckets = model.storage.values().map(|bucket| {
        let asks = InBucket::new(&caller, &known, bucket, Folders::OfRow);
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
