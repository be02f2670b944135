//! What access rules look rows up by has an index.
//!
//! A policy is evaluated for every row that a statement meets, unless an index leads to the rows that it grants.

use crate::diagnostic::{Complaints, Diagnostic, Place, codes};
use crate::expr::{Known, access};
use crate::model::{
    CompareOp, Expr, IndexSide, IsTest, Model, Rule, Select, Set, Table, UniquePart,
};
use std::collections::BTreeSet;
use synctable::{Element, Kind, Scalar};

/// A column that is compared with the caller, or looked up in a set of the caller's, leads an index.
///
/// Rules for reading, changing and deleting find rows; a rule for the new row finds none.
pub(super) fn lead_to_what_rules_grant(model: &Model, cx: &mut Complaints) {
    let known = Known::of(model);
    let mut told: BTreeSet<(String, String)> = BTreeSet::new();
    for table in model.tables.values().filter(|table| table.sync.on_server()) {
        let Some(rules) = &table.access else {
            continue;
        };
        let read = rules.read.values().map(|rule| ("read", rule));
        let before = rules.update.values().map(|rule| ("update", &rule.before));
        let delete = rules.delete.values().map(|rule| ("delete", rule));
        for (command, rule) in read.chain(before).chain(delete) {
            let Rule::When(expr) = rule else {
                continue;
            };
            let place = Place::table(&table.name).key("access").key(command);
            let mut asked = Asked {
                model,
                known: &known,
                told: &mut told,
            };
            asked.rule(table, expr, &place, cx);
        }
    }
    for (name, select) in &model.scopes {
        let place = Place::new(["scopes", name]);
        let mut asked = Asked {
            model,
            known: &known,
            told: &mut told,
        };
        asked.select(select, &place, cx);
    }
}

struct Asked<'a> {
    model: &'a Model,
    known: &'a Known,
    /// Tables and columns that were complained of: one reason is given once.
    told: &'a mut BTreeSet<(String, String)>,
}

impl Asked<'_> {
    fn rule(&mut self, table: &Table, rule: &Expr, place: &Place, cx: &mut Complaints) {
        let rule = access::enforceable(rule, &self.known.tables[&table.name], self.known);
        if let Reach::Missing(columns) = reach(table, &rule, self.known.user_id) {
            for column in columns {
                if self.told.insert((table.name.clone(), column.to_owned())) {
                    cx.push(place.clone(), missing(table, column));
                }
            }
        }
        rule.visit(&mut |inner| {
            if let Expr::InSet {
                set: Set::Select(select),
                ..
            } = inner
            {
                self.select(select, place, cx);
            }
        });
    }

    fn select(&mut self, select: &Select, place: &Place, cx: &mut Complaints) {
        let table = self.model.tables.get(&select.table);
        if let (Some(table), Some(filter)) = (table, &select.filter) {
            self.rule(table, filter, place, cx);
        }
    }
}

fn missing(table: &Table, column: &str) -> Diagnostic {
    Diagnostic::warning(
        codes::POLICY_WITHOUT_INDEX,
        format!(
            "rules find rows of `{}` by `{column}`, and no index leads with it",
            table.name
        ),
    )
    .help(match table.columns[column].kind {
        Kind::List(_) => {
            format!("add `indexes: {{by_{column}: {{on: [{column}], method: gin, side: server}}}}`")
        }
        _ => format!("add `indexes: {{by_{column}: [{column}]}}`"),
    })
    .help("or begin an index, a unique or the key with it")
}

/// How the rows of a condition are found.
enum Reach<'a> {
    /// By nothing that asks for the caller.
    Unasked,
    /// By indexes.
    Indexed,
    /// By looking at every row, for want of indexes on these.
    Missing(Vec<&'a str>),
}

fn reach<'a>(table: &Table, expr: &'a Expr, user_id: Scalar) -> Reach<'a> {
    match expr {
        // One part that an index serves leaves the others to be looked at.
        Expr::And(parts) => {
            let mut found = Reach::Unasked;
            for part in parts {
                match (reach(table, part, user_id), &found) {
                    (Reach::Indexed, _) => return Reach::Indexed,
                    (missing @ Reach::Missing(_), Reach::Unasked) => found = missing,
                    _ => {}
                }
            }
            found
        }
        Expr::Or(parts) => {
            let mut found = Reach::Unasked;
            let mut columns = Vec::new();
            let mut unasked = Vec::new();
            for part in parts {
                match reach(table, part, user_id) {
                    Reach::Unasked => unasked.push(part),
                    Reach::Indexed => found = Reach::Indexed,
                    Reach::Missing(more) => columns.extend(more),
                }
            }
            // One way that looks at every row makes all the others do so.
            if !columns.is_empty() || matches!(found, Reach::Indexed) {
                columns.extend(unasked.iter().filter_map(|part| unindexed(table, part)));
            }
            match columns.is_empty() {
                true => found,
                false => Reach::Missing(columns),
            }
        }
        Expr::Compare {
            op: CompareOp::Eq,
            left,
            right,
        } => match (&**left, &**right) {
            (Expr::Column(column), caller) | (caller, Expr::Column(column))
                if asks(table, column, caller) =>
            {
                by(table, column)
            }
            _ => Reach::Unasked,
        },
        Expr::InSet { operand, .. } => match &**operand {
            Expr::Column(column) => by(table, column),
            _ => Reach::Unasked,
        },
        Expr::Contains { list, element } => match &**list {
            Expr::Column(column) if is_element(table, column, element, user_id) => {
                match has_gin(table, column) {
                    true => Reach::Indexed,
                    false => Reach::Missing(vec![column]),
                }
            }
            _ => Reach::Unasked,
        },
        _ => Reach::Unasked,
    }
}

