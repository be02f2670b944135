//! Asks the closed table of access rules about each operator of a rule.

use super::super::access_table::{Cell, Form, cell};
use super::super::kind::Ty;
use super::convert::{Converter, Term};
use crate::diagnostic::{
    ACCESS_CALLER, ACCESS_COMPUTED, ACCESS_EQUALITY, ACCESS_JSON, ACCESS_NEGATED, Code,
};
use crate::model::{CompareOp, Expr, Function, IsTest, Literal};
use std::ops::Range;
use synctable::{Kind, Scalar};

/// Whole numbers past this lose digits where a stream's text is read as a double.
const EXACT: u64 = 1 << 53;

/// Whether the kind is one of whole numbers.
fn is_whole(kind: &Kind) -> bool {
    matches!(
        kind.carrier(),
        Some(Scalar::Smallint | Scalar::Int | Scalar::Bigint)
    )
}

/// What an operand of a rule speaks of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Side {
    Row,
    Json,
    Constant,
    UserId,
    Claim,
    Param,
}

fn side(expr: &Expr) -> Side {
    match expr {
        Expr::Literal(_) => Side::Constant,
        Expr::UserId => Side::UserId,
        Expr::Claim(_) => Side::Claim,
        Expr::Param(_) => Side::Param,
        Expr::JsonText { .. } => Side::Json,
        _ => Side::Row,
    }
}

/// Which side of a comparison is told first.
fn rank(side: Side) -> u8 {
    match side {
        Side::Json => 0,
        Side::Row => 1,
        Side::UserId | Side::Claim | Side::Param => 2,
        Side::Constant => 3,
    }
}

impl Side {
    fn is_caller(self) -> bool {
        matches!(self, Side::UserId | Side::Claim)
    }
}

