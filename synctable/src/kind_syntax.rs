//! How a kind is spelt in a declaration, before enums and domains are looked up.

use crate::kind::Scalar;
use std::fmt;
use std::ops::Range;

/// A kind as it is written.
///
/// A bare name that is no scalar may be an enum or a domain; only the declaration knows.
///
/// ```
/// use synctable::{ElementSyntax, KindSyntax, Scalar};
/// assert_eq!(KindSyntax::parse("list(text)"), Ok(KindSyntax::List(ElementSyntax::Scalar(Scalar::Text))));
/// assert_eq!(KindSyntax::parse("todo_status"), Ok(KindSyntax::Name("todo_status".into())));
/// assert_eq!(KindSyntax::parse("opaque('vector(3)')"), Ok(KindSyntax::Opaque("vector(3)".into())));
/// assert_eq!(
///     KindSyntax::parse("decimal(10)").unwrap_err().to_string(),
///     "`decimal` takes 2 arguments, not 1: write `decimal(precision,scale)`, such as `decimal(10,2)`",
/// );
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KindSyntax {
    /// A scalar, with its arguments checked.
    Scalar(Scalar),
    /// The name of an enum or a domain, still to be found.
    Name(String),
    /// `list(…)`.
    List(ElementSyntax),
    /// `opaque('…')`: the text of a Postgres type, unquoted.
    Opaque(String),
}

/// What stands inside `list(…)`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ElementSyntax {
    /// A scalar, with its arguments checked.
    Scalar(Scalar),
    /// The name of an enum or a domain, still to be found.
    Name(String),
}

/// Why a text is no kind, and which bytes of it are to blame.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KindError {
    /// The bytes of the parsed text that are wrong.
    pub at: Range<usize>,
    /// What is wrong with them.
    pub problem: KindProblem,
}

/// What can be wrong with the spelling of a kind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KindProblem {
    /// Nothing is written.
    Empty,
    /// Not a name: a letter or `_` first, then letters, digits and `_`.
    NotAName(String),
    /// A scalar in other letters than lower case.
    NotLowerCase(&'static str),
    /// A closing parenthesis is missing.
    Unclosed,
    /// Text after the kind is complete.
    Trailing(String),
    /// Arguments on a kind that takes none.
    TakesNoArguments(String),
    /// Another number of arguments than the kind takes.
    ArgumentCount {
        /// The scalar.
        word: &'static str,
        /// How many were written.
        found: usize,
    },
    /// An argument that is no plain number.
    NotANumber {
        /// What the argument means.
        what: &'static str,
        /// What is written.
        found: String,
    },
    /// An argument outside its limits.
    OutOfRange {
        /// What the argument means.
        what: &'static str,
        /// What is written.
        found: String,
        /// The smallest value.
        min: u32,
        /// The largest value.
        max: u32,
    },
    /// A list without an element.
    EmptyList,
    /// A list inside a list.
    NestedList,
    /// An opaque type inside a list.
    OpaqueInList,
    /// A scalar that lists cannot hold, and why.
    NotInLists {
        /// The scalar.
        scalar: Scalar,
        /// Why not, as a clause.
        reason: &'static str,
    },
    /// `opaque(…)` without a quoted, non-empty text.
    OpaqueText,
}

