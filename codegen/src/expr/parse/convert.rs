//! Walks sqlparser's tree and builds ours; every mistake is noted and the walk goes on.

use super::super::kind::{self, Family, Ty};
use super::super::scope::Expected;
use super::super::{Context, Problem, Scope, constant};
use super::snippet::{DEEPEST, Snippet};
use super::unsupported;
use crate::diagnostic::{
    Code, EXPR_ALWAYS, EXPR_CONSTANT, EXPR_KIND, EXPR_NOT_CONDITION, EXPR_PLACE,
    EXPR_UNKNOWN_COLUMN, EXPR_UNKNOWN_PARAM, EXPR_UNSUPPORTED,
};
use crate::model::{ArithOp, CompareOp, Expr, IsTest, Literal};
use sqlparser::ast::{
    BinaryOperator, Expr as Ast, Ident, Spanned, UnaryOperator, Value, ValueWithSpan,
};
use std::ops::Range;
use synctable::{Direction, Kind, Scalar};

/// A part of the expression, with what is known of it.
#[derive(Clone, Debug)]
pub(super) struct Term {
    pub(super) expr: Expr,
    pub(super) ty: Ty,
    pub(super) range: Range<usize>,
}

impl Term {
    pub(super) fn is_broken(&self) -> bool {
        self.ty == Ty::Broken
    }
}

pub(super) struct Converter<'a> {
    pub(super) snippet: &'a Snippet<'a>,
    pub(super) scope: Scope<'a>,
    pub(super) context: Context<'a>,
    pub(super) problems: Vec<Problem>,
    depth: usize,
}

impl<'a> Converter<'a> {
    pub(super) fn new(snippet: &'a Snippet<'a>, scope: Scope<'a>, context: Context<'a>) -> Self {
        Self {
            snippet,
            scope,
            context,
            problems: Vec::new(),
            depth: 0,
        }
    }

    /// The result if nothing was wrong, else everything that was, in the snippet's order.
    pub(super) fn finish<T>(mut self, result: Option<T>) -> Result<T, Vec<Problem>> {
        match result {
            Some(result) if self.problems.is_empty() => Ok(result),
            Some(_) | None => {
                self.problems
                    .sort_by_key(|problem| (problem.range.start, problem.range.end));
                self.problems.dedup();
                Err(self.problems)
            }
        }
    }

    /// The whole snippet: what its place asks for.
    pub(super) fn whole(&mut self, ast: &Ast) -> Option<Expr> {
        let term = self.expr(ast);
        if term.is_broken() {
            return None;
        }
        match self.context.expected() {
            Expected::Condition => {
                if let Expr::Literal(Literal::Bool(_)) = term.expr {
                    self.always(&term);
                }
                Some(self.condition(term))
            }
            Expected::Kind(kind) => self.of_kind(term, kind),
            Expected::Anything => Some(term.expr),
        }
    }

    fn of_kind(&mut self, term: Term, kind: &Kind) -> Option<Expr> {
        let term = match self.fitted(term, kind) {
            Ok(term) => term,
            Err(()) => return None,
        };
        let Ty::Kind(found) = &term.ty else {
            return None;
        };
        let (to, from) = (Family::of(kind), Family::of(found));
        let fits = to == from
            || matches!(
                (&to, &from),
                (Family::Float | Family::Decimal, Family::Integer)
            )
            || (to == Family::Text
                && matches!(self.context, Context::Default(_) | Context::Server(_))
                && matches!(term.expr, Expr::UserId));
        if !fits {
            let message = format!("this is `{found}`, the column is `{kind}`");
            let problem = Problem::new(term.range, EXPR_KIND, message);
            let without_zone = *found == Kind::TIMESTAMPTZ && *kind == Kind::TIMESTAMP;
            self.problems.push(match without_zone {
                true => problem.help("write the time in UTC: `{sql: \"(now() at time zone 'utc')\"}`, or make the column a `timestamptz`"),
                false => problem,
            });
            return None;
        }
        Some(term.expr)
    }

    pub(super) fn problem(
        &mut self,
        range: &Range<usize>,
        code: Code,
        message: impl Into<String>,
    ) -> &mut Problem {
        self.problems
            .push(Problem::new(range.clone(), code, message));
        self.problems.last_mut().expect("one was pushed")
    }

