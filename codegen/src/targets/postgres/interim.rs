//! A printer of the commonest expressions.

use crate::model::*;
use synctable::Database;

pub(super) fn print(model: &Model, expr: &Expr, row: super::sql::Row<'_>) -> String {
    let p = |e: &Expr| print(model, e, row);
    let lit = |l: &Literal| literal(l);
    match expr {
        Expr::Literal(l) => lit(l),
        Expr::Column(c) => Database::Postgres.ident(c).into_owned(),
        Expr::UserId => format!("{}.user_id()", crate::catalog::private_schema(model)),
        Expr::Not(e) => format!("not ({})", p(e)),
        Expr::And(v) => v.iter().map(p).collect::<Vec<_>>().join(" and "),
        Expr::Or(v) => v
            .iter()
            .map(|e| format!("({})", p(e)))
            .collect::<Vec<_>>()
            .join(" or "),
        Expr::Is {
            operand,
            test,
            negated,
        } => format!(
            "{} is {}{}",
            p(operand),
            if *negated { "not " } else { "" },
            match test {
                IsTest::Null => "null",
                IsTest::True => "true",
                IsTest::False => "false",
            }
        ),
        Expr::Compare { op, left, right } => format!(
            "{} {} {}",
            p(left),
            match op {
                CompareOp::Eq => "=",
                CompareOp::Ne => "<>",
                CompareOp::Lt => "<",
                CompareOp::Le => "<=",
                CompareOp::Gt => ">",
                CompareOp::Ge => ">=",
            },
            p(right)
        ),
        Expr::InList {
            operand,
            list,
            negated,
        } => format!(
            "{} {}in ({})",
            p(operand),
            if *negated { "not " } else { "" },
            list.iter().map(lit).collect::<Vec<_>>().join(", ")
        ),
        Expr::Concat(v) => v.iter().map(p).collect::<Vec<_>>().join(" || "),
        Expr::Call { function, args } => {
            let args: Vec<String> = args.iter().map(p).collect();
            match function {
                Function::Now => "now()".into(),
                Function::Uuid => "gen_random_uuid()".into(),
                Function::Matches => format!("{} ~ {}", args[0], args[1]),
                other => format!(
                    "{}({})",
                    format!("{other:?}").to_lowercase(),
                    args.join(", ")
                ),
            }
        }
        other => unreachable!("printed by expr, once it lands: {other:?} of {row:?}"),
    }
}

fn literal(l: &Literal) -> String {
    match l {
        Literal::Null => "null".into(),
        Literal::Bool(b) => b.to_string(),
        Literal::Int(i) => i.to_string(),
        Literal::Decimal(d) => d.clone(),
        Literal::Text(t) | Literal::Json(t) => Database::Postgres.literal(t),
        Literal::List(_) => "'{}'".into(),
    }
}
