//! Prints an expression for a dialect, with no more parentheses than it needs.
//!
//! One walk for all dialects; a [`Dialect`] answers where they differ. What a dialect cannot say is an
//! [`Unsayable`] with the reason, never a text that means something else.

mod language;
mod letter_case;
mod postgres;
mod powersync;
mod sqlite;
mod sync_rules;

pub use language::{language, language_select};
pub use letter_case::lower_case;

use super::kind::{self, Family};
use super::{Known, Row};
use crate::model::{ArithOp, CompareOp, Expr, Function, IsTest, Literal, Select, Set};
use std::borrow::Cow;
use std::fmt;
use synctable::{Database, Kind};

/// Why a dialect cannot say an expression.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unsayable {
    /// What is wrong, as a sentence without a full stop: "SQLite has no regular expressions".
    pub reason: String,
}

impl Unsayable {
    fn new(reason: impl Into<String>) -> Self {
        Self {
            reason: reason.into(),
        }
    }
}

impl fmt::Display for Unsayable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.reason)
    }
}

impl std::error::Error for Unsayable {}

/// What stands around a printed expression and is the target's own: how it knows the caller, sets and parameters.
///
/// Every method gives the text of one operand: a call, a name, something in parentheses.
pub trait Hooks {
    /// A column that is not simply a column of the row, such as a bind parameter; `None` for the ordinary ones.
    fn column(&self, _name: &str) -> Option<String> {
        None
    }

    /// `auth.user_id()`.
    fn user_id(&self) -> String {
        unreachable!("the place of this expression has no caller")
    }

    /// `auth.claim('a.b')` beside a value of the kind: NULL unless the claim is one of it.
    fn claim(&self, _path: &[String], _beside: Option<&Kind>) -> String {
        unreachable!("the place of this expression has no caller")
    }

    /// That a claim beside a value of the kind is one of it, where equality alone does not tell.
    fn is_claim(&self, _path: &[String], _test: IsTest) -> Option<String> {
        None
    }

    /// That the printed operand of the kind is in the list that a claim is, as comparisons joined with `and`.
    fn in_claims(&self, _operand: &str, _path: &[String], _kind: Option<&Kind>) -> String {
        unreachable!("the place of this expression has no caller")
    }

    /// `:name` beside a value of the kind.
    fn param(&self, _name: &str, _beside: Option<&Kind>) -> String {
        unreachable!("the place of this expression has no parameters")
    }

    /// What follows `IN`: a scope's name, or `(SELECT …)` (see [`select`]).
    fn set(&self, _set: &Set) -> Result<String, Unsayable> {
        unreachable!("the place of this expression has no sets")
    }

    /// That a list holds an element of its own kind, as one comparison where the target has a form of its own.
    fn contains(&self, _list: &str, _element: &str) -> Option<String> {
        None
    }

    /// That the printed operand is in the set, as one comparison.
    ///
    /// # Errors
    /// What the dialect cannot say of the set.
    fn member(&self, operand: &str, set: &Set) -> Result<String, Unsayable> {
        Ok(format!("{operand} IN {}", self.set(set)?))
    }
}

/// For places without caller, parameters and sets: checks, indexes, generated columns, views.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoHooks;

impl Hooks for NoHooks {}

/// Which names the columns are printed with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Names {
    /// The declared names, as in Postgres.
    Declared,
    /// The names on the device.
    Client,
}

/// Where an expression is printed.
#[derive(Clone, Copy)]
pub struct PrintContext<'a> {
    /// What the declaration knows.
    pub known: &'a Known,
    /// The row that the expression speaks of.
    pub row: &'a Row,
    /// Which names columns are printed with.
    pub names: Names,
    /// What stands before each column: a table, an alias, `new`.
    pub qualifier: Option<&'a str>,
    /// The kind that the whole is of, where it is no condition: that of the column it fills.
    pub kind: Option<&'a Kind>,
    /// Whether a subquery may stand here; SQLite has none in checks and indexes.
    pub subqueries: bool,
    /// The target's own answers.
    pub hooks: &'a dyn Hooks,
}

