//! What a rule says about a row, by the words of `docs/access.md` alone: three-valued logic over typed values.
//!
//! It knows no dialect and no normal form; it reads the rule as it was declared.

use crate::universe::{Caller, Row, Universe, plain};
use serde_json::Value;
use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap};
use std::rc::Rc;
use synctable::Scalar;
use synctable_codegen::model::{CompareOp, Expr, Function, IsTest, Literal, Model, Select, Set};

/// One caller, with the parameters of a subscription, in a universe.
pub struct Asker<'a> {
    model: &'a Model,
    universe: &'a Universe,
    user_id: Literal,
    token: &'a Value,
    params: &'a BTreeMap<String, Value>,
    sets: RefCell<HashMap<Select, Rc<Vec<Literal>>>>,
}

impl<'a> Asker<'a> {
    /// The caller, who subscribes with these parameters.
    #[must_use]
    pub fn new(
        model: &'a Model,
        universe: &'a Universe,
        caller: &'a Caller,
        params: &'a BTreeMap<String, Value>,
    ) -> Self {
        Self {
            model,
            universe,
            user_id: user_id(model.postgres.user_id, &caller.token),
            token: &caller.token,
            params,
            sets: RefCell::default(),
        }
    }

    /// The caller's id; NULL for nobody.
    #[must_use]
    pub fn user_id(&self) -> &Literal {
        &self.user_id
    }

    /// Whether the condition is true of a row of the table: NULL never grants.
    #[must_use]
    pub fn holds(&self, table: &str, row: &Row, condition: &Expr) -> bool {
        self.truth(table, row, condition) == Some(true)
    }

    fn truth(&self, table: &str, row: &Row, expr: &Expr) -> Option<bool> {
        match self.value(table, row, expr) {
            Literal::Bool(truth) => Some(truth),
            Literal::Null => None,
            other => panic!("{expr:?} is no condition: {other:?}"),
        }
    }

    fn value(&self, table: &str, row: &Row, expr: &Expr) -> Literal {
        let value = |expr: &Expr| self.value(table, row, expr);
        let truth = |expr: &Expr| self.truth(table, row, expr);
        match expr {
            Expr::Literal(literal) => literal.clone(),
            Expr::Column(name) => match &self.model.tables[table].columns[name].generated {
                Some(generated) => value(&generated.expr),
                None => row[name].clone(),
            },
            Expr::UserId => self.user_id.clone(),
            Expr::Claim(path) => text_or_null(self.claim(path)),
            Expr::InClaims { operand, path } => match (value(operand), self.claim(path)) {
                (Literal::Text(text), Some(Value::Array(members))) => {
                    let is_structure = text.starts_with(['[', '{']);
                    let found = members.iter().any(|member| member.as_str() == Some(&text));
                    Literal::Bool(found && !is_structure)
                }
                (Literal::Null, _) | (_, None) => Literal::Null,
                _ => Literal::Bool(false),
            },
            Expr::Param(name) => match &self.params[name] {
                Value::String(text) => Literal::Text(text.clone()),
                Value::Number(number) => Literal::Int(number.as_i64().expect("a whole number")),
                other => panic!("{other} is no parameter"),
            },
            Expr::Not(operand) => logical(truth(operand).map(|truth| !truth)),
            Expr::And(parts) => connect(parts.iter().map(truth), false),
            Expr::Or(parts) => connect(parts.iter().map(truth), true),
            Expr::Is {
                operand,
                test,
                negated,
            } => {
                let operand = value(operand);
                let holds = match test {
                    IsTest::Null => operand == Literal::Null,
                    IsTest::True => operand == Literal::Bool(true),
                    IsTest::False => operand == Literal::Bool(false),
                };
                Literal::Bool(holds != *negated)
            }
            Expr::Compare { op, left, right } => match (&**left, &**right) {
                // A number of the token is one beside a number, and nothing beside a text.
                (claim @ Expr::Claim(path), other) | (other, claim @ Expr::Claim(path)) => {
                    let other = value(other);
                    let claim = match other {
                        Literal::Int(_) => self.number(path),
                        _ => value(claim),
                    };
                    compare(*op, &claim, &other)
                }
                (left, right) => compare(*op, &value(left), &value(right)),
            },
            Expr::InList {
                operand,
                list,
                negated,
            } => {
                let operand = value(operand);
                let found = connect(
                    list.iter()
                        .map(|one| truth_of(&compare(CompareOp::Eq, &operand, one))),
                    true,
                );
                match negated {
                    true => logical(truth_of(&found).map(|truth| !truth)),
                    false => found,
                }
            }
            Expr::InSet { operand, set } => {
                let operand = value(operand);
                connect(
                    self.set(set)
                        .iter()
                        .map(|one| truth_of(&compare(CompareOp::Eq, &operand, one))),
                    true,
                )
            }
            Expr::Contains { list, element } => match value(list) {
                Literal::List(items) => {
                    let element = value(element);
                    connect(
                        items
                            .iter()
                            .map(|one| truth_of(&compare(CompareOp::Eq, one, &element))),
                        true,
                    )
                }
                _ => Literal::Null,
            },
            Expr::Concat(parts) => {
                let mut joined = String::new();
                for part in parts {
                    match value(part) {
                        Literal::Text(text) => joined += &text,
                        Literal::Int(number) => joined += &number.to_string(),
                        Literal::Null => return Literal::Null,
                        other => panic!("{other:?} is not joined to text"),
                    }
                }
                Literal::Text(joined)
            }
            Expr::Call {
                function: Function::Coalesce,
                args,
            } => {
                let mut args = args.iter().map(value);
                args.find(|arg| *arg != Literal::Null)
                    .unwrap_or(Literal::Null)
            }
            Expr::JsonIs {
                operand,
                path,
                truth,
            } => match member(&value(operand), path) {
                None => Literal::Null,
                Some(member) => Literal::Bool(member == Value::Bool(*truth)),
            },
            Expr::JsonText { operand, path } => match member(&value(operand), path) {
                None | Some(Value::Null) => Literal::Null,
                Some(Value::String(text)) => Literal::Text(text),
                Some(other) => Literal::Text(other.to_string()),
            },
            Expr::Distinct { .. } | Expr::Arith { .. } | Expr::Case { .. } | Expr::Call { .. } => {
                panic!("no rule says {expr:?}")
            }
        }
    }

