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
    Decimal = "decimal",
    Interval = "interval",
    LocalTimestamp = "timestamp",
    Time = "time",
    Timestamp = "timestamptz"
);

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
        assert!(Decimal::from_value(Value::Integer(7)).is_err());
    }
}
