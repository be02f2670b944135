//! Expressions as Postgres' catalog tells them, read back into ours.
//!
//! `pg_get_expr` prints what the analyser made of a text: constants with their types (`'open'::todo_status`),
//! operands cast to the operator's type, `IN` as `= ANY (ARRAY[…])`, every operator in parentheses.
//! All of that is taken off again; what is none of ours is [`Foreign`].

pub(crate) use range::range;

use super::{constant, normalise, stack};
use crate::model::{ArithOp, CompareOp, Expr, Function, IsTest, Literal, Select, Set};
use sqlparser::ast::{
    BinaryOperator, DataType, Expr as Ast, Function as AstCall, FunctionArg, FunctionArgExpr,
    FunctionArguments, GroupByExpr, Ident, ObjectName, Query, SelectItem, SetExpr, TableFactor,
    UnaryOperator, Value,
};
use sqlparser::dialect::PostgreSqlDialect;
use sqlparser::keywords::Keyword;
use sqlparser::parser::Parser;
use sqlparser::tokenizer::{Token, TokenWithSpan, Tokenizer};
use std::collections::BTreeMap;
use std::fmt;
use synctable::{Kind, Scalar};

/// A text of a catalog that is no expression of ours, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Foreign {
    /// What is not ours.
    pub reason: String,
}

impl fmt::Display for Foreign {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.reason)
    }
}

impl std::error::Error for Foreign {}

fn foreign<T>(what: impl fmt::Display) -> Result<T, Foreign> {
    Err(Foreign {
        reason: format!("{what} is not part of the expression language"),
    })
}

/// An expression without the parentheses around it.
fn bare(ast: &Ast) -> &Ast {
    let mut bare = ast;
    while let Ast::Nested(inner) = bare {
        bare = inner;
    }
    bare
}

fn is_arrow(ast: &Ast) -> bool {
    matches!(
        ast,
        Ast::BinaryOp {
            op: BinaryOperator::Arrow,
            ..
        }
    )
}

/// The deepest nesting that is read; a chain of `AND` is one.
const DEEPEST: usize = 600;

/// The normal form of what `pg_get_expr` gives for a check, a default, a generated column, an index or a policy.
///
/// The calls are those by which the server knows the caller and sets; a subquery of nothing but a call is that call.
/// Constants are those of a session in UTC or with an offset, `DateStyle` ISO, `IntervalStyle` postgres.
///
/// # Errors
/// What is none of ours: another function, a sequence, a subquery of more than one table.
///
/// ```
/// use synctable_codegen::expr::catalog::{self, Calls};
/// use synctable_codegen::model::Expr;
///
/// let text = "((length(title) >= 1) AND (owner_id = ( SELECT auth.user_id() AS user_id)))";
/// assert!(matches!(catalog::postgres(text, &Calls::default()), Ok(Expr::And(_))));
/// assert!(catalog::postgres("nextval('a_seq'::regclass)", &Calls::default()).is_err());
/// ```
pub fn postgres(text: &str, calls: &Calls) -> Result<Expr, Foreign> {
    // No printed expression has fewer words and signs than bytes.
    stack::with_room(text.len(), || {
        let expr = Reader::new(calls).expr(&parse(text)?, 0)?;
        Ok(normalise(&expr))
    })
    .unwrap_or_else(|| foreign("so deep a nesting"))
}

/// What a query selects of the rows of one table that the calls know, as `pg_get_function_sqlbody` prints it.
///
/// Sets may be asked once, in front of the statement: `WITH my_lists(member) AS MATERIALIZED (SELECT tasks_private.my_lists())`.
///
/// # Errors
/// What is no such query, or none of ours in it.
pub fn select(text: &str, calls: &Calls) -> Result<Select, Foreign> {
    stack::with_room(text.len(), || {
        let dialect = PostgreSqlDialect {};
        let unreadable = |error: &dyn fmt::Display| Foreign {
            reason: format!("the text is not read: {error}"),
        };
        let mut parser = Parser::new(&dialect)
            .with_recursion_limit(stack::RECURSION)
            .try_with_sql(text)
            .map_err(|error| unreadable(&error))?;
        let mut query = parser.parse_query().map_err(|error| unreadable(&error))?;
        if parser.peek_token().token != Token::EOF {
            return foreign(format_args!("`{}`", parser.peek_token().token));
        }
        let mut reader = Reader::new(calls);
        if let Some(with) = query.with.take() {
            for one in with.cte_tables {
                let set = only_call(&one.query)
                    .filter(|_| !with.recursive)
                    .and_then(|call| reader.set_behind(call));
                let (Some(set), [member]) = (set, one.alias.columns.as_slice()) else {
                    return foreign(format_args!("`{one}`"));
                };
                if name(&member.name) != MEMBER {
                    return foreign(format_args!("`{one}`"));
                }
                reader.once.insert(name(&one.alias.name), set);
            }
        }
        reader.select(&query, 0)
    })
    .unwrap_or_else(|| foreign("so deep a nesting"))
}

