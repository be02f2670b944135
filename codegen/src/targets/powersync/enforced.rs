//! Rules as PowerSync enforces them: in their normal form, and never for a caller whose subject is empty.
//!
//! Where ids are text, Postgres takes an empty subject for nobody and PowerSync for an id like any other: it would find the
//! rows whose owner is an empty text.

use crate::expr::{Known, Row, access};
use crate::guard::ClaimKind;
use crate::model::{CompareOp, Expr, IsTest, Literal, Select, Set};
use synctable::{Kind, Scalar};

/// The rule in negation normal form; whatever asks for the caller asks whether there is one, and whatever asks for a
/// claim, whether it is of the kind that the row has.
pub(super) fn enforceable(rule: &Expr, row: &Row, known: &Known) -> Expr {
    let rule = of_their_kinds(&access::enforceable(rule, row, known), row, known);
    match ids_are_text(known) {
        true => somebodys(&rule),
        false => rule,
    }
}

/// The scope with its filter so.
pub(super) fn enforceable_select(select: &Select, known: &Known) -> Select {
    let mut select = claims_of_their_kinds(&access::enforceable_select(select, known), known);
    if ids_are_text(known) {
        select.filter = select.filter.as_ref().map(somebodys);
    }
    select
}

/// The condition, in which each claim is of the kind that it is compared with.
///
/// A list of a token reaches PowerSync's comparison as the text of its JSON, and `true` as 1.
/// `auth.claim('a') is not null` means here that the claim is a text, `is not true` that it is not a boolean: no rule says
/// either.
fn of_their_kinds(expr: &Expr, row: &Row, known: &Known) -> Expr {
    let gated = |leaf: &Expr, gate: Option<Expr>| match gate {
        Some(gate) => Expr::And(vec![leaf.clone(), gate]),
        None => leaf.clone(),
    };
    match expr {
        Expr::And(parts) => {
            let mut all: Vec<Expr> = Vec::new();
            for part in parts.iter().map(|part| of_their_kinds(part, row, known)) {
                match part {
                    Expr::And(inner) => {
                        for part in inner {
                            if !all.contains(&part) {
                                all.push(part);
                            }
                        }
                    }
                    part => all.push(part),
                }
            }
            Expr::And(all)
        }
        Expr::Or(parts) => {
            let parts = parts.iter();
            Expr::Or(parts.map(|part| of_their_kinds(part, row, known)).collect())
        }
        Expr::Compare {
            op: CompareOp::Eq,
            left,
            right,
        } => match (&**left, &**right) {
            (Expr::Claim(_), Expr::Literal(_)) | (Expr::Literal(_), Expr::Claim(_)) => expr.clone(),
            (claim @ Expr::Claim(_), other) | (other, claim @ Expr::Claim(_)) => {
                gated(expr, is_of_kind(claim, known.kind_of(other, row).as_ref()))
            }
            _ => expr.clone(),
        },
        Expr::Contains { element, .. } if matches!(**element, Expr::Claim(_)) => {
            gated(expr, is_of_kind(element, None))
        }
        Expr::InSet { operand, set } => {
            let set = match set {
                Set::Scope(_) => set.clone(),
                Set::Select(select) => Set::Select(Box::new(claims_of_their_kinds(select, known))),
            };
            let leaf = Expr::InSet {
                operand: operand.clone(),
                set,
            };
            match &**operand {
                Expr::Claim(_) => gated(&leaf, is_of_kind(operand, None)),
                _ => leaf,
            }
        }
        other => other.clone(),
    }
}

fn claims_of_their_kinds(select: &Select, known: &Known) -> Select {
    let nowhere = Row::default();
    let row = known.tables.get(&select.table).unwrap_or(&nowhere);
    let filter = select.filter.as_ref();
    Select {
        filter: filter.map(|filter| of_their_kinds(filter, row, known)),
        ..select.clone()
    }
}

/// That a claim is of the kind of what it is compared with; none where no other value equals one of that kind.
fn is_of_kind(claim: &Expr, beside: Option<&Kind>) -> Option<Expr> {
    let test = match ClaimKind::beside(beside) {
        ClaimKind::Uuid => return None,
        ClaimKind::Text => IsTest::Null,
        ClaimKind::Int => IsTest::True,
    };
    Some(Expr::Is {
        operand: Box::new(claim.clone()),
        test,
        negated: true,
    })
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