    pub(super) fn broken(&self, range: &Range<usize>) -> Term {
        Term {
            expr: Expr::Literal(Literal::Null),
            ty: Ty::Broken,
            range: range.clone(),
        }
    }

    pub(super) fn term(&self, expr: Expr, ty: Ty, range: &Range<usize>) -> Term {
        Term {
            expr,
            ty,
            range: range.clone(),
        }
    }

    pub(super) fn range(&self, node: &impl Spanned) -> Range<usize> {
        self.snippet.range(node.span())
    }

    /// A term, read with everything in it.
    pub(super) fn expr(&mut self, ast: &Ast) -> Term {
        let range = self.range(ast);
        if self.depth >= DEEPEST {
            self.problems.push(self.snippet.too_deep(range.clone()));
            return self.broken(&range);
        }
        self.depth += 1;
        let term = self.node(ast, &range);
        self.depth -= 1;
        term
    }

    fn node(&mut self, ast: &Ast, range: &Range<usize>) -> Term {
        match ast {
            Ast::Nested(inner) => self.expr(inner),
            Ast::Identifier(ident) => self.column(ident, range),
            Ast::CompoundIdentifier(parts) => match parts.as_slice() {
                [row, column] if row.value == self.scope.row.name => self.column(column, range),
                _ => {
                    let row = &self.scope.row.name;
                    let message =
                        format!("an expression can only read columns of one row of `{row}`");
                    let last = parts.last().map_or("", |part| part.value.as_str());
                    let help = match self.scope.row.has_column(last) {
                        true => format!("write the column alone: `{last}`"),
                        false => {
                            "reach other tables with `x in (select column from table where …)`"
                                .to_owned()
                        }
                    };
                    self.problem(range, EXPR_UNSUPPORTED, message)
                        .helps
                        .push(help);
                    self.broken(range)
                }
            },
            Ast::Value(value) => self.value(value, range),
            Ast::UnaryOp { op, expr } => self.unary(op, expr, ast, range),
            Ast::BinaryOp { left, op, right } => self.binary(ast, left, op, right, range),
            Ast::IsNull(operand) => self.is(operand, IsTest::Null, false, range),
            Ast::IsNotNull(operand) => self.is(operand, IsTest::Null, true, range),
            Ast::IsTrue(operand) => self.is(operand, IsTest::True, false, range),
            Ast::IsNotTrue(operand) => self.is(operand, IsTest::True, true, range),
            Ast::IsFalse(operand) => self.is(operand, IsTest::False, false, range),
            Ast::IsNotFalse(operand) => self.is(operand, IsTest::False, true, range),
            Ast::IsDistinctFrom(left, right) => self.distinct(left, right, true, range),
            Ast::IsNotDistinctFrom(left, right) => self.distinct(left, right, false, range),
            Ast::Between {
                expr,
                negated,
                low,
                high,
            } => self.between(expr, *negated, low, high, range),
            Ast::InList {
                expr,
                list,
                negated,
            } => self.in_list(expr, list, *negated, range),
            Ast::InSubquery {
                expr,
                subquery,
                negated,
            } => self.in_subquery(expr, subquery, *negated, range),
            Ast::AnyOp {
                left,
                compare_op: BinaryOperator::Eq,
                right,
                ..
            } => self.contains(left, right, range),
            Ast::Case {
                operand,
                conditions,
                else_result,
                ..
            } => self.case(
                operand.as_deref(),
                conditions,
                else_result.as_deref(),
                range,
            ),
            Ast::Function(function) => self.call(function, range),
            Ast::Substring { .. } | Ast::Trim { .. } => self.special_call(ast, range),
            _ => self.unsupported(ast, range),
        }
    }

    pub(super) fn unsupported(&mut self, ast: &Ast, range: &Range<usize>) -> Term {
        let (what, instead) = unsupported::say(ast);
        self.problem(
            range,
            EXPR_UNSUPPORTED,
            format!("an expression cannot contain {what}"),
        )
        .helps
        .extend(instead.map(str::to_owned));
        self.broken(range)
    }