/// The column of a set that is asked once, in front of a statement.
const MEMBER: &str = "member";

fn parse(text: &str) -> Result<Ast, Foreign> {
    let unreadable = |error: &dyn fmt::Display| Foreign {
        reason: format!("the text is not read: {error}"),
    };
    let mut tokens = Tokenizer::new(&PostgreSqlDialect {}, text)
        .tokenize_with_location()
        .map_err(|error| unreadable(&error))?;
    plain_trim(&mut tokens);
    let dialect = PostgreSqlDialect {};
    let mut parser = Parser::new(&dialect)
        .with_recursion_limit(stack::RECURSION)
        .with_tokens_with_locations(tokens);
    let ast = parser.parse_expr().map_err(|error| unreadable(&error))?;
    let rest = parser.peek_token();
    match rest.token {
        Token::EOF => Ok(ast),
        rest => foreign(format_args!("`{rest}`")),
    }
}

/// Postgres prints `trim(x)` as `TRIM(BOTH FROM x)`, which the parser does not read.
fn plain_trim(tokens: &mut Vec<TokenWithSpan>) {
    tokens.retain(|token| !matches!(token.token, Token::Whitespace(_)));
    let is = |token: &TokenWithSpan, word: Keyword| matches!(&token.token, Token::Word(found) if found.keyword == word);
    while let Some(at) = tokens.windows(4).position(|four| {
        is(&four[0], Keyword::TRIM)
            && four[1].token == Token::LParen
            && is(&four[2], Keyword::BOTH)
            && is(&four[3], Keyword::FROM)
    }) {
        tokens.drain(at + 2..at + 4);
    }
}

/// How a server asks for what the language has words for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Calls {
    /// The call that gives the caller's id, such as `auth.uid()`.
    pub user_id: String,
    /// The function that takes the path of a claim as an array: `tasks_private.claim`; those of other types are called
    /// `claim_uuid`, `claim_int`, `claims` and `claims_uuid`.
    pub claim: String,
    /// The functions behind sets, by their names: `tasks_private.my_lists`.
    pub sets: BTreeMap<String, Set>,
    /// The declared names of tables that subqueries read, by their names with schemas: `public.lists`.
    pub tables: BTreeMap<String, String>,
    /// Whether the forms are understood that people write and no generated policy has: `IN` and `EXISTS` with a subquery,
    /// members of `auth.jwt()`.
    pub by_hand: bool,
}

impl Default for Calls {
    /// The words of the language itself, and no sets.
    fn default() -> Self {
        Self {
            user_id: "auth.user_id()".to_owned(),
            claim: "auth.claim".to_owned(),
            sets: BTreeMap::new(),
            tables: BTreeMap::new(),
            by_hand: false,
        }
    }
}

/// A folder of the path of a storage object, counted from one, as Postgres computes and prints it; it reads back as a column of this name.
pub fn folder(place: usize) -> String {
    format!("(storage.foldername(name))[{place}]")
}

/// The place of the folder of this name.
pub fn place_of(name: &str) -> Option<usize> {
    let place = name.strip_prefix("(storage.foldername(name))[")?;
    let place: usize = place.strip_suffix(']')?.parse().ok()?;
    (name == folder(place)).then_some(place)
}

struct Reader<'a> {
    user_id: Option<Ast>,
    calls: &'a Calls,
    /// The sets that the statement asks in front, by what it calls them there.
    once: BTreeMap<String, Set>,
}