impl fmt::Display for KindProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            KindProblem::Empty => write!(f, "a kind is missing: write one of {}", Scalars),
            KindProblem::NotAName(found) => write!(
                f,
                "`{found}` is not a kind: write a word such as `text`, `decimal(10,2)`, `list(text)` or the name of an enum or domain"
            ),
            KindProblem::NotLowerCase(word) => {
                write!(f, "a kind is in lower case: write `{word}`")
            }
            KindProblem::Unclosed => f.write_str("a closing `)` is missing"),
            KindProblem::Trailing(found) => write!(f, "unexpected `{found}` after the end of the kind"),
            KindProblem::TakesNoArguments(word) => {
                write!(f, "`{word}` takes no arguments: write `{word}`")
            }
            KindProblem::ArgumentCount { word, found } => {
                let (count, form) = match *word {
                    "varchar" => ("1 argument", "`varchar(length)`, such as `varchar(80)`"),
                    _ => (
                        "2 arguments",
                        "`decimal(precision,scale)`, such as `decimal(10,2)`",
                    ),
                };
                write!(f, "`{word}` takes {count}, not {found}: write {form}")
            }
            KindProblem::NotANumber { what, found } => {
                write!(f, "the {what} must be a plain whole number, not `{found}`")
            }
            KindProblem::OutOfRange {
                what,
                found,
                min,
                max,
            } => write!(f, "the {what} must be {min} to {max}, not {found}"),
            KindProblem::EmptyList => {
                f.write_str("a list needs the kind of its elements: write `list(text)`")
            }
            KindProblem::NestedList => f.write_str(
                "a list cannot contain a list: use `json`, or a table whose rows are the inner lists",
            ),
            KindProblem::OpaqueInList => f.write_str(
                "a list cannot contain an opaque type: declare the array itself, such as `opaque('point[]')`",
            ),
            KindProblem::NotInLists { scalar, reason } => {
                write!(f, "a list cannot contain `{scalar}`: {reason}")
            }
            KindProblem::OpaqueText => f.write_str(
                "`opaque` takes a Postgres type in single quotes: write `opaque('vector(3)')`",
            ),
        }
    }
}

impl fmt::Display for KindError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.problem.fmt(f)
    }
}

impl std::error::Error for KindError {}

/// The scalars as a list in prose.
struct Scalars;

impl fmt::Display for Scalars {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, name) in Scalar::NAMES.iter().enumerate() {
            let gap = if index == 0 { "" } else { ", " };
            write!(f, "{gap}`{name}`")?;
        }
        Ok(())
    }
}

impl KindSyntax {
    /// Reads a kind as it is declared. Blanks are allowed around words, arguments and parentheses.
    ///
    /// # Errors
    /// The first thing that is wrong, with its place in `text`.
    pub fn parse(text: &str) -> Result<KindSyntax, KindError> {
        let part = Part::of(text);
        if part.text.is_empty() {
            return part.error(KindProblem::Empty);
        }
        let (word, arguments) = part.split_call()?;
        match (word.text, arguments) {
            ("list", Some(inner)) => element(inner).map(KindSyntax::List),
            ("list", None) => word.error(KindProblem::EmptyList),
            ("opaque", Some(inner)) => opaque(inner).map(KindSyntax::Opaque),
            ("opaque", None) => word.error(KindProblem::OpaqueText),
            (_, arguments) => match scalar(word, arguments)? {
                Some(scalar) => Ok(KindSyntax::Scalar(scalar)),
                None => Ok(KindSyntax::Name(word.text.to_owned())),
            },
        }
    }
}

impl Scalar {
    /// Reads a scalar as it is declared.
    ///
    /// # Errors
    /// As [`KindSyntax::parse`]; a list, an opaque type or a name that is no scalar is
    /// [`KindProblem::NotAName`].
    ///
    /// ```
    /// use synctable::Scalar;
    /// assert_eq!(Scalar::parse("varchar(80)"), Ok(Scalar::Varchar(80)));
    /// assert!(Scalar::parse("todo_status").is_err());
    /// ```
    pub fn parse(text: &str) -> Result<Scalar, KindError> {
        match KindSyntax::parse(text)? {
            KindSyntax::Scalar(scalar) => Ok(scalar),
            KindSyntax::Name(_) | KindSyntax::List(_) | KindSyntax::Opaque(_) => {
                let part = Part::of(text);
                part.error(KindProblem::NotAName(part.text.to_owned()))
            }
        }
    }

