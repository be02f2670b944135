//! What an expression speaks of.

use super::{Expr, Set};

impl Expr {
    /// Calls `visit` for this expression and for every one inside it that speaks of the same row, outermost first.
    ///
    /// What stands inside a subquery speaks of that query's row and is not visited.
    pub fn visit<'a>(&'a self, visit: &mut impl FnMut(&'a Expr)) {
        visit(self);
        match self {
            Expr::Literal(_) | Expr::Column(_) | Expr::UserId | Expr::Claim(_) | Expr::Param(_) => {
            }
            Expr::Not(operand)
            | Expr::Is { operand, .. }
            | Expr::InList { operand, .. }
            | Expr::InClaims { operand, .. }
            | Expr::JsonIs { operand, .. }
            | Expr::JsonText { operand, .. } => operand.visit(visit),
            Expr::InSet { operand, set } => {
                operand.visit(visit);
                match set {
                    Set::Scope(_) | Set::Select(_) => {}
                }
            }
            Expr::And(all) | Expr::Or(all) | Expr::Concat(all) | Expr::Call { args: all, .. } => {
                for one in all {
                    one.visit(visit);
                }
            }
            Expr::Compare { left, right, .. }
            | Expr::Distinct { left, right, .. }
            | Expr::Arith { left, right, .. } => {
                left.visit(visit);
                right.visit(visit);
            }
            Expr::Contains { list, element } => {
                list.visit(visit);
                element.visit(visit);
            }
            Expr::Case {
                branches,
                otherwise,
            } => {
                for (condition, result) in branches {
                    condition.visit(visit);
                    result.visit(visit);
                }
                if let Some(otherwise) = otherwise {
                    otherwise.visit(visit);
                }
            }
        }
    }

    /// The columns of its row that it names, each once, in the order of their first mention.
    pub fn columns(&self) -> Vec<&str> {
        let mut found: Vec<&str> = Vec::new();
        self.visit(&mut |expr| {
            if let Expr::Column(name) = expr
                && !found.contains(&name.as_str())
            {
                found.push(name);
            }
        });
        found
    }
}

#[cfg(test)]
mod tests {
    use super::super::sample::{column, equal};
    use super::super::{Select, Set};
    use super::*;

    #[test]
    fn columns_of_a_subquery_are_another_rows() {
        let expr = Expr::And(vec![
            equal(column("a"), column("b")),
            Expr::InSet {
                operand: Box::new(column("a")),
                set: Set::Select(Box::new(Select {
                    column: column("c"),
                    table: "t".into(),
                    filter: None,
                })),
            },
        ]);
        assert_eq!(expr.columns(), ["a", "b"]);
    }
}
