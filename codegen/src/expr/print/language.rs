//! Back into the language itself, for reports: what a rule says, as somebody would have declared it.

use crate::model::{ArithOp, CompareOp, Expr, Function, IsTest, Literal, Select, Set};
use synctable::Database;

/// The expression in the language's own syntax; reading it again gives the same expression.
///
/// ```
/// use synctable::{Kind, Scalar};
/// use synctable_codegen::expr::{Context, Known, Row, Scope, parse, print};
///
/// let (known, row) = (Known::default(), Row::new("todos").with("title", Kind::Scalar(Scalar::Text)));
/// let expr = parse("length( title )  BETWEEN 1 and 500", &Scope::new(&known, &row), Context::Check).unwrap();
/// assert_eq!(print::language(&expr), "length(title) >= 1 and length(title) <= 500");
/// ```
#[must_use]
pub fn language(expr: &Expr) -> String {
    match expr {
        Expr::Literal(literal) => constant(literal),
        Expr::Column(name) => ident(name),
        Expr::UserId => "auth.user_id()".to_owned(),
        Expr::Claim(path) => format!("auth.claim({})", quoted(&path.join("."))),
        Expr::Param(name) => format!(":{name}"),
        Expr::Not(operand) => format!("not {}", inside(operand, Level::Not)),
        Expr::And(parts) => chain(parts, " and ", Level::And),
        Expr::Or(parts) => chain(parts, " or ", Level::Or),
        Expr::Is {
            operand,
            test,
            negated,
        } => {
            let not = if *negated { "not " } else { "" };
            let test = match test {
                IsTest::Null => "null",
                IsTest::True => "true",
                IsTest::False => "false",
            };
            format!("{} is {not}{test}", inside(operand, Level::Operand))
        }
        Expr::Compare { op, left, right } => {
            let op = match op {
                CompareOp::Eq => "=",
                CompareOp::Ne => "<>",
                CompareOp::Lt => "<",
                CompareOp::Le => "<=",
                CompareOp::Gt => ">",
                CompareOp::Ge => ">=",
            };
            pair(left, op, right)
        }
        Expr::Distinct {
            left,
            right,
            distinct,
        } => {
            let op = match distinct {
                true => "is distinct from",
                false => "is not distinct from",
            };
            pair(left, op, right)
        }
        Expr::InList {
            operand,
            list,
            negated,
        } => {
            let not = if *negated { "not " } else { "" };
            let list: Vec<_> = list.iter().map(constant).collect();
            let operand = inside(operand, Level::Operand);
            format!("{operand} {not}in ({})", list.join(", "))
        }
        Expr::InSet { operand, set } => {
            let operand = inside(operand, Level::Operand);
            match set {
                Set::Scope(name) => format!("{operand} in ({})", ident(name)),
                Set::Select(select) => format!("{operand} in ({})", language_select(select)),
            }
        }
        Expr::InClaims { operand, path } => {
            let operand = inside(operand, Level::Operand);
            format!("{operand} in auth.claims({})", quoted(&path.join(".")))
        }
        Expr::Contains { list, element } => {
            let element = inside(element, Level::Operand);
            format!("{element} = any({})", language(list))
        }
        Expr::Arith { op, left, right } => {
            let op = match op {
                ArithOp::Add => "+",
                ArithOp::Sub => "-",
                ArithOp::Mul => "*",
                ArithOp::Div => "/",
                ArithOp::Rem => "%",
            };
            let operand = |side| inside(side, Level::Single);
            format!("{} {op} {}", operand(left), operand(right))
        }
        Expr::Concat(parts) => {
            let parts: Vec<_> = parts
                .iter()
                .map(|part| inside(part, Level::Single))
                .collect();
            parts.join(" || ")
        }
        Expr::Call { function, args } => {
            let args: Vec<_> = args.iter().map(language).collect();
            format!("{}({})", name(*function), args.join(", "))
        }
        Expr::Case {
            branches,
            otherwise,
        } => {
            let mut text = "case".to_owned();
            for (condition, result) in branches {
                let (condition, result) = (language(condition), language(result));
                text.push_str(&format!(" when {condition} then {result}"));
            }
            if let Some(otherwise) = otherwise {
                text.push_str(&format!(" else {}", language(otherwise)));
            }
            text + " end"
        }
        Expr::JsonIs {
            operand,
            path,
            truth,
        } => {
            let mut text = inside(operand, Level::Single);
            for member in path {
                text.push_str(&format!(" -> {}", quoted(member)));
            }
            format!("{text} = '{truth}'")
        }
        Expr::JsonText { operand, path } => {
            let mut text = inside(operand, Level::Single);
            for (index, member) in path.iter().enumerate() {
                let arrow = if index + 1 == path.len() { "->>" } else { "->" };
                text.push_str(&format!(" {arrow} {}", quoted(member)));
            }
            text
        }
    }
}