    /// The kind that people mean by a type name of another language or database, as declared text.
    ///
    /// For the way out of an unknown name; it is never accepted in a declaration.
    ///
    /// ```
    /// use synctable::Scalar;
    /// assert_eq!(Scalar::for_foreign_name("VARCHAR2"), None);
    /// assert_eq!(Scalar::for_foreign_name("Boolean"), Some("bool"));
    /// ```
    pub fn for_foreign_name(name: &str) -> Option<&'static str> {
        Some(match name.to_ascii_lowercase().as_str() {
            "string" | "str" | "citext" | "clob" | "char" | "bpchar" => "text",
            "boolean" => "bool",
            "int2" | "i16" | "short" | "smallserial" => "smallint",
            "integer" | "int4" | "i32" | "serial" => "int",
            "int8" | "i64" | "long" | "bigserial" => "bigint",
            "float4" | "f32" => "real",
            "float" | "float8" | "f64" | "number" => "double",
            "numeric" | "money" => "decimal(10,2)",
            "datetime" | "timestamp_tz" | "instant" => "timestamptz",
            "timetz" => "time",
            "duration" => "interval",
            "jsonb" | "object" => "json",
            "bytea" | "blob" | "binary" => "bytes",
            "guid" => "uuid",
            "array" => "list(text)",
            _ => return None,
        })
    }
}

/// A piece of the parsed text, without blanks around it, that knows where it stands.
#[derive(Clone, Copy)]
struct Part<'a> {
    text: &'a str,
    start: usize,
}

impl<'a> Part<'a> {
    fn of(text: &'a str) -> Self {
        Part { text, start: 0 }.slice(0..text.len())
    }

    /// A piece of this piece, trimmed.
    fn slice(self, range: Range<usize>) -> Self {
        let inner = &self.text[range.clone()];
        let kept = inner.trim_start();
        Part {
            text: kept.trim_end(),
            start: self.start + range.start + (inner.len() - kept.len()),
        }
    }

    fn error<T>(self, problem: KindProblem) -> Result<T, KindError> {
        Err(KindError {
            at: self.start..self.start + self.text.len(),
            problem,
        })
    }

    /// Splits `word(arguments)` at its first `(` and last `)`.
    fn split_call(self) -> Result<(Part<'a>, Option<Part<'a>>), KindError> {
        let Some(open) = self.text.find('(') else {
            return Ok((self.check_name()?, None));
        };
        let word = self.slice(0..open).check_name()?;
        let Some(close) = self.text.rfind(')').filter(|close| *close > open) else {
            return self
                .slice(open..self.text.len())
                .error(KindProblem::Unclosed);
        };
        let rest = self.slice(close + 1..self.text.len());
        if !rest.text.is_empty() {
            return rest.error(KindProblem::Trailing(rest.text.to_owned()));
        }
        Ok((word, Some(self.slice(open + 1..close))))
    }

    fn check_name(self) -> Result<Self, KindError> {
        let mut bytes = self.text.bytes();
        let first = bytes.next();
        let sound = first.is_some_and(|b| b.is_ascii_alphabetic() || b == b'_')
            && bytes.all(|b| b.is_ascii_alphanumeric() || b == b'_');
        if sound {
            Ok(self)
        } else {
            self.error(KindProblem::NotAName(self.text.to_owned()))
        }
    }

    /// The pieces between commas; none when there is nothing.
    fn arguments(self) -> Vec<Part<'a>> {
        if self.text.is_empty() {
            return Vec::new();
        }
        let mut from = 0;
        let mut parts = Vec::new();
        for (comma, _) in self.text.match_indices(',') {
            parts.push(self.slice(from..comma));
            from = comma + 1;
        }
        parts.push(self.slice(from..self.text.len()));
        parts
    }

    /// A plain number within limits.
    fn number(self, what: &'static str, min: u32, max: u32) -> Result<u32, KindError> {
        let plain = !self.text.is_empty() && self.text.bytes().all(|b| b.is_ascii_digit());
        if !plain {
            let found = self.text.to_owned();
            return self.error(KindProblem::NotANumber { what, found });
        }
        match self.text.parse::<u32>() {
            Ok(value) if (min..=max).contains(&value) => Ok(value),
            Ok(_) | Err(_) => self.error(KindProblem::OutOfRange {
                what,
                found: self.text.to_owned(),
                min,
                max,
            }),
        }
    }
}