impl<'a> Reader<'a> {
    fn new(calls: &'a Calls) -> Self {
        Self {
            user_id: parse(&calls.user_id).ok(),
            calls,
            once: BTreeMap::new(),
        }
    }

    fn expr(&self, ast: &Ast, depth: usize) -> Result<Expr, Foreign> {
        if depth > DEEPEST {
            return foreign("so deep a nesting");
        }
        if self.user_id.as_ref() == Some(ast) {
            return Ok(Expr::UserId);
        }
        if let Some(path) = self.claim(ast) {
            return Ok(Expr::Claim(path));
        }
        if self.calls.by_hand
            && let Some(found) = self.by_hand(ast, depth)
        {
            return found;
        }
        let read = |ast: &Ast| self.expr(ast, depth + 1);
        let boxed = |ast: &Ast| Ok(Box::new(self.expr(ast, depth + 1)?));
        let is = |operand: &Ast, test, negated| {
            Ok(Expr::Is {
                operand: boxed(operand)?,
                test,
                negated,
            })
        };
        match ast {
            Ast::Nested(inner) => read(inner),
            Ast::Identifier(ident) => Ok(Expr::Column(name(ident))),
            Ast::CompoundIdentifier(parts) => match parts.as_slice() {
                [_, column] => Ok(Expr::Column(name(column))),
                _ => foreign(ast),
            },
            Ast::Value(value) => value_of(&value.value).map(Expr::Literal),
            Ast::Cast {
                expr, data_type, ..
            } => self.cast(expr, data_type, depth),
            Ast::UnaryOp { op, expr } => match op {
                UnaryOperator::Not => Ok(Expr::Not(boxed(expr)?)),
                UnaryOperator::Plus => read(expr),
                UnaryOperator::Minus => match read(expr)? {
                    Expr::Literal(Literal::Int(number)) => {
                        Ok(Expr::Literal(Literal::Int(number.wrapping_neg())))
                    }
                    Expr::Literal(Literal::Decimal(number)) => {
                        match constant::number(&format!("-{number}")) {
                            Some(number) => Ok(Expr::Literal(number)),
                            None => foreign(ast),
                        }
                    }
                    operand => Ok(Expr::Arith {
                        op: ArithOp::Sub,
                        left: Box::new(Expr::Literal(Literal::Int(0))),
                        right: Box::new(operand),
                    }),
                },
                _ => foreign(format_args!("`{op}`")),
            },
            Ast::BinaryOp {
                left,
                op: BinaryOperator::AtArrow,
                right,
            } => match &**right {
                Ast::Array(array) if array.elem.len() == 1 => Ok(Expr::Contains {
                    list: boxed(left)?,
                    element: boxed(&array.elem[0])?,
                }),
                _ => foreign(ast),
            },
            Ast::BinaryOp { left, op, right } => self.binary(left, op, right, depth),
            Ast::IsNull(operand) => is(operand, IsTest::Null, false),
            Ast::IsNotNull(operand) => is(operand, IsTest::Null, true),
            Ast::IsTrue(operand) => is(operand, IsTest::True, false),
            Ast::IsNotTrue(operand) => is(operand, IsTest::True, true),
            Ast::IsFalse(operand) => is(operand, IsTest::False, false),
            Ast::IsNotFalse(operand) => is(operand, IsTest::False, true),
            Ast::IsDistinctFrom(left, right) => Ok(Expr::Distinct {
                left: boxed(left)?,
                right: boxed(right)?,
                distinct: true,
            }),
            Ast::IsNotDistinctFrom(left, right) => Ok(Expr::Distinct {
                left: boxed(left)?,
                right: boxed(right)?,
                distinct: false,
            }),
            // No catalog prints it, but what is written by hand is compared with what one prints.
            Ast::Between {
                expr,
                negated: false,
                low,
                high,
            } => {
                let bound = |op, bound: &Ast| {
                    Ok(Expr::Compare {
                        op,
                        left: boxed(expr)?,
                        right: boxed(bound)?,
                    })
                };
                Ok(Expr::And(vec![
                    bound(CompareOp::Ge, low)?,
                    bound(CompareOp::Le, high)?,
                ]))
            }
            Ast::InList {
                expr,
                list,
                negated,
            } => Ok(Expr::InList {
                operand: boxed(expr)?,
                list: self.literals(list, depth)?,
                negated: *negated,
            }),
            Ast::AnyOp {
                left,
                compare_op: BinaryOperator::Eq,
                right,
                ..
            } if let Some(path) = self.claims(right) => Ok(Expr::InClaims {
                operand: boxed(left)?,
                path,
            }),
            Ast::AnyOp {
                left,
                compare_op: BinaryOperator::Eq,
                right,
                ..
            } => match self.set(right, depth)? {
                Some(set) => Ok(Expr::InSet {
                    operand: boxed(left)?,
                    set,
                }),
                None => match read(right)? {
                    Expr::Literal(Literal::List(list)) if !list.is_empty() => Ok(Expr::InList {
                        operand: boxed(left)?,
                        list,
                        negated: false,
                    }),
                    list => Ok(Expr::Contains {
                        list: Box::new(list),
                        element: boxed(left)?,
                    }),
                },
            },
            Ast::Subquery(query) => match only_call(query) {
                Some(call) => read(call),
                None => foreign(ast),
            },
            Ast::AllOp {
                left,
                compare_op: BinaryOperator::NotEq,
                right,
            } => match read(right)? {
                Expr::Literal(Literal::List(list)) if !list.is_empty() => Ok(Expr::InList {
                    operand: boxed(left)?,
                    list,
                    negated: true,
                }),
                _ => foreign("`<> ALL` over a column"),
            },
            Ast::Array(array) => self
                .literals(&array.elem, depth)
                .map(|items| Expr::Literal(Literal::List(items))),
            Ast::Case {
                operand: None,
                conditions,
                else_result,
                ..
            } => Ok(Expr::Case {
                branches: conditions
                    .iter()
                    .map(|branch| Ok((read(&branch.condition)?, read(&branch.result)?)))
                    .collect::<Result<_, Foreign>>()?,
                otherwise: else_result.as_deref().map(boxed).transpose()?,
            }),
            Ast::Function(call) => self.call(call, depth),
            Ast::CompoundFieldAccess { .. } => match folder_of(ast) {
                Some(place) => Ok(Expr::Column(folder(place))),
                None => foreign(ast),
            },
            Ast::Substring {
                expr,
                substring_from: Some(from),
                substring_for: Some(length),
                ..
            } => Ok(Expr::Call {
                function: Function::Substr,
                args: vec![read(expr)?, read(from)?, read(length)?],
            }),
            Ast::Trim {
                trim_where: None,
                trim_what: None,
                trim_characters: None,
                expr,
            } => Ok(Expr::Call {
                function: Function::Trim,
                args: vec![read(expr)?],
            }),
            _ => foreign(format_args!("`{ast}`")),
        }
    }

