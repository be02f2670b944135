//! What the queries of a sync config deliver: of which table, which columns, and which of its rows to whom.
//!
//! A join becomes a lookup, `list_id IN (SELECT …)`, which is how rules say it.

use super::config::{Definition, Form, SyncConfig, Text};
use super::truths::truths;
use super::words::{CHOSEN, Words};
use crate::catalog::{Catalog, Name};
use crate::diagnostic::Span;
use crate::expr::catalog::{Calls, postgres};
use crate::expr::normalise;
use crate::import::live::Live;
use crate::model::{Expr, Select as Lookup, Set};
use sqlparser::ast::{
    BinaryOperator, Expr as Ast, GroupByExpr, Ident, JoinConstraint, JoinOperator, ObjectName,
    Query, Select, SelectItem, SetExpr, TableFactor, UnaryOperator,
};
use sqlparser::dialect::PostgreSqlDialect;
use sqlparser::parser::Parser;
use sqlparser::tokenizer::{Token, Tokenizer};
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

/// What a query brings to devices.
#[derive(Debug)]
pub(in crate::import) struct Delivery {
    /// The number of its definition.
    pub(super) definition: usize,
    pub(super) span: Span,
    pub(super) table: Name,
    /// The table's name on the device.
    pub(super) client_name: String,
    /// Whether all columns are brought, by `*`.
    pub(super) all: bool,
    /// The columns that are named.
    pub(super) columns: Vec<Sent>,
    /// Which rows, where not all; or why that is not understood.
    pub(super) condition: Result<Option<Expr>, String>,
}

/// A column on the device.
#[derive(Debug)]
pub(super) struct Sent {
    /// The columns that it is made of.
    pub(super) from: Vec<String>,
    pub(super) name: String,
    /// Whether it is one column as it is, or as text.
    pub(super) plain: bool,
}

/// Everything that a sync config says.
#[derive(Debug, Default)]
pub(in crate::import) struct Delivered {
    pub(super) deliveries: Vec<Delivery>,
    /// The tables that queries look things up in, and where.
    pub(super) looked_up: BTreeMap<Name, Span>,
    /// Queries of which not even the table is understood, and why.
    pub(super) foreign: Vec<(Span, String)>,
    /// Tables that are not in the database.
    pub(super) absent: BTreeMap<Name, Span>,
}

impl Delivered {
    /// Reads the queries of a sync config, which speak of the tables of a database.
    pub(in crate::import) fn read(config: &SyncConfig, live: &Live) -> Self {
        let mut delivered = Self::default();
        for (number, definition) in config.definitions.iter().enumerate() {
            let reader = Reader::new(definition, live);
            let ways = reader.ways();
            for text in &definition.queries {
                match reader.delivery(number, text, &ways) {
                    Ok(delivery) => delivered.deliveries.push(delivery),
                    Err(why) => delivered.foreign.push((text.span, why)),
                }
                for name in reader.looked_up.take() {
                    let found = delivered.looked_up.entry(name);
                    found.or_insert(text.span);
                }
                for name in reader.absent.take() {
                    delivered.absent.entry(name).or_insert(text.span);
                }
            }
        }
        delivered
    }

    /// Whether any query may bring rows of a table.
    pub(in crate::import) fn brings(&self, table: &Name) -> bool {
        self.deliveries.iter().any(|one| one.table == *table)
    }
}

/// One way to a bucket: what stands for its parameters, and what else is asked.
#[derive(Default)]
struct Way {
    stands: BTreeMap<String, String>,
    asked: Option<String>,
}

struct Reader<'a> {
    definition: &'a Definition,
    catalog: &'a Catalog,
    schema: &'a str,
    calls: Calls,
    looked_up: RefCell<BTreeSet<Name>>,
    absent: RefCell<BTreeSet<Name>>,
}

/// A table that a query reads, by the name that it has there.
struct Relation {
    alias: String,
    name: Name,
    /// Of a query in its place: what it selects, and of which rows.
    inner: Option<Inner>,
}

