//! Kinds of expressions: families that compare, results of operators and calls, and what may be NULL.

use super::{Known, Row};
use crate::model::{Expr, Function, IsTest, Literal, Set};
use synctable::{Element, EnumStorage, Kind, Scalar};

/// Kinds whose values may stand beside each other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Family {
    Uuid,
    Text,
    Bool,
    Integer,
    Float,
    Decimal,
    Date,
    Time,
    Timestamp,
    Timestamptz,
    Interval,
    Json,
    Bytes,
    Enum(String),
    List(Element),
    Opaque(String),
}

impl Family {
    pub(crate) fn of(kind: &Kind) -> Self {
        match kind {
            Kind::Scalar(scalar) | Kind::Domain { base: scalar, .. } => match scalar {
                Scalar::Uuid => Self::Uuid,
                Scalar::Text | Scalar::Varchar(_) => Self::Text,
                Scalar::Bool => Self::Bool,
                Scalar::Smallint | Scalar::Int | Scalar::Bigint => Self::Integer,
                Scalar::Real | Scalar::Double => Self::Float,
                Scalar::Decimal { .. } => Self::Decimal,
                Scalar::Date => Self::Date,
                Scalar::Time => Self::Time,
                Scalar::Timestamp => Self::Timestamp,
                Scalar::Timestamptz => Self::Timestamptz,
                Scalar::Interval => Self::Interval,
                Scalar::Json => Self::Json,
                Scalar::Bytes => Self::Bytes,
            },
            Kind::Enum { name, .. } => Self::Enum(name.to_string()),
            Kind::List(element) => Self::List(element.clone()),
            Kind::Opaque(sql) => Self::Opaque(sql.to_string()),
        }
    }

    /// Whether values of both may stand on the two sides of an operator; numbers of all families may.
    pub(super) fn goes_with(&self, other: &Self) -> bool {
        self == other || (self.is_number() && other.is_number())
    }

    pub(super) fn is_number(&self) -> bool {
        matches!(self, Self::Integer | Self::Float | Self::Decimal)
    }
}

/// Why numbers of two kinds are not compared, though both are numbers: one engine would round one of them.
pub(super) fn rounded(a: &Kind, b: &Kind) -> Option<&'static str> {
    let has = |scalar| [a, b].iter().any(|kind| kind.carrier() == Some(scalar));
    let float = has(Scalar::Real) || has(Scalar::Double);
    if a.carrier() == b.carrier() || !float {
        None
    } else if has(Scalar::Real) {
        Some(
            "a 32-bit float becomes another number beside another kind in Postgres, in SQLite it does not",
        )
    } else if has(Scalar::Bigint) {
        Some("Postgres rounds a `bigint` beside a float, SQLite does not")
    } else {
        None
    }
}

/// What is known of a term's kind while an expression is read.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Ty {
    /// This kind.
    Kind(Kind),
    /// A constant that takes the kind of what stands beside it.
    Constant,
    /// A stream's parameter that takes the kind of what stands beside it.
    Param,
    /// A mistake was found in it; nothing more is said about it.
    Broken,
}

impl Ty {
    pub(super) const BOOL: Self = Self::Kind(Kind::Scalar(Scalar::Bool));
    pub(super) const TEXT: Self = Self::Kind(Kind::Scalar(Scalar::Text));
    pub(super) const INT: Self = Self::Kind(Kind::Scalar(Scalar::Int));

    pub(super) fn family(&self) -> Option<Family> {
        match self {
            Self::Kind(kind) => Some(Family::of(kind)),
            Self::Constant | Self::Param | Self::Broken => None,
        }
    }
}

/// The kind of arithmetic over both; `None` unless both are numbers.
pub(super) fn arithmetic(left: &Kind, right: &Kind) -> Option<Kind> {
    let (a, b) = (Family::of(left), Family::of(right));
    if !a.is_number() || !b.is_number() {
        return None;
    }
    Some(Kind::Scalar(if a == Family::Float || b == Family::Float {
        Scalar::Double
    } else if a == Family::Decimal || b == Family::Decimal {
        WIDE
    } else if [left, right]
        .iter()
        .any(|kind| kind.carrier() == Some(Scalar::Bigint))
    {
        Scalar::Bigint
    } else {
        Scalar::Int
    }))
}

/// A computed decimal has no declared precision; this one has room for what can be written.
const WIDE: Scalar = Scalar::Decimal {
    precision: Scalar::PRECISION_MAX,
    scale: Scalar::PRECISION_MAX / 2,
};

