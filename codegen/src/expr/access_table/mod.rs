//! The closed table of what an access rule may say: every operator on every kind.
//!
//! A rule is enforced three times: by row-level security and guard SQL in Postgres, and by PowerSync's stream
//! compiler over replicated values. A cell is allowed only where the three mean the same for every value the kind
//! holds; the facts are PowerSync's type mapping and the evaluation of its streams.
//! `docs/access.md` prints this table, and each cell is a test.

use super::kind::Family;
use crate::diagnostic::{
    ACCESS_COMPUTED, ACCESS_DISTINCT, ACCESS_EQUALITY, ACCESS_NEGATED, ACCESS_ORDER,
    ACCESS_SOURCES, Code, EXPR_KIND, EXPR_NOT_CONDITION,
};
use crate::model::Function;
use synctable::{Element, EnumStorage, Kind, Scalar};

/// A form of operator or call, with a column of the row as its operand.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Form {
    /// The column alone: `flag`.
    Alone,
    /// `not flag`.
    Not,
    /// `= 'constant'`.
    Equal,
    /// `<> 'constant'`.
    NotEqual,
    /// `in ('a', 'b')`.
    InList,
    /// `not in ('a', 'b')`.
    NotInList,
    /// `= other_column`.
    EqualColumn,
    /// `<> other_column`.
    NotEqualColumn,
    /// `= auth.user_id()`.
    EqualUserId,
    /// `= auth.claim('a.b')`.
    EqualClaim,
    /// `in auth.claims('a.b')`.
    InClaims,
    /// `= :param`.
    EqualParam,
    /// `<> auth.user_id()`, `<> auth.claim('a.b')`, `<> :param`.
    NotEqualCaller,
    /// `in (scope)`, `in (select …)`.
    InSet,
    /// `not in (scope)`.
    NotInSet,
    /// `< <= > >=` and `between`, with constants or a column.
    Order,
    /// `< <= > >=` with the caller or a parameter.
    OrderCaller,
    /// `is null`, `is not null`.
    IsNull,
    /// `is [not] true`, `is [not] false`.
    IsTrue,
    /// `is [not] distinct from`.
    Distinct,
    /// `'a' = any(column)`, `auth.user_id() = any(column)`.
    Contains,
    /// `not 'a' = any(column)`.
    NotContains,
    /// `+ - * / %`.
    Arithmetic,
    /// `||`.
    Concat,
    /// `x -> 'a' = 'true'`.
    JsonIs,
    /// `->>`, `#>>`.
    JsonText,
    /// `case … end`.
    Case,
    /// A call.
    Call(Function),
}

/// The functions that take a column.
const CALLS: [Function; 12] = [
    Function::Coalesce,
    Function::Nullif,
    Function::Length,
    Function::Lower,
    Function::Upper,
    Function::Trim,
    Function::Substr,
    Function::Replace,
    Function::Matches,
    Function::Abs,
    Function::ListLength,
    Function::JsonKind,
];

impl Form {
    /// All of them, in the order of the document.
    #[must_use]
    pub fn all() -> Vec<Self> {
        let mut all = vec![
            Self::Alone,
            Self::Not,
            Self::Equal,
            Self::NotEqual,
            Self::InList,
            Self::NotInList,
            Self::EqualColumn,
            Self::NotEqualColumn,
            Self::EqualUserId,
            Self::EqualClaim,
            Self::InClaims,
            Self::EqualParam,
            Self::NotEqualCaller,
            Self::InSet,
            Self::NotInSet,
            Self::Order,
            Self::OrderCaller,
            Self::IsNull,
            Self::IsTrue,
            Self::Distinct,
            Self::Contains,
            Self::NotContains,
            Self::JsonText,
            Self::JsonIs,
            Self::Concat,
            Self::Arithmetic,
            Self::Case,
        ];
        all.extend(CALLS.map(Self::Call));
        all
    }