/// A query over one table.
struct Inner {
    /// `"public"."lists" AS l`
    from: String,
    condition: Option<String>,
    /// What is selected, by name.
    columns: Vec<(String, String)>,
}

/// A query over several tables, taken apart.
struct Flat {
    relations: Vec<Relation>,
    /// Conditions that all hold, each with the tables that it names.
    conditions: Vec<(BTreeSet<usize>, Ast)>,
}

impl<'a> Reader<'a> {
    fn new(definition: &'a Definition, live: &'a Live) -> Self {
        let mut calls = Calls {
            by_hand: true,
            ..Calls::default()
        };
        let tables = live.tables();
        calls.tables = tables
            .map(|(name, _)| (name.to_string(), name.name.clone()))
            .collect();
        Self {
            definition,
            catalog: &live.catalog,
            schema: live.schema(),
            calls,
            looked_up: RefCell::default(),
            absent: RefCell::default(),
        }
    }

    fn parse(&self, text: &str, stands: &BTreeMap<String, String>) -> Result<Box<Query>, String> {
        let words = Words {
            form: self.definition.form,
            with: &self.definition.with,
            bucket: stands,
        };
        let plain = words.plain(text)?;
        let dialect = PostgreSqlDialect {};
        let mut parser = Parser::new(&dialect)
            .try_with_sql(&plain)
            .map_err(|error| error.to_string())?;
        parser
            .parse_query()
            .map_err(|error| format!("the query is not read: {error}"))
    }

    /// The ways to a bucket; a stream has one, in which nothing is asked.
    fn ways(&self) -> Result<Vec<Way>, String> {
        if self.definition.parameters.is_empty() {
            return Ok(vec![Way::default()]);
        }
        let parameters = self.definition.parameters.iter();
        parameters.map(|text| self.way(text)).collect()
    }

    fn way(&self, text: &Text) -> Result<Way, String> {
        let query = self.parse(&text.text, &BTreeMap::new())?;
        let select = plain(&query)?;
        let flat = self.flat(select)?;
        let mut way = Way::default();
        let named = select.projection.iter().map(|item| match item {
            SelectItem::ExprWithAlias { expr, alias } => Ok((folded(alias), expr)),
            SelectItem::UnnamedExpr(expr) => match column_of(expr) {
                Some((_, column)) => Ok((column, expr)),
                None => Err(format!("`{expr}` has no name")),
            },
            other => Err(format!("`{other}` is not a parameter")),
        });
        let named: Vec<(String, &Ast)> = named.collect::<Result<_, _>>()?;
        if flat.relations.is_empty() {
            for (name, expr) in named {
                way.stands.insert(name, expr.to_string());
            }
            let asked = flat.conditions.iter().map(|(_, ast)| self.text(ast));
            way.asked = joined(asked.collect::<Result<_, _>>()?);
            return Ok(way);
        }
        let [relation] = flat.relations.as_slice() else {
            return Err("a parameter query over several tables".to_owned());
        };
        self.looked_up.borrow_mut().insert(relation.name.clone());
        let from = from(relation);
        let condition = self.condition(&flat, 0)?;
        let filter = condition.map_or_else(String::new, |text| format!(" WHERE {text}"));
        let mut found = 0;
        for (name, expr) in named {
            if is_of_request(expr) {
                way.stands.insert(name, expr.to_string());
            } else {
                found += 1;
                let select = format!("SELECT {expr} FROM {from}{filter}");
                way.stands.insert(name, select);
            }
        }
        match found {
            1 => {}
            // That there is a row at all: by a column that holds what is asked.
            0 => {
                let equal = flat.conditions.iter().find_map(|(_, ast)| equality(ast));
                let (column, asked) = equal.ok_or("a parameter query that finds no column")?;
                way.asked = Some(format!("{asked} IN (SELECT {column} FROM {from}{filter})"));
            }
            _ => return Err("a parameter query that finds several columns".to_owned()),
        }
        Ok(way)
    }

