//! What access rules look rows up by has an index.
//!
//! A policy is evaluated for every row that a statement meets, unless an index leads to the rows that it grants.

use crate::diagnostic::{Complaints, Diagnostic, Place, codes};
use crate::expr::{Known, access};
use crate::model::{
    CompareOp, Expr, IndexSide, IsTest, Model, Rule, Select, Set, Table, UniquePart,
};
use std::collections::BTreeSet;
use synctable::{Kind, Scalar};

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
        if let Reach::Missing(columns) = reach(table, &rule) {
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
    .help(format!("add `indexes: {{by_{column}: [{column}]}}`"))
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

fn reach<'a>(table: &Table, expr: &'a Expr) -> Reach<'a> {
    match expr {
        // One part that an index serves leaves the others to be looked at.
        Expr::And(parts) => {
            let mut found = Reach::Unasked;
            for part in parts {
                match (reach(table, part), &found) {
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
            for part in parts {
                match reach(table, part) {
                    Reach::Unasked => {}
                    Reach::Indexed => found = Reach::Indexed,
                    Reach::Missing(more) => columns.extend(more),
                }
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
        _ => Reach::Unasked,
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
    let is_column = |expr: &Expr| matches!(expr, Expr::Column(name) if name == column);
    let covers = |predicate: &Option<Expr>| match predicate {
        None => true,
        Some(Expr::Is {
            operand,
            test: IsTest::Null,
            negated: true,
        }) => is_column(operand),
        Some(_) => false,
    };
    let unique = table.uniques.iter().any(|unique| {
        covers(&unique.predicate)
            && matches!(unique.parts.first(), Some(UniquePart::Column(name)) if name == column)
    });
    let index = table.indexes.iter().any(|index| {
        index.side != IndexSide::Client
            && matches!(index.method.as_str(), "btree" | "hash")
            && covers(&index.predicate)
            && index
                .parts
                .first()
                .is_some_and(|part| is_column(&part.expr))
    });
    table.key.first().is_some_and(|first| first == column) || unique || index
}
