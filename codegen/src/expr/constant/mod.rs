//! Constants: whether one fits a kind, and its one canonical form.
//!
//! What a person writes beside a column (`'2026-1-31'`, an upper-case uuid, a label) becomes what every engine
//! stores; what no engine could store is a mistake here, not in a database.

mod interval;
mod moment;

use super::Known;
use crate::diagnostic::{Code, EXPR_CONSTANT, EXPR_KIND, EXPR_LABEL, nearest};
use crate::model::Literal;
use synctable::{Kind, Scalar};

/// Why a constant does not fit a kind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Misfit {
    /// The code.
    pub code: Code,
    /// What is wrong.
    pub message: String,
    /// A way out.
    pub help: Option<String>,
}

impl Misfit {
    fn new(code: Code, message: String, help: impl Into<Option<String>>) -> Self {
        Self {
            code,
            message,
            help: help.into(),
        }
    }
}

/// The constant in the canonical form of the kind. NULL fits every kind; whether it may stand is not asked here.
///
/// # Errors
/// Why it does not fit: another family of kinds, an unknown label, a value out of range or not of the kind's form.
///
/// ```
/// use synctable::{Kind, Scalar};
/// use synctable_codegen::expr::{Known, constant};
/// use synctable_codegen::model::Literal;
///
/// let instant = Kind::Scalar(Scalar::Timestamptz);
/// let written = Literal::Text("2026-01-31 15:47:00+02".to_owned());
/// let canonical = Literal::Text("2026-01-31T13:47:00.000000Z".to_owned());
/// assert_eq!(constant::fit(&written, &instant, &Known::default()), Ok(canonical));
/// ```
pub fn fit(literal: &Literal, kind: &Kind, known: &Known) -> Result<Literal, Misfit> {
    match (kind, literal) {
        (_, Literal::Null) => Ok(Literal::Null),
        (Kind::Scalar(scalar) | Kind::Domain { base: scalar, .. }, _) => {
            scalar_fit(literal, *scalar)
        }
        (Kind::Enum { name, .. }, Literal::Text(text)) => label(text, name, known),
        (Kind::List(element), Literal::List(items)) => items
            .iter()
            .map(|item| match item {
                Literal::Null => Err(Misfit::new(
                    EXPR_CONSTANT,
                    "a list cannot contain null".to_owned(),
                    None,
                )),
                _ => fit(item, &element.to_kind(), known),
            })
            .collect::<Result<_, _>>()
            .map(Literal::List),
        (Kind::Opaque(_), Literal::Text(_)) => Ok(literal.clone()),
        (Kind::Enum { .. } | Kind::List(_) | Kind::Opaque(_), _) => Err(mismatch(literal, kind)),
    }
}

fn label(text: &str, name: &str, known: &Known) -> Result<Literal, Misfit> {
    let Some(labels) = known.enums.get(name) else {
        return Ok(Literal::Text(text.to_owned()));
    };
    if labels.iter().any(|label| label == text) {
        return Ok(Literal::Text(text.to_owned()));
    }
    let help = match nearest(text, labels.iter().map(String::as_str)) {
        Some(label) => format!("did you mean `'{label}'`?"),
        None => format!("its labels are {}", list(labels)),
    };
    let message = format!("`{name}` has no label `{text}`");
    Err(Misfit::new(EXPR_LABEL, message, help))
}

fn list(labels: &[String]) -> String {
    const MOST: usize = 8;
    let mut shown: Vec<_> = labels
        .iter()
        .take(MOST)
        .map(|label| format!("`{label}`"))
        .collect();
    if labels.len() > MOST {
        shown.push(format!("{} more", labels.len() - MOST));
    }
    shown.join(", ")
}