    fn delivery(
        &self,
        definition: usize,
        text: &Text,
        ways: &Result<Vec<Way>, String>,
    ) -> Result<Delivery, String> {
        let dummies;
        let (stands, is_known) = match ways {
            Ok(ways) => (&ways[0].stands, true),
            Err(_) => {
                dummies = any_parameters(&text.text);
                (&dummies, false)
            }
        };
        let query = self.parse(&text.text, stands)?;
        let select = plain(&query)?;
        let flat = self.flat(select)?;
        let primary = primary(select, &flat)?;
        let relation = &flat.relations[primary];
        if relation.inner.is_some() {
            return Err("the rows come from a subquery".to_owned());
        }
        let mut delivery = Delivery {
            definition,
            span: text.span,
            table: relation.name.clone(),
            client_name: relation.alias.clone(),
            all: false,
            columns: Vec::new(),
            condition: Ok(None),
        };
        self.columns(select, &mut delivery);
        for (index, other) in flat.relations.iter().enumerate() {
            if index != primary {
                self.looked_up.borrow_mut().insert(other.name.clone());
            }
        }
        delivery.condition = match ways {
            Err(why) => Err(why.clone()),
            Ok(_) if !is_known => Err("its parameters are not understood".to_owned()),
            Ok(ways) => self.rows(text, ways, &delivery.table),
        };
        Ok(delivery)
    }

    /// Which rows a query selects, by all ways together.
    fn rows(&self, text: &Text, ways: &[Way], table: &Name) -> Result<Option<Expr>, String> {
        let mut either = Vec::new();
        for way in ways {
            let query = self.parse(&text.text, &way.stands)?;
            let select = plain(&query)?;
            let flat = self.flat(select)?;
            let own = self.condition(&flat, primary(select, &flat)?)?;
            let Some(condition) = joined(own.into_iter().chain(way.asked.clone()).collect()) else {
                return Ok(None);
            };
            let read = postgres(&condition, &self.calls).map_err(|foreign| foreign.to_string())?;
            let read = itself(&chosen(&read), &table.name, self.key(table));
            either.push(truths(&read, &table.name, self.catalog));
        }
        Ok(Some(match either.len() {
            1 => either.remove(0),
            _ => normalise(&Expr::Or(either)),
        }))
    }

    /// The column that is the key of a table.
    fn key(&self, table: &Name) -> Option<&str> {
        match &self.catalog.tables.get(table)?.key.as_ref()?.columns[..] {
            [column] => Some(column),
            _ => None,
        }
    }

    fn columns(&self, select: &Select, delivery: &mut Delivery) {
        let known = self.catalog.tables.get(&delivery.table);
        for item in &select.projection {
            let (expr, alias) = match item {
                SelectItem::Wildcard(_) | SelectItem::QualifiedWildcard(..) => {
                    delivery.all = true;
                    continue;
                }
                SelectItem::UnnamedExpr(expr) => (expr, None),
                SelectItem::ExprWithAlias { expr, alias } => (expr, Some(folded(alias))),
                SelectItem::ExprWithAliases { expr, .. } => (expr, None),
            };
            if let Some((_, column)) = column_of(expr) {
                delivery.columns.push(Sent {
                    name: alias.unwrap_or_else(|| column.clone()),
                    from: vec![column],
                    plain: true,
                });
                continue;
            }
            let is_column =
                |word: &String| known.is_some_and(|table| table.columns.contains_key(word));
            delivery.columns.push(Sent {
                from: words_of(&expr.to_string())
                    .into_iter()
                    .map(|(_, word)| word)
                    .filter(is_column)
                    .collect(),
                name: alias.unwrap_or_default(),
                plain: false,
            });
        }
    }

