//! Comparisons, arithmetic, text and json: what the operators ask of their operands.

use super::super::Context;
use super::super::access_table::Form;
use super::super::kind::{self, Family, Ty};
use super::convert::{Converter, Term, spine};
use crate::diagnostic::{EXPR_ALWAYS, EXPR_KIND, EXPR_NULL, EXPR_ORDER, EXPR_UNSUPPORTED};
use crate::model::{ArithOp, CompareOp, Expr, IsTest, Literal};
use sqlparser::ast::{BinaryOperator, CaseWhen, Expr as Ast, Value, ValueWithSpan};
use std::ops::Range;
use synctable::{Kind, Scalar};

impl Converter<'_> {
    pub(super) fn compare(
        &mut self,
        op: CompareOp,
        left: Term,
        right: Term,
        range: &Range<usize>,
    ) -> Term {
        if !self.are_comparable(&left, &right, op, range) {
            return self.broken(range);
        }
        let Some((kind, mut terms)) = self.sides(left, right) else {
            return self.broken(range);
        };
        let right = terms.pop().expect("two went in");
        let left = terms.pop().expect("two went in");
        let ordered = !matches!(op, CompareOp::Eq | CompareOp::Ne);
        if !self.compares(&kind, ordered, range) {
            return self.broken(range);
        }
        self.ask_compare(op, &left, &right, range);
        let expr = Expr::Compare {
            op,
            left: Box::new(left.expr),
            right: Box::new(right.expr),
        };
        self.term(expr, Ty::BOOL, range)
    }

    /// Both sides with one kind; a claim is text, or what the other side is.
    fn sides(&mut self, left: Term, right: Term) -> Option<(Kind, Vec<Term>)> {
        let by_text = [(&left, &right), (&right, &left)]
            .into_iter()
            .find_map(|(claim, other)| match (&claim.expr, &other.ty) {
                (Expr::Claim(_), Ty::Kind(kind)) => {
                    let typed = matches!(
                        Family::of(kind),
                        Family::Uuid | Family::Enum(_) | Family::Integer
                    );
                    typed.then(|| kind.clone())
                }
                _ => None,
            });
        if let Some(kind) = by_text {
            return Some((kind, vec![left, right]));
        }
        self.together(vec![left, right])
    }

    /// NULL and two constants are no operands of a comparison.
    fn are_comparable(
        &mut self,
        left: &Term,
        right: &Term,
        op: CompareOp,
        range: &Range<usize>,
    ) -> bool {
        let null = Expr::Literal(Literal::Null);
        for term in [left, right] {
            if term.expr == null && !term.is_broken() {
                let help = match op {
                    CompareOp::Ne => "write `is not null`",
                    _ => "write `is null`",
                };
                self.problem(range, EXPR_NULL, "a comparison with null is never true")
                    .helps
                    .push(help.to_owned());
                return false;
            }
        }
        if left.ty == Ty::Constant && right.ty == Ty::Constant {
            self.problem(
                range,
                EXPR_ALWAYS,
                "a comparison of two constants has the same result for every row",
            )
            .helps
            .push("remove it".to_owned());
            return false;
        }
        if [left, right]
            .iter()
            .all(|term| matches!(term.ty, Ty::Param | Ty::Constant))
        {
            self.problem(range, EXPR_ALWAYS, "this comparison does not use a column")
                .helps
                .push("compare the parameter with a column".to_owned());
            return false;
        }
        true
    }

    pub(super) fn compares(&mut self, kind: &Kind, ordered: bool, range: &Range<usize>) -> bool {
        let (fits, code, what) = match ordered {
            true => (kind::order(kind), EXPR_ORDER, "ordered"),
            false => (kind::equality(kind), EXPR_KIND, "compared"),
        };
        let Err(why) = fits else {
            return true;
        };
        if self.context.is_policy() {
            // The table of access rules says more.
            return true;
        }
        let help = match (Family::of(kind), self.context) {
            (Family::Json, _) => "compare the text of a member: `column ->> 'member' = …`",
            (Family::List(_), _) => {
                "test for an element (`x = any(column)`), or compare `list_length(column)`"
            }
            (_, Context::Check | Context::DomainCheck) => {
                "write it for one dialect: `check: {postgres: …}`"
            }
            _ => "here, it can only be tested with `is null` and `is not null`",
        };
        self.problem(range, code, format!("`{kind}` is not {what}: {why}"))
            .helps
            .push(help.to_owned());
        false
    }

    pub(super) fn between(
        &mut self,
        operand: &Ast,
        negated: bool,
        low: &Ast,
        high: &Ast,
        range: &Range<usize>,
    ) -> Term {
        let operand = self.expr(operand);
        let (low, high) = (self.expr(low), self.expr(high));
        if let (Expr::Literal(Literal::Int(least)), Expr::Literal(Literal::Int(most))) =
            (&low.expr, &high.expr)
            && least > most
        {
            self.problem(
                range,
                EXPR_ALWAYS,
                format!("no value is between {least} and {most}"),
            )
            .helps
            .push(format!("write `between {most} and {least}`"));
            return self.broken(range);
        }
        let (first, second) = match negated {
            false => (CompareOp::Ge, CompareOp::Le),
            true => (CompareOp::Lt, CompareOp::Gt),
        };
        let before = self.problems.len();
        let first = self.compare(first, operand.clone(), low, range);
        if self.problems.len() > before && first.is_broken() {
            // The second bound would say the same again.
            return self.broken(range);
        }
        let second = self.compare(second, operand, high, range);
        if first.is_broken() || second.is_broken() {
            return self.broken(range);
        }
        let parts = vec![first.expr, second.expr];
        let expr = match negated {
            false => Expr::And(parts),
            true => Expr::Or(parts),
        };
        self.term(expr, Ty::BOOL, range)
    }

    pub(super) fn distinct(
        &mut self,
        left: &Ast,
        right: &Ast,
        distinct: bool,
        range: &Range<usize>,
    ) -> Term {
        let (left, right) = (self.expr(left), self.expr(right));
        if left.ty == Ty::Constant && right.ty == Ty::Constant {
            self.problem(
                range,
                EXPR_ALWAYS,
                "a comparison of two constants has the same result for every row",
            );
            return self.broken(range);
        }
        let Some((kind, mut terms)) = self.together(vec![left, right]) else {
            return self.broken(range);
        };
        if !self.compares(&kind, false, range) {
            return self.broken(range);
        }
        let right = terms.pop().expect("two went in");
        let left = terms.pop().expect("two went in");
        self.ask_distinct(&left, &right, range);
        let expr = Expr::Distinct {
            left: Box::new(left.expr),
            right: Box::new(right.expr),
            distinct,
        };
        self.term(expr, Ty::BOOL, range)
    }

    pub(super) fn is(
        &mut self,
        operand: &Ast,
        test: IsTest,
        negated: bool,
        range: &Range<usize>,
    ) -> Term {
        let operand = self.expr(operand);
        if operand.is_broken() {
            return self.broken(range);
        }
        if operand.ty == Ty::Constant {
            self.problem(range, EXPR_ALWAYS, "a constant is the same for every row");
            return self.broken(range);
        }
        if test != IsTest::Null && operand.ty.family() != Some(Family::Bool) {
            self.condition(operand);
            return self.broken(range);
        }
        self.ask_is(&operand, test, range);
        let expr = Expr::Is {
            operand: Box::new(operand.expr),
            test,
            negated,
        };
        self.term(expr, Ty::BOOL, range)
    }

    pub(super) fn not(&mut self, operand: &Ast, range: &Range<usize>) -> Term {
        let operand = self.expr(operand);
        if operand.is_broken() {
            return self.broken(range);
        }
        let inner = self.condition(operand);
        self.ask_not(&inner, range);
        self.term(Expr::Not(Box::new(inner)), Ty::BOOL, range)
    }

    pub(super) fn arith(
        &mut self,
        op: ArithOp,
        left: Term,
        right: Term,
        range: &Range<usize>,
    ) -> Term {
        if left.is_broken() || right.is_broken() {
            return self.broken(range);
        }
        let mut kinds = Vec::new();
        for term in [&left, &right] {
            let kind = match &term.ty {
                Ty::Kind(kind) => Some(kind.clone()),
                _ => kind::of(&term.expr, self.scope.row, self.scope.known),
            };
            match kind {
                Some(kind) if Family::of(&kind).is_number() => kinds.push(kind),
                other => {
                    let found = match other {
                        Some(kind) => format!("`{kind}`"),
                        None => "this".to_owned(),
                    };
                    let problem = self.problem(
                        &term.range.clone(),
                        EXPR_KIND,
                        format!("{found} is not a number"),
                    );
                    if op == ArithOp::Add {
                        problem.helps.push("to join text, write `||`".to_owned());
                    }
                }
            }
        }
        let [a, b] = kinds.as_slice() else {
            return self.broken(range);
        };
        if matches!(op, ArithOp::Div | ArithOp::Rem)
            && matches!(&right.expr, Expr::Literal(Literal::Int(0)))
        {
            self.problem(range, EXPR_ALWAYS, "a division by zero always fails");
            return self.broken(range);
        }
        if op == ArithOp::Rem
            && [a, b]
                .iter()
                .any(|kind| Family::of(kind) != Family::Integer)
        {
            self.problem(
                range,
                EXPR_KIND,
                "`%` takes whole numbers only: the engines differ on others",
            );
            return self.broken(range);
        }
        let single = |term: &Term| matches!(&term.ty, Ty::Kind(kind) if kind.carrier() == Some(Scalar::Real));
        if single(&left) || single(&right) {
            self.problem(
                range,
                EXPR_KIND,
                "the engines round arithmetic on 32-bit floats differently",
            )
            .helps
            .push("declare the column as `double`".to_owned());
            return self.broken(range);
        }
        let kind = kind::arithmetic(a, b).expect("both operands must be numbers");
        self.ask_arithmetic(&kind, range);
        let both_constant = left.ty == Ty::Constant && right.ty == Ty::Constant;
        if both_constant {
            self.problem(range, EXPR_ALWAYS, "arithmetic on constants")
                .helps
                .push("write the result".to_owned());
            return self.broken(range);
        }
        let expr = Expr::Arith {
            op,
            left: Box::new(left.expr),
            right: Box::new(right.expr),
        };
        self.term(expr, Ty::Kind(kind), range)
    }

    pub(super) fn concat(&mut self, ast: &Ast, range: &Range<usize>) -> Term {
        let mut terms = Vec::new();
        let mut whole = true;
        for operand in spine(ast, &BinaryOperator::StringConcat) {
            let term = self.expr(operand);
            let fits = match (&term.ty, &term.expr) {
                (Ty::Broken, _) => {
                    whole = false;
                    continue;
                }
                (Ty::Constant, Expr::Literal(Literal::Text(_))) => true,
                (Ty::Constant | Ty::Param, _) => false,
                (Ty::Kind(kind), _) => match Family::of(kind) {
                    Family::Text | Family::Uuid | Family::Integer | Family::Enum(_) => {
                        self.immutable_text(kind, &term.range)
                    }
                    _ => false,
                },
            };
            if fits {
                terms.push(term);
            } else {
                whole = false;
                if !self
                    .problems
                    .iter()
                    .any(|problem| problem.range == term.range)
                {
                    let found = match &term.ty {
                        Ty::Kind(kind) => format!("`{kind}`"),
                        _ => "this".to_owned(),
                    };
                    self.problem(
                        &term.range,
                        EXPR_KIND,
                        format!("{found} cannot be joined with `||`"),
                    )
                    .helps
                    .push(
                        "join text, uuids, whole numbers or labels; write a constant in quotes"
                            .to_owned(),
                    );
                }
            }
        }
        if !whole {
            return self.broken(range);
        }
        self.ask_concat(&terms, range);
        let mut parts = Vec::with_capacity(terms.len());
        for term in terms {
            match term.expr {
                Expr::Concat(inner) => parts.extend(inner),
                part => parts.push(part),
            }
        }
        self.term(Expr::Concat(parts), Ty::TEXT, range)
    }

    fn immutable_text(&mut self, kind: &Kind, range: &Range<usize>) -> bool {
        if !self.context.is_immutable() || kind::has_immutable_text(kind) {
            return true;
        }
        let message = format!(
            "Postgres cannot convert `{kind}` to text in {}",
            self.context.name()
        );
        self.problem(range, EXPR_KIND, message)
            .helps
            .push("declare the enum with `storage: check`, which is text".to_owned());
        false
    }

    /// `meta -> 'open' = 'true'`, either way round; `None` for every other comparison.
    pub(super) fn json_is(
        &mut self,
        left: &Ast,
        right: &Ast,
        range: &Range<usize>,
    ) -> Option<Term> {
        let is_member = |ast: &Ast| {
            matches!(
                ast,
                Ast::BinaryOp {
                    op: BinaryOperator::Arrow,
                    ..
                }
            )
        };
        let (member, constant) = match (is_member(left), is_member(right)) {
            (true, _) => (left, right),
            (false, true) => (right, left),
            (false, false) => return None,
        };
        let truth = match constant {
            Ast::Value(ValueWithSpan {
                value: Value::SingleQuotedString(text),
                ..
            }) => match text.as_str() {
                "true" => true,
                "false" => false,
                _ => return None,
            },
            _ => return None,
        };
        let Some((operand, path)) = self.member(member, &[BinaryOperator::Arrow], range) else {
            return Some(self.broken(range));
        };
        self.ask_member(Form::JsonIs, &operand, &path, range);
        let expr = Expr::JsonIs {
            operand: Box::new(operand.expr),
            path,
            truth,
        };
        Some(self.term(expr, Ty::BOOL, range))
    }

    /// `meta -> 'a' ->> 'b'`, `meta #>> '{a,b}'`.
    pub(super) fn json_text(&mut self, ast: &Ast, range: &Range<usize>) -> Term {
        let text = [BinaryOperator::LongArrow, BinaryOperator::HashLongArrow];
        let Some((operand, path)) = self.member(ast, &text, range) else {
            return self.broken(range);
        };
        self.ask_member(Form::JsonText, &operand, &path, range);
        let expr = Expr::JsonText {
            operand: Box::new(operand.expr),
            path,
        };
        self.term(expr, Ty::TEXT, range)
    }

    /// A json value and the path of a member in it, read by one of these operators; `None` after saying what is wrong.
    fn member(
        &mut self,
        ast: &Ast,
        by: &[BinaryOperator],
        range: &Range<usize>,
    ) -> Option<(Term, Vec<String>)> {
        let mut path = Vec::new();
        let mut rest = ast;
        let mut outermost = true;
        while let Ast::BinaryOp { left, op, right } = rest
            && matches!(
                op,
                BinaryOperator::Arrow | BinaryOperator::LongArrow | BinaryOperator::HashLongArrow
            )
        {
            let at = self.range(&**right);
            match (op, outermost) {
                (op, true) if !by.contains(op) => {
                    self.problem(
                        &at,
                        EXPR_UNSUPPORTED,
                        "`->` gives json, which can only be compared with `'true'` and `'false'`",
                    )
                    .helps
                    .push("use its text: `->>`".to_owned());
                    return None;
                }
                (BinaryOperator::LongArrow | BinaryOperator::HashLongArrow, false) => {
                    self.problem(&at, EXPR_UNSUPPORTED, "text has no members")
                        .helps
                        .push(
                            "write `->` for the members on the way: `column -> 'a' ->> 'b'`"
                                .to_owned(),
                        );
                    return None;
                }
                _ => {}
            }
            outermost = false;
            let text = match &**right {
                Ast::Value(ValueWithSpan {
                    value: Value::SingleQuotedString(text),
                    ..
                }) => text,
                Ast::Value(ValueWithSpan {
                    value: Value::Number(..),
                    ..
                }) => {
                    self.problem(
                        &at,
                        EXPR_UNSUPPORTED,
                        "an element of a json array cannot be read by position",
                    )
                    .helps
                    .push("name a member: `column ->> 'member'`".to_owned());
                    return None;
                }
                _ => {
                    self.problem(
                        &at,
                        EXPR_UNSUPPORTED,
                        "the name of a member must be a constant text",
                    );
                    return None;
                }
            };
            if *op == BinaryOperator::HashLongArrow {
                let Some(members) = braces(text) else {
                    self.problem(&at, EXPR_UNSUPPORTED, "this is not a path")
                        .helps
                        .push("write member names: `'{a,b}'`".to_owned());
                    return None;
                };
                path.extend(members.into_iter().rev());
            } else {
                path.push(text.clone());
            }
            rest = left;
        }
        path.reverse();
        if path.iter().any(String::is_empty) {
            self.problem(
                range,
                EXPR_UNSUPPORTED,
                "the name of a member must not be empty",
            );
            return None;
        }
        let operand = self.expr(rest);
        match &operand.ty {
            Ty::Broken => return None,
            Ty::Kind(kind) if Family::of(kind) == Family::Json => {}
            Ty::Kind(_) | Ty::Constant | Ty::Param => {
                self.problem(&operand.range, EXPR_KIND, "only a json value has members");
                return None;
            }
        }
        Some((operand, path))
    }

    pub(super) fn case(
        &mut self,
        operand: Option<&Ast>,
        conditions: &[CaseWhen],
        otherwise: Option<&Ast>,
        range: &Range<usize>,
    ) -> Term {
        let operand = operand.map(|operand| self.expr(operand));
        let mut whens = Vec::new();
        let mut results = Vec::new();
        let mut whole = true;
        for branch in conditions {
            let at = self.range(&branch.condition);
            let condition = self.expr(&branch.condition);
            let condition = match &operand {
                Some(operand) => self.compare(CompareOp::Eq, operand.clone(), condition, &at),
                None => condition,
            };
            whole &= !condition.is_broken();
            whens.push(self.condition(condition));
            results.push(self.expr(&branch.result));
        }
        let has_else = otherwise.is_some();
        results.extend(otherwise.map(|otherwise| self.expr(otherwise)));
        if !whole {
            return self.broken(range);
        }
        let Some((kind, results)) = self.together(results) else {
            return self.broken(range);
        };
        self.ask_case(&kind, range);
        let mut results: Vec<_> = results.into_iter().map(|term| term.expr).collect();
        let otherwise = match has_else {
            true => results.pop().map(Box::new),
            false => None,
        };
        let expr = Expr::Case {
            branches: whens.into_iter().zip(results).collect(),
            otherwise,
        };
        self.term(expr, Ty::Kind(kind), range)
    }
}

/// The names in `{a,b}`; quoted ones are not needed for member names that people use.
fn braces(text: &str) -> Option<Vec<String>> {
    let inner = text.strip_prefix('{')?.strip_suffix('}')?;
    if inner.contains(['"', '\\', '{', '}']) {
        return None;
    }
    let names: Vec<_> = inner
        .split(',')
        .map(|name| name.trim().to_owned())
        .collect();
    names.iter().all(|name| !name.is_empty()).then_some(names)
}
