//! What a value is on the wire, as the pieces of a JSON Schema or OpenAPI 3.1 schema.

use crate::kind::{Kind, Scalar};
use std::borrow::Cow;

/// The JSON type of a value on the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum JsonType {
    /// A whole number.
    Integer,
    /// Any number.
    Number,
    /// A string.
    String,
}

impl JsonType {
    /// The word of JSON Schema.
    pub const fn as_str(self) -> &'static str {
        match self {
            JsonType::Integer => "integer",
            JsonType::Number => "number",
            JsonType::String => "string",
        }
    }
}

/// The pieces of a schema for the canonical form of a kind; absent pieces are not written.
///
/// Patterns are anchored and use only what ECMA-262 and the common engines share. Labels of enums
/// and checks of domains are added by whoever knows the declaration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JsonSchema {
    /// `type`.
    pub json_type: JsonType,
    /// `format`: only those that JSON Schema or OpenAPI define.
    pub format: Option<&'static str>,
    /// `pattern`.
    pub pattern: Option<Cow<'static, str>>,
    /// `minimum`.
    pub minimum: Option<i64>,
    /// `maximum`.
    pub maximum: Option<i64>,
    /// `maxLength`, in code points.
    pub max_length: Option<u32>,
    /// `contentMediaType`: what the string holds.
    pub content_media_type: Option<&'static str>,
    /// `contentEncoding`: how the string holds it.
    pub content_encoding: Option<&'static str>,
}

const DATE: &str = "(?!0000)[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])";
const TIME: &str = r"([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]\.[0-9]{6}";

impl JsonSchema {
    const fn of(json_type: JsonType) -> Self {
        JsonSchema {
            json_type,
            format: None,
            pattern: None,
            minimum: None,
            maximum: None,
            max_length: None,
            content_media_type: None,
            content_encoding: None,
        }
    }

    fn formatted(self, format: &'static str) -> Self {
        JsonSchema {
            format: Some(format),
            ..self
        }
    }

    fn matching(self, pattern: impl Into<Cow<'static, str>>) -> Self {
        JsonSchema {
            pattern: Some(pattern.into()),
            ..self
        }
    }

    fn between(self, minimum: i64, maximum: i64) -> Self {
        JsonSchema {
            minimum: Some(minimum),
            maximum: Some(maximum),
            ..self
        }
    }

    fn holding(self, media_type: &'static str) -> Self {
        JsonSchema {
            content_media_type: Some(media_type),
            ..self
        }
    }
}

impl Scalar {
    /// The schema of its canonical form on the wire.
    ///
    /// ```
    /// use synctable::Scalar;
    /// let money = Scalar::Decimal { precision: 10, scale: 2 }.json_schema();
    /// assert_eq!(money.pattern.as_deref(), Some(r"^-?(0|[1-9][0-9]{0,7})\.[0-9]{2}$"));
    /// ```
    pub fn json_schema(self) -> JsonSchema {
        let integer = JsonSchema::of(JsonType::Integer);
        let number = JsonSchema::of(JsonType::Number);
        let string = JsonSchema::of(JsonType::String);
        match self {
            Scalar::Uuid => string
                .formatted("uuid")
                .matching("^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$"),
            Scalar::Text => string,
            Scalar::Varchar(length) => JsonSchema {
                max_length: Some(length),
                ..string
            },
            Scalar::Bool => integer.between(0, 1),
            Scalar::Smallint => integer.between(i16::MIN.into(), i16::MAX.into()),
            Scalar::Int => integer
                .formatted("int32")
                .between(i32::MIN.into(), i32::MAX.into()),
            Scalar::Bigint => integer.formatted("int64"),
            Scalar::Real => number.formatted("float"),
            Scalar::Double => number.formatted("double"),
            Scalar::Decimal { precision, scale } => string.matching(decimal(precision, scale)),
            Scalar::Date => string.formatted("date").matching(format!("^{DATE}$")),
            Scalar::Time => string.matching(format!("^{TIME}$")),
            Scalar::Timestamp => string.matching(format!("^{DATE}T{TIME}$")),
            Scalar::Timestamptz => string
                .formatted("date-time")
                .matching(format!("^{DATE}T{TIME}Z$")),
            Scalar::Interval => string,
            Scalar::Json => string.holding("application/json"),
            Scalar::Bytes => JsonSchema {
                content_encoding: Some("base16"),
                ..string.matching("^([0-9a-f]{2})*$")
            },
        }
    }
}

/// Canonical decimal text: no superfluous zeros in front, exactly the scale behind.
fn decimal(precision: u16, scale: u16) -> String {
    let whole = match precision - scale {
        0 => "0".to_owned(),
        1 => "[0-9]".to_owned(),
        digits => format!("(0|[1-9][0-9]{{0,{}}})", digits - 1),
    };
    match scale {
        0 => format!("^-?{whole}$"),
        scale => format!(r"^-?{whole}\.[0-9]{{{scale}}}$"),
    }
}

impl Kind {
    /// The schema of its canonical form on the wire.
    ///
    /// A list is a string that holds a JSON array.
    pub fn json_schema(&self) -> JsonSchema {
        match self {
            Kind::Scalar(scalar) | Kind::Domain { base: scalar, .. } => scalar.json_schema(),
            Kind::Enum { .. } | Kind::Opaque(_) => JsonSchema::of(JsonType::String),
            Kind::List(_) => JsonSchema::of(JsonType::String).holding("application/json"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pure_fraction_has_a_zero_in_front() {
        assert_eq!(decimal(2, 2), r"^-?0\.[0-9]{2}$");
        assert_eq!(decimal(1, 0), "^-?[0-9]$");
        assert_eq!(decimal(3, 0), "^-?(0|[1-9][0-9]{0,2})$");
    }

    #[test]
    fn the_type_is_that_of_the_upload() {
        use crate::facts::UploadForm;
        for scalar in Scalar::EXAMPLES {
            let expected = match scalar.facts().upload {
                UploadForm::Integer01 | UploadForm::IntegerNumber => JsonType::Integer,
                UploadForm::RealNumber => JsonType::Number,
                UploadForm::String | UploadForm::JsonInString => JsonType::String,
            };
            assert_eq!(scalar.json_schema().json_type, expected, "{scalar}");
        }
    }
}