    fn flat(&self, select: &Select) -> Result<Flat, String> {
        let mut relations = Vec::new();
        let mut conditions = Vec::new();
        for from in &select.from {
            relations.push(self.relation(&from.relation)?);
            for join in &from.joins {
                match &join.join_operator {
                    JoinOperator::Join(JoinConstraint::On(on))
                    | JoinOperator::Inner(JoinConstraint::On(on)) => split(on, &mut conditions),
                    JoinOperator::CrossJoin(_) => {}
                    _ => return Err(format!("`{join}`")),
                }
                relations.push(self.relation(&join.relation)?);
            }
        }
        if let Some(filter) = &select.selection {
            split(filter, &mut conditions);
        }
        let place = |alias: &str| {
            let mut aliases = relations.iter();
            aliases.position(|relation: &Relation| relation.alias == alias)
        };
        let conditions = conditions.into_iter().map(|ast| {
            let words = words_of(&ast.to_string()).into_iter();
            let named = words.filter_map(|(of, _)| place(&of?));
            (named.collect(), ast.clone())
        });
        Ok(Flat {
            conditions: conditions.collect(),
            relations,
        })
    }

    fn relation(&self, factor: &TableFactor) -> Result<Relation, String> {
        match factor {
            TableFactor::Table {
                name: of,
                alias,
                args: None,
                ..
            } => {
                let alias = alias.as_ref().map(|alias| folded(&alias.name));
                let (name, is_bare) = self.name(of)?;
                let with = self.definition.with.get(&name.name).filter(|_| is_bare);
                if let Some(query) = with {
                    let query = self.parse(query, &BTreeMap::new())?;
                    return self.of_query(&query, alias.unwrap_or(name.name));
                }
                if !self.catalog.tables.contains_key(&name) {
                    self.absent.borrow_mut().insert(name.clone());
                    return Err(format!("there is no table `{name}`"));
                }
                Ok(Relation {
                    alias: alias.unwrap_or_else(|| name.name.clone()),
                    name,
                    inner: None,
                })
            }
            TableFactor::Derived {
                subquery,
                alias: Some(alias),
                ..
            } if alias.columns.is_empty() => self.of_query(subquery, folded(&alias.name)),
            other => Err(format!("`{other}`")),
        }
    }

    fn of_query(&self, query: &Query, alias: String) -> Result<Relation, String> {
        let (name, inner) = self.inner(query)?;
        Ok(Relation {
            alias,
            name,
            inner: Some(inner),
        })
    }

    fn name(&self, of: &ObjectName) -> Result<(Name, bool), String> {
        let parts = of.0.iter().map(|part| part.as_ident().map(folded));
        let parts: Option<Vec<String>> = parts.collect();
        match parts.as_deref() {
            Some([name]) => Ok((Name::new(self.schema, name), true)),
            Some([schema, name]) => Ok((Name::new(schema, name), false)),
            _ => Err(format!("`{of}`")),
        }
    }

    /// A subquery as one over a single table.
    fn inner(&self, query: &Query) -> Result<(Name, Inner), String> {
        let select = plain(query)?;
        let flat = self.flat(select)?;
        let at = primary(select, &flat)?;
        let relation = &flat.relations[at];
        for relation in &flat.relations {
            self.looked_up.borrow_mut().insert(relation.name.clone());
        }
        if relation.inner.is_some() {
            return Err("a subquery of a subquery".to_owned());
        }
        let columns = select.projection.iter().map(|item| match item {
            SelectItem::UnnamedExpr(expr) => {
                let name = column_of(expr).map(|(_, column)| column);
                Ok((name.unwrap_or_default(), expr.to_string()))
            }
            SelectItem::ExprWithAlias { expr, alias } => Ok((folded(alias), expr.to_string())),
            other => Err(format!("`{other}` in a subquery")),
        });
        let inner = Inner {
            from: from(relation),
            condition: self.condition(&flat, at)?,
            columns: columns.collect::<Result<_, _>>()?,
        };
        Ok((relation.name.clone(), inner))
    }

