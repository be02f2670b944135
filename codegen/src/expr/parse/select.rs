//! `select column from table where …`: the one shape of a set.

use super::super::kind::Ty;
use super::super::{Context, Problem, Scope};
use super::convert::Converter;
use crate::diagnostic::{EXPR_UNKNOWN_SET, EXPR_UNSUPPORTED};
use crate::model::Select;
use sqlparser::ast::{
    GroupByExpr, ObjectNamePart, Query, Select as AstSelect, SelectFlavor, SelectItem, SetExpr,
    TableFactor,
};
use std::ops::Range;
use synctable::Kind;

const SHAPE: &str = "a set is `select column from table where …`";

impl Converter<'_> {
    /// The select, with the kind of its column; `None` once a mistake is noted.
    pub(super) fn select(&mut self, query: &Query) -> Option<(Select, Option<Kind>)> {
        let range = self.range(query);
        let plain = query.with.is_none()
            && query.order_by.is_none()
            && query.limit_clause.is_none()
            && query.fetch.is_none()
            && query.locks.is_empty()
            && query.for_clause.is_none()
            && query.settings.is_none()
            && query.format_clause.is_none()
            && query.pipe_operators.is_empty();
        let SetExpr::Select(select) = &*query.body else {
            return self.not_a_set(&range, "this is not a plain select");
        };
        if !plain {
            return self.not_a_set(&range, "remove `order by`, `limit` and `with`");
        }
        let (name, at) = self.table(select, &range)?;
        let known = self.scope.known;
        let Some(row) = known.tables.get(&name) else {
            let mut problem =
                Problem::new(at, EXPR_UNKNOWN_SET, format!("there is no table `{name}`"));
            if known.scopes.contains_key(&name) {
                problem = problem.help(format!("`{name}` is a scope: write `in ({name})`"));
            } else {
                problem = problem.nearest(&name, known.tables.keys().map(String::as_str));
            }
            self.problems.push(problem);
            return None;
        };
        let outer = (self.scope, self.context);
        self.scope = Scope::new(known, row);
        self.context = Context::Select;
        let column = self.select_column(select, &range);
        let filter = select.selection.as_ref().map(|filter| self.whole(filter));
        (self.scope, self.context) = outer;
        let (column, kind) = column?;
        let filter = match filter {
            Some(None) => return None,
            Some(filter) => filter,
            None => None,
        };
        let select = Select {
            column,
            table: name,
            filter,
        };
        Some((select, kind))
    }

    fn not_a_set<T>(&mut self, range: &Range<usize>, message: &str) -> Option<T> {
        self.problem(range, EXPR_UNSUPPORTED, message)
            .helps
            .push(SHAPE.to_owned());
        None
    }

    /// The one table of the select, without joins.
    fn table(
        &mut self,
        select: &AstSelect,
        range: &Range<usize>,
    ) -> Option<(String, Range<usize>)> {
        let plain = select.optimizer_hints.is_empty()
            && select.distinct.is_none()
            && select.select_modifiers.is_none()
            && select.top.is_none()
            && select.exclude.is_none()
            && select.into.is_none()
            && select.lateral_views.is_empty()
            && select.prewhere.is_none()
            && select.connect_by.is_empty()
            && matches!(&select.group_by, GroupByExpr::Expressions(exprs, modifiers) if exprs.is_empty() && modifiers.is_empty())
            && select.cluster_by.is_empty()
            && select.distribute_by.is_empty()
            && select.sort_by.is_empty()
            && select.having.is_none()
            && select.named_window.is_empty()
            && select.qualify.is_none()
            && select.value_table_mode.is_none()
            && select.flavor == SelectFlavor::Standard;
        if !plain {
            return self.not_a_set(range, "a set cannot have `group by` or `distinct`");
        }
        let [from] = select.from.as_slice() else {
            return self.not_a_set(range, "a set must be selected from one table");
        };
        if !from.joins.is_empty() {
            let at = self.range(from);
            self.problem(
                &at,
                EXPR_UNSUPPORTED,
                "a set must be selected from one table, without joins",
            )
            .helps
            .push(
                "use another set in its filter: `where list_id in (select id from lists where …)`"
                    .to_owned(),
            );
            return None;
        }
        let at = self.range(&from.relation);
        let TableFactor::Table {
            name,
            alias: None,
            args: None,
            with_hints,
            version: None,
            with_ordinality: false,
            partitions,
            json_path: None,
            sample: None,
            index_hints,
        } = &from.relation
        else {
            return self.not_a_set(
                &at,
                "a set must be selected from a declared table, by its name",
            );
        };
        if !with_hints.is_empty() || !partitions.is_empty() || !index_hints.is_empty() {
            return self.not_a_set(
                &at,
                "a set must be selected from a declared table, by its name",
            );
        }
        match name.0.as_slice() {
            [ObjectNamePart::Identifier(ident)] => Some((ident.value.clone(), at)),
            _ => {
                let declared = name.0.last().and_then(|part| match part {
                    ObjectNamePart::Identifier(ident) => Some(ident.value.clone()),
                    ObjectNamePart::Function(_) => None,
                });
                let mut problem = Problem::new(
                    at,
                    EXPR_UNSUPPORTED,
                    "write the declared name of the table, without its schema",
                );
                if let Some(name) = declared {
                    problem = problem.help(format!("write `{name}`"));
                }
                self.problems.push(problem);
                None
            }
        }
    }

    fn select_column(
        &mut self,
        select: &AstSelect,
        range: &Range<usize>,
    ) -> Option<(crate::model::Expr, Option<Kind>)> {
        let [item] = select.projection.as_slice() else {
            return self.not_a_set(range, "a set must have one column");
        };
        let SelectItem::UnnamedExpr(column) = item else {
            let at = self.range(item);
            return self.not_a_set(&at, "the column of a set cannot have an alias");
        };
        let term = self.expr(column);
        match term.ty {
            Ty::Broken => None,
            Ty::Kind(kind) => {
                let kind_term = super::convert::Term {
                    expr: term.expr.clone(),
                    ty: Ty::Kind(kind.clone()),
                    range: term.range,
                };
                self.ask_selected(&kind_term);
                Some((term.expr, Some(kind)))
            }
            Ty::Constant | Ty::Param => self.not_a_set(&term.range, "a constant is not a column"),
        }
    }
}
