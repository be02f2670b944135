//! The one typed expression that every dialect is printed from.
//!
//! An `Expr` is closed, resolved and kind-checked: a column name in it is a column of the one row that it speaks of
//! (the table of the check, rule or index; inside a [`Select`], the table selected from).
//! Its normal form (see `expr::normalise`) is what catalogs are compared by.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// An expression over one row.
#[derive(
    Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Expr {
    /// A constant.
    Literal(Literal),
    /// A column of the row; in a domain's check, the word `value`.
    Column(String),
    /// `auth.user_id()`: the caller's id, of the declared kind; NULL for a subject that is not in its canonical form.
    UserId,
    /// `auth.claim('app_metadata.tenant_id')`: a claim of the caller's token, as text; the parts of its path.
    Claim(Vec<String>),
    /// `:list_id`: a parameter of the stream.
    Param(String),
    /// `not x`.
    Not(Box<Expr>),
    /// All of them; at least two.
    And(Vec<Expr>),
    /// Any of them; at least two.
    Or(Vec<Expr>),
    /// `x is [not] null | true | false`.
    Is {
        /// What is tested.
        operand: Box<Expr>,
        /// For what.
        test: IsTest,
        /// Whether the test is negated.
        negated: bool,
    },
    /// `x = y` and its kin.
    Compare {
        /// The operator.
        op: CompareOp,
        /// Left operand.
        left: Box<Expr>,
        /// Right operand.
        right: Box<Expr>,
    },
    /// `x is [not] distinct from y`: `distinct` is true for `is distinct from`.
    Distinct {
        /// Left operand.
        left: Box<Expr>,
        /// Right operand.
        right: Box<Expr>,
        /// Whether they must differ.
        distinct: bool,
    },
    /// `x [not] in ('a', 'b')`.
    InList {
        /// What is looked up.
        operand: Box<Expr>,
        /// The list; at least one.
        list: Vec<Literal>,
        /// Whether the membership is negated.
        negated: bool,
    },
    /// `x in (my_lists)` or `x in (select …)`.
    InSet {
        /// What is looked up.
        operand: Box<Expr>,
        /// The set.
        set: Set,
    },
    /// `x in auth.claims('app_metadata.teams')`: the claim is a list, and one of its texts is the operand.
    InClaims {
        /// What is looked up.
        operand: Box<Expr>,
        /// The parts of the path of the claim.
        path: Vec<String>,
    },
    /// `x = any(member_ids)`: a list column holds the element.
    Contains {
        /// The list.
        list: Box<Expr>,
        /// The element.
        element: Box<Expr>,
    },
    /// `x + y` and its kin, on numbers.
    Arith {
        /// The operator.
        op: ArithOp,
        /// Left operand.
        left: Box<Expr>,
        /// Right operand.
        right: Box<Expr>,
    },
    /// `a || b`, on text; at least two.
    Concat(Vec<Expr>),
    /// A call of a known function.
    Call {
        /// The function.
        function: Function,
        /// Its arguments, as many as it takes.
        args: Vec<Expr>,
    },
    /// `case when … then … else … end`.
    Case {
        /// Conditions and results, in order; at least one.
        branches: Vec<(Expr, Expr)>,
        /// The result where none holds; NULL where absent.
        otherwise: Option<Box<Expr>>,
    },
    /// `meta -> 'open' = 'true'`: the value at a path of a json value is this boolean; NULL where there is none.
    JsonIs {
        /// The json value.
        operand: Box<Expr>,
        /// The member names from the outside in; at least one.
        path: Vec<String>,
        /// The boolean.
        truth: bool,
    },
    /// `meta ->> 'kind'`, `meta #>> '{a,b}'`: the text at a path of a json value.
    JsonText {
        /// The json value.
        operand: Box<Expr>,
        /// The member names from the outside in; at least one.
        path: Vec<String>,
    },
}

impl Expr {
    /// The expressions directly inside this one, in written order; those inside a [`Set`] speak of another row and are not among them.
    pub fn children(&self) -> impl Iterator<Item = &Expr> {
        let mut children: Vec<&Expr> = Vec::new();
        match self {
            Self::Literal(_) | Self::Column(_) | Self::UserId | Self::Claim(_) | Self::Param(_) => {
            }
            Self::Not(operand)
            | Self::Is { operand, .. }
            | Self::InList { operand, .. }
            | Self::InSet { operand, .. }
            | Self::InClaims { operand, .. }
            | Self::JsonIs { operand, .. }
            | Self::JsonText { operand, .. } => children.push(operand),
            Self::And(parts) | Self::Or(parts) | Self::Concat(parts) => children.extend(parts),
            Self::Compare { left, right, .. }
            | Self::Distinct { left, right, .. }
            | Self::Arith { left, right, .. } => children.extend([&**left, &**right]),
            Self::Contains { list, element } => children.extend([&**list, &**element]),
            Self::Call { args, .. } => children.extend(args),
            Self::Case {
                branches,
                otherwise,
            } => {
                for (condition, result) in branches {
                    children.extend([condition, result]);
                }
                children.extend(otherwise.as_deref());
            }
        }
        children.into_iter()
    }
}

impl Expr {
    /// The parts that must all hold: those of an `and`, or the expression itself.
    pub fn conjuncts(&self) -> &[Expr] {
        match self {
            Self::And(parts) => parts,
            one => std::slice::from_ref(one),
        }
    }

    /// The parts of which one is enough: those of an `or`, or the expression itself.
    pub fn disjuncts(&self) -> &[Expr] {
        match self {
            Self::Or(parts) => parts,
            one => std::slice::from_ref(one),
        }
    }

