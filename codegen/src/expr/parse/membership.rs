//! Membership: in a list of constants, in a scope or a subquery, in a list column.

use super::super::Problem;
use super::super::kind::{Family, Ty};
use super::convert::{Converter, Term};
use crate::diagnostic::{
    EXPR_ALWAYS, EXPR_KIND, EXPR_NULL, EXPR_PLACE, EXPR_UNKNOWN_SET, EXPR_UNSUPPORTED,
};
use crate::model::{Expr, Literal, Set};
use sqlparser::ast::{Expr as Ast, Function as AstCall, Query};
use std::ops::Range;
use synctable::Kind;

impl Converter<'_> {
    pub(super) fn in_list(
        &mut self,
        operand: &Ast,
        list: &[Ast],
        negated: bool,
        range: &Range<usize>,
    ) -> Term {
        if let [Ast::Function(call)] = list
            && call.name.to_string().eq_ignore_ascii_case("auth.claims")
        {
            return self.in_claims(operand, call, negated, range);
        }
        if let [Ast::Identifier(name)] = list {
            return self.in_name(operand, &name.value, &self.range(&list[0]), negated, range);
        }
        let operand = self.expr(operand);
        let mut terms = Vec::with_capacity(list.len() + 1);
        let mut whole = !operand.is_broken();
        if operand.ty == Ty::Constant {
            self.problem(
                range,
                EXPR_ALWAYS,
                "a constant in a list has the same result for every row",
            );
            whole = false;
        }
        for item in list {
            let at = self.range(item);
            let term = self.expr(item);
            match &term.expr {
                _ if term.is_broken() => whole = false,
                Expr::Literal(Literal::Null) => {
                    let message = match negated {
                        true => "with null in its list, `not in` is never true",
                        false => "remove the null: `in` never matches null",
                    };
                    self.problem(&at, EXPR_NULL, message)
                        .helps
                        .push("write `x is null or x in (…)`".to_owned());
                    whole = false;
                }
                Expr::Literal(_) => terms.push(term),
                _ => {
                    self.problem(&at, EXPR_UNSUPPORTED, "a list can only contain constants")
                        .helps
                        .push("compare with `=`, and join the comparisons with `or`".to_owned());
                    whole = false;
                }
            }
        }
        if !whole {
            return self.broken(range);
        }
        terms.insert(0, operand);
        let Some((kind, mut terms)) = self.together(terms) else {
            return self.broken(range);
        };
        if !self.compares(&kind, false, range) {
            return self.broken(range);
        }
        let operand = terms.remove(0);
        let list: Vec<_> = terms
            .into_iter()
            .filter_map(|term| match term.expr {
                Expr::Literal(literal) => Some(literal),
                _ => None,
            })
            .collect();
        self.ask_in_list(&operand, &list, negated, range);
        let expr = Expr::InList {
            operand: Box::new(operand.expr),
            list,
            negated,
        };
        self.term(expr, Ty::BOOL, range)
    }

    /// `x in auth.claims('path')`.
    fn in_claims(
        &mut self,
        operand: &Ast,
        call: &AstCall,
        negated: bool,
        range: &Range<usize>,
    ) -> Term {
        let operand = self.expr(operand);
        let path = self.claims(call);
        let (Some(path), false) = (path, operand.is_broken()) else {
            return self.broken(range);
        };
        self.ask_in_claims(&operand, negated, range);
        let member = Expr::InClaims {
            operand: Box::new(operand.expr),
            path,
        };
        let expr = match negated {
            false => member,
            true => Expr::Not(Box::new(member)),
        };
        self.term(expr, Ty::BOOL, range)
    }

    /// `x in (name)`: the name of a scope.
    fn in_name(
        &mut self,
        operand: &Ast,
        name: &str,
        at: &Range<usize>,
        negated: bool,
        range: &Range<usize>,
    ) -> Term {
        let operand = self.expr(operand);
        let known = self.scope.known;
        if let Some(kind) = known.scopes.get(name) {
            if !self.has_sets(at) || operand.is_broken() {
                return self.broken(range);
            }
            let set = Set::Scope(name.to_owned());
            return self.in_set(operand, set, kind.clone(), negated, range);
        }
        if let Some(fact) = self.scope.row.column(name) {
            let written = &self.snippet.text[operand.range.clone()];
            let help = match Family::of(fact.kind) {
                Family::List(_) => format!("write `{written} = any({name})`"),
                _ => format!("write `{written} = {name}`"),
            };
            self.problem(
                at,
                EXPR_UNSUPPORTED,
                format!("`{name}` is a column, not a set"),
            )
            .helps
            .push(help);
            return self.broken(range);
        }
        let mut problem = Problem::new(
            at.clone(),
            EXPR_UNKNOWN_SET,
            format!("there is no scope `{name}`"),
        );
        if known.tables.contains_key(name) {
            problem = problem.help(format!(
                "`{name}` is a table: write `in (select column from {name} where …)`"
            ));
        } else {
            problem = problem.nearest(name, known.scopes.keys().map(String::as_str));
        }
        if problem.helps.is_empty() {
            problem = problem.help(format!(
                "a label or another text is written in quotes: `'{name}'`"
            ));
        }
        self.problems.push(problem);
        self.broken(range)
    }

    pub(super) fn in_subquery(
        &mut self,
        operand: &Ast,
        query: &Query,
        negated: bool,
        range: &Range<usize>,
    ) -> Term {
        let operand = self.expr(operand);
        let at = self.range(query);
        let sets = self.has_sets(&at);
        let select = self.select(query);
        match select {
            Some((select, kind)) if sets && !operand.is_broken() => {
                self.in_set(operand, Set::Select(Box::new(select)), kind, negated, range)
            }
            Some(_) | None => self.broken(range),
        }
    }

    fn has_sets(&mut self, at: &Range<usize>) -> bool {
        if self.context.has_sets() {
            return true;
        }
        let message = format!("{} can only read its own row", self.context.name());
        self.problem(at, EXPR_PLACE, message)
            .helps
            .push("use sets in access rules, scopes and streams".to_owned());
        false
    }

    fn in_set(
        &mut self,
        operand: Term,
        set: Set,
        kind: Option<Kind>,
        negated: bool,
        range: &Range<usize>,
    ) -> Term {
        let operand = match (kind, &operand.ty) {
            (None, _) => operand,
            (Some(kind), Ty::Kind(found)) => {
                let (set_family, family) = (Family::of(&kind), Family::of(found));
                if !set_family.goes_with(&family) {
                    let message = format!("`{found}` cannot be looked up in a set of `{kind}`");
                    self.problem(range, EXPR_KIND, message);
                    return self.broken(range);
                }
                operand
            }
            (Some(kind), _) => match self.fitted(operand, &kind) {
                Ok(operand) => operand,
                Err(()) => return self.broken(range),
            },
        };
        self.ask_in_set(&operand, negated, range);
        let member = Expr::InSet {
            operand: Box::new(operand.expr),
            set,
        };
        let expr = match negated {
            false => member,
            true => Expr::Not(Box::new(member)),
        };
        self.term(expr, Ty::BOOL, range)
    }

    /// `x = any(list)`.
    pub(super) fn contains(&mut self, element: &Ast, list: &Ast, range: &Range<usize>) -> Term {
        let list = match list {
            Ast::Nested(inner) => inner,
            other => other,
        };
        match list {
            Ast::Subquery(query) => return self.in_subquery(element, query, false, range),
            Ast::Array(array) => return self.in_list(element, &array.elem, false, range),
            _ => {}
        }
        let element = self.expr(element);
        let list = self.expr(list);
        if element.is_broken() || list.is_broken() {
            return self.broken(range);
        }
        let Ty::Kind(Kind::List(of)) = &list.ty else {
            let found = match &list.ty {
                Ty::Kind(kind) => format!("`{kind}`"),
                Ty::Constant | Ty::Param | Ty::Broken => "this".to_owned(),
            };
            self.problem(&list.range, EXPR_KIND, format!("{found} is not a list"))
                .helps
                .push("`any` takes a column of a kind `list(…)`".to_owned());
            return self.broken(range);
        };
        let kind = of.to_kind();
        let Ok(element) = self.fitted(element, &kind) else {
            return self.broken(range);
        };
        if element.expr == Expr::Literal(Literal::Null) {
            self.problem(range, EXPR_NULL, "a list cannot contain null");
            return self.broken(range);
        }
        if let Ty::Kind(found) = &element.ty
            && !Family::of(found).goes_with(&Family::of(&kind))
        {
            let message = format!("`{found}` cannot be looked up in a list of `{kind}`");
            self.problem(range, EXPR_KIND, message);
            return self.broken(range);
        }
        if !self.compares(&kind, false, range) {
            return self.broken(range);
        }
        self.ask_contains(&list, &element, range);
        let expr = Expr::Contains {
            list: Box::new(list.expr),
            element: Box::new(element.expr),
        };
        self.term(expr, Ty::BOOL, range)
    }
}