fn scalar_fit(literal: &Literal, scalar: Scalar) -> Result<Literal, Misfit> {
    let kind = Kind::Scalar(scalar);
    let other = || mismatch(literal, &kind);
    let malformed = |form: &str| {
        Misfit::new(
            EXPR_CONSTANT,
            format!("{} is not a valid `{}`", show(literal), scalar.word()),
            form.to_owned(),
        )
    };
    let text = match literal {
        Literal::Text(text) => Some(text.as_str()),
        _ => None,
    };
    match scalar {
        Scalar::Uuid => uuid(text.ok_or_else(other)?)
            .ok_or_else(|| malformed("write it as `'0192f0c1-7a3b-7cde-8f01-23456789abcd'`")),
        Scalar::Text => text
            .map(|text| Literal::Text(text.to_owned()))
            .ok_or_else(other),
        Scalar::Varchar(most) => {
            let text = text.ok_or_else(other)?;
            let length = text.chars().count();
            if length > most as usize {
                return Err(Misfit::new(
                    EXPR_CONSTANT,
                    format!(
                        "{} has {length} characters, `{scalar}` holds {most}",
                        show(literal)
                    ),
                    None,
                ));
            }
            Ok(literal.clone())
        }
        Scalar::Bool => match literal {
            Literal::Bool(_) => Ok(literal.clone()),
            _ => Err(other()),
        },
        Scalar::Smallint | Scalar::Int | Scalar::Bigint => {
            integer(literal, scalar).unwrap_or_else(|| Err(other()))
        }
        Scalar::Real | Scalar::Double => float(literal, scalar).unwrap_or_else(|| Err(other())),
        Scalar::Decimal { precision, scale } => {
            decimal(literal, precision, scale).unwrap_or_else(|| Err(other()))
        }
        Scalar::Date => moment::date(text.ok_or_else(other)?)
            .map(Literal::Text)
            .ok_or_else(|| malformed("write a day that exists as `'2026-01-31'`")),
        Scalar::Time => moment::time(text.ok_or_else(other)?)
            .map(Literal::Text)
            .ok_or_else(|| malformed("write it as `'15:47:00'`")),
        Scalar::Timestamp => moment::timestamp(text.ok_or_else(other)?)
            .map(Literal::Text)
            .ok_or_else(|| malformed("write it without a zone, as `'2026-01-31T15:47:00'`")),
        Scalar::Timestamptz => moment::timestamptz(text.ok_or_else(other)?)
            .map(Literal::Text)
            .ok_or_else(|| malformed("write it with its zone, as `'2026-01-31T15:47:00Z'`")),
        Scalar::Interval => interval::canonical(text.ok_or_else(other)?)
            .map(Literal::Text)
            .ok_or_else(|| malformed("write it as `'1 day 02:30:00'`")),
        Scalar::Json => match literal {
            Literal::Json(text) | Literal::Text(text) => json(text)
                .map(Literal::Json)
                .ok_or_else(|| malformed("write JSON text, as `'{\"color\": \"red\"}'`")),
            _ => Err(other()),
        },
        Scalar::Bytes => hexadecimal(text.ok_or_else(other)?)
            .map(Literal::Text)
            .ok_or_else(|| malformed("write two hexadecimal digits a byte, as `'00ff10'`")),
    }
}

fn uuid(text: &str) -> Option<Literal> {
    let bytes = text.as_bytes();
    let fits = bytes.len() == 36
        && bytes.iter().enumerate().all(|(index, byte)| match index {
            8 | 13 | 18 | 23 => *byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        });
    fits.then(|| Literal::Text(text.to_ascii_lowercase()))
}

fn integer(literal: &Literal, scalar: Scalar) -> Option<Result<Literal, Misfit>> {
    let (least, most) = scalar.integer_range()?;
    match literal {
        Literal::Int(number) if (least..=most).contains(number) => Some(Ok(literal.clone())),
        Literal::Int(number) => Some(Err(Misfit::new(
            EXPR_CONSTANT,
            format!("`{number}` is out of the range of `{scalar}`"),
            format!("`{scalar}` holds {least} to {most}"),
        ))),
        Literal::Decimal(number) if number.contains('.') => Some(Err(Misfit::new(
            EXPR_CONSTANT,
            format!("`{number}` is not a whole number, as `{scalar}` requires"),
            None,
        ))),
        Literal::Decimal(number) => Some(Err(Misfit::new(
            EXPR_CONSTANT,
            format!("`{number}` is out of the range of `{scalar}`"),
            format!("`{scalar}` holds {least} to {most}"),
        ))),
        _ => None,
    }
}