fn scalar(word: Part<'_>, arguments: Option<Part<'_>>) -> Result<Option<Scalar>, KindError> {
    let known = |scalar: &Scalar| scalar.word().eq_ignore_ascii_case(word.text);
    let Some(scalar) = Scalar::EXAMPLES.into_iter().find(known) else {
        return match arguments {
            Some(_) => word.error(KindProblem::TakesNoArguments(word.text.to_owned())),
            None => Ok(None),
        };
    };
    if scalar.word() != word.text {
        return word.error(KindProblem::NotLowerCase(scalar.word()));
    }
    let given = arguments.map(Part::arguments).unwrap_or_default();
    let place = arguments
        .filter(|part| !part.text.is_empty())
        .unwrap_or(word);
    let count = |found| KindProblem::ArgumentCount {
        word: scalar.word(),
        found,
    };
    Ok(Some(match scalar {
        Scalar::Varchar(_) => match given.as_slice() {
            [length] => Scalar::Varchar(length.number("length", 1, Scalar::VARCHAR_MAX)?),
            other => return place.error(count(other.len())),
        },
        Scalar::Decimal { .. } => match given.as_slice() {
            [precision, scale] => {
                let digits = precision.number("precision", 1, Scalar::PRECISION_MAX.into())?;
                let fraction = scale.number("scale", 0, digits)?;
                Scalar::Decimal {
                    precision: u16::try_from(digits).expect("at most 1000"),
                    scale: u16::try_from(fraction).expect("at most the precision"),
                }
            }
            other => return place.error(count(other.len())),
        },
        Scalar::Uuid
        | Scalar::Text
        | Scalar::Bool
        | Scalar::Smallint
        | Scalar::Int
        | Scalar::Bigint
        | Scalar::Real
        | Scalar::Double
        | Scalar::Date
        | Scalar::Time
        | Scalar::Timestamp
        | Scalar::Timestamptz
        | Scalar::Interval
        | Scalar::Json
        | Scalar::Bytes => match arguments {
            Some(_) => return place.error(KindProblem::TakesNoArguments(scalar.word().to_owned())),
            None => scalar,
        },
    }))
}

fn element(inner: Part<'_>) -> Result<ElementSyntax, KindError> {
    if inner.text.is_empty() {
        return inner.error(KindProblem::EmptyList);
    }
    let (word, arguments) = inner.split_call()?;
    match word.text {
        "list" => inner.error(KindProblem::NestedList),
        "opaque" => inner.error(KindProblem::OpaqueInList),
        _ => match scalar(word, arguments)? {
            None => Ok(ElementSyntax::Name(word.text.to_owned())),
            Some(scalar) => match scalar.in_lists() {
                Ok(()) => Ok(ElementSyntax::Scalar(scalar)),
                Err(reason) => inner.error(KindProblem::NotInLists { scalar, reason }),
            },
        },
    }
}