    /// How the form is written, with `x` for the column.
    #[must_use]
    pub fn written(self) -> &'static str {
        match self {
            Self::Alone => "x",
            Self::Not => "not x",
            Self::Equal => "x = 'constant'",
            Self::NotEqual => "x <> 'constant'",
            Self::InList => "x in ('a', 'b')",
            Self::NotInList => "x not in ('a', 'b')",
            Self::EqualColumn => "x = y",
            Self::NotEqualColumn => "x <> y",
            Self::EqualUserId => "x = auth.user_id()",
            Self::EqualClaim => "x = auth.claim('a.b')",
            Self::InClaims => "x in auth.claims('a.b')",
            Self::EqualParam => "x = :param",
            Self::NotEqualCaller => "x <> auth.user_id()",
            Self::InSet => "x in (scope)",
            Self::NotInSet => "x not in (scope)",
            Self::Order => "x < y, between",
            Self::OrderCaller => "x < auth.claim('a.b')",
            Self::IsNull => "x is [not] null",
            Self::IsTrue => "x is [not] true",
            Self::Distinct => "x is [not] distinct from y",
            Self::Contains => "'a' = any(x)",
            Self::NotContains => "not 'a' = any(x)",
            Self::Arithmetic => "x + y",
            Self::Concat => "x || y",
            Self::JsonText => "x ->> 'a'",
            Self::JsonIs => "x -> 'a' = 'true'",
            Self::Case => "case … then x end",
            Self::Call(function) => match function {
                Function::Coalesce => "coalesce(x, y)",
                Function::Nullif => "nullif(x, y)",
                Function::Length => "length(x)",
                Function::Lower => "lower(x)",
                Function::Upper => "upper(x)",
                Function::Trim => "trim(x)",
                Function::Substr => "substr(x, 1, 3)",
                Function::Replace => "replace(x, 'a', 'b')",
                Function::Matches => "matches(x, '^a')",
                Function::Abs => "abs(x)",
                Function::ListLength => "list_length(x)",
                Function::JsonKind => "json_kind(x)",
                Function::Now => "now()",
                Function::Today => "today()",
                Function::Uuid => "uuid()",
            },
        }
    }
}

/// What the table says of a form on a kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cell {
    /// It means the same in all enforcers.
    Allowed,
    /// It does not, or one of them does not have it.
    Refused {
        /// The code.
        code: Code,
        /// Why, as a clause.
        why: &'static str,
        /// The nearest thing that works.
        instead: &'static str,
    },
    /// The form does not take the kind, in rules or anywhere else; the code that says so.
    Unfit(Code),
}

const KIND: Cell = Cell::Unfit(EXPR_KIND);