    fn column(&mut self, ident: &Ident, range: &Range<usize>) -> Term {
        let name = &ident.value;
        let row = self.scope.row;
        if !self.context.has_row() {
            let message = format!(
                "{} cannot read a column, such as `{name}`",
                self.context.name()
            );
            let help = match self.snippet.text.trim() == name {
                true => format!("a text is written in quotes: `'{name}'`"),
                false => "it is a constant or a call such as `now()`".to_owned(),
            };
            self.problem(range, EXPR_PLACE, message).helps.push(help);
            return self.broken(range);
        }
        if let Some(fact) = row.column(name) {
            if self.context.is_policy() && fact.direction == Direction::ClientOnly {
                let message = format!(
                    "`{name}` exists on the device only, but {} is enforced on the server",
                    self.context.name()
                );
                self.problem(range, EXPR_PLACE, message);
                return self.broken(range);
            }
            return self.term(
                Expr::Column(name.clone()),
                Ty::Kind(fact.kind.clone()),
                range,
            );
        }
        let mut problem = Problem::new(
            range.clone(),
            EXPR_UNKNOWN_COLUMN,
            match row.schema {
                None if row.columns().count() == 1 && row.has_column("value") => {
                    format!("the check of a domain can only read `value`, not `{name}`")
                }
                Some(_) | None => format!("`{}` has no column `{name}`", row.name),
            },
        );
        if self.scope.known.scopes.contains_key(name) && self.context.has_sets() {
            problem = problem.help(format!("`{name}` is a scope: write `column in ({name})`"));
        } else if ident.quote_style.is_some() {
            problem = problem.help(format!("a text is written in single quotes: `'{name}'`"));
        } else {
            problem = problem.nearest(name, row.columns().map(|(name, _)| name));
        }
        self.problems.push(problem);
        self.broken(range)
    }

    fn value(&mut self, value: &ValueWithSpan, range: &Range<usize>) -> Term {
        let literal = match &value.value {
            Value::Null => Literal::Null,
            Value::Boolean(value) => Literal::Bool(*value),
            Value::SingleQuotedString(text) => Literal::Text(text.clone()),
            Value::Number(text, false) => match constant::number(text) {
                Some(number) => number,
                None => {
                    self.problem(
                        range,
                        EXPR_CONSTANT,
                        format!("`{text}` is not a plain number"),
                    )
                    .helps
                    .push("write digits and at most one point".to_owned());
                    return self.broken(range);
                }
            },
            Value::Placeholder(text) => return self.param(text, range),
            Value::DoubleQuotedString(text) => {
                self.problem(
                    range,
                    EXPR_UNSUPPORTED,
                    "double quotes mark a name, not a text",
                )
                .helps
                .push(format!("a text is written in single quotes: `'{text}'`"));
                return self.broken(range);
            }
            _ => {
                self.problem(
                    range,
                    EXPR_UNSUPPORTED,
                    "this form of a text is not supported in an expression",
                )
                .helps
                .push("write `'text'`; a quote in it is doubled: `'it''s'`".to_owned());
                return self.broken(range);
            }
        };
        self.term(Expr::Literal(literal), Ty::Constant, range)
    }

    fn param(&mut self, text: &str, range: &Range<usize>) -> Term {
        let Some(name) = text.strip_prefix(':') else {
            self.problem(
                range,
                EXPR_UNSUPPORTED,
                format!("`{text}` is not the name of a parameter"),
            )
            .helps
            .push("a stream's parameter is written `:name`".to_owned());
            return self.broken(range);
        };
        if self.context != Context::StreamFilter {
            let message = format!("{} has no parameters", self.context.name());
            let help = "only a stream's filter has: `tables: {todos: list_id = :list_id}`";
            self.problem(range, EXPR_PLACE, message)
                .helps
                .push(help.to_owned());
            return self.broken(range);
        }
        match self.scope.params.get(name) {
            Some(kind) => {
                let ty = kind.clone().map_or(Ty::Param, Ty::Kind);
                self.term(Expr::Param(name.to_owned()), ty, range)
            }
            None => {
                let message = format!("the stream has no parameter `{name}`");
                let mut problem = Problem::new(range.clone(), EXPR_UNKNOWN_PARAM, message)
                    .nearest(name, self.scope.params.keys().map(String::as_str));
                if problem.helps.is_empty() {
                    problem = problem.help(format!("declare it: `params: [{name}]`"));
                }
                self.problems.push(problem);
                self.broken(range)
            }
        }
    }