impl<'a> PrintContext<'a> {
    /// Declared names without qualifier, no hooks, no subqueries.
    #[must_use]
    pub fn new(known: &'a Known, row: &'a Row) -> Self {
        Self {
            known,
            row,
            names: Names::Declared,
            qualifier: None,
            kind: None,
            subqueries: false,
            hooks: &NoHooks,
        }
    }

    /// With the names on the device.
    #[must_use]
    pub fn client(self) -> Self {
        Self {
            names: Names::Client,
            ..self
        }
    }

    /// With a qualifier before each column.
    #[must_use]
    pub fn qualified(self, qualifier: &'a str) -> Self {
        Self {
            qualifier: Some(qualifier),
            ..self
        }
    }

    /// As a value of the kind.
    #[must_use]
    pub fn of_kind(self, kind: &'a Kind) -> Self {
        Self {
            kind: Some(kind),
            ..self
        }
    }

    /// Where subqueries may stand.
    #[must_use]
    pub fn with_subqueries(self) -> Self {
        Self {
            subqueries: true,
            ..self
        }
    }

    /// With the target's own answers; such places have subqueries.
    #[must_use]
    pub fn with_hooks(self, hooks: &'a dyn Hooks) -> Self {
        Self {
            hooks,
            subqueries: true,
            ..self
        }
    }
}

/// The expression in Postgres.
///
/// # Panics
/// Where the expression uses what the context's hooks do not answer: a check with a caller, for one.
///
/// ```
/// use synctable::{Kind, Scalar};
/// use synctable_codegen::expr::{Context, Known, Row, Scope, parse, print};
///
/// let (known, row) = (Known::default(), Row::new("todos").with("title", Kind::Scalar(Scalar::Text)));
/// let expr = parse("length(title) between 1 and 500", &Scope::new(&known, &row), Context::Check).unwrap();
/// let text = print::postgres(&expr, &print::PrintContext::new(&known, &row));
/// assert_eq!(text, "length(title) >= 1 AND length(title) <= 500");
/// ```
#[must_use]
pub fn postgres(expr: &Expr, cx: &PrintContext<'_>) -> String {
    match whole(expr, cx, &postgres::Postgres) {
        Ok(text) => text,
        Err(error) => unreachable!("Postgres says every expression, but {error}"),
    }
}

/// The expression in SQLite.
///
/// # Errors
/// What SQLite cannot say, such as `matches`.
pub fn sqlite(expr: &Expr, cx: &PrintContext<'_>) -> Result<String, Unsayable> {
    whole(expr, cx, &sqlite::Sqlite)
}

/// The expression in a sync stream of edition 3.
///
/// # Errors
/// What streams cannot say, or say with another meaning. Rules that were checked are always sayable.
pub fn powersync(expr: &Expr, cx: &PrintContext<'_>) -> Result<String, Unsayable> {
    whole(expr, cx, &powersync::PowerSync)
}

/// The expression in PowerSync's older dialect, the sync rules of edition 2.
///
/// # Errors
/// What rules cannot say, or say with another meaning; a set among it, which is a parameter query there.
pub fn sync_rules(expr: &Expr, cx: &PrintContext<'_>) -> Result<String, Unsayable> {
    whole(expr, cx, &sync_rules::SyncRules)
}

/// A constant as a value of the kind, for DEFAULT and VALUES.
#[must_use]
pub fn constant(literal: &Literal, kind: &Kind, database: Database) -> String {
    match database {
        Database::Postgres => postgres::Postgres.literal(literal, Some(kind)),
        Database::Sqlite => sqlite::Sqlite.literal(literal, Some(kind)),
    }
}

/// `(SELECT column FROM table WHERE …)` for Postgres, its columns qualified by the table; the hooks answer for sets inside.
#[must_use]
pub fn select_postgres(select: &Select, cx: &PrintContext<'_>) -> String {
    match select_in(select, cx, &postgres::Postgres) {
        Ok(text) => text,
        Err(error) => unreachable!("Postgres says every expression, but {error}"),
    }
}

/// The same for SQLite.
///
/// # Errors
/// What SQLite cannot say.
pub fn select_sqlite(select: &Select, cx: &PrintContext<'_>) -> Result<String, Unsayable> {
    select_in(select, cx, &sqlite::Sqlite)
}