    /// What must hold of the rows of one of the tables; the others become lookups.
    fn condition(&self, flat: &Flat, at: usize) -> Result<Option<String>, String> {
        let mut used = BTreeSet::new();
        let condition = self.of_relation(flat, at, &mut BTreeSet::from([at]), &mut used, true)?;
        match (0..flat.conditions.len()).find(|index| !used.contains(index)) {
            Some(rest) => Err(format!("`{}`", flat.conditions[rest].1)),
            None => Ok(condition),
        }
    }

    fn of_relation(
        &self,
        flat: &Flat,
        at: usize,
        seen: &mut BTreeSet<usize>,
        used: &mut BTreeSet<usize>,
        is_first: bool,
    ) -> Result<Option<String>, String> {
        let relation = &flat.relations[at];
        let mut parts = Vec::new();
        if let Some(inner) = &relation.inner {
            parts.extend(inner.condition.clone());
        }
        let mut links: BTreeMap<usize, (usize, String, String)> = BTreeMap::new();
        for (index, (named, ast)) in flat.conditions.iter().enumerate() {
            let is_own = match named.len() {
                0 => is_first,
                1 => named.contains(&at),
                _ => false,
            };
            if is_own {
                if relation.inner.is_some() {
                    return Err(format!("`{ast}`"));
                }
                used.insert(index);
                parts.push(self.text(ast)?);
            }
            let other = named.iter().find(|other| **other != at);
            if let (2, true, Some(other)) = (named.len(), named.contains(&at), other)
                && !seen.contains(other)
            {
                let link = link(ast, &relation.alias);
                let (here, there) = link.ok_or_else(|| format!("`{ast}`"))?;
                if links.insert(*other, (index, here, there)).is_some() {
                    return Err("two tables that are joined by several columns".to_owned());
                }
            }
        }
        seen.extend(links.keys());
        for (other, (index, here, there)) in links {
            used.insert(index);
            let of = &flat.relations[other];
            let filter = self.of_relation(flat, other, seen, used, false)?;
            let filter = filter.map_or_else(String::new, |filter| format!(" WHERE {filter}"));
            let (selected, from) = match &of.inner {
                None => (format!("{}.{there}", quoted(&of.alias)), from(of)),
                Some(inner) => {
                    let mut columns = inner.columns.iter();
                    let found = columns.find(|(name, _)| quoted(name) == there);
                    let (_, expr) = found.ok_or_else(|| format!("`{there}`"))?;
                    (expr.clone(), inner.from.clone())
                }
            };
            let here = match &relation.inner {
                None => format!("{}.{here}", quoted(&relation.alias)),
                Some(_) => return Err("a join of subqueries".to_owned()),
            };
            parts.push(format!("{here} IN (SELECT {selected} FROM {from}{filter})"));
        }
        Ok(joined(parts))
    }

    /// A condition whose subqueries are over one table each.
    fn text(&self, ast: &Ast) -> Result<String, String> {
        Ok(match ast {
            Ast::Nested(inner) => format!("({})", self.text(inner)?),
            Ast::BinaryOp {
                left,
                op: op @ (BinaryOperator::And | BinaryOperator::Or),
                right,
            } => format!("({} {op} {})", self.text(left)?, self.text(right)?),
            Ast::UnaryOp {
                op: UnaryOperator::Not,
                expr,
            } => format!("NOT ({})", self.text(expr)?),
            Ast::InSubquery {
                expr,
                subquery,
                negated: false,
            } => {
                let (_, inner) = self.inner(subquery)?;
                let [(_, column)] = inner.columns.as_slice() else {
                    return Err(format!("`{subquery}`"));
                };
                let filter = inner.condition.map(|text| format!(" WHERE {text}"));
                let filter = filter.unwrap_or_default();
                format!("{expr} IN (SELECT {column} FROM {}{filter})", inner.from)
            }
            other => other.to_string(),
        })
    }
}