fn float(literal: &Literal, scalar: Scalar) -> Option<Result<Literal, Misfit>> {
    let number = match literal {
        Literal::Int(number) => number.to_string(),
        Literal::Decimal(number) => number.clone(),
        _ => return None,
    };
    let refused = |why: &str, help: &str| {
        let message = format!("`{number}` {why} `{scalar}`");
        Some(Err(Misfit::new(EXPR_CONSTANT, message, help.to_owned())))
    };
    let Some(double) = number.parse::<f64>().ok().filter(|n| n.is_finite()) else {
        return refused("is out of the range of", "it holds about 15 digits");
    };
    if scalar == Scalar::Real {
        let single = number.parse::<f32>().ok().filter(|n| n.is_finite());
        let Some(single) = single else {
            return refused("is out of the range of", "it holds about 6 digits");
        };
        // The shortest text of a 32-bit float is the number that every other engine holds for it.
        if single.to_string().parse::<f64>() != Ok(double) {
            return refused(
                "has more digits than",
                "it holds about 6; `double` holds 15",
            );
        }
    }
    Some(Ok(literal.clone()))
}

fn decimal(literal: &Literal, precision: u16, scale: u16) -> Option<Result<Literal, Misfit>> {
    let canonical = match literal {
        Literal::Int(_) => literal.clone(),
        Literal::Decimal(text) | Literal::Text(text) => number(text)?,
        _ => return None,
    };
    let (whole, fraction) = match &canonical {
        Literal::Int(number) => (number.unsigned_abs().to_string(), String::new()),
        Literal::Decimal(text) => {
            let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
            (
                whole.trim_start_matches('-').to_owned(),
                fraction.to_owned(),
            )
        }
        _ => unreachable!("`number` gives numbers"),
    };
    let whole = whole.trim_start_matches('0').len();
    let fraction = fraction.trim_end_matches('0').len();
    let kind = format!("decimal({precision},{scale})");
    if whole > usize::from(precision - scale) {
        return Some(Err(Misfit::new(
            EXPR_CONSTANT,
            format!("{} is out of the range of `{kind}`", show(literal)),
            format!("it holds {} digits before the point", precision - scale),
        )));
    }
    if fraction > usize::from(scale) {
        return Some(Err(Misfit::new(
            EXPR_CONSTANT,
            format!(
                "{} has more digits after the point than `{kind}`",
                show(literal)
            ),
            format!("it holds {scale} digits after the point"),
        )));
    }
    Some(Ok(canonical))
}

/// A plain number, in canonical form: no sign but `-`, no needless zeros, at least one digit on both sides of a point.
///
/// ```
/// use synctable_codegen::{expr::constant::number, model::Literal};
/// assert_eq!(number("007"), Some(Literal::Int(7)));
/// assert_eq!(number(".50"), Some(Literal::Decimal("0.5".to_owned())));
/// assert_eq!(number("1e3"), None);
/// ```
#[must_use]
pub fn number(text: &str) -> Option<Literal> {
    let (negative, digits) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    let (whole, fraction) = match digits.split_once('.') {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (digits, None),
    };
    let plain = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    if !plain(whole) || !fraction.is_none_or(plain) || digits.is_empty() || digits == "." {
        return None;
    }
    let whole = match whole.trim_start_matches('0') {
        "" => "0",
        rest => rest,
    };
    let sign = if negative { "-" } else { "" };
    match fraction {
        None => match format!("{sign}{whole}").parse() {
            Ok(number) => Some(Literal::Int(number)),
            Err(_) => Some(Literal::Decimal(format!("{sign}{whole}"))),
        },
        Some(fraction) => {
            let fraction = match fraction.trim_end_matches('0') {
                "" => "0",
                rest => rest,
            };
            let zero = whole == "0" && fraction == "0";
            let sign = if zero { "" } else { sign };
            Some(Literal::Decimal(format!("{sign}{whole}.{fraction}")))
        }
    }
}

