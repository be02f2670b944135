//! Nobody gains access by writing the row that a rule looks up.

use crate::diagnostic::{Complaints, Diagnostic, Place, codes};
use crate::expr::Implications;
use crate::model::{Access, Column, CompareOp, Expr, Literal, Model, Rule, Select, Set, Table};
use std::collections::BTreeSet;

/// A set that a rule trusts is read from rows that the caller could not have made up.
///
/// `list_id in (select list_id from members where user_id = auth.user_id())` is worth nothing when anybody may insert
/// `(any list, themselves)` into `members`.
/// The column that a set yields must be the table's own key (a new row's key names nothing that exists), or every write rule of
/// that table must hold it: by a set that is already the caller's, by a constant, or by a claim.
/// The read rule counts, because whoever writes a row must be able to read it; so does a claim that the app gives to some callers.
/// And where the yielded column stays, an update must not begin with a row that is not in the set yet:
/// `select id from lists where owner_id = auth.user_id()` is worth nothing when a mere member may change `owner_id`.
pub(super) fn is_not_granted_to_oneself(model: &Model, cx: &mut Complaints) {
    let narrowing = scopes_that_narrow(model);
    for (name, select) in &model.scopes {
        if !narrowing.contains(name.as_str()) {
            trust(model, select, &Place::new(["scopes", name]), cx);
        }
    }
    for table in model.tables.values() {
        let Some(access) = &table.access else {
            continue;
        };
        for (command, select) in selects(access) {
            let place = Place::table(&table.name).key("access").key(command);
            trust(model, select, &place, cx);
        }
    }
}

/// The scopes that filters of streams read and no policy does: such a filter leaves rows out, and grants none.
fn scopes_that_narrow(model: &Model) -> BTreeSet<&str> {
    let parts = model.streams.values().flat_map(|stream| &stream.tables);
    let filters = parts.filter_map(|part| part.filter.as_ref());
    let of_tables = model
        .tables
        .values()
        .filter_map(|table| table.access.as_ref());
    let policies = of_tables.chain(model.storage.values().map(|bucket| &bucket.access));
    let granting = policies.flat_map(rules).filter_map(|(_, rule)| match rule {
        Rule::Public => None,
        Rule::When(expr) => Some(expr),
    });
    let granting = model.callees_first(granting.flat_map(Expr::scopes));
    let granting: BTreeSet<&str> = granting.into_iter().map(|(name, _)| name).collect();
    let narrowing = model.callees_first(filters.flat_map(Expr::scopes));
    let narrowing = narrowing.into_iter().map(|(name, _)| name);
    narrowing.filter(|name| !granting.contains(name)).collect()
}

/// Every rule of a policy with the command it belongs to.
fn rules(access: &Access) -> impl Iterator<Item = (&'static str, &Rule)> {
    let read = access.read.values().map(|rule| ("read", rule));
    let insert = access.insert.values().map(|rule| ("insert", rule));
    let before = access.update.values().map(|rule| ("update", &rule.before));
    let after = access.update.values().map(|rule| ("update", &rule.after));
    let delete = access.delete.values().map(|rule| ("delete", rule));
    read.chain(insert).chain(before).chain(after).chain(delete)
}