/// A query that selects from tables, and says nothing else.
fn plain(query: &Query) -> Result<&Select, String> {
    let SetExpr::Select(select) = query.body.as_ref() else {
        return Err(format!("`{query}` is not a plain `SELECT`"));
    };
    let no_groups = matches!(&select.group_by, GroupByExpr::Expressions(by, with) if by.is_empty() && with.is_empty());
    let is_plain = query.with.is_none()
        && query.order_by.is_none()
        && query.limit_clause.is_none()
        && query.fetch.is_none()
        && select.having.is_none()
        && no_groups;
    match is_plain {
        true => Ok(select),
        false => Err(format!("`{query}` is not a plain `SELECT`")),
    }
}

/// The table whose columns are selected.
fn primary(select: &Select, flat: &Flat) -> Result<usize, String> {
    if let [_] = flat.relations.as_slice() {
        return Ok(0);
    }
    let mut of = BTreeSet::new();
    for item in &select.projection {
        let text = item.to_string();
        let text = text
            .strip_suffix(".*")
            .map_or(text.clone(), |alias| format!("{alias}.x"));
        of.extend(words_of(&text).into_iter().filter_map(|(alias, _)| alias));
    }
    let mut relations = flat.relations.iter();
    match of.len() {
        1 => relations.position(|relation| of.contains(&relation.alias)),
        _ => None,
    }
    .ok_or_else(|| format!("`{select}` does not say of which table its columns are"))
}

/// Names with their qualifiers, in a text of SQL.
fn words_of(text: &str) -> Vec<(Option<String>, String)> {
    let tokens = Tokenizer::new(&PostgreSqlDialect {}, text).tokenize();
    let tokens: Vec<Token> = tokens
        .unwrap_or_default()
        .into_iter()
        .filter(|token| !matches!(token, Token::Whitespace(_)))
        .collect();
    let mut words = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        match &tokens[at..] {
            [Token::Word(of), Token::Period, Token::Word(word), ..] => {
                let [of, word] = [of, word].map(|word| match word.quote_style {
                    Some(_) => word.value.clone(),
                    None => word.value.to_lowercase(),
                });
                words.push((Some(of), word));
                at += 3;
            }
            [Token::Word(word), ..] => {
                words.push((None, word.value.to_lowercase()));
                at += 1;
            }
            _ => at += 1,
        }
    }
    words
}

/// The parts of a conjunction.
fn split(ast: &Ast, parts: &mut Vec<Ast>) {
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
        other => parts.push(other.clone()),
    }
}

/// The column on this side of an equality of two tables, and the one on the other.
fn link(ast: &Ast, alias: &str) -> Option<(String, String)> {
    let Ast::BinaryOp {
        left,
        op: BinaryOperator::Eq,
        right,
    } = ast
    else {
        return None;
    };
    let (left, right) = (column_of(left)?, column_of(right)?);
    let column = |column: String| quoted(&column);
    match (
        left.0.as_deref() == Some(alias),
        right.0.as_deref() == Some(alias),
    ) {
        (true, false) => Some((column(left.1), column(right.1))),
        (false, true) => Some((column(right.1), column(left.1))),
        _ => None,
    }
}

/// A column that equals what is asked of the request, and that.
fn equality(ast: &Ast) -> Option<(String, String)> {
    let Ast::BinaryOp {
        left,
        op: BinaryOperator::Eq,
        right,
    } = ast
    else {
        return None;
    };
    match (is_of_request(left), is_of_request(right)) {
        (false, true) => Some((left.to_string(), right.to_string())),
        (true, false) => Some((right.to_string(), left.to_string())),
        _ => None,
    }
}

/// A column with its qualifier, also as text.
fn column_of(ast: &Ast) -> Option<(Option<String>, String)> {
    match ast {
        Ast::Nested(inner) | Ast::Cast { expr: inner, .. } => column_of(inner),
        Ast::Identifier(ident) if !ident.value.starts_with(CHOSEN) => Some((None, folded(ident))),
        Ast::CompoundIdentifier(parts) => match parts.as_slice() {
            [of, column] => Some((Some(folded(of)), folded(column))),
            _ => None,
        },
        _ => None,
    }
}