    /// The same expression with some columns replaced; columns inside a [`Set`] are another row's and stay.
    ///
    /// ```
    /// use synctable_codegen::model::Expr;
    ///
    /// let title = Expr::Not(Box::new(Expr::Column("done".to_owned())));
    /// let replaced = title.with_columns(&|name| (name == "done").then(|| Expr::Column("open".to_owned())));
    /// assert_eq!(replaced, Expr::Not(Box::new(Expr::Column("open".to_owned()))));
    /// ```
    #[must_use]
    pub fn with_columns(&self, replace: &dyn Fn(&str) -> Option<Expr>) -> Expr {
        let one = |expr: &Expr| Box::new(expr.with_columns(replace));
        let all = |exprs: &[Expr]| {
            let exprs = exprs.iter();
            exprs.map(|expr| expr.with_columns(replace)).collect()
        };
        match self {
            Self::Column(name) => replace(name).unwrap_or_else(|| self.clone()),
            Self::Literal(_) | Self::UserId | Self::Claim(_) | Self::Param(_) => self.clone(),
            Self::Not(operand) => Self::Not(one(operand)),
            Self::And(parts) => Self::And(all(parts)),
            Self::Or(parts) => Self::Or(all(parts)),
            Self::Is {
                operand,
                test,
                negated,
            } => Self::Is {
                operand: one(operand),
                test: *test,
                negated: *negated,
            },
            Self::Compare { op, left, right } => Self::Compare {
                op: *op,
                left: one(left),
                right: one(right),
            },
            Self::Distinct {
                left,
                right,
                distinct,
            } => Self::Distinct {
                left: one(left),
                right: one(right),
                distinct: *distinct,
            },
            Self::InList {
                operand,
                list,
                negated,
            } => Self::InList {
                operand: one(operand),
                list: list.clone(),
                negated: *negated,
            },
            Self::InSet { operand, set } => Self::InSet {
                operand: one(operand),
                set: set.clone(),
            },
            Self::InClaims { operand, path } => Self::InClaims {
                operand: one(operand),
                path: path.clone(),
            },
            Self::Contains { list, element } => Self::Contains {
                list: one(list),
                element: one(element),
            },
            Self::Arith { op, left, right } => Self::Arith {
                op: *op,
                left: one(left),
                right: one(right),
            },
            Self::Concat(parts) => Self::Concat(all(parts)),
            Self::Call { function, args } => Self::Call {
                function: *function,
                args: all(args),
            },
            Self::Case {
                branches,
                otherwise,
            } => Self::Case {
                branches: branches
                    .iter()
                    .map(|(condition, result)| (*one(condition), *one(result)))
                    .collect(),
                otherwise: otherwise.as_deref().map(one),
            },
            Self::JsonIs {
                operand,
                path,
                truth,
            } => Self::JsonIs {
                operand: one(operand),
                path: path.clone(),
                truth: *truth,
            },
            Self::JsonText { operand, path } => Self::JsonText {
                operand: one(operand),
                path: path.clone(),
            },
        }
    }
}

/// A constant. Numbers and times are kept as their canonical text.
#[derive(
    Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Literal {
    /// NULL.
    Null,
    /// A boolean.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// A number with a fraction, as plain decimal text.
    Decimal(String),
    /// Text; also an enum's label, a uuid, a date, a time: the operand beside it tells.
    Text(String),
    /// A json value, as canonical text.
    Json(String),
    /// A list of constants of one kind.
    List(Vec<Literal>),
}

/// What `is` tests for.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum IsTest {
    /// NULL.
    Null,
    /// True.
    True,
    /// False.
    False,
}

/// A comparison.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum CompareOp {
    /// `=`.
    Eq,
    /// `<>`.
    Ne,
    /// `<`.
    Lt,
    /// `<=`.
    Le,
    /// `>`.
    Gt,
    /// `>=`.
    Ge,
}

/// Arithmetic.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum ArithOp {
    /// `+`.
    Add,
    /// `-`.
    Sub,
    /// `*`.
    Mul,
    /// `/`.
    Div,
    /// `%`.
    Rem,
}

/// A function of the language; each means one thing in every dialect that can say it.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Function {
    /// `now()`: the start of the transaction.
    Now,
    /// `today()`: the UTC date of `now()`.
    Today,
    /// `uuid()`: a random uuid.
    Uuid,
    /// `length(text)`: characters.
    Length,
    /// `lower(text)`.
    Lower,
    /// `upper(text)`.
    Upper,
    /// `trim(text)`: without blanks at both ends.
    Trim,
    /// `substr(text, start, length)`: start counts from 1.
    Substr,
    /// `replace(text, from, to)`.
    Replace,
    /// `matches(text, 'regex')`: a POSIX regular expression finds a place in the text; Postgres only.
    Matches,
    /// `abs(number)`.
    Abs,
    /// `coalesce(a, b, …)`.
    Coalesce,
    /// `nullif(a, b)`.
    Nullif,
    /// `list_length(list)`: elements; 0 for an empty list.
    ListLength,
    /// `json_kind(json)`: `object`, `array`, `string`, `number`, `boolean` or `null`.
    JsonKind,
}

/// A set of values of one kind.
#[derive(
    Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Set {
    /// A declared scope, by name.
    Scope(String),
    /// A subquery in place.
    Select(Box<Select>),
}

/// `select column from table where filter`: one column of one table.
#[derive(
    Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
pub struct Select {
    /// The column, or another expression over the table's row.
    pub column: Expr,
    /// The declared table.
    pub table: String,
    /// Which of its rows; all where absent. It speaks of this table's row only.
    pub filter: Option<Expr>,
}