/// Every set that a policy writes in place, with the command it belongs to.
pub(super) fn selects(access: &Access) -> impl Iterator<Item = (&'static str, &Select)> {
    rules(access).flat_map(|(command, rule)| {
        let selects = inline_selects(rule);
        selects.into_iter().map(move |select| (command, select))
    })
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
    let (Some(table), Expr::Column(yielded)) = (model.tables.get(&select.table), &select.column)
    else {
        return;
    };
    let Some(filter) = select
        .filter
        .as_ref()
        .filter(|filter| mentions_caller(filter))
    else {
        return;
    };
    let Some(access) = table.access.as_ref().filter(|_| table.sync.uploads()) else {
        return trust_copies(model, table, yielded, place, cx);
    };
    let writes = |name: &str| chooses(table, name, &|_| true);
    let changes = |name: &str| {
        chooses(table, name, &|column| {
            !column.immutable && !table.key.contains(&column.name)
        })
    };
    let by_clients = |role: &String| Some(role) != model.postgres.roles.service.as_ref();
    // The key of a new row names nothing that exists.
    let names_itself = matches!(table.key.as_slice(), [key] if key == yielded);
    // Whoever writes a row must be able to read it, before and after.
    let read = |role: &String| access.read.get(role);
    let held = |role: &String, rule: &Rule| {
        let mut rules = read(role).into_iter().chain([rule]);
        rules.any(|rule| is_held(model, table, rule, yielded))
    };
    let inserts = !names_itself
        && writes(yielded)
        && access
            .insert
            .iter()
            .any(|(role, rule)| by_clients(role) && !is_gated(rule) && !held(role, rule));
    let implications = implications(model, table);
    let mut asked = Vec::new();
    columns_beside_caller(filter, &mut asked);
    let updates =
        access.update.iter().any(|(role, rule)| {
            by_clients(role)
                && !is_gated(&rule.before)
                && !is_gated(&rule.after)
                && if changes(yielded) {
                    !held(role, &rule.after)
                } else {
                    // Who may delete the row has it already.
                    let has_it = access.delete.get(role).is_some_and(|wanted| {
                        match (&rule.before, wanted) {
                            (_, Rule::Public) => true,
                            (Rule::Public, Rule::When(_)) => false,
                            (Rule::When(given), Rule::When(wanted)) => {
                                implications.implies(given, wanted)
                            }
                        }
                    });
                    asked.iter().any(|name| changes(name))
                        && !read(role)
                            .into_iter()
                            .chain([&rule.before])
                            .any(|before| is_before(&implications, before, filter))
                        && !has_it
                }
        });
    let (command, column) = match (inserts, updates) {
        (true, _) => ("insert", yielded.as_str()),
        (false, true) if changes(yielded) => ("update", yielded.as_str()),
        (false, true) => (
            "update",
            asked
                .iter()
                .copied()
                .find(|name| changes(name))
                .unwrap_or(yielded),
        ),
        (false, false) => return trust_copies(model, table, yielded, place, cx),
    };
    granted(table, command, column, place, cx);
}

/// What a caller grants himself by a copied column: the row that it is copied from is changed, and the copy follows.
fn trust_copies(model: &Model, table: &Table, yielded: &str, place: &Place, cx: &mut Complaints) {
    let Some(copied) = table.columns.get(yielded).and_then(|it| it.copied.as_ref()) else {
        return;
    };
    let Some(parent) = model.tables.get(&copied.table) else {
        return;
    };
    let changes = chooses(parent, &copied.column, &|column| {
        !column.immutable && !parent.key.contains(&column.name)
    });
    let access = parent.access.as_ref().filter(|_| parent.sync.uploads());
    let updates = access.into_iter().flat_map(|access| &access.update);
    let mut of_clients =
        updates.filter(|(role, _)| Some(*role) != model.postgres.roles.service.as_ref());
    if changes && of_clients.any(|(_, rule)| !is_held(model, parent, &rule.after, &copied.column)) {
        granted(parent, "update", &copied.column, place, cx);
        return;
    }
    trust_copies(model, parent, &copied.column, place, cx);
}

/// Whether a client decides what stands in the column: by writing it, or by saying which row it is copied from.
fn chooses(table: &Table, name: &str, counts: &dyn Fn(&Column) -> bool) -> bool {
    let Some(column) = table.columns.get(name) else {
        return false;
    };
    match &column.copied {
        Some(copied) => copied.by.iter().any(|by| chooses(table, by, counts)),
        None => column.direction.uploads() && counts(column),
    }
}

/// Whether a write rule ties the column to something that the caller cannot choose: itself, or the row that it is copied
/// from, whose own rules then hold what is copied.
fn is_held(model: &Model, table: &Table, rule: &Rule, column: &str) -> bool {
    if held(model, rule, column) {
        return true;
    }
    let copied = table.columns.get(column).and_then(|it| it.copied.as_ref());
    let Some((copied, parent)) =
        copied.and_then(|copied| Some((copied, model.tables.get(&copied.table)?)))
    else {
        return false;
    };
    let there = copied.column.as_str();
    let is_clients = |role: &String| Some(role) != model.postgres.roles.service.as_ref();
    let access = parent.access.as_ref().filter(|_| parent.sync.uploads());
    copied.by.iter().all(|by| held(model, rule, by))
        && (!chooses(parent, there, &|_| true)
            || access.is_none_or(|access| {
                let mut inserts = access.insert.iter().filter(|(role, _)| is_clients(role));
                let names_itself = matches!(parent.key.as_slice(), [key] if key == there);
                names_itself || inserts.all(|(_, rule)| is_held(model, parent, rule, there))
            }))
}