impl Converter<'_> {
    /// Refuses what the table refuses.
    fn ask(&mut self, form: Form, kind: &Kind, range: &Range<usize>) {
        match cell(form, kind) {
            Cell::Allowed => {}
            Cell::Refused { code, why, instead } => {
                let message = format!(
                    "an access rule cannot use `{}` on `{kind}`: {why}",
                    form.written()
                );
                self.problem(range, code, message)
                    .helps
                    .push(instead.to_owned());
            }
            Cell::Unfit(code) => {
                let message = format!("`{}` does not take `{kind}`", form.written());
                self.problem(range, code, message);
            }
        }
    }

    fn refuse(&mut self, range: &Range<usize>, code: Code, message: &str, instead: &str) {
        self.problem(range, code, message)
            .helps
            .push(instead.to_owned());
    }

    /// Whether no operand is a condition: a comparison with NULL is NULL in Postgres and false in a sync stream, which
    /// matters as soon as something looks at it.
    fn are_plain(&mut self, operands: &[&Term]) -> bool {
        let mut plain = true;
        for operand in operands {
            if is_condition(&operand.expr) {
                plain = false;
                self.refuse(
                    &operand.range,
                    ACCESS_COMPUTED,
                    "a rule cannot use the result of a condition as a value: with NULL, it is NULL in Postgres and false in a sync stream",
                    "join conditions with `and`, `or` and `not`",
                );
            }
        }
        plain
    }

    fn kind_of(&self, term: &Term) -> Kind {
        match &term.ty {
            Ty::Kind(kind) => kind.clone(),
            Ty::Constant | Ty::Param | Ty::Broken => Kind::Scalar(Scalar::Text),
        }
    }

    pub(super) fn ask_compare(
        &mut self,
        op: CompareOp,
        left: &Term,
        right: &Term,
        range: &Range<usize>,
    ) {
        if !self.context.is_policy() {
            return;
        }
        if !self.are_plain(&[left, right]) {
            return;
        }
        let (a, b) = (side(&left.expr), side(&right.expr));
        let (a, b, first, second) = match rank(b) < rank(a) {
            true => (b, a, right, left),
            false => (a, b, left, right),
        };
        let kind = self.kind_of(first);
        let equal = matches!(op, CompareOp::Eq);
        let ordered = !matches!(op, CompareOp::Eq | CompareOp::Ne);
        match (a, b) {
            (Side::Json, Side::Constant) if ordered => {
                self.ask(Form::Order, &kind, range);
            }
            (Side::Json, Side::Constant) => self.ask_json_constant(second),
            (Side::Json, _) => self.refuse(
                range,
                ACCESS_JSON,
                "a rule can only compare the text of a json value with a constant: a number or a boolean in it is not text in a sync stream",
                "store the value in its own column",
            ),
            (Side::UserId | Side::Claim, Side::Constant) => match (equal, ordered) {
                (true, _) => {
                    self.ask(Form::Equal, &kind, range);
                    if let (Side::Claim, Expr::Literal(literal)) = (a, &second.expr) {
                        self.ask_of_claim(literal, &second.range);
                    }
                }
                (false, true) => self.ask(Form::Order, &kind, range),
                (false, false) => self.refuse_caller(range),
            },
            (Side::UserId | Side::Claim | Side::Param, _) if b.is_caller() || b == Side::Param => {
                self.refuse_caller(range);
            }
            (_, Side::UserId | Side::Claim | Side::Param) => {
                let form = match (equal, ordered, b) {
                    (true, _, Side::UserId) => Form::EqualUserId,
                    (true, _, Side::Claim) => Form::EqualClaim,
                    (true, _, _) => Form::EqualParam,
                    (false, true, _) => Form::OrderCaller,
                    (false, false, _) => Form::NotEqualCaller,
                };
                match (form, cell(form, &kind)) {
                    // A kind that has no business with a caller is refused for the operator all the same.
                    (Form::NotEqualCaller | Form::OrderCaller, Cell::Unfit(_)) => {
                        self.ask(form, &Kind::Scalar(Scalar::Text), range);
                    }
                    _ => self.ask(form, &kind, range),
                }
            }
            (_, Side::Constant) => {
                let form = match (equal, ordered) {
                    (true, _) => Form::Equal,
                    (false, true) => Form::Order,
                    (false, false) => Form::NotEqual,
                };
                self.ask(form, &kind, range);
                self.ask_constant(second);
            }
            (_, Side::Row | Side::Json) => {
                let form = match (equal, ordered) {
                    (true, _) => Form::EqualColumn,
                    (false, true) => Form::Order,
                    (false, false) => Form::NotEqualColumn,
                };
                self.ask(form, &kind, range);
            }
        }
    }

    fn refuse_caller(&mut self, range: &Range<usize>) {
        self.refuse(
            range,
            ACCESS_CALLER,
            "a rule can only test the caller for equality: a subject or claim that is not in its canonical form matches nobody in Postgres and is a text in a sync stream",
            "compare a column with `auth.user_id()`, or a claim with a constant, with `=` or `in`",
        );
    }

    /// Constants that one enforcer would read as another value.
    fn ask_constant(&mut self, constant: &Term) {
        if let Expr::Literal(literal) = &constant.expr {
            self.ask_literal(literal, &self.kind_of(constant), &constant.range);
        }
    }

    fn ask_literal(&mut self, literal: &Literal, kind: &Kind, range: &Range<usize>) {
        match (literal, kind.carrier()) {
            (Literal::Int(number), _) if number.unsigned_abs() > EXACT => self.refuse(
                range,
                ACCESS_EQUALITY,
                "a sync stream reads a constant past 2^53 with fewer digits",
                "compare the number with a column",
            ),
            (Literal::Text(text), Some(Scalar::Date | Scalar::Timestamp | Scalar::Timestamptz))
                if text.starts_with("9999-12-31") =>
            {
                self.refuse(
                    range,
                    ACCESS_EQUALITY,
                    "an infinity replicates as the end of the year 9999 and then equals this",
                    "use NULL for what never ends",
                );
            }
            _ => {}
        }
    }

    /// A constant that the text of a list or an object could equal in a sync stream.
    fn ask_of_claim(&mut self, literal: &Literal, range: &Range<usize>) {
        if let Literal::Text(text) = literal
            && text.starts_with(['[', '{'])
        {
            self.refuse(
                range,
                ACCESS_CALLER,
                "Postgres and a sync stream would disagree: a claim that is a list or an object equals this text only in a sync stream",
                "for a list, write `x in auth.claims('path')`; otherwise, compare with a text that does not start with `[` or `{`",
            );
        }
    }

    fn ask_json_constant(&mut self, constant: &Term) {
        if let Expr::Literal(Literal::Text(text)) = &constant.expr
            && is_json_like(text)
        {
            let message = format!(
                "`'{text}'` is text in Postgres, but a sync stream reads it as a number, a boolean or a structure"
            );
            self.refuse(
                &constant.range,
                ACCESS_JSON,
                &message,
                "store the value in its own column, or as another text",
            );
        }
    }

    pub(super) fn ask_distinct(&mut self, left: &Term, right: &Term, range: &Range<usize>) {
        if self.context.is_policy() && self.are_plain(&[left, right]) {
            let term = match side(&left.expr) {
                Side::Constant => right,
                _ => left,
            };
            self.ask(Form::Distinct, &self.kind_of(term), range);
        }
    }

    pub(super) fn ask_is(&mut self, operand: &Term, test: IsTest, range: &Range<usize>) {
        if !self.context.is_policy() {
            return;
        }
        if !self.are_plain(&[operand]) {
            return;
        }
        match (side(&operand.expr), test) {
            (Side::UserId | Side::Claim | Side::Param, _) => self.refuse_caller(range),
            (_, IsTest::Null) => self.ask(Form::IsNull, &self.kind_of(operand), range),
            (_, IsTest::True | IsTest::False) => {
                self.ask(Form::IsTrue, &self.kind_of(operand), range);
            }
        }
    }

    pub(super) fn ask_not(&mut self, inner: &Expr, range: &Range<usize>) {
        if !self.context.is_policy() {
            return;
        }
        if negates_json(inner, true) {
            self.refuse(
                range,
                ACCESS_JSON,
                "a rule cannot negate a boolean of json: in a sync stream, a member that is null is neither `true` nor something else",
                "compare the member with the other boolean",
            );
        } else if !is_negatable(inner, true) {
            self.refuse(
                range,
                ACCESS_NEGATED,
                "a rule cannot negate a membership or a comparison with the caller: a sync stream only finds rows by equality",
                "state who may, not who may not",
            );
        }
    }

    pub(super) fn ask_in_list(
        &mut self,
        operand: &Term,
        list: &[Literal],
        negated: bool,
        range: &Range<usize>,
    ) {
        if !self.context.is_policy() || !self.are_plain(&[operand]) {
            return;
        }
        let kind = self.kind_of(operand);
        let form = match negated {
            false => Form::InList,
            true => Form::NotInList,
        };
        match side(&operand.expr) {
            Side::UserId | Side::Claim | Side::Param if negated => self.refuse_caller(range),
            Side::Param => self.refuse_caller(range),
            Side::Json => {
                for literal in list {
                    let constant = Term {
                        expr: Expr::Literal(literal.clone()),
                        ty: Ty::Constant,
                        range: range.clone(),
                    };
                    self.ask_json_constant(&constant);
                }
            }
            Side::Row | Side::Constant | Side::UserId | Side::Claim => {
                self.ask(form, &kind, range);
                for literal in list {
                    self.ask_literal(literal, &kind, range);
                    if side(&operand.expr) == Side::Claim {
                        self.ask_of_claim(literal, range);
                    }
                }
            }
        }
    }

    pub(super) fn ask_in_claims(&mut self, operand: &Term, negated: bool, range: &Range<usize>) {
        if !self.are_plain(&[operand]) {
            return;
        }
        match side(&operand.expr) {
            Side::Row if negated => {
                self.ask(Form::NotInSet, &self.kind_of(operand), range);
            }
            Side::Row => self.ask(Form::InClaims, &self.kind_of(operand), range),
            Side::Json => self.refuse(
                range,
                ACCESS_JSON,
                "a rule can only compare the text of a json value with a constant",
                "store the value in its own column",
            ),
            Side::Constant => self.refuse(
                range,
                ACCESS_CALLER,
                "a rule can only look up a value of the row in a claim",
                "look up a column: `team_id in auth.claims('app_metadata.teams')`",
            ),
            Side::UserId | Side::Claim | Side::Param => self.refuse_caller(range),
        }
    }

    pub(super) fn ask_in_set(&mut self, operand: &Term, negated: bool, range: &Range<usize>) {
        if !self.context.is_policy() || !self.are_plain(&[operand]) {
            return;
        }
        if negated {
            self.ask(Form::NotInSet, &self.kind_of(operand), range);
            return;
        }
        match side(&operand.expr) {
            Side::Json => self.refuse(
                range,
                ACCESS_JSON,
                "a rule can only compare the text of a json value with a constant",
                "store the value in its own column",
            ),
            _ => self.ask(Form::InSet, &self.kind_of(operand), range),
        }
    }

    pub(super) fn ask_contains(&mut self, list: &Term, element: &Term, range: &Range<usize>) {
        if !self.context.is_policy() {
            return;
        }
        let kind = self.kind_of(list);
        self.ask(Form::Contains, &kind, range);
        match side(&element.expr) {
            Side::UserId if matches!(&kind, Kind::List(of) if is_whole(&of.to_kind())) => self
                .refuse(
                    range,
                    ACCESS_EQUALITY,
                    "an access rule cannot look for `auth.user_id()` in a list of numbers: in a sync stream, the caller's id is text",
                    "store the elements as rows of a table, and look up the caller there: `id in (select … where user_id = auth.user_id())`",
                ),
            Side::Json => self.refuse(
                range,
                ACCESS_JSON,
                "a rule can only compare the text of a json value with a constant",
                "store the value in its own column",
            ),
            Side::Constant => self.ask_constant(element),
            Side::Row | Side::UserId | Side::Claim | Side::Param => {}
        }
    }

    pub(super) fn ask_arithmetic(&mut self, kind: &Kind, range: &Range<usize>) {
        if self.context.is_policy() {
            self.ask(Form::Arithmetic, kind, range);
        }
    }

    pub(super) fn ask_case(&mut self, kind: &Kind, range: &Range<usize>) {
        if self.context.is_policy() {
            self.ask(Form::Case, kind, range);
        }
    }

    pub(super) fn ask_concat(&mut self, terms: &[Term], range: &Range<usize>) {
        if !self.context.is_policy() {
            return;
        }
        for term in terms {
            match side(&term.expr) {
                Side::Constant => {}
                Side::UserId | Side::Claim | Side::Param => self.refuse_caller(range),
                Side::Json => self.refuse(
                    range,
                    ACCESS_JSON,
                    "a rule can only compare the text of a json value with a constant",
                    "store the value in its own column",
                ),
                Side::Row => self.ask(Form::Concat, &self.kind_of(term), &term.range),
            }
        }
    }

    /// A member of a json value, whose text or whose boolean is asked for.
    pub(super) fn ask_member(
        &mut self,
        form: Form,
        operand: &Term,
        path: &[String],
        range: &Range<usize>,
    ) {
        if !self.context.is_policy() {
            return;
        }
        self.ask(form, &self.kind_of(operand), range);
        let odd = path.iter().find(|member| {
            member.starts_with('$')
                || member.bytes().all(|byte| byte.is_ascii_digit())
                || *member == "length"
        });
        if let Some(member) = odd {
            let message = format!(
                "a sync stream may read the member name `{member}` as a path, a position or a length"
            );
            self.refuse(
                range,
                ACCESS_JSON,
                &message,
                "store the value in its own column",
            );
        }
    }

    pub(super) fn ask_call(&mut self, function: Function, args: &[Term], range: &Range<usize>) {
        let Some(kind) = args
            .iter()
            .find(|arg| !matches!(arg.expr, Expr::Literal(_)))
            .or(args.first())
            .map(|arg| self.kind_of(arg))
        else {
            return;
        };
        if !self.context.is_policy() || !self.are_plain(&args.iter().collect::<Vec<_>>()) {
            return;
        }
        self.ask(Form::Call(function), &kind, range);
        for arg in args {
            match side(&arg.expr) {
                Side::UserId | Side::Claim | Side::Param => self.refuse_caller(range),
                Side::Json => self.refuse(
                    range,
                    ACCESS_JSON,
                    "a rule can only compare the text of a json value with a constant",
                    "store the value in its own column",
                ),
                Side::Row | Side::Constant => {}
            }
        }
    }

    /// The column of a set that a rule looks into.
    pub(super) fn ask_selected(&mut self, column: &Term) {
        if !self.are_plain(&[column]) {
            return;
        }
        match side(&column.expr) {
            Side::Json => self.refuse(
                &column.range,
                ACCESS_JSON,
                "a rule can only compare the text of a json value with a constant",
                "store the value in its own column",
            ),
            Side::UserId | Side::Claim | Side::Param | Side::Constant => {
                self.refuse_caller(&column.range);
            }
            Side::Row => self.ask(Form::InSet, &self.kind_of(column), &column.range),
        }
    }
}