    /// What the token has at a path.
    fn claim(&self, path: &[String]) -> Option<&'a Value> {
        path.iter()
            .try_fold(self.token, |value, name| value.as_object()?.get(name))
    }

    /// A claim that is a whole number, however it is written.
    fn number(&self, path: &[String]) -> Literal {
        let number = self.claim(path).and_then(Value::as_f64);
        match number {
            Some(number) if number.fract() == 0.0 && number.abs() < 1e9 =>
            {
                #[expect(clippy::cast_possible_truncation, reason = "it is whole and small")]
                Literal::Int(number as i64)
            }
            _ => Literal::Null,
        }
    }

    /// What a set holds, as everybody's rows stand before the statement.
    fn set(&self, set: &Set) -> Rc<Vec<Literal>> {
        let select = match set {
            Set::Scope(name) => &self.model.scopes[name],
            Set::Select(select) => select,
        };
        if let Some(known) = self.sets.borrow().get(select) {
            return Rc::clone(known);
        }
        let table = &select.table;
        let found: Vec<Literal> = self
            .universe
            .of(table)
            .iter()
            .filter(|row| {
                let filter = select.filter.as_ref();
                filter.is_none_or(|filter| self.holds(table, row, filter))
            })
            .map(|row| self.value(table, row, &select.column))
            .collect();
        let found = Rc::new(found);
        self.sets
            .borrow_mut()
            .insert(select.clone(), Rc::clone(&found));
        found
    }
}

/// The caller's id; NULL for a subject that is not of the kind's canonical form.
fn user_id(kind: Scalar, token: &Value) -> Literal {
    let Some(subject) = token["sub"].as_str() else {
        return Literal::Null;
    };
    let whole = || match subject.parse::<i64>() {
        Ok(number) if number.to_string() == subject => Some(number),
        _ => None,
    };
    match kind {
        Scalar::Uuid => {
            let is_hex = |b: u8| b.is_ascii_digit() || (b'a'..=b'f').contains(&b);
            let canonical = subject.len() == 36
                && subject.bytes().enumerate().all(|(at, b)| match at {
                    8 | 13 | 18 | 23 => b == b'-',
                    _ => is_hex(b),
                });
            match canonical {
                true => Literal::Text(subject.to_owned()),
                false => Literal::Null,
            }
        }
        Scalar::Int => match whole() {
            Some(number) if i32::try_from(number).is_ok() => Literal::Int(number),
            _ => Literal::Null,
        },
        Scalar::Bigint => whole().map_or(Literal::Null, Literal::Int),
        _ if subject.is_empty() => Literal::Null,
        _ => Literal::Text(subject.to_owned()),
    }
}