fn granted(table: &Table, command: &str, column: &str, place: &Place, cx: &mut Complaints) {
    cx.push_with_label(
        place.clone(),
        Diagnostic::error(
            codes::SELF_GRANT,
            format!(
                "callers can grant themselves access: the rule for `{command}` on `{}` lets them write any `{column}`",
                table.name
            ),
        )
        .help(match command {
            "insert" => format!(
                "restrict `{column}` in that rule, too, such as `{column} in (…)` with what the caller already has"
            ),
            _ => format!(
                "repeat the condition of the set in `before` of that rule, or make `{column}` `immutable: true`"
            ),
        })
        .help(format!("or let only the server write `{}` (`sync: down`)", table.name)),
        Place::table(&table.name).key("access").key(command),
        "that rule",
    );
}

/// Whether every branch of a rule asks for a claim that the app gives to some callers only: what they may write is theirs to grant.
fn is_gated(rule: &Rule) -> bool {
    match rule {
        Rule::Public => false,
        Rule::When(expr) => has_gate(expr),
    }
}

fn has_gate(rule: &Expr) -> bool {
    match rule {
        Expr::Or(parts) => parts.iter().all(has_gate),
        Expr::And(parts) => parts.iter().any(has_gate),
        Expr::Compare {
            op: CompareOp::Eq,
            left,
            right,
        } => match (&**left, &**right) {
            (Expr::Claim(path), Expr::Literal(_)) | (Expr::Literal(_), Expr::Claim(path)) => {
                is_granted(path)
            }
            _ => false,
        },
        Expr::InList {
            operand,
            negated: false,
            ..
        } => matches!(&**operand, Expr::Claim(path) if is_granted(path)),
        _ => false,
    }
}

/// Whether a claim is the app's to give: not one that every token has, nor one that Supabase lets callers write themselves.
fn is_granted(path: &[String]) -> bool {
    !matches!(
        path.first().map(String::as_str),
        Some("role" | "aud" | "iss" | "aal" | "user_metadata" | "raw_user_meta_data")
    )
}

/// The columns that the filter compares with the caller or looks up in what is his.
fn columns_beside_caller<'a>(filter: &'a Expr, found: &mut Vec<&'a str>) {
    match filter {
        Expr::And(parts) | Expr::Or(parts) => {
            parts
                .iter()
                .for_each(|part| columns_beside_caller(part, found));
        }
        Expr::Not(part) => columns_beside_caller(part, found),
        leaf if mentions_caller(leaf) => columns(leaf, found),
        _ => {}
    }
}

fn columns<'a>(expr: &'a Expr, found: &mut Vec<&'a str>) {
    if let Expr::Column(name) = expr {
        found.push(name);
    }
    expr.children().for_each(|child| columns(child, found));
}

/// Whether a row that an update may begin with is in the set already.
fn is_before<'a>(implications: &Implications<'a>, before: &'a Rule, filter: &'a Expr) -> bool {
    match before {
        Rule::Public => false,
        Rule::When(expr) => implications.implies(expr, filter),
    }
}

/// What follows of conditions on a row of the table.
fn implications<'a>(model: &'a Model, table: &'a Table) -> Implications<'a> {
    // A row whose key is in a set over its own table is one of the rows that the set selects.
    Implications::knowing(move |leaf| {
        let Expr::InSet { operand, set } = leaf else {
            return None;
        };
        let select = match set {
            Set::Scope(name) => model.scopes.get(name)?,
            Set::Select(select) => select,
        };
        let is_key = matches!((&**operand, table.key.as_slice()), (Expr::Column(name), [key]) if name == key);
        let is_own = is_key && select.table == table.name && select.column == **operand;
        select.filter.as_ref().filter(|_| is_own)
    })
}

fn held(model: &Model, rule: &Rule, column: &str) -> bool {
    match rule {
        Rule::Public => false,
        Rule::When(expr) => holds(model, expr, column),
    }
}

/// Whether every branch of a write rule ties the column to something that the caller cannot choose.
fn holds(model: &Model, rule: &Expr, column: &str) -> bool {
    match rule {
        Expr::Or(parts) => parts.iter().all(|part| holds(model, part, column)),
        Expr::And(parts) => parts.iter().any(|part| holds(model, part, column)),
        // All rows of a table are nobody's.
        Expr::InSet { operand, set } => {
            let select = match set {
                Set::Scope(name) => model.scopes.get(name),
                Set::Select(select) => Some(&**select),
            };
            is_column(operand, column) && select.is_none_or(|select| select.filter.is_some())
        }
        Expr::InList {
            operand,
            negated: false,
            ..
        }
        | Expr::InClaims { operand, .. } => is_column(operand, column),
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
    matches!(
        expr,
        Expr::UserId | Expr::Claim(_) | Expr::InSet { .. } | Expr::InClaims { .. }
    ) || expr.children().any(mentions_caller)
}