/// Canonical JSON text: members sorted, no blanks; `None` for text that is no JSON that every engine holds.
#[must_use]
pub fn json(text: &str) -> Option<String> {
    fn sorted(value: serde_json::Value) -> Option<serde_json::Value> {
        use serde_json::Value;
        Some(match value {
            Value::Object(members) => {
                let mut members: Vec<_> = members.into_iter().collect();
                members.sort_by(|a, b| a.0.cmp(&b.0));
                let mut object = serde_json::Map::new();
                for (name, value) in members {
                    if name.contains('\0') {
                        return None;
                    }
                    object.insert(name, sorted(value)?);
                }
                Value::Object(object)
            }
            Value::Array(items) => {
                Value::Array(items.into_iter().map(sorted).collect::<Option<_>>()?)
            }
            Value::String(text) if text.contains('\0') => return None,
            Value::String(_) | Value::Null | Value::Bool(_) | Value::Number(_) => value,
        })
    }
    let value = sorted(serde_json::from_str(text).ok()?)?;
    Some(value.to_string())
}

fn hexadecimal(text: &str) -> Option<String> {
    let fits = text.len().is_multiple_of(2) && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    fits.then(|| text.to_ascii_lowercase())
}

fn mismatch(literal: &Literal, kind: &Kind) -> Misfit {
    let carrier = match kind {
        Kind::Scalar(scalar) | Kind::Domain { base: scalar, .. } => Some(*scalar),
        Kind::Enum { .. } | Kind::List(_) | Kind::Opaque(_) => None,
    };
    let help = match (literal, carrier) {
        (Literal::Text(text), Some(scalar))
            if number(text).is_some()
                && (scalar.is_integer() || matches!(scalar, Scalar::Real | Scalar::Double)) =>
        {
            Some(format!("write the number without quotes: `{text}`"))
        }
        (Literal::Text(text), Some(Scalar::Bool)) if matches!(&**text, "true" | "false") => {
            Some(format!("write it without quotes: `{text}`"))
        }
        (Literal::Int(0 | 1), Some(Scalar::Bool)) => Some("write `true` or `false`".to_owned()),
        (Literal::Int(_) | Literal::Decimal(_), Some(scalar)) if scalar.is_text() => {
            Some(format!("write it in quotes: `'{}'`", bare(literal)))
        }
        (_, None) => match kind {
            Kind::Enum { .. } => Some("write one of its labels in quotes".to_owned()),
            Kind::Scalar(_) | Kind::Domain { .. } | Kind::List(_) | Kind::Opaque(_) => None,
        },
        _ => None,
    };
    Misfit::new(
        EXPR_KIND,
        format!("{} is not a value of `{kind}`", show(literal)),
        help,
    )
}

fn bare(literal: &Literal) -> String {
    match literal {
        Literal::Null => "null".to_owned(),
        Literal::Bool(value) => value.to_string(),
        Literal::Int(number) => number.to_string(),
        Literal::Decimal(text) | Literal::Text(text) | Literal::Json(text) => text.clone(),
        Literal::List(_) => "a list".to_owned(),
    }
}

/// The constant as messages show it.
pub(super) fn show(literal: &Literal) -> String {
    const LONGEST: usize = 40;
    let text = bare(literal);
    let short = match text.char_indices().nth(LONGEST) {
        Some((cut, _)) => format!("{}…", &text[..cut]),
        None => text,
    };
    match literal {
        Literal::Text(_) | Literal::Json(_) => format!("`'{short}'`"),
        Literal::Null | Literal::Bool(_) | Literal::Int(_) | Literal::Decimal(_) => {
            format!("`{short}`")
        }
        Literal::List(_) => short,
    }
}