    /// The set behind `ARRAY( SELECT tasks_private.my_lists() AS my_lists)`, or what else is selected there.
    fn set(&self, ast: &Ast, depth: usize) -> Result<Option<Set>, Foreign> {
        let Ast::Function(array) = as_texts(ast) else {
            return Ok(None);
        };
        let FunctionArguments::Subquery(query) = &array.args else {
            return Ok(None);
        };
        if !array.name.to_string().eq_ignore_ascii_case("array") {
            return Ok(None);
        }
        match only_call(query) {
            Some(call) => Ok(self.set_behind(call)),
            None => match self.asked_once(query) {
                Some(set) => Ok(Some(set.clone())),
                None => {
                    let select = self.select(query, depth)?;
                    Ok(Some(Set::Select(Box::new(select))))
                }
            },
        }
    }

    /// The set behind `tasks_private.my_lists()`.
    fn set_behind(&self, call: &Ast) -> Option<Set> {
        let Ast::Function(call) = call else {
            return None;
        };
        let no_arguments =
            matches!(&call.args, FunctionArguments::List(list) if list.args.is_empty());
        let name = function_name(call).filter(|_| no_arguments)?;
        self.calls.sets.get(&name).cloned()
    }

    /// The set behind `SELECT my_lists.member FROM my_lists`, which the statement asks in front.
    fn asked_once(&self, query: &Query) -> Option<&Set> {
        let (column, from, None) = plain_select(query)? else {
            return None;
        };
        let is_member = match column {
            Ast::Identifier(column) => name(column) == MEMBER,
            Ast::CompoundIdentifier(parts) => {
                parts.last().is_some_and(|column| name(column) == MEMBER)
            }
            _ => false,
        };
        self.once.get(&object_name(from)?).filter(|_| is_member)
    }

