//! How the exact values stand in a column: as their canonical text.

use super::{Date, Decimal, Interval, Json, LocalTimestamp, Time, Timestamp, Uuid};
use crate::holds::Holds;
use crate::value::{Value, ValueError};

macro_rules! texts {
    ($($type:ty = $kind:literal),*) => {$(
        /// Written canonically; every form that the type reads is read.
        impl Holds<$type> for $type {
            fn to_value(&self) -> Value<'_> {
                Value::Text(self.to_string().into())
            }

            fn from_value(value: Value<'_>) -> Result<Self, ValueError> {
                match value {
                    Value::Text(text) => text.parse().map_err(|error| malformed($kind, error)),
                    other => Err(ValueError::form("text", &other)),
                }
            }
        }
    )*};
}

texts!(
    Date = "date",
    Interval = "interval",
    LocalTimestamp = "timestamp",
    Time = "time",
    Timestamp = "timestamptz"
);

/// Written as text, and read from text and from numbers that say exactly what they were meant to be.
///
/// JavaScript queues the number that it has bound to a text column, a float of 15 digits at most that are sure: a float of
/// more has been rounded already, and nobody knows from what.
impl Holds<Decimal> for Decimal {
    fn to_value(&self) -> Value<'_> {
        Value::Text(self.to_string().into())
    }

    fn from_value(value: Value<'_>) -> Result<Self, ValueError> {
        match value {
            Value::Text(text) => text.parse().map_err(|error| malformed("decimal", error)),
            Value::Integer(number) => Ok(Decimal::from(number)),
            Value::Real(number) => exact(number).ok_or(ValueError::Form {
                expected: "text (a float of more than 15 digits has been rounded)",
                found: "a number",
            }),
            Value::Null => Err(ValueError::Null),
        }
    }
}

/// The decimal of a float that has 15 digits at most.
fn exact(number: f64) -> Option<Decimal> {
    // The shortest digits that name the float.
    let text = format!("{number:e}");
    let (digits, _) = text.split_once('e')?;
    let count = digits.bytes().filter(u8::is_ascii_digit).count();
    (count <= 15).then(|| number.to_string().parse().ok())?
}

/// Written as Postgres prints `jsonb`; any JSON that it keeps is read.
impl Holds<Json> for Json {
    const IS_JSON: bool = true;

    fn to_value(&self) -> Value<'_> {
        Value::Text(self.as_str().into())
    }

    fn from_value(value: Value<'_>) -> Result<Self, ValueError> {
        match value {
            Value::Text(text) => text.parse().map_err(|error| malformed("json", error)),
            other => Err(ValueError::form("the text of a JSON document", &other)),
        }
    }
}

/// Written canonically, and only canonical text is read: a row's id in two cases would be two rows.
impl Holds<Uuid> for Uuid {
    fn to_value(&self) -> Value<'_> {
        Value::Text(self.to_string().into())
    }

    fn from_value(value: Value<'_>) -> Result<Self, ValueError> {
        match value {
            Value::Text(text) => {
                Uuid::from_canonical(&text).map_err(|error| match text.parse::<Uuid>() {
                    Ok(_) => malformed("uuid", "it is not in lower case"),
                    Err(_) => malformed("uuid", error),
                })
            }
            other => Err(ValueError::form("text", &other)),
        }
    }
}

fn malformed(kind: &'static str, reason: impl ToString) -> ValueError {
    ValueError::Malformed {
        kind,
        reason: reason.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_come_back_as_they_went() {
        fn round<V: Holds<V> + PartialEq + std::fmt::Debug>(value: V) {
            assert_eq!(V::from_value(value.to_value().into_owned()), Ok(value));
        }
        round(Date::MIN);
        round(Time::MAX);
        round(Timestamp::MAX);
        round(LocalTimestamp::MIN);
        round(Decimal::from(-7));
        round(Interval::new(1, -2, 3));
        round("{\"a\": [1, null]}".parse::<Json>().unwrap());
        round(Uuid::from_bytes([0xab; 16]));
    }

    #[test]
    fn a_uuid_in_upper_case_is_not_the_same_text() {
        let text = Uuid::from_bytes([0xab; 16]).to_string().to_uppercase();
        assert!(Uuid::from_value(Value::Text(text.into())).is_err());
    }

    #[test]
    fn a_decimal_may_come_as_a_number_that_was_not_rounded() {
        for (number, text) in [
            (Value::Integer(i64::MIN), "-9223372036854775808"),
            (Value::Real(5.0), "5"),
            (Value::Real(-0.0), "0"),
            (Value::Real(456.7891), "456.7891"),
            (Value::Real(123_456_789_012.345), "123456789012.345"),
            (Value::Real(1e21), "1000000000000000000000"),
            (Value::Real(1e-7), "0.0000001"),
        ] {
            let read = Decimal::from_value(number.clone()).map(|decimal| decimal.to_string());
            assert_eq!(read.as_deref(), Ok(text), "{number:?}");
        }
        for rounded in [
            0.1 + 0.2,
            1_234_567_890_123.456_7,
            f64::MAX,
            f64::NAN,
            f64::INFINITY,
        ] {
            assert!(
                Decimal::from_value(Value::Real(rounded)).is_err(),
                "{rounded}"
            );
        }
    }
}