/// Whether an expression is what a request says.
fn is_of_request(ast: &Ast) -> bool {
    match ast {
        Ast::Nested(inner) | Ast::Cast { expr: inner, .. } => is_of_request(inner),
        Ast::Identifier(ident) => ident.value.starts_with(CHOSEN),
        Ast::Function(call) => call.name.to_string().starts_with("auth."),
        Ast::Value(_) => true,
        _ => false,
    }
}

/// `"public"."lists" AS "l"`
fn from(relation: &Relation) -> String {
    let Name { schema, name } = &relation.name;
    let [schema, name, alias] = [schema, name, &relation.alias].map(|part| quoted(part));
    format!("{schema}.{name} AS {alias}")
}

fn quoted(name: &str) -> String {
    synctable::Database::Postgres.ident(name).into_owned()
}

fn folded(ident: &Ident) -> String {
    match ident.quote_style {
        Some(_) => ident.value.clone(),
        None => ident.value.to_lowercase(),
    }
}

fn joined(parts: Vec<String>) -> Option<String> {
    match parts.is_empty() {
        true => None,
        false => Some(parts.join(" AND ")),
    }
}

/// Something for every parameter of a bucket that is not understood, so that the query around it can be read.
fn any_parameters(text: &str) -> BTreeMap<String, String> {
    let words = words_of(text).into_iter();
    let of_bucket = words.filter(|(of, _)| of.as_deref() == Some("bucket"));
    of_bucket
        .map(|(_, name)| (name, "auth.user_id()".to_owned()))
        .collect()
}

/// The expression with parameters in place of the columns that stand for them.
fn chosen(expr: &Expr) -> Expr {
    let parameter = |name: &str| {
        let name = name.strip_prefix(CHOSEN)?;
        Some(Expr::Param(name.to_owned()))
    };
    in_sets(&expr.with_columns(&parameter), &|select| Lookup {
        column: chosen(&select.column),
        table: select.table.clone(),
        filter: select.filter.as_ref().map(chosen),
    })
}

/// The expression with `id in (select id from lists where …)` taken for the condition itself, in rows of `lists` whose
/// key is `id`: buckets of single rows ask this.
fn itself(expr: &Expr, table: &str, key: Option<&str>) -> Expr {
    let all = |parts: &[Expr]| parts.iter().map(|part| itself(part, table, key)).collect();
    let is_key = |expr: &Expr| matches!(expr, Expr::Column(name) if Some(name.as_str()) == key);
    match expr {
        Expr::And(parts) => normalise(&Expr::And(all(parts))),
        Expr::Or(parts) => normalise(&Expr::Or(all(parts))),
        Expr::InSet {
            operand,
            set: Set::Select(select),
        } if select.table == table && is_key(operand) && is_key(&select.column) => {
            match &select.filter {
                Some(filter) => itself(filter, table, key),
                None => expr.clone(),
            }
        }
        other => other.clone(),
    }
}

/// The expression with its subqueries changed.
fn in_sets(expr: &Expr, change: &dyn Fn(&Lookup) -> Lookup) -> Expr {
    let all = |parts: &[Expr]| parts.iter().map(|part| in_sets(part, change)).collect();
    match expr {
        Expr::And(parts) => Expr::And(all(parts)),
        Expr::Or(parts) => Expr::Or(all(parts)),
        Expr::Not(part) => Expr::Not(Box::new(in_sets(part, change))),
        Expr::InSet {
            operand,
            set: Set::Select(select),
        } => Expr::InSet {
            operand: operand.clone(),
            set: Set::Select(Box::new(change(select))),
        },
        other => other.clone(),
    }
}

impl Form {
    /// Whether `*` leaves a column out.
    pub(super) fn omits(self, column: &str) -> bool {
        self == Self::Bucket && column.starts_with('_')
    }
}
