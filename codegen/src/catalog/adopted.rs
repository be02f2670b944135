//! What an adopted database has in the place of what is generated: taken from its catalog, and put back into a lowered one.

use super::postgres::Condition;
use super::{
    Catalog, Formula, Grant, Name, Policy, Rls, Sets, caller, lower, name_of, private_schema,
    server_tables,
};
use crate::expr::catalog::{Calls, postgres};
use crate::map::{IndexMap, IndexSet};
use crate::model::{Adopted, AdoptedPolicy, AdoptedRights, AdoptedTable, Model};
use std::collections::BTreeMap;

/// What a database has, beside a model of it; `conditions` are those of its policies, word for word.
///
/// Policies and rights that hand-written SQL of the model makes are not among it.
pub fn adopted(
    model: &Model,
    found: &Catalog,
    conditions: &IndexMap<(Name, String), Condition>,
    is_by_hand: impl Fn(&Name, &str) -> bool,
    has_own_rights: impl Fn(&Name, &str) -> bool,
) -> Adopted {
    let mut adopted = Adopted::default();
    let wanted = lower(model);
    for table in server_tables(model) {
        let name = name_of(table);
        let (Some(found), Some(wanted)) = (found.tables.get(&name), wanted.tables.get(&name))
        else {
            continue;
        };
        let policies = found
            .policies
            .iter()
            .filter(|(policy, _)| !is_by_hand(&name, policy));
        let policies = policies.map(|(policy, of)| {
            let conditions = conditions.get(&(name.clone(), policy.clone()));
            let (using, check) = conditions.cloned().unwrap_or_default();
            let adopted = AdoptedPolicy {
                command: of.command.clone(),
                roles: of.roles.iter().cloned().collect(),
                using,
                check,
            };
            (policy.clone(), adopted)
        });
        let defaults = found.columns.iter().filter_map(|(column, of)| {
            let Some(Formula::Sql(text)) = &of.default else {
                return None;
            };
            let differs = wanted.columns.get(column)?.default != of.default;
            differs.then(|| (column.clone(), text.clone()))
        });
        let of_table = AdoptedTable {
            is_secured: found.rls != Rls::Off,
            is_forced: found.rls == Rls::Forced,
            policies: policies.collect(),
            rights: rights(
                &found
                    .grants
                    .iter()
                    .filter(|(role, _)| !has_own_rights(&name, role))
                    .map(|(role, grant)| (role.clone(), grant.clone()))
                    .collect(),
            ),
            defaults: defaults.collect(),
        };
        adopted.tables.insert(table.name.clone(), of_table);
    }
    for view in model.views.values() {
        let name = Name::new(&view.schema, &view.name);
        if let Some(found) = found.views.get(&name) {
            adopted
                .views
                .insert(view.name.clone(), rights(&found.grants));
        }
    }
    let private = private_schema(model);
    for (name, schema) in found.schemas.iter().filter(|(name, _)| **name != private) {
        let usage = schema.usage.iter().cloned();
        adopted.usage.insert(name.clone(), usage.collect());
    }
    let known = |roles: &IndexMap<String, bool>| -> BTreeMap<String, bool> {
        roles.iter().map(|(role, is)| (role.clone(), *is)).collect()
    };
    adopted.bypasses = known(&found.bypasses);
    adopted.temporary = known(&found.temporary);
    let published: IndexSet<&Name> = found.publications.values().flatten().collect();
    let tables = server_tables(model).filter(|table| published.contains(&name_of(table)));
    adopted.published = tables.map(|table| table.name.clone()).collect();
    adopted
}

fn rights(grants: &IndexMap<String, Grant>) -> BTreeMap<String, AdoptedRights> {
    let grants = grants.iter().map(|(role, grant)| {
        let columns = grant.columns.iter();
        let columns = columns
            .map(|(privilege, columns)| (privilege.clone(), columns.iter().cloned().collect()));
        let rights = AdoptedRights {
            all: grant.table.iter().cloned().collect(),
            columns: columns.collect(),
        };
        (role.clone(), rights)
    });
    grants.collect()
}

