//! The checks of a table in the closed form that Rust evaluates, and those that are left to Postgres.

use super::lower::{def, defs, literal, one_line};
use super::view;
use crate::model::{ArithOp, CheckBody, CompareOp, Expr, Function, IsTest, Literal, Model, Table};
use std::collections::BTreeSet;
use synctable::{Element, Kind};

/// The longest line, where there is a choice.
const WIDTH: usize = 100;

/// The checks of the table, and those of the domains of its columns.
pub(super) fn of(model: &Model, table: &Table) -> Vec<view::Check> {
    let own = table
        .checks
        .iter()
        .map(|check| lower(&check.name, &check.body, None));
    let of_domains = table.columns.values().filter_map(|column| {
        let (name, value) = match &column.kind {
            Kind::Domain { name, .. } => (name, Value::Column(&column.name)),
            Kind::List(Element::Domain { name, .. }) => (name, Value::ElementOf(&column.name)),
            Kind::Scalar(_) | Kind::Enum { .. } | Kind::List(_) | Kind::Opaque(_) => return None,
        };
        let body = model.domains[name.as_ref()].check.as_ref()?;
        Some(lower(name, body, Some(value)))
    });
    own.chain(of_domains).collect()
}

/// What the check of a domain calls `value`.
#[derive(Clone, Copy)]
enum Value<'m> {
    Column(&'m String),
    ElementOf(&'m String),
}

/// A check; that of a domain speaks of the column, or of each element of it, as `value`.
fn lower(name: &str, body: &CheckBody, value: Option<Value<'_>>) -> view::Check {
    let expr = match body {
        CheckBody::Sql { .. } => None,
        CheckBody::Expr(expr) => Some(expr),
    };
    let (columns, term) = match value {
        None => {
            let mut columns: Vec<String> = Vec::new();
            for name in expr.into_iter().flat_map(Expr::columns) {
                if !columns.iter().any(|known| known == name) {
                    columns.push(name.to_owned());
                }
            }
            (columns, expr.and_then(|expr| term(expr, column_leaf)))
        }
        Some(Value::Column(column)) => {
            let of_column = |word: &str| (word == "value").then(|| Expr::Column(column.to_owned()));
            let expr = expr.map(|expr| expr.with_columns(&of_column));
            (
                vec![column.clone()],
                expr.and_then(|expr| term(&expr, column_leaf)),
            )
        }
        Some(Value::ElementOf(column)) => {
            let term = expr.and_then(|expr| term(expr, element_leaf));
            let every = |term| {
                let inside = vec![word(def(column)), behind(term)];
                call("Term::Every(", inside, ")")
            };
            (vec![column.clone()], term.map(every))
        }
    };
    let mut types = BTreeSet::from(["CheckDef"]);
    if let Some(node) = &term {
        types.insert("Term");
        node.types(&mut types);
    }
    view::Check {
        name: literal(name),
        columns: one_line(&defs(&columns)),
        term: match term {
            Some(node) => format!(
                "Some({})",
                node.print(16, "                term: Some(),".len())
            ),
            None => "None".to_owned(),
        },
        types,
    }
}

/// A term as it is written: a word, or a call over several lines where it is long.
enum Node {
    Word(String),
    /// A variant of one of the types beside `Term`.
    Variant(&'static str, &'static str),
    /// What opens it, what is inside, what closes it.
    Call(String, Vec<Node>, &'static str),
}

impl Node {
    fn one_line(&self) -> String {
        match self {
            Node::Word(word) => word.clone(),
            Node::Variant(of, variant) => format!("{of}::{variant}"),
            Node::Call(open, inside, close) => {
                let inside: Vec<_> = inside.iter().map(Node::one_line).collect();
                format!("{open}{}{close}", inside.join(", "))
            }
        }
    }

    /// Adds the types whose variants it names.
    fn types(&self, found: &mut BTreeSet<&'static str>) {
        match self {
            Node::Word(_) => {}
            Node::Variant(of, _) => drop(found.insert(of)),
            Node::Call(_, inside, _) => inside.iter().for_each(|node| node.types(found)),
        }
    }

    /// Behind `before` characters, further lines begin with so many blanks.
    fn print(&self, indent: usize, before: usize) -> String {
        let line = self.one_line();
        let Node::Call(open, inside, close) = self else {
            return line;
        };
        if before + line.len() <= WIDTH {
            return line;
        }
        let blanks = " ".repeat(indent + 4);
        let lines: Vec<_> = inside
            .iter()
            .map(|node| format!("{blanks}{},\n", node.print(indent + 4, indent + 5)))
            .collect();
        format!("{open}\n{}{}{close}", lines.concat(), " ".repeat(indent))
    }
}

fn word(text: impl Into<String>) -> Node {
    Node::Word(text.into())
}

fn variant(of: &'static str, variant: &'static str) -> Node {
    Node::Variant(of, variant)
}

fn call(open: &str, inside: Vec<Node>, close: &'static str) -> Node {
    Node::Call(open.to_owned(), inside, close)
}

/// What stands where an expression names a column.
type Leaf = fn(&str) -> String;

fn column_leaf(name: &str) -> String {
    format!("Term::Column({})", def(name))
}

/// The check of a domain names nothing but its value.
fn element_leaf(_: &str) -> String {
    "Term::Element".to_owned()
}

/// A term behind a reference.
fn boxed(expr: &Expr, leaf: Leaf) -> Option<Node> {
    Some(behind(term(expr, leaf)?))
}

fn behind(node: Node) -> Node {
    match node {
        Node::Word(_) | Node::Variant(..) => Node::Word(format!("&{}", node.one_line())),
        Node::Call(open, inside, close) => Node::Call(format!("&{open}"), inside, close),
    }
}

fn terms(exprs: &[Expr], leaf: Leaf) -> Option<Vec<Node>> {
    exprs.iter().map(|expr| term(expr, leaf)).collect()
}

/// The term of an expression; `None` where only Postgres can say.
fn term(expr: &Expr, leaf: Leaf) -> Option<Node> {
    Some(match expr {
        Expr::Literal(value) => constant(value)?,
        Expr::Column(name) => word(leaf(name)),
        Expr::Not(operand) => call("Term::Not(", vec![boxed(operand, leaf)?], ")"),
        Expr::And(parts) if let Some((operand, low, high)) = range(parts) => {
            let inside = vec![
                boxed(operand, leaf)?,
                word(low.to_string()),
                word(high.to_string()),
            ];
            call("Term::Between(", inside, ")")
        }
        Expr::And(parts) => call("Term::All(&[", terms(parts, leaf)?, "])"),
        Expr::Or(parts) => call("Term::Any(&[", terms(parts, leaf)?, "])"),
        Expr::Is {
            operand,
            test,
            negated,
        } => {
            let test = match test {
                IsTest::Null => "Null",
                IsTest::True => "True",
                IsTest::False => "False",
            };
            let is = call(
                "Term::Is(",
                vec![boxed(operand, leaf)?, variant("Is", test)],
                ")",
            );
            not_where(*negated, is)
        }
        Expr::Compare { op, left, right } => {
            let op = match op {
                CompareOp::Eq => "Eq",
                CompareOp::Ne => "Ne",
                CompareOp::Lt => "Lt",
                CompareOp::Le => "Le",
                CompareOp::Gt => "Gt",
                CompareOp::Ge => "Ge",
            };
            let inside = vec![
                boxed(left, leaf)?,
                variant("Compare", op),
                boxed(right, leaf)?,
            ];
            call("Term::Compare(", inside, ")")
        }
        Expr::Distinct {
            left,
            right,
            distinct,
        } => {
            let node = call(
                "Term::Distinct(",
                vec![boxed(left, leaf)?, boxed(right, leaf)?],
                ")",
            );
            not_where(!distinct, node)
        }
        Expr::InList {
            operand,
            list,
            negated,
        } => {
            let list: Option<Vec<Node>> = list.iter().map(constant).collect();
            let inside = vec![boxed(operand, leaf)?, call("&[", list?, "]")];
            not_where(*negated, call("Term::In(", inside, ")"))
        }
        Expr::Arith { op, left, right } => {
            let op = match op {
                ArithOp::Add => "Add",
                ArithOp::Sub => "Sub",
                ArithOp::Mul => "Mul",
                ArithOp::Div => "Div",
                ArithOp::Rem => "Rem",
            };
            let inside = vec![
                boxed(left, leaf)?,
                variant("Arith", op),
                boxed(right, leaf)?,
            ];
            call("Term::Arith(", inside, ")")
        }
        Expr::Concat(parts) => call("Term::Concat(&[", terms(parts, leaf)?, "])"),
        Expr::Call {
            function: called,
            args,
        } => {
            let inside = vec![
                variant("Function", function(*called)?),
                call("&[", terms(args, leaf)?, "]"),
            ];
            call("Term::Call(", inside, ")")
        }
        Expr::Case {
            branches,
            otherwise,
        } => {
            let branches: Option<Vec<Node>> = branches
                .iter()
                .map(|(when, then)| {
                    Some(call("(", vec![term(when, leaf)?, term(then, leaf)?], ")"))
                })
                .collect();
            let otherwise = match otherwise {
                Some(otherwise) => boxed(otherwise, leaf)?,
                None => word("&Term::Null"),
            };
            let inside = vec![call("&[", branches?, "]"), otherwise];
            call("Term::Case(", inside, ")")
        }
        // A check has no caller, no parameter and no set; an element and a member are Postgres's to find.
        Expr::UserId
        | Expr::Claim(_)
        | Expr::Param(_)
        | Expr::InSet { .. }
        | Expr::InClaims { .. }
        | Expr::Contains { .. }
        | Expr::JsonIs { .. }
        | Expr::JsonText { .. } => return None,
    })
}

/// `x >= m and x <= n` of whole numbers, which is how `between` is read.
fn range(parts: &[Expr]) -> Option<(&Expr, i64, i64)> {
    let [above, below] = parts else {
        return None;
    };
    let (operand, low) = against(above, CompareOp::Ge)?;
    let (again, high) = against(below, CompareOp::Le)?;
    (operand == again).then_some((operand, low, high))
}

/// The two sides of a comparison with a whole number.
fn against(part: &Expr, wanted: CompareOp) -> Option<(&Expr, i64)> {
    match part {
        Expr::Compare { op, left, right } if *op == wanted => match **right {
            Expr::Literal(Literal::Int(number)) => Some((&**left, number)),
            _ => None,
        },
        _ => None,
    }
}

fn not_where(negated: bool, node: Node) -> Node {
    match negated {
        true => call("Term::Not(", vec![behind(node)], ")"),
        false => node,
    }
}

fn constant(value: &Literal) -> Option<Node> {
    Some(word(match value {
        Literal::Null => "Term::Null".to_owned(),
        Literal::Bool(value) => format!("Term::Bool({value})"),
        Literal::Int(number) => format!("Term::Int({number})"),
        Literal::Decimal(text) => format!("Term::Number({})", literal(text)),
        Literal::Text(text) => format!("Term::Text({})", literal(text)),
        Literal::Json(_) | Literal::List(_) => return None,
    }))
}

/// A function that Rust knows; a regular expression is Postgres's, and no check asks the clock.
fn function(function: Function) -> Option<&'static str> {
    Some(match function {
        Function::Length => "Length",
        Function::Lower => "Lower",
        Function::Upper => "Upper",
        Function::Trim => "Trim",
        Function::Substr => "Substr",
        Function::Replace => "Replace",
        Function::Abs => "Abs",
        Function::Coalesce => "Coalesce",
        Function::Nullif => "Nullif",
        Function::ListLength => "ListLength",
        Function::JsonKind => "JsonKind",
        Function::Matches | Function::Now | Function::Today | Function::Uuid => return None,
    })
}