/// `select column from table where …` in the language's own syntax.
#[must_use]
pub fn language_select(select: &Select) -> String {
    let column = language(&select.column);
    let table = ident(&select.table);
    match &select.filter {
        Some(filter) => format!("select {column} from {table} where {}", language(filter)),
        None => format!("select {column} from {table}"),
    }
}

/// How tightly an expression holds together; less tight ones get parentheses.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Level {
    Or,
    And,
    Not,
    Condition,
    /// An operand of a comparison: `a || b`, `a + 1`.
    Operand,
    Single,
}

fn level(expr: &Expr) -> Level {
    match expr {
        Expr::Or(_) => Level::Or,
        Expr::And(_) => Level::And,
        Expr::Not(_) => Level::Not,
        Expr::Is { .. }
        | Expr::Compare { .. }
        | Expr::Distinct { .. }
        | Expr::InList { .. }
        | Expr::InSet { .. }
        | Expr::InClaims { .. }
        | Expr::Contains { .. }
        | Expr::JsonIs { .. } => Level::Condition,
        Expr::Arith { .. } | Expr::Concat(_) | Expr::JsonText { .. } => Level::Operand,
        Expr::Literal(_)
        | Expr::Column(_)
        | Expr::UserId
        | Expr::Claim(_)
        | Expr::Param(_)
        | Expr::Call { .. }
        | Expr::Case { .. } => Level::Single,
    }
}

fn inside(expr: &Expr, least: Level) -> String {
    let text = language(expr);
    match level(expr) >= least {
        true => text,
        false => format!("({text})"),
    }
}

fn chain(parts: &[Expr], joint: &str, of: Level) -> String {
    let tighter = match of {
        Level::Or => Level::And,
        _ => Level::Not,
    };
    let parts: Vec<_> = parts.iter().map(|part| inside(part, tighter)).collect();
    parts.join(joint)
}

fn pair(left: &Expr, op: &str, right: &Expr) -> String {
    let (left, right) = (inside(left, Level::Operand), inside(right, Level::Operand));
    format!("{left} {op} {right}")
}

fn constant(literal: &Literal) -> String {
    match literal {
        Literal::Null => "null".to_owned(),
        Literal::Bool(value) => value.to_string(),
        Literal::Int(number) => number.to_string(),
        Literal::Decimal(number) => number.clone(),
        Literal::Text(text) | Literal::Json(text) => quoted(text),
        Literal::List(items) => {
            let items: Vec<_> = items.iter().map(constant).collect();
            format!("[{}]", items.join(", "))
        }
    }
}

fn name(function: Function) -> &'static str {
    match function {
        Function::Now => "now",
        Function::Today => "today",
        Function::Uuid => "uuid",
        Function::Length => "length",
        Function::Lower => "lower",
        Function::Upper => "upper",
        Function::Trim => "trim",
        Function::Substr => "substr",
        Function::Replace => "replace",
        Function::Matches => "matches",
        Function::Abs => "abs",
        Function::Coalesce => "coalesce",
        Function::Nullif => "nullif",
        Function::ListLength => "list_length",
        Function::JsonKind => "json_kind",
    }
}

fn quoted(text: &str) -> String {
    Database::Postgres.literal(text)
}

fn ident(name: &str) -> String {
    Database::Postgres.ident(name).into_owned()
}