    /// One column of the rows of one table, which is known.
    fn select(&self, query: &Query, depth: usize) -> Result<Select, Foreign> {
        let Some((column, from, filter)) = plain_select(query) else {
            return foreign(format_args!("`{query}`"));
        };
        let Some(table) = object_name(from).and_then(|name| self.calls.tables.get(&name)) else {
            return foreign(format_args!("`{from}`"));
        };
        Ok(Select {
            column: self.expr(column, depth + 1)?,
            table: table.clone(),
            filter: match filter {
                Some(filter) => Some(self.expr(filter, depth + 1)?),
                None => None,
            },
        })
    }

    /// The path of a claim in `tasks_private.claim(ARRAY['role'::text])`.
    fn claim(&self, ast: &Ast) -> Option<Vec<String>> {
        self.path(ast, &["", "_uuid", "_int"])
    }

    /// The same in `ARRAY( SELECT tasks_private.claims(ARRAY['teams'::text]) AS claims)`.
    fn claims(&self, ast: &Ast) -> Option<Vec<String>> {
        let Ast::Function(array) = as_texts(ast) else {
            return None;
        };
        let FunctionArguments::Subquery(query) = &array.args else {
            return None;
        };
        let is_array = array.name.to_string().eq_ignore_ascii_case("array");
        let call = only_call(query).filter(|_| is_array)?;
        self.path(call, &["s", "s_uuid"])
    }

    /// The path that is the argument of the function for claims whose name has one of the endings.
    fn path(&self, ast: &Ast, endings: &[&str]) -> Option<Vec<String>> {
        let Ast::Function(call) = ast else {
            return None;
        };
        let FunctionArguments::List(list) = &call.args else {
            return None;
        };
        let [FunctionArg::Unnamed(FunctionArgExpr::Expr(Ast::Array(path)))] = list.args.as_slice()
        else {
            return None;
        };
        let name = function_name(call)?;
        let ending = name.strip_prefix(&self.calls.claim)?;
        if !endings.contains(&ending) {
            return None;
        }
        let members = path.elem.iter().map(|member| match self.expr(member, 0) {
            Ok(Expr::Literal(Literal::Text(member))) => Some(member),
            _ => None,
        });
        members.collect()
    }

    fn literals(&self, items: &[Ast], depth: usize) -> Result<Vec<Literal>, Foreign> {
        items
            .iter()
            .map(|item| match self.expr(item, depth + 1)? {
                Expr::Literal(literal) => Ok(literal),
                _ => foreign(format_args!("the list with `{item}`")),
            })
            .collect()
    }

    /// A cast of a constant tells its kind; any other is the analyser's own and is taken off.
    fn cast(&self, inner: &Ast, data_type: &DataType, depth: usize) -> Result<Expr, Foreign> {
        if is_today(inner, data_type) {
            return Ok(Expr::Call {
                function: Function::Today,
                args: Vec::new(),
            });
        }
        let inner = self.expr(inner, depth + 1)?;
        let Expr::Literal(literal) = inner else {
            return Ok(inner);
        };
        typed(literal, &data_type.to_string()).map(Expr::Literal)
    }

