//! The ways in which a condition can be met.
//!
//! A bucket of the older dialect is found by values that all have to match, so an `or` between different kinds of
//! reasons becomes several buckets: one for each way.

use crate::model::{CompareOp, Expr, Set};

/// One way: everything in it holds.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Way {
    /// Conditions on the row alone.
    pub(super) row: Vec<Expr>,
    /// Conditions on the request alone.
    pub(super) gates: Vec<Expr>,
    /// What of the row equals what of the request.
    pub(super) equal: Vec<(Expr, Expr)>,
    /// Which list of the row holds what of the request.
    pub(super) held: Vec<(Expr, Expr)>,
    /// What of the row is in which claim that is a list.
    pub(super) claims: Vec<(Expr, Vec<String>)>,
    /// What is looked up in which set.
    pub(super) sets: Vec<(Expr, Set)>,
}

impl Way {
    fn and(mut self, other: Way) -> Way {
        self.row.extend(other.row);
        self.gates.extend(other.gates);
        self.equal.extend(other.equal);
        self.held.extend(other.held);
        self.claims.extend(other.claims);
        self.sets.extend(other.sets);
        self
    }
}

/// More ways than these are not written down.
pub(super) const MOST: usize = 100;

/// The ways to meet a condition in negation normal form; `None` where there are too many.
///
/// What speaks of the row alone, or of the request alone, is kept as it is.
pub(super) fn ways(condition: &Expr) -> Option<Vec<Way>> {
    let (row, request, sets) = sources(condition);
    if !sets && !request {
        return Some(vec![Way {
            row: vec![condition.clone()],
            ..Way::default()
        }]);
    }
    if !sets && !row {
        return Some(vec![Way {
            gates: vec![condition.clone()],
            ..Way::default()
        }]);
    }
    match condition {
        Expr::And(parts) => {
            let mut all = vec![Way::default()];
            for part in parts {
                let part = ways(part)?;
                if all.len() * part.len() > MOST {
                    return None;
                }
                all = all
                    .into_iter()
                    .flat_map(|way| part.iter().map(move |more| way.clone().and(more.clone())))
                    .collect();
            }
            Some(all)
        }
        Expr::Or(parts) => {
            let mut all = Vec::new();
            // What speaks of the row alone is one way, whatever stands between.
            let (plain, mixed): (Vec<_>, Vec<_>) = parts.iter().partition(|part| {
                let (_, request, sets) = sources(part);
                !request && !sets
            });
            for part in mixed {
                all.extend(ways(part)?);
            }
            match plain.as_slice() {
                [] => {}
                [one] => all.extend(ways(one)?),
                several => all.extend(ways(&Expr::Or(
                    several.iter().map(|e| (*e).clone()).collect(),
                ))?),
            }
            (all.len() <= MOST).then_some(all)
        }
        Expr::Compare {
            op: CompareOp::Eq,
            left,
            right,
        } => {
            let (of_row, of_request) = match sources(left) {
                (true, _, _) => (left, right),
                _ => (right, left),
            };
            Some(vec![Way {
                equal: vec![((**of_row).clone(), (**of_request).clone())],
                ..Way::default()
            }])
        }
        Expr::Contains { list, element } => Some(vec![Way {
            held: vec![((**list).clone(), (**element).clone())],
            ..Way::default()
        }]),
        Expr::InClaims { operand, path } => Some(vec![Way {
            claims: vec![((**operand).clone(), path.clone())],
            ..Way::default()
        }]),
        Expr::InSet { operand, set } => Some(vec![Way {
            sets: vec![((**operand).clone(), set.clone())],
            ..Way::default()
        }]),
        // The table of access rules has no other form with two sources.
        other => unreachable!("{other:?} mixes sources"),
    }
}

