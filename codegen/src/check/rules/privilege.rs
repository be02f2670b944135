//! Nobody grants himself access by writing the row that a rule looks up.

use crate::diagnostic::{Complaints, Diagnostic, Place, codes};
use crate::model::{Access, CompareOp, Expr, Literal, Model, Rule, Select, Set};

/// A set that a rule trusts is read from rows that the caller could not have made up.
///
/// `list_id in (select list_id from members where user_id = auth.user_id())` is worth nothing when anybody may insert
/// `(any list, himself)` into `members`.
/// The column that a set yields must be the table's own key (a new row's key names nothing that exists), or every write rule of
/// that table must hold it: by a set that is already the caller's, by a constant, or by a claim.
pub(super) fn is_not_granted_to_oneself(model: &Model, cx: &mut Complaints) {
    for (name, select) in &model.scopes {
        trust(model, select, &Place::new(["scopes", name]), cx);
    }
    for table in model.tables.values() {
        let Some(access) = &table.access else {
            continue;
        };
        for (command, rule) in rules(access) {
            let place = Place::table(&table.name).key("access").key(command);
            for select in inline_selects(rule) {
                trust(model, select, &place, cx);
            }
        }
    }
}

/// Every rule of a policy with the command it belongs to.
pub(super) fn rules(access: &Access) -> impl Iterator<Item = (&'static str, &Rule)> {
    let read = access.read.values().map(|rule| ("read", rule));
    let insert = access.insert.values().map(|rule| ("insert", rule));
    let before = access.update.values().map(|rule| ("update", &rule.before));
    let after = access.update.values().map(|rule| ("update", &rule.after));
    let delete = access.delete.values().map(|rule| ("delete", rule));
    read.chain(insert).chain(before).chain(after).chain(delete)
}

fn inline_selects(rule: &Rule) -> Vec<&Select> {
    let mut found = Vec::new();
    if let Rule::When(expr) = rule {
        collect(expr, &mut found);
    }
    found
}

fn collect<'a>(expr: &'a Expr, found: &mut Vec<&'a Select>) {
    if let Expr::InSet {
        set: Set::Select(select),
        ..
    } = expr
    {
        found.push(select);
        if let Some(filter) = &select.filter {
            collect(filter, found);
        }
    }
    expr.children().for_each(|child| collect(child, found));
}

fn trust(model: &Model, select: &Select, place: &Place, cx: &mut Complaints) {
    let (Some(table), Expr::Column(column)) = (model.tables.get(&select.table), &select.column)
    else {
        return;
    };
    let names_itself = table.key.len() == 1 && table.key[0] == *column;
    let about_caller = select.filter.as_ref().is_some_and(mentions_caller);
    if names_itself || !about_caller || !table.sync.uploads() {
        return;
    }
    let Some(access) = &table.access else { return };
    let writable = table
        .columns
        .get(column)
        .is_some_and(|column| column.direction.uploads());
    let immutable = table
        .columns
        .get(column)
        .is_some_and(|column| column.immutable);
    let held = |rule: &Rule| match rule {
        Rule::Public => false,
        Rule::When(expr) => holds(expr, column),
    };
    let insert = access.insert.values().all(held);
    let update = immutable || access.update.values().all(|rule| held(&rule.after));
    if writable && !(insert && update) {
        let command = if insert { "update" } else { "insert" };
        cx.push(
            place.clone(),
            Diagnostic::error(
                codes::SELF_GRANT,
                format!(
                    "a caller can grant himself this: the rule for `{command}` on `{}` lets him write any `{column}`",
                    table.name
                ),
            )
            .help(format!(
                "let that rule hold `{column}` as well, for instance `{column} in (…)` over what is already the caller's"
            ))
            .help(format!("or let only the server write `{}` (`sync: down`)", table.name)),
        );
    }
}

/// Whether every branch of a write rule ties the column to something that the caller cannot choose.
fn holds(rule: &Expr, column: &str) -> bool {
    match rule {
        Expr::Or(parts) => parts.iter().all(|part| holds(part, column)),
        Expr::And(parts) => parts.iter().any(|part| holds(part, column)),
        Expr::InSet { operand, .. }
        | Expr::InList {
            operand,
            negated: false,
            ..
        } => is_column(operand, column),
        Expr::Compare {
            op: CompareOp::Eq,
            left,
            right,
        } => {
            (is_column(left, column) && is_fixed(right))
                || (is_column(right, column) && is_fixed(left))
        }
        _ => false,
    }
}

fn is_column(expr: &Expr, column: &str) -> bool {
    matches!(expr, Expr::Column(name) if name == column)
}

fn is_fixed(expr: &Expr) -> bool {
    matches!(expr, Expr::UserId | Expr::Claim(_))
        || matches!(expr, Expr::Literal(literal) if *literal != Literal::Null)
}

fn mentions_caller(expr: &Expr) -> bool {
    matches!(expr, Expr::UserId | Expr::Claim(_) | Expr::InSet { .. })
        || expr.children().any(mentions_caller)
}