fn grants(rights: &BTreeMap<String, AdoptedRights>) -> IndexMap<String, Grant> {
    let rights = rights.iter().map(|(role, rights)| {
        let columns = rights.columns.iter();
        let columns = columns
            .map(|(privilege, columns)| (privilege.clone(), columns.iter().cloned().collect()));
        let grant = Grant {
            table: rights.all.iter().cloned().collect(),
            columns: columns.collect(),
        };
        (role.clone(), grant)
    });
    rights.collect()
}

/// Puts what a database has into a lowered catalog, in the place of what would have been generated; conditions stay text.
pub(super) fn lower_into(model: &Model, adopted: &Adopted, catalog: &mut Catalog) {
    let private = private_schema(model);
    catalog.schemas.shift_remove(&private);
    catalog.functions.clear();
    catalog.decisions.clear();
    catalog.helpers.clear();
    catalog.sets = Sets::default();
    catalog.tables.retain(|name, _| name.schema != private);
    for (name, usage) in &adopted.usage {
        if let Some(schema) = catalog.schemas.get_mut(name) {
            schema.usage = usage.iter().cloned().collect();
        }
    }
    for (name, of) in &adopted.tables {
        let table = model.tables.get(name).map(name_of);
        let Some(table) = table.and_then(|name| catalog.tables.get_mut(&name)) else {
            continue;
        };
        table.rls = match (of.is_secured, of.is_forced) {
            (false, _) => Rls::Off,
            (true, false) => Rls::Enabled,
            (true, true) => Rls::Forced,
        };
        table.grants = grants(&of.rights);
        let policies = of.policies.iter().map(|(name, of)| {
            let policy = Policy {
                command: of.command.clone(),
                permissive: true,
                roles: of.roles.iter().cloned().collect(),
                using: of.using.clone().map(Formula::Sql),
                check: of.check.clone().map(Formula::Sql),
            };
            (name.clone(), policy)
        });
        table.policies = policies.collect();
        for (column, default) in &of.defaults {
            if let Some(column) = table.columns.get_mut(column) {
                column.default = Some(Formula::Sql(default.clone()));
            }
        }
    }
    for (name, rights) in &adopted.views {
        let view = model
            .views
            .get(name)
            .map(|view| Name::new(&view.schema, &view.name));
        if let Some(view) = view.and_then(|name| catalog.views.get_mut(&name)) {
            view.grants = grants(rights);
        }
    }
    let known = |roles: &BTreeMap<String, bool>| -> IndexMap<String, bool> {
        roles.iter().map(|(role, is)| (role.clone(), *is)).collect()
    };
    catalog.bypasses = known(&adopted.bypasses);
    catalog.temporary = known(&adopted.temporary);
    for tables in catalog.publications.values_mut() {
        let published = adopted.published.iter();
        let published = published.filter_map(|name| model.tables.get(name));
        *tables = published.map(name_of).collect();
    }
}

/// Reads the conditions of the policies as a reader of this model reads them.
pub(super) fn read(model: &Model, catalog: &mut Catalog) {
    let calls = Calls {
        user_id: caller(model),
        claim: Name::new(private_schema(model), "claim").to_string(),
        tables: server_tables(model)
            .map(|table| (name_of(table).to_string(), table.name.clone()))
            .collect(),
        ..Calls::default()
    };
    let understood = |formula: &mut Option<Formula>| {
        if let Some(Formula::Sql(text)) = formula
            && let Ok(expr) = postgres(text, &calls)
        {
            *formula = Some(Formula::Expr(expr));
        }
    };
    for table in catalog.tables.values_mut() {
        for policy in table.policies.values_mut() {
            understood(&mut policy.using);
            understood(&mut policy.check);
        }
    }
}
