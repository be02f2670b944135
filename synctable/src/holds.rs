//! Which Rust types can stand for a column's values, and how they become SQLite's and come back.

use crate::value::{Value, ValueError};
use std::borrow::Cow;

/// A Rust type that can hold a column whose values are `V`.
///
/// Every value type holds itself. A newtype of your own joins in with two lines:
///
/// ```
/// use synctable::{Holds, Value, ValueError};
/// #[derive(Debug, PartialEq)]
/// struct Title(String);
/// impl Holds<String> for Title {
///     fn to_value(&self) -> Value<'_> {
///         self.0.to_value()
///     }
///     fn from_value(value: Value<'_>) -> Result<Self, ValueError> {
///         String::from_value(value).map(Title)
///     }
/// }
/// let title = <Option<Title> as Holds<Option<String>>>::from_value(Value::Text("milk".into()));
/// assert_eq!(title, Ok(Some(Title("milk".to_owned()))));
/// ```
#[diagnostic::on_unimplemented(
    message = "a field of type `{Self}` cannot hold this column, whose values are `{V}`",
    label = "the column holds `{V}`",
    note = "make the field `{V}`, or implement `synctable::Holds<{V}>` for a type of your own"
)]
pub trait Holds<V>: Sized {
    /// Whether its text is a JSON document, which stands in a list as it is and not as a string.
    const IS_JSON: bool = false;

    /// The value as SQLite stores it and uploads carry it: canonical, always the same.
    fn to_value(&self) -> Value<'_>;

    /// The value back.
    ///
    /// # Errors
    /// NULL, another form, a number out of range, a text that is not canonical.
    fn from_value(value: Value<'_>) -> Result<Self, ValueError>;
}

impl<V, F: Holds<V>> Holds<Option<V>> for Option<F> {
    const IS_JSON: bool = F::IS_JSON;

    fn to_value(&self) -> Value<'_> {
        match self {
            Some(value) => value.to_value(),
            None => Value::Null,
        }
    }

    fn from_value(value: Value<'_>) -> Result<Self, ValueError> {
        match value {
            Value::Null => Ok(None),
            value => F::from_value(value).map(Some),
        }
    }
}

impl Holds<String> for String {
    fn to_value(&self) -> Value<'_> {
        Value::Text(self.as_str().into())
    }

    fn from_value(value: Value<'_>) -> Result<Self, ValueError> {
        match value {
            Value::Text(text) => Ok(text.into_owned()),
            other => Err(ValueError::form("text", &other)),
        }
    }
}

/// Borrowed where it is written from, owned where it was read.
impl Holds<String> for Cow<'_, str> {
    fn to_value(&self) -> Value<'_> {
        Value::Text(Cow::Borrowed(self))
    }

    fn from_value(value: Value<'_>) -> Result<Self, ValueError> {
        String::from_value(value).map(Cow::Owned)
    }
}

impl Holds<bool> for bool {
    fn to_value(&self) -> Value<'_> {
        Value::Integer((*self).into())
    }

    fn from_value(value: Value<'_>) -> Result<Self, ValueError> {
        match whole(value, "0 or 1")? {
            0 => Ok(false),
            1 => Ok(true),
            _ => Err(ValueError::Range { kind: "bool" }),
        }
    }
}

/// The whole number that a value is.
///
/// `7.0` is one: JavaScript queues its numbers so. `"7"` is one, and exact: what JavaScript has bound as text is queued so, and
/// Swift has every value as text.
fn whole(value: Value<'_>, expected: &'static str) -> Result<i64, ValueError> {
    match value {
        Value::Integer(number) => Ok(number),
        Value::Real(number) if number.fract() == 0.0 && number.abs() < 9_007_199_254_740_992.0 => {
            Ok(number as i64)
        }
        Value::Text(ref text) => match whole_text(text) {
            Some(digits) => digits
                .parse()
                .map_err(|_| ValueError::Range { kind: "bigint" }),
            None => Err(ValueError::form(expected, &value)),
        },
        other => Err(ValueError::form(expected, &other)),
    }
}