/// The kind of an expression that was read; `None` for NULL and for a name that is not known.
pub(super) fn of(expr: &Expr, row: &Row, known: &Known) -> Option<Kind> {
    let first = |exprs: &mut dyn Iterator<Item = &Expr>| {
        let kinds: Vec<_> = exprs.map(|expr| (expr, of(expr, row, known))).collect();
        kinds
            .iter()
            .find(|(expr, kind)| kind.is_some() && !matches!(expr, Expr::Literal(_)))
            .or_else(|| kinds.iter().find(|(_, kind)| kind.is_some()))
            .and_then(|(_, kind)| kind.clone())
    };
    Some(match expr {
        Expr::Literal(literal) => Kind::Scalar(match literal {
            Literal::Null | Literal::List(_) => return None,
            Literal::Bool(_) => Scalar::Bool,
            Literal::Int(number) if i32::try_from(*number).is_ok() => Scalar::Int,
            Literal::Int(_) => Scalar::Bigint,
            Literal::Decimal(_) => WIDE,
            Literal::Text(_) => Scalar::Text,
            Literal::Json(_) => Scalar::Json,
        }),
        Expr::Column(name) => return row.column(name).map(|fact| fact.kind.clone()),
        Expr::UserId => Kind::Scalar(known.user_id),
        Expr::Claim(_) | Expr::Concat(_) | Expr::JsonText { .. } => Kind::Scalar(Scalar::Text),
        Expr::Param(_) => return None,
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
        | Expr::JsonIs { .. } => Kind::Scalar(Scalar::Bool),
        Expr::Arith { left, right, .. } => {
            return arithmetic(&of(left, row, known)?, &of(right, row, known)?);
        }
        Expr::Call { function, args } => match function {
            Function::Now => Kind::Scalar(Scalar::Timestamptz),
            Function::Today => Kind::Scalar(Scalar::Date),
            Function::Uuid => Kind::Scalar(Scalar::Uuid),
            Function::Length | Function::ListLength => Kind::Scalar(Scalar::Int),
            Function::Lower
            | Function::Upper
            | Function::Trim
            | Function::Substr
            | Function::Replace
            | Function::JsonKind => Kind::Scalar(Scalar::Text),
            Function::Matches => Kind::Scalar(Scalar::Bool),
            Function::Abs | Function::Coalesce | Function::Nullif => {
                return first(&mut args.iter());
            }
        },
        Expr::Case {
            branches,
            otherwise,
        } => {
            return first(
                &mut branches
                    .iter()
                    .map(|(_, result)| result)
                    .chain(otherwise.as_deref()),
            );
        }
    })
}

/// Whether the expression can be NULL for some row that satisfies the columns' own nullability.
pub(super) fn nullable(expr: &Expr, row: &Row, known: &Known) -> bool {
    let any = |exprs: &mut dyn Iterator<Item = &Expr>| {
        let mut nullables = exprs.map(|expr| nullable(expr, row, known));
        nullables.any(|nullable| nullable)
    };
    match expr {
        Expr::Literal(literal) => *literal == Literal::Null,
        Expr::Column(name) => row.column(name).is_none_or(|fact| fact.nullable),
        // The caller may be nobody, a token may lack a claim, a json value a member, a subscription a parameter.
        Expr::UserId
        | Expr::Claim(_)
        | Expr::Param(_)
        | Expr::JsonIs { .. }
        | Expr::JsonText { .. } => true,
        Expr::Is {
            test: IsTest::Null | IsTest::True | IsTest::False,
            ..
        }
        | Expr::Distinct { .. } => false,
        Expr::Not(_)
        | Expr::And(_)
        | Expr::Or(_)
        | Expr::Compare { .. }
        | Expr::InList { .. }
        | Expr::InClaims { .. }
        | Expr::Arith { .. }
        | Expr::Concat(_) => any(&mut expr.children()),
        Expr::InSet { operand, set } => {
            nullable(operand, row, known)
                || match set {
                    Set::Scope(_) => true,
                    Set::Select(select) => known
                        .tables
                        .get(&select.table)
                        .is_none_or(|row| nullable(&select.column, row, known)),
                }
        }
        // A list may hold NULLs that nobody declared.
        Expr::Contains { .. } => true,
        Expr::Call { function, args } => match function {
            Function::Now | Function::Today | Function::Uuid => false,
            Function::Coalesce => args.iter().all(|arg| nullable(arg, row, known)),
            Function::Nullif => true,
            Function::Length
            | Function::Lower
            | Function::Upper
            | Function::Trim
            | Function::Substr
            | Function::Replace
            | Function::Matches
            | Function::Abs
            | Function::ListLength
            | Function::JsonKind => any(&mut args.iter()),
        },
        Expr::Case {
            branches,
            otherwise,
        } => match otherwise {
            None => true,
            Some(otherwise) => any(&mut branches
                .iter()
                .map(|(_, result)| result)
                .chain([&**otherwise])),
        },
    }
}

/// Whether values of the kind can be compared with `=` so that Postgres and SQLite agree.
pub(super) fn equality(kind: &Kind) -> Result<(), &'static str> {
    match Family::of(kind) {
        Family::Interval => Err("two intervals of different text can be equal in Postgres"),
        Family::Json => Err("SQLite compares json as text"),
        Family::List(_) => Err("SQLite compares lists as text"),
        Family::Opaque(_) => Err("its values are not known"),
        Family::Uuid
        | Family::Text
        | Family::Bool
        | Family::Integer
        | Family::Float
        | Family::Decimal
        | Family::Date
        | Family::Time
        | Family::Timestamp
        | Family::Timestamptz
        | Family::Bytes
        | Family::Enum(_) => Ok(()),
    }
}

/// Whether values of the kind have one order in Postgres and in SQLite.
pub(super) fn order(kind: &Kind) -> Result<(), &'static str> {
    match Family::of(kind) {
        Family::Text => Err("the order of text depends on the database's collation"),
        Family::Enum(_) => {
            Err("Postgres orders labels as they are declared, SQLite by their letters")
        }
        Family::Bool => Err("`false < true` says less than `is true`"),
        Family::Interval | Family::Json | Family::List(_) | Family::Opaque(_) => {
            Err("Postgres and SQLite order them differently")
        }
        Family::Uuid
        | Family::Integer
        | Family::Float
        | Family::Decimal
        | Family::Date
        | Family::Time
        | Family::Timestamp
        | Family::Timestamptz
        | Family::Bytes => Ok(()),
    }
}

/// Whether Postgres can turn the kind into text without looking at a setting or a catalog.
pub(super) fn has_immutable_text(kind: &Kind) -> bool {
    match kind {
        Kind::Enum { storage, .. } => *storage == EnumStorage::Check,
        Kind::Scalar(_) | Kind::Domain { .. } | Kind::List(_) | Kind::Opaque(_) => matches!(
            Family::of(kind),
            Family::Uuid | Family::Text | Family::Integer | Family::Decimal
        ),
    }
}