/// The same for a sync stream.
///
/// # Errors
/// What streams cannot say.
pub fn select_powersync(select: &Select, cx: &PrintContext<'_>) -> Result<String, Unsayable> {
    select_in(select, cx, &powersync::PowerSync)
}

fn select_in(
    select: &Select,
    cx: &PrintContext<'_>,
    dialect: &dyn Dialect,
) -> Result<String, Unsayable> {
    let row = cx
        .known
        .tables
        .get(&select.table)
        .ok_or_else(|| Unsayable::new(format!("the table `{}` is not known", select.table)))?;
    let name = match cx.names {
        Names::Declared => &row.name,
        Names::Client => &row.client_name,
    };
    let inner = PrintContext {
        row,
        qualifier: Some(name),
        kind: None,
        ..*cx
    };
    let column = whole(&select.column, &inner, dialect)?;
    let database = dialect.database();
    let table = match (&row.schema, cx.names) {
        (Some(schema), Names::Declared) if database == Database::Postgres => {
            format!("{}.{}", database.ident(schema), database.ident(name))
        }
        (Some(_) | None, _) => database.ident(name).into_owned(),
    };
    let filter = match &select.filter {
        Some(filter) => format!(" WHERE {}", whole(filter, &inner, dialect)?),
        None => String::new(),
    };
    let name = match &select.column {
        Expr::Column(_) => "",
        _ => dialect.name_of_computed(),
    };
    Ok(format!("(SELECT {column}{name} FROM {table}{filter})"))
}

/// How tightly an operator binds; an operand that binds less tightly than its place asks gets parentheses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Level {
    Or,
    And,
    Not,
    Compare,
    /// `||`, `->>`, `~`: Postgres puts them below arithmetic, SQLite above; so their operands are bare or in parentheses.
    Other,
    Add,
    Multiply,
    Negative,
    Operand,
}

struct Printed {
    text: String,
    level: Level,
}

impl Printed {
    fn new(text: impl Into<String>, level: Level) -> Self {
        Self {
            text: text.into(),
            level,
        }
    }

    fn operand(text: impl Into<String>) -> Self {
        Self::new(text, Level::Operand)
    }

    fn at(self, least: Level) -> String {
        if self.level >= least {
            self.text
        } else {
            format!("({})", self.text)
        }
    }
}

/// Where the dialects differ.
trait Dialect {
    fn database(&self) -> Database;

    /// A constant beside, or as, a value of the kind.
    fn literal(&self, literal: &Literal, kind: Option<&Kind>) -> String;

    fn not_equal(&self) -> &'static str {
        "<>"
    }

    /// What follows the one column of a set where that is computed.
    fn name_of_computed(&self) -> &'static str {
        ""
    }

    /// What of the expression itself, whatever is inside it, the dialect does not have.
    fn lacks(&self, _expr: &Expr) -> Option<&'static str> {
        None
    }

    fn distinct(&self, left: String, right: String, distinct: bool) -> Result<Printed, Unsayable>;

    /// `x IN (…)` with constants beside values of the kind.
    fn in_list(
        &self,
        operand: String,
        list: &[Literal],
        kind: Option<&Kind>,
        negated: bool,
    ) -> Printed {
        let not = if negated { "NOT " } else { "" };
        let list: Vec<_> = list.iter().map(|one| self.literal(one, kind)).collect();
        let text = format!("{operand} {not}IN ({})", list.join(", "));
        Printed::new(text, Level::Compare)
    }

    /// `x IS [NOT] NULL`, `TRUE`, `FALSE`.
    fn is(&self, operand: String, test: IsTest, negated: bool) -> Printed {
        let not = if negated { "NOT " } else { "" };
        let test = match test {
            IsTest::Null => "NULL",
            IsTest::True => "TRUE",
            IsTest::False => "FALSE",
        };
        Printed::new(format!("{operand} IS {not}{test}"), Level::Compare)
    }

    /// Whether the list, which may be NULL, holds the element.
    fn contains(
        &self,
        list: Printed,
        element: Printed,
        nullable: bool,
        cx: &PrintContext<'_>,
    ) -> Result<Printed, Unsayable>;

    fn json_text(&self, operand: Printed, path: &[String]) -> Result<Printed, Unsayable>;

    /// The value at a path of a json value, compared with a boolean.
    fn json_is(&self, operand: Printed, path: &[String], truth: bool)
    -> Result<Printed, Unsayable>;

    /// An operand of `||` as text.
    fn joined(&self, part: Printed, kind: Option<&Kind>) -> String;

    /// A value of the kind so that `=` and `<` compare values and not their text.
    fn compared(&self, value: Printed, kind: &Kind, other: &Expr) -> Result<Printed, Unsayable>;

    /// A value of the kind that is compared with a claim, which is text, or with the caller's id.
    fn beside_caller(&self, value: Printed, kind: &Kind, caller: &Expr) -> Printed;

    /// Whether arithmetic over the kind is exact.
    fn arithmetic(&self, kind: &Kind) -> Result<(), Unsayable>;

    fn call(
        &self,
        function: Function,
        args: Vec<Printed>,
        kinds: &[Option<Kind>],
    ) -> Result<Printed, Unsayable>;
}