fn opaque(inner: Part<'_>) -> Result<String, KindError> {
    let quoted = inner
        .text
        .strip_prefix('\'')
        .and_then(|rest| rest.strip_suffix('\''));
    match quoted.map(|text| text.split("''").collect::<Vec<_>>()) {
        Some(pieces) if pieces.iter().all(|piece| !piece.contains('\'')) => {
            let text = pieces.join("'");
            if text.trim().is_empty() {
                return inner.error(KindProblem::OpaqueText);
            }
            Ok(text)
        }
        Some(_) | None => inner.error(KindProblem::OpaqueText),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problem(text: &str) -> KindProblem {
        KindSyntax::parse(text).unwrap_err().problem
    }

    #[test]
    fn what_a_scalar_prints_is_what_it_is_read_from() {
        for scalar in Scalar::EXAMPLES {
            assert_eq!(Scalar::parse(&scalar.to_string()), Ok(scalar));
        }
    }

    #[test]
    fn blanks_do_not_matter() {
        let money = Scalar::Decimal {
            precision: 10,
            scale: 2,
        };
        assert_eq!(Scalar::parse(" decimal ( 10 , 2 ) "), Ok(money));
        assert_eq!(
            KindSyntax::parse("list( decimal(10, 2) )"),
            Ok(KindSyntax::List(ElementSyntax::Scalar(money)))
        );
    }

    #[test]
    fn limits_are_those_of_postgres() {
        assert!(Scalar::parse("varchar(10485760)").is_ok());
        for text in [
            "varchar(0)",
            "varchar(10485761)",
            "varchar(99999999999)",
            "decimal(0,0)",
            "decimal(1001,0)",
            "decimal(2,3)",
        ] {
            assert!(
                matches!(problem(text), KindProblem::OutOfRange { .. }),
                "{text}"
            );
        }
        assert!(Scalar::parse("decimal(1000,1000)").is_ok());
        assert!(matches!(
            problem("decimal(10,-2)"),
            KindProblem::NotANumber { .. }
        ));
    }

    #[test]
    fn errors_say_where() {
        let error = KindSyntax::parse(" list(decimal(10,x))").unwrap_err();
        assert_eq!(&" list(decimal(10,x))"[error.at], "x");
        let error = KindSyntax::parse("text(3)").unwrap_err();
        assert_eq!((&"text(3)"[error.at.clone()]), "3");
        assert_eq!(
            error.problem,
            KindProblem::TakesNoArguments("text".to_owned())
        );
    }

    #[test]
    fn every_mistake_has_its_own_problem() {
        assert_eq!(problem("  "), KindProblem::Empty);
        assert_eq!(problem("Text"), KindProblem::NotLowerCase("text"));
        assert_eq!(problem("list"), KindProblem::EmptyList);
        assert_eq!(problem("list()"), KindProblem::EmptyList);
        assert_eq!(problem("list(list(int))"), KindProblem::NestedList);
        assert_eq!(problem("list(opaque('x'))"), KindProblem::OpaqueInList);
        assert_eq!(problem("list(int"), KindProblem::Unclosed);
        assert_eq!(problem("opaque(x)"), KindProblem::OpaqueText);
        assert_eq!(problem("opaque('')"), KindProblem::OpaqueText);
        assert_eq!(problem("opaque('a'b')"), KindProblem::OpaqueText);
        assert_eq!(problem("int[]"), KindProblem::NotAName("int[]".to_owned()));
        assert_eq!(problem("int(4) x"), KindProblem::Trailing("x".to_owned()));
        assert!(matches!(
            problem("list(bytes)"),
            KindProblem::NotInLists { .. }
        ));
        assert!(matches!(
            problem("varchar"),
            KindProblem::ArgumentCount { found: 0, .. }
        ));
        assert_eq!(
            problem("todo_status(3)"),
            KindProblem::TakesNoArguments("todo_status".to_owned())
        );
    }

    #[test]
    fn an_opaque_type_keeps_its_quotes() {
        assert_eq!(
            KindSyntax::parse("opaque('x(''a'')')"),
            Ok(KindSyntax::Opaque("x('a')".to_owned()))
        );
    }

    #[test]
    fn foreign_names_lead_to_kinds_that_parse() {
        for name in ["String", "integer", "jsonb", "bytea", "numeric", "array"] {
            let kind = Scalar::for_foreign_name(name).expect(name);
            assert!(KindSyntax::parse(kind).is_ok());
            assert!(!Scalar::NAMES.contains(&name));
        }
    }
}