/// The same with an `or` over the row or the request alone taken apart, as PowerSync's compiler does for rows that are
/// looked up.
pub(super) fn every_way(condition: &Expr) -> Option<Vec<Way>> {
    let mut all = Vec::new();
    for way in ways(condition)? {
        for rows in conjunctions(&way.row)? {
            for gates in conjunctions(&way.gates)? {
                all.push(Way {
                    row: rows.clone(),
                    gates,
                    ..way.clone()
                });
            }
        }
        if all.len() > MOST {
            return None;
        }
    }
    Some(all)
}

/// The way with an `or` over the request alone taken apart.
pub(super) fn by_gates(way: &Way) -> Option<Vec<Way>> {
    let gates = conjunctions(&way.gates)?.into_iter();
    Some(
        gates
            .map(|gates| Way {
                gates,
                ..way.clone()
            })
            .collect(),
    )
}

/// Conditions that all hold, as alternatives without any `or`.
fn conjunctions(conditions: &[Expr]) -> Option<Vec<Vec<Expr>>> {
    let sizes = conditions.iter().map(size);
    if sizes.fold(1, usize::saturating_mul) > MOST {
        return None;
    }
    let all = Expr::And(conditions.to_vec());
    let owned = |conjunction: Vec<&Expr>| conjunction.into_iter().cloned().collect();
    Some(alternatives(&all).into_iter().map(owned).collect())
}

/// How many alternatives a condition has.
fn size(condition: &Expr) -> usize {
    match condition {
        Expr::Or(parts) => parts.iter().map(size).fold(0, usize::saturating_add),
        Expr::And(parts) => parts.iter().map(size).fold(1, usize::saturating_mul),
        _ => 1,
    }
}

/// A condition as alternatives of conjunctions.
fn alternatives(condition: &Expr) -> Vec<Vec<&Expr>> {
    match condition {
        Expr::Or(parts) => parts.iter().flat_map(alternatives).collect(),
        Expr::And(parts) => parts.iter().fold(vec![Vec::new()], |all, part| {
            let more = alternatives(part);
            all.iter()
                .flat_map(|one| {
                    more.iter().map(move |other| {
                        let mut both: Vec<&Expr> = one.clone();
                        both.extend(other);
                        both
                    })
                })
                .collect()
        }),
        leaf => vec![vec![leaf]],
    }
}

/// Whether an expression speaks of the row, of the request, and of sets.
pub(super) fn sources(expr: &Expr) -> (bool, bool, bool) {
    let (mut row, mut request, mut sets) = (false, false, false);
    expr.visit(&mut |inner| match inner {
        Expr::Column(_) => row = true,
        Expr::UserId | Expr::Claim(_) | Expr::Param(_) | Expr::InClaims { .. } => request = true,
        Expr::InSet { .. } => sets = true,
        _ => {}
    });
    (row, request, sets)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Literal;
    use crate::model::sample::{column, equal};

    fn text(value: &str) -> Expr {
        Expr::Literal(Literal::Text(value.to_owned()))
    }

    #[test]
    fn an_or_of_sources_is_several_ways_and_one_of_the_row_alone_is_not() {
        let mine = equal(column("owner_id"), Expr::UserId);
        let shown = Expr::Or(vec![
            equal(column("a"), text("x")),
            equal(column("b"), text("y")),
        ]);
        let either = Expr::Or(vec![mine.clone(), shown.clone()]);
        let found = ways(&Expr::And(vec![either, equal(column("c"), text("z"))])).unwrap();
        assert_eq!(found.len(), 2);
        assert_eq!(found[0].equal, [(column("owner_id"), Expr::UserId)]);
        assert_eq!(found[0].row, [equal(column("c"), text("z"))]);
        assert_eq!(found[1].row, [shown, equal(column("c"), text("z"))]);
    }

    #[test]
    fn what_is_too_much_is_not_multiplied_out() {
        let either = |name: &str| {
            Expr::Or(vec![
                equal(column(name), Expr::UserId),
                equal(column("b"), text("y")),
            ])
        };
        let all = (0..7).map(|index| either(&format!("c{index}"))).collect();
        assert_eq!(ways(&Expr::And(all)), None);
    }
}