struct Printer<'a> {
    cx: &'a PrintContext<'a>,
    dialect: &'a dyn Dialect,
}

fn whole(expr: &Expr, cx: &PrintContext<'_>, dialect: &dyn Dialect) -> Result<String, Unsayable> {
    let printer = Printer { cx, dialect };
    Ok(printer.print(expr, cx.kind)?.text)
}

impl Printer<'_> {
    fn kind(&self, expr: &Expr) -> Option<Kind> {
        kind::of(expr, self.cx.row, self.cx.known)
    }

    /// The kind of what a set holds.
    fn kind_of_set(&self, set: &Set) -> Option<Kind> {
        let known = self.cx.known;
        match set {
            Set::Scope(name) => known.scopes.get(name).cloned().flatten(),
            Set::Select(select) => {
                let row = known.tables.get(&select.table)?;
                kind::of(&select.column, row, known)
            }
        }
    }

    /// The kind that constants among the operands take.
    fn shared<'e>(&self, operands: impl IntoIterator<Item = &'e Expr>) -> Option<Kind> {
        operands
            .into_iter()
            .filter(|expr| !matches!(expr, Expr::Literal(_)))
            .find_map(|expr| self.kind(expr))
    }

    fn print(&self, expr: &Expr, hint: Option<&Kind>) -> Result<Printed, Unsayable> {
        let dialect = self.dialect;
        if let Some(reason) = dialect.lacks(expr) {
            return Err(Unsayable::new(reason));
        }
        Ok(match expr {
            Expr::Literal(literal) => {
                let text = dialect.literal(literal, hint);
                match text.starts_with('-') {
                    true => Printed::new(text, Level::Negative),
                    false => Printed::operand(text),
                }
            }
            Expr::Column(name) => Printed::operand(self.column(name)),
            Expr::UserId => Printed::operand(self.cx.hooks.user_id()),
            Expr::Claim(path) => Printed::operand(self.cx.hooks.claim(path, hint)),
            Expr::Param(name) => Printed::operand(self.cx.hooks.param(name, hint)),
            Expr::Not(operand) => {
                let operand = self.print(operand, None)?.at(Level::Not);
                Printed::new(format!("NOT {operand}"), Level::Not)
            }
            Expr::And(parts) => self.chain(parts, " AND ", Level::And)?,
            Expr::Or(parts) => self.chain(parts, " OR ", Level::Or)?,
            Expr::Is {
                operand,
                test,
                negated,
            } => {
                if let Expr::Claim(path) = &**operand
                    && let Some(text) = self.cx.hooks.is_claim(path, *test)
                {
                    let level = match test {
                        IsTest::Null => Level::Compare,
                        IsTest::True | IsTest::False => Level::And,
                    };
                    return Ok(Printed::new(text, level));
                }
                let operand = self.print(operand, None)?.at(Level::Other);
                dialect.is(operand, *test, *negated)
            }
            Expr::Compare { op, left, right } => {
                let op = match op {
                    CompareOp::Eq => "=",
                    CompareOp::Ne => dialect.not_equal(),
                    CompareOp::Lt => "<",
                    CompareOp::Le => "<=",
                    CompareOp::Gt => ">",
                    CompareOp::Ge => ">=",
                };
                let (left, right) = self.pair(left, right)?;
                Printed::new(format!("{left} {op} {right}"), Level::Compare)
            }
            Expr::Distinct {
                left,
                right,
                distinct,
            } => {
                let (left, right) = self.pair(left, right)?;
                dialect.distinct(left, right, *distinct)?
            }
            Expr::InList {
                operand,
                list,
                negated,
            } => {
                let kind = self.shared([&**operand]);
                let mut printed = self.print(operand, None)?;
                if let Some(kind) = &kind {
                    for literal in list {
                        let other = Expr::Literal(literal.clone());
                        // Each constant is asked; the operand is wrapped once.
                        dialect.compared(Printed::operand(""), kind, &other)?;
                    }
                    let first = Expr::Literal(list[0].clone());
                    printed = dialect.compared(printed, kind, &first)?;
                }
                let numbers = kind
                    .as_ref()
                    .is_some_and(|kind| Family::of(kind) == Family::Decimal);
                let hint = if numbers { None } else { kind.as_ref() };
                dialect.in_list(printed.at(Level::Other), list, hint, *negated)
            }
            Expr::InSet { operand, set } => {
                let hint = match **operand {
                    Expr::Param(_) => self.kind_of_set(set),
                    _ => None,
                };
                let operand = self.print(operand, hint.as_ref())?.at(Level::Other);
                let member = self.cx.hooks.member(&operand, set)?;
                Printed::new(member, Level::Compare)
            }
            Expr::InClaims { operand, path } => {
                let kind = self.kind(operand);
                let operand = self.print(operand, None)?.at(Level::Other);
                let text = self.cx.hooks.in_claims(&operand, path, kind.as_ref());
                Printed::new(text, Level::And)
            }
            Expr::Contains { list, element } => {
                let of = match self.kind(list) {
                    Some(Kind::List(of)) => Some(of.to_kind()),
                    _ => None,
                };
                let nullable = kind::nullable(list, self.cx.row, self.cx.known);
                let asks = matches!(&**element, Expr::UserId | Expr::Claim(_));
                let same = asks && of.is_some() && of == self.kind(element);
                let list = self.print(list, None)?;
                let element = self.print(element, of.as_ref())?;
                if let (true, Some(text)) =
                    (same, self.cx.hooks.contains(&list.text, &element.text))
                {
                    return Ok(Printed::new(text, Level::Other));
                }
                dialect.contains(list, element, nullable, self.cx)?
            }
            Expr::Arith { op, left, right } => {
                // Of the whole: `quantity * 0.1` is a decimal, whatever `quantity` is.
                if let Some(kind) = self.kind(expr) {
                    dialect.arithmetic(&kind)?;
                }
                let (op, level, tighter) = match op {
                    ArithOp::Add => ("+", Level::Add, Level::Multiply),
                    ArithOp::Sub => ("-", Level::Add, Level::Multiply),
                    ArithOp::Mul => ("*", Level::Multiply, Level::Negative),
                    ArithOp::Div => ("/", Level::Multiply, Level::Negative),
                    ArithOp::Rem => ("%", Level::Multiply, Level::Negative),
                };
                let left = self.print(left, None)?.at(level);
                let right = self.print(right, None)?.at(tighter);
                Printed::new(format!("{left} {op} {right}"), level)
            }
            Expr::Concat(parts) => {
                let mut texts = Vec::with_capacity(parts.len());
                for part in parts {
                    let kind = self.shared([part]);
                    let printed = self.print(part, None)?;
                    texts.push(dialect.joined(printed, kind.as_ref()));
                }
                Printed::new(texts.join(" || "), Level::Other)
            }
            Expr::Call { function, args } => self.call(*function, args, hint)?,
            Expr::Case {
                branches,
                otherwise,
            } => {
                let results = branches
                    .iter()
                    .map(|(_, result)| result)
                    .chain(otherwise.as_deref());
                let shared = self.shared(results);
                let hint = shared.as_ref().or(hint);
                let mut text = "CASE".to_owned();
                for (condition, result) in branches {
                    let condition = self.print(condition, None)?.text;
                    let result = self.print(result, hint)?.text;
                    text.push_str(&format!(" WHEN {condition} THEN {result}"));
                }
                if let Some(otherwise) = otherwise {
                    text.push_str(&format!(" ELSE {}", self.print(otherwise, hint)?.text));
                }
                text.push_str(" END");
                Printed::operand(text)
            }
            Expr::JsonIs {
                operand,
                path,
                truth,
            } => {
                let operand = self.print(operand, None)?;
                dialect.json_is(operand, path, *truth)?
            }
            Expr::JsonText { operand, path } => {
                let operand = self.print(operand, None)?;
                dialect.json_text(operand, path)?
            }
        })
    }

    fn column(&self, name: &str) -> String {
        if let Some(text) = self.cx.hooks.column(name) {
            return text;
        }
        let fact = self.cx.row.column(name);
        let name = match (self.cx.names, fact) {
            (Names::Client, Some(fact)) => Cow::Borrowed(fact.client_name),
            (Names::Client | Names::Declared, _) => Cow::Borrowed(name),
        };
        let database = self.dialect.database();
        match self.cx.qualifier {
            Some(qualifier) => format!("{}.{}", database.ident(qualifier), database.ident(&name)),
            // In a domain's check, `value` is Postgres's word and no name.
            None => database.ident(&name).into_owned(),
        }
    }

    fn chain(&self, parts: &[Expr], joint: &str, level: Level) -> Result<Printed, Unsayable> {
        let tighter = match level {
            Level::Or => Level::And,
            _ => Level::Not,
        };
        let texts = parts
            .iter()
            .map(|part| Ok(self.print(part, None)?.at(tighter)))
            .collect::<Result<Vec<_>, Unsayable>>()?;
        Ok(Printed::new(texts.join(joint), level))
    }

    /// Both sides of a comparison.
    fn pair(&self, left: &Expr, right: &Expr) -> Result<(String, String), Unsayable> {
        let kind = self.shared([left, right]);
        let numbers = kind
            .as_ref()
            .is_some_and(|kind| Family::of(kind) == Family::Decimal);
        let one = |side: &Expr, other: &Expr| {
            // Decimals are compared as numbers, whatever text they are stored as.
            let beside = self
                .kind(other)
                .filter(|_| !matches!(other, Expr::Literal(_)));
            let hint = match side {
                Expr::Claim(_) => beside.as_ref(),
                _ if numbers => None,
                _ => kind.as_ref(),
            };
            let printed = self.print(side, hint)?;
            if matches!(side, Expr::Literal(_)) {
                return Ok(printed.at(Level::Other));
            }
            let printed = match (self.kind(side), other) {
                (Some(kind), Expr::Claim(_) | Expr::UserId) => {
                    self.dialect.beside_caller(printed, &kind, other)
                }
                (Some(kind), _) => self.dialect.compared(printed, &kind, other)?,
                (None, _) => printed,
            };
            Ok(printed.at(Level::Other))
        };
        Ok((one(left, right)?, one(right, left)?))
    }

    fn call(
        &self,
        function: Function,
        args: &[Expr],
        hint: Option<&Kind>,
    ) -> Result<Printed, Unsayable> {
        let shared = match function {
            Function::Coalesce | Function::Nullif => self.shared(args).or_else(|| hint.cloned()),
            _ => None,
        };
        let kinds: Vec<_> = args.iter().map(|arg| self.shared([arg])).collect();
        let printed = args
            .iter()
            .map(|arg| self.print(arg, shared.as_ref()))
            .collect::<Result<Vec<_>, Unsayable>>()?;
        self.dialect.call(function, printed, &kinds)
    }
}

/// `name(a, b)`.
fn plain_call(name: &str, args: Vec<Printed>) -> Printed {
    let args: Vec<_> = args.into_iter().map(|arg| arg.text).collect();
    Printed::operand(format!("{name}({})", args.join(", ")))
}
