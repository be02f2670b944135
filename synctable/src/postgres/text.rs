//! A value as the text that Postgres reads for a type.

use super::read::narrowed;
use crate::array;
use crate::exact::{Elements, JsonElement, push_string};
use crate::value::Value;
use bytes::BytesMut;
use std::borrow::Cow;
use std::error::Error;
use std::fmt::Write;
use tokio_postgres::types::{Format, IsNull, Kind, ToSql, Type};

type Written<T> = Result<T, Box<dyn Error + Sync + Send>>;

/// Text for every type, so that Postgres itself decides what is one: bytes in its own hexadecimal form, lists as
/// array literals, everything else as it is.
impl ToSql for Value<'_> {
    fn to_sql(&self, ty: &Type, out: &mut BytesMut) -> Written<IsNull> {
        match self {
            Value::Null => return Ok(IsNull::Yes),
            Value::Integer(number) => write!(out, "{number}")?,
            Value::Real(number) => write!(out, "{number}")?,
            Value::Text(text) => match narrowed(ty).kind() {
                Kind::Array(element) => out.extend_from_slice(array(text, element)?.as_bytes()),
                _ if *narrowed(ty) == Type::BYTEA => write!(out, "\\x{text}")?,
                _ => out.extend_from_slice(text.as_bytes()),
            },
        }
        Ok(IsNull::No)
    }

    fn accepts(_: &Type) -> bool {
        true
    }

    fn encode_format(&self, _: &Type) -> Format {
        Format::Text
    }

    fn to_sql_checked(&self, ty: &Type, out: &mut BytesMut) -> Written<IsNull> {
        self.to_sql(ty, out)
    }
}

/// `{1,NULL,"a\"b"}` of the text of a JSON array.
fn array(text: &str, element: &Type) -> Written<String> {
    let element = narrowed(element);
    let is_json = matches!(*element, Type::JSON | Type::JSONB);
    let elements = Elements::of(text)?;
    let mut elements = elements.ok_or("a list is the text of a JSON array")?;
    let mut items = Vec::new();
    while let Some(element) = elements.next()? {
        items.push(match element {
            JsonElement::String(text) if is_json => {
                let mut document = String::new();
                push_string(text, &mut document);
                Some(Cow::Owned::<str>(document))
            }
            JsonElement::Other("null") => None,
            JsonElement::String(text) | JsonElement::Other(text) => {
                Some(Cow::Owned(text.to_owned()))
            }
        });
    }
    Ok(array::literal(items))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(value: Value<'_>, ty: &Type) -> String {
        let mut out = BytesMut::new();
        match value.to_sql_checked(ty, &mut out).unwrap() {
            IsNull::Yes => "NULL".to_owned(),
            IsNull::No => String::from_utf8(out.to_vec()).unwrap(),
        }
    }

    #[test]
    fn every_value_is_the_text_of_its_type() {
        assert_eq!(written(Value::Null, &Type::INT4), "NULL");
        assert_eq!(written(Value::Integer(1), &Type::BOOL), "1");
        assert_eq!(written(Value::Real(0.1), &Type::FLOAT4), "0.1");
        assert_eq!(written(Value::Text("00ff".into()), &Type::BYTEA), "\\x00ff");
        assert_eq!(written(Value::Text("{a}".into()), &Type::TEXT), "{a}");
        let texts = r#"["a \"b\" \\",null,"NULL",""]"#;
        assert_eq!(
            written(Value::Text(texts.into()), &Type::TEXT_ARRAY),
            r#"{"a \"b\" \\",NULL,"NULL",""}"#
        );
        let documents = r#"[{"a": 1},"x",2]"#;
        assert_eq!(
            written(Value::Text(documents.into()), &Type::JSONB_ARRAY),
            r#"{"{\"a\": 1}","\"x\"","2"}"#
        );
    }

    #[test]
    fn what_is_no_list_is_refused_before_it_is_sent() {
        for text in ["", "{}", "[1"] {
            let value = Value::Text(text.into());
            assert!(
                value
                    .to_sql(&Type::INT4_ARRAY, &mut BytesMut::new())
                    .is_err(),
                "{text}"
            );
        }
    }
}
