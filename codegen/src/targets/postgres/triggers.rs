//! How triggers are written down.

use super::functions;
use super::sql::{ident, list, literal, qualified};
use super::view::Trigger;
use crate::catalog::{self, Decision, Helper, Touch};
use crate::model::{self, Model};

/// Those that keep when a row was edited, in the order in which they fire.
pub(super) fn touching(model: &Model, table: &model::Table) -> Vec<Trigger> {
    let touch = Touch::of(table);
    let triggers = touch.iter().flat_map(|touch| touch.triggers(table));
    triggers
        .map(|(name, when, condition, function)| Trigger {
            name: ident(name),
            table: qualified(&catalog::name_of(table)),
            when,
            rows: None,
            condition: Some(condition),
            function: functions::name(model, &function),
            arguments: String::new(),
        })
        .collect()
}

/// Those that call a helper.
pub(super) fn of_helper(model: &Model, helper: &Helper) -> Vec<Trigger> {
    let calls = helper.triggers.iter();
    calls
        .map(|call| Trigger {
            name: ident(&call.trigger),
            table: qualified(&catalog::name_of(&model.tables[&call.table])),
            when: call.event(ident),
            rows: call.rows,
            condition: call.condition(model),
            function: functions::name(model, &helper.function),
            arguments: list(call.arguments.iter().map(|one| literal(one))),
        })
        .collect()
}

/// The one that tells deletions from updates.
pub(super) fn of_decision(model: &Model, decision: &Decision) -> Trigger {
    Trigger {
        name: ident(&decision.trigger),
        table: qualified(&catalog::name_of(&model.tables[&decision.table])),
        when: "before update".to_owned(),
        rows: None,
        condition: Some(decision.when(model)),
        function: functions::name(model, &decision.function),
        arguments: String::new(),
    }
}