/// What the table says of a form on a column of the kind.
#[must_use]
pub fn cell(form: Form, kind: &Kind) -> Cell {
    let family = Family::of(kind);
    match form {
        Form::Alone | Form::Not | Form::IsTrue => match family {
            Family::Bool => Cell::Allowed,
            _ => Cell::Unfit(EXPR_NOT_CONDITION),
        },
        Form::Equal | Form::NotEqual | Form::InList | Form::NotInList => match family {
            // A list has no constant inside an expression.
            Family::List(_) => KIND,
            _ => equality(&family),
        },
        Form::EqualColumn | Form::NotEqualColumn => match family {
            Family::Date | Family::Timestamp | Family::Timestamptz => Cell::Refused {
                code: ACCESS_EQUALITY,
                why: "an infinity replicates as the end of the year 9999 and then equals it",
                instead: "compare it with a constant, or store the result in its own column",
            },
            _ => equality(&family),
        },
        Form::EqualUserId => match family {
            Family::Uuid | Family::Text | Family::Integer => Cell::Allowed,
            _ => KIND,
        },
        Form::EqualClaim => match family {
            Family::Uuid | Family::Text | Family::Enum(_) => Cell::Allowed,
            Family::Integer => whole_of_claim(kind),
            _ => KIND,
        },
        Form::InClaims => match family {
            Family::Uuid | Family::Text => Cell::Allowed,
            Family::Integer => Cell::Refused {
                code: ACCESS_EQUALITY,
                why: "`true` in a list of a token equals 1 in a sync stream",
                instead: "list texts or uuids in the token",
            },
            Family::Enum(_) => Cell::Refused {
                code: ACCESS_EQUALITY,
                why: "a label has another type than a text in Postgres",
                instead: "compare with each label: `x = 'a'`",
            },
            _ => KIND,
        },
        Form::EqualParam => match family {
            Family::Bool => Cell::Refused {
                code: ACCESS_EQUALITY,
                why: "a parameter is JSON, and its `true` is not the replicated 1",
                instead: "declare two streams, or a parameter that is text",
            },
            _ => equality(&family),
        },
        Form::NotEqualCaller => match family {
            Family::Uuid | Family::Text | Family::Integer => NEGATED,
            _ => KIND,
        },
        Form::InSet => match family {
            Family::Uuid | Family::Text | Family::Integer | Family::Enum(_) => Cell::Allowed,
            Family::Bool
            | Family::Date
            | Family::Time
            | Family::Timestamp
            | Family::Timestamptz => Cell::Refused {
                code: ACCESS_EQUALITY,
                why: "a set can only be looked up by ids, text, labels and whole numbers",
                instead: "compare it with a constant inside the set's filter",
            },
            _ => equality(&family),
        },
        Form::NotInSet => NEGATED,
        Form::Order => match family {
            Family::Integer => Cell::Allowed,
            _ => Cell::Refused {
                code: ACCESS_ORDER,
                why: order(&family),
                instead: "order whole numbers, such as cents or a rank, or store the result in a column",
            },
        },
        Form::OrderCaller => match family {
            Family::Uuid | Family::Text | Family::Integer => Cell::Refused {
                code: ACCESS_SOURCES,
                why: "between the row and the caller, a sync stream supports only `=` and `in`",
                instead: "list the values in a scope: `x in (select … where …)`",
            },
            _ => KIND,
        },
        Form::IsNull => Cell::Allowed,
        Form::Distinct => Cell::Refused {
            code: ACCESS_DISTINCT,
            why: "sync streams do not support it",
            instead: "write `x = y or (x is null and y is null)`; for its negation `x <> y or x is null`",
        },
        Form::Contains => match kind {
            Kind::List(element) => contains(element),
            _ => KIND,
        },
        Form::NotContains => match kind {
            Kind::List(_) => NEGATED,
            _ => KIND,
        },
        Form::Arithmetic => match family {
            Family::Float if kind.carrier() == Some(Scalar::Real) => KIND,
            Family::Integer | Family::Float | Family::Decimal => computed(
                "an overflow is an error in Postgres and a number in a sync stream",
                "store the result in its own column",
            ),
            _ => KIND,
        },
        Form::Concat => match family {
            Family::Uuid | Family::Text | Family::Integer | Family::Enum(_) => Cell::Allowed,
            _ => KIND,
        },
        Form::JsonText | Form::JsonIs => match family {
            Family::Json => Cell::Allowed,
            _ => KIND,
        },
        Form::Case => computed(
            "PowerSync's rules do not support it",
            "write it with `and` and `or`",
        ),
        Form::Call(function) => call(function, &family),
    }
}

const NEGATED: Cell = Cell::Refused {
    code: ACCESS_NEGATED,
    why: "a sync stream only finds rows by equality",
    instead: "state who may, not who may not",
};

const fn computed(why: &'static str, instead: &'static str) -> Cell {
    Cell::Refused {
        code: ACCESS_COMPUTED,
        why,
        instead,
    }
}

fn whole_of_claim(kind: &Kind) -> Cell {
    match kind.carrier() {
        Some(Scalar::Bigint) => Cell::Refused {
            code: ACCESS_EQUALITY,
            why: "numbers past 2^53 lose digits in a token",
            instead: "store the id as `int`, `uuid` or text",
        },
        _ => Cell::Allowed,
    }
}

