//! `rust_decimal::Decimal`: up to 28 digits; a longer number is an error and is never rounded.

use super::within;
use crate::exact::Decimal;
use crate::holds::Holds;
use crate::value::{Value, ValueError};

impl Holds<Decimal> for ::rust_decimal::Decimal {
    fn to_value(&self) -> Value<'_> {
        let text = self.to_string();
        match text.parse::<Decimal>() {
            Ok(canonical) => Value::Text(canonical.to_string().into()),
            Err(_) => Value::Text(text.into()),
        }
    }

    fn from_value(value: Value<'_>) -> Result<Self, ValueError> {
        let decimal = Decimal::from_value(value)?;
        within(Self::from_str_exact(decimal.as_str()).ok(), "decimal")
    }
}

#[cfg(test)]
mod tests {
    use super::super::alike;
    use super::*;

    type Theirs = ::rust_decimal::Decimal;

    #[test]
    fn both_mean_the_same() {
        for text in [
            "0",
            "0.00",
            "-1.50",
            "79228162514264337593543950335",
            "0.0000000000000000000000000001",
        ] {
            let theirs = Theirs::from_str_exact(text).unwrap();
            alike(text.parse::<Decimal>().unwrap(), theirs);
            // Equal are also 1.5 and 1.50; the digits stay.
            let back = Theirs::from_value(theirs.to_value()).unwrap();
            assert_eq!(back.to_string(), text);
        }
        let zero = Theirs::new(0, 2);
        assert_eq!((-zero).to_value(), Value::Text("0.00".into()));
    }

    #[test]
    fn a_number_of_more_digits_is_not_rounded() {
        for text in [
            "79228162514264337593543950336",
            "0.00000000000000000000000000001",
        ] {
            let read = Theirs::from_value(Value::Text(text.into()));
            assert_eq!(read, Err(ValueError::Range { kind: "decimal" }), "{text}");
        }
    }
}