fn text_or_null(value: Option<&Value>) -> Literal {
    match value {
        Some(Value::String(text)) => Literal::Text(text.clone()),
        _ => Literal::Null,
    }
}

fn logical(truth: Option<bool>) -> Literal {
    truth.map_or(Literal::Null, Literal::Bool)
}

fn truth_of(literal: &Literal) -> Option<bool> {
    match literal {
        Literal::Bool(truth) => Some(*truth),
        _ => None,
    }
}

/// `or` (where `decisive` is true) and `and` of three-valued truths.
fn connect(truths: impl Iterator<Item = Option<bool>>, decisive: bool) -> Literal {
    let mut unknown = false;
    for truth in truths {
        match truth {
            Some(truth) if truth == decisive => return Literal::Bool(decisive),
            Some(_) => {}
            None => unknown = true,
        }
    }
    match unknown {
        true => Literal::Null,
        false => Literal::Bool(!decisive),
    }
}

fn compare(op: CompareOp, left: &Literal, right: &Literal) -> Literal {
    if *left == Literal::Null || *right == Literal::Null {
        return Literal::Null;
    }
    Literal::Bool(match (op, left, right) {
        (CompareOp::Eq, ..) => left == right,
        (CompareOp::Ne, ..) => left != right,
        (_, Literal::Int(left), Literal::Int(right)) => match op {
            CompareOp::Lt => left < right,
            CompareOp::Le => left <= right,
            CompareOp::Gt => left > right,
            _ => left >= right,
        },
        _ => panic!(
            "rules order whole numbers only: {} and {}",
            plain(left),
            plain(right)
        ),
    })
}

/// What a json value has at a path.
fn member(json: &Literal, path: &[String]) -> Option<Value> {
    let Literal::Json(text) = json else {
        return None;
    };
    let json: Value = serde_json::from_str(text).expect("a column holds JSON");
    let found = path
        .iter()
        .try_fold(&json, |value, name| value.as_object()?.get(name));
    found.cloned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_canonical_text_of_an_id_is_a_caller() {
        let id = "0192f0c1-7a3b-7cde-8f01-23456789abcd";
        let of = |kind, subject: &str| user_id(kind, &serde_json::json!({ "sub": subject }));
        assert_eq!(of(Scalar::Uuid, id), Literal::Text(id.to_owned()));
        for odd in ["alice", "", &id.to_uppercase(), &id.replace('-', "")] {
            assert_eq!(of(Scalar::Uuid, odd), Literal::Null, "{odd}");
        }
        assert_eq!(of(Scalar::Int, "12"), Literal::Int(12));
        for odd in ["012", "+12", "12.0", "", "3000000000"] {
            assert_eq!(of(Scalar::Int, odd), Literal::Null, "{odd}");
        }
        assert_eq!(of(Scalar::Text, ""), Literal::Null);
        assert_eq!(user_id(Scalar::Text, &serde_json::json!({})), Literal::Null);
    }

    #[test]
    fn unknown_is_neither_true_nor_false() {
        let (yes, no, unknown) = (Some(true), Some(false), None);
        let and = |truths: [Option<bool>; 2]| connect(truths.into_iter(), false);
        let or = |truths: [Option<bool>; 2]| connect(truths.into_iter(), true);
        assert_eq!(and([unknown, no]), Literal::Bool(false));
        assert_eq!(and([unknown, yes]), Literal::Null);
        assert_eq!(or([unknown, yes]), Literal::Bool(true));
        assert_eq!(or([unknown, no]), Literal::Null);
        assert_eq!(connect([].into_iter(), true), Literal::Bool(false));
        assert_eq!(
            compare(CompareOp::Ne, &Literal::Null, &Literal::Int(1)),
            Literal::Null
        );
    }
}