/// Whether a text could be a number, a boolean, null or a structure of JSON.
fn is_json_like(text: &str) -> bool {
    let trimmed = text.trim();
    matches!(trimmed, "true" | "false" | "null")
        || trimmed.starts_with(['{', '[', '"'])
        || trimmed
            .strip_prefix(['-', '+'])
            .unwrap_or(trimmed)
            .starts_with(|c: char| c.is_ascii_digit() || c == '.')
            && trimmed.parse::<f64>().is_ok()
}

fn is_condition(expr: &Expr) -> bool {
    matches!(
        expr,
        Expr::Not(_)
            | Expr::And(_)
            | Expr::Or(_)
            | Expr::Is { .. }
            | Expr::Compare { .. }
            | Expr::Distinct { .. }
            | Expr::InList { .. }
            | Expr::InSet { .. }
            | Expr::InClaims { .. }
            | Expr::Contains { .. }
            | Expr::JsonIs { .. }
    )
}

/// Whether something beyond the row decides it.
fn has_caller_or_set(expr: &Expr) -> bool {
    matches!(
        expr,
        Expr::UserId | Expr::Claim(_) | Expr::Param(_) | Expr::InSet { .. } | Expr::InClaims { .. }
    ) || expr.children().any(has_caller_or_set)
}