    fn binary(
        &self,
        left: &Ast,
        op: &BinaryOperator,
        right: &Ast,
        depth: usize,
    ) -> Result<Expr, Foreign> {
        match op {
            BinaryOperator::Arrow => return foreign("a json value that is not its text"),
            BinaryOperator::LongArrow => {
                let (operand, mut path) = self.member(left, depth + 1)?;
                path.push(self.member_name(right, depth)?);
                return Ok(Expr::JsonText { operand, path });
            }
            BinaryOperator::Eq if is_arrow(bare(left)) => {
                let (operand, path) = self.member(left, depth + 1)?;
                return match self.expr(right, depth + 1)? {
                    Expr::Literal(Literal::Json(json))
                        if matches!(json.as_str(), "true" | "false") =>
                    {
                        Ok(Expr::JsonIs {
                            operand,
                            path,
                            truth: json == "true",
                        })
                    }
                    _ => foreign("a json value that is not its text"),
                };
            }
            _ => {}
        }
        let left = self.expr(left, depth + 1)?;
        let right = self.expr(right, depth + 1)?;
        let compare = |op, left, right| Expr::Compare {
            op,
            left: Box::new(left),
            right: Box::new(right),
        };
        let arith = |op, left, right| Expr::Arith {
            op,
            left: Box::new(left),
            right: Box::new(right),
        };
        Ok(match op {
            BinaryOperator::And => Expr::And(vec![left, right]),
            BinaryOperator::Or => Expr::Or(vec![left, right]),
            BinaryOperator::Eq => compare(CompareOp::Eq, left, right),
            BinaryOperator::NotEq => compare(CompareOp::Ne, left, right),
            BinaryOperator::Lt => compare(CompareOp::Lt, left, right),
            BinaryOperator::LtEq => compare(CompareOp::Le, left, right),
            BinaryOperator::Gt => compare(CompareOp::Gt, left, right),
            BinaryOperator::GtEq => compare(CompareOp::Ge, left, right),
            BinaryOperator::Plus => arith(ArithOp::Add, left, right),
            BinaryOperator::Minus => arith(ArithOp::Sub, left, right),
            BinaryOperator::Multiply => arith(ArithOp::Mul, left, right),
            BinaryOperator::Divide => arith(ArithOp::Div, left, right),
            BinaryOperator::Modulo => arith(ArithOp::Rem, left, right),
            BinaryOperator::StringConcat => Expr::Concat(vec![left, right]),
            BinaryOperator::PGRegexMatch => Expr::Call {
                function: Function::Matches,
                args: vec![left, right],
            },
            _ => return foreign(format_args!("`{op}`")),
        })
    }

    /// A json value, and the path of a member that `->` reads from it; the value itself has no path.
    fn member(&self, ast: &Ast, depth: usize) -> Result<(Box<Expr>, Vec<String>), Foreign> {
        match bare(ast) {
            Ast::BinaryOp {
                left,
                op: BinaryOperator::Arrow,
                right,
            } if depth <= DEEPEST => {
                let (operand, mut path) = self.member(left, depth + 1)?;
                path.push(self.member_name(right, depth)?);
                Ok((operand, path))
            }
            other => Ok((Box::new(self.expr(other, depth)?), Vec::new())),
        }
    }

    fn member_name(&self, ast: &Ast, depth: usize) -> Result<String, Foreign> {
        match self.expr(ast, depth + 1)? {
            Expr::Literal(Literal::Text(member)) => Ok(member),
            _ => foreign("a json value by position"),
        }
    }

    fn call(&self, call: &AstCall, depth: usize) -> Result<Expr, Foreign> {
        let args = match &call.args {
            FunctionArguments::List(list) => list.args.as_slice(),
            FunctionArguments::None | FunctionArguments::Subquery(_) => {
                return foreign(format_args!("`{call}`"));
            }
        };
        let args = args
            .iter()
            .map(|arg| match arg {
                FunctionArg::Unnamed(FunctionArgExpr::Expr(arg)) => self.expr(arg, depth + 1),
                other => foreign(format_args!("`{other}`")),
            })
            .collect::<Result<Vec<_>, _>>()?;
        let name = call.name.to_string().to_lowercase().replace('"', "");
        let name = name.strip_prefix("pg_catalog.").unwrap_or(&name);
        let function = match (name, args.len()) {
            ("now", 0) => Function::Now,
            ("gen_random_uuid", 0) => Function::Uuid,
            ("length" | "char_length" | "character_length", 1) => Function::Length,
            ("lower", 1) => Function::Lower,
            ("upper", 1) => Function::Upper,
            ("btrim", 1) => Function::Trim,
            ("substr" | "substring", 3) => Function::Substr,
            ("replace", 3) => Function::Replace,
            ("abs", 1) => Function::Abs,
            ("coalesce", _) => Function::Coalesce,
            ("nullif", 2) => Function::Nullif,
            ("cardinality", 1) => Function::ListLength,
            ("jsonb_typeof", 1) => Function::JsonKind,
            _ => return foreign(format_args!("`{call}`")),
        };
        Ok(Expr::Call { function, args })
    }
}

