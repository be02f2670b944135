//! Somebody can satisfy an insert rule.

use super::places;
use crate::diagnostic::{Complaints, Diagnostic, Place, codes};
use crate::expr::print;
use crate::model::{Expr, ForeignKey, Model, OnServer, Rule, Select, Set, Table};

/// A new row can be readable before other rows reference it.
///
/// Whoever inserts a row must be able to read it.
/// A read rule that finds a row only by rows that reference it is false for every new row, because those come later.
pub(super) fn rules_can_be_satisfied(model: &Model, cx: &mut Complaints) {
    for table in model.tables.values().filter(|table| table.sync.uploads()) {
        let Some(access) = &table.access else {
            continue;
        };
        for (role, insert) in &access.insert {
            let read = access.read.get(role);
            let rules = [("read", read), ("insert", Some(insert))];
            let found = rules.into_iter().find_map(|(command, rule)| {
                let Some(Rule::When(expr)) = rule else {
                    return None;
                };
                Some((command, later(model, table, expr)?))
            });
            if let Some((command, later)) = found {
                tell(table, insert, command, &later, cx);
            }
        }
    }
}

/// What a new row needs and cannot have yet.
struct Later<'a> {
    /// The membership that is false.
    condition: &'a Expr,
    /// The table whose rows come later, and how it references the new row.
    child: &'a Table,
    key: &'a ForeignKey,
}

/// Why no new row of the table satisfies a condition; `None` if one can.
fn later<'a>(model: &'a Model, table: &'a Table, condition: &'a Expr) -> Option<Later<'a>> {
    match condition {
        Expr::And(parts) => parts.iter().find_map(|part| later(model, table, part)),
        Expr::Or(parts) => {
            let reasons: Option<Vec<Later<'_>>> =
                parts.iter().map(|part| later(model, table, part)).collect();
            reasons?.into_iter().next()
        }
        Expr::InSet { operand, set } => {
            let select = selected(model, set)?;
            let (Expr::Column(operand), Expr::Column(yielded)) = (&**operand, &select.column)
            else {
                return None;
            };
            if table.key != [operand.clone()] {
                return None;
            }
            let child = model.tables.get(&select.table)?;
            if child.name == table.name {
                // A row of a set over its own table satisfies the filter of the set.
                let filter = select.filter.as_ref().filter(|_| yielded == operand)?;
                return later(model, table, filter);
            }
            let key = child.foreign_keys.iter().find(|key| {
                key.table == table.name
                    && key.columns == [yielded.clone()]
                    && key.references == [operand.clone()]
                    && !key.deferrable
                    && key.on_server != OnServer::Unchecked
            })?;
            Some(Later {
                condition,
                child,
                key,
            })
        }
        _ => None,
    }
}

fn selected<'a>(model: &'a Model, set: &'a Set) -> Option<&'a Select> {
    match set {
        Set::Scope(name) => model.scopes.get(name),
        Set::Select(select) => Some(select),
    }
}

fn tell(table: &Table, insert: &Rule, command: &str, later: &Later<'_>, cx: &mut Complaints) {
    let condition = print::language(later.condition);
    let why = match command {
        "read" => "a new row must be readable, too, and ",
        _ => "",
    };
    let own = match insert {
        Rule::Public => None,
        Rule::When(expr) => own_condition(expr),
    };
    let own = own.map_or("created_by = auth.user_id()".to_owned(), print::language);
    cx.push_with_label(
        Place::table(&table.name).key("access").key("insert"),
        Diagnostic::error(
            codes::NOBODY_INSERTS,
            format!(
                "nobody can insert into `{}`: {why}`{condition}` needs a row of `{}`, which can only be added after the row that it references",
                table.name, later.child.name
            ),
        )
        .help(format!(
            "let a column of the new row decide, too: `{command}: {condition} or {own}`"
        ))
        .help("or remove the insert rule, and let a function of the server add both rows"),
        places::foreign_key(later.child, later.key, "references"),
        "references the new row",
    );
}

/// A comparison with the caller that every new row satisfies.
fn own_condition(rule: &Expr) -> Option<&Expr> {
    match rule {
        Expr::And(parts) => parts.iter().find_map(own_condition),
        Expr::Compare { left, right, .. } => {
            let is_own =
                |one: &Expr, other: &Expr| matches!((one, other), (Expr::Column(_), Expr::UserId));
            (is_own(left, right) || is_own(right, left)).then_some(rule)
        }
        _ => None,
    }
}