/// The digits and sign of a whole number in text: of `-7` and of `-7.0`.
fn whole_text(text: &str) -> Option<&str> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
    let digits = whole.strip_prefix('-').unwrap_or(whole);
    let is_whole = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    let has_none = !fraction.is_empty() && fraction.bytes().all(|byte| byte == b'0');
    (is_whole && has_none).then_some(whole)
}

macro_rules! integers {
    ($($type:ty = $kind:literal),*) => {$(
        impl Holds<$type> for $type {
            fn to_value(&self) -> Value<'_> {
                Value::Integer((*self).into())
            }

            fn from_value(value: Value<'_>) -> Result<Self, ValueError> {
                <$type>::try_from(whole(value, "a whole number")?)
                    .map_err(|_| ValueError::Range { kind: $kind })
            }
        }
    )*};
}

integers!(i16 = "smallint", i32 = "int", i64 = "bigint");

impl Holds<f64> for f64 {
    fn to_value(&self) -> Value<'_> {
        Value::Real(*self)
    }

    fn from_value(value: Value<'_>) -> Result<Self, ValueError> {
        number(value).and_then(|number| finite(number, "double"))
    }
}

impl Holds<f32> for f32 {
    /// The 64-bit float nearest to the shortest decimal that names this one, as Postgres sends it.
    fn to_value(&self) -> Value<'_> {
        Value::Real(
            self.to_string()
                .parse()
                .unwrap_or_else(|_| f64::from(*self)),
        )
    }

    fn from_value(value: Value<'_>) -> Result<Self, ValueError> {
        let wide = number(value).and_then(|number| finite(number, "real"))?;
        let narrow = wide as f32;
        if narrow.is_finite() {
            Ok(narrow)
        } else {
            Err(ValueError::Range { kind: "real" })
        }
    }
}

fn number(value: Value<'_>) -> Result<f64, ValueError> {
    match value {
        Value::Real(number) => Ok(number),
        Value::Integer(number) => Ok(number as f64),
        Value::Text(ref text) => {
            number_text(text).ok_or_else(|| ValueError::form("a number", &value))
        }
        other => Err(ValueError::form("a number", &other)),
    }
}

/// The number of a text that is one in JSON.
fn number_text(text: &str) -> Option<f64> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let starts = digits.starts_with(|first: char| first.is_ascii_digit());
    let is_number = |byte: u8| byte.is_ascii_digit() || b".eE+-".contains(&byte);
    match starts && digits.bytes().all(is_number) {
        true => text.parse().ok(),
        false => None,
    }
}

fn finite(number: f64, kind: &'static str) -> Result<f64, ValueError> {
    if number.is_finite() {
        Ok(number)
    } else {
        Err(ValueError::Range { kind })
    }
}