    fn unary(
        &mut self,
        op: &UnaryOperator,
        operand: &Ast,
        ast: &Ast,
        range: &Range<usize>,
    ) -> Term {
        match op {
            UnaryOperator::Not => self.not(operand, range),
            UnaryOperator::Plus => self.expr(operand),
            UnaryOperator::Minus => {
                if let Ast::Value(ValueWithSpan {
                    value: Value::Number(text, false),
                    ..
                }) = operand
                    && let Some(number) = constant::number(&format!("-{text}"))
                {
                    return self.term(Expr::Literal(number), Ty::Constant, range);
                }
                let zero = self.term(Expr::Literal(Literal::Int(0)), Ty::Constant, range);
                let operand = self.expr(operand);
                self.arith(ArithOp::Sub, zero, operand, range)
            }
            _ => self.unsupported(ast, range),
        }
    }

    fn binary(
        &mut self,
        ast: &Ast,
        left: &Ast,
        op: &BinaryOperator,
        right: &Ast,
        range: &Range<usize>,
    ) -> Term {
        let compare = match op {
            BinaryOperator::And | BinaryOperator::Or => return self.chain(ast, op, range),
            BinaryOperator::StringConcat => return self.concat(ast, range),
            BinaryOperator::LongArrow | BinaryOperator::HashLongArrow | BinaryOperator::Arrow => {
                return self.json_text(ast, range);
            }
            BinaryOperator::Plus => Err(ArithOp::Add),
            BinaryOperator::Minus => Err(ArithOp::Sub),
            BinaryOperator::Multiply => Err(ArithOp::Mul),
            BinaryOperator::Divide => Err(ArithOp::Div),
            BinaryOperator::Modulo => Err(ArithOp::Rem),
            BinaryOperator::Eq => Ok(CompareOp::Eq),
            BinaryOperator::NotEq => Ok(CompareOp::Ne),
            BinaryOperator::Lt => Ok(CompareOp::Lt),
            BinaryOperator::LtEq => Ok(CompareOp::Le),
            BinaryOperator::Gt => Ok(CompareOp::Gt),
            BinaryOperator::GtEq => Ok(CompareOp::Ge),
            _ => return self.unsupported(ast, range),
        };
        if compare == Ok(CompareOp::Eq)
            && let Some(found) = self.json_is(left, right, range)
        {
            return found;
        }
        let left = self.expr(left);
        let right = self.expr(right);
        match compare {
            Ok(op) => self.compare(op, left, right, range),
            Err(op) => self.arith(op, left, right, range),
        }
    }

    /// `a and b and c`: one level, however long.
    fn chain(&mut self, ast: &Ast, op: &BinaryOperator, range: &Range<usize>) -> Term {
        let mut parts = Vec::new();
        for operand in spine(ast, op) {
            let term = self.expr(operand);
            if let Expr::Literal(Literal::Bool(_)) = term.expr {
                self.always(&term);
            }
            match (self.condition(term), op) {
                (Expr::And(inner), BinaryOperator::And) | (Expr::Or(inner), BinaryOperator::Or) => {
                    parts.extend(inner)
                }
                (part, _) => parts.push(part),
            }
        }
        let expr = match op {
            BinaryOperator::And => Expr::And(parts),
            _ => Expr::Or(parts),
        };
        self.term(expr, Ty::BOOL, range)
    }

    fn always(&mut self, term: &Term) {
        if term.is_broken() {
            return;
        }
        let word = constant::show(match &term.expr {
            Expr::Literal(literal) => literal,
            _ => return,
        });
        let help = match self.context {
            Context::Access => {
                "to grant every row, write `public`; to grant no row, remove the rule"
            }
            _ => "remove it",
        };
        self.problem(
            &term.range,
            EXPR_ALWAYS,
            format!("{word} is the same for every row"),
        )
        .helps
        .push(help.to_owned());
    }

    /// The term as a condition; says so where it is none.
    pub(super) fn condition(&mut self, term: Term) -> Expr {
        let found = match &term.ty {
            Ty::Broken | Ty::Kind(Kind::Scalar(Scalar::Bool)) => return term.expr,
            Ty::Kind(kind) if Family::of(kind) == Family::Bool => return term.expr,
            Ty::Kind(kind) => format!("this is `{kind}`, not a condition"),
            Ty::Param => "a parameter is compared with a column".to_owned(),
            Ty::Constant => match &term.expr {
                Expr::Literal(Literal::Bool(_)) => return term.expr,
                Expr::Literal(literal) => format!("{} is not a condition", constant::show(literal)),
                _ => "this is not a condition".to_owned(),
            },
        };
        let help = match &term.ty {
            Ty::Kind(_) => "compare it: `… = …`, `… is not null`",
            Ty::Constant | Ty::Param | Ty::Broken => "compare it: `column = …`",
        };
        self.problem(&term.range, EXPR_NOT_CONDITION, found)
            .helps
            .push(help.to_owned());
        term.expr
    }

