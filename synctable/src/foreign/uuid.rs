//! `uuid::Uuid`: the same sixteen bytes.

use crate::exact::Uuid;
use crate::holds::Holds;
use crate::value::{Value, ValueError};

impl Holds<Uuid> for ::uuid::Uuid {
    fn to_value(&self) -> Value<'_> {
        Uuid::from_bytes(*self.as_bytes()).to_value().into_owned()
    }

    fn from_value(value: Value<'_>) -> Result<Self, ValueError> {
        Uuid::from_value(value).map(|ours| Self::from_bytes(*ours.as_bytes()))
    }
}

#[cfg(test)]
mod tests {
    use super::super::alike;
    use super::*;

    #[test]
    fn both_mean_the_same() {
        for bytes in [[0; 16], [0xff; 16], *b"0123456789abcdef"] {
            alike(Uuid::from_bytes(bytes), ::uuid::Uuid::from_bytes(bytes));
        }
        let upper = Uuid::from_bytes([0xab; 16]).to_string().to_uppercase();
        assert!(::uuid::Uuid::from_value(Value::Text(upper.into())).is_err());
    }
}
