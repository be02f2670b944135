//! Rules as PowerSync enforces them: in their normal form, and never for a caller whose subject is empty.
//!
//! Where ids are text, Postgres takes an empty subject for nobody and PowerSync for an id like any other: it would find the
//! rows whose owner is an empty text.

use crate::expr::{Known, Row, access};
use crate::model::{CompareOp, Expr, Literal, Select, Set};
use synctable::Scalar;

/// The rule in negation normal form; whatever asks for the caller asks whether there is one.
pub(super) fn enforceable(rule: &Expr, row: &Row, known: &Known) -> Expr {
    let rule = access::enforceable(rule, row, known);
    match ids_are_text(known) {
        true => somebodys(&rule),
        false => rule,
    }
}

/// The scope with its filter so.
pub(super) fn enforceable_select(select: &Select, known: &Known) -> Select {
    let mut select = access::enforceable_select(select, known);
    if ids_are_text(known) {
        select.filter = select.filter.as_ref().map(somebodys);
    }
    select
}

fn ids_are_text(known: &Known) -> bool {
    matches!(known.user_id, Scalar::Text | Scalar::Varchar(_))
}

/// The condition, with the question whether there is a caller behind each leaf that asks for him.
fn somebodys(expr: &Expr) -> Expr {
    match expr {
        Expr::And(parts) => {
            let mut all: Vec<Expr> = Vec::new();
            for part in parts.iter().map(somebodys) {
                let parts = match part {
                    Expr::And(parts) => parts,
                    one => vec![one],
                };
                for part in parts {
                    if part != is_somebody() || !all.contains(&part) {
                        all.push(part);
                    }
                }
            }
            Expr::And(all)
        }
        Expr::Or(parts) => Expr::Or(parts.iter().map(somebodys).collect()),
        leaf => {
            let leaf = match leaf {
                Expr::InSet {
                    operand,
                    set: Set::Select(select),
                } => Expr::InSet {
                    operand: operand.clone(),
                    set: Set::Select(Box::new(Select {
                        filter: select.filter.as_ref().map(somebodys),
                        ..(**select).clone()
                    })),
                },
                other => other.clone(),
            };
            match asks(&leaf) {
                true => Expr::And(vec![leaf, is_somebody()]),
                false => leaf,
            }
        }
    }
}

/// Whether a leaf asks for the caller; a set does so for itself.
fn asks(leaf: &Expr) -> bool {
    let mut found = false;
    let asked = match leaf {
        Expr::InSet { operand, .. } => operand,
        other => other,
    };
    asked.visit(&mut |inner| found |= matches!(inner, Expr::UserId));
    found
}

fn is_somebody() -> Expr {
    Expr::Compare {
        op: CompareOp::Ne,
        left: Box::new(Expr::UserId),
        right: Box::new(Expr::Literal(Literal::Text(String::new()))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::sample::{column, equal};

    #[test]
    fn each_alternative_asks_once_whether_there_is_a_caller() {
        let mine = || equal(column("owner_id"), Expr::UserId);
        let shown = || equal(column("title"), Expr::Literal(Literal::Text("x".into())));
        let held = || Expr::Contains {
            list: Box::new(column("readers")),
            element: Box::new(Expr::UserId),
        };
        let rule = Expr::Or(vec![shown(), Expr::And(vec![mine(), shown(), held()])]);
        let both = Expr::And(vec![mine(), is_somebody(), shown(), held()]);
        assert_eq!(somebodys(&rule), Expr::Or(vec![shown(), both]));

        let of_caller = |filter| Expr::InSet {
            operand: Box::new(column("list_id")),
            set: Set::Select(Box::new(Select {
                column: column("id"),
                table: "lists".into(),
                filter: Some(filter),
            })),
        };
        let asked = Expr::And(vec![mine(), is_somebody()]);
        assert_eq!(somebodys(&of_caller(mine())), of_caller(asked));
    }
}