/// Bytes are lower-case hexadecimal text.
impl Holds<Vec<u8>> for Vec<u8> {
    fn to_value(&self) -> Value<'_> {
        let digits = |byte: &u8| [byte >> 4, byte & 15];
        let text: String = self
            .iter()
            .flat_map(digits)
            .map(|digit| char::from_digit(digit.into(), 16).expect("a nibble is a digit"))
            .collect();
        Value::Text(text.into())
    }

    fn from_value(value: Value<'_>) -> Result<Self, ValueError> {
        let text = String::from_value(value)?;
        let malformed = |reason: &str| ValueError::Malformed {
            kind: "bytes",
            reason: reason.to_owned(),
        };
        if text.len() % 2 == 1 {
            return Err(malformed("an odd number of digits"));
        }
        let digit = |byte: u8| match byte {
            b'0'..=b'9' => Ok(byte - b'0'),
            b'a'..=b'f' => Ok(byte - b'a' + 10),
            _ => Err(malformed(
                "a character that is not a lower-case hexadecimal digit",
            )),
        };
        text.as_bytes()
            .chunks_exact(2)
            .map(|pair| Ok(digit(pair[0])? << 4 | digit(pair[1])?))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn round<V: Holds<V> + PartialEq + std::fmt::Debug>(value: V) {
        assert_eq!(V::from_value(value.to_value().into_owned()), Ok(value));
    }

    #[test]
    fn values_come_back_as_they_went() {
        round("it's".to_owned());
        round(true);
        round(i16::MIN);
        round(i32::MAX);
        round(i64::MIN);
        round(0.1_f32);
        round(f32::MAX);
        round(f64::MIN_POSITIVE);
        round(vec![0_u8, 255, 16]);
        round(None::<i32>);
        round(Some("".to_owned()));
    }

    #[test]
    fn a_short_float_is_stored_as_its_decimal_reads() {
        assert_eq!(0.1_f32.to_value(), Value::Real(0.1));
    }

    #[test]
    fn whole_numbers_may_come_as_reals_and_fractions_may_not() {
        assert_eq!(i32::from_value(Value::Real(7.0)), Ok(7));
        assert!(i32::from_value(Value::Real(7.5)).is_err());
        assert!(i64::from_value(Value::Real(9_007_199_254_740_992.0)).is_err());
        assert_eq!(
            i16::from_value(Value::Integer(40_000)),
            Err(ValueError::Range { kind: "smallint" })
        );
        assert!(bool::from_value(Value::Integer(2)).is_err());
        assert!(bool::from_value(Value::Text("true".into())).is_err());
    }

    #[test]
    fn numbers_may_come_as_text_and_other_texts_may_not() {
        let text = |text: &'static str| Value::Text(text.into());
        for (given, number) in [("7", 7), ("-7", -7), ("7.0", 7), ("-0", 0), ("007", 7)] {
            assert_eq!(i32::from_value(text(given)), Ok(number), "{given}");
        }
        assert_eq!(
            i64::from_value(text("9007199254740993")),
            Ok(9_007_199_254_740_993)
        );
        assert_eq!(i64::from_value(text("-9223372036854775808")), Ok(i64::MIN));
        fn range<T>(kind: &'static str) -> Result<T, ValueError> {
            Err(ValueError::Range { kind })
        }
        assert_eq!(
            i64::from_value(text("9223372036854775808")),
            range("bigint")
        );
        assert_eq!(i16::from_value(text("40000")), range("smallint"));
        assert_eq!(bool::from_value(text("1")), Ok(true));
        assert_eq!(bool::from_value(text("0.0")), Ok(false));
        assert_eq!(bool::from_value(text("2")), range("bool"));
        for odd in [
            "", "-", "+7", " 7", "7 ", "7.", ".0", "7.5", "1e2", "0x7", "7\0", "true", "é",
        ] {
            assert!(i32::from_value(text(odd)).is_err(), "{odd:?}");
            assert!(bool::from_value(text(odd)).is_err(), "{odd:?}");
        }
        assert_eq!(f64::from_value(text("0.1")), Ok(0.1));
        assert_eq!(f64::from_value(text("-1e-7")), Ok(-1e-7));
        assert_eq!(f32::from_value(text("1e39")), range("real"));
        assert_eq!(f64::from_value(text("1e400")), range("double"));
        for odd in [
            "", "-", "NaN", "inf", "infinity", "-inf", "+1", ".5", "1e", "1-", " 1", "1f",
        ] {
            assert!(f64::from_value(text(odd)).is_err(), "{odd:?}");
        }
    }

    #[test]
    fn null_is_a_value_of_options_only() {
        assert_eq!(String::from_value(Value::Null), Err(ValueError::Null));
        assert_eq!(<Option<String>>::from_value(Value::Null), Ok(None));
    }

    #[test]
    fn bytes_have_one_text() {
        for text in ["0", "0G", "AB", "\\x00", "é"] {
            assert!(
                <Vec<u8>>::from_value(Value::Text(text.into())).is_err(),
                "{text}"
            );
        }
    }
}