/// Whether a policy asks for the caller in a list in the form that an index serves: the element is of the list's own kind.
fn is_element(table: &Table, column: &str, element: &Expr, user_id: Scalar) -> bool {
    let Some(Kind::List(Element::Scalar(of))) = table.columns.get(column).map(|one| &one.kind)
    else {
        return false;
    };
    match element {
        Expr::UserId => *of == user_id,
        Expr::Claim(_) => *of == Scalar::Text,
        _ => false,
    }
}

fn has_gin(table: &Table, column: &str) -> bool {
    table.indexes.iter().any(|index| {
        index.side != IndexSide::Client
            && index.method == "gin"
            && covers(&index.predicate, column)
            && index.parts.iter().any(|part| is_column(&part.expr, column))
    })
}

/// The column by which the rows of a condition that asks for no caller could be found, where no index finds them.
fn unindexed<'a>(table: &Table, expr: &'a Expr) -> Option<&'a str> {
    let covered = |predicate: &Option<Expr>| predicate.as_ref() == Some(expr);
    let partial = table
        .uniques
        .iter()
        .any(|unique| covered(&unique.predicate))
        || table
            .indexes
            .iter()
            .any(|index| index.side != IndexSide::Client && covered(&index.predicate));
    let found = |operand: &'a Expr| match operand {
        Expr::Column(name) if !partial && is_sortable(table, name) && !leads(table, name) => {
            Some(name.as_str())
        }
        _ => None,
    };
    match expr {
        Expr::And(parts) => {
            let mut missing = parts.iter().map(|part| unindexed(table, part));
            match missing.clone().any(|column| column.is_none()) {
                true => None,
                false => missing.next().flatten(),
            }
        }
        Expr::Is {
            operand,
            negated: false,
            ..
        }
        | Expr::InList {
            operand,
            negated: false,
            ..
        } => found(operand),
        Expr::Compare {
            op: CompareOp::Eq,
            left,
            right,
        } if matches!(**right, Expr::Literal(_)) => found(left),
        column @ Expr::Column(_) => found(column),
        _ => None,
    }
}

/// Whether the comparison is one that an index serves: a claim is text, and so is what equals it.
fn asks(table: &Table, column: &str, caller: &Expr) -> bool {
    let carrier = table
        .columns
        .get(column)
        .map(|column| (column.kind.carrier(), &column.kind));
    match caller {
        Expr::UserId => true,
        Expr::Claim(_) => matches!(
            carrier,
            Some((Some(Scalar::Text | Scalar::Varchar(_)), kind)) if !matches!(kind, Kind::Enum { .. })
        ),
        _ => false,
    }
}

fn by<'a>(table: &Table, column: &'a str) -> Reach<'a> {
    match leads(table, column) {
        true => Reach::Indexed,
        false => Reach::Missing(vec![column]),
    }
}

/// Whether a key, a unique or an index of Postgres begins with the column and covers every row that can equal something.
fn leads(table: &Table, column: &str) -> bool {
    let unique = table.uniques.iter().any(|unique| {
        covers(&unique.predicate, column)
            && matches!(unique.parts.first(), Some(UniquePart::Column(name)) if name == column)
    });
    let index = table.indexes.iter().any(|index| {
        index.side != IndexSide::Client
            && matches!(index.method.as_str(), "btree" | "hash")
            && covers(&index.predicate, column)
            && index
                .parts
                .first()
                .is_some_and(|part| is_column(&part.expr, column))
    });
    table.key.first().is_some_and(|first| first == column) || unique || index
}

/// Whether an ordinary index finds values of the column.
fn is_sortable(table: &Table, column: &str) -> bool {
    let carrier = table.columns.get(column).and_then(|one| one.kind.carrier());
    !matches!(carrier, None | Some(Scalar::Json | Scalar::Bytes))
}

fn is_column(expr: &Expr, column: &str) -> bool {
    matches!(expr, Expr::Column(name) if name == column)
}

/// Whether an index leaves out nothing but rows without a value.
fn covers(predicate: &Option<Expr>, column: &str) -> bool {
    match predicate {
        None => true,
        Some(Expr::Is {
            operand,
            test: IsTest::Null,
            negated: true,
        }) => is_column(operand, column),
        Some(_) => false,
    }
}