    /// The term with its constant or parameter made one of the kind; `Err` once the mistake is noted.
    pub(super) fn fitted(&mut self, term: Term, kind: &Kind) -> Result<Term, ()> {
        match (&term.ty, &term.expr) {
            (Ty::Broken, _) => Err(()),
            (Ty::Constant, Expr::Literal(literal)) => {
                match constant::fit(literal, kind, self.scope.known) {
                    Ok(literal) => {
                        Ok(self.term(Expr::Literal(literal), Ty::Kind(kind.clone()), &term.range))
                    }
                    Err(misfit) => {
                        self.problem(&term.range, misfit.code, misfit.message)
                            .helps
                            .extend(misfit.help);
                        Err(())
                    }
                }
            }
            (Ty::Param, _) => Ok(Term {
                ty: Ty::Kind(kind.clone()),
                ..term
            }),
            (Ty::Constant | Ty::Kind(_), _) => Ok(term),
        }
    }

    /// The kind that terms beside each other have, constants fitted to it; `None` once a mistake is noted.
    ///
    /// Where all are constants, the kind is the first constant's own.
    pub(super) fn together(&mut self, terms: Vec<Term>) -> Option<(Kind, Vec<Term>)> {
        let kind = terms.iter().find_map(|term| match &term.ty {
            Ty::Kind(kind) => Some(kind.clone()),
            Ty::Constant | Ty::Param | Ty::Broken => None,
        });
        if terms.iter().any(Term::is_broken) {
            return None;
        }
        let kind = match kind {
            Some(kind) => kind,
            None => terms
                .iter()
                .find_map(|term| kind::of(&term.expr, self.scope.row, self.scope.known))?,
        };
        let family = Family::of(&kind);
        let mut fitted = Vec::with_capacity(terms.len());
        let mut whole = true;
        for term in terms {
            match (&term.ty, term.ty.family()) {
                (Ty::Kind(other), Some(found)) if !family.goes_with(&found) => {
                    let message = format!("`{kind}` and `{other}` cannot be combined");
                    let help = self.way_together(&family, &found);
                    self.problem(&term.range, EXPR_KIND, message)
                        .helps
                        .extend(help);
                    whole = false;
                }
                (Ty::Kind(other), Some(_)) if kind::rounded(&kind, other).is_some() => {
                    let why = kind::rounded(&kind, other).unwrap_or_default();
                    let message = format!("`{kind}` and `{other}` cannot be compared: {why}");
                    self.problem(&term.range, EXPR_KIND, message)
                        .helps
                        .push("declare both columns with one kind".to_owned());
                    whole = false;
                }
                _ => match self.fitted(term, &kind) {
                    Ok(term) => fitted.push(term),
                    Err(()) => whole = false,
                },
            }
        }
        whole.then_some((kind, fitted))
    }

    fn way_together(&self, a: &Family, b: &Family) -> Option<String> {
        let text = [a, b].contains(&&Family::Text);
        let other = if *a == Family::Text { b } else { a };
        match other {
            Family::Enum(name) if text => Some(format!(
                "a column of the enum `{name}` is compared with one of its labels, or with another column of that enum"
            )),
            Family::Json if text => {
                Some("a member of a json value is text: `column ->> 'member'`".to_owned())
            }
            Family::List(_) => {
                Some("for an element of a list, write `element = any(column)`".to_owned())
            }
            Family::Timestamp | Family::Timestamptz | Family::Date => {
                Some("declare both columns with one kind".to_owned())
            }
            _ => None,
        }
    }
}

/// The operands of a chain of one operator, in written order.
pub(super) fn spine<'a>(ast: &'a Ast, operator: &BinaryOperator) -> Vec<&'a Ast> {
    let mut operands = Vec::new();
    let mut rest = ast;
    while let Ast::BinaryOp { left, op, right } = rest
        && op == operator
    {
        operands.push(&**right);
        rest = left;
    }
    operands.push(rest);
    operands.reverse();
    operands
}
