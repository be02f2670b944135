//! What people write into policies and no generated policy has: subqueries in place, and members of the token.

use super::{Foreign, Reader, foreign, name, object_name, only_call};
use crate::model::{Expr, Select, Set};
use sqlparser::ast::{
    BinaryOperator, Expr as Ast, FunctionArg, FunctionArgExpr, FunctionArguments, Query,
    Select as AstSelect, SetExpr, TableFactor, UnaryOperator, Value,
};

impl Reader<'_> {
    /// What the text means, where it has a form that only people write.
    pub(super) fn by_hand(&self, ast: &Ast, depth: usize) -> Option<Result<Expr, Foreign>> {
        match ast {
            Ast::InSubquery {
                expr,
                subquery,
                negated: false,
            } => Some(self.in_subquery(expr, subquery, depth)),
            Ast::Exists {
                subquery,
                negated: false,
            } => Some(self.exists(subquery, depth)),
            Ast::UnaryOp {
                op: UnaryOperator::Not,
                expr,
            } if matches!(**expr, Ast::Exists { .. }) => Some(foreign("`NOT EXISTS`")),
            _ => {
                let path = member_of_token(ast)?;
                Some(Ok(match path.as_slice() {
                    [subject] if subject == "sub" => Expr::UserId,
                    _ => Expr::Claim(path),
                }))
            }
        }
    }

    /// `x IN ( SELECT lists.id FROM lists WHERE …)`.
    fn in_subquery(&self, operand: &Ast, query: &Query, depth: usize) -> Result<Expr, Foreign> {
        let operand = self.expr(operand, depth + 1)?;
        if let Some(set) = only_call(query).and_then(|call| self.set_behind(call)) {
            return Ok(in_set(operand, set));
        }
        let inner = Inner::of(self, query)?;
        let Some(column) = inner.column else {
            return foreign(format_args!("`{query}`"));
        };
        if let Some(other) = inner.other_column(column) {
            return foreign(format_args!("a subquery that selects `{other}` of the row"));
        }
        let filter = inner.filter(self, &inner.conditions, depth)?;
        let select = Select {
            column: self.expr(column, depth + 1)?,
            table: inner.table.clone(),
            filter,
        };
        Ok(in_set(operand, Set::Select(Box::new(select))))
    }

    /// `EXISTS ( SELECT 1 FROM lists WHERE lists.id = items.list_id AND …)`: the row has a column that equals one there.
    fn exists(&self, query: &Query, depth: usize) -> Result<Expr, Foreign> {
        let inner = Inner::of(self, query)?;
        let mut links = Vec::new();
        let mut rest = Vec::new();
        for condition in &inner.conditions {
            match inner.link(condition) {
                Some(link) => links.push(link),
                None => rest.push(*condition),
            }
        }
        let [(there, here)] = links.as_slice() else {
            return foreign(match links.len() {
                0 => "`EXISTS` without an equality between the row and a column of the subquery",
                _ => "`EXISTS` that compares several columns of the row",
            });
        };
        let select = Select {
            column: self.expr(there, depth + 1)?,
            table: inner.table.clone(),
            filter: inner.filter(self, &rest, depth)?,
        };
        let operand = self.expr(here, depth + 1)?;
        Ok(in_set(operand, Set::Select(Box::new(select))))
    }
}

fn in_set(operand: Expr, set: Set) -> Expr {
    Expr::InSet {
        operand: Box::new(operand),
        set,
    }
}

/// A subquery over one table.
struct Inner<'q> {
    /// Its declared name.
    table: String,
    /// What the subquery calls it.
    alias: String,
    /// What is selected, where it is one expression.
    column: Option<&'q Ast>,
    /// What must hold of its rows.
    conditions: Vec<&'q Ast>,
}

impl<'q> Inner<'q> {
    fn of(reader: &Reader<'_>, query: &'q Query) -> Result<Self, Foreign> {
        let SetExpr::Select(select) = query.body.as_ref() else {
            return foreign(format_args!("`{query}`"));
        };
        let is_plain = query.with.is_none()
            && query.limit_clause.is_none()
            && query.fetch.is_none()
            && query.locks.is_empty()
            && select.having.is_none();
        let [from] = select.from.as_slice() else {
            return foreign("a subquery over several tables");
        };
        if !from.joins.is_empty() {
            return foreign("a subquery over several tables");
        }
        let TableFactor::Table {
            name: of,
            alias,
            args: None,
            ..
        } = &from.relation
        else {
            return match &from.relation {
                TableFactor::NestedJoin { .. } => foreign("a subquery over several tables"),
                other => foreign(format_args!("`{other}`")),
            };
        };
        let qualified = object_name(of).filter(|_| is_plain);
        let Some(table) = qualified
            .as_ref()
            .and_then(|name| reader.calls.tables.get(name))
        else {
            return foreign(format_args!("`{from}`"));
        };
        let bare = of.0.last().and_then(|part| part.as_ident()).map(name);
        let alias = alias.as_ref().map(|alias| name(&alias.name));
        let mut conditions = Vec::new();
        if let Some(filter) = &select.selection {
            split(filter, &mut conditions);
        }
        Ok(Self {
            table: table.clone(),
            alias: alias.or(bare).unwrap_or_default(),
            column: selected(select),
            conditions,
        })
    }