/// The place in `(storage.foldername(name))[1]`.
fn folder_of(ast: &Ast) -> Option<usize> {
    place_of(&ast.to_string())
}

/// The call in `SELECT tasks_private.user_id() AS user_id`, where there is nothing else.
fn only_call(query: &Query) -> Option<&Ast> {
    let SetExpr::Select(select) = query.body.as_ref() else {
        return None;
    };
    let call = match select.projection.as_slice() {
        [SelectItem::UnnamedExpr(call) | SelectItem::ExprWithAlias { expr: call, .. }] => call,
        _ => return None,
    };
    let plain = query.with.is_none()
        && query.order_by.is_none()
        && query.limit_clause.is_none()
        && query.fetch.is_none()
        && select.distinct.is_none()
        && select.from.is_empty()
        && select.selection.is_none()
        && select.having.is_none();
    (plain && matches!(call, Ast::Function(_))).then_some(call)
}

/// What is selected, from where and which of it, where that is all that a query says.
fn plain_select(query: &Query) -> Option<(&Ast, &ObjectName, Option<&Ast>)> {
    let SetExpr::Select(select) = query.body.as_ref() else {
        return None;
    };
    let no_groups = matches!(&select.group_by, GroupByExpr::Expressions(by, with) if by.is_empty() && with.is_empty());
    let plain = query.with.is_none()
        && query.order_by.is_none()
        && query.limit_clause.is_none()
        && query.fetch.is_none()
        && query.locks.is_empty()
        && select.distinct.is_none()
        && select.having.is_none()
        && no_groups;
    let (
        true,
        [SelectItem::UnnamedExpr(column) | SelectItem::ExprWithAlias { expr: column, .. }],
        [from],
    ) = (plain, select.projection.as_slice(), select.from.as_slice())
    else {
        return None;
    };
    match &from.relation {
        TableFactor::Table {
            name,
            args: None,
            sample: None,
            with_ordinality: false,
            ..
        } if from.joins.is_empty() => Some((column, name, select.selection.as_ref())),
        _ => None,
    }
}

/// The name of a function with its schema, without quotes.
fn function_name(call: &AstCall) -> Option<String> {
    object_name(&call.name)
}

/// A name with its schema, without quotes.
fn object_name(of: &ObjectName) -> Option<String> {
    let parts = of.0.iter().map(|part| part.as_ident().map(name));
    let parts: Option<Vec<String>> = parts.collect();
    Some(parts?.join("."))
}

/// `(now() AT TIME ZONE 'utc'::text)` cast to a date.
fn is_today(inner: &Ast, data_type: &DataType) -> bool {
    fn bare(ast: &Ast) -> &Ast {
        match ast {
            Ast::Nested(inner) => bare(inner),
            Ast::Cast { expr, .. } => bare(expr),
            other => other,
        }
    }
    let Ast::AtTimeZone {
        timestamp,
        time_zone,
    } = (match inner {
        Ast::Nested(inner) => bare(inner),
        other => other,
    })
    else {
        return false;
    };
    let utc = matches!(bare(time_zone), Ast::Value(value)
        if matches!(&value.value, Value::SingleQuotedString(zone) if zone.eq_ignore_ascii_case("utc")));
    let now = matches!(bare(timestamp), Ast::Function(call)
        if call.name.to_string().eq_ignore_ascii_case("now"));
    utc && now && *data_type == DataType::Date
}

/// An array without the cast by which a `varchar` is compared as a text: `(ARRAY( SELECT …))::text[]`.
fn as_texts(ast: &Ast) -> &Ast {
    match ast {
        Ast::Nested(inner) => as_texts(inner),
        Ast::Cast {
            expr, data_type, ..
        } if data_type.to_string().eq_ignore_ascii_case("text[]") => as_texts(expr),
        other => other,
    }
}

fn name(ident: &Ident) -> String {
    match ident.quote_style {
        Some(_) => ident.value.clone(),
        // Unquoted names are folded; so is a domain's `VALUE`.
        None => ident.value.to_lowercase(),
    }
}