/// Whether a stream can say the negation: leaves that equal something beyond the row, or look into a list, have none.
fn is_negatable(expr: &Expr, negated: bool) -> bool {
    match expr {
        Expr::Not(inner) => is_negatable(inner, !negated),
        Expr::And(parts) | Expr::Or(parts) => parts.iter().all(|part| is_negatable(part, negated)),
        _ if !negated => true,
        Expr::InSet { .. } | Expr::InClaims { .. } | Expr::Contains { .. } => false,
        other => !has_caller_or_set(other),
    }
}

/// Whether a boolean of json is among what is negated.
fn negates_json(expr: &Expr, negated: bool) -> bool {
    match expr {
        Expr::Not(inner) => negates_json(inner, !negated),
        Expr::And(parts) | Expr::Or(parts) => parts.iter().any(|part| negates_json(part, negated)),
        other => negated && matches!(other, Expr::JsonIs { .. }),
    }
}

#[cfg(test)]
mod tests {
    use super::is_json_like;

    #[test]
    fn text_that_json_would_not_quote_is_found() {
        for text in [
            "1", "-1.5", "1e3", " 1", "true", "null", "{}", "[1]", "\"a\"", ".5",
        ] {
            assert!(is_json_like(text), "{text}");
        }
        for text in [
            "open",
            "1st",
            "2026-01-31",
            "v1.2.3",
            "-",
            "",
            "truth",
            "nan",
        ] {
            assert!(!is_json_like(text), "{text}");
        }
    }
}