    /// The sides of `lists.id = items.list_id`: the column there, and the column of the row.
    fn link<'a>(&self, condition: &'a Ast) -> Option<(&'a Ast, &'a Ast)> {
        let Ast::BinaryOp {
            left,
            op: BinaryOperator::Eq,
            right,
        } = bare(condition)
        else {
            return None;
        };
        match (self.is_ours(left)?, self.is_ours(right)?) {
            (true, false) => Some((left, right)),
            (false, true) => Some((right, left)),
            _ => None,
        }
    }

    /// Whether a column is one of the subquery's table; `None` for anything but a column.
    fn is_ours(&self, ast: &Ast) -> Option<bool> {
        match bare(ast) {
            Ast::CompoundIdentifier(parts) if parts.len() == 2 => {
                Some(name(&parts[0]) == self.alias)
            }
            Ast::Identifier(_) => Some(true),
            Ast::Cast { expr, .. } => self.is_ours(expr),
            _ => None,
        }
    }

    /// Conditions that read no column of the row around them.
    fn filter(
        &self,
        reader: &Reader<'_>,
        conditions: &[&Ast],
        depth: usize,
    ) -> Result<Option<Expr>, Foreign> {
        let mut read = Vec::new();
        for condition in conditions {
            if let Some(other) = self.other_column(condition) {
                return foreign(format_args!("a subquery that reads `{other}` of the row"));
            }
            read.push(reader.expr(condition, depth + 1)?);
        }
        Ok(match read.len() {
            0 => None,
            1 => read.pop(),
            _ => Some(Expr::And(read)),
        })
    }

    /// What may be a column of another table; a further `IN` sees to its own subquery.
    fn other_column(&self, ast: &Ast) -> Option<String> {
        let first = |parts: &[&Ast]| parts.iter().find_map(|part| self.other_column(part));
        match ast {
            Ast::Identifier(_) | Ast::Value(_) => None,
            Ast::CompoundIdentifier(parts) if parts.len() == 2 && name(&parts[0]) == self.alias => {
                None
            }
            Ast::BinaryOp { left, right, .. }
            | Ast::IsDistinctFrom(left, right)
            | Ast::IsNotDistinctFrom(left, right)
            | Ast::AnyOp { left, right, .. }
            | Ast::AllOp { left, right, .. } => first(&[left, right]),
            Ast::Nested(inner)
            | Ast::UnaryOp { expr: inner, .. }
            | Ast::Cast { expr: inner, .. }
            | Ast::IsNull(inner)
            | Ast::IsNotNull(inner)
            | Ast::IsTrue(inner)
            | Ast::IsNotTrue(inner)
            | Ast::IsFalse(inner)
            | Ast::IsNotFalse(inner)
            | Ast::InSubquery { expr: inner, .. } => first(&[inner]),
            Ast::Array(array) => array.elem.iter().find_map(|one| self.other_column(one)),
            Ast::Subquery(query) => match only_call(query) {
                Some(call) => self.other_column(call),
                None => Some(ast.to_string()),
            },
            Ast::Function(call) => match &call.args {
                FunctionArguments::None => None,
                FunctionArguments::List(list) => list.args.iter().find_map(|arg| match arg {
                    FunctionArg::Unnamed(FunctionArgExpr::Expr(arg)) => self.other_column(arg),
                    other => Some(other.to_string()),
                }),
                FunctionArguments::Subquery(_) => Some(ast.to_string()),
            },
            other => Some(other.to_string()),
        }
    }
}

fn selected(select: &AstSelect) -> Option<&Ast> {
    use sqlparser::ast::SelectItem::{ExprWithAlias, UnnamedExpr};
    match select.projection.as_slice() {
        [UnnamedExpr(expr) | ExprWithAlias { expr, .. }] => Some(expr),
        _ => None,
    }
}

/// The parts of a conjunction.
fn split<'a>(ast: &'a Ast, parts: &mut Vec<&'a Ast>) {
    match ast {
        Ast::Nested(inner) => split(inner, parts),
        Ast::BinaryOp {
            left,
            op: BinaryOperator::And,
            right,
        } => {
            split(left, parts);
            split(right, parts);
        }
        other => parts.push(other),
    }
}

fn bare(ast: &Ast) -> &Ast {
    match ast {
        Ast::Nested(inner) => bare(inner),
        other => other,
    }
}

/// The path in `((auth.jwt() -> 'app_metadata') ->> 'role')`, whose last member is read as a text.
fn member_of_token(ast: &Ast) -> Option<Vec<String>> {
    let Ast::BinaryOp {
        left,
        op: BinaryOperator::LongArrow,
        right,
    } = ast
    else {
        return None;
    };
    let mut path = inside_token(left)?;
    path.push(text(right)?);
    Some(path)
}

fn inside_token(ast: &Ast) -> Option<Vec<String>> {
    match ast {
        Ast::Nested(inner) | Ast::Cast { expr: inner, .. } => inside_token(inner),
        Ast::BinaryOp {
            left,
            op: BinaryOperator::Arrow,
            right,
        } => {
            let mut path = inside_token(left)?;
            path.push(text(right)?);
            Some(path)
        }
        Ast::Subquery(query) => inside_token(only_call(query)?),
        Ast::Function(call) => match call.name.to_string().as_str() {
            "auth.jwt" => Some(Vec::new()),
            "current_setting" => ast
                .to_string()
                .contains("'request.jwt.claims'")
                .then(Vec::new),
            _ => None,
        },
        _ => None,
    }
}

fn text(ast: &Ast) -> Option<String> {
    match ast {
        Ast::Nested(inner) | Ast::Cast { expr: inner, .. } => text(inner),
        Ast::Value(value) => match &value.value {
            Value::SingleQuotedString(text) => Some(text.clone()),
            _ => None,
        },
        _ => None,
    }
}