fn value_of(value: &Value) -> Result<Literal, Foreign> {
    Ok(match value {
        Value::Null => Literal::Null,
        Value::Boolean(value) => Literal::Bool(*value),
        Value::SingleQuotedString(text) => Literal::Text(text.clone()),
        // Postgres escapes texts with a backslash: `E'\\d'`.
        Value::EscapedStringLiteral(text) => Literal::Text(text.clone()),
        Value::Number(text, _) => match constant::number(text) {
            Some(number) => number,
            None => return foreign(format_args!("`{text}`")),
        },
        other => return foreign(format_args!("`{other}`")),
    })
}

/// A constant with the type that the catalog tells, in the canonical form of our kind for it.
fn typed(literal: Literal, data_type: &str) -> Result<Literal, Foreign> {
    let type_name = data_type.to_lowercase();
    if let Some(element) = type_name.strip_suffix("[]") {
        return match literal {
            Literal::Text(text) => match array(&text, element) {
                Some(items) => Ok(Literal::List(items)),
                None => foreign(format_args!("the array `{text}`")),
            },
            Literal::List(items) => items
                .into_iter()
                .map(|item| typed(item, element))
                .collect::<Result<_, _>>()
                .map(Literal::List),
            other => Ok(other),
        };
    }
    let Literal::Text(text) = &literal else {
        return Ok(literal);
    };
    let name = match (type_name.find('('), type_name.find(')')) {
        (Some(open), Some(close)) if open < close => {
            format!("{}{}", &type_name[..open], &type_name[close + 1..])
        }
        _ => type_name,
    };
    let scalar = match name.trim() {
        "smallint" | "int2" | "integer" | "int" | "int4" | "bigint" | "int8" | "numeric"
        | "decimal" | "real" | "float4" | "double precision" | "float8" => {
            return match constant::number(text) {
                Some(number) => Ok(number),
                None => foreign(format_args!("the number `{text}`")),
            };
        }
        "boolean" | "bool" => match text.as_str() {
            "t" | "true" => return Ok(Literal::Bool(true)),
            "f" | "false" => return Ok(Literal::Bool(false)),
            _ => return foreign(format_args!("the boolean `{text}`")),
        },
        "bytea" => {
            return Ok(Literal::Text(
                text.strip_prefix("\\x").unwrap_or(text).to_owned(),
            ));
        }
        "uuid" => Scalar::Uuid,
        "date" => Scalar::Date,
        "time" | "time without time zone" => Scalar::Time,
        "timestamp" | "timestamp without time zone" => Scalar::Timestamp,
        "timestamptz" | "timestamp with time zone" => Scalar::Timestamptz,
        "interval" => Scalar::Interval,
        "json" | "jsonb" => Scalar::Json,
        // Text, and types of names of their own: enums, domains.
        _ => return Ok(literal),
    };
    match constant::fit(&literal, &Kind::Scalar(scalar), &super::Known::default()) {
        Ok(literal) => Ok(literal),
        Err(_) => foreign(format_args!("the constant `{text}`")),
    }
}

/// The elements of an array's text: `{a,"b c",NULL}`.
fn array(text: &str, element: &str) -> Option<Vec<Literal>> {
    let inner = text.strip_prefix('{')?.strip_suffix('}')?;
    if inner.is_empty() {
        return Some(Vec::new());
    }
    let mut items = Vec::new();
    let mut rest = inner.chars().peekable();
    loop {
        let mut item = String::new();
        let quoted = rest.next_if_eq(&'"').is_some();
        loop {
            match rest.next() {
                Some('"') if quoted => break,
                Some('\\') => item.push(rest.next()?),
                Some('{' | '}' | '"') if !quoted => return None,
                Some(',') if !quoted => break,
                Some(other) => item.push(other),
                None if quoted => return None,
                None => break,
            }
        }
        items.push(match (quoted, item.as_str()) {
            (false, "NULL") => Literal::Null,
            _ => typed(Literal::Text(item), element).ok()?,
        });
        // After a quoted element stands the comma or the end; an unquoted one took its comma along.
        let more = match quoted {
            true => rest.next().is_some(),
            false => inner.ends_with(',') || rest.peek().is_some(),
        };
        if !more {
            return Some(items);
        }
    }
}

mod by_hand;
mod range;
#[cfg(test)]
mod tests;