fn equality(family: &Family) -> Cell {
    let (why, instead) = match family {
        Family::Uuid
        | Family::Text
        | Family::Bool
        | Family::Integer
        | Family::Enum(_)
        | Family::Date
        | Family::Time
        | Family::Timestamp
        | Family::Timestamptz => return Cell::Allowed,
        Family::Decimal => (
            "a sync stream compares decimals as text, in which `5.0` is not `5.00`",
            "compare a whole number, such as cents",
        ),
        Family::Float => (
            "NaN equals itself in Postgres only, and a 32-bit float is another number in a sync stream",
            "compare a whole number",
        ),
        Family::Interval => (
            "intervals of different text can be equal in Postgres",
            "compare a whole number, such as seconds",
        ),
        Family::Json => (
            "a sync stream compares json as text",
            "compare the text of a member: `x ->> 'member' = 'text'`",
        ),
        Family::Bytes => (
            "a sync stream does not compare bytes",
            "store what the rule needs as text",
        ),
        Family::List(_) => (
            "a sync stream compares lists as text",
            "test for an element: `'a' = any(x)`",
        ),
        Family::Opaque(_) => (
            "its values are not known",
            "store what the rule needs in its own column",
        ),
    };
    Cell::Refused {
        code: ACCESS_EQUALITY,
        why,
        instead,
    }
}

fn order(family: &Family) -> &'static str {
    match family {
        Family::Text => {
            "Postgres orders text by the database's collation, a sync stream by its UTF-16 units"
        }
        Family::Enum(_) => {
            "Postgres orders labels as they are declared, a sync stream by their letters"
        }
        Family::Decimal => {
            "a sync stream orders decimals as text, in which `5.00` is more than `10`"
        }
        Family::Float => {
            "NaN is above all numbers in Postgres only, and a 32-bit float is another number in a sync stream"
        }
        Family::Date | Family::Time | Family::Timestamp | Family::Timestamptz => {
            "Postgres also holds infinities and years past 9999, whose replicated text sorts elsewhere"
        }
        Family::Uuid | Family::Bool | Family::Integer => {
            "its order does not decide who may see a row"
        }
        Family::Interval | Family::Json | Family::Bytes | Family::List(_) | Family::Opaque(_) => {
            "a sync stream orders its text, Postgres its value"
        }
    }
}

fn contains(element: &Element) -> Cell {
    match Family::of(&element.to_kind()) {
        Family::Uuid | Family::Text | Family::Enum(_) => Cell::Allowed,
        Family::Integer if element.carrier() == Scalar::Bigint => Cell::Refused {
            code: ACCESS_EQUALITY,
            why: "numbers past 2^53 lose digits inside a list on their way into a sync stream",
            instead: "declare `list(int)` or `list(text)`",
        },
        Family::Integer => Cell::Allowed,
        Family::Bool | Family::Date | Family::Time | Family::Timestamp | Family::Timestamptz => {
            Cell::Refused {
                code: ACCESS_EQUALITY,
                why: "inside a list, only ids, text, labels and whole numbers have one form",
                instead: "declare `list(text)`",
            }
        }
        other => equality(&other),
    }
}

fn call(function: Function, family: &Family) -> Cell {
    let text = matches!(family, Family::Text);
    let stored = "store the result in its own column";
    match function {
        Function::Coalesce => match equality(family) {
            Cell::Allowed => Cell::Allowed,
            Cell::Refused { why, instead, .. } => computed(why, instead),
            unfit @ Cell::Unfit(_) => unfit,
        },
        Function::Nullif => match family {
            Family::Interval | Family::Json | Family::List(_) | Family::Opaque(_) => KIND,
            _ => computed("sync streams do not support it", "compare with `<>`"),
        },
        Function::Length if text => computed(
            "a sync stream counts UTF-16 units, Postgres characters",
            stored,
        ),
        Function::Substr if text => computed(
            "Postgres cuts text by characters, but a sync stream by UTF-16 units",
            stored,
        ),
        Function::Lower | Function::Upper if text => computed(
            "letters beyond ASCII change case by the database's locale in Postgres and without one in a sync stream",
            "store the text in the case that is compared, with a check",
        ),
        Function::Trim | Function::Replace | Function::Matches if text => {
            computed("sync streams do not support it", stored)
        }
        Function::Abs => match family {
            Family::Integer | Family::Float | Family::Decimal => {
                computed("sync streams do not support it", "compare with both bounds")
            }
            _ => KIND,
        },
        Function::ListLength => match family {
            Family::List(_) => computed(
                "a list with several dimensions has another length in Postgres",
                stored,
            ),
            _ => KIND,
        },
        Function::JsonKind => match family {
            Family::Json => computed("sync streams do not support it", stored),
            _ => KIND,
        },
        Function::Length
        | Function::Substr
        | Function::Lower
        | Function::Upper
        | Function::Trim
        | Function::Replace
        | Function::Matches
        | Function::Now
        | Function::Today
        | Function::Uuid => KIND,
    }
}

/// One column of the table for every kind: each scalar, an enum of either storage, a domain, lists, an opaque type.
#[must_use]
pub fn kinds() -> Vec<Kind> {
    let labels = |storage| Kind::Enum {
        name: "an_enum".into(),
        storage,
    };
    let mut kinds: Vec<_> = Scalar::EXAMPLES.map(Kind::Scalar).to_vec();
    kinds.push(labels(EnumStorage::Native));
    kinds.push(labels(EnumStorage::Check));
    kinds.extend(
        [Scalar::Text, Scalar::EXAMPLES[9]].map(|base| Kind::Domain {
            name: format!("a_domain_over_{}", base.word()).into(),
            base,
        }),
    );
    kinds.extend(
        Scalar::EXAMPLES
            .into_iter()
            .filter(|scalar| scalar.in_lists().is_ok())
            .map(|scalar| Kind::List(Element::Scalar(scalar))),
    );
    kinds.push(Kind::List(Element::Enum {
        name: "an_enum".into(),
        storage: EnumStorage::Native,
    }));
    kinds.push(Kind::Opaque("vector(3)".into()));
    kinds
}

/// The table as Markdown: a line for each form and each answer, with the kinds that get it.
#[must_use]
pub fn markdown() -> String {
    let mut out = String::from("| form | kinds | |\n| --- | --- | --- |\n");
    for form in Form::all() {
        let written = form.written().replace('|', "\\|");
        let mut answers: Vec<(Cell, Vec<String>)> = Vec::new();
        for kind in kinds() {
            let cell = cell(form, &kind);
            if matches!(cell, Cell::Unfit(_)) {
                continue;
            }
            let name = name(&kind);
            match answers.iter_mut().find(|(known, _)| *known == cell) {
                Some((_, names)) if names.contains(&name) => {}
                Some((_, names)) => names.push(name),
                None => answers.push((cell, vec![name])),
            }
        }
        for (cell, names) in answers {
            let says = match cell {
                Cell::Allowed => "**yes**".to_owned(),
                Cell::Refused { code, why, instead } => format!("{code}: {why}; {instead}"),
                Cell::Unfit(_) => continue,
            };
            let says = says.replace('|', "\\|");
            out.push_str(&format!(
                "| `{written}` | {} | {says} |\n",
                names.join(", ")
            ));
        }
    }
    out
}

fn name(kind: &Kind) -> String {
    match kind {
        Kind::Scalar(scalar) => scalar.word().to_owned(),
        Kind::Enum { .. } => "an enum".to_owned(),
        Kind::Domain { base, .. } => format!("a domain over {}", base.word()),
        Kind::List(Element::Scalar(scalar)) => format!("list({})", scalar.word()),
        Kind::List(_) => "list(an enum)".to_owned(),
        Kind::Opaque(_) => "opaque".to_owned(),
    }
}

#[cfg(test)]
mod tests;
